"""Assessor: the public interface of the model, from ads to assessments."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from crawler.ad import JobAd, fingerprint
from model.ad_facts import AdFacts, reads_facts
from model.assessment import KINDS, Assessment
from model.batches import in_batches
from model.classifier.artefact import SavedModel, load_model
from model.classifier.contributions import NAMED_FROM, Explainer
from model.classifier.kinds import kind_probabilities, shares_of
from model.errors import UnreadableModel
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy
from model.taxonomy.records import Taxonomy

_CHUNK: Final = 128  # with twice as many nothing is faster, and a process needs 70 MB more


class Assessor:
    """Reads ads and says how likely a reviewer is to act on each, and why."""

    def __init__(self, model: SavedModel, taxonomy: Taxonomy) -> None:
        self._model = model
        self.taxonomy = taxonomy
        self._reader = AdReader.from_taxonomy(taxonomy)
        if [*model.classifier.named_steps] != ["features", "kinds"]:
            raise UnreadableModel(
                f"{model.version}: its steps are {', '.join(model.classifier.named_steps)}; expected features and "
                "kinds, as of build_classifier: another pipeline can be evaluated and compared, but scores no ads"
            )
        self._features = model.classifier.named_steps["features"]
        self._kinds = model.classifier.named_steps["kinds"]
        self._explainer = Explainer(model.classifier, taxonomy)
        indicators = dict(self._features.transformer_list)["indicators"]
        self.reads_facts = reads_facts(indicators.feature_names_)
        """Whether facts about ads count for anything: the model learnt from labels that had some."""

    @classmethod
    def load(cls, folder: Path, taxonomy_folder: Path) -> Self:
        """The model in ``folder``, checked file by file, with the taxonomy in use.

        That may be another one than the model learnt from: indicators that the model knows keep their weights, new ones
        count in rules alone, until a model is trained anew.
        """
        return cls(load_model(folder), load_taxonomy(taxonomy_folder))

    @property
    def model_version(self) -> str:
        """The name of the model's folder."""
        return self._model.version

    @property
    def taxonomy_version(self) -> str:
        """The digest of the taxonomy in use."""
        return self.taxonomy.version

    @property
    def is_taxonomy_edited(self) -> bool:
        """Whether the taxonomy in use is another than the one that the model learnt with."""
        return self.taxonomy.version != self._model.taxonomy_version

    @property
    def thresholds(self) -> dict[float, float]:
        """The score at which the model was measured to flag each share of ordinary ads."""
        return {point["ordinary_flagged"]: point["threshold"] for point in self._model.metrics["operating_points"]}

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
        not score far below every threshold, and with ``in_full`` for all. Of the others it is one contribution.
        """
        for chunk in in_batches(ads, _CHUNK):
            reads = [
                replace(read, facts=facts.get(read.ad.ad_id)) if facts else read for read in self._reader.read(chunk)
            ]
            features = self._features.transform(reads).tocsr()
            heads = self._kinds.head_logits(features)
            answers, shares = self._kinds.calibrated(heads), shares_of(heads)
            logits, kinds = answers["act"].tolist(), kind_probabilities(answers).tolist()
            values = self._explainer.words_values(features, shares)
            for place, (read, logit, probabilities, value) in enumerate(zip(reads, logits, kinds, values, strict=True)):
                in_words = in_full or read.rule is not None or logit >= NAMED_FROM
                words = features[place] if in_words else value
                contributions = self._explainer.explain(read, logit, shares[place], words)
                yield Assessment(
                    ad_id=read.ad.ad_id,
                    fingerprint=fingerprint(read.ad),
                    score=probabilities[0] + probabilities[1],
                    kinds=dict(zip(KINDS, probabilities, strict=True)),
                    evidence=read.evidence,
                    contributions=contributions, exploitation=read.exploitation, rule=read.rule,
                    model_version=self.model_version, taxonomy_version=self.taxonomy_version, assessed_at=assessed_at,
                )  # fmt: skip
