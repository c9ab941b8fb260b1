"""Classification pipeline: from read ads to probabilities of kinds."""

from typing import Any

from sklearn.pipeline import FeatureUnion, Pipeline

from model.classifier.kinds import KindClassifier, default_estimator
from model.classifier.ngrams import NgramTfidf
from model.classifier.vectorisers import MITIGATING, AdText, IndicatorVectoriser
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
