"""Applicant tracking systems: what is read of their lists. Everything in here is invented."""

import json
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_ats import VARIANTS, ads_of, crawl_recordings, expected
from warcio.archiveiterator import ArchiveIterator

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import BatchSummary, read_batch
from crawler.errors import BadSourceCard
from crawler.extract.raw import RawAd, group_openings, join_openings
from crawler.extract.records.ats import load_systems, read_answer, read_detail
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from crawling import lines_of
from loopback_site import Answer, Site

SYSTEMS = sorted(load_systems())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return crawl_recordings(tmp_path_factory.mktemp("recorded"))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_recorded_answers_of_a_system_give_the_right_ads(recorded, system, variant):
    _, folder = recorded[system]
    assert ads_of(folder)[variant] == expected(system, variant)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_address_of_a_list_has_its_outcome(recorded, system):
    summary, folder = recorded[system]
    lines = lines_of(folder)
    assert len(lines) == summary.addresses == sum(summary.outcomes.values())
    assert {outcome for outcome, _ in lines.values()} <= {"ad", "listing", "failed", "not_an_ad"}
    assert "lost" not in {detail for _, detail in lines.values()}


def test_an_ad_at_several_places_names_the_one_that_stands_for_all(recorded):
    _, folder = recorded["greenhouse"]
    lines = lines_of(folder)
    assert lines["https://boards.harbour-inn.example/jobs/4100202"] == (
        "ad",
        "whole in the list; one ad with https://boards.harbour-inn.example/jobs/4100201",
    )


def test_what_a_system_leaves_out_or_breaks_is_named(recorded):
    details = {
        address.partition("/odd")[2]: detail
        for name in SYSTEMS
        for address, (_, detail) in lines_of(recorded[name][1]).items()
        if "/odd" in address
    }
    assert "1 left out, without title and text: 3" in details["?content=true"]
    assert "2 left out, not a record: number 5, number 6" in details["?content=true"]
    assert details["/11"] == "404"
    assert details["/12"] == "not shown to everybody"
    assert details["/13"] == "expected JSON, found markup"


def test_an_ads_page_is_the_answer_that_it_was_read_from(recorded):
    _, folder = recorded["smartrecruiters"]
    ads = {ad.title: ad for ad in read_batch(folder).ads()}
    with (folder / "pages.warc.gz").open("rb") as file:
        file.seek(ads["Pilot boat mate"].page.offset)
        record = next(iter(ArchiveIterator(file)))
        assert b"Antar pandu" in record.content_stream().read()


PAGED = [
    [{"id": f"{n}", "text": f"Hand {n}", "description": f"<p>Work {n}</p>"} for n in range(i, i + 3)] for i in (0, 3)
]


def paged_source(name: str, system: str, start: str, **keys: object) -> Source:
    card = {"name": name, "title": name, "kind": "ats", "system": system, "start": [start], "local": True}
    return source_from_card(card | {"politeness": {"delay": 0}} | keys, where=f"{name}.toml")


def smart(ids: list[int], total: object) -> Answer:
    content = [{"id": str(n), "name": f"Hand {n}", "company": {"identifier": "Q"}} for n in ids]
    return Answer(body=json.dumps({"totalFound": total, "content": content}), type="application/json")


def lists() -> dict[str, tuple[str, str, dict[str, Answer], dict[str, object]]]:
    """Name to system, start, pages and further keys of a card."""
    again = json.dumps([*PAGED[1]])
    lever = {
        "/l?mode=json&limit=3": json.dumps(PAGED[0]),
        "/l?mode=json&limit=3&skip=3": json.dumps(PAGED[1]),
        "/l?mode=json&limit=3&skip=6": again,  # a server that does not know where its list ends
    }
    same = {"name": "Hand", "company": {"identifier": "Q"}, "jobAd": {"sections": {"x": {"text": "Same."}}}}
    text = {f"/s/{n}": Answer(body=json.dumps({"id": str(n)} | same)) for n in range(6)}
    old = '{"offers": [{"id": 1, "title": "Küchenhilfe", "description": "Für Größe"}]}'.encode("latin-1")
    return {
        "repeats": ("lever", "/l?mode=json&limit=3", {path: Answer(body=body) for path, body in lever.items()}, {}),
        "breaks-off": (
            "smartrecruiters",
            "/s?limit=2",
            {"/s?limit=2": smart([0, 1], 6), "/s?limit=2&offset=2": Answer(status=500), **text},
            {},
        ),
        "too-dear": (
            "smartrecruiters",
            "/s",
            {"/s": smart([0, 1, 2], 3), **text},
            {"budget": {"pages": 3}},
        ),
        "lies": ("smartrecruiters", "/s", {"/s": smart([0], "many"), "/s?offset=1": smart([], None), **text}, {}),
        "refused": ("ashby", "/no", {"/no": Answer(body='{"error": "no such board"}', type="application/json")}, {}),
        "markup": ("greenhouse", "/no", {"/no": Answer(body="<html><body>Sorry</body></html>")}, {}),
        "old-letters": (
            "recruitee",
            "/o",
            {"/o": Answer(body=old)},
            {},
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def paged(tmp_path_factory) -> dict[str, tuple[BatchSummary, dict[str, tuple[str, str]], list[JobAd]]]:
    output = tmp_path_factory.mktemp("paged")
    with ExitStack() as sites:
        sources, at = [], {}
        for name, (system, start, pages, keys) in lists().items():
            site = sites.enter_context(Site(dict(pages)))
            at[name] = site.url
            sources.append(paged_source(name, system, site.url + start, **keys))
        summaries = crawl_sources(sources, output, contact=None, now=NOON)
    told = {}
    for summary in summaries:
        folder = output / summary.source / summary.run
        lines = {address.removeprefix(at[summary.source]): line for address, line in lines_of(folder).items()}
        told[summary.source] = (summary, lines, list(read_batch(folder).ads()))
    return told


def test_a_list_in_pages_is_read_until_a_page_brings_nothing_new(paged):
    summary, lines, ads = paged["repeats"]
    assert [ad.title for ad in ads] == [f"Hand {n}" for n in range(6)]
    assert summary.healthy
    outcome, detail = lines["/l?mode=json&limit=3&skip=6"]
    assert outcome == "ad"
    assert detail.startswith("3 ads; none of them new; one ad with ")
    assert "/l?mode=json&limit=3&skip=9" not in lines


def test_a_list_that_breaks_off_is_held_back_with_what_was_read(paged):
    summary, lines, ads = paged["breaks-off"]
    assert not summary.healthy
    assert "the list is not whole" in " ".join(summary.problems)
    assert lines["/s?limit=2&offset=2"] == ("failed", "500")
    assert [ad.title for ad in ads] == ["Hand"]
    assert lines["/s/1"][1].startswith("one ad with ")


def test_a_spent_budget_names_what_was_not_read_and_keeps_the_rest(paged):
    summary, lines, ads = paged["too-dear"]
    assert lines["/s/2"] == ("not_inspected", "pages")
    assert summary.outcomes["not_inspected"] == 1
    assert len(ads) == 1


def test_a_total_that_is_no_number_ends_nothing(paged):
    _, lines, ads = paged["lies"]
    assert (lines["/s?offset=1"], len(ads)) == (("listing", "0 ads"), 1)


def test_an_answer_that_is_no_list_fails_with_its_reason(paged):
    for name, reason in (("refused", "the API says: no such board"), ("markup", "expected JSON, found markup")):
        summary, lines, ads = paged[name]
        assert lines["/no"] == ("failed", reason)
        assert not ads
        assert not summary.healthy


def test_an_answer_in_an_old_encoding_is_read(paged):
    assert [(ad.title, ad.description) for ad in paged["old-letters"][2]] == [("Küchenhilfe", "Für Größe")]


@pytest.mark.parametrize("system", [{}, {"system": "unheard-of"}])
def test_a_card_names_a_system_that_is_known(system):
    card = {"name": "quay", "title": "Quay", "kind": "ats", "start": ["http://127.0.0.1/"], "local": True}
    with pytest.raises(BadSourceCard, match='"system": expected one of ashby, greenhouse'):
        source_from_card(card | system, where="quay.toml")


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def any_record(names: list[str]) -> st.SearchStrategy[object]:
    return st.dictionaries(st.sampled_from(names), JSONS, max_size=8)


@given(data=st.data(), system=st.sampled_from(SYSTEMS))
def test_no_answer_raises_whatever_stands_where(data, system):
    own = load_systems()[system]
    paths = [path for field in own.fields.values() for path in field] + [
        path for text in own.texts for path in text.body
    ]
    names = [step for path in [*paths, *own.places, "salary", "jobAd", "compensation"] for step in path.split(".")]
    records = data.draw(st.lists(any_record(names) | JSONS, max_size=4))
    body = json.dumps({own.list: records} if own.list else records).encode()
    answer = read_answer(body, own, url="http://127.0.0.1/list?limit=2", employer="Quay")
    if own.answer == "json":
        assert answer.failure is None
        left_out = sum(int(note.split()[0]) for note in answer.notes)
        assert len(answer.entries) + left_out == len(records)


@given(body=st.binary(max_size=300), system=st.sampled_from(SYSTEMS))
def test_no_bytes_raise(body, system):
    own = load_systems()[system]
    assert read_answer(body, own, url="http://127.0.0.1/", employer="Quay") is not None
    raw, outcome, detail = read_detail(body, own, url="http://127.0.0.1/", employer="Quay")
    assert raw is not None or (outcome == "failed" and detail)


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", "expected JSON, found nothing"),
        (b"Not found", "expected JSON, found something else"),
        (b'{"jobs": {"id": 1}}', "expected a list of ads under 'jobs', found none"),
        (b'{"status": 404, "error": "Job not found"}', "the API says: Job not found"),
        (b'{"errors": [{"message": "too many"}]}', "the API says: too many"),
        (b"[" * 100_000, "JSON nested deeper than can be read"),
    ],
)
def test_what_is_no_list_says_why(body, failure):
    assert read_answer(body, load_systems()["greenhouse"], url="http://127.0.0.1/", employer="Q").failure == failure


def test_a_list_with_nothing_in_it_is_a_list():
    empty = {
        "greenhouse": b'{"jobs": []}',
        "workable": b'{"jobs": null}',
        "lever": b"[]",
        "personio": b"<workzag-jobs/>",
    }
    for system, body in empty.items():
        answer = read_answer(body, load_systems()[system], url="http://127.0.0.1/", employer="Q")
        assert (answer.failure, answer.entries) == (None, ())


def posting(title: str, place: str, **fields: object) -> RawAd:
    return RawAd(title=title, description="Keep the lamp lit.", job_location=place, reader="api", **fields)


def test_one_offer_at_several_places_is_one_ad():
    ads = [posting("Keeper", "Kiel"), posting("Keeper", "Emden"), posting("Cook", "Kiel"), posting("KEEPER ", "Kiel")]
    assert group_openings(ads) == [[0, 1, 3], [2]]
    assert join_openings([ads[0], ads[1], ads[3]])[1].job_location == "Kiel; Emden"


def test_places_in_the_words_do_not_count_where_the_system_says_that_it_is_one():
    kiel, emden = posting("Keeper (Kiel)", "Kiel", identifier="7"), posting("Keeper (Emden)", "Emden", identifier="7")
    assert group_openings([kiel, emden]) == [[0, 1]]
    assert group_openings([posting("Keeper (Kiel)", "Kiel"), posting("Keeper (Emden)", "Emden")]) == [[0], [1]]


def test_an_offer_with_other_words_stays_its_own():
    one = posting("Keeper", "Kiel", identifier="7")
    other = RawAd(
        title="Keeper", description="Pay for your own oil.", job_location="Emden", identifier="7", reader="api"
    )
    assert group_openings([one, other]) == [[0], [1]]


def test_the_oldest_stands_for_all_in_whatever_order_they_come():
    ads = [posting("Keeper", place, identifier=f"{n}", date_posted=f"2026-10-0{n}") for n, place in enumerate("abc", 1)]
    for order in (ads, ads[::-1], [ads[1], ads[2], ads[0]]):
        assert join_openings(order)[1].identifier == "1"
