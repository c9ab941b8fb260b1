"""Facets of an ad for figures by part: language and sector."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from model.datasets.labels import LabelledAd
from model.evaluation.counterfactuals.perturbations import spaced, word_sign

__all__ = ["language_of", "sector_names", "sector_of", "sector_of_text"]

_READ: Final = 2_000
"""Characters of a description that are looked at: what an ad is about stands at its beginning."""


def language_of(row: LabelledAd) -> str:
    """The language of a text, whatever its country and script: ``en`` for ``en-KE``; ``unknown`` without one."""
    return (row.ad.language or "unknown").partition("-")[0]


def sector_of(row: LabelledAd) -> str:
    """The sector of a row's title and the beginning of its description."""
    return sector_of_text(f"{row.ad.title} {row.ad.description[:_READ]}")


def sector_of_text(text: str) -> str:
    """The sector that most of the words belong to; ``unknown`` where none does."""
    words = spaced(text)
    found = {sector: sum(sign in words for sign in signs) for sector, signs in _sectors().items()}
    best = max(found, key=lambda sector: found[sector])
    return best if found[best] else "unknown"


def sector_names() -> tuple[str, ...]:
    """The sectors, in the order of ``sectors.toml``."""
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
