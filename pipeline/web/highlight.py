"""Where evidence lies in a text, as segments for a template to mark. Pure: no markup is made here."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from model.assessment import Evidence

__all__ = ["Segment", "segments"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of text and the indicators that all of it shows."""

    text: str
    indicators: tuple[str, ...] = ()
    """Taxonomy keys; empty for plain text."""


def segments(text: str, evidence: Iterable[Evidence]) -> tuple[Segment, ...]:
    """The whole text in order, cut wherever evidence begins or ends; joined, the segments are the text again.

    Overlapping evidence is kept: a segment names every indicator that covers it.
    """
    spans = [each for each in evidence if 0 <= each.start < each.end <= len(text)]
    cuts = sorted({0, len(text)} | {each.start for each in spans} | {each.end for each in spans})
    return tuple(
        Segment(text=text[start:end], indicators=_covering(spans, start, end)) for start, end in pairwise(cuts)
    )


def _covering(spans: list[Evidence], start: int, end: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.indicator for each in spans if each.start <= start and end <= each.end))
