"""Registers of licensed agencies: import, list, check, look-up, match."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from crawler.files import STANDARD_OUTPUT
from model.taxonomy.loader import load_taxonomy
from pipeline.commands.options import AdsFile, ads_file, leave, now, reports, say
from pipeline.errors import BadRegisterMap, RegisterError
from pipeline.licences.lookup import find_lines, open_index, write_lookups
from pipeline.licences.register import RegisterStore, RegisterVersion, is_stale
from pipeline.licences.register_import import choose_map, read_register
from pipeline.licences.register_map import read_map, read_maps
from pipeline.settings.console import progress
from pipeline.settings.records import Settings


@click.group()
def registers() -> None:
    """Look after registers of licensed agencies, and look agencies and ads up in them."""


@registers.command("import")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--as-of", metavar="DAY", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day of the list itself."
)
@click.option(
    "--map", "map_name", metavar="NAME",
    help="A map of data/registers, or a map's own file; else the one map that fits the file's columns.",
)  # fmt: skip
@reports
def import_register(settings: Settings, *, file: Path, as_of: datetime, map_name: str | None) -> None:
    """Take in a register of licensed agencies, whole or not at all; the same list twice is once.

    FILE is .csv (UTF-8) or .xlsx. Each import is a version of its own; look-ups use the newest.
    Exit code 1 when rows of one licence number contradict each other. docs/operators/registers.md says how to fetch
    each official list.
    """
    is_file = map_name is not None and map_name.endswith(".toml")
    maps = {} if is_file else read_maps(settings.registers)
    if map_name is None:
        fields = choose_map(file, maps)
    elif is_file:
        fields = read_map(Path(map_name))
    elif map_name in maps:
        fields = maps[map_name]
    else:
        known = f"{', '.join(maps) or 'none'}, or a file"
        raise BadRegisterMap(f"--map {map_name}: no such map in {settings.registers}; expected one of {known}")
    register = read_register(file, fields, as_of=as_of.date(), now=now())
    store = RegisterStore(settings.imported_registers)
    is_new = store.keep(register)
    lines = [f"{'imported' if is_new else 'imported before'}: {_version_line(register.version)}"]
    version = register.version
    if rows := version.passed_over:
        shown = ", ".join(map(str, rows[:20])) + (f" and {len(rows) - 20} more" if len(rows) > 20 else "")
        lines.append(f"passed over rows that hold no line of the list, such as headings: {shown}")
    lines += [f"counted once: {file}: {each}" for each in version.repeated]
    lines += [f"problem: {file}: {each}; all of them count" for each in version.contradictions]
    used = next(each for each in store.versions() if each.name == version.name)
    if (used.as_of, used.digest) != (version.as_of, version.digest):
        lines.append(
            f"not in use: look-ups use the list of {used.as_of} that was imported on {used.imported_at:%Y-%m-%d %H:%M} "
            f"UTC; {settings.imported_registers / used.name / used.stored_as} is its file, to be deleted if it is wrong"
        )
    say(asdict(version) | {"new": is_new}, lines)
    leave(1 if version.contradictions else 0)


@registers.command("list")
@reports
def list_registers(settings: Settings) -> None:
    """Show every version that was imported; look-ups use the newest of each register.

    Exit code 1 when one in use is older than its map allows.
    """
    versions, today = RegisterStore(settings.imported_registers).versions(), now().date()
    newest = {each.name: each for each in reversed(versions)}
    stale = {name for name, each in newest.items() if is_stale(each.as_of, each.good_for_days, today)}
    records, lines = [], []
    for each in versions:
        is_used = newest[each.name] is each
        is_old = is_used and each.name in stale
        records.append(asdict(each) | {"in_use": is_used, "stale": is_old})
        old = f", older than {each.good_for_days} days" if is_old else ""
        lines.append(f"{'in use' if is_used else 'earlier'}: {_version_line(each)}{old}")
    say(records, lines or ["no register was imported: lurewatch registers import FILE --as-of DAY"])
    leave(1 if stale else 0)


@registers.command("check")
@click.argument("place", metavar="[DIR or MAP]", required=False, type=click.Path(path_type=Path))
@reports
def check_maps(settings: Settings, place: Path | None) -> None:
    """Read the maps of registers and say what each is for."""
    place = place or settings.registers
    found = [read_map(place)] if place.is_file() else list(read_maps(place).values())
    lines = [
        f"{each.name}: {each.country}, {each.kind.replace('_', ' ')}, good for {each.good_for_days} days"
        for each in found
    ]
    say(
        [{"name": each.name, "title": each.title, "country": each.country, "kind": each.kind} for each in found],
        [*lines, f"{len(found)} maps can be read"],
    )


@registers.command("look-up")
@click.argument("words", metavar="NAME or NUMBER")
@reports
def look_up(settings: Settings, words: str) -> None:
    """Look an agency up by its name or by a licence number, in the newest version of every register.

    Exit code 1 when no line is like it, which proves nothing.
    """
    newest = RegisterStore(settings.imported_registers).newest()
    found = find_lines(words, newest)
    records, lines = [], []
    for version, line, likeness in found:
        records.append({"register": version.name, "as_of": version.as_of, "score": likeness, **asdict(line)})
        score = "by its number" if likeness is None else f"alike to {likeness:.0f} of 100"
        until = (f"valid until {line.valid_until}",) if line.valid_until else ()
        shown = ", ".join((line.names[0], *line.numbers, line.status, *until))
        lines.append(f"{version.name}, list of {version.as_of}, row {line.row}: {shown} ({score})")
    if not found:
        lists = ", ".join(f"{each.version.name} of {each.version.as_of}" for each in newest)
        lists = lists or "no register: none was imported"
        lines = [f"“{words}” was looked up in {lists}, and no line is like it. That proves nothing."]
    say(records, lines)
    leave(0 if found else 1)


@registers.command("match")
@ads_file
@reports
def match(settings: Settings, *, ads: AdsFile) -> None:
    """Look up the ads of a file: one line an ad, in the order of the input; needs no database and no model.

    INPUT is JSON Lines or CSV, .gz or not; - is standard input. OUTPUT is there whole or not at all.
    """
    free_mail = load_taxonomy(settings.taxonomy).countries.free_mail
    index = open_index(settings.imported_registers, settings.registers, free_mail=free_mail)
    if index is None:
        raise RegisterError(
            f"{settings.imported_registers}: no register was imported; expected lurewatch registers import"
        )
    started = now()
    with progress("ads looked up") as advance:
        found = index.look_up(ads.read(seen_at=started), now=started)
        counts = write_lookups(found, ads.output, progress=advance)
    total, results = sum(counts.values()), ", ".join(f"{count} {result}" for result, count in counts.items())
    say(
        {"ads": total, "results": counts, "output": ads.output},
        [f"looked up {total} ads in {len(index.versions)} registers: {results}"],
        err=ads.output in STANDARD_OUTPUT,
    )


def _version_line(version: RegisterVersion) -> str:
    statuses = ", ".join(f"{count} {status}" for status, count in version.statuses.items())
    return f"{version.name}, list of {version.as_of} by {version.publisher}: {version.rows} lines ({statuses})"
