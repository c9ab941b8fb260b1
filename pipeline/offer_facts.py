"""What an offer says of itself that trends are counted by: its sector, whom it addresses, what schooling it asks. Pure.

A reading by words, to count by; no score, order or decision rests on it.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from crawler.ad import JobAd
from model.evaluation.counterfactuals.perturbations import named_genders, spaced, word_sign
from model.evaluation.facets import sector_of_text

__all__ = ["OfferFacts", "read_offer"]

_READ: Final = 4_000
"""Characters of a description that are looked at."""


_OLD_WAYS: Final = frozenset({"phone", "email", "web", "url", "website"})
"""Kinds of contact that are no messenger and no network: what is not here is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """How one offer reads."""

    sector: str
    """``unknown`` where no word tells."""

    addressed: str
    """``women``, ``men`` or ``either``, by the words of the offer."""

    schooling: str
    """``higher``, ``secondary``, ``none_needed`` or ``not_said``."""

    reached: str
    """By what one is to answer: ``messenger`` where a messenger or social network is named, ``other`` for telephone,
    mail or a page alone, ``not_said``."""


def read_offer(ad: JobAd) -> OfferFacts:
    """The facts of an ad's title and the beginning of its description."""
    text = f"{ad.title}\n{ad.description[:_READ]}"
    return OfferFacts(
        sector=sector_of_text(text), addressed=named_genders(text, ad.language), schooling=_schooling(text),
        reached=_reached(ad),
    )  # fmt: skip


def _reached(ad: JobAd) -> str:
    if any(contact.kind not in _OLD_WAYS for contact in ad.contacts):
        return "messenger"
    return "other" if ad.contacts or ad.apply_url else "not_said"


def _schooling(text: str) -> str:
    words = spaced(text)
    return next((level for level, signs in _levels() if any(sign in words for sign in signs)), "not_said")


@cache
def _levels() -> tuple[tuple[str, tuple[str, ...]], ...]:
    levels = tomllib.loads(Path(__file__).with_name("schooling_words.toml").read_text(encoding="utf-8"))
    return tuple(
        (level, tuple(word_sign(word.strip().casefold(), is_whole=False) for word in words.split(",")))
        for level, words in levels.items()
    )
