"""Reading of ads: ``score``, ``check``, ``explain``, ``campaigns``, ``clusters``."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.ad import JobAd
from crawler.batch.ad_json import BadField, ad_from_record
from crawler.batch.ads_file import OUTSIDE_SOURCE
from crawler.errors import BadAdsFile
from crawler.files import open_bytes
from crawler.processes import usable_cores
from model.ad_facts import AdFacts
from model.assessment import assessment_to_record
from model.taxonomy.loader import load_taxonomy
from pipeline.commands.options import (
    CLUSTER,
    MODEL,
    AdsFile,
    FiniteRange,
    ads_file,
    as_json,
    database,
    is_json,
    leave,
    now,
    obj,
    open_store,
    run_on_cluster,
    say,
)
from pipeline.errors import UnknownAd
from pipeline.licences.lookup import open_index
from pipeline.licences.results import lookup_lines
from pipeline.linking.campaigns import PASSAGE_LEVEL, THRESHOLD, write_campaigns, write_clusters
from pipeline.nightly.triage import band_of
from pipeline.review.explain import show_ad, show_licences
from pipeline.review.model_in_service import EDITED, load_assessor, score_ads
from pipeline.settings.console import progress
from pipeline.settings.records import Settings
from pipeline.web.checker import Checker, check_record

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["campaigns", "check", "clusters", "explain", "score"]


@click.command()
@ads_file
@MODEL
@click.option("--workers", metavar="N", type=click.IntRange(1, 256), help="Cores that read ads; all unless set.")
@CLUSTER
@as_json
@obj
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
    say(record, lines, err=ads.output == "-")  # it must not stand among assessments


@click.command()
@click.argument("text", metavar="TEXT")
@MODEL
@as_json
@obj
def check(settings: Settings, text: str, model: Path | None) -> None:
    """Read one pasted text and say what was found: marked text, reasons with their cautions, sources.

    TEXT is the text itself, in quotes; - is standard input.
    """
    checker = Checker(settings, model)
    (checked,) = checker.check([_ad_of(_text_of("-") if text == "-" else text, "TEXT", now())], at=now())
    if is_json():
        say(check_record(checked, checker.assessor))
        return
    show_ad(checked.ad, checked.assessment, checker.assessor.taxonomy, band=checked.band)
    if checked.licences:
        show_licences(lookup_lines(checked.licences, on=now().date()))
    reaches = "reaches" if checked.reaches_queue else "does not reach"
    click.echo(
        f"Such an ad {reaches} the queue of this installation: by score from {checked.threshold:.2f}, or by a rule."
    )
    _note_edits(checker.assessor)


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
    say({**asdict(found), "output": ads.output}, [counts], err=ads.output == "-")


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
    say(record, [f"{counts}, into {ads.output}"], err=ads.output == "-")
    if not is_json():
        for doubt in found.doubts:
            click.echo(f"note: {doubt}", err=True)


@click.command()
@click.argument("ad", metavar="AD")
@MODEL
@database
@as_json
@obj
def explain(settings: Settings, ad: str, model: Path | None) -> None:
    """Show what the model says of one ad, and why: marked text, reasons, sources.

    AD is an ad's id in the database, a file with one ad as a JSON object or as plain text, or - for standard input.
    """
    known: dict[str, AdFacts] = {}
    if ad == "-" or Path(ad).is_file():
        found = _ad_of(_text_of(ad), "standard input" if ad == "-" else ad, now())
    elif settings.database.is_file():
        from pipeline.review.decisions import facts_of

        with open_store(settings.database) as store:
            found, known = store.ads.get(ad), {ad: facts_of(store, ad, at=now())}
    else:
        raise UnknownAd(f"{ad!r} is not a file, and there is no database at {settings.database} to look it up in")
    assessor = load_assessor(settings, model)
    (assessment,) = assessor.assess([found], assessed_at=now(), in_full=True, facts=known)
    if is_json():
        say(assessment_to_record(assessment))
        return
    show_ad(found, assessment, assessor.taxonomy, band=band_of(assessment.score))
    _note_edits(assessor)
    free_mail = assessor.taxonomy.countries.free_mail
    index = open_index(settings.imported_registers, settings.registers, free_mail=free_mail)
    for lookup in index.look_up([found], now=now()) if index else ():
        show_licences(lookup_lines(lookup, on=now().date()))


def _note_edits(assessor: "Assessor") -> None:
    if assessor.is_taxonomy_edited:
        click.echo(f"taxonomy {assessor.taxonomy_version}: {EDITED}")


def _text_of(path: str) -> str:
    with open_bytes(path) as file:
        content = file.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        name = "standard input" if path == "-" else path
        raise BadAdsFile(f"{name}: not UTF-8 (byte {err.start + 1})") from err


def _ad_of(text: str, name: str, at: datetime) -> JobAd:
    """The ad that a JSON object is, or one with the whole text as its description."""
    record: dict[str, object] = {"description": text.strip()}
    if text.lstrip().startswith("{") and name != "TEXT":
        try:
            record = dict(json.loads(text))
        except ValueError as err:
            raise BadAdsFile(f"{name}: expected one ad as a JSON object, or plain text ({err})") from err
    try:
        return ad_from_record(record, source=OUTSIDE_SOURCE, seen_at=at)
    except BadField as err:
        raise BadAdsFile(f"{name}: {err}") from err
