"""Cross-validation: scores of held-out rows, fold by fold on all cores."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from joblib import Parallel, cpu_count, delayed
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from model.assessment import KINDS
from model.datasets.labels import LabelledAd
from model.evaluation.metrics import Doubles
from model.evaluation.splits import Fold, Places
from model.reading.reader import AdReader, ReadAd

__all__ = [
    "Learnt", "Weigh", "fit_classifier", "held_out_kinds", "kinds_of", "log_odds", "read_rows", "run_folds", "take",
]  # fmt: skip

MANY: Final = 2_000
"""Rows from which on folds are worth processes of their own, which take seconds to start."""

MOST_JOBS: Final = 4
"""A fold holds the n-grams of all rows: more at once would take more memory than a desk's machine has."""

_LEAST: Final = 1e-18


_Thing = TypeVar("_Thing")
Weigh = Callable[[Sequence[LabelledAd]], Sequence[float]]
"""What each row counts for in training, among the rows that are learnt from."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a model gets of the rows that it learns from, beside their texts."""

    kinds: Sequence[str]
    weights: Doubles
    groups: Sequence[str]

    @classmethod
    def of(cls, rows: Sequence[LabelledAd], fold: Fold, weigh: Weigh) -> "Learnt":
        """What a fold's training rows give."""
        some = take(rows, fold.training)
        weights = np.array(weigh(some), dtype=np.float64)
        return cls([row.kind for row in some], weights, [row.held_with for row in some])


def fit_classifier(
    estimator: BaseEstimator, ads: Sequence[Any], kinds: Sequence[str], weights: Doubles, groups: Sequence[str]
) -> BaseEstimator:
    """A fitted copy of the estimator. Weights, and groups where it splits the rows itself, go to a pipeline's last
    step."""
    fitted = clone(estimator)
    last = fitted.steps[-1] if isinstance(fitted, Pipeline) else ("", fitted)
    prefix = f"{last[0]}__" if last[0] else ""
    given: dict[str, Any] = {f"{prefix}sample_weight": weights}
    if has_fit_parameter(last[1], "groups"):
        given[f"{prefix}groups"] = np.array(groups, dtype=object)
    fitted.fit(ads, np.array(kinds), **given)
    return fitted


def read_rows(reader: AdReader, rows: Sequence[LabelledAd]) -> list[ReadAd]:
    """Each row's ad as a classifier reads it, with the facts that were known of it when it was decided on."""
    return [replace(read, facts=row.facts) for read, row in zip(reader.read(row.ad for row in rows), rows, strict=True)]


def kinds_of(estimator: BaseEstimator, ads: Any) -> Doubles:
    """Probabilities of ``KINDS`` in their order; of a kind that was not learnt, 0."""
    probabilities = estimator.predict_proba(ads)
    found = np.zeros((len(probabilities), len(KINDS)))
    found[:, [KINDS.index(kind) for kind in estimator.classes_.tolist()]] = probabilities
    return found


def log_odds(kinds: Doubles) -> Doubles:
    """Log-odds that a reviewer would act, by the probabilities of the kinds; not a number stays so."""
    act, other = kinds[:, :2].sum(axis=1), kinds[:, 2:].sum(axis=1)
    return np.asarray(np.log(np.maximum(act, _LEAST)) - np.log(np.maximum(other, _LEAST)))


def held_out_kinds(
    estimator: BaseEstimator,
    ads: Sequence[Any],
    rows: Sequence[LabelledAd],
    folds: Sequence[Fold],
    *,
    weigh: Weigh,
    on_fold: Callable[[], None] = lambda: None,
) -> Doubles:
    """Probabilities of the kinds of every row that is in a fold, from a model that did not learn from it; not a number
    for the others. ``ads`` are the rows as the estimator reads them."""
    tasks = (
        (estimator, take(ads, fold.training), Learnt.of(rows, fold, weigh), take(ads, fold.held_out)) for fold in folds
    )
    return run_folds(_fit_and_score, tasks, rows, folds, on_fold=on_fold)


def run_folds(
    work: Callable[..., Doubles],
    tasks: Iterable[tuple[Any, ...]],
    rows: Sequence[LabelledAd],
    folds: Sequence[Fold],
    *,
    on_fold: Callable[[], None],
) -> Doubles:
    """What the work makes of each fold's task, put in the places of the rows that the fold holds out."""
    found = np.full((len(rows), len(KINDS)), np.nan)
    for fold, kinds in zip(folds, _answers(work, tasks, is_long=len(rows) > MANY), strict=True):
        found[fold.held_out] = kinds
        on_fold()
    return found


def take(things: Sequence[_Thing], places: Places) -> list[_Thing]:
    """The things at these places."""
    return [things[place] for place in places.tolist()]


def _answers(work: Callable[..., Doubles], tasks: Iterable[tuple[Any, ...]], *, is_long: bool) -> Iterator[Doubles]:
    """The answers in the order of the tasks.

    Processes, because scikit-learn's solvers and the making of n-grams hold the interpreter. Each has one thread: with
    more, sums are taken in another order on another machine, and the bytes of a model would differ. On a busy machine
    threads that wait for each other take ten times as long besides.
    """
    if not is_long:
        for task in tasks:
            yield _in_one_thread(work, task)
        return
    parallel = Parallel(n_jobs=min(MOST_JOBS, cpu_count()), return_as="generator", pre_dispatch="n_jobs")
    yield from parallel(delayed(_in_one_thread)(work, task) for task in tasks)


def _in_one_thread(work: Callable[..., Doubles], task: tuple[Any, ...]) -> Doubles:
    with threadpool_limits(1):
        return work(*task)


def _fit_and_score(estimator: BaseEstimator, ads: Sequence[Any], learnt: Learnt, held_out: Sequence[Any]) -> Doubles:
    return kinds_of(fit_classifier(estimator, ads, learnt.kinds, learnt.weights, learnt.groups), held_out)
