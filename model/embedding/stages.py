"""Both looks together: the second learnt on top of the first, and what the two say of rows that neither saw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.classifier.calibration import calibration_lines
from model.classifier.heads import HEADS, Doubles, HeadName
from model.embedding.encoder import Embedder
from model.datasets.labels import LabelledAd
from model.evaluation.metrics import threshold_at
from model.embedding.reranker_fitting import Near, SecondRecipe, find_near, fit_second, vectors_of
from model.embedding.reranker import SecondHead, SecondLook

__all__ = ["Again", "SecondTrainer", "looked_through"]

_Flags = npt.NDArray[np.bool_]
_Logits = dict[HeadName, Doubles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What training the second look came to."""

    second: SecondLook
    logits: _Logits
    """Of every row by both looks, neither having seen its group: the second's where the first passes the row on."""

    near: Near
    ruled: _Flags
    """Which rows meet a rule, so that the first look's word on them stands."""

    line: tuple[float, float]
    """Slope and offset that calibrate the score's second head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondTrainer:
    """Learns the second look on top of a first, and measures both."""

    embedder: Embedder
    emphasis: Mapping[str, float]
    recipe: SecondRecipe

    def learn(
        self,
        rows: Sequence[LabelledAd],
        first: Mapping[HeadName, Doubles],
        folds: npt.NDArray[np.int64],
        *,
        plain: _Flags,
        ruled: _Flags,
    ) -> Again:
        """The second look, learnt on held-out logits of the ``first``, calibrated; and what both say, held out in
        turn. ``plain`` marks ordinary ads, ``ruled`` those that meet a rule."""
        near = find_near(rows, first["act"], self.embedder, self.recipe, plain=plain, ruled=ruled)
        theirs = [rows[place] for place in near.places]
        logits: _Logits = {name: first[name][near.places] for name in HEADS}
        passed, fold = logits["act"] >= near.looks_from, folds[near.places]
        raw: _Logits = {name: np.zeros(len(theirs)) for name in HEADS}
        for held in np.unique(fold):
            for name, head in self._fit(theirs, logits, near, fold != held).items():
                raw[name][fold == held] = head.logit(logits[name][fold == held], near.vectors[fold == held])
        said: _Logits = {name: values.copy() for name, values in raw.items()}
        for held in np.unique(fold):
            for name, (slope, offset) in _lines(raw, theirs, passed & (fold != held)).items():
                said[name][fold == held] = slope * raw[name][fold == held] + offset
        lines = _lines(raw, theirs, passed)
        fitted = self._fit(theirs, logits, near, np.ones(len(theirs), dtype=np.bool_))
        both: _Logits = {name: values.copy() for name, values in first.items()}
        for name in HEADS:
            both[name][near.places[passed]] = said[name][passed]
        heads = {name: head.calibrated(*lines[name]) for name, head in fitted.items()}
        second = SecondLook(embedder=self.embedder.name, looks_from=near.looks_from, heads=heads)
        return Again(second=second, logits=both, near=near, ruled=ruled, line=lines["act"])

    def away(
        self, again: Again, rows: Sequence[LabelledAd], held: Mapping[HeadName, Doubles], line: tuple[float, float]
    ) -> Callable[[Doubles, _Flags, _Flags], Doubles]:
        """What both looks say where some rows are left out of learning, by the first look's logits without them.

        ``held`` are the held-out logits of all rows, ``line`` what calibrates the first look's.
        """

        def look(raw: Doubles, outside: _Flags, plain: _Flags) -> Doubles:
            first = line[0] * raw + line[1]
            left = {row.held_with for row, is_outside in zip(rows, outside, strict=True) if is_outside}
            kept = np.array([rows[place].held_with not in left for place in again.near.places], dtype=np.bool_)
            learnt = [rows[place] for place in again.near.places[kept]]
            logits: _Logits = {"act": held["act"][again.near.places[kept]]}
            head = fit_second(learnt, logits, again.near.vectors[kept], self.emphasis, self.recipe, heads=("act",))
            passed = (first >= threshold_at(first[plain], self.recipe.looked_at)) & ~again.ruled
            places = np.flatnonzero(passed & (outside | plain))
            both = first.copy()
            vectors = vectors_of(rows, places, self.embedder)
            both[places] = head["act"].calibrated(*again.line).logit(first[places], vectors)
            return both

        return look

    def _fit(
        self, rows: Sequence[LabelledAd], first: Mapping[HeadName, Doubles], near: Near, picked: _Flags
    ) -> dict[HeadName, SecondHead]:
        some = [row for row, is_picked in zip(rows, picked, strict=True) if is_picked]
        logits: _Logits = {name: first[name][picked] for name in HEADS}
        return fit_second(some, logits, near.vectors[picked], self.emphasis, self.recipe)


def looked_through(
    second: SecondLook,
    rows: Sequence[LabelledAd],
    first: Mapping[HeadName, Doubles],
    embedder: Embedder,
    *,
    ruled: _Flags,
) -> _Logits:
    """What both looks say of rows, by the first's calibrated logits; ``ruled`` marks those that meet a rule."""
    both = {name: values.copy() for name, values in first.items()}
    places = np.flatnonzero((first["act"] >= second.looks_from) & ~ruled)
    if len(places):
        vectors = vectors_of(rows, places, embedder)
        for name, head in second.heads.items():
            both[name][places] = head.logit(first[name][places], vectors)
    return both


def _lines(
    raw: Mapping[HeadName, Doubles], rows: Sequence[LabelledAd], picked: _Flags
) -> dict[HeadName, tuple[float, float]]:
    some = [row for row, is_picked in zip(rows, picked, strict=True) if is_picked]
    return calibration_lines({name: raw[name][picked] for name in HEADS}, some)
