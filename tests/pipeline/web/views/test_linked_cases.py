"""The queue narrowed to a contact or a campaign, and a campaign's cases decided at once. Every text is invented."""

import re
from dataclasses import replace

import pytest

from builders import NOON, make_ad
from campaign_copies import SAID, copy
from crawler.ad import Contact, fingerprint
from pipeline.linking.contacts import ContactVault, Identity, possible_identities
from pipeline.nightly.pending import gather_campaigns, link_contacts
from pipeline.store.queue import pagination
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.web.views.check import find_matches
from store_builders import decide, look
from web_acts import make_app, post, sign_in_as

VAULT = ContactVault(b"k" * 32)
PHONE, HANDLE = "+84900000001", "harbour_desk"
HASH = VAULT.hash_of(Identity("phone", PHONE))
UNKNOWN = VAULT.hash_of(Identity("phone", "+84900000009"))


@pytest.fixture
def app(database, taxonomy):
    return make_app(database, taxonomy)


@pytest.fixture
def linked(store):
    """A campaign of three copies with one case, a case beside it with the same number, and one with neither."""
    copies = [copy(0, "Lanbay", "+85511000777"), copy(1, "Kestwick", PHONE), copy(2, "Oldport", "+85511888111")]
    beside = make_ad(
        ad_id="b:1", title="Cook", description="A cook for a ferry.", contacts=(Contact(kind="zalo", value=PHONE),)
    )
    other = make_ad(
        ad_id="b:2", title="Driver", description="A driver.", contacts=(Contact(kind="telegram", value=HANDLE),)
    )
    look(store, *copies, beside, other)
    gather_campaigns(store, at=NOON)
    link_contacts(store, VAULT)
    cases = [open_case(store, ad) for ad in (copies[0], beside, other)]
    return store, store.campaigns.of_ad("c:0"), cases


def open_case(store, ad):
    return store.cases.open(fingerprint(ad), reason="score", priority=0.5, at=NOON)


def found(store, **asked):
    wanted = CaseFilter.of(asked)
    cases = store.queue.page(wanted).cases
    assert store.queue.page(wanted).total == len(cases)
    return {case.case_id for case in cases}


def test_a_contact_of_a_copy_that_the_case_covers_is_one_of_the_case(linked):
    store, _campaign, (typist, cook, _driver) = linked
    assert found(store, contact=HASH) == {typist, cook}
    assert found(store, contact=UNKNOWN) == set()


def test_a_contact_goes_together_with_every_other_way_to_narrow(linked):
    store, campaign, (typist, cook, driver) = linked
    assert found(store, contact=HASH, words="ferry") == {cook}
    assert found(store, contact=HASH, campaign=campaign) == {typist}
    assert found(store, contact=HASH, source="elsewhere") == set()
    assert found(store, contact=HASH, opened_to="2026-11-01") == set()
    decide(store, cook)
    assert found(store, contact=HASH) == {typist}
    assert found(store, contact=HASH, state="decided") == {cook}
    assert found(store, campaign=campaign) == {typist}
    assert driver in found(store)


def test_a_contact_of_very_many_cases_is_checked_along_the_queue(linked, monkeypatch):
    store, campaign, (typist, cook, _driver) = linked
    monkeypatch.setattr(pagination, "SORT_LIMIT", 0)
    assert found(store, contact=HASH) == {typist, cook}
    assert found(store, contact=HASH, campaign=campaign, language="xx") == set()


def test_pages_of_a_contacts_cases_follow_one_another(linked):
    store, _campaign, (typist, cook, _driver) = linked
    wanted = CaseFilter.of({"contact": HASH})
    first = store.queue.page(wanted, limit=1)
    second = store.queue.page(wanted, after=first.following, limit=1)
    assert [case.case_id for case in (*first.cases, *second.cases)] == [typist, cook]
    assert (first.total, second.following) == (2, None)


@pytest.mark.parametrize("typed", [PHONE, "+84 900 000 001", "zalo: +84900-000-001", "84900000001"])
def test_a_contact_is_found_however_it_is_typed_and_stands_in_no_address(app, linked, typed):
    answer = post(sign_in_as(app, "mai"), "/search", typed=typed)
    assert answer.headers["Location"] == f"/?contact={HASH}&state=all"
    assert "900" not in answer.headers["Location"].replace(HASH, "")


def test_a_handle_is_found_by_its_name_alone(app, linked):
    digest = VAULT.hash_of(Identity("telegram", HANDLE))
    client = sign_in_as(app, "mai")
    for typed in (HANDLE, f"@{HANDLE}", HANDLE.upper()):
        assert digest in post(client, "/search", typed=typed).headers["Location"]


def test_a_part_of_a_contact_is_enough_to_find_those_like_it(app, linked):
    client = sign_in_as(app, "mai")
    for typed in ("0 000 001", "@" + HANDLE[:6]):
        page = post(client, "/search", typed=typed).text
        assert "No ad here has exactly this contact." in page
        assert f'name="typed" value="{typed}"' in page, "to be typed otherwise"
        assert "/contact/" in page
    assert "No cases match." in post(client, "/search", typed="+84900000009").text
    assert post(client, "/search", typed="2400").headers["Location"].endswith("words=2400"), "an amount of pay"


def test_a_number_that_only_a_text_has_leads_to_its_case_and_stands_in_no_address(app, linked, store):
    ad = make_ad(ad_id="b:10", title="Porter", description="Write to 0838 801 8950 1 for the porter's post.")
    look(store, ad)
    case_id = open_case(store, ad)
    answer = post(sign_in_as(app, "mai"), "/search", typed="0838 801 8950 1")
    assert answer.status_code == 200
    assert f'href="/case/{case_id}"' in answer.text


def test_a_number_is_found_in_its_national_form_of_any_country_of_the_store(app, linked, store):
    cook = make_ad(
        ad_id="b:9", title="Cook", description="A cook.", country="KH",
        contacts=(Contact(kind="phone", value="+85510000027"),),
    )  # fmt: skip
    look(store, cook)
    link_contacts(store, VAULT)
    answer = post(sign_in_as(app, "mai"), "/search", typed="010 000 027")
    assert VAULT.hash_of(Identity("phone", "+85510000027")) in answer.headers["Location"]


def test_a_number_is_found_by_its_code_too_where_an_ad_from_elsewhere_has_it_as_it_is_dialled(app, linked, store):
    cook = make_ad(ad_id="b:9", title="Cook", description="A cook.", country="KH",
                   contacts=(Contact(kind="phone", value="0900000027"),))  # fmt: skip
    look(store, cook)
    link_contacts(store, VAULT)
    digest = VAULT.hash_of(Identity("phone", "0900000027"))
    assert digest in post(sign_in_as(app, "mai"), "/search", typed="+84 900 000 027").headers["Location"]
    known = find_matches(store, make_ad(contacts=(Contact(kind="phone", value="+84900000027"),))).contacts
    assert [(card.hash, value) for card, value in known] == [(digest, "0900000027")]


def test_what_is_typed_is_first_read_as_an_ad_would_be():
    kinds = ("telegram",)
    assert possible_identities("Anna@Harbour.example", kinds)[0] == Identity("email", "anna@harbour.example")
    assert Identity("telegram", "harbour_desk") in possible_identities("@Harbour_Desk", kinds)


def test_the_queue_offers_contacts_that_several_of_its_cases_have(app, linked, store):
    page = sign_in_as(app, "mai").get("/").text
    assert "+85511000777" not in page, "one case has it"
    twin = make_ad(ad_id="b:3", title="Baker", description="A baker.", contacts=(Contact(kind="phone", value=PHONE),))
    look(store, twin)
    link_contacts(store, VAULT)
    open_case(store, twin)
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
    assert "contact" not in post(client, "/search", typed=PHONE).headers["Location"]


def test_an_address_that_is_no_hash_is_left_out():
    asked = {"contact": "x' OR 1", "campaign": "a b"}
    assert CaseFilter.of(asked) == CaseFilter()
    wanted = CaseFilter.of({"contact": HASH, "campaign": "c-1", "source": "test"})
    assert CaseFilter.of(wanted.query()) == wanted


@pytest.fixture
def twice_open(linked):
    """Another text of the campaign has a case of its own, as one that came back has."""
    store, campaign, cases = linked
    later = replace(copy(3, "Newport", "+85511333444"), description=SAID.format(town="Newport", phone="+1") + " Ask.")
    look(store, later)
    gather_campaigns(store, at=NOON)
    assert store.campaigns.of_ad(later.ad_id) == campaign
    return store, campaign, (cases[0], open_case(store, later))


def test_a_campaigns_cases_are_decided_at_once_after_their_number_was_confirmed(app, twice_open):
    store, campaign, cases = twice_open
    client = sign_in_as(app, "mai")
    link = f"/bulk?campaign={campaign}"
    assert link in client.get(f"/campaign/{campaign}").text
    assert link in client.get(f"/case/{cases[0]}").text
    page = client.get(link).text
    assert "Apply one decision to 2 cases" in page
    assert "campaign’s 4 ads" in page
    fields = {
        "digest": re.search(r'name="digest" value="(\w+)"', page)[1], "tags": "typists",
        "verdict": "irregular_recruitment", "chosen": [*cases],
    }  # fmt: skip
    assert post(client, link, **fields).status_code == 400, "the number is not confirmed"
    assert post(client, link, **fields, number_confirmed="yes").status_code == 302
    assert [store.cases.get(case_id).state for case_id in cases] == ["decided", "decided"]
    assert store.queue.page(CaseFilter()).total == 4, "the others wait on"
    assert link not in client.get(f"/campaign/{campaign}").text


def test_a_campaign_that_grew_meanwhile_is_counted_again(app, twice_open):
    store, campaign, cases = twice_open
    client, link = sign_in_as(app, "mai"), f"/bulk?campaign={campaign}"
    digest = re.search(r'name="digest" value="(\w+)"', client.get(link).text)[1]
    decide(store, cases[0])
    answer = post(client, link, digest=digest, verdict="legitimate", number_confirmed="yes", chosen=[*cases])
    assert answer.status_code == 409
    assert store.cases.get(cases[1]).state == "open"


def test_a_campaign_that_was_merged_is_what_holds_its_ads_now(app, twice_open):
    store, campaign, _cases = twice_open
    store.db.run("INSERT INTO campaigns (campaign_id, since) VALUES ('c-old', '2026-01-01')")
    store.campaigns.record_event("merged", campaign, "c-old", at=NOON)
    assert "Apply one decision to 2 cases" in sign_in_as(app, "mai").get("/bulk?campaign=c-old").text
