"""Cases for partners: ``export cases``.

Evidence for those who act on an ad: ``evidence``.

The prevention brief as a file: ``brief``.

Contacts of ads: what is known of each, as a file.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, get_args
from urllib.parse import parse_qsl

import click

from pipeline.case import Verdict
from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings.console import say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.exports.selection import Choice, Sorted

__all__ = ["brief", "contacts", "evidence", "export"]

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
    from pipeline.exports.selection import Choice, read_filter

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
    from pipeline.exports.evidence import seen_in_store
    from pipeline.exports.export import EXPORT_FORMATS, export_package, maker_of, record_export
    from pipeline.store.store import Store

    if contacts and settings.contacts.export != "values":
        raise BadSettings('--contacts: not permitted here; expected export = "values" under [contacts] in the settings')
    (name,) = (each for each in EXPORT_FORMATS if each == format_name)
    at, maker = now(), maker_of(settings)
    with Store.open(database) as store:
        made = export_package(
            store, choice, maker, name, contacts=contacts, at=at,
            find_pages=lambda ad_id: seen_in_store(store.ads, ad_id, batches=settings.batches),
        )  # fmt: skip
        with _opened(output) as file:
            file.write(made.content)
            record_export(store.audit, made.chosen, name, contacts=contacts, by=None, at=at)  # before it is there
    return made.chosen


@contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    from crawler.files import whole_bytes

    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_bytes(Path(output)) as file:
        os.fchmod(file.fileno(), 0o600)  # for its sender's eyes until they pass it on
        yield file


FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("ad", metavar="[AD]", required=False)
@click.option("--output", metavar="F.wacz", type=FILE, help="The extract to write.")
@click.option(
    "--batch",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Take the ad as this batch saw it, without a database.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file of that name.")
@click.option("--verify", metavar="F.wacz", type=FILE, help="Check an extract instead of writing one.")
@database
@as_json
@obj
def evidence(
    settings: Settings,
    *,
    ad: str | None,
    output: Path | None,
    batch: Path | None,
    overwrite: bool,
    verify: Path | None,
    database: Path | None,
    as_json: bool,
) -> None:
    """Write a verifiable extract of the pages that showed one ad, as a WACZ file that stock tools accept.

    AD is an ad's id in the database, or in --batch FOLDER. Every version that is known of it is in the extract, with
    how its page was asked for. A record that was changed since it was written is refused and named.
    """
    if verify is not None:
        if ad is not None or output is not None:
            raise click.UsageError("expected --verify F.wacz alone, found AD or --output beside it")
        _verify(verify, as_json=as_json)
        return
    if ad is None or output is None:
        raise click.UsageError("expected AD and --output F.wacz, or --verify F.wacz")
    from crawler.evidence.gather import find_in_batch, gather_proof
    from crawler.evidence.wacz import write_extract
    from crawler.fetch.settings import SOFTWARE
    from pipeline.exports.evidence import find_in_store

    if batch:
        seen = find_in_batch(ad, batch)
    else:
        seen = find_in_store(ad, database=database_of(settings, database), batches=settings.batches)
    proofs = [gather_proof(one) for one in seen]
    records = write_extract(output, proofs, software=SOFTWARE, now=now(), overwrite=overwrite)
    if as_json:
        say_json({"ad_id": ad, "output": str(output), "versions": len(proofs), "records": records})
    else:
        click.echo(f"{output}: ad {ad}, {len(proofs)} versions, {records} records")


def _verify(path: Path, *, as_json: bool) -> None:
    from crawler.evidence.wacz import check_extract

    checked = check_extract(path)
    if as_json:
        say_json(asdict(checked))
    else:
        click.echo(
            f"{path}: whole and unchanged since {checked.created}: ad {checked.ad_id}, {checked.versions} versions, "
            f"{checked.records} records"
        )


class _MonthType(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """A month as ``2026-10``."""

    name = "YYYY-MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])", str(value)):
            self.fail(f"expected a month such as 2026-10, found {value!r}", param, ctx)
        return str(value)


@click.command()
@click.option("--month", type=_MonthType(), help="The last whole month unless given.")
@click.option("--language", type=click.Choice(["en", "vi", "id"]), default="en", show_default=True)
@click.option("--output", metavar="FILE", required=True, help="Ends in .html or .md; - is Markdown on standard output.")
@database
@obj
@click.pass_context
def brief(
    ctx: click.Context, settings: Settings, *, month: str | None, language: str, output: str, database: Path | None
) -> None:
    """Write what a month's confirmed lures promise, for which work, where to and in which words, for people who warn.

    From confirmed cases alone; no personal data, nothing that an advertiser wrote of themselves, and nothing that fewer
    than five cases have in common. 1 when too few cases are confirmed to tell anything.
    """
    from crawler.files import whole_file
    from model.taxonomy.loader import load_taxonomy
    from pipeline.review.brief import read_brief, read_source_kinds
    from pipeline.store.store import Store
    from pipeline.web.brief_text import write_brief
    from pipeline.web.views.brief import FORMATS

    ending = "md" if output == "-" else output.rpartition(".")[2]
    if ending not in FORMATS:
        raise click.BadParameter(f"expected a name that ends in .html or .md, found {output!r}", param_hint="--output")
    asked, indicators = month or _last_month(now()), load_taxonomy(settings.taxonomy).indicators
    with Store.open(database_of(settings, database)) as store:
        found = read_brief(
            store.statistics, asked, indicators=indicators, source_kinds=read_source_kinds(settings.sources)
        )
        store.audit.record("exported", f"brief {asked}", by=None, at=now(), language=language, ending=ending)
    with whole_file(output) as file:
        file.write(FORMATS[ending][1](write_brief(found, language, indicators=indicators)))
    click.echo(f"brief of {asked}: {found.counts.confirmed} confirmed cases", err=output == "-")
    ctx.exit(0 if found.is_told else 1)


def _last_month(moment: datetime) -> str:
    from pipeline.review.brief import month_before

    return month_before(f"{moment:%Y-%m}")


@click.group()
def contacts() -> None:
    """What the store knows of the contacts in ads."""


@contacts.command("export")
@click.option("--output", metavar="OUTPUT", required=True, help="The file to write, JSON Lines; - is standard output.")
@click.option(
    "--with-values", is_flag=True, help='The contacts themselves too; needs export = "values" in the settings.'
)
@database
@obj
def export_contacts(settings: Settings, *, output: str, with_values: bool, database: Path | None) -> None:
    """Write each contact's hash, kind and reach. The contact itself only where it is asked for and permitted."""
    from pipeline.errors import BadSettings
    from pipeline.linking.contacts import ContactVault
    from pipeline.linking.files import write_contacts
    from pipeline.store.store import Store

    if with_values and settings.contacts.export != "values":
        raise BadSettings(
            '--with-values: not permitted here; expected export = "values" under [contacts] in the settings'
        )
    vault = ContactVault.open(settings.local) if with_values else None
    with Store.open(database_of(settings, database)) as store:
        count = write_contacts(store.contacts.all(), output, vault)
    click.echo(f"{count} contacts{'' if with_values else ', by their hashes'}, into {output}", err=True)
