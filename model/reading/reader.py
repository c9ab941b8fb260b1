"""The reading of ads: a cheap pass over every one, and the evidence in those that deserve a full reading."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from crawler.ad import JobAd
from model.assessment import Evidence
from model.reading.finding import Finder
from model.reading.shown import Shown
from model.reading.offer_facts import Known, StructureReader
from model.taxonomy.loader import Taxonomy
from model.together import Together
from model.reading.work_words import WorkWords

__all__ = ["EvidenceReader", "whole"]

_TOGETHER: Final = 128
"""Ads looked at together: what is done to many at once takes little longer than what is done to one."""


class EvidenceReader:
    """Reads ads and gives the evidence of each, in order. It makes no ``Doc``: that would take most of the time."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = Finder(taxonomy)
        facts = {key: one.fact for key, one in taxonomy.indicators.items() if one.fact}
        self._facts = frozenset(facts)
        known = Known(taxonomy.countries, WorkWords(taxonomy.work))
        self._structure = StructureReader(facts.items(), known, _asked_by(taxonomy))
        self._risks = frozenset(key for key, one in taxonomy.indicators.items() if one.polarity == "risk")

    def read(self, ads: Iterable[JobAd]) -> Iterator[tuple[Evidence, ...]]:
        """Evidence of each ad in turn, in reading order: title, then description, then by start, with the facts
        about how the offer is made where its wording shows a risk. Some ads are taken and read together."""
        for chunk in _chunks(ads, _TOGETHER):
            for ad, shown in zip(chunk, self._finder.read_together(map(whole, chunk)), strict=True):
                yield self._read(ad, shown)

    def read_lot(self, ads: Sequence[JobAd], its: Together) -> tuple[tuple[Evidence, ...], ...]:
        """The same of ads whose ``whole`` texts were taken together already."""
        return tuple(self._read(ad, shown) for ad, shown in zip(ads, self._finder.read_lot(its), strict=True))

    def _read(self, ad: JobAd, shown: Iterable[Shown]) -> tuple[Evidence, ...]:
        said = tuple(_evidence(ad, one) for one in shown)
        keys = {one.indicator for one in said}
        if self._risks.isdisjoint(keys):
            return said
        return tuple(sorted(said + self._structure.read(ad, keys), key=_reading_order))

    def may_show(self, ad: JobAd) -> bool:
        """The cheap pass alone: whether the ad deserves the full reading."""
        return self._finder.may_show(whole(ad))

    def may_show_each(self, ads: Iterable[JobAd]) -> Iterator[bool]:
        """The same of each ad in turn, at a fraction of the cost."""
        for chunk in _chunks(ads, _TOGETHER):
            yield from self._finder.may_show_each(map(whole, chunk))

    def could_show(self, ads: Iterable[JobAd]) -> Iterator[frozenset[str]]:
        """For each ad in turn the indicators that it could show, at a small part of what reading it costs: all of which
        ``read`` would give evidence, and some more."""
        for chunk in _chunks(ads, _TOGETHER):
            for keys in self._finder.could_show(map(whole, chunk)):
                yield keys if self._risks.isdisjoint(keys) else keys | self._facts


def _asked_by(taxonomy: Taxonomy) -> dict[str, frozenset[str]]:
    """Indicators that matter only to others, which count for nothing beside them, and who these are; no rule names
    them."""
    others = [(key, one.counts_unless) for key, one in taxonomy.indicators.items()]
    named = frozenset().union(*(rule.unless.union(*rule.needs, *rule.sides) for rule in taxonomy.rules))
    return {
        name: frozenset(key for key, unless in others if name in unless)
        for name in frozenset().union(*(unless for _, unless in others)) - named
    }


def _chunks(ads: Iterable[JobAd], most: int) -> Iterator[list[JobAd]]:
    ads = iter(ads)
    while chunk := list(islice(ads, most)):
        yield chunk


def _evidence(ad: JobAd, shown: Shown) -> Evidence:
    begins = len(ad.title) + 1
    if shown.start < begins:
        start, end, text = shown.start, shown.end, ad.title
        return Evidence(indicator=shown.indicator, field="title", start=start, end=end, quote=text[start:end])
    start, end, text = shown.start - begins, shown.end - begins, ad.description
    return Evidence(indicator=shown.indicator, field="description", start=start, end=end, quote=text[start:end])


def _reading_order(one: Evidence) -> tuple[bool, int]:
    return one.field == "description", one.start


def whole(ad: JobAd) -> str:
    """Both texts read at once, which costs less; no pattern crosses the end of a line."""
    return f"{ad.title}\n{ad.description}"
