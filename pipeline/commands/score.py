"""Reading ads without a database: ``score`` a file, find its ``campaigns`` and ``clusters``, ``explain`` one ad."""

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.commands.options import FiniteRange, as_json, database, database_of, now, obj
from pipeline.settings.console import progress, say_json
from pipeline.settings.records import Settings

__all__ = ["campaigns", "clusters", "explain", "score"]

MODEL = click.option(
    "--model",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="A model's folder; the model in service unless given.",
)

ads_file = click.argument("source", metavar="INPUT")
ignore_unknown = click.option("--ignore-unknown", is_flag=True, help="Pass over fields that an ad does not have.")


@click.command()
@ads_file
@click.option("--output", metavar="OUTPUT", required=True, help="The scored file; - is standard output.")
@MODEL
@click.option("--workers", metavar="N", type=click.IntRange(1, 256), help="Cores that read ads; all unless set.")
@ignore_unknown
@as_json
@obj
def score(
    settings: Settings,
    *,
    source: str,
    output: str,
    model: Path | None,
    workers: int | None,
    ignore_unknown: bool,
    as_json: bool,
) -> None:
    """Score an ads file: one assessment a line, in the order of the input.

    INPUT is JSON Lines or CSV, .gz or not; - is standard input. Only title and/or description need be there. OUTPUT is
    there whole or not at all.
    """
    from crawler.batch.ads_file import read_ads
    from pipeline.review.current_model import EDITED
    from pipeline.review.scored_file import score_ads, usable_cores

    started = now()
    with progress("ads scored") as advance:
        scored = score_ads(
            read_ads(source, seen_at=started, ignore_unknown=ignore_unknown),
            output,
            places=(model or settings.model_folder(), settings.taxonomy),
            workers=workers or settings.score.workers or usable_cores(),
            now=started,
            progress=advance,
        )
    # What follows must not stand among assessments on standard output.
    to_error = output == "-"
    if as_json:
        say_json(
            {"ads": scored.ads, "output": output, "model_version": scored.by.model,
             "taxonomy_version": scored.by.taxonomy, "taxonomy_edited": scored.by.is_taxonomy_edited},
            err=to_error,
        )  # fmt: skip
    else:
        click.echo(f"scored {scored.ads} ads with model {scored.by.model} into {output}", err=to_error)
        if scored.by.is_taxonomy_edited:
            click.echo(f"taxonomy {scored.by.taxonomy}: {EDITED}", err=to_error)


@click.command()
@ads_file
@click.option("--output", metavar="OUTPUT", required=True, help="The campaigns file; - is standard output.")
@click.option(
    "--threshold",
    metavar="X",
    type=FiniteRange(0.3, 1.0),
    help="How alike two texts must be, 0.3 to 1; docs/reference/other-files.md says what is set.",
)
@ignore_unknown
@as_json
@obj
def campaigns(
    _settings: Settings, *, source: str, output: str, threshold: float | None, ignore_unknown: bool, as_json: bool
) -> None:
    """Find ads that say the same under other names, towns and numbers: one line an ad, in the order of the input.

    INPUT is JSON Lines or CSV, .gz or not; - is standard input. OUTPUT is there whole or not at all.
    """
    from crawler.batch.ads_file import read_ads
    from pipeline.linking.campaigns import THRESHOLD
    from pipeline.linking.files import write_campaigns

    ads = read_ads(source, seen_at=now(), ignore_unknown=ignore_unknown)
    with progress("ads compared") as advance:
        found = write_campaigns(ads, output, threshold=threshold or THRESHOLD, progress=advance)
    to_error = output == "-"
    if as_json:
        counts = {"ads": found.ads, "campaigns": found.campaigns, "copied": found.copied, "output": output}
        say_json(counts, err=to_error)
    else:
        said = f"{found.ads} ads in {found.campaigns} campaigns, {found.copied} of several ads, into {output}"
        click.echo(said, err=to_error)


@click.command()
@ads_file
@click.option("--output", metavar="OUTPUT", required=True, help="The clusters file; - is standard output.")
@click.option(
    "--level",
    metavar="X",
    type=FiniteRange(0.05, 1.0),
    help="How much of two texts must agree, 0.05 to 1; docs/reference/other-files.md says what is set.",
)
@ignore_unknown
@as_json
@obj
def clusters(
    _settings: Settings, *, source: str, output: str, level: float | None, ignore_unknown: bool, as_json: bool
) -> None:
    """Find ads that share long passages, such as an employer's paragraph: one line an ad, in the order of the input.

    Wider than campaigns, and for study: such ads may offer different jobs. For up to 100,000 ads. INPUT is JSON Lines
    or CSV, .gz or not; - is standard input. OUTPUT is there whole or not at all.
    """
    from crawler.batch.ads_file import read_ads
    from pipeline.linking.files import PASSAGE_LEVEL, write_clusters

    ads = read_ads(source, seen_at=now(), ignore_unknown=ignore_unknown)
    with progress("ads read") as advance:
        found = write_clusters(ads, output, level=level or PASSAGE_LEVEL, progress=advance)
    to_error = output == "-"
    if as_json:
        say_json({**asdict(found), "doubts": found.doubts, "output": output}, err=to_error)
        return
    said = (
        f"{found.ads} ads in {found.clusters} clusters, {found.shared} of several ads, the largest of {found.largest}"
    )
    click.echo(f"{said}, into {output}", err=to_error)
    for doubt in found.doubts:
        click.echo(f"note: {doubt}", err=True)


@click.command()
@click.argument("ad", metavar="AD")
@MODEL
@database
@as_json
@obj
def explain(settings: Settings, ad: str, model: Path | None, database: Path | None, as_json: bool) -> None:
    """Show what the model says of one ad, and why: marked text, reasons, sources.

    AD is an ad's id in the database, a file with one ad as a JSON object or as plain text, or - for standard input.
    """
    from pipeline.review.current_model import EDITED, load_assessor
    from pipeline.review.explain import find_ad
    from pipeline.store.ads.assessment_json import assessment_to_record

    found, facts = find_ad(ad, database=database_of(settings, database), now=now())
    assessor = load_assessor(settings, model)
    known = {found.ad_id: facts} if facts else {}
    (assessment,) = assessor.assess([found], assessed_at=now(), in_full=True, facts=known)
    if as_json:
        say_json(assessment_to_record(assessment))
        return
    from pipeline.licences.wording import lookup_lines
    from pipeline.nightly.licences import open_desk
    from pipeline.review.explain import show_ad, show_licences

    show_ad(found, assessment, assessor.taxonomy)
    if assessor.is_taxonomy_edited:
        click.echo(f"taxonomy {assessor.taxonomy_version}: {EDITED}")
    desk = open_desk(
        settings.kept_registers, settings.registers, free_mail=assessor.taxonomy.countries.free_mail
    )  # fmt: skip
    for lookup in desk.look_up([found], now=now()) if desk else ():
        show_licences(lookup_lines(lookup, on=now().date()))
