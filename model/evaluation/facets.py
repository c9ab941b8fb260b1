"""What figures are parted by besides language, collection, genre and kind: exploitation, sector, whom an ad is for.

Who an ad is for is looked at to see whether the model does as well for women as for men; no score rests on it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from model.datasets.labels import LabelledAd
from model.evaluation.counterfactuals.word_swaps import named_genders, spaced, word_sign

__all__ = ["exploitation_of", "language_of", "meant_for", "part_rows", "sector_names", "sector_of", "sector_of_text"]

_EXPLOITATION: Final = (
    ("forced_criminality", ("scam_compound", "scam compound", "forced_criminality", "gambling", "courier", "begging")),
    ("sexual_exploitation", ("sexual", "hostess")),
    ("domestic_servitude", ("domestic servitude", "domestic_servitude", "au_pair")),
    ("debt_bondage", ("debt",)),
    ("forced_labour", ("forced_labour", "forced labour", "fishing", "trainee", "sham_study", "military")),
    ("forced_marriage", ("marriage",)),
    ("organ_removal", ("organ",)),
    ("task_fraud", ("task",)),
    ("money_or_parcel_mule", ("mule", "reshipping", "parcel", "account_rental")),
    ("identity_theft", ("identity", "data_theft")),
    ("fee_fraud", ("fee", "advance", "deposit", "overpayment", "pyramid")),
)
"""Family -> how a collection's own word for it reads; the first that fits."""

_READ: Final = 2_000
"""Characters of a description that are looked at: what an ad is about stands at its beginning."""


def part_rows(rows: Sequence[LabelledAd]) -> dict[str, list[str]]:
    """For each facet the part that every row falls into."""
    return {
        "language": [language_of(row) for row in rows],
        "variety": [row.ad.language or "unknown" for row in rows],
        "dataset": [row.dataset for row in rows],
        "genre": [row.genre for row in rows],
        "kind": [row.kind for row in rows],
        "exploitation": [exploitation_of(row) for row in rows],
        "sector": [sector_of(row) for row in rows],
        "meant_for": [meant_for(row) for row in rows],
    }


def language_of(row: LabelledAd) -> str:
    """The language of a text, whatever its country and script: ``en`` for ``en-KE``; ``unknown`` without one."""
    return (row.ad.language or "unknown").partition("-")[0]


def exploitation_of(row: LabelledAd) -> str:
    """The family of what the offer leads to, by its collection's own word; ``none said`` where it has none."""
    word = row.exploitation.casefold()
    if word in {"", "none"}:
        return "none said"
    return next((family for family, signs in _EXPLOITATION if any(sign in word for sign in signs)), "other")


def meant_for(row: LabelledAd) -> str:
    """``women``, ``men`` or ``either``: as the collection says, else as the text names them."""
    if row.target:
        return named_genders(row.target, "en")
    return named_genders(f"{row.ad.title}\n{row.ad.description}", row.ad.language)


def sector_of(row: LabelledAd) -> str:
    """The sector of an ad."""
    return sector_of_text(f"{row.ad.title} {row.ad.description[:_READ]}")


def sector_of_text(text: str) -> str:
    """The sector that most of the words belong to; ``unknown`` where none does."""
    words = spaced(text)
    found = {sector: sum(sign in words for sign in signs) for sector, signs in _sectors().items()}
    best = max(found, key=lambda sector: found[sector])
    return best if found[best] else "unknown"


def sector_names() -> tuple[str, ...]:
    """Every sector that an ad can be told to be of."""
    return tuple(_sectors())


@cache
def _sectors() -> Mapping[str, tuple[str, ...]]:
    """Each sector's words as they are looked for: with a space before where a script sets spaces between words."""
    path = Path(__file__).with_name("sectors.toml")
    sectors = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        sector: tuple(word_sign(word.strip().casefold(), is_whole=False) for word in words.split(","))
        for sector, words in sectors.items()
    }
