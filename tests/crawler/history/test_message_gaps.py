"""Messages that a channel has deleted: gone where their neighbours were seen, and only there."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.batch.ad_json import from_plain
from crawler.history.lifecycle import MessageGaps, PageOfMessages
from crawling import Told, crawl, source
from loopback_site import Answer, Site

PREFIX = "https://t.me/pier_work/"
POSTED = datetime.now(UTC)


def gaps_of(numbers: list[int], *, page: int, pages: int) -> tuple[MessageGaps, list[int]]:
    """What a run that pages back so far through a channel knows, and the numbers that it has seen."""
    gaps, seen, before = MessageGaps(), [], None
    for _ in range(pages):
        shown = [number for number in sorted(numbers) if before is None or number < before][-page:]
        gaps.add(from_plain(PageOfMessages, asdict(PageOfMessages(prefix=PREFIX, numbers=tuple(shown), before=before))))
        seen += shown
        before = min(shown, default=before)
    return gaps, seen


@given(
    posted=st.sets(st.integers(1, 60)),
    deleted=st.sets(st.integers(1, 60)),
    page=st.integers(1, 7),
    pages=st.integers(1, 6),
)
def test_just_what_was_deleted_between_messages_that_were_seen_is_left_out(posted, deleted, page, pages):
    gaps, seen = gaps_of([*posted - deleted], page=page, pages=pages)
    expected = {number for number in posted & deleted if seen and min(seen) < number < max(seen)}
    assert {number for number in posted if gaps.leave_out(f"{PREFIX}{number}")} == expected


def test_a_page_that_does_not_follow_on_another_says_nothing_of_what_lies_between():
    gaps = MessageGaps()
    gaps.add(PageOfMessages(prefix=PREFIX, numbers=(40, 41)))
    gaps.add(PageOfMessages(prefix=PREFIX, numbers=(10, 12), before=30))
    left_out = [number for number in range(50) if gaps.leave_out(f"{PREFIX}{number}")]
    assert left_out == [11]
    assert not gaps.leave_out("https://t.me/other_pier/11")
    assert not gaps.leave_out("http://127.0.0.1/jobs/eleven")


def channel(numbers: list[int], *, days: int = 0, silent: tuple[int, ...] = ()) -> dict[str, Answer]:
    """A preview of three messages a page, one posted a day; ``silent`` ones are pictures without words."""
    pages, before = {}, None
    while shown := [number for number in numbers if before is None or number < before][-3:]:
        path = "/s/pier_work" + (f"?before={before}" if before else "")
        more = f'<a class="tme_messages_more" data-before="{shown[0]}"></a>' if shown[0] != numbers[0] else ""
        said = "".join(message(number, days, is_silent=number in silent) for number in shown)
        pages[path] = Answer(body=f'<html><section class="tgme_channel_history">{more}{said}</section></html>')
        before = shown[0]
    return pages


def message(number: int, days: int, *, is_silent: bool) -> str:
    posted = (POSTED - timedelta(days=20 - number + days)).isoformat()
    text = "" if is_silent else f'<div class="tgme_widget_message_text">Porter {number} wanted at the pier</div>'
    return (
        f'<div class="tgme_widget_message" data-post="pier_work/{number}">{text}'
        f'<a class="tgme_widget_message_date"><time datetime="{posted}"></time></a></div>'
    )


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    """A channel on four nights: as it was first, with some deleted, a page out of reach, and the newest deleted."""
    shown = [
        channel([*range(1, 16)]),
        channel([1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 14, 15], silent=(8,)),
        channel([1, 3, 4, 5, 7, 8, 9, 13, 14, 15]) | {"/s/pier_work?before=13": Answer(status=404)},
        channel([1, 3, 4, 5, 7, 8, 9, 13, 14]),
    ]
    output, told = tmp_path_factory.mktemp("batches"), []
    for night, pages in enumerate(shown):
        with Site(pages) as site:
            # On the second night and later, what is older than ten days is left alone.
            card = source(f"{site.url}/s/pier_work", kind="channel", name="pier", channel={"days": 10 if night else 60})
            told.append(crawl({card: site}, output, night)["pier"])
    return told


def gone(night: Told) -> dict[str, str]:
    ads = {}
    for line in (night.folder / "gone.jsonl").read_text().splitlines():
        end = json.loads(line)
        ads[end["address"].removeprefix(PREFIX)] = end["why"]
    return ads


def test_a_deleted_message_is_gone_the_night_when_its_neighbours_are_seen(nights):
    why = "deleted: the messages before and after it stand"
    # 12 would stand between two pages, 6 and 10 on one. 8 stands, and only its words were taken away.
    assert gone(nights[0]) == {}
    assert gone(nights[1]) == dict.fromkeys(("6", "10", "12"), why)


def test_what_lies_on_a_page_that_was_not_read_is_not_gone(nights):
    # The page with 11's older neighbour was out of reach, and paging back ends before 2.
    assert nights[2].summary.outcomes["failed"] == 1
    assert gone(nights[2]) == {}


def test_it_is_gone_when_that_page_is_read_and_the_newest_one_is_not(nights):
    assert set(gone(nights[3])) == {"11"}
