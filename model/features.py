"""What the classifier reads of an ad: hashed n-grams of its text, the signs it shows, and how it is written.

Nothing here knows the source, an id, a logo, the markup or how long the text is: those tell where an ad was collected,
not what it offers. Reading needs numpy alone.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.assessment import Evidence
from model.grams import BUCKETS, Grams, read_grams
from model.rules import reads_as_warning, rule_met
from model.taxonomy import Taxonomy
from model.text import Folded, views

__all__ = ["FoldedAd", "GramCounts", "SignReader", "count_grams", "fold_ad"]

LONGEST_TEXT: Final = 20_000
"""Characters of a description that are read for n-grams: an ad of a megabyte must not hold up a night."""

RULE: Final = "rule"
WARNING: Final = "warning"
DISGUISE: Final = "disguise"
MITIGATING: Final = "strength:mitigating"


@dataclass(frozen=True, slots=True)
class FoldedAd:
    """An ad's title and description as n-grams are read from them: folded, disguises taken off."""

    title: Folded
    description: Folded
    disguised: bool
    """Whether letters stand in for others somewhere, as in a word of two scripts."""

    @property
    def text(self) -> str:
        """Both, title first; ``len(self.title.text)`` parts them."""
        return self.title.text + self.description.text


def fold_ad(ad: JobAd) -> FoldedAd:
    """The ad's text as n-grams are read from it."""
    title, description = tuple(views(ad.title)), tuple(views(ad.description[:LONGEST_TEXT]))
    return FoldedAd(title[-1], description[-1], disguised=len(title) + len(description) > 2)


@dataclass(frozen=True, slots=True)
class GramCounts:
    """The n-grams of a chunk of ads, counted: one cell for each n-gram that an ad has, ad by ad."""

    grams: Grams
    cell: npt.NDArray[np.int64]
    """The cell of each occurrence."""

    ad: npt.NDArray[np.int64]
    bucket: npt.NDArray[np.int64]
    count: npt.NDArray[np.float64]


def count_grams(folded: Sequence[FoldedAd]) -> GramCounts:
    """The n-grams of these ads."""
    grams = read_grams([ad.text for ad in folded])
    keys, cell, count = np.unique(grams.text * BUCKETS + grams.bucket, return_inverse=True, return_counts=True)
    return GramCounts(grams, cell, keys // BUCKETS, keys % BUCKETS, count.astype(np.float64))


class SignReader:
    """Turns evidence into numbers: each indicator, each family, how many of each strength, a rule met, a warning.

    Families and strengths let an indicator that is rare in training speak with the voice of its kin.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        risks = {one.family for one in taxonomy.indicators.values() if one.polarity == "risk"}
        self.names: tuple[str, ...] = (
            *(f"indicator:{key}" for key in sorted(taxonomy.indicators)),
            *(f"family:{family}" for family in sorted(risks)),
            *(f"strength:{strength}" for strength in ("strong", "medium", "weak")),
            *(MITIGATING, RULE, WARNING, DISGUISE),
        )
        self._place = {name: place for place, name in enumerate(self.names)}

    def read(self, evidence: Iterable[Evidence], *, disguised: bool) -> npt.NDArray[np.float32]:
        """The numbers, in the order of ``names``."""
        evidence = tuple(evidence)
        row = np.zeros(len(self.names), dtype=np.float32)
        for name, keys in self.shown(evidence).items():
            counted = name.startswith("strength:")
            row[self._place[name]] = math.log1p(len(keys)) if counted else 1.0
        row[self._place[RULE]] = rule_met(evidence, self._taxonomy) is not None
        row[self._place[WARNING]] = reads_as_warning(evidence, self._taxonomy)
        row[self._place[DISGUISE]] = disguised
        return row

    def shown(self, evidence: Iterable[Evidence]) -> dict[str, tuple[str, ...]]:
        """For each sign that rests on indicators, the indicators it rests on."""
        signs: dict[str, tuple[str, ...]] = {}
        for key in dict.fromkeys(one.indicator for one in evidence):
            indicator = self._taxonomy.indicators[key]
            names = [f"indicator:{key}"]
            if indicator.polarity == "risk":
                names += [f"family:{indicator.family}", f"strength:{indicator.strength}"]
            else:
                names.append(MITIGATING)
            for name in names:
                signs[name] = (*signs.get(name, ()), key)
        return signs
