"""Offer facts for trends: sector, addressees and schooling. Pure.

A reading by words, to count by; no score, order or decision rests on it.
"""

from functools import cache
from typing import Final

from crawler.ad import JobAd
from crawler.files import read_word_list
from model.evaluation.counterfactuals.perturbations import named_genders, spaced, word_sign
from model.evaluation.facets import sector_of_text
from pipeline.case import OfferFacts

__all__ = ["read_offer"]

_READ: Final = 4_000
"""Characters of a description that are looked at."""


_OLD_WAYS: Final = frozenset({"phone", "email", "web", "url", "website"})
"""Kinds of contact that are no messenger and no network: what is not here is one."""


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
    levels = read_word_list("schooling_words")
    return tuple(
        (level, tuple(word_sign(word.strip().casefold(), is_whole=False) for word in words.split(",")))
        for level, words in levels.items()
    )
