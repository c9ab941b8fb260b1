"""Labelled ads, for training and evaluation."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from crawler.ad import JobAd
from model.ad_facts import AdFacts
from model.assessment import Kind
from model.datasets.counted import CountedText

Genre = Literal["board", "chat", "social", "news", "quoted"]
"""How a text came: an ad on a board, a message, a public post, a news item, or a passage that somebody quoted."""

KIND_NAMES: Final[Mapping[str, Kind | None]] = {
    "trafficking_recruitment": "trafficking_recruitment", "job_fraud": "job_fraud", "legitimate": "legitimate",
    "not_an_ad": "not_an_ad", "left_out": None,
}  # fmt: skip
"""What a value of a table's kind column can stand for; rows of the last are not read."""

ACTED_ON: Final[frozenset[Kind]] = frozenset({"trafficking_recruitment", "job_fraud"})

_DIGITS_AND_MARKS: Final = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAd:
    """One text whose kind somebody judged, with what evaluation must know to keep like things together."""

    ad: JobAd
    """Title and description only: pay, place or employer as columns would tell which collection a text is from."""

    kind: Kind
    dataset: str
    sort: str
    """The dataset's own finer word for what this is: ``verbatim_ad``, ``sms``, ``warning``, ..."""

    genre: Genre
    group: str
    """Texts of one group are near-duplicates or variants of one offer."""

    twins: str | None = None
    """The contrast group, where the text has lawful and dangerous twins."""

    facts: AdFacts | None = None
    """What was known of the ad beside its words when it was decided on; None where nobody looked."""

    source: str = ""
    """The channel, page or board that it came from: whole sources are held out in turn. The catalogue puts the
    dataset's name where a format says no more."""

    real: bool = False
    """Whether somebody sent or posted it, as the catalogue says; False for a text invented for lurewatch."""

    counted: CountedText | None = None
    """What is kept of a text in place of its words; title and description are empty then."""

    cluster: str = ""
    """Its group with all groups that hold near-copies of its texts, where these were looked for
    (``model.datasets.near_copies``)."""

    @property
    def held_with(self) -> str:
        """What it is held out with: texts of one name never stand on both sides of a split."""
        return self.cluster or self.group


def acts(rows: Iterable[LabelledAd]) -> list[bool]:
    """Whether a reviewer would act on each row."""
    return [row.kind in ACTED_ON for row in rows]


def near_duplicate_key(text: str) -> str:
    """Equal for texts that begin with the same letters; a template filled in with other numbers counts as the same."""
    return _DIGITS_AND_MARKS.sub("", text.casefold())[:80]


def row_weights(
    rows: Sequence[LabelledAd], emphasis: Mapping[str, float], prevalence: Mapping[str, float | None] | None = None
) -> list[float]:
    """What each row counts for in training; the mean is 1.

    One over the root of how many share its dataset and kind, so that ten thousand ads of one board do not drown
    fifty lures; times the dataset's emphasis. Where a dataset holds more ads to act on than there are in nature, its
    other rows count for more, until those have no more than their share (weights of King and Zeng 2001).
    """
    sizes = Counter((row.dataset, row.kind) for row in rows)
    weights = [emphasis.get(row.dataset, 1.0) * sizes[row.dataset, row.kind] ** -0.5 for row in rows]
    totals: Counter[tuple[str, bool]] = Counter()
    for row, weight in zip(rows, weights, strict=True):
        totals[row.dataset, row.kind in ACTED_ON] += weight
    for place, row in enumerate(rows):
        if row.kind not in ACTED_ON and (share := (prevalence or {}).get(row.dataset)):
            wanted = totals[row.dataset, True] * (1 - share) / share
            weights[place] *= max(1.0, wanted / totals[row.dataset, False])
    mean = sum(weights) / max(1, len(weights))
    return [weight / mean for weight in weights]
