"""Classification pipeline: from read ads to probabilities of kinds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sklearn.pipeline import FeatureUnion, Pipeline

from model.classifier.kinds import KindClassifier, default_estimator
from model.classifier.ngrams import NgramTfidf
from model.classifier.vectorisers import CONTEXT, AdText, IndicatorVectoriser
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


def with_ngrams(pipeline: Pipeline, ads: Sequence[ReadAd]) -> list[ReadAd]:
    """The ads with their n-grams cut, for whoever fits several such pipelines on them."""
    steps = dict(pipeline.named_steps["features"].transformer_list)["ngrams"].named_steps
    cut, text_of = steps["tfidf"].buckets, steps["text"].text_of
    return [read if read.ngrams is not None else replace(read, ngrams=cut(text_of(read.ad))) for read in ads]


def unless_of(taxonomy: Taxonomy) -> dict[str, list[str]]:
    """For each indicator that others take away in rules, the keys of those others."""
    unless = {key: sorted(indicator.counts_unless) for key, indicator in sorted(taxonomy.indicators.items())}
    return {key: others for key, others in unless.items() if others}


def strengths_of(taxonomy: Taxonomy) -> dict[str, str]:
    """For each indicator how strong it is, that it speaks for the offer, or that it is context that speaks for it.

    Other context is left out: as features, hints and facts of the fields tell boards from messages (decision 0114).
    """
    return {
        key: indicator.strength if indicator.polarity == "risk" else indicator.polarity
        for key, indicator in sorted(taxonomy.indicators.items())
        if indicator.polarity != CONTEXT or key.startswith("protective.")
    }
