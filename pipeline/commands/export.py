"""Exports: ``export``, ``evidence``, ``brief``, ``contacts``, ``explore``."""

import socket
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from crawler.batch.evidence import find_in_batch, gather_proof
from crawler.batch.wacz import check_extract, write_extract
from crawler.files import STANDARD_OUTPUT, check_output, whole_bytes, write_whole
from model.taxonomy.loader import load_taxonomy
from pipeline.case import Verdict
from pipeline.commands.options import (
    CASE,
    FILE,
    FOLDER,
    OUTPUT,
    as_json,
    database,
    is_json,
    leave,
    now,
    on_record,
    open_store,
    say,
)
from pipeline.errors import BadSettings, NotInstalled, StoreError
from pipeline.exports.export import (
    EXPORT_FORMATS,
    ExportFormat,
    PackageForm,
    export_package,
    maker_of,
    record_export,
    seen_in_store,
)
from pipeline.exports.package import GROUNDS, Choice, parse_filter
from pipeline.linking.contacts import write_contacts
from pipeline.review.brief import read_brief, read_source_kinds
from pipeline.review.figures import month_before
from pipeline.settings.records import Settings
from pipeline.store.open_copy import copy_open_parts


@click.group()
def export() -> None:
    """What may leave the house."""


@export.command("cases")
@click.argument("numbers", metavar="[CASE]...", type=CASE, nargs=-1)
@click.option("--format", "format_name", type=click.Choice(EXPORT_FORMATS), default="json", show_default=True)
@click.option("--output", metavar="FILE", required=True, help="The file to write; - is standard output.")
@click.option("--filter", "query", metavar="QUERY", help='A filter as the queue\'s address has it: "country=KH&tag=a".')
@click.option("--campaign", metavar="ID", help="Cases of this campaign.")
@click.option("--verdict", "verdicts", type=click.Choice(GROUNDS), multiple=True, help="Decided so; may be repeated.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Decided on this day (UTC) or later.")
@click.option("--contacts", is_flag=True, help='With the contacts too; needs export = "values" in the settings.')
@database
@as_json
def export_cases(
    settings: Settings, /, *, format_name: ExportFormat, output: str, contacts: bool, **asked: Any
) -> None:
    """Write a referral package of the chosen cases: those by number, and those of which all that is asked for holds.

    Only cases that a second analyst confirmed may go; others are refused, by number and why, and make the exit code 1.
    Contacts are hidden unless --contacts asks for them and the settings permit it. Every export stands in the audit
    log.
    """
    try:
        wanted = None if asked["query"] is None else parse_filter(asked["query"])
    except ValueError as err:
        raise click.BadParameter(
            f"expected NAME=VALUE&NAME=VALUE as the queue's address has them, each once; wrong: {err}",
            param_hint="--filter",
        ) from err
    choice = Choice(
        numbers=asked["numbers"],
        wanted=wanted,
        campaign_id=asked["campaign"] or None,
        verdicts=tuple(each for each in get_args(Verdict) if each in asked["verdicts"]),
        since=asked["since"].replace(tzinfo=UTC) if asked["since"] else None,
    )
    if choice == Choice():
        raise click.UsageError("expected cases by number, or --filter, --campaign, --verdict or --since; found none")
    check_output(output, settings.database)
    if contacts:
        _check_permitted(settings, "--contacts")
    at, maker = now(), maker_of(settings)
    with open_store(settings.database) as store:
        made = export_package(store, choice, maker, PackageForm(name=format_name, contacts=contacts), at=at)
        chosen = made.chosen
        with whole_bytes(output, private=True) as file:  # for its sender's eyes until they pass it on
            file.write(made.content)
            record_export(store.audit, made, by=None, at=at)  # before it is there
    refused = [{"case": each.case_id, "why": each.why} for each in chosen.refused]
    say(
        {"output": output, "format": format_name, "contacts": contacts, "cases": chosen.ready, "refused": refused},
        [f"cases: {len(chosen.ready)}, contacts {'included' if contacts else 'hidden'}, into {output}",
         *(f"refused: {each}" for each in chosen.refused)],
        err=output in STANDARD_OUTPUT or not is_json(),
    )  # fmt: skip
    leave(1 if chosen.refused else 0)


def _check_permitted(settings: Settings, option: str) -> None:
    if settings.contacts.export != "values":
        raise BadSettings(f'{option}: not permitted here; expected export = "values" under [contacts] in the settings')


@click.command()
@click.argument("ad", metavar="[AD]", required=False)
@click.option("--output", metavar="F.wacz", type=FILE, help="The extract to write.")
@click.option("--batch", metavar="FOLDER", type=FOLDER, help="Take the ad as this batch saw it, without a database.")
@click.option("--overwrite", is_flag=True, help="Replace a file of that name.")
@click.option("--verify", metavar="F.wacz", type=FILE, help="Check an extract instead of writing one.")
@database
@as_json
def evidence(
    settings: Settings, *, ad: str | None, output: Path | None, batch: Path | None, overwrite: bool, verify: Path | None
) -> None:
    """Write a verifiable extract of the pages that showed one ad, as a WACZ file that stock tools accept.

    AD is an ad's id in the database, or in --batch FOLDER. Every version that is known of it is in the extract, with
    how its page was asked for. A record that was changed since it was written is refused and named.
    """
    if verify is not None:
        if ad is not None or output is not None or batch is not None:
            raise click.UsageError("expected --verify F.wacz alone, found AD, --output or --batch beside it")
        checked = check_extract(verify)
        whole = f"{verify}: whole and unchanged since {checked.created}: ad {checked.ad_id}"
        say(asdict(checked), [f"{whole}, {checked.versions} versions, {checked.records} records"])
        return
    if ad is None or output is None:
        raise click.UsageError("expected AD and --output F.wacz, or --verify F.wacz")
    check_output(output, settings.database)
    if batch:
        seen = find_in_batch(ad, batch)
    else:
        with open_store(settings.database) as store:
            seen = seen_in_store(store.ads, ad, batches=settings.batches)
            store.audit.record("exported", f"ad {ad}"[:200], by=None, at=now(), format="wacz", contacts=True)
    proofs = list(map(gather_proof, seen))
    records = write_extract(output, proofs, now=now(), overwrite=overwrite)
    say(
        {"ad_id": ad, "output": str(output), "versions": len(proofs), "records": records},
        [f"{output}: ad {ad}, versions: {len(proofs)}, records: {records}"],
    )


@click.command()
@click.option("--month", metavar="YYYY-MM", type=click.DateTime(["%Y-%m"]), help="The last whole month unless given.")
@click.option("--language", type=click.Choice(["en", "vi", "id"]), default="en", show_default=True)
@click.option("--output", metavar="FILE", required=True, help="Ends in .html or .md; - is Markdown on standard output.")
@database
def brief(settings: Settings, *, month: datetime | None, language: str, output: str) -> None:
    """Write what a month's confirmed lures promise, for which work, where to and in which words, for people who warn.

    From confirmed cases alone; no personal data, nothing that an advertiser wrote of themselves, and nothing that fewer
    than five cases have in common. 1 when too few cases are confirmed to tell anything.
    """
    from pipeline.web.views.brief import FORMATS, as_file, write_brief

    check_output(output, settings.database)
    ending = "md" if output in STANDARD_OUTPUT else output.rpartition(".")[2]
    if ending not in FORMATS:
        raise click.BadParameter(f"expected a name that ends in .html or .md, found {output!r}", param_hint="--output")
    asked = f"{month:%Y-%m}" if month else month_before(f"{now():%Y-%m}")
    indicators = load_taxonomy(settings.taxonomy).indicators
    with open_store(settings.database) as store:
        kinds = read_source_kinds(settings.sources)
        found = read_brief(store.statistics, asked, indicators=indicators, source_kinds=kinds)
        store.audit.record("exported", f"brief {asked}", by=None, at=now(), language=language, ending=ending)
    write_whole(output, as_file(write_brief(found, language, indicators=indicators), ending))
    click.echo(f"brief of {asked}: {found.counts.confirmed} confirmed cases", err=output in STANDARD_OUTPUT)
    leave(0 if found.is_publishable else 1)


@click.group()
def contacts() -> None:
    """What the store knows of the contacts in ads."""


@contacts.command("export")
@OUTPUT
@click.option(
    "--with-values", is_flag=True, help='The contacts themselves too; needs export = "values" in the settings.'
)
@database
def export_contacts(settings: Settings, *, output: str, with_values: bool) -> None:
    """Write each contact's hash, kind and reach. The contact itself only where it is asked for and permitted."""
    if with_values:
        _check_permitted(settings, "--with-values")
    check_output(output, settings.database)
    with open_store(settings.database) as store:
        cards, vault = store.contacts.all(), store.vault if with_values else None
        store.audit.record("exported", "contacts", by=None, at=now(), number=len(cards), contacts=with_values)
        count = write_contacts(cards, output, vault)
    click.echo(f"{count} contacts{'' if with_values else ', by their hashes'}, into {output}", err=True)


@contacts.command("discard")
@on_record
@database
def discard_contacts(settings: Settings, *, by: str, reason: str) -> None:
    """Give up the contacts that were sealed with a contacts.key that is lost for good.

    Texts, cases and decisions stay. What the texts show is read and sealed anew; the next night links it. Refused where
    the key beside the database opens them.
    """
    with open_store(settings.database) as store:
        try:
            store.check_key()
        except StoreError:
            with store.atomic():
                count = store.contacts.discard_sealed()
                store.audit.record(
                    "discarded_contacts", f"{count} texts", by=None, at=now(), asked_by=by, reason=reason
                )
        else:
            raise click.UsageError(f"{settings.keys[0]} opens the contacts of this database; nothing was discarded")
    click.echo(f"{count} texts: contacts were read anew; the next `lurewatch nightly` links them", err=True)


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8601, show_default=True, help="The port to listen on; 0 for any."
)
@database
def explore(settings: Settings, *, port: int) -> None:
    """Serve what is open of the store in Datasette, on this machine alone, until stopped.

    No contacts, names, accounts, notes or audit log are in it; texts have their contacts hidden. It reads a copy that
    is made at the start and removed at the end. Needs the extra "explore".
    """
    try:
        from pipeline.exports.explorer import make_explorer, serve
    except ImportError as err:
        raise NotInstalled(
            "datasette: not installed; expected the extra that explores: pip install 'lurewatch[explore]'"
        ) from err
    with open_store(settings.database) as store:
        store.audit.record("exported", "explorer", by=None, at=now())
    door = socket.create_server(("127.0.0.1", port))  # whoever comes before the explorer is ready waits
    with door, tempfile.TemporaryDirectory(prefix="lurewatch-explore-") as folder:
        copy = Path(folder) / "open.db"
        rows = copy_open_parts(settings.database, copy)
        click.echo(f"{rows} rows at http://127.0.0.1:{door.getsockname()[1]}/ (Ctrl-C stops)")
        serve(make_explorer(copy, settings.database), door)
