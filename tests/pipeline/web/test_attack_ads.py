"""Ads whose every field is an attack go the whole way, from a batch to every page, file and terminal, and change
nothing there. Every text is invented."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from playwright.sync_api import expect
from rich.console import Console

from attack_ads import ATTACKS, attack_ads
from browsing import NARROW, WIDE, browser_path, enter, serve
from builders import NOON
from crawler.batch.ad_json import BadField, ad_from_record, ad_to_record
from crawler.batch.batch import read_batch
from model.assessment import Contribution, Evidence
from pipeline.accounts.audit_log import follow_chain
from pipeline.linking.contacts import write_contacts
from pipeline.nightly.intake import take_in
from pipeline.nightly.pending import gather_campaigns, link_contacts, read_offers
from pipeline.nightly.queueing import fill_queue
from pipeline.review.explain import show_ad, show_licences
from pipeline.store.store import Store
from prepared_desk import VAULT, add_people
from store_builders import POLICY, assess, open_store, write_batch
from web_acts import decide, make_app, post, sign_in_as

ADS = attack_ads()
READER = "a-administrator"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey."""


def scored(ad):
    """An assessment whose evidence lies on the attacks."""
    evidence = tuple(
        Evidence(indicator=key, field=field, start=0, end=len(text), quote=text)
        for field in ("title", "description", "hiring_organization", "job_location")
        for key in ("debt.advance", f"unknown.{ATTACKS['handler']}")
        if (text := getattr(ad, field))
    )
    contributions = tuple(Contribution(name=f"words: {said}", value=1.0) for said in ATTACKS.values())
    made = assess(ad, 0.9, rule="pair")
    return type(made)(**{
        name: getattr(made, name) for name in made.__dataclass_fields__
    } | {"evidence": evidence, "contributions": contributions})  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory, password_hash):
    """A store that took the ads in by night, as any others."""
    home = tmp_path_factory.mktemp("home")
    with open_store(home) as store:
        add_people(store, password_hash)
        run = store.runs.start(at=NOON)
        batch = write_batch(home / "batches", ADS, night=0, source="attacks")
        (taken,) = take_in(store, [batch], gone_after_batches=3, now=NOON)
        assert (taken.outcome, taken.new) == ("taken", len(ADS)), taken
        gather_campaigns(store, at=NOON)
        link_contacts(store, VAULT)
        for chunk in store.assessments.pending("m1", "t1", chunk=50):
            for each in chunk:
                store.assessments.add(each.version_id, scored(each.ad))
        fill_queue(store, POLICY, night="2026-11-02", now=NOON)
        read_offers(store)
        store.runs.end(run.run_id, at=NOON, counts={"unflagged": 1, "audit": 0}, problems=list(ATTACKS.values()))
    return home


@pytest.fixture(scope="module")
def app(home, taxonomy):
    return make_app(home / "lurewatch.db", taxonomy)


@pytest.fixture
def store(home):
    with Store.open(home / "lurewatch.db") as opened:
        yield opened


def pages(store, *, most=None):
    """Every page on which something of these ads stands; of those of one kind no more than ``most``."""
    cases = [case.case_id for case in store.queue.cases(state="all")]
    campaigns = {store.campaigns.of_ad(ad.ad_id) for ad in ADS} - {None}
    contacts = {card.hash for ad in ADS for card in store.contacts.of_ad(ad.ad_id)}
    return [
        "/", "/?state=all&words=%3Cscript%3E", "/bulk?source=attacks", "/overview", "/overview?of=confirmed", "/audit",
        "/analysts", "/agreement", *(f"/case/{case}" for case in cases[:most]),
        *(f"/campaign/{campaign}" for campaign in sorted(campaigns)[:most]),
        *(f"/contact/{digest}" for digest in sorted(contacts)[:most]),
    ]  # fmt: skip


def test_they_come_out_of_a_batch_as_they_went_in(home):
    (batch,) = (home / "batches" / "attacks").iterdir()
    read = {ad.ad_id: ad for ad in read_batch(batch).ads()}
    assert {ad.ad_id: (ad.title, ad.description, ad.contacts) for ad in ADS} == {
        name: (ad.title, ad.description, ad.contacts) for name, ad in read.items()
    }
    assert {path.name for path in home.iterdir()} == {"batches", "contacts.key", "lurewatch.db"} | {
        path.name for path in home.glob("lurewatch.db-*")
    }, "nothing was written elsewhere"


@pytest.mark.parametrize("field", ["country", "language", "seen_at", "date_posted"])
def test_a_field_of_fixed_form_takes_no_attack(field):
    record = ad_to_record(ADS[0])
    assert ad_from_record(record, source="attacks", seen_at=NOON) == ADS[0]
    for said in ATTACKS.values():
        with pytest.raises(BadField):
            ad_from_record(record | {field: said}, source="attacks", seen_at=NOON)


class Tags(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_pages_hold_no_element_and_no_attribute_of_theirs(app, store):
    client = sign_in_as(app, READER)
    for path in pages(store):
        answer = client.get(path)
        assert answer.status_code == 200, path
        tags = Tags()
        tags.feed(answer.text)
        names = {tag for tag, _ in tags.found}
        assert not names & {"img", "iframe", "style", "base", "math", "animate", "object", "embed"}, path
        assert [attrs for tag, attrs in tags.found if tag == "script"] == [{"src": "/static/keys.js", "defer": None}]
        assert not [name for _, attrs in tags.found for name in attrs if name.startswith("on") or name == "style"], path
        for _, attrs in tags.found:
            for name in ("href", "src", "action", "formaction"):
                assert re.match(r"(/(?!/)|#|https://source\.example/|$)", attrs.get(name) or ""), (path, attrs)


def test_nothing_of_theirs_is_filled_in(app, store):
    client = sign_in_as(app, READER)
    case = next(case.case_id for case in store.queue.cases(state="all") if "{{" in case.title)
    page = client.get(f"/case/{case}").text
    assert "{{ 7 * 7 }}" in page
    assert "%(is)s{0.__class__}" in page
    assert "49" not in re.sub(r'value="[^"]*"', "", page.split("<main")[1].split("weights")[0]).replace("&#34;", "")


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one")
def test_in_a_browser_nothing_runs_nothing_is_asked_for_and_nothing_turns_round(browser, app, store):
    with serve(app) as address:
        context = browser.new_context(base_url=address, viewport=WIDE)
        page, wrong = context.new_page(), []
        page.on("request", lambda asked: asked.url.startswith(address) or wrong.append(f"asked for {asked.url}"))
        page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        page.on("popup", lambda _: wrong.append("a window"))
        enter(page, READER)
        for path in pages(store, most=4):
            page.goto(path)
            page.mouse.move(200, 400)
            assert page.evaluate("window.hacked") is None, path
            expect(page.locator("main"), path).to_be_visible()
            assert page.evaluate(TURNED) == [], path
            for size in (NARROW, WIDE):
                page.set_viewport_size(size)
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, size)
        context.close()
    assert wrong == []


TURNED = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), turned = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!/[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)) continue;
        const kept = node.parentElement.closest('[dir], bdi, option, title, text');
        if (!kept && node.parentElement.textContent.trim() !== node.data.trim())
            turned.push(node.parentElement.outerHTML.slice(0, 300));
    }
    return turned;
}"""
"""Where a text that turns the direction stands beside one of ours, and is not kept apart from it."""


def test_no_cell_of_a_file_is_a_formula(app):
    client = sign_in_as(app, READER)
    keys = re.findall(r"/overview/(\w+)\.csv", client.get("/overview").text)
    assert keys
    for key in keys:
        answer = client.get(f"/overview/{key}.csv?days=365")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="lurewatch-{key}.csv"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for row in csv.reader(io.StringIO(answer.text, newline="")):
            assert not any(re.match(r"\s*[=+@\uff1d\uff0b\uff20]|\s*-\D", cell) for cell in row), (key, row)


def test_files_for_programs_keep_them_as_text(store, tmp_path):
    write_contacts(store.contacts.all(), str(tmp_path / "contacts.jsonl"), VAULT)
    rows = [json.loads(line) for line in (tmp_path / "contacts.jsonl").read_text().split("\n") if line]
    assert rows
    assert len(rows) == len(list(store.contacts.all()))


@pytest.mark.parametrize("ad", ADS, ids=range(len(ADS)))
def test_a_terminal_is_told_nothing(taxonomy, ad):
    said = io.StringIO()
    console = Console(file=said, force_terminal=True, color_system="standard", width=100, highlight=False)
    show_ad(ad, scored(ad), taxonomy, console)
    show_licences(ATTACKS.values(), console)
    ours = re.compile(r"\x1b\[[\d;]*m")
    assert OBEYED.findall(ours.sub("", said.getvalue()).replace("\n", "")) == []
    assert "owned" in said.getvalue(), "it is shown, and not obeyed"


def test_deciding_them_changes_their_cases_and_nothing_else(app, store):
    kept = ("analysts", "ads", "ad_versions", "assessments", "contacts", "campaigns", "batches")
    before = {table: store.db.rows(f"SELECT * FROM {table}") for table in kept}
    client = sign_in_as(app, READER)
    cases = [case.case_id for case in store.queue.cases(state="all")]
    for case, said in zip(cases, ATTACKS.values(), strict=False):
        keys = {f"indicator:{said}": "confirm", "indicator:debt.advance": "confirm"}
        assert decide(client, case, note=said, tags=said, verdict="irregular_recruitment", **keys).status_code == 302
        (decision,) = store.decisions.of_case(case)
        assert decision.confirmed == ("debt.advance",)
        assert all(re.fullmatch(r"[\w-]+", tag) for tag in decision.tags)
    for said in ATTACKS.values():
        assert post(client, "/filters?words=x", title=said).status_code == 302
        assert client.get("/", query_string={"words": said, "employer": said, "tag": said}).status_code == 200
    assert before == {table: store.db.rows(f"SELECT * FROM {table}") for table in kept}
    assert follow_chain(store.audit.chain()) == store.audit.head()
    assert list(store.decisions.unlogged()) == []
    test_pages_hold_no_element_and_no_attribute_of_theirs(app, store)
