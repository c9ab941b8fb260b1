"""Which ads of one employer are one: systems repeat an ad for each place where it is open."""

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.extract.ats.record import join_all
from crawler.extract.plain_text import fold
from crawler.extract.raw import RawAd

__all__ = ["group_openings", "join_openings"]

_SHORTEST_NAME = 3
"""Characters of a place's name that is looked for in a text."""


def group_openings(ads: Sequence[RawAd]) -> list[list[int]]:
    """The positions of the ads that are one, in the order of each first one.

    Ads are one where title, text, employer and pay are the same; where the system gives them one identifier, the names
    of their own places do not count either. Anything else that differs is an offer of its own.
    """
    groups: list[list[int]] = []
    known: dict[tuple[object, ...], list[int]] = {}
    for number, ad in enumerate(ads):
        keys = _keys(ad)
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(number)
        for key in keys:
            known.setdefault(key, group)
    return groups


def join_openings(ads: Sequence[RawAd]) -> tuple[int, RawAd]:
    """The position of the ad that stands for all, and that ad with the places of all.

    It is the oldest, so that the ad stays the same one when a place is added.
    """
    first = min(range(len(ads)), key=lambda number: _age(ads[number]))
    ad = ads[first]
    countries = {one.country for one in ads}
    return first, replace(
        ad,
        job_location=join_all([place for one in ads for place in (one.job_location or "").split("; ") if place]),
        country=ad.country or (countries.pop() if len(countries) == 1 else None),
        valid_through=max((one.valid_through for one in ads if one.valid_through), default=None),
    )


def _keys(ad: RawAd) -> list[tuple[object, ...]]:
    pay = ad.base_salary.raw if ad.base_salary else None
    title, text, employer = fold(ad.title or ""), fold(ad.description or ""), fold(ad.hiring_organization or "")
    keys: list[tuple[object, ...]] = []
    if ad.identifier:
        places = _place_names(ad.job_location or "")
        keys.append((ad.identifier, places.sub("", title).strip(" -–|,()"), places.sub("", text), employer, pay))
    if text:
        keys.append((title, text, employer, pay))
    return keys


def _place_names(location: str) -> re.Pattern[str]:
    names = {fold(location), *(fold(name).strip() for name in re.split(r"[;,|/()]", location))}
    longest_first = sorted((name for name in names if len(name) >= _SHORTEST_NAME), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _age(ad: RawAd) -> tuple[str, int, str, str]:
    identifier = ad.identifier or ""
    return ad.date_posted or "~", len(identifier), identifier, ad.url or ""
