"""Which account somebody comes to who was vouched for, and who comes to none."""

import pytest

from builders import NOON
from openid_acts import REFUSED, go_round, said_on_form
from pipeline.accounts.analysts import FREE_TRIES, Analyst, pause_after
from web_acts import PASSWORD, post, sign_in

LOOK_ALIKES = [
    "m\u0430i",
    "ma\u0131",
    "\uff4dai",
    "mai\u200b",
    "mai ",
    " mai",
    "mai\0",
    "m\u00e1i",
    "ma\u0456",
    "",
    "x" * 65,
]
"""With Cyrillic letters, a dotless one, wide ones, signs that nobody sees."""


def test_a_name_that_is_no_account_s_to_the_letter_lets_nobody_in(desk, provider, store):
    client = desk.test_client()
    for name in (*LOOK_ALIKES, "nobody", None, 7, ["mai"], {"mai": 1}, True):
        provider.person["preferred_username"] = name
        assert REFUSED in said_on_form(client, go_round(client)), name
    assert store.audit.entries(act="signed_in") == ()


def test_no_account_is_made_and_no_role_changed_by_what_a_provider_says(desk, provider, store):
    before = store.accounts.all()
    provider.person |= {"role": "administrator", "groups": ["administrator"]}
    provider.in_token |= {"role", "groups"}
    go_round(desk.test_client())
    provider.person |= {"preferred_username": "newcomer", "sub": "9"}
    go_round(desk.test_client())
    assert store.accounts.all() == before


def test_accounts_are_the_same_however_their_names_are_cased(desk, provider, store):
    provider.person["preferred_username"] = "MAI"
    go_round(desk.test_client())
    assert store.audit.entries(act="signed_in")[0].analyst == "mai"


@pytest.mark.parametrize(
    ("email", "verified", "is_in"),
    [
        ("mai@example.org", True, True),
        ("Mai@Example.ORG", True, True),
        ("mai@example.org", False, False),
        ("mai@example.org", None, False),
        ("mai@example.org", "true", False),
        ("mai@ex\u0430mple.org", True, False),
        ("m\u0430i@example.org", True, False),
        ("mai@example.org.evil.example", True, False),
        ("mai+x@example.org", True, False),
        ("mai@example.org@evil.example", True, False),
    ],
)
def test_an_address_counts_when_the_provider_has_verified_it(
    make_desk, provider, store, password_hash, email, verified, is_in
):
    store.accounts.add(Analyst(name="mai@example.org", role="analyst", password_hash=password_hash), at=NOON)
    provider.person |= {"email": email, "email_verified": verified}
    client = make_desk(provider, claim="email").test_client()
    assert (go_round(client).headers["Location"] == "/") == is_in
    assert (client.get("/account").status_code == 200) == is_in


def test_what_the_token_leaves_out_is_asked_for_and_must_be_about_the_same_person(desk, provider):
    provider.in_token = set()
    assert go_round(desk.test_client()).headers["Location"] == "/"
    provider.userinfo = {"sub": "somebody else"}
    client = desk.test_client()
    assert REFUSED in said_on_form(client, go_round(client))
    provider.discovery = {"userinfo_endpoint": None}
    desk.extensions["lurewatch"].openid._known = None
    assert REFUSED in said_on_form(client, go_round(client))


def test_an_account_is_the_first_person_s_and_nobody_s_who_is_called_so_later(desk, provider, store):
    go_round(desk.test_client())
    provider.person["sub"] = "another person"
    client = desk.test_client()
    assert REFUSED in said_on_form(client, go_round(client))
    provider.person |= {"sub": "248289761001", "preferred_username": "a-administrator"}
    assert REFUSED in said_on_form(client, go_round(client)), "nor does anybody come to a second account"
    assert [each.subject for each in store.audit.entries(act="failed_to_sign_in")] == [
        "analyst a-administrator", "analyst mai",
    ]  # fmt: skip
    assert store.accounts.unlink_person("MAI")
    provider.person |= {"sub": "another person", "preferred_username": "mai"}
    assert go_round(client).headers["Location"] == "/"


def test_an_unknown_a_disabled_a_waiting_and_another_s_account_read_the_same(desk, provider, store):
    said = set()
    for name, sub in (("nobody", "1"), ("putu", "2"), ("a-supervisor", "3"), ("mai", "4")):
        if name == "putu":
            store.accounts.disable("putu")
        if name == "a-supervisor":
            for _ in range(FREE_TRIES):
                sign_in(desk.test_client(), name, password="wrong")
        if name == "mai":
            store.accounts.link_person("mai", issuer=provider.address, subject="its own", at=NOON)
        provider.person |= {"preferred_username": name, "sub": sub}
        client = desk.test_client()
        answer = go_round(client)
        said.add((answer.status_code, answer.headers["Location"], answer.text, said_on_form(client, answer)))
    assert len(said) == 1


def test_a_name_that_waits_after_failed_tries_waits_here_too_unless_it_has_no_password(desk, provider, store, clock):
    for _ in range(FREE_TRIES):
        sign_in(desk.test_client(), "mai", password="wrong")
    client = desk.test_client()
    assert REFUSED in said_on_form(client, go_round(client))
    clock.append(NOON + pause_after(FREE_TRIES))
    provider.now = clock[-1]
    assert go_round(client).headers["Location"] == "/"
    for _ in range(FREE_TRIES):
        sign_in(desk.test_client(), "mai", password="wrong")
    store.accounts.leave_to_provider("mai", "no hash")
    assert go_round(desk.test_client()).headers["Location"] == "/", "there is nothing to guess"


def test_whoever_has_no_password_is_asked_for_none_on_their_page(desk, store):
    store.accounts.leave_to_provider("mai", "no hash")
    client = desk.test_client()
    go_round(client)
    page = client.get("/account").text
    assert "there is no password here" in page
    assert "/account/password" not in page
    assert post(client, "/account/password", password="", new=PASSWORD, again=PASSWORD).status_code == 400


def test_a_disabled_account_is_out_at_once_and_does_not_come_back(desk, store):
    client = desk.test_client()
    go_round(client)
    store.accounts.disable("mai")
    assert client.get("/").status_code == 302
    assert REFUSED in said_on_form(client, go_round(client))
