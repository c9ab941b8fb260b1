"""One ad's assessment for a person at a terminal: marked text, reasons, what each rests on.

Finds the one ad that somebody asks about: in the database, in a file, or on standard input.

Text that others wrote, made harmless for a terminal. Pure.

A terminal obeys control characters: an ad could clear the screen, write over what stands there, set a window's
title, or have the rest of a line run from right to left. Each of them becomes one sign that can be seen, so that places
in the text stay where they are.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from crawler.ad import JobAd
from crawler.ad_json import BadField, ad_from_record
from crawler.batch.ads_file import OUTSIDE_SOURCE
from crawler.errors import BadAdsFile
from crawler.files import open_bytes
from model.ad_facts import AdFacts
from model.assessment import Assessment, Contribution, Evidence
from pipeline.errors import UnknownAd
from pipeline.review.ad_facts import facts_of
from pipeline.review.terminal_text import harmless, in_one_line
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.taxonomy.loader import Indicator, Taxonomy

__all__ = ["find_ad", "marked_text", "show_ad", "show_licences"]


STRONG, MITIGATING, MARKED = "bold red", "green", "black on yellow"
WORDS_SHOWN = 8


def show_ad(ad: JobAd, assessment: Assessment, taxonomy: "Taxonomy", console: Console | None = None) -> None:
    """Print all that the model says of the ad. Colours come only where the terminal has them."""
    out = console or Console(soft_wrap=False, highlight=False)
    out.print(_heading(assessment))
    for field in ("title", "description"):
        if getattr(ad, field):
            out.print(Padding(marked_text(ad, field, assessment.evidence), (1, 0, 0, 2)))
    out.print()
    _show_rule(out, assessment)
    _show_reasons(out, assessment, taxonomy)
    _show_words(out, assessment.contributions)
    out.print(Text("This speaks of an offer, never of a person, and says that nothing is proven.", style="dim"))


def show_licences(lines: Iterable[str], console: Console | None = None) -> None:
    """Print what the registers of licensed agencies say of the ad."""
    out = console or Console(soft_wrap=False, highlight=False)
    out.print(Text("\nLicence look-up", style="bold"))
    for line in lines:
        out.print(Padding(Text(harmless(line.strip())), (0, 0, 0, 4 if line.startswith(" ") else 2)))


def marked_text(ad: JobAd, field: str, evidence: tuple[Evidence, ...]) -> Text:
    """The field's text with its evidence marked; the text itself is never read as markup."""
    text = Text(harmless(getattr(ad, field)))
    for piece in evidence:
        if piece.field == field:
            text.stylize(MARKED, piece.start, piece.end)
    return text


def _heading(assessment: Assessment) -> Text:
    kinds = ", ".join(f"{kind} {share:.2f}" for kind, share in assessment.kinds.items())
    return Text.assemble(
        (f"score {assessment.score:.2f}", "bold"),
        f"  how likely a reviewer is to act on this ad ({kinds})\n",
        f"ad {in_one_line(assessment.ad_id)}, model {assessment.model_version}, taxonomy {assessment.taxonomy_version}",
    )


def _show_rule(out: Console, assessment: Assessment) -> None:
    if assessment.rule is None:
        return
    out.print(Text(f"Rule met: {assessment.rule.title}", style="bold"))
    out.print(Padding(Text(assessment.rule.source, style="dim"), (0, 0, 1, 2)))


def _show_reasons(out: Console, assessment: Assessment, taxonomy: "Taxonomy") -> None:
    if not assessment.evidence:
        out.print("No indicator was found in the text.\n")
        return
    out.print(Text("Evidence", style="bold"))
    for key in dict.fromkeys(piece.indicator for piece in assessment.evidence):
        pieces = [piece for piece in assessment.evidence if piece.indicator == key]
        out.print(Padding(_reason(taxonomy.indicators.get(key), key, pieces, taxonomy), (0, 0, 1, 2)))


def _reason(indicator: "Indicator | None", key: str, pieces: list[Evidence], taxonomy: "Taxonomy") -> Text:
    said = dict.fromkeys(f"“{in_one_line(piece.quote)}”" for piece in pieces if piece.quote)
    quotes = " / ".join(said) or "(read from the ad's fields, not from its words)"
    if indicator is None:
        return Text(f"{key}\n{quotes}")
    style = MITIGATING if indicator.polarity == "mitigating" else STRONG if indicator.strength == "strong" else "bold"
    weight = "context" if indicator.polarity == "context" else indicator.strength
    cited = "; ".join(f"{taxonomy.sources[name].title} <{taxonomy.sources[name].url}>" for name in indicator.cite)
    return Text.assemble(
        (indicator.title, style), f" ({weight})\n{quotes}\n{indicator.why}\n", (f"Source: {cited}", "dim")
    )


def _show_words(out: Console, contributions: tuple[Contribution, ...]) -> None:
    if not contributions:
        return
    out.print(Text("What moved the score (log-odds)", style="bold"))
    for each in contributions[:WORDS_SHOWN]:
        out.print(Text(f"  {each.value:+.2f}  {in_one_line(each.name)}"))
    rest = contributions[WORDS_SHOWN:]
    if rest:
        out.print(Text(f"  {sum(each.value for each in rest):+.2f}  {len(rest)} more"))
    out.print()


def find_ad(asked: str, *, database: Path, now: datetime) -> tuple[JobAd, AdFacts | None]:
    """The ad in the file of that name, or the one with that id in the database, with what is known of it there."""
    if asked == "-" or Path(asked).is_file():
        return _from_file(asked, now), None
    if not database.is_file():
        raise UnknownAd(f"{asked!r} is not a file, and there is no database at {database} to look it up in")
    with Store.open(database) as store:
        return store.ads.get(asked), facts_of(store, asked, at=now)


def _from_file(path: str, now: datetime) -> JobAd:
    name = "standard input" if path == "-" else path
    with open_bytes(path) as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise BadAdsFile(f"{name}: not UTF-8 (byte {err.start + 1})") from err
    try:
        return ad_from_record(_record(text, name), source=OUTSIDE_SOURCE, seen_at=now)
    except BadField as err:
        raise BadAdsFile(f"{name}: {err}") from err


def _record(text: str, name: str) -> dict[str, object]:
    """The ad's fields: of a JSON object, or with the whole text as the description."""
    if not text.lstrip().startswith("{"):
        return {"description": text.strip()}
    try:
        record = json.loads(text)
    except ValueError as err:
        raise BadAdsFile(f"{name}: expected one ad as a JSON object, or plain text ({err})") from err
    return dict(record)
