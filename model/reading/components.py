"""The reading of indicators as spaCy components, to be loaded into a pipeline, inspected and extended:

    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
    nlp.add_pipe("lurewatch_indicators", config={"folder": "data/taxonomy"})
    nlp.add_pipe("lurewatch_negation", config={"folder": "data/taxonomy"})
    nlp.add_pipe("lurewatch_entities", config={"folder": "data/taxonomy"})
    nlp.add_pipe("lurewatch_rules", config={"folder": "data/taxonomy"})

Whoever needs no ``Doc`` takes ``model.reading.reader``, which knows nothing of spaCy and starts at once.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from model.assessment import Evidence
from model.reading.entities import EntityFinder
from model.reading.finding import Finder
from model.reading.reader import EvidenceReader
from model.reading.rules import rule_met
from model.reading.shown import Shown
from model.taxonomy.loader import Taxonomy, load_taxonomy
from model.reading.tokenizer import Words

__all__ = [
    "DENIED", "ENTITIES", "SHOWN", "EntityMarker", "EvidenceReader", "Finder", "IndicatorFinder", "NegationFilter",
    "RuleWeigher", "Shown", "Words",
]  # fmt: skip

SHOWN: Final = "indicators"
"""Key in ``doc.spans``: what the text shows; a span's label is the indicator, its ``id_`` the pattern's language."""

DENIED: Final = "denied"
"""Key in ``doc.spans``: what looked like an indicator and is denied, or said of others."""


ENTITIES: Final = "entities"
"""Key in ``doc.spans``: money, ages, hours, contacts, licence numbers; a span's label is the sort of thing."""


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


class EntityMarker:
    """A spaCy component that puts what the text names into ``doc.spans["entities"]`` and, as whole tokens, into
    ``doc.ents``."""

    def __init__(self, finder: EntityFinder) -> None:
        self._finder = finder

    def __call__(self, doc: Doc) -> Doc:
        found = self._finder.find(doc.text)
        spans = (doc.char_span(*one[:2], label=one.label, alignment_mode="expand", span_id=one.detail) for one in found)
        doc.spans[ENTITIES] = [span for span in spans if span]
        doc.ents = filter_spans([*doc.ents, *doc.spans[ENTITIES]])
        return doc


class RuleWeigher:
    """A spaCy component that puts the combination of indicators that the text meets, a ``RuleMet`` or None, into
    ``doc._.rule``. Only the text is read: facts about an ad's fields are not in a ``Doc``."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        if not Doc.has_extension("rule"):
            Doc.set_extension("rule", default=None)

    def __call__(self, doc: Doc) -> Doc:
        evidence = (
            Evidence(indicator=s.label_, field="description", start=s.start_char, end=s.end_char, quote=s.text)
            for s in doc.spans.get(SHOWN, ())
        )
        doc._.rule = rule_met(evidence, self._taxonomy)
        return doc


@Language.factory("lurewatch_indicators", default_config={"folder": "data/taxonomy"})
def _make_finder(nlp: Language, name: str, folder: str) -> IndicatorFinder:
    return IndicatorFinder(Finder(load_taxonomy(Path(folder))))


@Language.factory("lurewatch_negation", default_config={"folder": "data/taxonomy"})
def _make_filter(nlp: Language, name: str, folder: str) -> NegationFilter:
    return NegationFilter(Finder(load_taxonomy(Path(folder))))


@Language.factory("lurewatch_entities", default_config={"folder": "data/taxonomy"})
def _make_marker(nlp: Language, name: str, folder: str) -> EntityMarker:
    return EntityMarker(EntityFinder(load_taxonomy(Path(folder)).entities))


@Language.factory("lurewatch_rules", default_config={"folder": "data/taxonomy"})
def _make_weigher(nlp: Language, name: str, folder: str) -> RuleWeigher:
    return RuleWeigher(load_taxonomy(Path(folder)))


def _put(doc: Doc, key: str, shown: Iterable[Shown]) -> None:
    """As spans of whole tokens."""
    spans = (
        doc.char_span(one.start, one.end, label=one.indicator, alignment_mode="expand", span_id=one.language)
        for one in shown
    )
    doc.spans[key] = [span for span in spans if span]
