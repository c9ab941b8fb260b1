"""Accounts that sign in by the OpenID provider alone, as administrators look after them on the page."""

import pytest

from builders import NOON
from openid_provider import CLIENT, SECRET
from pipeline.accounts.openid import Provider
from pipeline.settings.records import OpenIDSettings
from web_acts import PASSWORD, make_app, post, sign_in, sign_in_as

ISSUER = "https://id.example"


@pytest.fixture
def app(database, taxonomy):
    """A desk with a provider, which no test here asks."""
    provider = Provider(OpenIDSettings(issuer=ISSUER, client_id=CLIENT, scopes="openid profile"), SECRET)
    return make_app(database, taxonomy, openid=provider)


@pytest.fixture
def administrator(app):
    return sign_in_as(app, "a-administrator")


def test_an_account_without_a_password_is_made_and_no_password_is_shown(app, administrator, store):
    made = post(administrator, "/analysts", name="linh", role="analyst", by_provider="yes", own_password=PASSWORD)
    assert made.headers["Location"] == "/analysts"
    page = administrator.get("/analysts").text
    assert "Added: linh." in page
    assert 'class="password"' not in page
    account = store.accounts.get("linh")
    assert (account.by_provider, account.must_change, account.active) == (True, False, True)
    assert sign_in(app.test_client(), "linh", password="").status_code == 401


def test_a_password_is_taken_away_and_given_again(app, administrator, store):
    inside = sign_in_as(app, "mai")
    assert post(administrator, "/analysts/mai/provider", own_password=PASSWORD).status_code == 302
    assert inside.get("/").status_code == 302, "sessions of the password are over"
    assert sign_in(app.test_client()).status_code == 401
    assert "organisation’s account only" in administrator.get("/analysts").text
    assert post(administrator, "/analysts/mai/password", own_password=PASSWORD).status_code == 200
    assert not store.accounts.get("mai").by_provider


def test_an_administrator_keeps_a_password(administrator, store):
    """Acts on accounts ask for it: one without could do none."""
    made = post(administrator, "/analysts", name="x", role="administrator", by_provider="yes", own_password=PASSWORD)
    assert (made.status_code, store.accounts.get("x")) == (400, None)
    store.accounts.leave_to_provider("mai", "no hash")
    answer = post(administrator, "/analysts/mai/role", role="administrator", own_password=PASSWORD)
    assert answer.status_code == 400
    assert "an administrator needs a password" in answer.text
    assert store.accounts.get("mai").role == "analyst"
    store.accounts.set_role("putu", "administrator")
    assert post(administrator, "/analysts/putu/provider", own_password=PASSWORD).status_code == 400
    assert not store.accounts.get("putu").by_provider


@pytest.mark.parametrize("act", ["provider", "unlink"])
def test_such_acts_ask_for_one_s_own_password_and_stand_in_the_log(administrator, store, act):
    store.accounts.link_person("mai", issuer=ISSUER, subject="1", at=NOON)
    assert post(administrator, f"/analysts/mai/{act}", own_password="wrong").status_code == 400
    assert not store.accounts.link_person("mai", issuer=ISSUER, subject="2", at=NOON)
    assert not store.accounts.get("mai").by_provider
    assert post(administrator, f"/analysts/mai/{act}", own_password=PASSWORD).status_code == 302
    said = {"provider": "left_to_provider", "unlink": "unlinked_account"}[act]
    assert [each.subject for each in store.audit.entries(act=said)] == ["analyst mai"]
    assert store.accounts.link_person("mai", issuer=ISSUER, subject="2", at=NOON) == (act == "unlink")
    assert post(administrator, f"/analysts/nobody/{act}", own_password=PASSWORD).status_code == 404


def test_nobody_takes_their_own_password_away(administrator):
    assert post(administrator, "/analysts/A-Administrator/provider", own_password=PASSWORD).status_code == 400
