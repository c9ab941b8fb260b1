"""Explanation of one ad's assessment, for a terminal and as a record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from crawler.ad import JobAd
from model.assessment import Assessment, Evidence
from pipeline.settings.console import harmless, in_one_line

if TYPE_CHECKING:
    from model.taxonomy.records import Taxonomy


STRONG, MITIGATING, MARKED = "bold red", "green", "black on yellow"
WORDS_SHOWN = 8
CLOSING = "This speaks of an offer, never of a person, and says that nothing is proven."


Judged = Literal["confirmed", "rejected", "disputed", "not_judged"]
"""What the people who decided said of an indicator; ``disputed`` where they differ and nobody has settled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One indicator that the ad shows, with all of its evidence and what the taxonomy says of it."""

    indicator: str
    title: str
    """The key again, where the taxonomy in use no longer has the indicator; then all that follows is empty."""

    strength: str = ""
    polarity: str = ""
    quotes: tuple[Evidence, ...]
    why: str = ""
    caution: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    """Title and address of each."""

    judged: Judged = "not_judged"

    @property
    def words(self) -> tuple[str, ...]:
        """What is quoted, each once."""
        return tuple(dict.fromkeys(piece.quote for piece in self.quotes if piece.quote))


def findings_of(assessment: Assessment, taxonomy: "Taxonomy") -> Iterator[Finding]:
    """The indicators of an assessment, in reading order."""
    for key in dict.fromkeys(piece.indicator for piece in assessment.evidence):
        quotes = tuple(piece for piece in assessment.evidence if piece.indicator == key)
        known = taxonomy.indicators.get(key)
        if known is None:
            yield Finding(indicator=key, title=key, quotes=quotes)
            continue
        cited = (taxonomy.sources[name] for name in known.cite)
        yield Finding(
            indicator=key, title=known.title, quotes=quotes, strength=known.strength, polarity=known.polarity,
            why=known.why, caution=known.caveats, sources=tuple((each.title, each.url) for each in cited),
        )  # fmt: skip


def findings_record(assessment: Assessment, taxonomy: "Taxonomy") -> list[dict[str, Any]]:
    plain, quoted = ("indicator", "title", "strength", "polarity", "why", "caution"), ("field", "start", "end", "quote")
    return [
        {name: getattr(each, name) for name in plain}
        | {"quotes": [{name: getattr(piece, name) for name in quoted} for piece in each.quotes]}
        | {"sources": [{"title": title, "url": url} for title, url in each.sources]}
        for each in findings_of(assessment, taxonomy)
    ]


def show_ad(
    ad: JobAd, assessment: Assessment, taxonomy: "Taxonomy", console: Console | None = None, *, band: str | None = None
) -> None:
    """Print all that the model says of the ad. Colours come only where the terminal has them."""
    out = console or Console(soft_wrap=False, highlight=False)
    kinds = ", ".join(f"{kind} {share:.2f}" for kind, share in assessment.kinds.items())
    out.print(
        Text.assemble(
            (f"score {assessment.score:.2f}" + (f" ({band})" if band else ""), "bold"),
            f"  how likely a reviewer is to act on this ad ({kinds})\nad {in_one_line(assessment.ad_id)}, "
            f"model {assessment.model_version}, taxonomy {assessment.taxonomy_version}",
        )
    )
    for field in ("title", "description"):
        if words := getattr(ad, field):
            text = Text(harmless(words))  # never read as markup
            for piece in assessment.evidence:
                if piece.field == field:
                    text.stylize(MARKED, piece.start, piece.end)
            out.print(Padding(text, (1, 0, 0, 2)))
    out.print()
    if assessment.rule:
        out.print(Text(f"Rule met: {assessment.rule.title}", style="bold"))
        out.print(Padding(Text(assessment.rule.source, style="dim"), (0, 0, 1, 2)))
    out.print(Text("Evidence", style="bold") if assessment.evidence else "No indicator was found in the text.\n")
    for finding in findings_of(assessment, taxonomy):
        out.print(Padding(_reason(finding), (0, 0, 1, 2)))
    if assessment.contributions:
        out.print(Text("What moved the score (log-odds)", style="bold"))
        for each in assessment.contributions[:WORDS_SHOWN]:
            out.print(Text(f"  {each.value:+.2f}  {in_one_line(each.name)}"))
        if rest := assessment.contributions[WORDS_SHOWN:]:
            out.print(Text(f"  {sum(each.value for each in rest):+.2f}  {len(rest)} more"))
        out.print()
    out.print(Text(CLOSING, style="dim"))


def show_licences(lines: Iterable[str], console: Console | None = None) -> None:
    """Print what the registers of licensed agencies say of the ad."""
    out = console or Console(soft_wrap=False, highlight=False)
    out.print(Text("\nLicence look-up", style="bold"))
    for line in lines:
        out.print(Padding(Text(harmless(line.strip())), (0, 0, 0, 4 if line.startswith(" ") else 2)))


def _reason(finding: Finding) -> Text:
    quotes = (
        " / ".join(f"“{in_one_line(each)}”" for each in finding.words)
        or "(read from the ad's fields, not from its words)"
    )
    if not finding.polarity:  # no longer in the taxonomy
        return Text(f"{finding.title}\n{quotes}")
    style = MITIGATING if finding.polarity == "mitigating" else STRONG if finding.strength == "strong" else "bold"
    weight = "context" if finding.polarity == "context" else finding.strength
    cited = "; ".join(f"{title} <{url}>" for title, url in finding.sources)
    return Text.assemble(
        (finding.title, style),
        f" ({weight})\n{quotes}\n{finding.why}\n",
        f"Caution: {finding.caution}\n" if finding.caution else "",
        (f"Source: {cited}", "dim"),
    )
