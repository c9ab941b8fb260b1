"""Cross-validation: splits without leaks, scores of held-out rows by fold.

A random split is never made: a template that is sent a hundred times would stand on both sides, and the figure would
measure memory. Folds are of clusters of near-copies, or of whole sources.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeVar

import numpy as np
import numpy.typing as npt
from joblib import Parallel, cpu_count, delayed
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from crawler.ad import JobAd
from model.assessment import KINDS, Evidence, RuleMet
from model.datasets.counted import CountedText
from model.datasets.labels import ACTED_ON, LabelledAd, acts
from model.evaluation.metrics import Doubles
from model.reading.reader import AdReader, ReadAd

NEAR_COPY_FOLDS: Final = 5

_MOST_FOLDS: Final = 10
"""Each fold is a model to train; above this, large sources share one."""

_FEW_FOLDS: Final = 5
_SMALL: Final = 9
"""Rows below which the sources of a collection are left out together."""

_LARGE: Final = 30
"""Rows to act on from which a source has a fold that no other such source shares."""

_BUNDLES: Final = 3
"""Of the pages that quotations are from: most of the hosts have one row."""

_PARTS: Final = 9
"""Of the sources of counted texts, likewise: what is learnt from the others is most of what there is."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Rows that are measured, and the rows that the model which measures them may learn from."""

    held_out: Places
    training: Places
    sources: tuple[str, ...] = ()


def near_copy_folds(rows: Sequence[LabelledAd], ordinary: Set[str], *, seed: int) -> list[Fold]:
    """Five folds of whole clusters; each board of ordinary ads stands in one fold as a whole.

    A row is measured by a model that saw no near-copy of it and none of its twins, but other texts of the same channel.
    No board that sets the threshold was learnt from.
    """
    boards = {name: number % NEAR_COPY_FOLDS for number, name in enumerate(sorted(ordinary))}
    numbers = np.array(
        [boards.get(row.dataset, _number(row.held_with, seed, NEAR_COPY_FOLDS)) for row in rows], dtype=np.int64
    )
    folds = (_fold(rows, np.flatnonzero(numbers == number)) for number in range(NEAR_COPY_FOLDS))
    return [fold for fold in folds if can_learn(rows, fold)]


def source_folds(rows: Sequence[LabelledAd], ordinary: Set[str], *, alone: Set[str] = frozenset()) -> list[Fold]:
    """Folds of whole sources of real texts: what a channel or a board gets that the model has never seen.

    To train fewer models, a fold leaves out several sources at once: at most one that is rich in texts to act on, at
    most one board of ordinary ads (as long as there are no more than ten) and some others. Sources of under nine rows
    are left out with the others of their collection; the pages that quotations are from, in three bundles. Near-copies
    of a row that is left out are not learnt from either, wherever they stand. Invented collections are in no fold but
    those named in ``alone``, which are left out as sources are.
    """
    # The places of each source's rows; the name is that of its collection and its own.
    counts = Counter((row.dataset, row.source) for row in rows)
    members: dict[_Source, list[int]] = {}
    for place, row in enumerate(rows):
        if row.dataset in ordinary or (row.dataset in alone and not row.real):
            part = ""
        elif not row.real:
            continue
        elif _is_of_many(row):
            part = f"pages, part {1 + _number(row.source, 0, _PARTS if row.counted else _BUNDLES)}"
        else:
            part = row.source if counts[row.dataset, row.source] >= _SMALL else "small sources"
        members.setdefault((row.dataset, part), []).append(place)

    dangerous = {name: sum(rows[place].kind in ACTED_ON for place in places) for name, places in members.items()}
    # Quotations are from a hundred pages: a bundle of them is no source that could be learnt by heart.
    rich = {name for name in members if dangerous[name] >= _LARGE and not _is_of_many(rows[members[name][0]])}
    large = sorted((name for name in rich if name[0] not in alone), key=lambda name: (-dangerous[name], name))
    boards = sorted(name for name in members if name[0] in ordinary)
    count = max(len(large), len(boards), min(_FEW_FOLDS, len(members)))
    folds: list[list[_Source]] = [[] for _ in range(min(_MOST_FOLDS, count))]
    for some in (large, boards):
        for number, name in enumerate(some):
            folds[number % len(folds)].append(name)
    sizes = {name: len(places) for name, places in members.items()}
    for name in sorted(members.keys() - {*large, *boards}, key=lambda name: (-sizes[name], name)):
        # Where fewest sources of the collection stand, and of these folds where fewest rows do.
        taken = [(sum(other[0] == name[0] for other in names), sum(sizes[other] for other in names)) for names in folds]
        folds[taken.index(min(taken))].append(name)
    found = [
        _fold(rows, np.sort([place for name in names for place in members[name]]), sorted(names))
        for names in folds
        if names
    ]
    return [fold for fold in found if can_learn(rows, fold)]


_Source = tuple[str, str]


def _is_of_many(row: LabelledAd) -> bool:
    """Whether its collection is of hundreds of sources, most of which have a few rows."""
    return row.genre == "quoted" or row.counted is not None


def _fold(rows: Sequence[LabelledAd], held_out: Places, sources: Iterable[_Source] = ()) -> Fold:
    with_them = {rows[place].held_with for place in held_out.tolist()}
    training = np.array([place for place, row in enumerate(rows) if row.held_with not in with_them], dtype=np.int64)
    return Fold(held_out=held_out, training=training, sources=tuple(": ".join(filter(None, name)) for name in sources))


def can_learn(rows: Sequence[LabelledAd], fold: Fold) -> bool:
    """Whether there is something to measure, and what is left still shows the difference that is to be learnt."""
    return len(fold.held_out) > 0 and len(set(acts(rows[place] for place in fold.training.tolist()))) == 2


def _number(name: str, seed: int, among: int) -> int:
    """The same for the same name, whatever other rows there are."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).digest()) % among


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

    @classmethod
    def of(cls, rows: Sequence[LabelledAd], weigh: Weigh) -> Self:
        """What these rows give."""
        return cls([row.kind for row in rows], np.array(weigh(rows), dtype=np.float64))


def fit_classifier(pipeline: Pipeline, ads: Sequence[Any], learnt: Learnt) -> Pipeline:
    """A fitted copy of the pipeline; weights go to its last step."""
    fitted = clone(pipeline)
    fitted.fit(ads, np.array(learnt.kinds), **{f"{fitted.steps[-1][0]}__sample_weight": learnt.weights})
    return fitted


def read_rows(reader: AdReader, rows: Sequence[LabelledAd]) -> list[ReadAd]:
    """Each row's ad as a classifier reads it, with the facts that were known of it when it was decided on."""
    found = zip(reader.read(row.ad for row in rows), rows, strict=True)
    return [_counted(read.ad, row.counted) if row.counted else replace(read, facts=row.facts) for read, row in found]


def _counted(ad: JobAd, text: CountedText) -> ReadAd:
    """An ad without a text as the reading once gave it: evidence has no place and no words."""
    found = text.signs
    rule = RuleMet(rule=found["rule"], title="", source="", indicators=()) if found["rule"] else None
    return ReadAd(
        ad=ad, evidence=tuple(map(_piece, found["indicators"])), denied=(_piece(""),) * found["denied"],
        attributed=found["attributed"], quoted=found["quoted"], rule=rule, is_warning=found["warning"],
        ngrams=text.ngrams,
    )  # fmt: skip


def _piece(indicator: str) -> Evidence:
    return Evidence(indicator=indicator, field="description", start=0, end=0, quote="")


def kinds_of(fitted: BaseEstimator, ads: Any) -> Doubles:
    """Probabilities of ``KINDS`` in their order; of a kind that was not learnt, 0."""
    probabilities = fitted.predict_proba(ads)
    found = np.zeros((len(probabilities), len(KINDS)))
    found[:, [KINDS.index(kind) for kind in fitted.classes_.tolist()]] = probabilities
    return found


def log_odds(kinds: Doubles) -> Doubles:
    """Log-odds that a reviewer would act, by the probabilities of the kinds; not a number stays so."""
    act, other = kinds[:, :2].sum(axis=1), kinds[:, 2:].sum(axis=1)
    return np.asarray(np.log(np.maximum(act, _LEAST)) - np.log(np.maximum(other, _LEAST)))


def held_out_kinds(
    pipeline: Pipeline,
    ads: Sequence[Any],
    rows: Sequence[LabelledAd],
    folds: Sequence[Fold],
    *,
    weigh: Weigh,
    on_fold: Callable[[], None] = lambda: None,
) -> Doubles:
    """Probabilities of the kinds of every row that is in a fold, from a model that did not learn from it; not a number
    for the others. ``ads`` are the rows as the pipeline reads them."""
    tasks = (
        (pipeline, take(ads, fold.training), Learnt.of(take(rows, fold.training), weigh), take(ads, fold.held_out))
        for fold in folds
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
    """What the work makes of each fold's task, put in the places of the rows that the fold holds out.

    In processes, because scikit-learn's solvers and the making of n-grams hold the interpreter. Each has one thread:
    with more, sums are taken in another order on another machine, and the bytes of a model would differ. On a busy
    machine threads that wait for each other take ten times as long besides.
    """
    found = np.full((len(rows), len(KINDS)), np.nan)
    jobs = min(MOST_JOBS, cpu_count()) if len(rows) > MANY else 1
    parallel = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="n_jobs")
    answers = parallel(delayed(_in_one_thread)(work, task) for task in tasks)
    for fold, kinds in zip(folds, answers, strict=True):
        found[fold.held_out] = kinds
        on_fold()
    return found


def take(things: Sequence[_Thing], places: Places) -> list[_Thing]:
    """The things at these places."""
    return [things[place] for place in places.tolist()]


def _in_one_thread(work: Callable[..., Doubles], task: tuple[Any, ...]) -> Doubles:
    with threadpool_limits(1):
        return work(*task)


def _fit_and_score(pipeline: Pipeline, ads: Sequence[Any], learnt: Learnt, held_out: Sequence[Any]) -> Doubles:
    return kinds_of(fit_classifier(pipeline, ads, learnt), held_out)
