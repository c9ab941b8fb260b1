"""Shifts of the score when place, person, spelling or language changes."""

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any, Final
from unicodedata import normalize

import numpy as np

from model.datasets.labels import LabelledAd, acts
from model.datasets.records import text_ad
from model.evaluation.counterfactuals.perturbations import PERTURBATIONS, SWAPPED, swap_words
from model.evaluation.metrics import Doubles, auc

__all__ = ["MOST", "measure_counterfactuals", "read_tellings"]

MOST: Final = 40
"""Texts that each change is tried on: enough to see a share of one in ten move, few to read again."""

Read = Callable[[Sequence[LabelledAd]], Doubles]
_Change = Callable[[LabelledAd], LabelledAd]


def measure_counterfactuals(
    rows: Sequence[LabelledAd], read: Read, *, limit: float | None, seed: int
) -> dict[str, dict[str, Any]]:
    """For each thing that is changed, how far log-odds move and how many texts change sides of the threshold.

    ``read`` gives the score's log-odds of labelled ads, ``limit`` is the threshold in log-odds. Half of the texts of a
    perturbation are such as a reviewer acts on, half are not.
    """
    changes = {f"swaps.{what}": _swap(what) for what in SWAPPED}
    changes |= {f"perturbations.{name}": _spoil(name, seed) for name in PERTURBATIONS}
    pairs = {name: _changed(rows, change, seed) for name, change in changes.items()}
    before = _read_apart([[original for original, _ in some] for some in pairs.values()], read)
    after = _read_apart([[changed for _, changed in some] for some in pairs.values()], read)
    found: dict[str, dict[str, Any]] = {"swaps": {}, "perturbations": {}, "languages": _languages(read)}
    for name, first, second in zip(pairs, before, after, strict=True):
        part, _, what = name.partition(".")
        if len(first):
            found[part][what] = _shift(first, second, limit)
    return found


@cache
def read_tellings() -> tuple[LabelledAd, ...]:
    """Six invented offers, each in every language; the tellings of one offer are a group."""
    content = tomllib.loads(Path(__file__).with_name("tellings.toml").read_text(encoding="utf-8"))
    return tuple(
        LabelledAd(
            ad=text_ad("tellings", f"{name}:{language}", title="", description=text, language=language),
            kind="trafficking_recruitment" if offer["acted_on"] else "legitimate",
            dataset="tellings", sort=name, genre="board", group=f"tellings:{name}",
        )
        for name, offer in content.items()
        for language, text in offer.items()
        if language != "acted_on"
    )  # fmt: skip


def _swap(what: str) -> _Change:
    return lambda row: _reworded(row, lambda text: swap_words(text, what, row.ad.language))


def _spoil(name: str, seed: int) -> _Change:
    def change(row: LabelledAd) -> LabelledAd:
        chance = Random(f"{seed}:{name}:{row.ad.ad_id}")  # noqa: S311 -- no secret
        return _reworded(row, lambda text: normalize("NFC", PERTURBATIONS[name](text, chance)) if text else text)

    return change


def _reworded(row: LabelledAd, say: Callable[[str], str]) -> LabelledAd:
    return replace(row, ad=replace(row.ad, title=say(row.ad.title), description=say(row.ad.description)))


def _changed(rows: Sequence[LabelledAd], change: _Change, seed: int) -> list[tuple[LabelledAd, LabelledAd]]:
    """Up to ``MOST`` texts that the change touches, half of them acted on where there are so many."""
    found: dict[bool, list[tuple[LabelledAd, LabelledAd]]] = {True: [], False: []}
    ranks = [hashlib.blake2b(f"{seed}:{row.ad.ad_id}".encode(), digest_size=8).digest() for row in rows]
    drawn = sorted(zip(ranks, acts(rows), rows, strict=True), key=itemgetter(0))
    for _, act, row in drawn:
        if len(found[act]) < MOST // 2 and (other := change(row)).ad != row.ad:
            found[act].append((row, other))
    return [*found[True], *found[False]]


def _read_apart(parts: Sequence[Sequence[LabelledAd]], read: Read) -> list[Doubles]:
    """All parts read at once, each text once however many parts hold it, and parted again."""
    texts = {(row.ad.ad_id, row.ad.title, row.ad.description): row for part in parts for row in part}
    place = {text: number for number, text in enumerate(texts)}
    logits = read(list(texts.values())) if texts else np.zeros(0)
    return [logits[[place[row.ad.ad_id, row.ad.title, row.ad.description] for row in part]] for part in parts]


def _shift(before: Doubles, after: Doubles, limit: float | None) -> dict[str, float | int | None]:
    moved = np.abs(after - before)
    found: dict[str, float | int | None] = {
        "texts": len(before),
        "mean_change": float(moved.mean()),
        "largest_of_95_in_100": float(np.quantile(moved, 0.95)),
        "mean_direction": float((after - before).mean()),
    }
    if limit is not None:
        flagged = before > limit
        found["sides_changed"] = float(np.mean(flagged != (after > limit)))
        found["still_flagged"] = float(np.mean(after[flagged] > limit)) if flagged.any() else None
        found["newly_flagged"] = float(np.mean(after[~flagged] > limit)) if (~flagged).any() else None
    return found


def _languages(read: Read) -> dict[str, Any]:
    """Of the offers written in every language: how far a language lies from the offers' means, and whether it leaves
    them in order."""
    rows = read_tellings()
    logit, truth = read(rows), np.array(acts(rows))
    offer, language = np.array([row.sort for row in rows]), np.array([row.ad.language for row in rows])
    apart = logit - np.array([logit[offer == sort].mean() for sort in offer])
    return {
        "spread": float(np.sqrt(np.mean(apart**2))),
        "by": {
            name: {
                "mean_direction": float(apart[language == name].mean()),
                "auc": auc(truth[language == name], logit[language == name]),
            }
            for name in sorted(set(language.tolist()))
        },
        "auc": auc(truth, logit),
    }
