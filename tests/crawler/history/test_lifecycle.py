"""What one run after another makes of one address: pure steps, in any sequence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import LedgerLine
from crawler.history.lifecycle import (
    AD_FIELDS,
    AdState,
    RunFacts,
    UrlState,
    ads_noted,
    advance,
    fields_of,
    from_line,
    is_over,
    to_line,
)
from crawler.history.revisit_policy import (
    is_settled,
    is_unlisted_due,
    usable_date,
    usable_etag,
    why_not_request,
)
from crawler.sources.card import Revisit

PAGE = "http://127.0.0.1/1"
GONE_AFTER = 3
Event = tuple[str, dict[str, Any]]

CONTENT = {"ads": {"a": ("one", 1, None)}}
OTHER_CONTENT = {"ads": {"a": ("two", 1, None)}}
PAST = {"ads": {"a": ("past", 1, "2026-10-01")}}
EMPTY: dict[str, Any] = {"ads": {}}
LOOKS: dict[str, tuple[str | None, dict[str, Any], str]] = {
    "the ad": ("ad", CONTENT, ""),
    "another text": ("ad", OTHER_CONTENT, ""),
    "a past date": ("ad", PAST, ""),
    "no ad": ("not_an_ad", EMPTY, ""),
    "304": ("unchanged", {"asked": True}, "304"),
    "lastmod": ("unchanged", {}, "lastmod"),
    "not due": ("unchanged", {}, "not due"),
    "404": ("failed", {"removed": "404"}, "404"),
    "500": ("failed", {}, "500"),
    "robots": ("refused_by_robots", {}, ""),
    "budget": ("not_inspected", {}, "pages"),
    "nothing": (None, {}, ""),
}
SHOWS = {"the ad", "another text", "a past date"}
KEEPS = {"304", "lastmod", "not due"}
NEEDS_KNOWN = KEEPS

looks = st.tuples(st.sampled_from(sorted(LOOKS)), st.booleans(), st.booleans())
"""What the look gave, whether no listing named the address, and whether the run came to its end."""


class Life:
    """The steps of one address, and what the store would make of them."""

    def __init__(self) -> None:
        self.known: UrlState | None = None
        self.night = 0
        self.is_live = False
        self.gone: list[str] = []

    def step(self, name: str, is_unlisted: bool, is_whole: bool) -> tuple[str, ...]:
        outcome, note, detail = LOOKS[name]
        if name in NEEDS_KNOWN and (self.known is None or not self.known.live):
            return ()
        note: dict[str, Any] = {"page": "page"} | note | ({"unlisted": True} if is_unlisted else {})
        line = LedgerLine(address=PAGE, outcome=outcome, detail=detail, note=note) if outcome else None
        shown = {ad_id: ad for ad_id, ad in ads_noted(note).items() if ad}
        if name in KEEPS:
            shown = {ad_id: self.known.ads[ad_id] for ad_id in self.known.live}
        run = RunFacts(
            at=NOON + timedelta(days=self.night),
            is_whole=is_whole,
            gone_after=GONE_AFTER,
            shown=shown,
            before={ad_id: ad.content for ad_id, ad in self.known.ads.items()} if self.known else {},
            past={ad_id for ad_id, ad in self.known.ads.items() if ad.is_past} if self.known else set(),
        )
        self.night += 1
        self.known, gone = advance(self.known, line, run)
        if name in SHOWS:
            is_past = bool(self.known and self.known.ads["a"].is_past)
            self.is_live = not is_past
        if gone:
            self.is_live = False
        return tuple(end.why for end in gone)


@given(st.lists(looks, max_size=25))
def test_an_ad_is_told_gone_only_while_it_is_live_and_never_twice_over(steps):
    life = Life()
    for name, is_unlisted, is_whole in steps:
        was_live = life.is_live
        gone = life.step(name, is_unlisted, is_whole)
        assert len(gone) <= 1
        assert not gone or was_live or name in SHOWS
        assert not (gone and name in {"another text", "budget"}), "what is news is live, what was not looked at too"
        if life.known is not None:
            standing = [ad for ad in life.known.ads.values() if not ad.is_past]
            assert bool(standing) == life.is_live, "memory and store agree on what is live"
            assert all(ad.missed < GONE_AFTER for ad in standing)
            assert from_line(to_line(life.known)) == life.known
        else:
            assert not life.is_live


@given(st.lists(st.sampled_from(["500", "robots", "budget", "not due"]), max_size=12), st.booleans())
def test_what_could_not_be_read_never_ends_an_ad_that_is_listed(names, is_whole):
    life = Life()
    life.step("the ad", False, True)
    assert [life.step(name, False, is_whole) for name in names] == [()] * len(names)
    assert life.is_live


@given(st.lists(looks.filter(lambda note: note[0] not in {"404", "a past date"}), max_size=12))
def test_a_run_that_broke_off_ends_nothing_but_what_a_page_itself_says(steps):
    life = Life()
    life.step("the ad", False, True)
    for name, is_unlisted, _ in steps:
        if name in {"no ad", "304", "lastmod"}:
            continue
        assert life.step(name, is_unlisted, False) == ()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["404"], "404"),
        (["no ad"] * 3, "no longer shown at its address, 3 runs in a row"),
        (["no ad", "500", "no ad", "no ad"], "no longer shown at its address, 3 runs in a row"),
        (["no ad", "the ad", "no ad", "no ad", "no ad"], "no longer shown at its address, 3 runs in a row"),
    ],
)
def test_an_ad_is_gone_at_the_end_of_this(names, why):
    life = Life()
    life.step("the ad", False, True)
    assert [life.step(name, False, True) for name in names] == [()] * (len(names) - 1) + [(why,)]


def test_an_ad_that_is_news_is_live_whatever_its_date_and_over_the_run_after():
    life = Life()
    assert (life.step("a past date", False, True), life.is_live) == ((), True)
    assert life.step("a past date", False, True) == ("validThrough 2026-10-01 is past",)
    assert (life.step("another text", False, True), life.is_live) == ((), True)


def test_a_part_of_a_listing_is_gone_when_whole_runs_have_not_named_it():
    ad = AdState(content="one")
    known: UrlState | None = UrlState(address=PAGE, first=NOON, last=NOON, ads={"a": ad})
    whole = RunFacts(at=NOON, is_whole=True, gone_after=2, shown={}, before={"a": "one"})
    broken = RunFacts(at=NOON, is_whole=False, gone_after=2, shown={}, before={"a": "one"})
    moved = RunFacts(at=NOON, is_whole=True, gone_after=1, shown={"a": ad}, before={"a": "one"})
    known, gone = advance(known, None, broken)
    assert (known.ads["a"].missed, gone) == (0, ())
    assert advance(known, None, moved) == (None, ()), "it is remembered where it stands now"
    known, gone = advance(known, None, whole)
    assert (known.ads["a"].missed, gone) == (1, ())
    known, gone = advance(known, None, whole)
    assert known is None
    assert [end.why for end in gone] == ["no longer listed, 2 runs in a row"]


def known_page(**fields: Any) -> UrlState:
    ads = {"a": AdState(content="one")}
    return UrlState(**({"address": PAGE, "role": "page", "first": NOON, "last": NOON, "ads": ads} | fields))


@pytest.mark.parametrize(
    ("fields", "lastmod", "days", "reason"),
    [
        ({}, None, 0.5, "not due"),
        ({}, None, 0.95, None),
        ({}, "2026-10-30", 0.5, None),
        ({"lastmod": "2026-10-30"}, "2026-10-30", 6.9, "lastmod"),
        ({"lastmod": "2026-10-30"}, "2026-10-30", 7.1, None),
        ({"lastmod": "2026-10-30"}, "2026-10-31", 0.1, None),
        ({"lastmod": "2026-11-02"}, "2026-11-02", 0.5, "not due"),
        ({"lastmod": "2026-11-02"}, "2026-11-02", 1.0, None),
        ({"lastmod": "2126-11-02"}, "2126-11-02", 3.0, None),
        ({"lastmod": "yesterday"}, "yesterday", 3.0, None),
        ({"lastmod": "2026-10-30", "ads": {"a": AdState(content="one", missed=1)}}, "2026-10-30", 1.0, None),
        ({"lastmod": "2026-10-30", "ads": {}}, "2026-10-30", 1.0, None),
        ({"lastmod": "2026-10-30", "ads": {}, "first": NOON - timedelta(days=1)}, "2026-10-30", 1.0, "lastmod"),
    ],
)
def test_when_a_listed_page_is_left_alone(fields, lastmod, days, reason):
    now = NOON + timedelta(days=days)
    assert why_not_request(known_page(**fields), lastmod=lastmod, now=now, revisit=Revisit()) == reason


@pytest.mark.parametrize(
    ("fields", "days", "is_due"),
    [
        ({}, 0.1, True),
        ({"unlisted": 1}, 0.1, False),
        ({"unlisted": 1}, 1.0, True),
        ({"unlisted": 1, "ads": {"a": AdState(content="one", missed=1)}}, 0.1, True),
        ({"ads": {"a": AdState(content="one", is_past=True)}}, 9.0, False),
        ({"role": ""}, 9.0, False),
        ({"ads": {}}, 9.0, False),
    ],
)
def test_when_a_page_that_is_no_longer_listed_is_asked_for(fields, days, is_due):
    now = NOON + timedelta(days=days)
    assert is_unlisted_due(known_page(**fields), now=now, revisit=Revisit()) is is_due


@pytest.mark.parametrize(
    ("lastmod", "is_so"),
    [
        ("2026-10-31", True),
        ("2026-11-01", False),  # in the Pacific that day ended at noon
        ("2026-11-02", False),
        ("2026-11-02T11:59:59Z", True),
        ("2026-11-02T12:00:00Z", False),
        ("2026-11-02T18:00:00+07:00", True),
        ("2026-11-02T10:00:00", False),
        ("2026-11", False),
        ("", False),
        ("9999-12-31", False),
        ("now", False),
    ],
)
def test_a_lastmod_is_settled_when_its_time_was_over(lastmod, is_so):
    assert is_settled(lastmod, at=NOON) is is_so


@given(st.text(max_size=30))
def test_any_lastmod_is_read(text):
    assert is_settled(text, at=NOON) in {True, False}


@pytest.mark.parametrize(("day", "is_so"), [(1, True), (2, False), (3, False)])
def test_an_ad_is_over_when_its_day_has_ended_everywhere(day, is_so):
    ad = AdState(content="one", valid_through=date(2026, 11, day))
    assert is_over(ad, now=NOON + timedelta(hours=11)) is is_so


def test_only_validators_that_prove_something_are_kept():
    assert usable_etag(b'W/"1"') == 'W/"1"'
    assert [usable_etag(value) for value in (None, b"", b'"\x00"', b'"' + b"x" * 999 + b'"')] == [None] * 4
    assert usable_date(b"Mon, 02 Nov 2026 11:59:00 GMT", at=NOON) == "Mon, 02 Nov 2026 11:59:00 GMT"
    for value in (b"Mon, 02 Nov 2026 11:59:59 GMT", b"Mon, 02 Nov 2126 12:00:00 GMT", b"soon", b"", None):
        assert usable_date(value, at=NOON) is None


@given(st.binary(max_size=60))
def test_any_header_is_read(value):
    assert usable_date(value, at=NOON) is None or isinstance(usable_date(value, at=NOON), str)
    assert usable_etag(value) is None or len(usable_etag(value)) <= 300


def test_every_field_of_an_ad_is_counted():
    names = {name for name in JobAd.__dataclass_fields__ if name not in {"ad_id", "source", "seen_at", "page"}}
    assert set(AD_FIELDS) == names
    ad = JobAd(ad_id="a", source="s", seen_at=datetime(2026, 11, 2, tzinfo=UTC), title="Cook", description="")
    assert fields_of(ad) == 1 << AD_FIELDS.index("title")
