"""Settings of the OpenID provider: addresses, scopes, place of the secret.

Which addresses a provider may have: HTTPS, or plain HTTP where all of it is on this machine. Pure.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from crawler.extract.urls import is_loopback
from pipeline.errors import BadSettings
from pipeline.settings.records import OpenIDSettings

__all__ = ["EMAIL", "OPENID_FILE", "OPENID_VARIABLE", "complete", "is_local", "is_safe"]

EMAIL: Final = "email"


def is_safe(address: object, *, local: bool = False) -> bool:
    """Whether what is sent there can be read by nobody on the way; ``local`` allows this machine without HTTPS."""
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and local and is_loopback(parts.hostname))


def is_local(address: str) -> bool:
    """Whether it is one on this machine without HTTPS, as a test's provider has it."""
    return is_safe(address, local=True) and not is_safe(address)


OPENID_FILE: Final = "openid.secret"
"""The file of the secret that the provider gave this installation, below ``data/local``."""

OPENID_VARIABLE: Final = "LUREWATCH_OPENID_SECRET"
"""The environment variable that may hold it instead."""


def complete(openid: OpenIDSettings, path: Path) -> OpenIDSettings:
    """The section with its scopes, once it says all that it must and nothing that cannot be."""
    for key in ("issuer", "client_id"):
        if getattr(openid, key) is None:
            raise BadSettings(f"{path}: openid.{key}: missing; expected it beside the section's other keys")
    if not is_safe(openid.issuer, local=True) or "?" in str(openid.issuer):
        raise BadSettings(
            f"{path}: openid.issuer: expected an https address without a query (http on this machine alone), "
            f"found {openid.issuer!r}"
        )
    needed = {"openid", EMAIL} if openid.claim == EMAIL else {"openid"}
    scopes = openid.scopes or ("openid email" if openid.claim == EMAIL else "openid profile")
    if not needed <= set(scopes.split()):
        raise BadSettings(
            f"{path}: openid.scopes: expected {' and '.join(sorted(needed))} among them, found {scopes!r}"
        )
    return replace(openid, scopes=scopes)
