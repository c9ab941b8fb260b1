"""The campaign on the case's page and on its own: slots, copies, what came back. Every text is invented."""

from dataclasses import replace

import pytest

from builders import NOON, make_ad
from campaign_copies import COPIES
from crawler.ad import fingerprint
from model.taxonomy.records import Rule
from pipeline.accounts.audit_log import Head, follow_chain
from pipeline.linking.changes import Fresh
from pipeline.nightly.pending import gather_campaigns
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup
from store_builders import look, open_store
from web_acts import sign_in_as


@pytest.fixture
def campaign(database):
    with open_store(database.parent) as store:
        look(store, *COPIES)
        gather_campaigns(store, at=NOON)
        case_id = store.cases.open(fingerprint(COPIES[0]), reason="score", priority=2.0, at=NOON)
        news = (
            Fresh(fact="contact", before="phone: +85511000777", after="phone: +85511444222"),
            Fresh(fact="rule", before=None, after="one_sign"),
        )
        store.cases.record_resurfacing(case_id, "c:1", news, at=NOON)
        return store.campaigns.of_ad("c:0"), case_id


def test_the_case_shows_its_campaign_with_slots_and_what_came_back(campaign, signed_in):
    campaign_id, case_id = campaign
    page = signed_in.get(f"/case/{case_id}").text
    assert f"/campaign/{campaign_id}" in page
    assert "3 copies" in page
    assert "varies: place" in page
    assert "New in this copy" in page
    assert "phone: +85511444222" in page


def test_a_rule_that_is_new_to_a_campaign_is_shown_by_its_title(campaign, database, taxonomy):
    rule = Rule(key="one_sign", title="One strong sign", cite="src", strong=1, medium=0, total=1, families=1,
                outweighed_by=None)  # fmt: skip
    setup = PageSetup(database=database, taxonomy=replace(taxonomy, rules=(rule,)), secret_key=b"k" * 32)
    page = sign_in_as(create_app(setup), "mai").get(f"/case/{campaign[1]}").text
    assert '<td dir="auto">nothing</td><td dir="auto">One strong sign</td>' in page


def test_the_campaign_page_lists_its_cases_and_ads_and_escapes_what_they_say(campaign, signed_in):
    campaign_id, case_id = campaign
    page = signed_in.get(f"/campaign/{campaign_id}").text
    assert f"/case/{case_id}" in page
    assert "c:2" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert (
        "điện thoại: +85511000777" in signed_in.get(f"/campaign/{campaign_id}", headers={"Accept-Language": "vi"}).text
    )


def test_a_campaign_that_is_not_there_is_not_found_and_needs_an_account(campaign, client, signed_in):
    assert signed_in.get("/campaign/nothing").status_code == 404
    assert signed_in.application.test_client().get(f"/campaign/{campaign[0]}").status_code == 302


def test_seeing_a_campaign_is_in_the_record_and_its_chain_holds(campaign, signed_in, store):
    signed_in.get(f"/campaign/{campaign[0]}")
    signed_in.get("/campaign/nothing")
    assert [entry.subject for entry in store.audit.entries(act="saw_campaign")] == [f"campaign {campaign[0]}"]
    assert isinstance(follow_chain(store.audit.chain()), Head)


def test_every_ad_of_a_campaign_has_a_page_whatever_its_id(campaign, signed_in, store):
    campaign_id, case_id = campaign
    page = signed_in.get("/ad", query_string={"ad_id": "c:0"}).text
    assert "We hire typists in Lanbay" in page
    covered = signed_in.get("/ad", query_string={"ad_id": "c:2"}).text
    assert f'A case of its campaign stands for it: <a href="/case/{case_id}">' in covered
    assert f"/campaign/{campaign_id}" in page
    assert f"/case/{case_id}" in page
    far = replace(COPIES[0], ad_id="https://board.example//ads/9?x=1&y=2", source="far")
    look(store, far)
    listed = signed_in.get("/ad", query_string={"ad_id": far.ad_id})
    assert "https://board.example//ads/9?x=1&amp;y=2" in listed.text
    assert signed_in.get("/ad", query_string={"ad_id": "none"}).status_code == 404
    assert signed_in.get("/ad").status_code == 404


def test_the_facts_of_an_ad_stand_in_the_readers_language(signed_in, store):
    look(store, make_ad(ad_id="c:9", employment_type="PART_TIME"))
    page = signed_in.get("/ad", query_string={"ad_id": "c:9"}, headers={"Accept-Language": "id"}).text
    assert "paruh waktu" in page
    assert "part time" not in page
