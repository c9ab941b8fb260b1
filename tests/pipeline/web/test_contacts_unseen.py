"""Contacts planted in every field, looked for on every page, in every file and every answer that a researcher gets.
Every text is invented."""

import html
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest

from builders import NOON, make_ad, make_assessment
from crawler.ad import Contact, Salary, fingerprint
from model.assessment import Contribution, Evidence
from pipeline.exports.export import FORMATS, write_as
from pipeline.exports.referral import load_kit
from pipeline.linking.changes import Fresh
from pipeline.nightly.pending import gather_campaigns, link_contacts, read_offers
from pipeline.review.decisions import Decider, Judgement, Seen, decide
from pipeline.store.open_copy import copy_open_parts, give_texts
from pipeline.store.store import Store
from prepared_desk import VAULT, add_people
from referral_samples import EXPORT_DESK, EXPORTS, MAIL, PHONE, looked_up, package
from store_builders import look, open_store
from web_acts import make_app, post, sign_in_as

PLANTED = re.compile(rf"canary|8551100|000[ .]123|{re.escape(PHONE)}|{re.escape(MAIL)}", re.IGNORECASE)
"""What every planted contact has in it, and nothing else here."""

TEXT = (
    "We hire typists for an office by the lake. Rooms are free and meals are shared. Zalo 0900 000 123, line "
    "canarymaid7, mail canarymail (at) crane.example or https://t.me/canarylink5. Ask for CanaryBare at the desk."
)
AD = make_ad(
    ad_id="https://canaryboard.example/call/85511000405", source="kitchens", language="en", country="KH",
    title="Typist, telegram canarytitle7", description=TEXT,
    hiring_organization="Golden 4 +85511000403 zalo canaryorg4", job_location="Harbour, call +85511000404",
    company_profile="A house by the lake: t.me/canaryprofile, CanaryBare", employment_type="viber: canarytype",
    url="https://canaryboard.example/ads/1", apply_url="https://canaryapply.example/form",
    base_salary=Salary(raw="2000 USD, tele canarypay8"),
    contacts=(
        Contact(kind="phone", value="+84900000123"), Contact(kind="telegram", value="canarylink5"),
        Contact(kind="line", value="canarybare"), Contact(kind="email", value="canarymail@crane.example"),
    ),
)  # fmt: skip
EMPLOYERS = ("Golden 4 +85511000403 zalo canaryorg4", "Golden 5 +85511000407 zalo canaryorg5")
COPIES = (
    replace(AD, ad_id="k:2", hiring_organization=EMPLOYERS[1], description=TEXT.replace("canarymaid7", "canarymaid8")),
    replace(AD, ad_id="k:3", job_location="Kestwick, m.me/canaryplace3"),
)


def assessed(ad):
    """With evidence and words that lie on what is planted."""
    evidence, words = [], []
    for field in ("title", "description", "hiring_organization", "job_location", "company_profile"):
        text = getattr(ad, field)
        evidence.append(Evidence(indicator="debt.advance", field=field, start=0, end=len(text), quote=text))
    for found in re.finditer(r"\w*canary\w*|typists|0900", ad.description, re.IGNORECASE):
        place = {"field": "description", "start": found.start(), "end": found.end()}
        words += [
            Contribution(name=f"words: {found[0]}", value=0.5, **place),
            Contribution(name=f"words: {found[0]}", value=0.1),
        ]
    return make_assessment(
        ad_id=ad.ad_id, fingerprint=fingerprint(ad), score=0.9, evidence=tuple(evidence),
        kinds={"trafficking_recruitment": 0.9, "job_fraud": 0.0, "legitimate": 0.1, "not_an_ad": 0.0},
        contributions=(*words, Contribution(name="base", value=-1.0)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory, password_hash):
    home = tmp_path_factory.mktemp("home")
    with open_store(home) as store:
        run = store.runs.start(at=NOON)
        add_people(store, password_hash)
        look(store, AD, *COPIES)
        gather_campaigns(store, at=NOON)
        look(store, replace(AD, description=f"{TEXT} Now viber canarylater2 too.", job_location="Port, +85511000408",
                            seen_at=NOON + timedelta(days=1)))  # fmt: skip
        gather_campaigns(store, at=NOON)
        link_contacts(store, VAULT)
        cases = []
        for chunk in list(store.assessments.pending("m1", "t1", chunk=50)):
            for each in chunk:
                store.assessments.add(each.version_id, assessed(each.ad))
                store.licences.add(each.version_id, "r1", looked_up())
                cases.append(store.cases.open(fingerprint(each.ad), reason="score", priority=0.9, at=NOON))
        case = next(each for each in dict.fromkeys(cases) if store.cases.ads(each)[0].ad_id == AD.ad_id)
        for made, name in enumerate(("mai", "putu")):
            judged = Judgement(
                verdict="trafficking_recruitment", confirmed={"debt.advance"}, rejected=set(),
                tags=("seen-85511000406",), note="Asks on telegram canarynote5, +85511000409, CanaryBare.",
            )  # fmt: skip
            seen = Seen(case_id=case, fingerprint=store.cases.get(case).fingerprint, decisions=made)
            decide(store, seen, judged, by=Decider(name=name, may_settle=True), at=NOON)
        store.teamwork.comment(case, "Is canarytalk6 @putu on +85511000410?", by="mai", mentions=["putu"], at=NOON)
        news = Fresh(fact="contact", before="line: canaryfresh1", after="phone: +85511000411")
        store.cases.record_resurfacing(case, AD.ad_id, [news], at=NOON - timedelta(days=1))
        read_offers(store)
        store.runs.end(run.run_id, at=NOON, counts={"unflagged": 1, "audit": 0}, problems=[])
    return home


@pytest.fixture(scope="module")
def app(home, taxonomy):
    return make_app(home / "lurewatch.db", taxonomy, exports=EXPORT_DESK)


@pytest.fixture
def store(home):
    with Store.open(home / "lurewatch.db") as opened:
        yield opened


def planted_in(text):
    """What a reader finds of what was planted, in a text as it is sent."""
    return sorted({found[0] for found in PLANTED.finditer(unquote(html.unescape(text)))})


def addresses(app, store):
    """Every page there is that is asked for with an address alone, for everything that the store holds."""
    cases = [case.case_id for case in store.queue.cases(state="all")]
    cards = {card.hash for ad in (AD, *COPIES) for card in store.contacts.of_ad(ad.ad_id)}
    assert len(cases) > 1
    assert cards
    parts = {
        "case_id": cases, "campaign_id": [store.campaigns.of_ad(AD.ad_id)], "digest": sorted(cards), "number": [1, 2],
        "ending": ["html", "md", "json"], "key": re.findall(r"/overview/(\w+)\.csv", overview(app)),
        "name": ["mai"], "step": [1],
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            found = [rule.rule]
            for name in rule.arguments:
                found = [re.sub(rf"<(?:[^<>:]*:)?{name}>", str(value), each) for each in found for value in parts[name]]
            yield from found
    yield from ("/?state=all", "/?state=decided", "/?state=all&words=typists", "/?state=all&source=kitchens")
    yield from ("/queue.csv?state=all", "/queue.csv?state=all&words=typists", "/?state=mine", "/?state=all&sort=newest")
    yield from ("/overview?days=365", "/export?state=decided&source=kitchens", f"/export?case={cases[0]}")


def overview(app):
    return sign_in_as(app, "a-researcher").get("/overview").text


def test_a_researcher_is_sent_none_of_them(app, store):
    client = sign_in_as(app, "a-researcher")
    answers = {path: client.get(path) for path in addresses(app, store)}
    shown = [path for path, answer in answers.items() if answer.status_code == 200]
    assert {"/", "/?state=all", "/labels.jsonl", "/overview", "/brief", "/criteria"} <= set(shown)
    assert sum(path.startswith("/case/") for path in shown) > 1
    assert all(
        answers[path].status_code in {403, 404} for path in answers if path.startswith(("/campaign/", "/contact/"))
    )
    assert client.get("/ad", query_string={"ad_id": AD.ad_id}).status_code == 403
    assert {
        path: found for path, answer in answers.items() if (found := planted_in(answer.data.decode("utf-8", "replace")))
    } == {}
    page = next(answers[path].text for path in shown if path.startswith("/case/") and "typists" in answers[path].text)
    assert "words that are hidden" in page
    assert "fingerprint" not in page
    assert not any(case.fingerprint in page for case in store.queue.cases(state="all"))


def test_an_analyst_is_sent_them(app, store):
    client = sign_in_as(app, "mai")
    text = "".join(
        client.get(path).text
        for path in ("/?state=all", *(f"/case/{case.case_id}" for case in store.queue.cases(state="all")))
    )
    for planted in (
        "canarytalk6",
        "canarytitle7",
        "canarymaid7",
        "canaryorg4",
        "canaryprofile",
        "canarynote5",
        "85511000404",
    ):
        assert planted in text


def rows(client, **asked):
    return client.get("/", query_string={"state": "all", **asked}).text.count('class="title"')


def test_a_researcher_finds_none_by_searching(app):
    researcher, analyst = sign_in_as(app, "a-researcher"), sign_in_as(app, "mai")
    for words in (
        "0900", '"zalo 0900"', '"000 123"', "canarymaid7", "canarylink5", "t.me/canarylink5", "CanaryBare",
        "canarytitle7", '"telegram canarytitle7"', "canaryorg4", "85511000404",
    ):  # fmt: skip
        assert rows(researcher, words=words) == 0, words
        assert rows(analyst, words=words) > 0, words
    for beginning in ("canaryl*", "09*", '"zalo 0*"', '"line canaryma*"'):
        assert rows(researcher, words=beginning) == 0
        assert rows(analyst, words=beginning) > 0
    assert rows(researcher, words="typists lake") == rows(analyst, words="typists lake") > 0
    assert rows(researcher, words="typi*") == 0
    for facet, value in (("employer", EMPLOYERS[0]), ("place", "Harbour, call +85511000404"), ("employer", "none")):
        assert rows(researcher, **{facet: value}) == rows(researcher)


def test_the_index_that_a_researcher_searches_holds_none(home):
    connection = sqlite3.connect(home / "lurewatch.db")
    connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'case_words_redacted', 'row')")
    terms = {row[0] for row in connection.execute("SELECT term FROM temp.terms")}
    stored = str(connection.execute("SELECT words FROM case_words_redacted").fetchall())
    connection.close()
    assert "typists" in terms
    assert planted_in(" ".join(terms)) == planted_in(stored) == []


def test_the_log_keeps_neither_what_was_typed_nor_more_than_its_share(app, store):
    client = sign_in_as(app, "mai")
    client.get("/", query_string={"words": "+85511000502 Mr Tran", "employer": "x" * 240_000, "state": "all"})
    client.get("/", query_string={"words": "typists by the lake"})
    last, before = [dict(entry.details) for entry in store.audit.entries(limit=2)]
    assert last["words"] == "typists by the lake"
    assert planted_in(str(before)) == []
    assert before["words"].endswith("Mr Tran")
    assert len(str(before)) < 1_000
    assert len(before["contacts"]) >= 1


def test_files_without_contacts_hold_none(store):
    made = package(store, *(case.case_id for case in store.queue.cases(state="decided")))
    assert made.referrals
    for name in FORMATS:
        content = write_as(name, made, load_kit(EXPORTS))
        text = content.decode() if isinstance(content, bytes) else content
        assert planted_in(text) == [], name


def test_the_explorer_shows_none(home, tmp_path):
    copy_open_parts(home / "lurewatch.db", tmp_path / "open.db")
    assert planted_in((tmp_path / "open.db").read_bytes().decode("latin-1")) == []
    connection = sqlite3.connect(tmp_path / "open.db")
    give_texts(connection, home / "lurewatch.db")
    rows = connection.execute("SELECT ad_title(version_id), ad_text(version_id) FROM versions").fetchall()
    connection.close()
    assert len(rows) > 2
    assert planted_in(str(rows)) == []


def test_a_researcher_acts_on_nothing(app, store):
    client = sign_in_as(app, "a-researcher")
    case = next(case.case_id for case in store.queue.cases(state="all"))
    assert client.post(f"/case/{case}", data={}).status_code in {400, 403}
    assert post(client, f"/case/{case}", verdict="legitimate").status_code == 403
    assert post(client, f"/case/{case}/comments", text="x").status_code == 403
    found = client.get(post(client, "/search", typed="CanaryBare").headers["Location"] + "&state=all").text
    assert 'class="title"' not in found
    assert post(client, "/export?state=decided", format="csv").status_code == 403
