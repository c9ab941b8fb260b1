"""Figures at thresholds for shares of ordinary ads, on real and on invented texts."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Final

import numpy as np
import scipy  # loads its parts where they are used

from model.datasets.labels import ACTED_ON, LabelledAd, acts
from model.evaluation import metrics
from model.evaluation.facets import language_of
from model.evaluation.metrics import Doubles, Figure, Flags, cluster_draws, clustered_share, spread, weighted_auc
from model.evaluation.real_slices import PAIRS, SLICES, by_source, masks

SHARES: Final = (0.005, 0.01, 0.02, 0.05)
"""Shares of ordinary ads that may be flagged: the operating points."""

CURVE: Final = (0.0025, *SHARES[:3], 0.03, SHARES[3], 0.1)
"""Shares at which slices are measured: from strict to loose."""

AT: Final = 0.02

PAIR_KINDS: Final = {"chat": ("chat", "chat"), "board": ("board", "board"), "board_over_chat": ("board", "chat")}
"""The genre of the dangerous twin and that of the lawful one; the last asks whether the genre was learnt instead."""

WAYS: Final = {"sources_left_out": "whole sources left out", "near_copies_held_out": "near-copies held out"}
MODELS: Final = {"model": "this model", "plain_recipe": "the plain recipe"}

_ENOUGH: Final = 100
_FEW: Final = 9


@dataclass(frozen=True, slots=True)
class Threshold:
    """The rows that thresholds are shares of, and how they are called."""

    rows: Flags
    boards: Sequence[str]
    """The board of each row; each weighs the same, however many ads it has."""

    of: str
    """``ordinary ads``, or what stands in for them where the catalogue has none."""

    @classmethod
    def over(cls, rows: Sequence[LabelledAd], ordinary: Set[str]) -> "Threshold":
        """The ordinary ads among the rows; without any, real lawful ads, or else all lawful ads."""
        names = [row.dataset for row in rows]
        lawful = np.array([row.kind == "legitimate" for row in rows], dtype=np.bool_)
        real = np.array([row.real for row in rows], dtype=np.bool_)
        found = np.array([row.dataset in ordinary and row.kind not in ACTED_ON for row in rows], dtype=np.bool_)
        for some, words in ((found, "ordinary ads"), (lawful & real, "real lawful texts"), (lawful, "lawful texts")):
            if some.any():
                return cls(some, names, words)
        return cls(found, names, "ordinary ads")

    def at(self, score: Doubles, share: float) -> float | None:
        """The score above which this share lies; None where no row has a score."""
        places = np.flatnonzero(self.rows & ~np.isnan(score))
        if not len(places):
            return None
        names = [self.boards[place] for place in places.tolist()]
        _, inverse, count = np.unique(np.array(names), return_inverse=True, return_counts=True)
        return metrics.weighted_threshold(score[places], 1 / count[inverse], share)


def operating_points(threshold: Threshold, score: Doubles) -> list[dict[str, float]]:
    """For each share of ordinary ads the probability above which it is flagged; none where nothing was held out."""
    limits = {share: limit for share in SHARES if (limit := threshold.at(score, share)) is not None}
    points = zip(limits, scipy.special.expit([*limits.values()]).tolist(), strict=True)
    return [{"ordinary_flagged": share, "threshold": point} for share, point in points]


class RealFigures:
    """Real texts with scores that were given without having seen them, ready to be measured.

    Rows whose score is not a number were not held out and are passed over. Intervals are over clusters; the threshold
    is taken as it is.
    """

    def __init__(self, rows: Sequence[LabelledAd], ordinary: Set[str], *, seed: int) -> None:
        self.rows = rows
        self.threshold = Threshold.over(rows, ordinary)
        self.truth = np.array(acts(rows), dtype=np.bool_)
        self._real = np.array([row.real for row in rows], dtype=np.bool_)
        self._masks = masks(rows, ordinary)
        self._clusters = np.array([row.held_with for row in rows], dtype=object)
        self._boards = np.array([row.dataset if row.dataset in ordinary else "" for row in rows], dtype=object)
        self._boards[self.truth] = ""
        self._seed = seed

    def limits(self, score: Doubles) -> dict[float, float]:
        """The threshold for each share of ``CURVE``, in log-odds; none where no such row was held out."""
        return {share: limit for share in CURVE if (limit := self.threshold.at(score, share)) is not None}

    def measure(self, score: Doubles, limits: Mapping[float, float] | None = None) -> dict[str, Any]:
        """Everything that ``metrics.json`` says of one model on real texts, by log-odds that a reviewer would act.

        ``limits`` are the thresholds of a model that has learnt from ordinary ads; unless given, the rows' own.
        """
        seen = ~np.isnan(score)
        limits = self.limits(score) if limits is None else limits
        real = seen & self._real
        wanted = [self._masks[part.key] for part in SLICES if part.is_found and part.is_led_with]
        # What people sent or somebody quoted, ranked among the ordinary ads.
        ranked = (np.any(wanted, axis=0) | self.threshold.rows) & seen
        found: dict[str, Any] = {
            "threshold_over": self.threshold.of,
            "rows": int(real.sum()),
            "slices": {name: self._shares(score, mask & seen, limits) for name, mask in self._masks.items()},
            "boards": {
                name: self._shares(score, (self._boards == name) & seen, limits)
                for name in sorted(set(self._boards.tolist()) - {""})
            },
            "auc": {name: self._interval(weighted_auc, score, where) for name, where in self._pairs(seen).items()},
            "average_precision": self._interval(metrics.weighted_precision, score, ranked) if ranked.any() else None,
        }
        found["slices"] = {name: shares for name, shares in found["slices"].items() if shares}
        if AT in limits:
            flagged = score > limits[AT]
            found["by_language"] = self._parts(list(map(language_of, self.rows)), flagged, real)
            found["by_source"] = self._parts(by_source(self.rows), flagged, real)
        return found

    def compare(
        self, ours: Doubles, theirs: Doubles, limits: tuple[float | None, float | None] | None = None
    ) -> dict[str, Figure]:
        """Of each slice at the leading threshold, and of each pair, how far ours lies above theirs on the same rows."""
        ours_at, theirs_at = limits or (self.threshold.at(ours, AT), self.threshold.at(theirs, AT))
        found: dict[str, Figure | None] = {}
        both = ~np.isnan(ours) & ~np.isnan(theirs)
        if ours_at is not None and theirs_at is not None:
            apart = (ours > ours_at).astype(np.float64) - (theirs > theirs_at)
            for name, mask in self._masks.items():
                if self._is_enough(where := mask & both):
                    found[name] = spread(partial(share_of, apart[where]), self._draws(where))
        for name, where in filter(lambda pair: self._is_enough(pair[1]), self._pairs(both).items()):
            found[f"auc_{name}"] = _auc_difference(self.truth[where], ours[where], theirs[where], self._draws(where))
        return {name: figure for name, figure in found.items() if figure is not None}

    def _shares(self, score: Doubles, where: Flags, limits: Mapping[float, float]) -> dict[str, Figure]:
        if not where.any():
            return {}
        clusters = self._clusters[where].tolist()
        return {f"{share:g}": clustered_share(score[where] > limit, clusters) for share, limit in limits.items()}

    def _pairs(self, seen: Flags) -> dict[str, Flags]:
        found = {}
        for name, (above, below) in PAIRS.items():
            where = np.any([self._masks[key] for key in (*above, below)], axis=0) & seen
            if len(set(self.truth[where].tolist())) == 2:
                found[name] = where
        return found

    def _interval(
        self, measure: Callable[[Flags, Doubles, Doubles], Doubles], score: Doubles, where: Flags
    ) -> Figure | None:
        return spread(partial(measure, self.truth[where], score[where]), self._draws(where))

    def _is_enough(self, where: Flags) -> bool:
        """Whether either sort that is there has enough clusters to draw from: of one, every draw is the same."""
        counts = (len(set(self._clusters[where & side].tolist())) for side in (self.truth, ~self.truth))
        return min(filter(None, counts), default=0) >= _FEW

    def _draws(self, where: Flags) -> Doubles:
        return cluster_draws(self._clusters[where].tolist(), seed=self._seed)

    def _parts(self, names: Sequence[str], flagged: Flags, where: Flags) -> dict[str, dict[str, Any]]:
        parts = np.array(names, dtype=object)
        found: dict[str, dict[str, Any]] = {}
        for name in sorted(set(parts[where].tolist())):
            of_it = where & (parts == name)
            if int(of_it.sum()) < _FEW:
                continue
            found[name] = {
                key: clustered_share(flagged[mask], self._clusters[mask].tolist()) if mask.any() else None
                for key, mask in (("found", of_it & self.truth), ("flagged", of_it & ~self.truth))
            }
        return found


def share_of(values: Doubles, weights: Doubles) -> Doubles:
    """The weighted mean of the values for each line of weights, of shape (n_draws,)."""
    return np.asarray((weights @ values) / weights.sum(axis=1))


def _auc_difference(truth: Flags, ours: Doubles, theirs: Doubles, draws: Doubles) -> Figure | None:
    return spread(lambda weights: weighted_auc(truth, ours, weights) - weighted_auc(truth, theirs, weights), draws)


def calibration(rows: Sequence[LabelledAd], score: Doubles) -> dict[str, Any]:
    """How far scores lie from what was true of real texts, and of each language with a hundred of them."""
    real = np.array([row.real for row in rows], dtype=np.bool_) & ~np.isnan(score)
    truth, predicted = np.array(acts(rows), dtype=np.bool_), scipy.special.expit(np.nan_to_num(score))
    names = np.array(list(map(language_of, rows)), dtype=object)

    def of(where: Flags) -> dict[str, float | int]:
        return {
            "rows": int(where.sum()),
            "calibration_error": metrics.calibration_error(truth[where], predicted[where]),
            "brier": float(np.mean((predicted[where] - truth[where]) ** 2)),
        }

    parts = {name: real & (names == name) for name in sorted(set(names[real].tolist()))}
    found = {name: of(where) for name, where in parts.items() if where.sum() >= _ENOUGH}
    return ({"real": of(real)} if real.any() else {}) | {"by_language": found}


def measure_invented(
    rows: Sequence[LabelledAd], score: Doubles, limit: float | None, families: Mapping[str, str]
) -> dict[str, Any]:
    """Pairs of twins won, and of each family of collections the AUC and the shares above the threshold.

    ``score`` are log-odds; rows without one, and real rows, are passed over.
    """
    places = [place for place, row in enumerate(rows) if not row.real and not np.isnan(score[place])]
    some, logits = [rows[place] for place in places], score[places]
    truth = np.array(acts(some), dtype=np.bool_)
    names = np.array([families.get(row.dataset, row.dataset) for row in some], dtype=object)
    by_family: dict[str, Any] = {}
    for name in sorted(set(names.tolist())):
        where = names == name
        by_family[name] = {"rows": int(where.sum()), "auc": metrics.auc(truth[where], logits[where])}
        if limit is not None:
            sides = {"found": where & truth, "flagged": where & ~truth}
            by_family[name] |= {
                side: float(np.mean(logits[mask] > limit)) for side, mask in sides.items() if mask.any()
            }
    return {"rows": len(some), "pairs": pairs_won(some, logits), "by_family": by_family}


def pairs_won(rows: Sequence[LabelledAd], score: Doubles) -> dict[str, Any]:
    """How often the dangerous twin scores above the lawful one, of each kind of pair and of all within one genre."""
    groups: dict[tuple[str, str], dict[bool, list[float]]] = {}
    for row, value in zip(rows, score.tolist(), strict=True):
        if row.twins is not None:
            sides = groups.setdefault((row.group, row.genre), {True: [], False: []})
            sides[acts([row])[0]].append(value)
    won: dict[str, list[bool]] = {name: [] for name in (*PAIR_KINDS, "within_genre")}
    for name, (dangerous, lawful) in PAIR_KINDS.items():
        for group in sorted({group for group, _ in groups}):
            above = groups.get((group, dangerous), {}).get(True, [])
            below = groups.get((group, lawful), {}).get(False, [])
            won[name] += [upper > lower for upper, lower in product(above, below)]
    won["within_genre"] = won["chat"] + won["board"]
    return {name: {"won": sum(found), "of": len(found)} for name, found in won.items() if found}


def is_worse(key: str, apart: Figure) -> bool:
    """Whether a difference of a slice or a pair lies beyond its interval on the wrong side of nothing."""
    if key.startswith("auc_") or key in {part.key for part in SLICES if part.is_found}:
        return apart["high"] < 0
    return apart["low"] > 0


def name_of(key: str) -> str:
    """The words for a slice, a pair of slices, a way of holding out or a model."""
    titles = {part.key: part.title for part in SLICES} | WAYS | MODELS
    if not key.startswith("auc_"):
        return titles.get(key, key.replace("_", " "))
    above, below = PAIRS[key.removeprefix("auc_")]
    return f"{' and '.join(titles[name] for name in above)} over {titles[below]}"
