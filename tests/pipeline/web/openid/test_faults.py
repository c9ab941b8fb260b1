"""A provider that hangs, fails, says nonsense or is not there."""

from dataclasses import replace

import pytest

from openid_acts import AWAY, go_round, pass_by_provider, said_on_form, vouched_by
from openid_provider import serve_provider
from pipeline.accounts.openid import AT_ONCE
from web_acts import sign_in_as

HANGS = {"slow": 1.0, "drip": 1.0}
"""Seconds that the desk gives a provider that will hang; one that answers takes some thousandths."""


@pytest.mark.parametrize("fault", ["500", "404", "page", "elsewhere", "slow", "drip"])
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_does_not_work_is_told_calmly_and_soon(make_desk, provider, path, fault):
    provider.faults = {path: fault}
    desk = make_desk(provider, seconds=HANGS.get(fault, 5.0))
    client = desk.test_client()
    answer = client.get("/sign-in/openid?next=/case/1")
    if not path.startswith("/.well-known"):
        answer = client.get(pass_by_provider(answer.headers["Location"]))
    assert answer.headers["Location"] == "/sign-in?next=/case/1"
    # A token endpoint that leads elsewhere gives a page of somebody else's, which is no token.
    assert AWAY in said_on_form(client, answer)
    provider.faults = {}
    provider.released.set()
    desk.extensions["lurewatch"] = replace(desk.extensions["lurewatch"], openid=vouched_by(provider))
    assert go_round(client).headers["Location"] == "/"


def test_a_provider_that_is_not_there_is_told_calmly(make_desk, provider):
    with serve_provider() as gone:
        pass
    client = make_desk(gone).test_client()
    assert AWAY in said_on_form(client, client.get("/sign-in/openid"))


def test_few_wait_for_a_provider_that_hangs_and_nobody_else_does(make_desk, provider):
    provider.faults = {"/.well-known/openid-configuration": "drip"}
    desk = make_desk(provider, seconds=0.6)  # a busy machine lets no byte come for a while
    for _ in range(AT_ONCE + 3):
        client = desk.test_client()
        assert AWAY in said_on_form(client, client.get("/sign-in/openid"))
    assert len(provider.asked) == AT_ONCE, "those that were left behind count until they end"
    assert sign_in_as(desk, "mai").get("/").status_code == 200


def test_a_provider_that_tells_what_cannot_be_is_not_asked_further(desk, provider):
    client = desk.test_client()
    for provider.discovery in (
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"token_endpoint": "https://user:pass@evil.example/"},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
        {"token_endpoint_auth_methods_supported": 7},
    ):
        assert AWAY in said_on_form(client, client.get("/sign-in/openid")), provider.discovery
    assert set(provider.asked) == {"/.well-known/openid-configuration"}


def test_a_wrong_secret_is_ours_to_mend(desk, provider, monkeypatch):
    monkeypatch.setattr(desk.extensions["lurewatch"].openid, "_secret", "another")
    client = desk.test_client()
    assert AWAY in said_on_form(client, go_round(client))
