"""What ``lurewatch.toml`` says of a provider, and the secret, which lies elsewhere."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import BadSettings, NotInstalled
from pipeline.openid.account_name import EMAIL
from pipeline.openid.address import is_safe
from pipeline.secret_key import refuse_if_others_may_read
from pipeline.settings import OpenIDSettings, Settings

if TYPE_CHECKING:
    from pipeline.openid.provider import Provider

__all__ = ["KEPT_IN", "NAMED_BY", "complete", "provider_of"]

KEPT_IN: Final = "openid.secret"
"""The file of the provider's secret for this desk, among all that is written (``data/local``)."""

NAMED_BY: Final = "LUREWATCH_OPENID_SECRET"
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


def provider_of(settings: Settings, environ: Mapping[str, str]) -> "Provider | None":
    """The provider that people may sign in by, or None where none is set."""
    if settings.openid.issuer is None:
        return None
    secret = _read_secret(settings.local / KEPT_IN, environ)
    try:
        from pipeline.openid.provider import Provider
    except ImportError as err:
        raise NotInstalled(
            "authlib: not installed; expected the extra that signs in by a provider: pip install 'lurewatch[openid]'"
        ) from err
    return Provider(settings.openid, secret)


def _read_secret(path: Path, environ: Mapping[str, str]) -> str:
    secret = environ.get(NAMED_BY, "").strip()
    if not secret and path.is_file():
        refuse_if_others_may_read(path)
        secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise BadSettings(f"{path}: expected the secret that the provider gave for this desk, or ${NAMED_BY}")
    return secret
