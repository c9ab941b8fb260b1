"""The OpenID provider of an installation, with its secret."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import BadSettings, NotInstalled
from pipeline.settings.loader import OPENID_FILE, OPENID_VARIABLE, refuse_if_others_may_read
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.accounts.openid import Provider

__all__ = ["provider_of"]


def provider_of(settings: Settings, environ: Mapping[str, str]) -> "Provider | None":
    """The provider that people may sign in by, or None where none is set."""
    if settings.openid.issuer is None:
        return None
    secret = _read_secret(settings.local / OPENID_FILE, environ)
    try:
        from pipeline.accounts.openid import Provider
    except ImportError as err:
        raise NotInstalled(
            "authlib: not installed; expected the extra that signs in by a provider: pip install 'lurewatch[openid]'"
        ) from err
    return Provider(settings.openid, secret)


def _read_secret(path: Path, environ: Mapping[str, str]) -> str:
    secret = environ.get(OPENID_VARIABLE, "").strip()
    if not secret and path.is_file():
        refuse_if_others_may_read(path)
        secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise BadSettings(f"{path}: expected the secret that the provider gave for this desk, or ${OPENID_VARIABLE}")
    return secret
