"""Registers of licensed agencies: ``registers import``, ``list``, ``check``, ``look-up`` and ``match``."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import as_json, now, obj
from pipeline.settings.console import progress, say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.licences.lookup import FoundLine
    from pipeline.licences.register import RegisterMap, RegisterVersion

__all__ = ["registers"]


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
@as_json
@obj
def import_register(settings: Settings, *, file: Path, as_of: datetime, map_name: str | None, as_json: bool) -> None:
    """Take in a register of licensed agencies, whole or not at all; the same list twice is once.

    FILE is .csv (UTF-8) or .xlsx. Each import is a version of its own; look-ups use the newest.
    docs/operators/registers.md says how to fetch each official list.
    """
    from pipeline.licences.register_rows import read_register
    from pipeline.licences.register_store import KeptRegisters

    register = read_register(file, _map_for(settings, file, map_name), as_of=as_of.date(), now=now())
    is_new = KeptRegisters(settings.kept_registers).keep(register)
    if as_json:
        say_json(asdict(register.version) | {"new": is_new})
        return
    said = "imported" if is_new else "imported before"
    click.echo(f"{said}: {_version_line(register.version)}")
    if rows := register.version.passed_over:
        shown = ", ".join(map(str, rows[:20])) + (f" and {len(rows) - 20} more" if len(rows) > 20 else "")
        click.echo(f"passed over rows that hold no line of the list, such as headings: {shown}")


@registers.command("list")
@as_json
@obj
@click.pass_context
def list_registers(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """Show every version that was imported; look-ups use the newest of each register.

    Exit code 1 when one in use is older than its map allows.
    """
    from pipeline.licences.register import is_stale
    from pipeline.licences.register_store import KeptRegisters

    versions, today = KeptRegisters(settings.kept_registers).versions(), now().date()
    newest = {each.name: each for each in reversed(versions)}
    stale = {name for name, each in newest.items() if is_stale(each.as_of, each.good_for_days, today)}
    if as_json:
        said = [(each, newest[each.name] is each) for each in versions]
        say_json([asdict(each) | {"in_use": used, "stale": used and each.name in stale} for each, used in said])
    else:
        for each in versions:
            used = "in use" if newest[each.name] is each else "earlier"
            old = f", older than {each.good_for_days} days" if used == "in use" and each.name in stale else ""
            click.echo(f"{used}: {_version_line(each)}{old}")
        if not versions:
            click.echo("no register was imported: lurewatch registers import FILE --as-of DAY")
    ctx.exit(1 if stale else 0)


@registers.command("check")
@click.argument("place", metavar="[DIR or MAP]", required=False, type=click.Path(path_type=Path))
@as_json
@obj
def check_maps(settings: Settings, place: Path | None, as_json: bool) -> None:
    """Read the maps of registers and say what each is for."""
    from pipeline.licences.register import read_map, read_maps

    place = place or settings.registers
    found = [read_map(place)] if place.is_file() else list(read_maps(place).values())
    if as_json:
        say_json(
            [{"name": each.name, "title": each.title, "country": each.country, "kind": each.kind} for each in found]
        )
        return
    for each in found:
        click.echo(f"{each.name}: {each.country}, {each.kind.replace('_', ' ')}, good for {each.good_for_days} days")
    click.echo(f"{len(found)} maps can be read")


@registers.command("look-up")
@click.argument("words", metavar="NAME or NUMBER")
@as_json
@obj
@click.pass_context
def look_up(ctx: click.Context, settings: Settings, words: str, as_json: bool) -> None:
    """Look an agency up by its name or by a licence number, in the newest version of every register.

    Exit code 1 when no line is like it, which proves nothing.
    """
    from pipeline.licences.lookup import find_lines
    from pipeline.licences.register_store import KeptRegisters

    kept = KeptRegisters(settings.kept_registers).newest()
    found = find_lines(words, kept)
    if as_json:
        say_json([{"register": each.version.name, "as_of": each.version.as_of, "score": each.score,
                   **asdict(each.line)} for each in found])  # fmt: skip
    else:
        for line in _found_lines(words, found, [each.version for each in kept]):
            click.echo(line)
    ctx.exit(0 if found else 1)


@registers.command("match")
@click.argument("source", metavar="INPUT")
@click.option("--output", metavar="OUTPUT", required=True, help="The look-ups; - is standard output.")
@click.option("--ignore-unknown", is_flag=True, help="Pass over fields that an ad does not have.")
@as_json
@obj
def match(settings: Settings, *, source: str, output: str, ignore_unknown: bool, as_json: bool) -> None:
    """Look up the ads of a file: one line an ad, in the order of the input; needs no database and no model.

    INPUT is JSON Lines or CSV, .gz or not; - is standard input. OUTPUT is there whole or not at all.
    """
    from crawler.batch.ads_file import read_ads
    from pipeline.errors import RegisterError
    from pipeline.licences.lookup import free_mail_of, write_lookups
    from pipeline.nightly.licences import open_desk

    desk = open_desk(settings.kept_registers, settings.registers, free_mail=free_mail_of(settings.taxonomy))
    if desk is None:
        raise RegisterError(f"{settings.kept_registers}: no register was imported; expected lurewatch registers import")
    started = now()
    with progress("ads looked up") as advance:
        ads = read_ads(source, seen_at=started, ignore_unknown=ignore_unknown)
        counts = write_lookups(desk.look_up(ads, now=started), output, progress=advance)
    to_error = output == "-"
    if as_json:
        say_json({"ads": sum(counts.values()), "results": counts, "output": output}, err=to_error)
    else:
        told = ", ".join(f"{count} {result}" for result, count in counts.items())
        click.echo(f"looked up {sum(counts.values())} ads in {len(desk.versions)} registers: {told}", err=to_error)


def _map_for(settings: Settings, file: Path, map_name: str | None) -> "RegisterMap":
    from pipeline.errors import BadRegisterMap
    from pipeline.licences.register import read_map, read_maps
    from pipeline.licences.register_rows import choose_map

    if map_name is not None and map_name.endswith(".toml"):
        return read_map(Path(map_name))
    maps = read_maps(settings.registers)
    if map_name is None:
        return choose_map(file, maps)
    if map_name not in maps:
        known = ", ".join(maps) or "none"
        raise BadRegisterMap(
            f"--map {map_name}: no such map in {settings.registers}; expected one of {known}, or a file"
        )
    return maps[map_name]


def _version_line(version: "RegisterVersion") -> str:
    statuses = ", ".join(f"{count} {status}" for status, count in version.statuses.items())
    return f"{version.name}, list of {version.as_of} by {version.publisher}: {version.rows} lines ({statuses})"


def _found_lines(words: str, found: "list[FoundLine]", versions: "list[RegisterVersion]") -> Iterator[str]:
    for each in found:
        line, score = each.line, "by its number" if each.score is None else f"alike to {each.score:.0f} of 100"
        until = (f"valid until {line.valid_until}",) if line.valid_until else ()
        said = ", ".join((line.names[0], *line.numbers, line.status, *until))
        yield f"{each.version.name}, list of {each.version.as_of}, row {line.row}: {said} ({score})"
    if not found:
        lists = ", ".join(f"{each.name} of {each.as_of}" for each in versions) or "no register: none was imported"
        yield f"“{words}” was looked up in {lists}, and no line is like it. That proves nothing."
