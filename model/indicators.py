"""Indicators found in ads, as spaCy components and as a reader of many ads.

A cheap pass over every ad decides which deserve the full reading: those where all the words of some pattern stand
somewhere. The full reading is a spaCy pipeline over ``spacy.blank("xx")``; its components can be used on their own:

    nlp = spacy.blank("xx")
    nlp.tokenizer = Words(nlp.vocab)
    nlp.add_pipe("lurewatch_indicators", config={"folder": "data/taxonomy"})
    nlp.add_pipe("lurewatch_negation", config={"folder": "data/taxonomy"})
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from crawler.ad import JobAd
from model.assessment import Evidence
from model.negation import CueFinder
from model.spotting import Hits, Search, Spotter, Wanted
from model.taxonomy import Taxonomy, load_taxonomy
from model.text import Folded, views
from model.words import Words

__all__ = ["DENIED", "SHOWN", "EvidenceReader", "IndicatorFinder", "NegationFilter"]

FIELDS: Final = ("title", "description")
SHOWN: Final = "indicators"
"""Key in ``doc.spans``: what the text shows; a span's label is the indicator, its ``id_`` the pattern's language."""

DENIED: Final = "denied"
"""Key in ``doc.spans``: what looked like an indicator and is denied, or said of others."""

_READING: Final = "lurewatch_reading"
_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class _View:
    folded: Folded
    hits: Hits
    candidates: list[Search]


class IndicatorFinder:
    """A spaCy component that puts each indicator the text seems to show into ``doc.spans["indicators"]``."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._spotter = Spotter(
            Wanted(key, language, sequence)
            for key, indicator in taxonomy.indicators.items()
            for language, signs in indicator.languages.items()
            for pattern in signs.patterns
            for sequence in pattern.sequences
        )

    def glance(self, text: str) -> list[_View]:
        """The cheap pass: the views of a text in which some pattern has all its words; none, nothing to find."""
        found = []
        for folded in views(text):
            hits = self._spotter.hits(folded)
            if candidates := self._spotter.candidates(hits):
                found.append(_View(folded, hits, candidates))
        return found

    def __call__(self, doc: Doc) -> Doc:
        reading = doc.user_data.get(_READING)
        spans: dict[tuple[str, int, int], str] = {}
        for view in self.glance(doc.text) if reading is None else reading:
            for wanted, occurrences in self._spotter.matches(view.folded, view.hits, view.candidates):
                for start, end in occurrences:
                    spans.setdefault((wanted.name, *view.folded.span(start, end)), wanted.language)
        doc.spans[SHOWN] = [
            span
            for (key, start, end), language in sorted(spans.items())
            if (span := doc.char_span(start, end, label=key, alignment_mode="expand", span_id=language))
        ]
        return doc


class NegationFilter:
    """A spaCy component that moves denied spans from ``doc.spans["indicators"]`` to ``doc.spans["denied"]``, and of
    overlapping spans of one indicator keeps the longest."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = CueFinder(taxonomy)

    def __call__(self, doc: Doc) -> Doc:
        shown = list(doc.spans.get(SHOWN, ()))
        if not shown:
            return doc
        cues = self._finder.find(list(views(doc.text))[-1])
        denied = [cues.deny(span.label_, span.id_, span.start_char, span.end_char) for span in shown]
        doc.spans[DENIED] = [span for span, no in zip(shown, denied, strict=True) if no]
        doc.spans[SHOWN] = _apart(span for span, no in zip(shown, denied, strict=True) if not no)
        return doc


@Language.factory("lurewatch_indicators", default_config={"folder": "data/taxonomy"})
def _make_finder(nlp: Language, name: str, folder: str) -> IndicatorFinder:  # noqa: ARG001 -- spaCy's signature
    return IndicatorFinder(load_taxonomy(Path(folder)))


@Language.factory("lurewatch_negation", default_config={"folder": "data/taxonomy"})
def _make_filter(nlp: Language, name: str, folder: str) -> NegationFilter:  # noqa: ARG001
    return NegationFilter(load_taxonomy(Path(folder)))


class EvidenceReader:
    """Reads ads and gives the evidence of each, in order."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = IndicatorFinder(taxonomy)
        self._filter = NegationFilter(taxonomy)
        self._nlp = spacy.blank("xx")
        self._nlp.tokenizer = Words(self._nlp.vocab)
        for key, indicator in taxonomy.indicators.items():  # kept for good; an ad's words are let go after each batch
            for name in (key, *indicator.languages):
                self._nlp.vocab.strings.add(name)

    def read(self, ads: Iterable[JobAd]) -> Iterator[tuple[Evidence, ...]]:
        """Evidence of each ad in turn, in reading order: by field, then start."""
        ads = iter(ads)
        while batch := list(islice(ads, _BATCH)):
            with self._nlp.memory_zone():
                found = [tuple(one for name in FIELDS for one in self._read_field(ad, name)) for ad in batch]
            yield from found

    def may_show(self, ad: JobAd) -> bool:
        """The cheap pass alone: whether the ad deserves the full reading."""
        return any(self._finder.glance(getattr(ad, name)) for name in FIELDS)

    def _read_field(self, ad: JobAd, name: str) -> list[Evidence]:
        text: str = getattr(ad, name)
        glance = self._finder.glance(text)
        if not glance:
            return []
        doc = self._nlp.tokenizer(text)
        doc.user_data[_READING] = glance
        doc = self._filter(self._finder(doc))
        return [
            Evidence(
                indicator=span.label_, field=name, start=span.start_char, end=span.end_char,
                quote=text[span.start_char : span.end_char],
            )
            for span in doc.spans[SHOWN]
        ]  # fmt: skip


def _apart(spans: Iterable[Span]) -> list[Span]:
    kept: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        mine = kept.setdefault(span.label_, [])
        if len(mine) < _MOST and all(span.end <= other.start or span.start >= other.end for other in mine):
            mine.append(span)
    return sorted((span for mine in kept.values() for span in mine), key=lambda s: (s.start, s.end, s.label_))
