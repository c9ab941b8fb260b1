"""ID tokens that prove nothing, as a false or careless provider would give them."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta

from builders import NOON
from openid_acts import REFUSED, go_round, said_on_form
from openid_provider import CLIENT, private_key, signed


def part(value):
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims):
    return f"{part({'alg': 'none'})}.{part(claims)}."


def signed_with_public_key(claims):
    """By a secret that anybody can read: the provider's public key."""
    said = f"{part({'alg': 'HS256', 'kid': private_key().kid})}.{part(claims)}"
    mark = hmac.new(private_key().as_pem(private=False), said.encode(), hashlib.sha256).digest()
    return f"{said}.{urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def signed_by_the_key_it_brings(claims):
    return signed(claims, private_key(1), kid="key-0", jwk=private_key(1).as_dict(private=False))


def changed_afterwards(claims):
    head, _, mark = signed(claims).split(".")
    return f"{head}.{part(claims | {'preferred_username': 'a-administrator'})}.{mark}"


BEFORE = int(NOON.timestamp()) - 600
WRONG_CLAIMS = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-client"},
    "an audience with an authorised party": {"aud": "another-client", "azp": CLIENT},
    "no audience": {"aud": None},
    "two audiences and no party": {"aud": [CLIENT, "another-client"]},
    "two audiences and another party": {"aud": [CLIENT, "another-client"], "azp": "another-client"},
    "expired": {"exp": BEFORE},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "tomorrow"},
    "issued in the future": {"iat": int(NOON.timestamp()) + 600},
    "not yet": {"nbf": int(NOON.timestamp()) + 600},
    "another nonce": {"nonce": "of-another-sign-in"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "a subject that is none": {"sub": ""},
    "a number for a subject": {"sub": 12},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}
FALSE_TOKENS = {
    "no signature": unsigned,
    "the public key as a secret": signed_with_public_key,
    "another key under the same name": lambda claims: signed(claims, private_key(1), kid="key-0"),
    "a key that is not listed": lambda claims: signed(claims, private_key(1)),
    "the key that it brings": signed_by_the_key_it_brings,
    "changed afterwards": changed_afterwards,
    "cut off": lambda claims: signed(claims)[:-9],
    "no token": lambda claims: "x",
    "a number": lambda claims: 7,
    "nothing": lambda claims: None,
}  # fmt: skip


def test_a_token_with_a_wrong_claim_lets_nobody_in(desk, provider):
    client = desk.test_client()
    for wrong, provider.claims in WRONG_CLAIMS.items():
        assert REFUSED in said_on_form(client, go_round(client)), wrong
    provider.claims = {}
    assert go_round(client).headers["Location"] == "/"


def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(desk, provider):
    # A provider that allows everything does not make the desk allow it.
    provider.discovery = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    provider.keys.append({"kty": "oct", "k": "c2VjcmV0LXRoYXQtYW55Ym9keS1jYW4tcmVhZC1oZXJl", "kid": "key-9"})
    client = desk.test_client()
    for false, provider.sign in FALSE_TOKENS.items():
        assert REFUSED in said_on_form(client, go_round(client)), false
    provider.sign = signed
    assert go_round(client).headers["Location"] == "/"


def test_two_clocks_may_differ_by_a_little(desk, provider, clock):
    provider.now = NOON + timedelta(seconds=50)
    assert go_round(desk.test_client()).headers["Location"] == "/"
    provider.now = NOON - timedelta(seconds=350)
    assert go_round(desk.test_client()).headers["Location"] == "/"


def test_the_provider_may_change_its_keys_at_any_time(desk, provider):
    go_round(desk.test_client())
    provider.keys = [private_key(1).as_dict(private=False)]
    provider.sign = lambda claims: signed(claims, private_key(1))
    assert go_round(desk.test_client()).headers["Location"] == "/"
