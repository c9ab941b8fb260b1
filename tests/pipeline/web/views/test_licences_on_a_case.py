"""What the registers said of an ad, on its case's page. Agencies and ads are invented."""

from datetime import timedelta

import pytest

from builders import NOON, make_ad
from crawler.ad import Contact
from licence_samples import desk_with
from pipeline.store.store import Store
from store_builders import look, open_case_for
from web_acts import HOSTILE, make_app, sign_in


def page_of(database, taxonomy, ad, *, days=0, name="mai"):
    with Store.open(database) as store:
        look(store, ad)
        (pending,) = [one for chunk in store.licences.pending("key", chunk=9) for one in chunk if one.ad == ad]
        (lookup,) = desk_with("sample-vn").look_up([ad], now=NOON)
        store.licences.add(pending.version_id, "key", lookup)
        case_id = open_case_for(store, ad)
    client = make_app(database, taxonomy, clock=lambda: NOON + timedelta(days=days)).test_client()
    sign_in(client, name)
    return client.get(f"/case/{case_id}").text


CLAIMING = {"ad_id": "test:9", "title": "Hộ lý", "country": "JP", "language": "vi"}


def test_a_case_shows_what_was_looked_up_and_where(database, taxonomy):
    page = page_of(database, taxonomy, make_ad(**CLAIMING, description="GP 9873/LĐTBXH-GP"))
    assert "Licence look-up" in page
    assert "Listed as expired, suspended or cancelled" in page
    assert "Looked up on 2 Nov 2026 in “Sample, invented: Vietnam" in page
    assert "days old" not in page


def test_a_list_that_has_grown_old_since_says_so(database, taxonomy):
    page = page_of(database, taxonomy, make_ad(**CLAIMING, description="GP 9873/LĐTBXH-GP"), days=100)
    assert "is 101 days old, older than 90" in page


def test_an_ad_that_claims_nothing_says_so_and_one_never_looked_up_shows_nothing(database, taxonomy, signed_in):
    assert "claims no licence" in page_of(database, taxonomy, make_ad(ad_id="test:9", title="Baker wanted"))
    assert "Licence look-up" not in signed_in.get("/case/1").text


def test_a_contact_that_the_ads_fields_alone_tell_is_hidden_from_readers_here_too(database, taxonomy):
    wechat = Contact(kind="wechat", value="lanternquay")
    ad = make_ad(**CLAIMING, description="Visa lo.", hiring_organization="Lanternquay", contacts=(wechat,))
    page = page_of(database, taxonomy, ad, name="a-researcher").lower()
    assert "looked up on" in page
    assert "lanternquay" not in page


@pytest.mark.parametrize("field", ["hiring_organization", "description"])
def test_a_hostile_name_stays_text(database, taxonomy, field):
    hostile = {"description": "GP 9871/LĐTBXH-GP", "hiring_organization": "Én Nhỏ"} | {
        field: f"9999/LĐTBXH-GP {HOSTILE}"
    }
    page = page_of(database, taxonomy, make_ad(**CLAIMING, **hostile))
    assert "Licence look-up" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
