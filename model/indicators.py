"""Indicators found in ads: a reader of many ads, and the same as spaCy components.

A cheap pass over every ad decides which deserve the full reading: those where all the words of some pattern stand
somewhere. Researchers can load the reading into a pipeline and inspect or extend it with spaCy's own tools:

    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
    nlp.add_pipe("lurewatch_indicators", config={"folder": "data/taxonomy"})
    nlp.add_pipe("lurewatch_negation", config={"folder": "data/taxonomy"})
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from crawler.ad import JobAd
from model.assessment import Evidence
from model.negation import CueFinder
from model.spotting import Glance, Spotter, Wanted
from model.taxonomy import Taxonomy, load_taxonomy
from model.text import Folded, views
from model.words import Words

__all__ = ["DENIED", "SHOWN", "EvidenceReader", "Finder", "IndicatorFinder", "NegationFilter", "Shown", "Words"]

SHOWN: Final = "indicators"
"""Key in ``doc.spans``: what the text shows; a span's label is the indicator, its ``id_`` the pattern's language."""

DENIED: Final = "denied"
"""Key in ``doc.spans``: what looked like an indicator and is denied, or said of others."""

_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_READ: Final = 200_000
"""Characters looked at, many times those of the longest ad: no text, however long, holds up the others."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a text that seems to show an indicator."""

    start: int
    end: int
    indicator: str
    language: str
    """The language of the pattern, which may not be the text's."""


@dataclass(frozen=True, slots=True)
class _View:
    folded: Folded
    glance: Glance


class Finder:
    """Finds and weighs indicators in plain texts; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._cues = CueFinder(taxonomy)
        wanted = (
            Wanted(key, language, sequence)
            for key, indicator in taxonomy.indicators.items()
            for language, signs in indicator.languages.items()
            for pattern in signs.patterns
            for sequence in pattern.sequences
        )
        self._spotter = Spotter(wanted, {language: one.words for language, one in taxonomy.negation.items()})

    def may_show(self, text: str) -> bool:
        """The cheap pass alone: False where the full reading would find nothing."""
        return any(view.glance.candidates for view in self._glances(text))

    def find(self, text: str) -> list[Shown]:
        """Each indicator the text seems to show, in reading order; pieces may overlap."""
        return self._find(self._glances(text))

    def weigh(self, text: str, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        """What holds of it, the longest of overlapping pieces of an indicator; and what is denied or said of others."""
        if not shown:
            return [], []
        return self._weigh(list(views(text[:_READ]))[-1], shown)

    def read(self, text: str) -> list[Shown]:
        """What the text shows and does not deny."""
        glances = self._glances(text)
        shown = self._find(glances)
        return self._weigh(glances[-1].folded, shown)[0] if shown else []

    def _glances(self, text: str) -> list[_View]:
        return [_View(folded, self._spotter.glance(folded)) for folded in views(text[:_READ])]

    def _find(self, glances: list[_View]) -> list[Shown]:
        spans: dict[tuple[int, int, str], str] = {}
        for view in glances:
            for wanted, occurrences in self._spotter.matches(view.folded, view.glance):
                for start, end in occurrences:
                    spans.setdefault((*view.folded.span(start, end), wanted.name), wanted.language)
        return [Shown(*where, language) for where, language in sorted(spans.items())]

    def _weigh(self, folded: Folded, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        cues = self._cues.find(folded)
        denied = {one for one in shown if cues.deny(one.indicator, one.language, one.start, one.end)}
        return _apart(one for one in shown if one not in denied), [one for one in shown if one in denied]


class IndicatorFinder:
    """A spaCy component that puts each indicator the text seems to show into ``doc.spans["indicators"]``."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def __call__(self, doc: Doc) -> Doc:
        _put(doc, SHOWN, self._finder.find(doc.text))
        return doc


class NegationFilter:
    """A spaCy component that moves denied spans from ``doc.spans["indicators"]`` to ``doc.spans["denied"]``, and of
    overlapping spans of one indicator keeps the longest."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def __call__(self, doc: Doc) -> Doc:
        shown = [Shown(s.start_char, s.end_char, s.label_, s.id_) for s in doc.spans.get(SHOWN, ())]
        holds, denied = self._finder.weigh(doc.text, shown)
        _put(doc, SHOWN, holds)
        _put(doc, DENIED, denied)
        return doc


@Language.factory("lurewatch_indicators", default_config={"folder": "data/taxonomy"})
def _make_finder(nlp: Language, name: str, folder: str) -> IndicatorFinder:
    return IndicatorFinder(Finder(load_taxonomy(Path(folder))))


@Language.factory("lurewatch_negation", default_config={"folder": "data/taxonomy"})
def _make_filter(nlp: Language, name: str, folder: str) -> NegationFilter:
    return NegationFilter(Finder(load_taxonomy(Path(folder))))


class EvidenceReader:
    """Reads ads and gives the evidence of each, in order. It makes no ``Doc``: that would take most of the time."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = Finder(taxonomy)

    def read(self, ads: Iterable[JobAd]) -> Iterator[tuple[Evidence, ...]]:
        """Evidence of each ad in turn, in reading order: title, then description, then by start."""
        return (tuple(self._read_ad(ad)) for ad in ads)

    def may_show(self, ad: JobAd) -> bool:
        """The cheap pass alone: whether the ad deserves the full reading."""
        return self._finder.may_show(_whole(ad))

    def _read_ad(self, ad: JobAd) -> Iterator[Evidence]:
        text, begins = _whole(ad), len(ad.title) + 1
        for one in self._finder.read(text):
            field, shift = ("title", 0) if one.start < begins else ("description", begins)
            yield Evidence(
                indicator=one.indicator,
                field=field,
                start=one.start - shift,
                end=one.end - shift,
                quote=text[one.start : one.end],
            )


def _whole(ad: JobAd) -> str:
    """Both texts read at once, which costs less; no pattern crosses the end of a line."""
    return f"{ad.title}\n{ad.description}"


def _put(doc: Doc, key: str, shown: Iterable[Shown]) -> None:
    """As spans of whole tokens."""
    spans = (
        doc.char_span(one.start, one.end, label=one.indicator, alignment_mode="expand", span_id=one.language)
        for one in shown
    )
    doc.spans[key] = [span for span in spans if span]


def _apart(shown: Iterable[Shown]) -> list[Shown]:
    kept: dict[str, list[Shown]] = {}
    for one in sorted(shown, key=lambda one: (one.start - one.end, one.start)):
        mine = kept.setdefault(one.indicator, [])
        if len(mine) < _MOST and all(one.end <= other.start or one.start >= other.end for other in mine):
            mine.append(one)
    return sorted((one for mine in kept.values() for one in mine), key=lambda one: (one.start, one.end, one.indicator))
