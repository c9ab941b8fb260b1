"""The queue narrowed to a contact or a campaign, and a campaign's cases decided at once. Every text is invented."""

import re
from dataclasses import replace

import pytest

from builders import NOON, make_ad
from campaign_copies import SAID, copy
from crawler.ad import Contact, fingerprint
from pipeline.linking.contacts import ContactVault, Identity, possible_identities
from pipeline.nightly.linking import gather_campaigns, link_contacts
from pipeline.store import queue_walk
from pipeline.store.case_filter import CaseFilter
from pipeline.web.app import create_app
from store_builders import decide, look
from web_acts import post, sign_in_as

VAULT = ContactVault(b"k" * 32)
PHONE, HANDLE = "+84900000001", "harbour_desk"
HASH = VAULT.hash_of(Identity("phone", PHONE))
UNKNOWN = VAULT.hash_of(Identity("phone", "+84900000009"))


@pytest.fixture
def app(database, taxonomy):
    return create_app(database=database, taxonomy=taxonomy, secret_key=b"k" * 32, vault=VAULT, clock=lambda: NOON)


@pytest.fixture
def linked(queue):
    """A campaign of three copies with one case, a case beside it with the same number, and one with neither."""
    copies = [copy(0, "Lanbay", "+85511000777"), copy(1, "Kestwick", PHONE), copy(2, "Oldport", "+85511888111")]
    beside = make_ad(
        ad_id="b:1", title="Cook", description="A cook for a ferry.", contacts=(Contact(kind="zalo", value=PHONE),)
    )
    other = make_ad(
        ad_id="b:2", title="Driver", description="A driver.", contacts=(Contact(kind="telegram", value=HANDLE),)
    )
    look(queue, *copies, beside, other)
    gather_campaigns(queue, at=NOON)
    link_contacts(queue, VAULT)
    cases = [open_case(queue, ad) for ad in (copies[0], beside, other)]
    return queue, queue.campaign_of("c:0"), cases


def open_case(queue, ad):
    return queue.open_case(fingerprint(ad), reason="score", priority=0.5, at=NOON)


def found(queue, **asked):
    wanted = CaseFilter.of(asked)
    places = queue.stretch(wanted, after=None, limit=50).places
    assert queue.count(wanted) == len(places)
    return {place.case_id for place in places}


def test_a_contact_of_a_copy_that_the_case_covers_is_one_of_the_case(linked):
    queue, _campaign, (typist, cook, _driver) = linked
    assert found(queue, contact=HASH) == {typist, cook}
    assert found(queue, contact=UNKNOWN) == set()


def test_a_contact_goes_together_with_every_other_way_to_narrow(linked):
    queue, campaign, (typist, cook, driver) = linked
    assert found(queue, contact=HASH, words="ferry") == {cook}
    assert found(queue, contact=HASH, campaign=campaign) == {typist}
    assert found(queue, contact=HASH, source="elsewhere") == set()
    assert found(queue, contact=HASH, opened_to="2026-11-01") == set()
    decide(queue, cook)
    assert found(queue, contact=HASH) == {typist}
    assert found(queue, contact=HASH, state="decided") == {cook}
    assert found(queue, campaign=campaign) == {typist}
    assert driver in found(queue)


def test_a_contact_of_very_many_cases_is_checked_along_the_queue(linked, monkeypatch):
    queue, campaign, (typist, cook, _driver) = linked
    monkeypatch.setattr(queue_walk, "FEW", 0)
    assert found(queue, contact=HASH) == {typist, cook}
    assert found(queue, contact=HASH, campaign=campaign, language="xx") == set()


def test_pages_of_a_contacts_cases_follow_one_another(linked):
    queue, _campaign, (typist, cook, _driver) = linked
    wanted = CaseFilter.of({"contact": HASH})
    first = queue.stretch(wanted, after=None, limit=1)
    second = queue.stretch(wanted, after=first.following, limit=1)
    assert [place.case_id for place in (*first.places, *second.places)] == [typist, cook]
    assert (first.total, second.following) == (2, None)


@pytest.mark.parametrize("typed", [PHONE, "+84 900 000 001", "zalo: +84900-000-001", "84900000001"])
def test_a_contact_is_found_however_it_is_typed_and_stands_in_no_address(app, linked, typed):
    answer = post(sign_in_as(app, "mai"), "/contact?source=test", typed=typed)
    assert answer.headers["Location"] == f"/?source=test&contact={HASH}"
    assert "900" not in answer.headers["Location"].replace(HASH, "")


def test_a_handle_is_found_by_its_name_alone(app, linked):
    digest = VAULT.hash_of(Identity("telegram", HANDLE))
    client = sign_in_as(app, "mai")
    for typed in (HANDLE, f"@{HANDLE}", HANDLE.upper()):
        assert digest in post(client, "/contact", typed=typed).headers["Location"]


def test_what_no_ad_has_narrows_nothing_and_says_so(app, linked):
    client = sign_in_as(app, "mai")
    assert post(client, "/contact", typed="+84900000009").headers["Location"] == "/"
    assert "No ad here has this contact." in client.get("/").text


def test_what_is_typed_is_first_read_as_an_ad_would_be():
    kinds = ("telegram",)
    assert possible_identities("Anna@Harbour.example", kinds)[0] == Identity("email", "anna@harbour.example")
    assert Identity("telegram", "harbour_desk") in possible_identities("@Harbour_Desk", kinds)


def test_the_queue_offers_contacts_that_several_of_its_cases_have(app, linked, queue):
    page = sign_in_as(app, "mai").get("/").text
    assert "+85511000777" not in page, "one case has it"
    twin = make_ad(ad_id="b:3", title="Baker", description="A baker.", contacts=(Contact(kind="phone", value=PHONE),))
    look(queue, twin)
    link_contacts(queue, VAULT)
    open_case(queue, twin)
    client = sign_in_as(app, "mai")
    assert f'<option value="{HASH}">phone: {PHONE} (2)</option>' in client.get("/").text
    chosen = client.get(f"/?contact={HASH}").text
    assert f'<option value="{HASH}" selected>' in chosen
    assert "Driver" not in chosen


def test_who_may_not_see_contacts_can_neither_filter_by_one_nor_is_offered_any(app, linked):
    client, (_queue, campaign, _cases) = sign_in_as(app, "a-researcher"), linked
    for address in (f"/?contact={HASH}", f"/?campaign={campaign}"):
        page = client.get(address).text
        assert "Driver" in page, "as if it were not asked for"
        assert f'value="{HASH}"' not in page
        assert "Cases of a contact" not in page
    assert post(client, "/contact", typed=PHONE).status_code == 403


def test_an_address_that_is_no_hash_is_left_out():
    asked = {"contact": "x' OR 1", "campaign": "a b"}
    assert CaseFilter.of(asked) == CaseFilter()
    wanted = CaseFilter.of({"contact": HASH, "campaign": "c-1", "source": "test"})
    assert CaseFilter.of(wanted.query()) == wanted


@pytest.fixture
def twice_open(linked):
    """Another text of the campaign has a case of its own, as one that came back has."""
    queue, campaign, cases = linked
    later = replace(copy(3, "Newport", "+85511333444"), description=SAID.format(town="Newport", phone="+1") + " Ask.")
    look(queue, later)
    gather_campaigns(queue, at=NOON)
    assert queue.campaign_of(later.ad_id) == campaign
    return queue, campaign, (cases[0], open_case(queue, later))


def test_a_campaigns_cases_are_decided_at_once_after_their_number_was_confirmed(app, twice_open):
    queue, campaign, cases = twice_open
    client = sign_in_as(app, "mai")
    link = f"/bulk?campaign={campaign}"
    assert link in client.get(f"/campaign/{campaign}").text
    assert link in client.get(f"/case/{cases[0]}").text
    page = client.get(link).text
    assert "2 cases get the same decision" in page
    assert "campaign’s 4 ads" in page
    fields = {
        "digest": re.search(r'name="digest" value="(\w+)"', page)[1], "tags": "typists",
        "verdict": "irregular_recruitment",
    }  # fmt: skip
    assert post(client, link, **fields).status_code == 400, "the number is not confirmed"
    assert post(client, link, **fields, number_confirmed="yes").status_code == 302
    assert [queue.case(case_id).state for case_id in cases] == ["decided", "decided"]
    assert queue.count_cases() == 4, "the others wait on"
    assert link not in client.get(f"/campaign/{campaign}").text


def test_a_campaign_that_grew_meanwhile_is_counted_again(app, twice_open):
    queue, campaign, cases = twice_open
    client, link = sign_in_as(app, "mai"), f"/bulk?campaign={campaign}"
    digest = re.search(r'name="digest" value="(\w+)"', client.get(link).text)[1]
    decide(queue, cases[0])
    answer = post(client, link, digest=digest, verdict="legitimate", number_confirmed="yes")
    assert answer.status_code == 409
    assert queue.case(cases[1]).state == "open"


def test_a_campaign_that_was_merged_is_what_holds_its_ads_now(app, twice_open):
    queue, campaign, _cases = twice_open
    queue._run("INSERT INTO campaigns (campaign_id, since) VALUES ('c-old', '2026-01-01')")
    queue.record_campaign_event("merged", campaign, "c-old", at=NOON)
    assert "2 cases get the same decision" in sign_in_as(app, "mai").get("/bulk?campaign=c-old").text
