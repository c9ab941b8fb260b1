"""One ad: ``check``, ``explain``."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.ad import JobAd
from crawler.batch.ad_json import BadField, ad_from_record
from crawler.batch.ads_file import OUTSIDE_SOURCE
from crawler.errors import BadAdsFile
from crawler.files import open_bytes
from model.ad_facts import AdFacts
from model.assessment import assessment_to_record
from pipeline.commands.options import MODEL, as_json, database, is_json, now, open_store, reports, say
from pipeline.errors import UnknownAd
from pipeline.licences.results import lookup_lines
from pipeline.nightly.triage import band_of
from pipeline.review.explain import show_ad, show_licences
from pipeline.review.model_in_service import EDITED, load_assessor
from pipeline.settings.records import Settings
from pipeline.web.checker import Checker, check_record, open_registers

if TYPE_CHECKING:
    from model.assessor import Assessor


@click.command()
@click.argument("text", metavar="TEXT")
@MODEL
@reports
def check(settings: Settings, text: str, model: Path | None) -> None:
    """Read one pasted text and say what was found: marked text, reasons with their cautions, sources.

    TEXT is the text itself, in quotes; - is standard input.
    """
    checker = Checker(settings, model)
    (checked,) = checker.check([_ad_of(_text_of("-") if text == "-" else text, "TEXT", now())], at=now())
    if is_json():
        say(check_record(checked, checker.assessor))
        return
    show_ad(checked.ad, checked.assessment, checker.assessor.taxonomy, band=band_of(checked.assessment.score))
    if checked.licences:
        show_licences(lookup_lines(checked.licences, on=now().date()))
    reaches = "reaches" if checked.reaches_queue else "does not reach"
    click.echo(
        f"Such an ad {reaches} the queue of this installation: by score from {checked.threshold:.2f}, or by a rule."
    )
    _note_edits(checker.assessor)


@click.command()
@click.argument("ad", metavar="AD")
@MODEL
@database
@as_json
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
    index = open_registers(settings, assessor.taxonomy)
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
