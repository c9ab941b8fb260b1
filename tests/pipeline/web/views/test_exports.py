"""Exporting cases on the desk: who may, what is counted, what is sent, what is recorded. Every text is invented."""

import csv
import io
import json
import re
from dataclasses import replace
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from browsing import browser_path, enter, open_browser, serve
from builders import NOON
from pipeline.accounts.analysts import Analyst
from pipeline.exports.export import EXPORT_FORMATS
from pipeline.nightly.pending import gather_campaigns
from referral_samples import EXPORT_DESK, LURE, SECRETS, agree, say
from store_builders import look, open_case_for
from web_acts import make_app, post, sign_in_as, token_in


@pytest.fixture
def referred(store):
    """Case 3, with contacts, on which two agree; case 1 awaits its second opinion; nobody has decided case 2."""
    look(store, LURE, replace(LURE, ad_id="board:91", source="other-board"))
    case = open_case_for(store, LURE)
    gather_campaigns(store, at=NOON)
    store.accounts.add(Analyst(name="sam", role="analyst", password_hash="none"), at=NOON)
    agree(store, case)
    say(store, 1, "job_fraud", by="putu")
    return case


def export(client, query="case=3", **fields):
    """The form sent as its page shows it."""
    page = client.get(f"/export?{query}")
    found = re.search(r'name="digest" value="(\w+)"', page.text)
    given = {"csrf_token": token_in(page), "digest": found[1] if found else "", "format": "json"}
    return client.post(f"/export?{query}", data=given | fields)


def exports(store):
    return [(each.analyst, each.subject, dict(each.details)) for each in store.audit.entries(act="exported")]


def test_a_case_is_chosen_on_its_page_counted_and_downloaded(signed_in, store, referred):
    assert 'href="/export?case=3"' in signed_in.get("/case/3").text
    page = signed_in.get("/export?case=3").text
    assert "1 case can be exported" in page
    assert "TLP:AMBER" in page
    answer = export(signed_in)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="referral-package.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    record = json.loads(answer.data)
    assert [each["case"] for each in record["referrals"]] == [3]
    details = {"format": "json", "contacts": False, "number": 1, "cases": [3], "refused": []}
    assert exports(store) == [("mai", "case 3", details)]


@pytest.mark.parametrize("name", EXPORT_FORMATS)
def test_every_format_can_be_downloaded_and_holds_no_contact(signed_in, referred, name):
    answer = export(signed_in, format=name)
    assert answer.status_code == 200
    contents = [answer.data]
    if name == "package":
        with ZipFile(io.BytesIO(answer.data)) as file:
            contents = [file.read(each) for each in file.namelist()]
    assert not any(secret.encode() in content for secret in SECRETS for content in contents)


def test_cases_that_may_not_go_are_named_with_the_reason(signed_in, referred):
    page = signed_in.get("/export?case=1&case=2&case=3&case=9").text
    assert "1 case can be exported" in page
    assert "3 cases stay" in page
    for number, why in ((1, "still awaited"), (2, "nobody has decided it"), (9, "no case of that number")):
        assert re.search(rf"case {number}</a>: [^<]*{why}", page), number


def test_where_none_may_go_none_is_sent_and_nothing_is_recorded(signed_in, store, referred):
    page = signed_in.get("/export?case=1")
    assert "Nothing to export" in page.text
    assert 'name="format"' not in page.text
    answer = export(signed_in, "case=1")
    assert (answer.status_code, "can be exported" in answer.text) == (409, True)
    assert exports(store) == []


def test_a_filters_decided_cases_are_chosen(signed_in, store, referred):
    assert "/export?state=decided&amp;country=KH" in signed_in.get("/?state=decided&country=KH").text
    answer = export(signed_in, "country=KH", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode())))
    assert [row["case"] for row in rows] == ["3"]
    assert exports(store)[0][2]["cases"] == [3]


def test_a_campaigns_cases_are_chosen(signed_in, store, referred):
    campaign = store.campaigns.of_ad(LURE.ad_id)
    assert f"/export?campaign={campaign}" in signed_in.get(f"/campaign/{campaign}").text
    assert json.loads(export(signed_in, f"campaign={campaign}").data)["referrals"][0]["case"] == 3


def test_the_whole_queue_is_not_exported(signed_in, referred):
    for query in ("", "?state=decided", "?words=", "?nonsense=1"):
        answer = signed_in.get(f"/export{query}")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/?state=decided")


def test_more_than_the_desk_takes_at_once_are_not_even_counted(signed_in, store, referred):
    query = "&".join(f"case={number}" for number in range(1, 502))
    for ask in (lambda: signed_in.get(f"/export?{query}"), lambda: post(signed_in, f"/export?{query}", format="csv")):
        assert ask().status_code == 302
        assert "Narrow the filter" in signed_in.get("/").text
    assert exports(store) == []


def test_only_what_was_counted_is_sent(signed_in, store, referred):
    page = signed_in.get("/export?case=3&case=1")
    digest = re.search(r'name="digest" value="(\w+)"', page.text)[1]
    say(store, 1, "job_fraud", by="sam")
    given = {"csrf_token": token_in(page), "digest": digest, "format": "json"}
    answer = signed_in.post("/export?case=3&case=1", data=given)
    assert answer.status_code == 409
    assert "2 cases can be exported" in answer.text
    assert exports(store) == []


def test_a_format_that_there_is_not_is_asked_for_again(signed_in, store, referred):
    answer = export(signed_in, format="exe")
    assert (answer.status_code, "Choose a format" in answer.text) == (400, True)
    assert exports(store) == []


def test_contacts_go_with_supervisors_where_the_installation_permits_it(app, store, referred):
    supervisor = sign_in_as(app, "a-supervisor")
    assert 'name="contacts"' in supervisor.get("/export?case=3").text
    answer = export(supervisor, contacts="yes")
    assert all(secret in answer.text for secret in SECRETS)
    assert exports(store)[0][2]["contacts"] is True
    analyst = sign_in_as(app, "mai")
    assert 'name="contacts"' not in analyst.get("/export?case=3").text
    assert export(analyst, contacts="yes").status_code == 403
    assert len(exports(store)) == 1


def test_where_contacts_may_not_leave_nobody_takes_them_along(database, taxonomy, clock, store, referred):
    desk = replace(EXPORT_DESK, contacts_permitted=False)
    app = make_app(database, taxonomy, exports=desk)
    administrator = sign_in_as(app, "a-administrator")
    assert 'name="contacts"' not in administrator.get("/export?case=3").text
    assert export(administrator, contacts="yes").status_code == 403
    assert exports(store) == []


def test_a_researcher_exports_no_case_and_is_offered_none(app, store, referred):
    researcher = sign_in_as(app, "a-researcher")
    assert researcher.get("/export?case=3").status_code == 403
    assert post(researcher, "/export?case=3", format="json").status_code == 403
    assert "/export" not in researcher.get("/case/3").text
    assert "/export" not in researcher.get("/?state=decided&country=KH").text
    assert exports(store) == []


def test_whoever_is_to_give_the_second_opinion_does_not_learn_the_first_one_here(signed_in, store, referred):
    """A drawn case that was found lawful reads as one that was found harmful."""
    say(store, 2, "legitimate", by="putu")
    store.decisions.ask_second_opinion(2, why="drawn", first="putu", at=NOON)
    page = signed_in.get("/export?case=1&case=2").text
    assert len(re.findall("still awaited", page)) == 2


def test_a_desk_without_what_exports_are_made_by_offers_none(database, taxonomy, store, referred):
    app = make_app(database, taxonomy)
    client = sign_in_as(app, "mai")
    assert "/export" not in client.get("/case/3").text
    assert client.get("/export?case=3").status_code == 404


def test_an_address_can_put_nothing_else_into_the_form(signed_in, referred):
    page = signed_in.get("/export?case=3&_external=1&_scheme=javascript&_anchor=x&endpoint=y&case=%22><script>").text
    assert 'action="/export?case=3"' in page


@pytest.mark.parametrize("language", ["vi", "id"])
def test_the_page_to_print_is_in_the_language_of_whoever_exports(signed_in, store, referred, language):
    store.accounts.set_language("mai", language)
    page = export(signed_in, format="html").text
    assert f'<html lang="{language}">' in page
    assert "Non-punishment" not in page


def test_a_researcher_downloads_labels_without_contacts(app, store, referred, tmp_path):
    researcher = sign_in_as(app, "a-researcher")
    assert 'href="/labels.jsonl"' in researcher.get("/").text
    answer = researcher.get("/labels.jsonl")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lurewatch-labels.jsonl"'
    assert not any(secret in answer.text for secret in (*SECRETS, "011 000 777", "mai", "putu"))
    labels = [json.loads(line) for line in answer.text.splitlines()]
    assert {label["ad_id"] for label in labels} >= {"example-board:case-3"}
    (label,) = [label for label in labels if label["ad_id"].endswith("case-3")]
    assert len(label["description"]) == len(LURE.description)
    assert exports(store) == [("a-researcher", "labels", {"labels": len(labels), "contacts": False})]
    assert "/labels" not in sign_in_as(app, "mai").get("/").text


def test_a_supervisors_labels_hold_no_contacts_either(app, referred):
    answer = sign_in_as(app, "a-supervisor").get("/labels.jsonl")
    assert not any(secret in answer.text for secret in SECRETS)


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one")
def test_a_browser_without_script_takes_the_page_to_print_along_and_opens_it_as_it_is_meant(app, referred, tmp_path):
    with open_browser() as browser, serve(app) as address:
        context = browser.new_context(
            base_url=address, java_script_enabled=False, viewport={"width": 900, "height": 900}
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        enter(page, "mai", at="/case/3")
        page.get_by_role("link", name="Export this case for a partner").click()
        page.get_by_label("page to read, print or keep as PDF").check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Export").click()
        download.value.save_as(path := tmp_path / download.value.suggested_filename)
        asked = []
        printed = context.new_page()
        printed.on("request", lambda request: asked.append(request.url))
        printed.goto(path.as_uri())
        expect(printed.get_by_text("Non-punishment")).to_be_visible()
        colour = printed.locator(".tlp").evaluate("element => getComputedStyle(element).backgroundColor")
        assert colour == "rgb(0, 0, 0)", "its own style is let in by its policy"
        assert asked == [path.as_uri()]
        assert printed.pdf()[:5] == b"%PDF-"
        context.close()
