"""Cases for partners: ``export cases``."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, get_args
from urllib.parse import parse_qsl

import click

from pipeline.case import Verdict
from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

if TYPE_CHECKING:
    from pipeline.exports.choosing import Choice
    from pipeline.exports.packing import Sorted

__all__ = ["export"]

_FORMATS = ("csv", "json", "misp", "stix", "html", "package")
_VERDICTS = ("trafficking_recruitment", "job_fraud", "irregular_recruitment")


@click.group()
def export() -> None:
    """What may leave the house."""


@export.command("cases")
@click.argument("numbers", metavar="[CASE]...", type=int, nargs=-1)
@click.option("--format", "format_name", type=click.Choice(_FORMATS), default="json", show_default=True)
@click.option("--output", metavar="FILE", required=True, help="The file to write; - is standard output.")
@click.option("--filter", "query", metavar="QUERY", help='A filter as the queue\'s address has it: "country=KH&tag=a".')
@click.option("--campaign", metavar="ID", help="Cases of this campaign.")
@click.option("--verdict", "verdicts", type=click.Choice(_VERDICTS), multiple=True, help="Decided so; may be repeated.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Decided on this day (UTC) or later.")
@click.option("--contacts", is_flag=True, help='With the contacts too; needs export = "values" in the settings.')
@database
@as_json
@obj
def export_cases(
    settings: Settings,
    *,
    numbers: tuple[int, ...],
    format_name: str,
    output: str,
    query: str | None,
    campaign: str | None,
    verdicts: tuple[str, ...],
    since: datetime | None,
    contacts: bool,
    database: Path | None,
    as_json: bool,
) -> None:
    """Write a referral package of the chosen cases: those by number, and those of which all that is asked for holds.

    Only cases that a second analyst confirmed may go; others are refused, by number and why, and make the exit code 1.
    Contacts are hidden unless --contacts asks for them and the settings permit it. Every export stands in the audit
    log.
    """
    from pipeline.exports.choosing import Choice, read_filter

    choice = Choice(
        numbers=numbers,
        wanted=None if query is None else read_filter(dict(parse_qsl(query))),
        campaign_id=campaign,
        verdicts=tuple(each for each in get_args(Verdict) if each in verdicts),
        since=since.replace(tzinfo=UTC) if since else None,
    )
    if not (numbers or choice.by_what_holds):
        raise click.UsageError("expected cases by number, or --filter, --campaign, --verdict or --since; found none")
    chosen = _write(settings, choice, format_name, output, contacts=contacts, database=database_of(settings, database))
    if as_json:
        refused = [{"case": each.case_id, "why": each.why} for each in chosen.refused]
        say_json(
            {"output": output, "format": format_name, "contacts": contacts, "cases": chosen.ready, "refused": refused}
        )
    else:
        click.echo(
            f"{len(chosen.ready)} cases, contacts {'included' if contacts else 'hidden'}, into {output}", err=True
        )
        for each in chosen.refused:
            click.echo(f"refused: {each}", err=True)
    if chosen.refused:
        raise click.exceptions.Exit(1)


def _write(
    settings: Settings, choice: "Choice", format_name: str, output: str, *, contacts: bool, database: Path
) -> "Sorted":
    from pipeline.errors import BadSettings
    from pipeline.evidence import seen_in_store
    from pipeline.exports.exporting import EXPORT_FORMATS, export_package, record_export
    from pipeline.exports.making import maker_of
    from pipeline.review_queue import ReviewQueue

    if contacts and settings.contacts.export != "values":
        raise BadSettings('--contacts: not permitted here; expected export = "values" under [contacts] in the settings')
    (name,) = (each for each in EXPORT_FORMATS if each == format_name)
    at, maker = now(), maker_of(settings)
    with ReviewQueue.open(database) as queue:
        made = export_package(
            queue, choice, maker, name, contacts=contacts, at=at,
            find_pages=lambda ad_id: seen_in_store(queue, ad_id, batches=settings.batches),
        )  # fmt: skip
        with _opened(output) as file:
            file.write(made.content)
            record_export(queue, made.chosen, name, contacts=contacts, by=None, at=at)  # before it is there
    return made.chosen


@contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    from crawler.whole_file import whole_bytes

    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_bytes(Path(output)) as file:
        os.fchmod(file.fileno(), 0o600)  # for its sender's eyes until they pass it on
        yield file
