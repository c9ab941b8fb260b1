"""The prevention brief: what it counts, what it compares, and that no advertiser is found in it. All is invented."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, make_ad, make_assessment
from crawler.ad import Contact, fingerprint
from crawler.files import read_word_list
from model.assessment import Evidence
from model.evaluation.facets import sector_names
from model.taxonomy.loader import load_taxonomy
from model.taxonomy.patterns import read_patterns
from model.taxonomy.records import Indicator, Signs
from pipeline.accounts.analysts import Analyst
from pipeline.case import Decision
from pipeline.nightly.pending import read_offers
from pipeline.review.brief import _Finder, group_of, matched_parts, read_brief
from pipeline.review.figures import month_before, newcombe
from pipeline.web.i18n import LANGUAGES
from pipeline.web.views.brief import as_file, write_brief
from store_builders import look, open_store

ROOT = Path(__file__).parents[3]
MONTH, EARLIER = "2026-11", "2026-10"
OCTOBER = NOON.replace(month=10)
SIGNS = Signs(
    patterns=read_patterns("(pay|give) ..8 (a deposit|first)", "en", {}),
    unless=(),
    shows=("Pay a deposit.",),
    spares=(),
)
INDICATORS = {
    key: Indicator(
        key=key, title=f"Title of {key}", definition="", why="", element=(), ilo=(), exploitation=(), strength="strong",
        polarity="risk", caveats="", cite=(), languages=MappingProxyType({"en": SIGNS}),
    )
    for key in ("fraud.fee_to_get_job", "offer.easy_money")
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        for name in ("putu", "vera"):
            opened.accounts.add(Analyst(name=name, role="supervisor", password_hash="none"), at=NOON)
        yield opened


def confirm(store, number, *, at=NOON, shows=("fraud.fee_to_get_job",), verdict="job_fraud", rejected=(), **fields):
    """One case of its own text, opened and decided at that moment."""
    text = f"Text number {number} of {at:%B}. You pay Blue Crane a deposit of {number}00."
    ad = make_ad(ad_id=f"b:{at:%m}-{number}", seen_at=at, **({"description": text, "language": "en"} | fields))
    look(store, ad)
    (pending,) = [each for chunk in store.assessments.pending("m1", "t1", chunk=50) for each in chunk if each.ad == ad]
    quote = ad.description
    evidence = tuple(
        Evidence(indicator=key, field="description", start=0, end=len(quote), quote=quote) for key in shows
    )
    store.assessments.add(
        pending.version_id, make_assessment(ad_id=ad.ad_id, fingerprint=fingerprint(ad), evidence=evidence)
    )
    case_id = store.cases.open(fingerprint(ad), reason="score", priority=0.9, at=at)
    if verdict:
        say(store, case_id, "mai", verdict, rejected=rejected)
    return case_id


def say(store, case_id, analyst, verdict, **fields):
    store.decisions.add(
        Decision(
            case_id=case_id, analyst=analyst, verdict=verdict, fingerprint=store.cases.get(case_id).fingerprint,
            model_version="m1", score=0.9, decided_at=NOON, **fields,
        )
    )  # fmt: skip


def brief_of(store, month=MONTH, **source_kinds):
    return read_brief(store.statistics, month, indicators=INDICATORS, source_kinds=source_kinds)


def rows(brief, topic):
    return {row.value: row for row in brief.topics[topic]}


def test_only_cases_whose_verdict_stands_count(store):
    for number in range(5):
        confirm(store, number)
    confirm(store, 5, verdict="legitimate")
    confirm(store, 6, verdict=None)
    awaited = confirm(store, 7)
    store.decisions.ask_second_opinion(awaited, why="referral", first="mai", at=NOON)
    assert brief_of(store).counts.confirmed == 5
    say(store, awaited, "putu", "job_fraud")
    assert brief_of(store).counts.confirmed == 6
    brief = brief_of(store)
    assert (brief.counts.opened, brief.counts.decided) == (8, 7)
    assert rows(brief, "verdict")["job_fraud"].now.count == 6


def test_what_two_see_differently_counts_once_it_is_settled(store):
    for number in range(5):
        confirm(store, number)
    case_id = confirm(store, 5)
    store.decisions.ask_second_opinion(case_id, why="referral", first="mai", at=NOON)
    say(store, case_id, "putu", "legitimate")
    assert brief_of(store).counts.confirmed == 5
    say(store, case_id, "vera", "job_fraud", settles=True)
    assert brief_of(store).counts.confirmed == 6


def test_an_indicator_that_the_analyst_found_wrongly_shown_does_not_count(store):
    for number in range(6):
        confirm(store, number, rejected=("fraud.fee_to_get_job",) if number == 0 else ())
    assert rows(brief_of(store), "approach")["fraud.fee_to_get_job"].now.count == 5


def test_of_fewer_than_five_cases_nothing_is_told(store):
    for number in range(4):
        confirm(store, number)
    brief = brief_of(store)
    assert not brief.is_publishable
    document = write_brief(brief, "en", indicators=INDICATORS)
    assert not document.tables
    assert "Fewer than 5 cases" in as_file(document, "md")


def test_a_cell_of_fewer_than_five_is_hidden_and_its_value_is_nowhere(store):
    for number in range(9):
        confirm(store, number, country="KH" if number < 5 else "LA")
    brief = brief_of(store)
    assert rows(brief, "country").keys() == {"KH"}
    assert "Lao" not in as_file(write_brief(brief, "en", indicators=INDICATORS), "md")


def test_a_month_is_held_against_the_one_before(store):
    for number in range(40):
        confirm(store, number, at=OCTOBER, country="KH" if number < 30 else "MM")
        confirm(store, number, country="KH" if number < 6 else "MM")
    brief = brief_of(store)
    assert {value: row.change for value, row in rows(brief, "country").items()} == {"MM": "more", "KH": "fewer"}
    assert rows(brief, "verdict")["job_fraud"].change is None
    points, low, high = rows(brief, "country")["MM"].points
    assert low < points < high
    assert points == pytest.approx(0.6)
    said = as_file(write_brief(brief, "en", indicators=INDICATORS), "md")
    assert "More often: Destination: Myanmar (Burma) (85 % (71 to 93), before 25 % (14 to 40))" in said
    assert brief_of(store, EARLIER).counts_before.confirmed == 0


def test_the_interval_of_a_difference_is_newcombes():
    """His first example (1998, table II, method 10): 56 of 70 against 48 of 80."""
    assert newcombe(56 / 70, 70, 48 / 80, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(0, 30))
def test_a_difference_lies_within_its_interval_and_turns_with_it(one, other):
    share, rest = one[0] / one[1], other / 30
    low, high = newcombe(share, one[1], rest, 30)
    assert low - 1e-9 <= share - rest <= high + 1e-9
    assert newcombe(rest, 30, share, one[1]) == pytest.approx((-high, -low))


def test_the_words_of_a_phrase_are_the_taxonomys_own():
    find = _Finder(SIGNS)
    quote = "Pay Blue Crane Services at +84 900 000 000 a DEPOSIT, first thing"
    assert tuple(matched_parts(quote, find)) == ("a deposit", "first")


@given(st.lists(st.sampled_from(["pay", "Pay", "a deposit", "first", "Blue Crane", "+84 900", "paypal", "ad@x.example"])
                | st.text(max_size=12), max_size=12))  # fmt: skip
def test_nothing_but_words_of_the_taxonomy_comes_through(pieces):
    for part in matched_parts(" ".join(pieces), _Finder(SIGNS)):
        left = part
        for known in ("a deposit", "first", "pay", "give"):
            left = left.replace(known, "")
        assert not left.strip()


NAMES = ("Blue Crane", "0900 111 222", "bluecrane", "Jalan Bintang", "Kampung Baru Hill")
"""What would identify the advertiser, in every field of the ad."""


def hostile_fields(number):
    return {
        "title": f"Blue Crane Services {number}, call 0900 111 222",
        "description": f"You pay Blue Crane first, a deposit to 0900 111 222, t.me/bluecrane{number}, Jalan Bintang.",
        "hiring_organization": "Blue Crane Services", "company_profile": "Blue Crane, Jalan Bintang 7",
        "job_location": "Kampung Baru Hill", "country": "BC", "language": "en",
        "employment_type": "Blue Crane", "url": "https://bluecrane.example/1", "apply_url": "https://t.me/bluecrane",
        "contacts": (Contact(kind="Blue Crane", value="bluecrane"), Contact(kind="telegram", value="bluecrane")),
        "source": "bluecrane",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "vi", "id"])
def test_nothing_in_a_brief_identifies_the_advertiser(store, language):
    for number in range(8):
        confirm(store, number, shows=("fraud.fee_to_get_job", "Blue Crane"), **hostile_fields(number))
    read_offers(store)
    brief = brief_of(store, bluecrane="channel")
    document = write_brief(brief, language, indicators=INDICATORS)
    for text in (as_file(document, "html"), as_file(document, "md"), repr(brief)):
        assert not [name for name in NAMES if name.casefold() in text.casefold()]
    assert {each.words for each in brief.phrases} == {"a deposit", "first"}
    assert rows(brief, "contact").keys() == {"telegram", "other"}
    assert rows(brief, "source").keys() == {"channel"}
    assert rows(brief, "country").keys() == {"not_said"}


def test_a_phrase_of_fewer_than_five_cases_is_not_told(store):
    for number in range(9):
        confirm(store, number, description=f"Number {number}: pay {'a deposit' if number < 4 else 'first'} please")
    assert {each.words for each in brief_of(store).phrases} == {"pay first"}


def test_a_file_is_whole_in_each_language(store):
    for number in range(8):
        confirm(store, number, shows=("offer.easy_money", "fraud.fee_to_get_job"), country="KH")
    brief = brief_of(store)
    said = {
        language: as_file(write_brief(brief, language, indicators=INDICATORS), "html")
        for language in ("en", "vi", "id")
    }
    assert "Cambodia" in said["en"]
    assert "Campuchia" in said["vi"]
    assert "Kamboja" in said["id"]
    assert "việc nhẹ, tiền nhanh" in said["vi"]
    assert all("<script" not in page and "http" not in page for page in said.values())


@pytest.mark.parametrize(
    ("month", "before"),
    [("2026-01", "2025-12"), ("2026-12", "2026-11"), ("2026-10", "2026-09"), ("2027-02", "2027-01")],
)
def test_the_month_before(month, before):
    assert month_before(month) == before


def test_signs_in_a_table_cell_do_not_end_it(store):
    for number in range(8):
        confirm(store, number, shows=("offer.made_here",))
    named = INDICATORS | {
        "offer.made_here": replace(INDICATORS["offer.easy_money"], key="offer.made_here", title="a | b <i>")
    }
    brief = read_brief(store.statistics, MONTH, indicators=named, source_kinds={})
    document = write_brief(brief, "en", indicators=named)
    assert r"| a \| b \<i\> | 8 |" in as_file(document, "md")
    assert "a | b &lt;i&gt;" in as_file(document, "html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_and_sector_that_is_shipped_has_words_for_the_public(shipped, language):
    words = read_word_list("brief_words")
    told = {key for key, indicator in shipped.indicators.items() if group_of(indicator)}
    assert words[language]["signs"].keys() == told
    assert words[language]["examples"].keys() == words["en"]["examples"].keys() < told
    assert all(text.strip() for part in words[language].values() for text in part.values())
    assert read_word_list("page_words")["sector"].keys() | {"unknown"} >= set(sector_names())


def test_a_brief_groups_indicators_that_are_shipped(shipped):
    table = read_word_list("brief_groups")
    placed = {*table["untold"], *(key for keys in table["indicators"].values() for key in keys)}
    assert placed <= shipped.indicators.keys()
    assert table["families"].keys() <= {each.family for each in shipped.indicators.values()}


@pytest.fixture(scope="module")
def shipped():
    return load_taxonomy(ROOT / "data" / "taxonomy")
