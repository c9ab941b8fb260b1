"""Loader of ``lurewatch.toml``: home folder, sections, private files."""

import json
import os
import re
import shlex
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

from crawler.extract.urls import is_loopback
from crawler.files import load_toml
from pipeline.errors import BadSettings
from pipeline.settings.records import SECOND_FACTOR_POLICIES, TLP_LEVELS, OpenIDSettings, Settings

__all__ = [
    "EMAIL", "NUMBERS", "OPENID_FILE", "OPENID_VARIABLE", "PLACES", "SECTIONS", "complete", "find_home", "is_local",
    "is_safe", "keep_private", "load_settings", "refuse_if_others_may_read",
]  # fmt: skip

FILE_NAME = "lurewatch.toml"

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

NUMBERS: dict[str, tuple[type[int] | type[float], float, float]] = {
    "care.daily_most": (int, 1, 100_000),
    "care.break_minutes": (int, 5, 1440),
    "care.audit_every": (int, 0, 1000),
    "intake.gone_after_batches": (int, 1, 1000),
    "night.free_mb": (int, 0, 10_000_000),
    "night.backup_days": (int, 0, 3650),
    "night.quiet_nights": (int, 1, 365),
    "retain.undecided_days": (int, 1, 36_500),
    "retain.lawful_days": (int, 1, 36_500),
    "score.workers": (int, 1, 256),
    "triage.threshold": (float, 0.0, 1.0),
    "triage.ordinary_flagged": (float, 0.0, 1.0),
    "triage.audit_share": (float, 0.0, 0.9),
    "triage.audit_least": (int, 0, 10_000),
    "triage.uncertain_share": (float, 0.0, 0.9),
    "triage.blind_share": (float, 0.0, 1.0),
    "triage.rule_bonus": (float, 0.0, 10.0),
    "triage.copies_bonus": (float, 0.0, 10.0),
    "review.port": (int, 0, 65_535),
    "review.idle_minutes": (int, 1, 1440),
    "review.session_hours": (int, 1, 72),
    "review.double_coded": (float, 0.0, 1.0),
}


CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "contacts.export": ("hashes", "values"),
    "export.tlp": TLP_LEVELS,
    "notify.when": ("always", "problems"),
    "notify.mail_security": ("none", "starttls", "tls"),
    "review.second_factor": SECOND_FACTOR_POLICIES,
}

_WEB_ADDRESS: Final = (r"(?a)https?://[^\s/@]+(/\S*)?", "an http or https address without a user name")
_MAIL_ADDRESS: Final = (r"[^\s@,<>]+@[^\s@,<>]+", "one e-mail address")
FORMS: Final[dict[str, tuple[str, str]]] = {
    "notify.webhook": _WEB_ADDRESS,
    "notify.ping": _WEB_ADDRESS,
    "notify.mail_to": _MAIL_ADDRESS,
    "notify.mail_from": _MAIL_ADDRESS,
    "notify.mail_host": (r"(?a)[\w.-]+(:\d{1,5})?", "a host, or host:port"),
}
"""What a text must match, and in words. The text itself is not repeated: an address may hold a secret."""


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
    path = home / FILE_NAME
    try:
        given = load_toml(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise BadSettings(f"{path}: expected TOML ({err})") from err
    _refuse_unknown(given, ("contact", "frontier", *SECTIONS), path, "key")
    places = _section(given, "places", path)
    _refuse_unknown(places, PLACES, path, "places.")
    set_places = {name: home / _value(f"places.{name}", value, path) for name, value in places.items()}
    chosen: dict[str, Any] = {name: home / default for name, default in IN_HOME.items()} | set_places
    chosen = {name: chosen["local"] / default for name, default in IN_LOCAL.items()} | chosen
    openid = _section(given, "openid", path)
    if secret := next((key for key in openid if "secret" in key), None):
        raise BadSettings(
            f"{path}: openid {secret!r}: no secret stands in this file; expected it in data/local/{OPENID_FILE}, or "
            f"in ${OPENID_VARIABLE}"
        )
    sections = {}
    for name, record in _RECORDS.items():
        section = _section(given, name, path)
        _refuse_unknown(section, tuple(each.name for each in fields(record)), path, f"{name}.")
        sections[name] = record(**{key: _value(f"{name}.{key}", value, path) for key, value in section.items()})
    settings = Settings(
        home=home,
        **chosen,
        **{key: _value(key, given[key], path) for key in ("contact", "frontier") if key in given},
        **sections,
    )
    triage = settings.triage
    if triage.audit_share + triage.uncertain_share > 0.9:
        found = f"audit_share {triage.audit_share:g} and uncertain_share {triage.uncertain_share:g}"
        raise BadSettings(f"{path}: triage: {found} add up to more than 0.9; expected room for what was flagged")
    return replace(settings, openid=complete(settings.openid, path)) if openid else settings


def _section(given: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = given.get(name, {})
    if not isinstance(section, dict):
        raise BadSettings(f"{path}: {name}: expected a section, as [{name}]")
    return section


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...], path: Path, where: str) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise BadSettings(f"{path}: {where.rstrip('.')} {key!r}: unknown; {hint}")


def _value(name: str, value: object, path: Path) -> Any:
    found = json.dumps(value, default=str)
    if name in NUMBERS:
        kind, low, high = NUMBERS[name]
        allowed = (int,) if kind is int else (int, float)
        if not isinstance(value, allowed) or isinstance(value, bool) or not low <= value <= high:
            whole = "whole " if kind is int else ""
            raise BadSettings(f"{path}: {name}: expected a {whole}number from {low} to {high}, found {found}")
    elif not isinstance(value, str) or not value:
        raise BadSettings(f"{path}: {name}: expected {'a path' if 'places.' in name else 'text'}, found {found}")
    elif name in CHOICES and value not in CHOICES[name]:
        raise BadSettings(f"{path}: {name}: expected one of {', '.join(CHOICES[name])}, found {value!r}")
    elif name in FORMS and not re.fullmatch(FORMS[name][0], value):
        raise BadSettings(f"{path}: {name}: expected {FORMS[name][1]}")
    elif name == "notify.command" and not _words(value):
        raise BadSettings(f"{path}: {name}: expected a command, its quotes closed")
    return value


def _words(command: str) -> list[str]:
    with suppress(ValueError):
        return shlex.split(command)
    return []


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
