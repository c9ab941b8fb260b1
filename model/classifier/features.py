"""What the classifier reads of an ad: hashed n-grams of its text, and the signs that it and the facts about it show.

Nothing here knows the source, an id, a logo, the markup or how long the text is: those tell where an ad was collected,
not what it offers. Reading needs numpy alone.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.ad_facts import AdFacts
from model.assessment import Evidence, RuleMet
from model.classifier.fact_signs import FACT_SIGNS
from model.classifier.grams import BUCKETS
from model.reading.rules import exploitation_hints, reads_as_warning, rule_met, telling_indicators
from model.taxonomy.loader import Taxonomy
from model.text.folding import Folded, views

__all__ = ["REMEMBERED", "FoldedAd", "GramCounter", "SignReader", "Signs", "fold_ad"]

LONGEST_TEXT: Final = 20_000
"""Characters of a description that are read for n-grams: an ad of a megabyte must not hold up a night."""

REMEMBERED: Final = 4096
"""Sets of indicators: a few are shown by most ads."""

RULE: Final = "rule"
WARNING: Final = "warning"
MITIGATING: Final = "strength:mitigating"


@dataclass(frozen=True, slots=True)
class FoldedAd:
    """An ad's title and description as n-grams are read from them: folded, disguises taken off."""

    title: Folded
    description: Folded

    @property
    def text(self) -> str:
        """Both, title first; ``len(self.title.text)`` parts them."""
        return self.title.text + self.description.text


def fold_ad(ad: JobAd) -> FoldedAd:
    """The ad's text as n-grams are read from it."""
    *_, title = views(ad.title)
    *_, description = views(ad.description[:LONGEST_TEXT])
    return FoldedAd(title, description)


class GramCounter:
    """Counts n-grams without sorting them, on a board with a square for each bucket; one counter to a thread."""

    def __init__(self) -> None:
        self._board = np.zeros(BUCKETS, dtype=np.int64)

    def count(self, bucket: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """For each occurrence, how often its bucket occurs in all."""
        np.add.at(self._board, bucket, 1)
        counted = self._board[bucket]
        self._board[bucket] = 0
        return np.asarray(counted)


class Signs(NamedTuple):
    """What the evidence of one ad, and the facts about it, show."""

    keys: tuple[str, ...]
    """The indicators, each once, in reading order."""

    numbers: npt.NDArray[np.float32]
    """In the order of the reader's names."""

    amounts: Mapping[str, float]
    """The same by name, of those that are not nothing."""

    rest_on: Mapping[str, tuple[str, ...]]
    """For each sign that rests on indicators, these."""

    exploitation: tuple[str, ...]
    """What the indicators hint at; see ``exploitation_hints``."""

    rule: RuleMet | None


class _Shown(NamedTuple):
    """What some indicators make of an ad, whatever else is known of it: see ``Signs``."""

    row: npt.NDArray[np.float32]
    amounts: dict[str, float]
    rest_on: dict[str, tuple[str, ...]]
    exploitation: tuple[str, ...]


class SignReader:
    """Turns evidence into numbers: each indicator, how many of each strength, a rule met, a warning.

    Strengths let an indicator that is rare in training speak with the voice of its kin. Families were tried beside
    them and changed nothing; letters in disguise too, and every "W i F i" and "B2B" was one.
    """

    def __init__(self, taxonomy: Taxonomy, *, with_facts: bool = False) -> None:
        """``with_facts``: facts about an ad are signs too, behind those of its text."""
        self._taxonomy = taxonomy
        self._facts = FACT_SIGNS if with_facts else ()
        self.names: tuple[str, ...] = (
            *(f"indicator:{key}" for key, one in sorted(taxonomy.indicators.items()) if one.polarity != "context"),
            *(f"strength:{strength}" for strength in ("strong", "medium", "weak")),
            *(MITIGATING, RULE, WARNING),
            *(sign.name for sign in self._facts),
        )
        self.place = {name: place for place, name in enumerate(self.names)}
        """Where among the numbers each sign stands."""

        self._of_indicator = {key: self._signs_of(key) for key in taxonomy.indicators}
        self._telling = telling_indicators(taxonomy)
        self.shown_by = lru_cache(REMEMBERED)(self._shown)
        """What some indicators make of an ad, whatever else is known of it."""

        self._of_nothing = self._look((), None)  # of many ads

    @property
    def directions(self) -> npt.NDArray[np.int8]:
        """Which way each sign may move a score: 1 up, -1 down. What warns of a lure never speaks for the ad."""
        facts = {sign.name: sign.direction for sign in self._facts}
        found = [facts.get(name, -1 if self._speaks_against(name) else 1) for name in self.names]
        return np.array(found, dtype=np.int8)

    def read(self, evidence: Iterable[Evidence], facts: AdFacts | None = None) -> npt.NDArray[np.float32]:
        """The numbers, in the order of ``names``."""
        return self.look(evidence, facts).numbers

    def look(self, evidence: Iterable[Evidence], facts: AdFacts | None = None) -> Signs:
        """The numbers, and what they rest on."""
        evidence = tuple(evidence)
        return self._look(evidence, facts) if evidence or facts else self._of_nothing

    def _look(self, evidence: tuple[Evidence, ...], facts: AdFacts | None) -> Signs:
        keys = tuple(dict.fromkeys(one.indicator for one in evidence))
        shown = self.shown_by(keys)
        rule = None if self._telling.isdisjoint(keys) else rule_met(evidence, self._taxonomy)
        warns = self._taxonomy.not_an_ad in keys and reads_as_warning(evidence, self._taxonomy)
        amounts = shown.amounts | ({RULE: 1.0} if rule else {}) | ({WARNING: 1.0} if warns else {})
        row = shown.row.copy()
        row[self.place[RULE]], row[self.place[WARNING]] = rule is not None, warns
        if facts:
            row[len(row) - len(self._facts) :] = [sign.amount(facts) for sign in self._facts]
            given = {sign.name: float(row[self.place[sign.name]]) for sign in self._facts}
            amounts |= {name: amount for name, amount in given.items() if amount}
        return Signs(keys, row, amounts, shown.rest_on, shown.exploitation, rule)

    def facts_shown(self, facts: AdFacts | None) -> dict[str, str]:
        """The signs that rest on facts, each in words for people."""
        return {sign.name: sign.words(facts) for sign in self._facts if sign.amount(facts)} if facts else {}

    def ruled(self, signs: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Which ads meet a rule, by the rows that ``read`` gave of them."""
        return np.asarray(signs[:, self.place[RULE]] > 0)

    def _shown(self, keys: tuple[str, ...]) -> _Shown:
        """What some indicators make of an ad. Context is nothing: a place alone never raises anything."""
        rest_on: dict[str, tuple[str, ...]] = {}
        for key in keys:
            for name in self._of_indicator[key]:
                rest_on[name] = (*rest_on.get(name, ()), key)
        row = np.zeros(len(self.names), dtype=np.float32)
        for name, its in rest_on.items():
            row[self.place[name]] = math.log1p(len(its)) if name.startswith("strength:") else 1.0
        amounts = {name: float(row[self.place[name]]) for name in rest_on}
        return _Shown(row, amounts, rest_on, exploitation_hints(keys, self._taxonomy))

    def _signs_of(self, key: str) -> tuple[str, ...]:
        indicator = self._taxonomy.indicators[key]
        if indicator.polarity == "context":
            return ()
        return f"indicator:{key}", f"strength:{indicator.strength}" if indicator.polarity == "risk" else MITIGATING

    def _speaks_against(self, name: str) -> bool:
        indicator = self._taxonomy.indicators.get(name.removeprefix("indicator:"))
        return indicator.polarity == "mitigating" if indicator else name in {MITIGATING, WARNING}
