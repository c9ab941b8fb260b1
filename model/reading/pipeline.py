"""The spaCy pipeline of ads: tokeniser, components, spans and attributes.

    nlp = build_pipeline(load_taxonomy(Path("data/taxonomy")))
    doc = nlp("Passports are locked in the office safe. We never hold your phone.")
    doc.spans["indicators"], doc.spans["denied"], doc.ents, doc._.rule

``nlp.to_disk(folder)`` writes the taxonomy's files along, and ``spacy.load(folder)`` reads them, once this module is
imported. ``model.reading.reader`` runs the same pipeline over ads.
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import DummyTokenizer, filter_spans, registry
from spacy.vocab import Vocab

from crawler.ad import JobAd
from model.assessment import Evidence
from model.errors import UnreadableModel
from model.reading.indicators import MOST_READ, Found, IndicatorFinder
from model.reading.negation import Denials, in_language, longest_apart
from model.reading.offer_facts import OfferFacts
from model.reading.rules import exploitation_hints, reads_as_warning, rule_met
from model.taxonomy.loader import read_taxonomy
from model.taxonomy.records import EntityFormat, Taxonomy
from model.text.characters import UNSPACED
from model.text.folding import ad_text, field_span, fold

_MARKS: Final = "\u0300-\u036f\u0900-\u0dff\u200b-\u200f"
"""Signs that belong to a word and are no letters to ``re``: accents, vowel signs, invisible joiners."""

_TOKEN: Final = re.compile(rf"((?:[^\W\d_{UNSPACED}]++|[{_MARKS}]++)++|\d+|[{UNSPACED}]|.)( ?)", re.DOTALL)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Words(DummyTokenizer):
    """A spaCy tokeniser. ``doc.text`` equals the text, but for lone surrogates, which spaCy cannot hold: they become
    U+FFFD, so that offsets stay true. It has no settings: what is saved of it is its name in the pipeline's config."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        pairs = _TOKEN.findall(_SURROGATES.sub("\ufffd", text))
        return Doc(self.vocab, words=[word for word, _ in pairs], spaces=[bool(space) for _, space in pairs])


@registry.tokenizers("lurewatch.words.v1")  # type: ignore[untyped-decorator]  # spaCy does not type it
def _make_words() -> Callable[[Language], Words]:
    return lambda nlp: Words(nlp.vocab)


class Entity(NamedTuple):
    """A thing that a text names, such as a sum of money. It claims nothing: only a register can say what is real."""

    start: int
    end: int
    label: str
    detail: str
    """What it is more closely, such as ``telephone``; may be empty."""


class EntityFinder:
    """Finds money, ages, hours, contacts and licence numbers by the formats of ``data/taxonomy/entities.toml``."""

    def __init__(self, formats: Iterable[EntityFormat]) -> None:
        self._formats = tuple(formats)

    def find(self, text: str) -> tuple[Entity, ...]:
        """In reading order, none over another: of overlapping ones the longest, then the first of the table."""
        text = text[:MOST_READ]
        found = [
            Entity(*where.span(), form.label, form.detail)
            for form in self._formats
            for pattern in form.patterns
            for where in pattern.finditer(text)
            if where.end() > where.start()
        ]
        taken = bytearray(len(text))
        chosen = []
        for entity in sorted(found, key=lambda entity: entity.start - entity.end):
            if not any(taken[entity.start : entity.end]):
                taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
                chosen.append(entity)
        return tuple(sorted(chosen))


INDICATORS: Final = "indicators"
"""Key in ``doc.spans``: what the text shows; a span's label is the indicator, its ``id_`` the pattern's language."""

DENIED: Final = "denied"
"""Key in ``doc.spans``: what looked like an indicator and is denied, said of others or quoted; ``id_`` says which."""

ENTITIES: Final = "entities"
"""Key in ``doc.spans``: money, ages, hours, contacts, licence numbers; a span's label is the sort of thing."""

_FILES: Final = "lurewatch_taxonomy"
"""Table of the vocabulary's lookups that holds the taxonomy's files, so that spaCy saves them with the pipeline."""

_ATTRIBUTES: Final[dict[str, Any]] = {
    "ad": None,  # the JobAd; offsets of evidence then count in its fields
    "found": None,  # pieces that show an indicator, exact to the character: spans are whole tokens
    "evidence": (),  # Evidence of the ad, or of the text as a description
    "denied": (),  # the same of what is denied, said of others or quoted
    "attributed": 0,  # how many pieces are said of others or quoted
    "rule": None,  # RuleMet: the combination of indicators that is met
    "exploitation": (),  # hints from the indicators
    "is_warning": False,  # speaks about lures rather than making one
}


def build_pipeline(taxonomy: Taxonomy) -> Language:
    """The whole pipeline; needs a taxonomy that was read from files."""
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
    nlp.vocab.lookups.add_table(_FILES, {_FILES: dict(taxonomy.files)})
    _READERS[nlp] = _Readers(taxonomy)
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp


class _Readers:
    """What the components of a pipeline share; each is made when it is first needed."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.risks = frozenset(key for key, indicator in taxonomy.indicators.items() if indicator.polarity == "risk")
        self.entities = EntityFinder(taxonomy.entities)

    @cached_property
    def finder(self) -> IndicatorFinder:
        return IndicatorFinder(self.taxonomy)

    @cached_property
    def denials(self) -> Denials:
        return Denials(self.taxonomy, self.finder)

    @cached_property
    def facts(self) -> OfferFacts:
        return OfferFacts(self.taxonomy)


_READERS: Final[WeakKeyDictionary[Language, _Readers]] = WeakKeyDictionary()


def readers_of(nlp: Language) -> _Readers:
    """What the components of a pipeline share; a pipeline that was loaded reads the taxonomy it was saved with."""
    readers = _READERS.get(nlp)
    if readers is None:
        if not nlp.vocab.lookups.has_table(_FILES):
            raise UnreadableModel("the pipeline holds no taxonomy; make it with build_pipeline, or load a saved one")
        files = {str(name): str(text) for name, text in nlp.vocab.lookups.get_table(_FILES)[_FILES].items()}
        contents = {name: text.encode() for name, text in sorted(files.items())}
        readers = _READERS[nlp] = _Readers(read_taxonomy(contents, Path(_FILES)))
    return readers


def _part_sentences(doc: Doc, readers: _Readers) -> None:
    """Sentences as the matcher has them: no pattern crosses their ends."""
    folded = fold(_text(doc)[:MOST_READ])
    starts = {folded.origin(at) for at in folded.breaks}
    for token in doc:
        token.is_sent_start = token.i == 0 or token.idx in starts


def _find_entities(doc: Doc, readers: _Readers) -> None:
    """What the text names: into ``doc.spans["entities"]`` and, as whole tokens, into ``doc.ents``."""
    found = readers.entities.find(_text(doc))
    doc.spans[ENTITIES] = _spans(doc, ((entity.start, entity.end, entity.label, entity.detail) for entity in found))
    doc.set_ents(filter_spans([*doc.ents, *doc.spans[ENTITIES]]))


def _find_indicators(doc: Doc, readers: _Readers) -> None:
    """All that the text seems to show, into ``doc._.found`` and ``doc.spans["indicators"]``."""
    if doc._.found is None:  # the reader has looked already, before it made a Doc
        doc._.found = readers.finder.find(_text(doc))
    doc.spans[INDICATORS] = _spans(doc, ((*piece[:3], piece.language) for piece in doc._.found))


def _weigh_indicators(doc: Doc, readers: _Readers) -> None:
    """Moves what is denied, said of others or quoted to ``doc.spans["denied"]``; of overlapping pieces of one indicator
    the longest stay."""
    text = _text(doc)
    found = in_language(text, doc._.found)
    reasons = readers.denials.reasons(text, found)
    holds = longest_apart([piece for piece, reason in zip(found, reasons, strict=True) if reason is None])
    why = {piece[:3]: reason for piece, reason in zip(found, reasons, strict=True) if reason is not None}
    denied = longest_apart([piece for piece in found if piece[:3] in why])
    doc._.found = holds
    doc._.evidence = tuple(_evidence(doc, piece) for piece in holds)
    doc._.denied = tuple(_evidence(doc, piece) for piece in denied)
    doc._.attributed = sum(why[piece[:3]] in ("attributed", "quoted") for piece in denied)
    doc.spans[INDICATORS] = _spans(doc, ((*piece[:3], piece.language) for piece in holds))
    doc.spans[DENIED] = _spans(doc, ((*piece[:3], why[piece[:3]]) for piece in denied))


def _add_offer_facts(doc: Doc, readers: _Readers) -> None:
    """Adds evidence of facts about the offer; a Doc without an ad has no fields."""
    if doc._.ad is not None:
        shown = readers.risks.intersection(piece.indicator for piece in doc._.evidence)
        found = doc._.evidence + readers.facts.read(doc._.ad, shown)
        doc._.evidence = tuple(sorted(found, key=lambda piece: (piece.field == "description", piece.start)))


def _apply_rules(doc: Doc, readers: _Readers) -> None:
    evidence, taxonomy = doc._.evidence, readers.taxonomy
    doc._.rule = rule_met(evidence, taxonomy)
    doc._.exploitation = exploitation_hints(dict.fromkeys(piece.indicator for piece in evidence), taxonomy)
    doc._.is_warning = reads_as_warning(evidence, taxonomy)


def _text(doc: Doc) -> str:
    """The text; ``doc.text`` is put together anew whenever it is asked for."""
    return doc.text if doc._.ad is None else ad_text(doc._.ad)


def _spans(doc: Doc, pieces: Iterable[tuple[int, int, str, str]]) -> list[Span]:
    spans = (
        doc.char_span(start, end, label=label, span_id=span_id, alignment_mode="expand")
        for start, end, label, span_id in pieces
    )
    return [span for span in spans if span]


def _evidence(doc: Doc, piece: Found) -> Evidence:
    ad: JobAd | None = doc._.ad
    if ad is None:
        quote = doc.text[piece.start : piece.end]
        return Evidence(indicator=piece.indicator, field="description", start=piece.start, end=piece.end, quote=quote)
    field, start, end = field_span(ad, piece.start, piece.end)
    quote = getattr(ad, field)[start:end]
    return Evidence(indicator=piece.indicator, field=field, start=start, end=end, quote=quote)


for _name, _default in _ATTRIBUTES.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)


class _Component:
    """A component: one of the steps above, over what the pipeline shares."""

    def __init__(self, nlp: Language, step: Callable[[Doc, _Readers], None]) -> None:
        self._nlp = nlp
        self._step = step

    def __call__(self, doc: Doc) -> Doc:
        self._step(doc, readers_of(self._nlp))
        return doc


def _register(name: str, step: Callable[[Doc, _Readers], None], *, assigns: list[str], requires: list[str]) -> str:
    def make(nlp: Language, name: str) -> _Component:
        return _Component(nlp, step)

    Language.factory(name, assigns=assigns, requires=requires, func=make)
    return name


_SPANS, _EVIDENCE = "doc.spans", "doc._.evidence"
COMPONENTS: Final = (
    _register("lurewatch_sentences", _part_sentences, assigns=["token.is_sent_start", "doc.sents"], requires=[]),
    _register("lurewatch_entities", _find_entities, assigns=["doc.ents", _SPANS], requires=[]),
    _register("lurewatch_indicators", _find_indicators, assigns=[_SPANS, "doc._.found"], requires=[]),
    _register("lurewatch_negation", _weigh_indicators, assigns=[_SPANS, _EVIDENCE], requires=["doc._.found"]),
    _register("lurewatch_offer_facts", _add_offer_facts, assigns=[_EVIDENCE], requires=[_EVIDENCE]),
    _register("lurewatch_rules", _apply_rules, assigns=["doc._.rule"], requires=[_EVIDENCE]),
)
