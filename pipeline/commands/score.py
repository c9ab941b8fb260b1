"""Ads files: ``score``, ``campaigns``, ``clusters``."""

from dataclasses import asdict
from pathlib import Path

import click

from crawler.files import STANDARD_OUTPUT
from crawler.processes import usable_cores
from model.datasets.near_copies import PASSAGE_LEVEL
from model.taxonomy.loader import load_taxonomy
from pipeline.commands.options import (
    CLUSTER,
    MODEL,
    AdsFile,
    FiniteRange,
    ads_file,
    as_json,
    is_json,
    leave,
    now,
    reports,
    run_on_cluster,
    say,
)
from pipeline.linking.campaigns import THRESHOLD, write_campaigns, write_clusters
from pipeline.review.model_in_service import EDITED, score_ads
from pipeline.settings.console import progress
from pipeline.settings.records import Settings


@click.command()
@ads_file
@MODEL
@click.option("--workers", metavar="N", type=click.IntRange(1, 256), help="Cores that read ads; all unless set.")
@CLUSTER
@reports
def score(settings: Settings, *, ads: AdsFile, model: Path | None, workers: int | None, cluster: str | None) -> None:
    """Score an ads file: one assessment a line, in the order of the input.

    INPUT is JSON Lines, or a table (CSV) separated by commas, semicolons or tabs, .gz or not; - is standard input. Only
    title and/or description need be there. OUTPUT is there whole or not at all.
    """
    if cluster:
        if workers:
            raise click.UsageError("--workers and --cluster do not go with each other.")
        folder = model or settings.model_folder()
        report = run_on_cluster(
            cluster, ads, command="score", model=folder.resolve(), taxonomy=settings.taxonomy.resolve(),
            taxonomy_version=load_taxonomy(settings.taxonomy).version,
        )  # fmt: skip
        say(asdict(report), [f"scored {report.rows:,} ads with model {folder.name} into {ads.output}", *report.lines()])
        leave(1 if report.problems else 0)
    started = now()
    with progress("ads scored") as advance:
        count, by = score_ads(
            ads.read(seen_at=started),
            ads.output,
            places=(model or settings.model_folder(), settings.taxonomy),
            workers=workers or settings.score.workers or usable_cores(),
            now=started,
            progress=advance,
        )
    record = {
        "ads": count, "output": ads.output, "model_version": by.model, "taxonomy_version": by.taxonomy,
        "taxonomy_edited": by.is_taxonomy_edited,
    }  # fmt: skip
    lines = [f"scored {count} ads with model {by.model} into {ads.output}"]
    if by.is_taxonomy_edited:
        lines.append(f"taxonomy {by.taxonomy}: {EDITED}")
    say(record, lines, err=ads.output in STANDARD_OUTPUT)  # it must not stand among assessments


@click.command()
@ads_file
@click.option(
    "--threshold",
    metavar="X",
    type=FiniteRange(0.3, 1.0),
    help="How alike two texts must be, 0.3 to 1; docs/reference/other-files.md says what is set.",
)
@CLUSTER
@as_json
def campaigns(*, ads: AdsFile, threshold: float | None, cluster: str | None) -> None:
    """Find ads that say the same under other names, towns and numbers: one line an ad, in the order of the input.

    INPUT is JSON Lines or CSV, .gz or not; - is standard input. OUTPUT is there whole or not at all.
    """
    if cluster:  # signed by workers, joined here
        report = run_on_cluster(cluster, ads, command="campaigns")
        with progress("ads joined") as advance:
            found = report.join_signed(threshold=threshold or THRESHOLD, progress=advance)
    else:
        report = None
        with progress("ads compared") as advance:
            found = write_campaigns(
                ads.read(seen_at=now()), ads.output, threshold=threshold or THRESHOLD, progress=advance
            )
    counts = f"{found.ads:,} ads in {found.campaigns:,} campaigns, {found.copied:,} of several ads, into {ads.output}"
    if report:
        say({**asdict(report), **asdict(found)}, [counts, *report.lines()])
        leave(1 if report.problems else 0)
    say({**asdict(found), "output": ads.output}, [counts], err=ads.output in STANDARD_OUTPUT)


@click.command()
@ads_file
@click.option(
    "--level",
    metavar="X",
    type=FiniteRange(0.05, 1.0),
    help="How much of two texts must agree, 0.05 to 1; docs/reference/other-files.md says what is set.",
)
@as_json
def clusters(*, ads: AdsFile, level: float | None) -> None:
    """Find ads that share long passages, such as an employer's paragraph: one line an ad, in the order of the input.

    Wider than campaigns, and for study: such ads may offer different jobs. For up to 100,000 ads. INPUT is JSON Lines
    or CSV, .gz or not; - is standard input. OUTPUT is there whole or not at all.
    """
    given = ads.read(seen_at=now())
    with progress("ads read") as advance:
        found = write_clusters(given, ads.output, level=level or PASSAGE_LEVEL, progress=advance)
    counts = (
        f"{found.ads} ads in {found.clusters} clusters, {found.shared} of several ads, the largest of {found.largest}"
    )
    record = {**asdict(found), "doubts": found.doubts, "output": ads.output}
    say(record, [f"{counts}, into {ads.output}"], err=ads.output in STANDARD_OUTPUT)
    if not is_json():
        for doubt in found.doubts:
            click.echo(f"note: {doubt}", err=True)
