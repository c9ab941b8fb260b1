"""Evidence for those who act on an ad: ``evidence``."""

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

__all__ = ["evidence"]

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
    from crawler.evidence import find_in_batch, gather_proof
    from crawler.settings import SOFTWARE
    from crawler.wacz import write_extract
    from pipeline.evidence import find_in_store

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
    from crawler.wacz_check import check_extract

    checked = check_extract(path)
    if as_json:
        say_json(asdict(checked))
    else:
        click.echo(
            f"{path}: whole and unchanged since {checked.created}: ad {checked.ad_id}, {checked.versions} versions, "
            f"{checked.records} records"
        )
