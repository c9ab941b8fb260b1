"""The one public door to the model: load a model folder, give it ads, get assessments."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self

import numpy as np

from crawler.ad import JobAd, fingerprint
from model.artefact import SavedModel, check_taxonomy, load_model
from model.assessment import KINDS, Assessment, Evidence
from model.classifier import HEADS, kind_probabilities
from model.errors import UnreadableModel
from model.explain import explain_signs, explain_words, gathered
from model.features import GramCounter, SignReader, fold_ad
from model.grams import read_grams
from model.reading import EvidenceReader
from model.rules import exploitation_hints, rule_met
from model.taxonomy import Taxonomy, load_taxonomy

__all__ = ["Assessor"]

_CHUNK: Final = 64


class Assessor:
    """Reads ads and says how likely a reviewer is to act on each, and why."""

    def __init__(self, model: SavedModel, taxonomy: Taxonomy) -> None:
        check_taxonomy(model, taxonomy.version)
        self._model = model
        self.taxonomy = taxonomy
        self._evidence = EvidenceReader(taxonomy)
        self._signs = SignReader(taxonomy)
        if self._signs.names != model.classifier.sign_names:
            raise UnreadableModel(f"model {model.version}: its signs are not those of taxonomy {taxonomy.version}")

    @classmethod
    def load(cls, folder: Path, taxonomy_folder: Path) -> Self:
        """The model in ``folder``, checked file by file and against the taxonomy in use."""
        return cls(load_model(folder), load_taxonomy(taxonomy_folder))

    @property
    def model_version(self) -> str:
        """The model folder's name: a hash of what it learnt."""
        return self._model.version

    @property
    def taxonomy_version(self) -> str:
        """The taxonomy that the model was trained on and that is in use."""
        return self.taxonomy.version

    def assess(self, ads: Iterable[JobAd], *, assessed_at: datetime) -> Iterator[Assessment]:
        """An assessment of each ad, in order; ads are read a chunk at a time, so a stream stays a stream."""
        ads, counter = iter(ads), GramCounter()
        while chunk := list(islice(ads, _CHUNK)):
            for ad, evidence in zip(chunk, self._evidence.read(chunk), strict=True):
                yield self._assess(ad, evidence, counter, assessed_at)

    def _assess(
        self, ad: JobAd, evidence: tuple[Evidence, ...], counter: GramCounter, assessed_at: datetime
    ) -> Assessment:
        classifier = self._model.classifier
        text, signs, rule = fold_ad(ad), self._signs.read(evidence), rule_met(evidence, self.taxonomy)
        grams = read_grams(text.text)
        worth = classifier.weigh(grams.bucket, counter.count(grams.bucket))
        logits = {name: np.array(classifier.logit(name, grams.bucket, worth, signs)) for name in HEADS}
        said = explain_signs(classifier, self._signs, self.taxonomy, signs=signs, evidence=evidence, rule=rule)
        logit, contributions = gathered(said, explain_words(classifier, ad, text, grams, worth))
        kinds = kind_probabilities({**logits, "act": np.array(logit)})
        return Assessment(
            ad_id=ad.ad_id,
            fingerprint=fingerprint(ad),
            score=float(kinds[0] + kinds[1]),
            kinds=dict(zip(KINDS, kinds.tolist(), strict=True)),
            evidence=evidence,
            contributions=contributions,
            exploitation=exploitation_hints(evidence, self.taxonomy),
            rule=rule,
            model_version=self.model_version,
            taxonomy_version=self.taxonomy_version,
            assessed_at=assessed_at,
        )
