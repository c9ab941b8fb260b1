"""The whole classifier as one scikit-learn pipeline, over ads that the reading has read."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict

from model.assessment import KINDS
from model.classifier.pipeline import build_classifier, strengths_of
from model.datasets.labels import acts
from model.taxonomy.loader import load_taxonomy


@pytest.fixture(scope="module")
def taxonomy(small_project):
    return load_taxonomy(small_project.taxonomy)


@pytest.fixture(scope="module")
def kinds(small_rows):
    return np.array([row.kind for row in small_rows])


@pytest.fixture(scope="module")
def fitted(taxonomy, small_reads, kinds):
    return build_classifier(taxonomy).fit(small_reads, kinds)


def test_it_learns_what_it_was_shown_and_says_it_in_probabilities(fitted, small_reads, kinds, small_rows):
    found = fitted.predict_proba(small_reads)
    assert fitted.classes_.tolist() == sorted(KINDS)
    assert np.allclose(found.sum(axis=1), 1)
    assert (fitted.predict(small_reads) == kinds).all()
    assert roc_auc_score(acts(small_rows), fitted.decision_function(small_reads)) == 1


def test_fitting_twice_gives_the_same_numbers(fitted, taxonomy, small_reads, kinds):
    again = build_classifier(taxonomy).fit(small_reads, kinds)
    for name, head in fitted.named_steps["kinds"].heads_.items():
        assert np.array_equal(head.coef_, again.named_steps["kinds"].heads_[name].coef_)
    assert np.array_equal(fitted.predict_proba(small_reads), again.predict_proba(small_reads))


@pytest.mark.parametrize("method", ["decision_function", "predict_proba"])
def test_it_is_cross_validated_by_scikit_learn_with_groups_held_out(taxonomy, small_reads, small_rows, kinds, method):
    pipeline, groups = build_classifier(taxonomy), [row.group for row in small_rows]
    found = cross_val_predict(pipeline, small_reads, kinds, groups=groups, cv=GroupKFold(3), method=method)
    for training, held_out in GroupKFold(3).split(small_reads, kinds, groups):
        fitted = clone(pipeline).fit([small_reads[at] for at in training], kinds[training])
        assert np.array_equal(getattr(fitted, method)([small_reads[at] for at in held_out]), found[held_out])
    if method == "decision_function":
        assert roc_auc_score(acts(small_rows), found) > 0.95


def test_weights_reach_the_heads(taxonomy, small_reads, kinds):
    weights = np.where(kinds == "job_fraud", 1e-6, 1.0)
    weighed = build_classifier(taxonomy).fit(small_reads, kinds, kinds__sample_weight=weights)
    assert "job_fraud" not in weighed.predict(small_reads)


@pytest.mark.parametrize(
    "estimator",
    [SGDClassifier(loss="log_loss", random_state=0), RandomForestClassifier(5, random_state=0), LogisticRegression()],
    ids=lambda estimator: type(estimator).__name__,
)
def test_another_estimator_is_one_argument(taxonomy, small_reads, small_rows, kinds, estimator):
    pipeline = build_classifier(taxonomy, estimator)
    assert pipeline.get_params()["kinds__estimator"] is estimator
    pipeline.fit(small_reads, kinds)
    assert type(pipeline.named_steps["kinds"].heads_["against_lawful"]) is type(estimator)
    assert np.allclose(pipeline.predict_proba(small_reads).sum(axis=1), 1)
    assert roc_auc_score(acts(small_rows), pipeline.decision_function(small_reads)) > 0.95


def test_each_feature_has_a_name(fitted, small_reads):
    features = fitted.named_steps["features"]
    names = features.get_feature_names_out()
    assert len(names) == features.transform(small_reads[:1]).shape[1]
    assert names[0].startswith("ngrams__bucket:")
    assert names[-1].startswith("indicators__")


def test_every_part_can_be_set_by_its_name(taxonomy, fitted, small_reads, kinds):
    changed = clone(fitted).set_params(
        kinds__estimator__C=0.5,
        features__ngrams__tfidf__longest=3,
        features__ngrams__text__longest=200,
        features__transformer_weights={"ngrams": 1.0, "indicators": 0.0},
    )
    changed.fit(small_reads, kinds)
    union = dict(changed.named_steps["features"].transformer_list)
    assert changed.named_steps["kinds"].heads_["against_lawful"].C == 0.5
    assert len(union["ngrams"].named_steps["tfidf"].buckets_) < len(
        dict(fitted.named_steps["features"].transformer_list)["ngrams"].named_steps["tfidf"].buckets_
    )
    indicators = len(union["indicators"].feature_names_)
    assert not changed.named_steps["kinds"].heads_["against_lawful"].coef_[0, -indicators:].any()
    assert union["indicators"].strengths == strengths_of(taxonomy)


def test_a_grid_search_over_it_runs(taxonomy, small_reads, small_rows, kinds):
    search = GridSearchCV(
        build_classifier(taxonomy), {"kinds__estimator__C": [0.01, 10.0]}, cv=GroupKFold(2), scoring="accuracy",
    )  # fmt: skip
    search.fit(small_reads, kinds, groups=[row.held_with for row in small_rows])
    assert search.best_params_ == {"kinds__estimator__C": 10.0}
