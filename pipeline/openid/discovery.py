"""What a provider says of itself, held to what its issuer may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.openid.address import is_local, is_safe
from pipeline.openid.round_trip import NotSignedIn

__all__ = ["ProviderFacts", "discovery_address", "read_facts"]

_WAYS: Final = ("client_secret_basic", "client_secret_post")
"""How the desk can show its secret, the better way first."""

_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """Where a provider is asked for what, and how."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_by: str
    names_itself: bool
    """Whether each of its answers names the issuer (RFC 9207)."""


def discovery_address(issuer: str) -> str:
    """Where an issuer tells of itself."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_facts(said: object, issuer: str) -> ProviderFacts:
    """The facts, if this issuer and no other says them, and every address is as safe as its own."""
    if not isinstance(said, Mapping):
        raise NotSignedIn("away", "discovery: expected an object")
    if said.get("issuer") != issuer:
        found = str(said.get("issuer"))[:200]
        raise NotSignedIn("away", f"discovery: expected the issuer of lurewatch.toml to the letter, found {found!r}")
    for key in _NEEDED:
        if not is_safe(said.get(key), local=is_local(issuer)):
            raise NotSignedIn("away", f"discovery: {key}: expected an https address")
    userinfo = said.get("userinfo_endpoint")
    ways = said.get("token_endpoint_auth_methods_supported") or _WAYS
    secret_by = next((way for way in _WAYS if isinstance(ways, list | tuple) and way in ways), None)
    if secret_by is None:
        raise NotSignedIn("away", f"discovery: the desk shows its secret by {' or '.join(_WAYS)}; neither is supported")
    return ProviderFacts(
        authorization_endpoint=said["authorization_endpoint"],
        token_endpoint=said["token_endpoint"],
        jwks_uri=said["jwks_uri"],
        userinfo_endpoint=userinfo if is_safe(userinfo, local=is_local(issuer)) else None,
        secret_by=secret_by,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )
