"""Suspected label errors, by scores from models that did not learn from the row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from model.assessment import KINDS
from model.classifier.pipeline import build_classifier
from model.datasets.labels import ACTED_ON, LabelledAd, near_duplicate_key, row_weights
from model.errors import NotInstalled
from model.evaluation.compare import Judge
from model.evaluation.cross_validation import (
    Learnt,
    fit_classifier,
    held_out_kinds,
    kinds_of,
    log_odds,
    near_copy_folds,
    read_rows,
    take,
)
from model.evaluation.figures import AT
from model.evaluation.metrics import Doubles
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy
from model.training.simulation import Learn, Plan, simulate

_FEW: Final = 5
"""Labels of a kind below which nothing can be said of it: they are passed over."""

Why = Literal["suspected_error", "near_duplicates_disagree", "decisions_disagree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One label to look at again, and why. It is no proof: the label may be right and the model wrong."""

    ad_id: str
    why: Why
    label: str
    instead: str
    """What the model, a near-duplicate or another decision says."""

    certainty: float
    """Of a suspected error, the probability that is given to the label: the lower, the more doubtful. Else 0.5."""

    others: tuple[str, ...] = ()


def suspected_errors(rows: Sequence[LabelledAd], kinds: Doubles) -> tuple[Doubt, ...]:
    """Labels that confident learning holds to be wrong, the most doubtful first.

    ``kinds`` are probabilities of ``KINDS`` from models that saw nothing of each row's group; from a model that has
    learnt a label, that label looks right. Northcutt, Jiang and Chuang, JAIR 70 (2021) 1373-1411, as cleanlab has it.
    """
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as err:
        raise NotInstalled(
            "cleanlab: not installed; expected the extra that suspects labels: pip install 'lurewatch[doubts]'"
        ) from err
    counts = Counter(KINDS.index(row.kind) for row in rows)
    present = sorted(kind for kind, count in counts.items() if count >= _FEW)
    if len(present) < 2:
        return ()
    # Rows that no fold held out have no probabilities.
    scored = [
        place for place, row in enumerate(rows) if KINDS.index(row.kind) in present and not np.isnan(kinds[place]).any()
    ]
    rows, kinds = [rows[place] for place in scored], kinds[scored]
    given = np.array([present.index(KINDS.index(row.kind)) for row in rows])
    among = kinds[:, present] / kinds[:, present].sum(axis=1, keepdims=True)
    places = find_label_issues(given, among, return_indices_ranked_by="self_confidence", n_jobs=1)
    return tuple(
        Doubt(
            ad_id=rows[place].ad.ad_id, why="suspected_error", label=rows[place].kind,
            instead=KINDS[present[int(among[place].argmax())]], certainty=float(among[place, given[place]]),
        )
        for place in places.tolist()
    )  # fmt: skip


def contradictions(rows: Sequence[LabelledAd]) -> tuple[Doubt, ...]:
    """Near-duplicates of which one was acted on and another was not; of the two sides, the smaller one is named.

    Twins of a contrast group begin alike and differ on purpose: they are left out.
    """
    groups: dict[str, list[LabelledAd]] = {}
    for row in rows:
        if row.twins is None:
            groups.setdefault(near_duplicate_key(row.ad.title + row.ad.description), []).append(row)
    found = []
    for key, some in sorted(groups.items(), key=itemgetter(0)):
        if not key:
            continue
        acted, left = [[row for row in some if (row.kind in ACTED_ON) is act] for act in (True, False)]
        fewer, more = sorted((acted, left), key=len)
        kinds, others = [row.kind for row in more], tuple(row.ad.ad_id for row in more)
        found += [
            Doubt(
                ad_id=row.ad.ad_id, why="near_duplicates_disagree", label=row.kind,
                instead=max(sorted(set(kinds)), key=kinds.count), certainty=0.5, others=others,
            )
            for row in fewer
        ]  # fmt: skip
    return tuple(found)


def simulate_with(
    rows: Sequence[LabelledAd], plan: Plan, *, model: Path | None, taxonomy_folder: Path
) -> dict[str, Any]:
    """The figures of ``simulate`` for a saved model, or without one, with the model's version and how many of the rows
    it had learnt as real texts."""
    judge = Judge(model) if model else None
    if judge:
        plan = replace(plan, limit=judge.limits.get(AT, 0.0))
    first = judge.scores(rows) if judge else None
    learn = learner_of(rows, taxonomy_folder) if plan.retrain_every else None
    found = simulate(rows, plan, first=first, learn=learn)
    learnt = sum(map(judge.has_learnt, rows)) if judge else 0
    return {"model_version": judge.model.version if judge else None, "learnt_before": learnt, **found}


def doubtful_labels(
    rows: Sequence[LabelledAd], *, model: Path | None, taxonomy_folder: Path, seed: int
) -> tuple[Doubt, ...]:
    """Labels that deserve a second look. ``model`` must not have learnt them; None asks models that are fitted on the
    rows themselves with each row's cluster held out."""
    kinds = Judge(model).kinds(rows) if model else unseen_kinds(rows, taxonomy_folder, seed=seed)
    return (*contradictions(rows), *suspected_errors(rows, kinds))


def learner_of(rows: Sequence[LabelledAd], taxonomy_folder: Path) -> Learn:
    """What gives every row's log-odds from a classifier fitted on some of them; the rows are read once."""
    taxonomy = load_taxonomy(taxonomy_folder)
    ads = read_rows(AdReader.from_taxonomy(taxonomy), rows)
    estimator = build_classifier(taxonomy)

    def learn(read: Sequence[int]) -> Doubles:
        places = np.array(read, dtype=np.int64)
        learnt = Learnt.of(take(rows, places), lambda some: row_weights(some, {}))
        return log_odds(kinds_of(fit_classifier(estimator, take(ads, places), learnt), ads))

    return learn


def unseen_kinds(rows: Sequence[LabelledAd], taxonomy_folder: Path, *, seed: int) -> Doubles:
    """Probabilities of ``KINDS`` for each row, by models that did not learn from its cluster; NaN where none could."""
    taxonomy = load_taxonomy(taxonomy_folder)
    return held_out_kinds(
        build_classifier(taxonomy),
        read_rows(AdReader.from_taxonomy(taxonomy), rows),
        rows,
        near_copy_folds(rows, frozenset(), seed=seed),
        weigh=lambda some: row_weights(some, {}),
    )
