"""Strict loader of ``lurewatch.toml``, and the folder that holds ``data/``."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from crawler.files import load_toml
from pipeline.errors import BadSettings
from pipeline.settings.records import (
    TLP_LEVELS,
    CareSettings,
    ContactSettings,
    ExportSettings,
    IntakeSettings,
    NightSettings,
    NotifySettings,
    OpenIDSettings,
    RetainSettings,
    ReviewSettings,
    ScoreSettings,
    Settings,
    TriageSettings,
)

__all__ = ["NUMBERS", "PLACES", "SECTIONS", "find_home", "load_settings"]

FILE_NAME = "lurewatch.toml"

Kind = TypeVar(
    "Kind", CareSettings, ContactSettings, ExportSettings, IntakeSettings, NightSettings, NotifySettings,
    OpenIDSettings, RetainSettings, ReviewSettings, ScoreSettings, TriageSettings,
)  # fmt: skip

SECTIONS = (
    "care",
    "contacts",
    "export",
    "intake",
    "night",
    "notify",
    "openid",
    "places",
    "retain",
    "review",
    "score",
    "triage",
)
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
    _refuse_unknown(given, ("contact", *SECTIONS), path, "key")
    places = _section(given, "places", path)
    _refuse_unknown(places, PLACES, path, "places.")
    set_places = {name: home / _place(value, name, path) for name, value in places.items()}
    chosen: dict[str, Any] = {name: home / default for name, default in IN_HOME.items()} | set_places
    chosen = {name: chosen["local"] / default for name, default in IN_LOCAL.items()} | chosen
    return Settings(
        home=home,
        **chosen,
        contact=_value("contact", given["contact"], path) if "contact" in given else None,
        care=_build(CareSettings, "care", given, path),
        contacts=_that_are_known(_build(ContactSettings, "contacts", given, path), path),
        export=_with_known_level(_build(ExportSettings, "export", given, path), path),
        intake=_build(IntakeSettings, "intake", given, path),
        night=_build(NightSettings, "night", given, path),
        notify=_that_can_be_reached(_build(NotifySettings, "notify", given, path), path),
        openid=_of_provider(given, path),
        retain=_build(RetainSettings, "retain", given, path),
        score=_build(ScoreSettings, "score", given, path),
        triage=_shares_that_leave_some(_build(TriageSettings, "triage", given, path), path),
        review=_build(ReviewSettings, "review", given, path),
    )


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


def _build(kind: type[Kind], name: str, given: dict[str, Any], path: Path) -> Kind:
    section = _section(given, name, path)
    _refuse_unknown(section, tuple(each.name for each in fields(kind)), path, f"{name}.")
    return kind(**{key: _value(f"{name}.{key}", value, path) for key, value in section.items()})


def _of_provider(given: dict[str, Any], path: Path) -> OpenIDSettings:
    section = _section(given, "openid", path)
    if not section:
        return OpenIDSettings()
    # Imported late: addresses are looked at with a library that no other setting needs.
    from pipeline.settings.openid import KEPT_IN, NAMED_BY, complete

    if secret := next((key for key in section if "secret" in key), None):
        raise BadSettings(
            f"{path}: openid {secret!r}: no secret stands in this file; expected it in data/local/{KEPT_IN}, or "
            f"in ${NAMED_BY}"
        )
    return complete(_build(OpenIDSettings, "openid", given, path), path)


def _that_are_known(contacts: ContactSettings, path: Path) -> ContactSettings:
    if contacts.export not in {"hashes", "values"}:
        raise BadSettings(f"{path}: contacts.export: expected 'hashes' or 'values', found {contacts.export!r}")
    return contacts


def _that_can_be_reached(notify: NotifySettings, path: Path) -> NotifySettings:
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
    return notify


def _with_known_level(export: ExportSettings, path: Path) -> ExportSettings:
    if export.tlp not in TLP_LEVELS:
        raise BadSettings(f"{path}: export.tlp: expected one of {', '.join(TLP_LEVELS)}, found {export.tlp!r}")
    return export


def _shares_that_leave_some(triage: TriageSettings, path: Path) -> TriageSettings:
    if triage.audit_share + triage.uncertain_share > 0.9:
        found = f"audit_share {triage.audit_share:g} and uncertain_share {triage.uncertain_share:g}"
        raise BadSettings(f"{path}: triage: {found} add up to more than 0.9; expected room for what was flagged")
    return triage


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
