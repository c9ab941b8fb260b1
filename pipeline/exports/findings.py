"""The indicators that an ad shows, with what people said of each and where the claim comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crawler.ad import JobAd
from model.assessment import Assessment, Evidence
from model.taxonomy.loader import Taxonomy
from pipeline.exports.referral import Finding, Judged, Quote

__all__ = ["find_findings", "without_contacts"]


def find_findings(
    assessment: Assessment | None, judged: Mapping[str, Judged], taxonomy: Taxonomy
) -> tuple[Finding, ...]:
    """One finding an indicator, in reading order; none where the case was never assessed."""
    shown: dict[str, list[Evidence]] = {}
    for each in assessment.evidence if assessment else ():
        shown.setdefault(each.indicator, []).append(each)
    return tuple(_finding(key, found, judged.get(key, "not_judged"), taxonomy) for key, found in shown.items())


def without_contacts(finding: Finding, redacted: JobAd) -> Finding:
    """The finding with its quotes as the redacted ad reads."""
    return replace(finding, quotes=tuple(_requoted(each, redacted) for each in finding.quotes))


def _finding(key: str, found: Iterable[Evidence], judged: Judged, taxonomy: Taxonomy) -> Finding:
    """Where the taxonomy in use no longer has the indicator, its words are gone and its quotes are not."""
    quotes = tuple(Quote(field=one.field, start=one.start, end=one.end, text=one.quote) for one in found)
    indicator = taxonomy.indicators.get(key)
    if indicator is None:
        return Finding(
            indicator=key, title=key, why="", polarity="", strength="", judged=judged, quotes=quotes, sources=()
        )
    cited = (taxonomy.sources[name] for name in indicator.cite if name in taxonomy.sources)
    return Finding(
        indicator=key,
        title=indicator.title,
        why=indicator.why,
        polarity=indicator.polarity,
        strength=indicator.strength,
        judged=judged,
        quotes=quotes,
        sources=tuple((source.title, source.url) for source in cited),
    )


def _requoted(quote: Quote, redacted: JobAd) -> Quote:
    text = getattr(redacted, quote.field, None)
    return replace(quote, text=text[quote.start : quote.end] if isinstance(text, str) else "")
