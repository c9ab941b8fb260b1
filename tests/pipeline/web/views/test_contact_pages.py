"""The page of a contact: everything it appears in, with a picture, for those who may see it. All invented."""

import pytest

from builders import NOON, make_ad
from campaign_copies import COPIES
from crawler.ad import Contact, fingerprint
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import hash_password
from pipeline.linking.contacts import ContactVault, Identity
from pipeline.nightly.pending import gather_campaigns, link_contacts
from store_builders import look, open_store
from web_acts import PASSWORD, make_app, sign_in

VAULT = ContactVault(b"k" * 32)
HASH = VAULT.hash_of(Identity("phone", "+85511444222"))


@pytest.fixture
def database_with_contacts(database):
    with open_store(database.parent) as store:
        look(store, *COPIES)
        gather_campaigns(store, at=NOON)
        link_contacts(store, VAULT)
    return database


@pytest.fixture
def page_of(database_with_contacts, taxonomy):
    app = make_app(database_with_contacts, taxonomy)
    client = app.test_client()

    def get(path, **who):
        sign_in(client, **who)
        return client.get(path)

    return get


def test_a_contact_shows_its_ads_and_its_neighbourhood_without_markup_of_theirs(page_of):
    page = page_of(f"/contact/{HASH}").text
    assert "<bdi>phone</bdi>: <bdi>+85511444222</bdi>" in page
    assert "c:1" in page
    assert '<rect class="campaign"' in page
    assert '<a href="/ad?ad_id=c:1"' in page
    assert "+85511000777" in page  # another contact of the campaign
    assert "<script>alert" not in page
    assert " style=" not in page


def test_a_researcher_sees_no_contact(page_of, database_with_contacts):
    with open_store(database_with_contacts.parent) as store:
        researcher = Analyst(name="lan", role="researcher", password_hash=hash_password(PASSWORD))
        store.accounts.add(researcher, at=NOON)
    assert page_of(f"/contact/{HASH}", name="lan").status_code == 403


def test_an_unknown_contact_is_not_found(page_of):
    assert page_of("/contact/" + "0" * 32).status_code == 404


def test_seeing_a_contact_is_in_the_record_by_its_hash_alone(page_of, store):
    page_of(f"/contact/{HASH}")
    (entry,) = store.audit.entries(act="saw_contact")
    assert (entry.analyst, entry.subject, dict(entry.details)) == ("mai", f"contact {HASH}", {})


@pytest.mark.parametrize(("decoys", "is_said"), [(3, False), (60, True)])
def test_a_flood_of_contacts_is_said_where_they_stand(page_of, database, decoys, is_said):
    some = tuple(Contact(kind="phone", value=f"+8490{number:07d}") for number in range(decoys))
    ad = make_ad(ad_id="flood:1", title="Typist", description="Telegram: boss_77", contacts=some)
    with open_store(database.parent) as store:
        look(store, ad)
        case = store.cases.open(fingerprint(ad), reason="score", priority=0.9, at=NOON)
    for path in (f"/case/{case}", "/ad?ad_id=flood:1"):
        page = page_of(path).text
        assert ("So many contacts in one ad hide the real one" in page) == is_said
        assert some[-1].value in page


def test_of_many_contacts_those_of_most_ads_stand_first_and_the_rest_is_folded(page_of, database):
    some = tuple(Contact(kind="phone", value=f"+8490{number:07d}") for number in range(20))
    ads = [make_ad(ad_id=f"f:{number}", title="Typist", description=f"Desk {number}.", contacts=some[19 * number :])
           for number in range(2)]  # fmt: skip
    with open_store(database.parent) as store:
        look(store, *ads)
        link_contacts(store, VAULT)
        case = store.cases.open(fingerprint(ads[0]), reason="score", priority=0.9, at=NOON)
    page = page_of(f"/case/{case}").text.split("Contacts of this ad")[1]
    shown, folded = page.split("<summary>and 8 more</summary>")
    assert shown.index(some[19].value) == min(shown.index(each.value) for each in some if each.value in shown)
    assert folded.split("</details>")[0].count("<li>") == 8
