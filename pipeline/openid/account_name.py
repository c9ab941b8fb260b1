"""Which account a person means, by the claim that names accounts. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pipeline.analysts import check_name
from pipeline.errors import BadAnalyst
from pipeline.openid.round_trip import NotSignedIn

__all__ = ["EMAIL", "names_account", "read_name"]

EMAIL: Final = "email"


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
