"""The page and the API that check an ad, with the model in service. Every text is invented."""

import html
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from builders import NOON, make_ad
from campaign_copies import COPIES, SAID
from pipeline.settings.loader import load_settings
from pipeline.web.app import create_app
from pipeline.web.checker import Checker, ad_of, check_record
from pipeline.web.setup import PageSetup
from pipeline.web.views.check import MOST_A_MINUTE, MOST_ADS, waits
from prepared_desk import add_case
from web_acts import decide, make_app, post, sign_in_as, token_in

ROOT = Path(__file__).parents[4]
LURE = (
    "Typist for Lanbay, no interview, no experience, free ticket and room, 1500 USD. We keep your passport until the "
    "contract ends and the advance for the ticket is repaid. Write to us on Telegram @bluecranedesk or call "
    "+855 11 444 222."
)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(load_settings(ROOT))


@pytest.fixture(scope="module")
def taxonomy(checker):
    return checker.assessor.taxonomy


@pytest.fixture
def app(own_desk, checker, taxonomy, clock):
    return make_app(
        own_desk.database,
        taxonomy,
        checker=checker,
        clock=lambda: clock[-1],
        source_kinds={"kitchens": "job_board"},
    )


@pytest.fixture
def database(own_desk):
    return own_desk.database


def token_of(app, name):
    answer = post(sign_in_as(app, name), "/account/tokens", title="hotline form")
    return re.search(r"lw_[\w-]+", answer.text)[0]


def ask(app, secret, **body):
    return app.test_client().post("/api/check", json=body, headers={"Authorization": f"Bearer {secret}"})


def test_page_command_and_api_say_the_same_of_a_text(app, checker):
    answer = ask(app, token_of(app, "mai"), description=LURE).json
    (checked,) = checker.check([ad_of({"description": LURE}, at=NOON)], at=NOON)
    record = json.loads(json.dumps(check_record(checked, checker.assessor)))
    assert {name: answer[name] for name in record} == record
    page = post(sign_in_as(app, "mai"), "/check", "/check", description=LURE).text
    assert checked.assessment.score >= 0.995
    assert "<strong>0.99+</strong>" in page
    assert "<mark" in page
    assert all(finding["title"] in html.unescape(page) for finding in record["findings"])


def test_reasons_and_scores_stand_in_the_readers_language(own_desk, checker, taxonomy):
    key, (checked,) = "control.documents_kept", checker.check([ad_of({"description": LURE}, at=NOON)], at=NOON)
    met = checked.assessment.rule
    app = create_app(PageSetup(
        database=own_desk.database, taxonomy=taxonomy, secret_key=b"k" * 32, checker=checker,
        translations={"vi": {key: {"title": "Giu ho chieu"}, f"rules.{met.rule}": {"title": "Mot quy tac"}}},
    ))  # fmt: skip
    client = sign_in_as(app, "mai")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "vi"
    page = post(client, "/check", "/check", description=LURE).text
    assert '<summary><span lang="vi">Giu ho chieu</span>' in page
    assert '<span lang="vi">Mot quy tac</span>' in page
    assert taxonomy.indicators[key].title not in html.unescape(page)
    assert "<strong>0,99+</strong>" in page


def test_a_copy_and_a_known_contact_are_recognised_and_no_verdict_is_told(app, own_desk):
    copy = SAID.format(town="Kestwick", phone="+85511444222")
    answer = ask(app, token_of(app, "mai"), title="Typist", description=copy).json
    assert answer["campaign"]["id"] == own_desk.campaign
    assert answer["campaign"]["title"] == COPIES[0].title
    assert [each["value"] for each in answer["known_contacts"]] == ["+85511444222"]
    page = post(sign_in_as(app, "mai"), "/check", "/check", title="Typist", description=copy).text
    assert f"/campaign/{own_desk.campaign}" in page
    assert "harmful" not in page


def test_the_words_of_a_case_that_is_read_blind_show_no_score_until_it_is_decided(app, store, own_desk):
    ad = make_ad(ad_id="b:1", title="Typist", description=LURE)
    case_id = add_case(store, ad, score=0.05, reason="audit")
    mai, secret = sign_in_as(app, "mai"), token_of(app, "mai")

    def seen(title, text):
        table = f'title,description\n"{title}","{text}"\n'.encode()
        data = {"csrf_token": token_in(mai.get("/check")), "file": (io.BytesIO(table), "ads.csv")}
        pages = (
            post(mai, "/check", "/check", title=title, description=text).text,
            mai.post("/check", data=data).text,
            post(mai, "/check/open", "/check", title=title, description=text, source="no source!").text,
            json.dumps(ask(app, secret, title=title, description=text).json),
        )
        return [
            any(sign in page for sign in ("0.99", "<mark", "Typist for Lanbay</mark", '"polarity"')) for page in pages
        ]

    assert seen("Typist", LURE) == [False] * 4
    assert seen("TYPIST", f" {LURE} ") == [False] * 4, "white space and case tell nothing apart"
    answer = ask(app, secret, title="Typist", description=LURE).json
    assert (answer["read_blind"], answer["score"], answer["findings"]) == (case_id, None, None)
    assert f'href="/case/{case_id}"' in post(mai, "/check", "/check", title="Typist", description=LURE).text
    assert seen("Typist", LURE + " Kitchen helpers too.") == [True] * 4, "another text is checked as ever"
    copied = SAID.format(town="Kestwick", phone="+85511444222")
    assert ask(app, secret, title="Typist", description=copied).json["score"] is not None
    (of_campaign,) = store.campaigns.cases(own_desk.campaign)
    store.db.run("UPDATE cases SET blind = 1 WHERE case_id = ?", [of_campaign.case_id])
    store.queue.refresh(of_campaign.case_id)
    assert ask(app, secret, title="Typist", description=copied).json["read_blind"] == of_campaign.case_id
    decide(mai, case_id, verdict="legitimate")
    assert seen("Typist", LURE) == [True] * 4


def test_a_researcher_gets_no_contact(app):
    answer = ask(app, token_of(app, "a-researcher"), description=LURE).json
    assert answer["contacts"] == []
    assert not {"known_contacts", "campaign", "case"} & answer.keys()
    page = post(sign_in_as(app, "a-researcher"), "/check", "/check", description=LURE).text
    assert "/contact/" not in page
    assert "Open a case" not in page


def test_a_table_is_checked_ad_by_ad(app):
    client = sign_in_as(app, "mai")
    table = f'Title;Description\nTypist;"{LURE}"\nBaker;We bake bread at six.\n'.encode()
    data = {"csrf_token": token_in(client.get("/check")), "file": (io.BytesIO(table), "ads.csv")}
    assert "2 ads checked" in client.post("/check", data=data).text
    many = b"title\n" + b"Baker\n" * (MOST_ADS + 1)
    data = {"csrf_token": token_in(client.get("/check")), "file": (io.BytesIO(many), "ads.csv")}
    assert client.post("/check", data=data).status_code == 400
    data = {"csrf_token": token_in(client.get("/check")), "file": (io.BytesIO(b"cost,pay\n1,2\n"), "ads.csv")}
    refused = client.post("/check", data=data)
    assert "ads.csv line 1: expected a column title or description" in refused.text
    assert "--map" not in refused.text, "an option of a command is of no use here"


def test_as_long_a_text_as_the_page_says_is_checked_and_opened_in_every_script(app, store):
    client, text = sign_in_as(app, "mai"), "งานในครัว " * 4_900
    assert len(text.encode()) > app.config["MAX_CONTENT_LENGTH"]
    assert "The checked text" in post(client, "/check", "/check", description=text).text
    assert post(client, "/check/open", "/check", description=text, source="hotline").status_code == 302
    assert post(client, "/check/open", "/check", description=text * 9, source="hotline").status_code == 413
    assert post(app.test_client(), "/check", "/sign-in", description=text).status_code == 413, "not of strangers"
    rows = "".join(f"Cook {number},{'kitchen ' * 100}\n" for number in range(MOST_ADS))
    file = (io.BytesIO(f"title,description\n{rows}".encode()), "ads.csv")
    data = {"csrf_token": token_in(client.get("/check")), "file": file}
    assert "100 ads checked" in client.post("/check", data=data).text


def test_a_reported_text_becomes_a_case_once(app, store):
    client = sign_in_as(app, "mai")
    opened = post(client, "/check/open", "/check", title="Typist", description=LURE, source="hotline")
    case_id = int(opened.headers["Location"].rpartition("/")[2])
    case = store.cases.get(case_id)
    assert (case.reason, case.source, case.state) == ("reported", "hotline", "open")
    assert store.assessments.of_case(case_id).score == pytest.approx(case.score, abs=1e-6)
    assert store.contacts.of_ad(store.cases.ads(case_id)[0].ad_id)
    entry = store.audit.entries(act="opened_case")[0]
    assert (entry.analyst, entry.subject, entry.details["source"]) == ("mai", f"case {case_id}", "hotline")
    again = post(client, "/check/open", "/check", title="Typist", description=LURE, source="partner")
    assert again.headers["Location"] == opened.headers["Location"]
    assert len(store.cases.ads(case_id)) == 2


@pytest.mark.parametrize("source", ["kitchens", "Hot line!", ""])
def test_a_report_needs_a_source_of_its_own(app, store, source):
    before = store.cases.newest()
    answer = post(sign_in_as(app, "mai"), "/check/open", "/check", description=LURE, source=source)
    assert answer.status_code == 400
    assert store.cases.newest() == before


def test_a_token_is_good_until_its_account_changes(app, store):
    secret = token_of(app, "mai")
    assert store.db.count("SELECT count(*) FROM api_tokens WHERE secret_hash LIKE ?", [f"%{secret}%"]) == 0
    assert ask(app, secret, title="Baker").status_code == 200
    assert ask(app, secret[:-1] + "_", title="Baker").status_code == 401
    refused = app.test_client().post("/api/check", json={"title": "Baker"})
    assert (refused.status_code, refused.headers["WWW-Authenticate"].strip()) == (401, "Bearer")
    assert sign_in_as(app, "mai").post("/api/check", json={"title": "Baker"}).status_code == 401, "no session opens it"
    store.accounts.end_sessions("mai")
    assert ask(app, secret, title="Baker").status_code == 401


def test_only_its_owner_ends_a_token(app, store):
    secret = token_of(app, "mai")
    (token,) = store.tokens.of_analyst("mai")
    assert post(sign_in_as(app, "putu"), f"/account/tokens/{token.token_id}/end").status_code == 404
    assert ask(app, secret, title="Baker").status_code == 200
    post(sign_in_as(app, "mai"), f"/account/tokens/{token.token_id}/end")
    assert ask(app, secret, title="Baker").status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [([], 400), ({}, 400), ({"pay": "5"}, 400), ({"title": "x" * 50_001}, 413), ({"title": "x" * 900_000}, 413)],
)
def test_a_request_that_is_no_ad_is_refused_with_its_reason(app, body, status):
    headers = {"Authorization": f"Bearer {token_of(app, 'mai')}"}
    answer = app.test_client().post("/api/check", json=body, headers=headers)
    assert answer.status_code == status
    assert answer.json["error"]


def test_thousands_of_brackets_are_no_ad(app):
    headers = {"Authorization": f"Bearer {token_of(app, 'mai')}", "Content-Type": "application/json"}
    answer = app.test_client().post("/api/check", data='{"title": ' + "[" * 100_000, headers=headers)
    assert (answer.status_code, answer.json["error"].split(",")[0]) == (400, "expected a JSON object with a title")


def test_checks_are_limited_by_account_whichever_way_they_come(app, clock):
    secret = token_of(app, "mai")
    with app.app_context():
        assert waits("Mai", MOST_A_MINUTE, NOON) == 0
    refused = ask(app, secret, title="Baker")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 60
    assert post(sign_in_as(app, "mai"), "/check", "/check", title="Baker").status_code == 429
    assert ask(app, token_of(app, "putu"), title="Baker").status_code == 200
    clock.append(NOON + timedelta(seconds=61))
    assert ask(app, secret, title="Baker").status_code == 200
