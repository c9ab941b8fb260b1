"""Whole crawls of invented boards and channels on this machine: every address has its outcome, and every trap ends."""

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import crawling
from crawler.ad import JobAd
from crawler.sources.card import Source
from loopback_site import Answer, Site

TEXT = "The pier kitchen needs another pair of hands for the season. " * 8
BY_CARD = {"title": ".t", "description": ".d", "base_salary": ".pay"}


def source(start: str, kind: str, name: str, **keys: object) -> Source:
    return crawling.source(start, kind=kind, name=name, **keys)


def html(body: str, head: str = "") -> Answer:
    return Answer(body=f"<!doctype html><html><head><title>Pier</title>{head}</head><body>{body}</body></html>")


def plain_ad(title: str) -> Answer:
    return html(f'<div class="t">{title}</div><div class="d"><p>{title}: {TEXT}</p></div><b class="pay">9 million</b>')


def marked_ad(title: str, text: str = TEXT, **more: str) -> Answer:
    posting = {
        "@type": "JobPosting",
        "title": title,
        "description": text,
        "hiringOrganization": {"name": "Pier"},
    } | more
    script = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
    return html(f'<h1>{title}</h1><div class="d">{text}</div>', script)


def listing(paths: list[str], pager: str = "") -> Answer:
    cards = "".join(
        f'<div class="job"><a href="/employers/{n}">Employer {n}</a><h3><a href="{path}">Kitchen help at pier {n}</a>'
        f"</h3><p>Hue, salary {n} million</p></div>"
        for n, path in enumerate(paths, 1)
    )
    return html(f"<h1>Openings</h1><section>{cards}</section>{pager}")


def board_pages() -> dict[str, Answer]:
    ads = [f"/jobs/{n}/kitchen-help" for n in range(1, 8)]
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /jobs/3/\n", type="text/plain"),
        "/jobs": listing(ads[:3], '<a rel="next" href="/jobs?page=2">More</a>'),
        "/jobs?page=2": listing(
            ads[2:6], '<nav><a href="/jobs?page=1">1</a><a href="/jobs?page=3">Trang sau</a></nav>'
        ),
        "/jobs?page=3": listing(ads[6:], '<a class="next disabled" href="/jobs?page=3">Next</a>'),
        **{path: plain_ad(f"Kitchen help {n}") for n, path in enumerate(ads, 1) if n not in {1, 4}},
        ads[0]: marked_ad("Kitchen help 1"),
    }


class Endless(Site):
    """A calendar of listing pages: the same two ads for ever, or two new ones a page."""

    def __init__(self, *, is_new: bool) -> None:
        super().__init__()
        self.is_new = is_new

    def answer(self, path: str) -> Answer:
        parts = urlsplit(path)
        if parts.path != "/when":
            return plain_ad(parts.path) if parts.path.startswith("/jobs/") else Answer(status=404)
        day = int(parse_qs(parts.query).get("page", ["1"])[0])
        ads = [f"/jobs/{n + 3 * day * self.is_new}/kitchen-help" for n in range(3)]
        return listing(
            ads, f'<a href="/when?page={day + 1}">Next &raquo;</a><a href="/when?page={day + 7}">{day + 7}</a>'
        )


WHOLE = "".join(f'<li class="ad"><b class="t">Porter {n}</b><p class="d">{TEXT} {n}</p></li>' for n in range(3))


def message(number: int, words: str, days: int = 0) -> str:
    day = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    text = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>' if words else ""
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message
    js-widget_message" data-post="pier_work/{number}"><div class="tgme_widget_message_bubble">{text}
    <a class="tgme_widget_message_date" href="https://t.me/pier_work/{number}"><time datetime="{day}"></time></a>
    </div></div></div>"""


def preview(*messages: str, before: int | None = None) -> Answer:
    # The link names the platform's own host, as the canonical one of a real preview does.
    more = f'<a class="tme_messages_more" href="https://t.me/s/pier_work?before={before}" data-before="{before}"></a>'
    return html(f'<section class="tgme_channel_history">{more if before else ""}{"".join(messages)}</section>')


def channel_pages(edited: str = "Cook wanted<br>Pay 9 million") -> dict[str, Answer]:
    return {
        "/s/pier_work": preview(message(20, "Porter wanted"), message(21, ""), message(22, edited), before=20),
        "/s/pier_work?before=20": preview(message(11, "Old helper wanted", 50), message(12, "Guard", 49), before=11),
        "/s/pier_work?before=11": preview(message(3, "Ancient", 400), before=3),
        "/s/pier_work?before=3": preview(
            message(1, "Wanted:<br>1. Cook - 9 million VND<br>2. Guard - 7 million VND", 900)
        ),
        "/s/private_pier": Answer(status=302, headers={"Location": "/private_pier"}),
        "/private_pier": html("<p>Somebody's own page.</p>"),
        "/s/landing_pier": html('<div class="tgme_page"><div class="tgme_page_title">Pier</div></div>'),
    }


class Told(crawling.Told):
    """What a crawl told, with outcomes beside their details."""

    @property
    def outcomes(self) -> dict[str, tuple[str, str]]:
        return {address: (line["outcome"], line["detail"]) for address, line in self.lines.items()}

    @property
    def ads(self) -> dict[str, JobAd]:
        return {(ad.url or "").removeprefix(self.site.url): ad for ad in super().ads}

    @property
    def raw(self) -> dict[str, dict[str, object]]:
        with gzip.open(self.folder / "raw.jsonl.gz", "rt", encoding="utf-8") as file:
            return {line["ad_id"]: line["raw"] for line in map(json.loads, file)}


def crawl(wanted: dict[Source, Site], output: Path, nights: int = 0) -> dict[str, Told]:
    told = crawling.crawl(wanted, output, nights)
    return {name: Told(summary=one.summary, folder=one.folder, site=one.site) for name, one in told.items()}


THREADS = {
    1: "Hands for the ropes",
    2: "Somebody who knows nets",
    3: "Two for the night boat",
    4: "A cook for the pier",
}


def sources(site: dict[str, Site]) -> dict[Source, Site]:
    at = {name: one.url for name, one in site.items()}
    budget = {"pages": 12}
    cards = [
        ("board", source(f"{at['board']}/jobs", "board", "board", select=BY_CARD)),
        ("same", source(f"{at['same']}/when", "board", "same", select=BY_CARD)),
        ("fresh", source(f"{at['fresh']}/when", "board", "fresh", select=BY_CARD, budget=budget)),
        ("whole", source(f"{at['whole']}/list", "board", "whole", select=BY_CARD | {"ads": "li.ad"})),
        ("whole", source(f"{at['whole']}/about", "board", "nothing")),
        ("whole", source(f"{at['whole']}/map.xml", "sitemap", "mapped", select=BY_CARD)),
        ("whole", source(f"{at['whole']}/forum", "board", "forum", select={"ad_links": "li a"})),
        ("channel", source(f"{at['channel']}/s/pier_work", "channel", "channel")),
        ("channel", source(f"{at['channel']}/s/private_pier", "channel", "private")),
        ("channel", source(f"{at['channel']}/s/landing_pier", "channel", "landing")),
        ("all", source(f"{at['all']}/s/pier_work", "channel", "all", channel={"days": 1000})),
    ]
    return {source: site[name] for name, source in cards}


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    with ExitStack() as stack:
        site = {name: stack.enter_context(Site()) for name in ("board", "whole", "channel", "all")}
        site |= {name: stack.enter_context(Endless(is_new=name == "fresh")) for name in ("same", "fresh")}
        site["board"].pages.update(board_pages())
        site["whole"].pages["/list"] = html(f'<ul>{WHOLE}</ul><a rel="next" href="/list?page=2">2</a>')
        site["whole"].pages["/list?page=2"] = html(f"<ul>{WHOLE}</ul>")
        site["whole"].pages["/about"] = html("<p>About our pier.</p>")
        site["whole"].pages["/map.xml"] = Answer(
            body="<urlset><url><loc>/by-card</loc></url><url><loc>/about</loc></url></urlset>", type="application/xml"
        )
        site["whole"].pages["/by-card"] = plain_ad("Porter by card")
        site["whole"].pages["/forum"] = html(
            "<ul>" + "".join(f"<li><a href='/thread/{n}'>{title}</a></li>" for n, title in THREADS.items()) + "</ul>"
        )
        for n, title in THREADS.items():
            post = (
                f"<h1>{title}</h1><p>We seek hands for work by the lake, a week of shifts from six. Write me here.</p>"
            )
            site["whole"].pages[f"/thread/{n}"] = html(post)
        for name in ("channel", "all"):
            site[name].pages.update(channel_pages())
        yield site


@pytest.fixture(scope="module")
def night(sites: dict[str, Site], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    return crawl(sources(sites), tmp_path_factory.mktemp("batches"))


def test_every_address_of_a_board_without_a_sitemap_has_its_outcome(night):
    board = night["board"]
    assert board.outcomes == {
        "/jobs": ("listing", "3 new of 3 ads"),
        "/jobs?page=2": ("listing", "3 new of 4 ads"),
        "/jobs?page=3": ("listing", "1 new of 1 ads"),
        "/jobs/3/kitchen-help": ("refused_by_robots", "robots.txt forbids it"),
        "/jobs/4/kitchen-help": ("failed", "404"),
        **{f"/jobs/{n}/kitchen-help": ("ad", "") for n in (1, 2, 5, 6, 7)},
    }
    assert board.summary.healthy
    assert board.site.most_at_once == 1
    assert "/jobs/3/kitchen-help" not in board.site.paths


def test_a_forum_s_posts_of_a_few_lines_are_ads_since_its_list_leads_to_them(night):
    assert {path: ad.title for path, ad in night["forum"].ads.items()} == {
        f"/thread/{n}": title for n, title in THREADS.items()
    }


def test_a_board_s_ads_are_read_from_markup_or_by_the_card(night):
    ads = night["board"].ads
    assert {path: ad.title for path, ad in ads.items()} == {
        f"/jobs/{n}/kitchen-help": f"Kitchen help {n}" for n in (1, 2, 5, 6, 7)
    }
    assert ads["/jobs/1/kitchen-help"].hiring_organization == "Pier"
    assert ads["/jobs/2/kitchen-help"].base_salary.raw == "9 million"
    readers = {night["board"].raw[ad.ad_id]["reader"] for ad in ads.values()}
    assert readers == {"json-ld", "select"}


def test_paging_without_new_ads_ends(night):
    told = night["same"]
    pages = {path: outcome for path, outcome in told.outcomes.items() if path.startswith("/when")}
    assert pages == {
        "/when": ("listing", "3 new of 3 ads"),
        "/when?page=2": ("listing", "0 new of 3 ads"),
        "/when?page=3": ("listing", "0 new of 3 ads; 2 pages in a row without a new one: paging ends"),
    }
    assert told.summary.ads == 3


def test_paging_with_new_ads_for_ever_is_bounded_by_the_budget(night):
    told = night["fresh"]
    counts = told.summary.outcomes
    assert counts["listing"] + counts["ad"] == 12
    assert counts["not_inspected"] > 0
    assert {detail for outcome, detail in told.outcomes.values() if outcome == "not_inspected"} == {"pages"}
    assert len(told.site.paths) == 13  # and robots.txt


def test_ads_that_stand_whole_in_a_listing_are_taken_once(night):
    told = night["whole"]
    assert told.outcomes == {
        "/list": ("ad", "3 new of 3 ads"),
        "/list?page=2": ("ad", "0 new of 3 ads; 3 of 3 seen before in this run"),
    }
    assert [ad.title for ad in told.ads.values()] == ["Porter 0", "Porter 1", "Porter 2"]


def test_a_board_that_shows_nothing_is_held_back(night):
    (problem,) = night["nothing"].summary.problems
    assert problem.startswith("start address")
    assert "not_an_ad" in problem


def test_selectors_hold_for_the_pages_of_a_sitemap_too(night):
    told = night["mapped"]
    assert told.outcomes["/by-card"] == ("ad", "")
    assert told.outcomes["/about"][0] == "not_an_ad"
    assert [ad.title for ad in told.ads.values()] == ["Porter by card"]


def carded() -> Answer:
    """A listing whose cards have a sentence each, and a button that says the same on all."""
    cards = "".join(
        f'<li><h3><a href="/openings/{n}/pier-cook">Cook at pier {n}</a></h3><p>Hue</p><p>Number {n} of our kitchens'
        f" cooks for the crews of the night boats and pays each week.</p><button>Read more</button></li>"
        for n in range(1, 5)
    )
    return html(f"<h1>Openings</h1><ul>{cards}</ul>")


def test_a_card_with_a_text_of_its_own_stands_in_for_a_page_that_was_never_read(tmp_path):
    with Site() as site:
        site.pages["/robots.txt"] = Answer(body="User-agent: *\nDisallow: /openings/1/\n", type="text/plain")
        site.pages["/jobs"] = carded()
        site.pages["/openings/3/pier-cook"] = html("<h1>Our pier</h1><p>Nothing is offered here.</p>")
        site.pages["/openings/4/pier-cook"] = marked_ad("Cook at pier 4")
        board = {source(f"{site.url}/jobs", "board", "carded"): site}
        first = crawl(board, tmp_path)["carded"]
        site.pages["/robots.txt"] = Answer(status=404)
        site.pages["/openings/1/pier-cook"] = marked_ad("Cook at pier 1", TEXT, identifier="K-1")
        second = crawl(board, tmp_path, nights=1)["carded"]
    paths = [f"/openings/{n}/pier-cook" for n in range(1, 5)]
    says = "a teaser: only what its listing says; its page: refused_by_robots (robots.txt forbids it)"
    assert [first.outcomes[path] for path in paths] == [
        ("ad", says), ("failed", "404"), ("not_an_ad", first.outcomes[paths[2]][1]), ("ad", "")
    ]  # fmt: skip
    teaser, whole = first.ads[paths[0]], second.ads[paths[0]]
    assert teaser.title == "Cook at pier 1"
    text = "Number 1 of our kitchens cooks for the crews of the night boats and pays each week."
    assert teaser.description.split("\n\n")[-1] == text
    assert teaser.page is not None
    assert "Read more" not in teaser.description
    assert whole.ad_id == teaser.ad_id
    assert whole.description == TEXT.strip()


def test_a_channel_is_read_back_to_the_days_of_its_card(night):
    told = night["channel"]
    seen = ("ad", "a message of the channel")
    assert told.outcomes == {
        "/s/pier_work": ("listing", "2 messages, 1 without text, 0 service messages"),
        "/s/pier_work?before=20": ("listing", "2 messages, 0 without text, 0 service messages"),
        "/s/pier_work?before=11": (
            "listing",
            "1 messages, 0 without text, 0 service messages; all older than 60 days: paging ends",
        ),
        **{f"https://t.me/pier_work/{n}": seen for n in (20, 22, 11, 12, 3)},
    }
    assert told.summary.healthy
    assert night["all"].summary.ads == 7
    assert [path for path in told.site.paths if path.endswith("/pier_work")] == ["/s/pier_work"]


def test_a_message_is_kept_as_it_was_posted(night):
    ad = night["channel"].ads["https://t.me/pier_work/22"]
    assert (ad.title, ad.description) == ("", "Cook wanted\nPay 9 million")
    assert ad.date_posted is not None
    assert datetime.now(UTC).date() - ad.date_posted <= timedelta(days=1)
    assert ad.page is not None


def test_a_message_that_lists_two_vacancies_is_two_ads_at_one_address(night):
    told = night["all"]
    parts = [ad for url, ad in told.ads.items() if url.startswith("https://t.me/pier_work/1#")]
    assert {ad.description for ad in parts} == {
        "Wanted:\n\n1. Cook - 9 million VND",
        "Wanted:\n\n2. Guard - 7 million VND",
    }
    assert len({ad.ad_id for ad in parts}) == 2
    assert told.outcomes["https://t.me/pier_work/1"] == ("ad", "a message of the channel")


def test_a_channel_without_a_preview_has_failed_and_nobody_s_page_is_asked_for(night):
    ((outcome, detail),) = night["private"].outcomes.values()
    assert outcome == "failed"
    assert detail == (
        "no public preview: the channel is private or a group, was renamed, or does not exist "
        "(redirects to /private_pier)"
    )
    assert "/private_pier" not in night["private"].site.paths
    assert not night["private"].summary.healthy
    assert [outcome for outcome, _ in night["landing"].outcomes.values()] == ["failed"]


def test_an_edited_message_is_the_same_ad_with_another_text(sites, night):
    sites["channel"].pages.update(channel_pages(edited="Cook wanted<br>Pay 3 million, passport kept"))
    wanted = {one: site for one, site in sources(sites).items() if one.name == "channel"}
    again = crawl(wanted, night["channel"].folder.parents[1], nights=1)["channel"]
    first, second = ({ad.ad_id: ad.description for ad in told.ads.values()} for told in (night["channel"], again))
    assert second.keys() <= first.keys()
    assert [text for key, text in second.items() if first[key] != text] == ["Cook wanted\nPay 3 million, passport kept"]


def test_listings_and_ads_keep_the_delay_of_the_card(tmp_path):
    with Site(board_pages()) as site:
        polite = source(f"{site.url}/jobs", "board", "polite", politeness={"delay": 0.3}, budget={"pages": 4})
        crawl({polite: site}, tmp_path)
        gaps = [second.started - first.started for first, second in pairwise(site.asked)]
    assert len(gaps) == 4
    assert min(gaps) >= 0.25  # as the site's clock sees it
