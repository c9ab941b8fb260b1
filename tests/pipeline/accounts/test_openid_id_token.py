"""ID tokens of every make: whatever is not the provider's own, for this desk and this sign-in, is refused calmly."""

import json
from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from builders import NOON
from openid_provider import private_key, signed
from pipeline.accounts.openid import ALGORITHMS, read_id_token
from pipeline.errors import NotSignedIn
from pipeline.settings.records import OpenIDSettings

ISSUER, NONCE = "https://id.example", "of-this-sign-in"
NOW = int(NOON.timestamp())
CLAIMS = {"iss": ISSUER, "sub": "1", "aud": "desk", "iat": NOW, "exp": NOW + 300, "nonce": NONCE}
KEYS = {"keys": [private_key().as_dict(private=False)]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def read(text, keys=KEYS):
    settings = OpenIDSettings(issuer=ISSUER, client_id="desk")
    return read_id_token(
        {"id_token": text, "access_token": "opens-userinfo"}, keys, settings, nonce=NONCE, now=NOON
    )  # fmt: skip


def part(value):
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_that_is_what_it_should_be_is_read():
    assert read(signed(CLAIMS)) == CLAIMS
    assert read(signed(CLAIMS | {"aud": ["desk", "other"], "azp": "desk"}))["azp"] == "desk"


@given(st.text() | JSON)
def test_anything_else_is_refused_without_a_crash(text):
    with pytest.raises(NotSignedIn, match="ID token"):
        read(text)


@given(header=JSON, claims=JSON, mark=st.binary(max_size=40))
def test_so_is_whatever_looks_like_a_token(header, claims, mark):
    with pytest.raises(NotSignedIn, match="ID token"):
        read(f"{part(header)}.{part(claims)}.{urlsafe_b64encode(mark).rstrip(b'=').decode()}")


@given(name=st.sampled_from([*CLAIMS, "azp", "nbf", "at_hash", "auth_time", "amr"]), value=JSON)
def test_a_claim_that_guards_a_sign_in_has_one_value_or_it_is_refused(name, value):
    """Signed by the provider itself: no value of any claim crashes the desk or lets in what it should not."""
    with suppress(NotSignedIn):
        claims = read(signed(CLAIMS | {name: value}))
        if name in {"iss", "nonce"}:
            assert claims[name] == CLAIMS[name]
        if name == "aud":
            assert value == "desk" or (isinstance(value, list) and "desk" in value)


@given(keys=JSON | st.fixed_dictionaries({"keys": st.lists(JSON, max_size=3)}))
def test_keys_that_are_none_open_nothing(keys):
    with pytest.raises(NotSignedIn, match="ID token"):
        read(signed(CLAIMS), keys)


def test_keys_that_the_desk_does_not_know_do_not_hide_those_that_it_does():
    others = [{"kty": "AKP", "kid": "later"}, {"kty": "oct", "k": "c2VjcmV0"}, "x", {"kty": "RSA", "use": "enc"}]
    assert read(signed(CLAIMS), {"keys": [*others, {"kty": ["RSA"]}, *KEYS["keys"]]}) == CLAIMS


def test_a_key_for_secrets_signs_nothing():
    with pytest.raises(NotSignedIn):
        read(signed(CLAIMS), {"keys": [KEYS["keys"][0] | {"use": "enc"}]})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_that_is_named_can_be_used(algorithm):
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    if algorithm in curves:
        key = ECKey.generate_key(curves[algorithm], {"kid": "e"})
    else:
        key = type(private_key()).import_key(private_key().as_pem(private=True), {"kid": "r"})
    token = jwt.encode({"alg": algorithm, "kid": key.kid}, dict(CLAIMS), key, algorithms=[algorithm])
    assert read(token, KeySet([key]).as_dict()) == CLAIMS


def test_no_algorithm_is_named_by_which_a_public_key_would_be_a_secret():
    assert {name[:2] for name in ALGORITHMS} == {"RS", "PS", "ES"}
