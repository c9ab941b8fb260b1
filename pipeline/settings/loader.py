"""Strict loader of ``lurewatch.toml``, and the folder that holds ``data/``."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from crawler.files import load_toml
from pipeline.errors import BadSettings
from pipeline.settings.openid import OPENID_FILE, OPENID_VARIABLE, complete
from pipeline.settings.records import (
    SECOND_FACTOR_POLICIES,
    TLP_LEVELS,
    ContactSettings,
    ExportSettings,
    NotifySettings,
    ReviewSettings,
    Settings,
    TriageSettings,
)  # fmt: skip

__all__ = ["NUMBERS", "PLACES", "SECTIONS", "find_home", "load_settings"]

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
    "kept_registers": "registers",
}  # fmt: skip
PLACES = (*IN_HOME, *IN_LOCAL)

NUMBERS: dict[str, tuple[type[int] | type[float], float, float]] = {
    "care.daily_most": (int, 1, 100_000),
    "care.break_minutes": (int, 5, 1440),
    "care.audit_every": (int, 0, 1000),
    "intake.gone_after_looks": (int, 1, 1000),
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
    given = _read(path) if path.exists() else {}
    _refuse_unknown(given, ("contact", "frontier", *SECTIONS), path, "key")
    places = _section(given, "places", path)
    _refuse_unknown(places, PLACES, path, "places.")
    set_places = {name: home / _place(value, name, path) for name, value in places.items()}
    chosen: dict[str, Any] = {name: home / default for name, default in IN_HOME.items()} | set_places
    chosen = {name: chosen["local"] / default for name, default in IN_LOCAL.items()} | chosen
    openid = _section(given, "openid", path)
    if secret := next((key for key in openid if "secret" in key), None):
        raise BadSettings(
            f"{path}: openid {secret!r}: no secret stands in this file; expected it in data/local/{OPENID_FILE}, or "
            f"in ${OPENID_VARIABLE}"
        )
    settings = Settings(
        home=home,
        **chosen,
        contact=_value("contact", given["contact"], path) if "contact" in given else None,
        frontier=_value("frontier", given["frontier"], path) if "frontier" in given else None,
        **{name: _build(record, name, _section(given, name, path), path) for name, record in _RECORDS.items()},
    )
    _check_contacts(settings.contacts, path)
    _check_export(settings.export, path)
    _check_review(settings.review, path)
    _check_notify(settings.notify, path)
    _check_triage(settings.triage, path)
    return replace(settings, openid=complete(settings.openid, path)) if openid else settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return load_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise BadSettings(f"{path}: expected TOML ({err})") from err


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


def _place(value: object, name: str, path: Path) -> str:
    if not isinstance(value, str) or not value:
        raise BadSettings(f"{path}: places.{name}: expected a path, found {json.dumps(value, default=str)}")
    return value


def _build(record: Any, name: str, section: dict[str, Any], path: Path) -> Any:
    """The record of one section, each value of the type that its key has."""
    _refuse_unknown(section, tuple(each.name for each in fields(record)), path, f"{name}.")
    return record(**{key: _value(f"{name}.{key}", value, path) for key, value in section.items()})


def _check_contacts(contacts: ContactSettings, path: Path) -> None:
    if contacts.export not in {"hashes", "values"}:
        raise BadSettings(f"{path}: contacts.export: expected 'hashes' or 'values', found {contacts.export!r}")


def _check_notify(notify: NotifySettings, path: Path) -> None:
    for name, known in (("when", ("always", "problems")), ("mail_security", ("none", "starttls", "tls"))):
        if getattr(notify, name) not in known:
            raise BadSettings(
                f"{path}: notify.{name}: expected one of {', '.join(known)}, found {getattr(notify, name)!r}"
            )
    for name in ("webhook", "ping"):
        address = getattr(notify, name)
        if address is not None and not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", address, re.ASCII):
            raise BadSettings(f"{path}: notify.{name}: expected an http or https address without a user name")
    for name in ("mail_to", "mail_from"):
        address = getattr(notify, name)
        if address is not None and not re.fullmatch(r"[^\s@,<>]+@[^\s@,<>]+", address):
            raise BadSettings(f"{path}: notify.{name}: expected one e-mail address")
    if not re.fullmatch(r"[\w.-]+(:\d{1,5})?", notify.mail_host, re.ASCII):
        raise BadSettings(f"{path}: notify.mail_host: expected a host, or host:port")


def _check_export(export: ExportSettings, path: Path) -> None:
    if export.tlp not in TLP_LEVELS:
        raise BadSettings(f"{path}: export.tlp: expected one of {', '.join(TLP_LEVELS)}, found {export.tlp!r}")


def _check_review(review: ReviewSettings, path: Path) -> None:
    if review.second_factor not in SECOND_FACTOR_POLICIES:
        known = ", ".join(SECOND_FACTOR_POLICIES)
        raise BadSettings(f"{path}: review.second_factor: expected one of {known}, found {review.second_factor!r}")


def _check_triage(triage: TriageSettings, path: Path) -> None:
    if triage.audit_share + triage.uncertain_share > 0.9:
        found = f"audit_share {triage.audit_share:g} and uncertain_share {triage.uncertain_share:g}"
        raise BadSettings(f"{path}: triage: {found} add up to more than 0.9; expected room for what was flagged")


def _value(name: str, value: object, path: Path) -> Any:
    if name not in NUMBERS:
        if not isinstance(value, str) or not value:
            raise BadSettings(f"{path}: {name}: expected text, found {json.dumps(value, default=str)}")
        return value
    kind, low, high = NUMBERS[name]
    whole = "whole " if kind is int else ""
    allowed = (int,) if kind is int else (int, float)
    if not isinstance(value, allowed) or isinstance(value, bool) or not low <= value <= high:
        raise BadSettings(
            f"{path}: {name}: expected a {whole}number from {low} to {high}, found {json.dumps(value, default=str)}"
        )
    return value
