"""Classification pipeline: from read ads to probabilities of kinds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import FeatureUnion, Pipeline

from model.classifier.kinds import KindClassifier, default_estimator
from model.classifier.ngrams import NgramTfidf
from model.classifier.vectorisers import MITIGATING, SHOWN, AdText, IndicatorVectoriser
from model.reading.reader import ReadAd
from model.taxonomy.records import Taxonomy

_INDICATORS_WEIGHT = 0.4
"""What an indicator counts for before the estimator weighs it; n-grams count 1. Tried on real sources left out."""


def build_classifier(taxonomy: Taxonomy, estimator: Any = None) -> Pipeline:
    """The pipeline, not yet fitted: ``fit(read_ads, kinds, kinds__sample_weight=...)``, ``predict_proba(read_ads)``.

    Another estimator is one argument; with a linear one the contributions to a score stay exact.
    """
    ngrams = Pipeline([("text", AdText()), ("tfidf", NgramTfidf(min_df=3, max_features=300_000))])
    features = FeatureUnion(
        [("ngrams", ngrams), ("indicators", IndicatorVectoriser(strengths_of(taxonomy), unless_of(taxonomy)))],
        transformer_weights={"indicators": _INDICATORS_WEIGHT},
    )
    # Not ``or``: scikit-learn's forests are false until they are fitted, having no trees yet.
    return Pipeline(
        [("features", features), ("kinds", KindClassifier(default_estimator() if estimator is None else estimator))]
    )


def signs_shown(fitted: Pipeline, ads: Sequence[ReadAd]) -> npt.NDArray[np.float64] | None:
    """For each ad whether it shows bait or a clear sign, 1 or 0; None where the pipeline has no weight for that."""
    indicators = dict(fitted.named_steps["features"].transformer_list)["indicators"]
    head = fitted.named_steps["kinds"].heads_["act"]
    if not hasattr(head, "coef_") or SHOWN not in indicators.feature_names_:
        return None
    return np.array([SHOWN in indicators.amounts(read) for read in ads], dtype=np.float64)


def raise_weight(fitted: Pipeline, feature: str, by: float) -> None:
    """Adds so much to what a feature of an indicator vectoriser adds to the log-odds, before they are calibrated."""
    union = fitted.named_steps["features"]
    names = dict(union.transformer_list)["indicators"].feature_names_
    head = fitted.named_steps["kinds"].heads_["act"]
    head.coef_ = head.coef_.copy()  # that of a model which was read from its folder cannot be written to
    head.coef_[0, names.index(feature) - len(names)] += by / union.transformer_weights["indicators"]


def unless_of(taxonomy: Taxonomy) -> dict[str, list[str]]:
    """For each indicator that others take away in rules, the keys of those others."""
    unless = {key: sorted(indicator.counts_unless) for key, indicator in sorted(taxonomy.indicators.items())}
    return {key: others for key, others in unless.items() if others}


def strengths_of(taxonomy: Taxonomy) -> dict[str, str]:
    """For each indicator how strong it is, or that it speaks for the offer; context is left out."""
    return {
        key: indicator.strength if indicator.polarity == "risk" else MITIGATING
        for key, indicator in sorted(taxonomy.indicators.items())
        if indicator.polarity != "context"
    }
