"""The overview page: what it counts, what it hides, what it exports. Every text is invented."""

import csv
import html
import io
import re
import struct
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from browsing import browser_path, enter, serve
from builders import NOON, make_ad
from crawler.ad import Contact
from model.chart import Bar, draw_bars
from pipeline.exports.formats import as_csv
from pipeline.nightly.pending import read_offer, read_offers
from pipeline.nightly.queueing import fill_queue
from pipeline.nightly.triage import TriagePolicy
from pipeline.review.figures import SHIFT, read_overview
from pipeline.web.charts import as_png
from pipeline.web.i18n import LOCALES
from pipeline.web.views.overview import PLACES
from pipeline.web.views.panels import draw_panels
from store_builders import assess, decide, look
from web_acts import decide as decide_on_page
from web_acts import sign_in_as

POLICY = TriagePolicy(threshold=0.5, audit_share=0.5, uncertain_share=0.0, blind_share=0.0)
LURES, LAWFUL = 12, 60


def ads():
    """Lures that address men and ask for a degree, and lawful offers."""
    for number in range(LURES):
        yield make_ad(
            ad_id=f"over:{number}", title=f"Chat operators wanted {number}", country="KH", language="en",
            description=f"We look for men with a university degree. Team {number} flies on Monday.",
        ), 0.95  # fmt: skip
    for number in range(LAWFUL):
        yield make_ad(
            ad_id=f"over:lawful-{number}", title=f"Garden work {number}", country="VN", language="en",
            description=f"Our nursery number {number} looks for gardeners.",
        ), 0.1  # fmt: skip


@pytest.fixture
def night(store):
    """One night over 72 ads: 12 flagged, of which 10 are decided as lures, and 12 drawn for audit, all decided."""
    made = dict(enumerate(ads()))
    run = store.runs.start(at=NOON)
    look(store, *(ad for ad, _ in made.values()))
    scores = {ad.ad_id: score for ad, score in made.values()}
    for chunk in store.assessments.pending("m1", "t1", chunk=200):
        for each in chunk:
            store.assessments.add(each.version_id, assess(each.ad, scores.get(each.ad.ad_id, 0.9)))
    queued = fill_queue(store, POLICY, night="2026-11-01", now=NOON + timedelta(minutes=5))
    read_offers(store)
    counts = {"unflagged": queued.unflagged, "audit": queued.audit}
    store.runs.end(run.run_id, at=NOON + timedelta(minutes=6), counts=counts, problems=["test: too few ads"])
    flagged = [
        case for case in store.queue.cases(limit=100) if case.reason == "score" and "Chat operators" in case.title
    ]
    for case in flagged[:10]:
        decide(store, case.case_id, verdict="trafficking_recruitment", at=NOON)
    for case in store.queue.cases(limit=100):
        if case.reason == "audit":
            decide(store, case.case_id, at=NOON)
    return queued


def overview_of(store, **asked):
    return read_overview(
        store.statistics, **({"days": 30, "side": "flagged", "now": NOON + timedelta(hours=8)} | asked)
    )


def test_each_night_is_counted_with_what_it_drew_from(store, night):
    (found,) = store.statistics.audit_nights(since=NOON - timedelta(days=1))
    assert (found.unflagged, found.drawn, found.decided, found.lures) == (LAWFUL, night.audit, night.audit, 0)
    assert night.audit >= 10


def test_cases_to_review_are_those_that_the_queue_counts(app, store, night):
    client, cases = sign_in_as(app, "mai"), store.queue.cases(reason="score", limit=100)
    decide_on_page(client, cases[0].case_id, verdict="trafficking_recruitment")
    decide(store, cases[1].case_id, at=NOON - timedelta(days=40))
    assert sum(overview_of(store).waiting["second_opinion"]) == 1
    counted = f"{store.queue.standings().to_review} to review"
    assert counted in client.get("/").text
    for days in (30, 90):
        page = re.sub(r"<[^>]*>", "", client.get(f"/overview?days={days}").text)
        assert counted in page
        assert "1 awaits a second opinion." in page, "the bars count it too"
        assert "none older than 30 days" in page
        assert not re.search(r"\b0 (is|are|older)", page)
        decisions = store.statistics.decisions_by_day(since=NOON - timedelta(days=days))
        assert f"{sum(decisions.values())} decisions" in page


def test_precision_is_of_the_decided_alone(store, night):
    by_tenth = {tenth: (cases, share) for tenth, cases, share in overview_of(store).precision}
    here_before = 1
    cases, share = by_tenth[9]
    assert (cases, share.of, share.count) == (LURES + here_before, 10, 10)
    assert share.low < 0.8, "ten of ten is not certainty"


def test_what_was_taken_back_or_nobody_could_tell_counts_nowhere(store, night):
    case = store.queue.cases(state="decided", reason="audit")[0]
    decide(store, case.case_id, verdict="cannot_tell", at=NOON)
    (found,) = store.statistics.audit_nights(since=NOON - timedelta(days=1))
    assert found.decided == night.audit - 1


def test_trends_say_whom_offers_address_and_what_schooling_they_ask(store, night):
    overview = overview_of(store)
    shares = {row.value: row.shares[overview.months[-1]] for row in overview.trends["addressed"]}
    assert shares["men"].count == LURES
    assert {row.value for row in overview.trends["schooling"]} == {"higher"}


def test_offers_are_counted_by_how_they_are_to_be_answered():
    def reached(*kinds, **fields):
        return read_offer(make_ad(contacts=tuple(Contact(kind=kind, value="x") for kind in kinds), **fields)).reached

    assert reached("phone", "zalo") == reached("telegram") == reached("a network of tomorrow") == "messenger"
    assert reached("phone", "email", "web") == reached(apply_url="https://apply.example/") == "other"
    assert reached() == "not_said"


def test_the_shift_follows_its_own_values_and_says_what_has_moved(app, store, night):
    overview = overview_of(store)
    assert [each.row.value for each in overview.shift if each.facet == "addressed"] == ["men", "women"]
    assert {each.points for each in overview.shift} == {None}, "there is one month"
    with app.test_request_context():
        (panel,) = [each for each in draw_panels(overview) if each.key == "shift"]
    assert len(panel.rows) == sum(map(len, SHIFT.values()))
    assert {row[-1] for row in panel.rows} == {"too few months to compare"}
    assert ET.fromstring(panel.svg).tag.endswith("svg")
    assert len(panel.file_rows) == len(panel.rows) * 6
    page = sign_in_as(app, "mai").get("/overview").text
    assert "Has recruitment shifted?" in page
    assert "All that is counted here was found on the internet" in page


def test_the_map_shows_a_destination_from_five_cases_on_and_leads_to_them(app, store, night):
    client = sign_in_as(app, "mai")
    page = client.get("/overview").text
    (tile,) = re.findall(r'<a href="([^"]*)" class="shade-(\d)" aria-label="([^"]*)"', page)
    assert (tile[1], tile[2].split(":")[0]) == ("4", "Cambodia"), "Vietnam is named by lawful ads alone"
    listed = client.get(html.unescape(tile[0])).text
    titles = re.findall(r'<a class="title"[^>]*>([^<]*)</a>', listed)
    assert len(titles) == LURES
    assert all("Chat operators" in title for title in titles)


def test_each_country_has_a_tile_of_its_own():
    assert len(set(PLACES.values())) == len(PLACES) > 50
    assert all(code in LOCALES["en"].territories for code in PLACES)


def test_values_are_said_in_the_language_of_the_page(app, store, night):
    store.accounts.set_language("mai", "vi")
    page = sign_in_as(app, "mai").get("/overview?of=confirmed").text
    assert "Campuchia" in page
    assert "Tiếng Anh" in page


def test_a_picture_is_exported_as_pixels_with_its_words(app, store, night):
    client = sign_in_as(app, "a-researcher")
    for key in ("precision", "shift", "trend_addressed"):
        answer = client.get(f"/overview/{key}.png?of=confirmed")
        assert answer.mimetype == "image/png"
        assert answer.data.startswith(b"\x89PNG\r\n")
        svg = ET.fromstring(client.get(f"/overview/{key}.svg?of=confirmed").text)
        wide, tall = struct.unpack(">II", answer.data[16:24])
        assert (wide, tall) == (2 * int(svg.get("width")), 2 * int(svg.get("height")))
        assert store.audit.entries(act="exported", limit=2)[1].subject == f"overview {key}.png"
    assert client.get("/overview/sources.png").status_code == 404, "there is nothing to draw"


@settings(max_examples=8)
@given(st.sampled_from("ạẵộữỆĐñЖΩ"), st.text(max_size=5))
def test_every_letter_is_drawn_as_itself_and_no_text_breaks_a_picture(letter, text):
    def picture(words):
        return as_png(draw_bars("t", "a", [Bar(name=words, value=0.5)]).svg)

    assert picture(letter) != picture("a")
    assert picture(letter) == picture(letter), "the same numbers give the same bytes"
    assert picture(text).startswith(b"\x89PNG")


def test_a_value_of_fewer_than_five_cases_is_shown_nowhere(store, night, app):
    assert "VN" not in {row.value for row in overview_of(store).trends["country"]}
    confirmed = overview_of(store, side="confirmed").trends["country"]
    assert {row.value for row in confirmed} == {"KH"}


@pytest.mark.parametrize(
    ("words", "schooling"),
    [
        ("Không yêu cầu bằng cấp, đi ngay.", "none_needed"),
        ("Lulusan S1 semua jurusan.", "higher"),
        ("ต้องการผู้จบปริญญาตรี", "higher"),
        ("High school leavers welcome.", "secondary"),
        ("Cooks for a kitchen.", "not_said"),
    ],
)
def test_schooling_is_read_by_the_words_of_the_offer(words, schooling):
    assert read_offer(make_ad(title="Work", description=words)).schooling == schooling


def test_offers_are_read_once_and_again_after_another_model(store, night):
    assert store.assessments.pending_offers(limit=2) == ()
    (pending,) = [
        each
        for chunk in store.assessments.pending("m2", "t1", chunk=200)
        for each in chunk
        if each.ad.ad_id == "over:1"
    ]
    store.assessments.add(pending.version_id, assess(pending.ad, 0.8, model="m2"))
    assert [ad.ad_id for _, _, ad, _ in store.assessments.pending_offers(limit=2)] == ["over:1"]
    read_offers(store)
    assert store.assessments.pending_offers(limit=2) == ()


def test_the_page_says_plainly_that_the_audit_is_too_small(app, night):
    page = sign_in_as(app, "mai").get("/overview").text
    assert "audit decisions made we can only say" in page
    assert page.count("<svg") >= 6, "bars"


def test_only_the_periods_that_are_offered_are_answered(app):
    client = sign_in_as(app, "mai")
    assert [client.get(f"/overview?days={days}").status_code for days in (365, 31)] == [200, 400]


def test_every_panel_is_a_file_and_each_export_is_logged(app, store, night):
    client = sign_in_as(app, "a-researcher")
    with app.test_request_context():  # panels are counted in the language of whoever asks
        panels = draw_panels(overview_of(store))
    for panel in panels:
        answer = client.get(f"/overview/{panel.key}.csv?days=90&of=confirmed")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert tuple(rows[0]) == panel.file_columns
        assert all(len(row) == len(rows[0]) for row in rows)
        entry = store.audit.entries(limit=1)[0]
        assert (entry.act, entry.subject, entry.analyst) == ("exported", f"overview {panel.key}.csv", "a-researcher")
        assert dict(entry.details) == {"days": "90", "of": "confirmed"}
    assert client.get("/overview/precision.svg").text.startswith("<svg")
    assert client.get("/overview/nothing.csv").status_code == 404


@given(st.lists(st.text(), min_size=1))
@example(["\r@"])
def test_no_cell_of_a_file_begins_as_a_formula_does(values):
    cells = [(value,) for value in (*values, *(f" {sign}1+1" for sign in "=+-@＝＋－＠"))]
    rows = list(csv.reader(io.StringIO(as_csv(("value",), cells), newline="")))
    assert len(rows) == 1 + len(cells)
    assert not any(cell.strip().startswith(tuple("=+-@＝＋－＠")) for row in rows for cell in row)


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one")
def test_a_browser_shows_pictures_and_hands_out_their_tables(browser, app, night, tmp_path):
    with serve(app) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(20_000)
        page = context.new_page()
        enter(page, "mai", at="/overview?of=confirmed")
        expect(page.get_by_role("heading", name="Estimated recall")).to_be_visible()
        expect(page.locator("section svg").first).to_be_visible()
        with page.expect_download() as download:
            page.locator("#precision summary").click()
            page.locator("#precision").get_by_role("link", name="CSV").click()
        assert download.value.suggested_filename == "lurewatch-precision.csv"
        context.close()
