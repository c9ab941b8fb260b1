"""Installation: what it lacks (``doctor``), units that run it (``install``)."""

import os
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distributions, requires
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Literal, NamedTuple

import click

from crawler.fetch.settings import browser_path
from crawler.files import write_whole
from crawler.sources.loader import read_cards
from model.errors import BadTaxonomy, ModelError
from pipeline.commands.options import FOLDER, as_json, leave, reports, say
from pipeline.errors import PipelineError, message_of
from pipeline.nightly.installation import check_database, known_identities, open_installed, units_of
from pipeline.review.model_in_service import load_assessor
from pipeline.settings.loader import find_home, load_settings
from pipeline.settings.records import Settings

State = Literal["ok", "note", "missing"]

PYTHONS: Final = ((3, 11), (3, 13))
WINGS: Final = ("crawler", "model", "pipeline")
EXTRAS: Final = ("render", "openid", "explore", "cluster", "redis", "doubts", "notebooks")
FREE_GB: Final = 2
"""A night of some hundred thousand pages with its archive takes about as much."""


class Found(NamedTuple):
    """What one check of the installation came to, and what to do where something is missing."""

    check: str
    state: State
    found: str
    advice: str = ""


@click.command()
@as_json
def doctor() -> None:
    """Say what this installation lacks, and what to do: Python, libraries, settings, data, model, disk, ports.

    Nothing is changed. Exit code 1 when something that is needed is missing; notes are no reason for it.
    """
    running = ".".join(map(str, sys.version_info[:3]))
    is_known = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
    found = [_judged("Python", running, "install Python 3.11, 3.12 or 3.13", is_ok=is_known), *_check_libraries()]
    try:
        settings = load_settings(find_home(os.environ, Path.cwd()))
    except PipelineError as err:
        found.append(Found("settings", "missing", str(err), "mend that line"))
    else:
        file = settings.home / "lurewatch.toml"
        found.append(Found("settings", "ok", str(file) if file.is_file() else f"no {file}"))
        if settings.contact is None:
            found.append(
                Found("contact", "note", "none: no foreign host is crawled", 'set contact = "..." in lurewatch.toml')
            )
        found += [*_check_model(settings), *_check_sources(settings), *_check_folders(settings)]
        found += [*_check_database(settings), *_check_port(settings)]
    lacking = sum(each.state == "missing" for each in found)
    marks = {"ok": "ok     ", "note": "note   ", "missing": "MISSING"}
    lines = [
        f"{marks[each.state]}  {each.check}: {each.found}{f' -> {each.advice}' if each.advice else ''}"
        for each in found
    ]
    lines.append(f"{lacking} missing" if lacking else "nothing is missing")
    say({"complete": not lacking, "checks": [each._asdict() for each in found]}, lines)
    leave(1 if lacking else 0)


def _judged(check: str, found: str, advice: str, *, is_ok: bool, otherwise: State = "missing") -> Found:
    return Found(check, "ok", found) if is_ok else Found(check, otherwise, found, advice)


def _check_libraries() -> Iterator[Found]:
    """By what the package itself says it needs, extra by extra."""
    try:
        needs = requires("lurewatch") or []
    except PackageNotFoundError:
        yield Found("libraries", "missing", "lurewatch is not installed", "make setup")
        return
    for extra in (*WINGS, *EXTRAS):
        wanted = [re.split(r"[^\w.-]", need)[0] for need in needs if re.search(rf"extra == ['\"]{extra}['\"]", need)]
        if not wanted:
            continue
        absent = sorted(name for name in wanted if not any(distributions(name=name)))
        if not absent:
            yield Found(f"libraries of {extra}", "ok", f"{len(wanted)} installed")
        elif extra in WINGS:
            yield Found(f"libraries of {extra}", "missing", f"no {', '.join(absent)}", "make setup")
        else:
            yield Found(f"extra {extra}", "note", "not installed", f"pip install 'lurewatch[{extra}]', if it is wanted")


def _check_model(settings: Settings) -> Iterator[Found]:
    """The model's files are held against its manifest, the taxonomy is checked."""
    try:
        assessor = load_assessor(settings)
    except BadTaxonomy as err:
        yield Found("model and taxonomy", "missing", str(err), "mend it: lurewatch taxonomy check")
        return
    except (ModelError, PipelineError, OSError) as err:
        is_own = (settings.local_models / "current").is_file()
        advice = "lurewatch rollback, or promote another model" if is_own else "check out anew"
        yield Found("model and taxonomy", "missing", str(err), advice)
        return
    yield Found("model", "ok", assessor.model_version)
    yield Found("taxonomy", "ok", f"{len(assessor.taxonomy.indicators)} indicators")


def _check_sources(settings: Settings) -> Iterator[Found]:
    sources, faults = read_cards(settings.sources) if settings.sources.is_dir() else ([], [])
    on = [source for source in sources if not source.is_switched_off]
    rendered = [source.name for source in on if source.render]
    if faults:
        yield Found("source cards", "missing", "; ".join(map(str, faults)), "lurewatch sources check")
    else:
        found, advice = f"{len(on)} of {len(sources)} in {settings.sources} switched on", "write one, or review one"
        yield _judged("source cards", found, f"{advice}: docs/operators/sources.md", is_ok=bool(on), otherwise="note")
    if browser := browser_path():
        yield Found("browser", "ok", browser)
    else:
        needed = f"no Chromium; {', '.join(rendered) or 'no source in use'} needs one"
        advice = "install chromium, or name one in LUREWATCH_BROWSER"
        yield Found("browser", "missing" if rendered else "note", needed, advice)


def _check_folders(settings: Settings) -> Iterator[Found]:
    for name in ("local", "batches", "reports", "local_models"):
        folder: Path = getattr(settings, name)
        there = next(each for each in (folder, *folder.parents) if each.exists())
        try:
            with TemporaryFile(dir=there):
                yield Found(f"folder {name}", "ok", f"{folder} can be written")
        except OSError as err:
            advice = f"give this user the right to write in {there}"
            yield Found(f"folder {name}", "missing", f"{folder}: {err.strerror}", advice)
    there = next(each for each in (settings.local, *settings.local.parents) if each.exists())
    free = shutil.disk_usage(there).free / 1e9
    advice = f"free {FREE_GB} GB, or put [places] local elsewhere"
    yield _judged("disk", f"{free:.1f} GB free", advice, is_ok=free >= FREE_GB)


def _check_database(settings: Settings) -> Iterator[Found]:
    try:
        if not settings.database.exists() and not known_identities(settings):
            yield Found("database", "note", "none yet", "lurewatch nightly, or demo, makes it")
            return
        with open_installed(settings, claim=False) as store:
            check_database(store, settings.database)
            store.check_key()
            to_review, analysts = store.queue.standings().to_review, store.accounts.all()
    except (PipelineError, OSError, sqlite3.Error) as err:
        yield Found("database", "missing", message_of(err) or type(err).__name__, "docs/operators/backup.md")
        return
    yield Found("database", "ok", f"{to_review} cases to review")
    if not any(each.active for each in analysts):
        yield Found("accounts", "note", "nobody can sign in", "lurewatch analysts add NAME")


def _check_port(settings: Settings) -> Iterator[Found]:
    host, port = settings.review.host, settings.review.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind((host, port))
    except OSError as err:
        advice = "is the review page running? Otherwise lurewatch review --port N"
        yield Found("port", "note", f"{host}:{port}: {err.strerror}", advice)
    else:
        yield Found("port", "ok", f"{host}:{port} is free for the review page")


@click.command()
@click.argument("kind", type=click.Choice(("systemd", "cron")))
@click.option("--output", metavar="FOLDER", type=FOLDER, help="Write the units there; printed unless given.")
@click.option("--at", "hour", metavar="HH:MM", default="02:00", show_default=True, help="When a night begins.")
@reports
def install(settings: Settings, *, kind: str, output: Path | None, hour: str) -> None:
    """Print or write what runs a night each day, watches it, makes backups and serves the page.

    For systemd hardened units with their timers; for cron the lines of a table.
    """
    units = units_of(kind, settings, hour=hour)
    if output:
        for name, text in units.items():
            write_whole(output / name, text)
    say(
        units,
        [str(output / name) for name in units] if output else [f"# {name}\n{text}" for name, text in units.items()],
    )
