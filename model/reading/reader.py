"""Ad reader: evidence, rule and attribution of ads by the spaCy pipeline."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc

from crawler.ad import JobAd
from model.ad_facts import AdFacts
from model.assessment import Evidence, RuleMet
from model.batches import in_batches
from model.reading.indicators import MOST_READ, Found
from model.reading.negation import quotations
from model.reading.pipeline import build_pipeline, readers_of
from model.taxonomy.records import Taxonomy
from model.text.folding import ad_text

_CHUNK: Final = 128

_MOST_STRINGS: Final = 60_000
"""Strings that the vocabulary keeps for good."""

_NOT_FOR_SCORES: Final = ("lurewatch_sentences", "lurewatch_entities")
"""Components whose findings only people look at: half of the time of a Doc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAd:
    """An ad with its evidence, as the classifier takes it."""

    ad: JobAd
    evidence: tuple[Evidence, ...] = ()
    """In reading order: title, then description, then by start; with the facts about how the offer is made where its
    wording shows a risk, and that it does not speak of work where it does not."""

    denied: tuple[Evidence, ...] = ()
    """What looked like an indicator and is denied, said of others or quoted."""

    attributed: int = 0
    quoted: float = 0.0
    """Share of the text that stands between quotation marks; 0 where nearly all of it does."""

    rule: RuleMet | None = None
    exploitation: tuple[str, ...] = ()
    facts: AdFacts | None = None
    """What is known of the ad beside its words; the reading knows nothing of it."""

    is_warning: bool = False
    """Whether the text speaks about lures rather than making one: a warning, news, advice."""

    ngrams: npt.NDArray[np.int32] | None = None
    """Buckets of its n-grams, where these are kept in place of the text (``model.datasets.counted``)."""


class AdReader:
    """Reads ads with a pipeline of ``build_pipeline``. Only an ad in which some pattern is found becomes a ``Doc``."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self._finder, self._facts = readers_of(nlp).finder, readers_of(nlp).facts

    @classmethod
    def from_taxonomy(cls, taxonomy: Taxonomy) -> Self:
        """A reader with a new pipeline; needs a taxonomy that was read from files."""
        return cls(build_pipeline(taxonomy))

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy of the pipeline."""
        return readers_of(self.nlp).taxonomy

    def read(self, ads: Iterable[JobAd]) -> Iterator[ReadAd]:
        """Each ad in turn with what was found; a stream stays a stream."""
        for chunk in in_batches(ads, _CHUNK):
            yield from self._read_chunk(chunk)

    def _read_chunk(self, ads: list[JobAd]) -> list[ReadAd]:
        # The vocabulary keeps the words of the first ads, which come again, and forgets those of later ones: over a
        # long stream it would only grow.
        with self.nlp.memory_zone() if len(self.nlp.vocab.strings) > _MOST_STRINGS else nullcontext():
            docs = [self._doc(ad, found) if (found := self._finder.find(ad_text(ad))) else None for ad in ads]
            read = self.nlp.pipe([doc for doc in docs if doc is not None], disable=_NOT_FOR_SCORES)
            return [self._read_ad(ad, None if doc is None else next(read)) for ad, doc in zip(ads, docs, strict=True)]

    def doc(self, ad: JobAd) -> Doc:
        """The ad as a ``Doc`` that the whole pipeline has read, for people to look at."""
        return self.nlp(self._doc(ad))

    def _doc(self, ad: JobAd, found: list[Found] | None = None) -> Doc:
        """``found`` is what the finder gave for the ad, where it was asked before."""
        doc = self.nlp.tokenizer(ad_text(ad)[:MOST_READ])
        doc._.ad, doc._.found = ad, found
        return doc

    def _read_ad(self, ad: JobAd, doc: Doc | None) -> ReadAd:
        text = ad_text(ad)[:MOST_READ]
        quoted = sum(end - start for start, end in quotations(text)) / len(text)
        if doc is None:
            return ReadAd(ad=ad, quoted=quoted, evidence=self._facts.read(ad, frozenset()))
        found = ("evidence", "denied", "attributed", "rule", "exploitation", "is_warning")
        return ReadAd(ad=ad, quoted=quoted, **{name: getattr(doc._, name) for name in found})
