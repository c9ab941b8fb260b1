"""Loader of ``lurewatch.toml``: home folder, sections, private files."""

import os
import shlex
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

from crawler.errors import BadSourceCard
from crawler.extract.urls import is_loopback
from crawler.files import load_toml
from crawler.sources.card import Card, Key, keys_of
from pipeline.errors import BadSettings
from pipeline.settings.records import OpenIDSettings, Settings

_RECORDS: dict[str, Any] = {name: kind for name, kind in get_type_hints(Settings).items() if is_dataclass(kind)}
"""Section -> the record that holds it."""

SECTIONS = tuple(sorted((*_RECORDS, "places")))
IN_HOME = {
    "local": "data/local", "sources": "data/sources", "taxonomy": "data/taxonomy", "models": "data/models",
    "registers": "data/registers", "exports": "data/exports",
}  # fmt: skip
IN_LOCAL = {
    "database": "lurewatch.db", "batches": "batches", "reports": "reports", "local_models": "models",
    "imported_registers": "registers",
}  # fmt: skip
PLACES = (*IN_HOME, *IN_LOCAL)


_TEXT: Final = Key("text")
# A shell's sign for somebody's own folder would make a folder of that name here, and mean another to a night's user.
_PLACE: Final = Key("text", pattern="(?s)[^~].*", like='a path, not beginning with "~"')

KEYS: Final[Mapping[str, Key]] = {
    f"{section}.{name}": key for section, record in _RECORDS.items() for name, key in keys_of(record).items()
}
"""What the keys may hold that are no plain text."""


def find_home(environ: Mapping[str, str], cwd: Path) -> Path:
    """The folder that holds ``data/``: the one that ``LUREWATCH_HOME`` names, else the nearest around the working
    directory, else the one that this program was installed from."""
    named = environ.get("LUREWATCH_HOME")
    if named:
        if not Path(named).is_dir():
            raise BadSettings(f"LUREWATCH_HOME: {named!r} is not a folder")
        return Path(named).resolve()
    for folder in (cwd, *cwd.parents):
        if (folder / "data" / "taxonomy").is_dir():
            return folder.resolve()
    return Path(__file__).resolve().parents[2]


def load_settings(home: Path) -> Settings:
    """The settings of this home; ``lurewatch.toml`` may be absent, and so may every key in it."""
    path = home / "lurewatch.toml"
    try:
        is_there = path.exists() or path.is_symlink()  # a link that leads nowhere is not no file
        return _read_settings(load_toml(path.read_text(encoding="utf-8-sig")) if is_there else {}, home, path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise BadSettings(f"{path}: expected TOML ({err})") from err
    except BadSourceCard as err:  # as the keys of every file of ours are checked
        raise BadSettings(str(err)) from err


def _read_settings(content: Mapping[str, object], home: Path, path: Path) -> Settings:
    given = Card(str(path), content, {"contact": _TEXT, "frontier": _TEXT} | dict.fromkeys(SECTIONS, Key("table")))
    if secret := next((key for key in given.get("openid", {}) if "secret" in key), None):
        raise BadSettings(
            f"{path}: openid {secret!r}: no secret stands in this file; expected it in data/local/{OPENID_FILE}, or "
            f"in ${OPENID_VARIABLE}"
        )
    set_places = {name: home / value for name, value in given.table("places", dict.fromkeys(PLACES, _PLACE)).items()}
    chosen: dict[str, Any] = {name: home / default for name, default in IN_HOME.items()} | set_places
    chosen = {name: chosen["local"] / default for name, default in IN_LOCAL.items()} | chosen
    for name, record in _RECORDS.items():
        keys = {each.name: KEYS.get(f"{name}.{each.name}", _TEXT) for each in fields(record)}
        chosen[name] = record(**given.table(name, keys))
    settings = Settings(home=home, **chosen, **{key: given[key] for key in ("contact", "frontier") if key in given})
    triage = settings.triage
    if triage.audit_share + triage.uncertain_share > 0.9:
        found = f"audit_share {triage.audit_share:g} and uncertain_share {triage.uncertain_share:g}"
        raise BadSettings(f"{path}: triage: {found} add up to more than 0.9; expected room for what was flagged")
    if command := settings.notify.command:
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        if not words:
            raise BadSettings(f'{path}: key "notify.command": expected a command, its quotes closed')
    return replace(settings, openid=complete(settings.openid, path)) if given.get("openid") else settings


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


OTHERS = 0o077


def keep_private(folder: Path) -> None:
    """Let what this program writes from now on be its owner's alone, and the installation's own folder too."""
    os.umask(OTHERS)
    with suppress(OSError):  # not there yet, or another user's, whose business it is
        if stat.S_IMODE(folder.stat().st_mode) & OTHERS:
            folder.chmod(0o700)


def refuse_if_others_may_read(path: Path, what: str = "key") -> None:
    """Let nothing be done with a secret that others than its owner may read."""
    rights = stat.S_IMODE(path.stat().st_mode)
    if rights & OTHERS:
        raise BadSettings(f"{path}: others may read this {what} (rights {rights:o}); expected 600: chmod 600 {path}")
