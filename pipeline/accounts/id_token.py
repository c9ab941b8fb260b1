"""ID tokens of an OpenID provider: their checks and their account. Pure.

A token proves whose signature it bears, for whom, for which sign-in, and when. What it does not prove is refused.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from pipeline.accounts.analysts import check_name
from pipeline.accounts.sign_in import NotSignedIn
from pipeline.errors import BadAnalyst
from pipeline.settings.loader import EMAIL

__all__ = ["ALGORITHMS", "names_account", "read_id_token", "read_name"]

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the holder of a private key can make. Ours and not the provider's to choose: ``none`` proves
nothing, and under HS256 a public key that anybody can read would do for a secret."""

LEEWAY: Final = 60
"""Seconds that two clocks may differ."""

_KEY_TYPES: Final = frozenset({"RSA", "EC"})


def read_id_token(
    text: object,
    key_set: object,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: object,
    now: datetime,
) -> Mapping[str, Any]:
    """The claims of the token, once every one that guards a sign-in holds."""
    if not isinstance(text, str):
        raise NotSignedIn("refused", "the answer holds no ID token")
    try:
        token = jwt.decode(text, _keys(key_set), registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))
        claims = CodeIDToken(
            token.claims,
            token.header,
            # Asked for by name: left to itself the library compares neither audience nor issuer with ours.
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as err:
        raise NotSignedIn("refused", f"ID token: {_error_text(err)}") from err
    if not claims["sub"]:
        raise NotSignedIn("refused", "ID token: it names nobody")
    return dict(claims)


def _keys(key_set: object) -> KeySet:
    """The provider's public keys for signatures; whatever else lies beside them signs nothing here."""
    listed = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(listed, list):
        raise TypeError("expected a set of keys")
    fit = [
        key
        for key in listed
        if isinstance(key, dict) and key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": fit})


def _error_text(err: Exception) -> str:
    """What the library says of it; an unforeseen error could quote the token."""
    return str(err) if isinstance(err, JoseError) else type(err).__name__


def names_account(claims: Mapping[str, Any], claim: str) -> bool:
    """Whether they say all that is needed to know the account."""
    return claim in claims and (claim != EMAIL or "email_verified" in claims)


def read_name(claims: Mapping[str, Any], claim: str) -> str:
    """The name as the provider writes it: nothing is folded, so that no likeness of letters makes two names one.

    An e-mail address counts only where the provider has verified it: elsewhere people type in whatever they like.
    """
    name = claims.get(claim)
    if not isinstance(name, str):
        raise NotSignedIn("refused", f"the claim {claim!r}, which names the account, is not there")
    if claim == EMAIL and claims.get("email_verified") is not True:
        raise NotSignedIn("refused", "the provider has not verified the e-mail address")
    try:
        return check_name(name)
    except BadAnalyst as err:
        raise NotSignedIn("refused", f"the claim {claim!r} is nothing that an account could be called") from err
