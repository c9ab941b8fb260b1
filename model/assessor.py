"""The one public door to the model: load a model folder, give it ads, get assessments."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self

import numpy as np

from crawler.ad import JobAd, fingerprint
from model.artefact import SavedModel, check_taxonomy, load_model
from model.assessment import KINDS, Assessment, Contribution, Evidence
from model.classifier import HEADS, Doubles, kind_probabilities
from model.errors import UnreadableModel
from model.explain import explain_signs, explain_words, gathered
from model.features import SignReader, count_grams, fold_ad
from model.indicators import EvidenceReader
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
        ads = iter(ads)
        while chunk := list(islice(ads, _CHUNK)):
            yield from self._assess_chunk(chunk, assessed_at)

    def _assess_chunk(self, ads: Sequence[JobAd], assessed_at: datetime) -> Iterator[Assessment]:
        classifier = self._model.classifier
        folded = [fold_ad(ad) for ad in ads]
        evidence = list(self._evidence.read(ads))
        signs = np.stack([self._signs.read(one) for one in evidence])
        counts = count_grams(folded)
        value = classifier.weigh(counts, len(ads))
        logits = {name: classifier.logit(name, counts, value, signs) for name in HEADS}
        words = explain_words(classifier, counts, value, ads, folded)
        for place, (ad, shown, spoken) in enumerate(zip(ads, evidence, words, strict=True)):
            rule = rule_met(shown, self.taxonomy)
            said = explain_signs(classifier, self._signs, self.taxonomy, signs=signs[place], evidence=shown, rule=rule)
            logit, contributions = gathered(said, spoken)
            here = {name: logits[name][place : place + 1] for name in HEADS}
            here["act"] = np.array([logit])
            yield self._assessment(ad, shown, contributions, kind_probabilities(here)[0], assessed_at)

    def _assessment(
        self,
        ad: JobAd,
        evidence: tuple[Evidence, ...],
        contributions: tuple[Contribution, ...],
        kinds: Doubles,
        assessed_at: datetime,
    ) -> Assessment:
        return Assessment(
            ad_id=ad.ad_id,
            fingerprint=fingerprint(ad),
            score=float(kinds[0] + kinds[1]),
            kinds=dict(zip(KINDS, kinds.tolist(), strict=True)),
            evidence=evidence,
            contributions=contributions,
            exploitation=exploitation_hints(evidence, self.taxonomy),
            rule=rule_met(evidence, self.taxonomy),
            model_version=self.model_version,
            taxonomy_version=self.taxonomy_version,
            assessed_at=assessed_at,
        )
