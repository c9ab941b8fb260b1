"""The reading of ads: a cheap pass over every one, and the evidence in those that deserve a full reading."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from crawler.ad import JobAd
from crawler.kept import kept
from model.assessment import Evidence
from model.changed_lines import ChangedLines
from model.folding import Lines
from model.negation import Denials
from model.plan import Plan, taxonomy_plan
from model.searching import Search
from model.shown import Shown
from model.structure import StructureReader
from model.taxonomy import Taxonomy
from model.text import end_of
from model.together import Together, in_lots
from model.tongues import in_its_tongue

__all__ = ["EvidenceReader", "Finder", "Shown", "whole"]

_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_TOGETHER: Final = 128
"""Ads looked at together: what is done to many at once takes little longer than what is done to one."""

_SAMPLED: Final = 4
"""Every fourth sentence of the taxonomy is looked at to see how often each word is met."""

Spans = dict[tuple[int, int, str], int]
"""From where to where in several texts, which indicator, and the number of the first pattern that finds it."""


class _Found(NamedTuple):
    """What was found in several texts."""

    lines: Lines
    """What they say, in or out of disguise."""

    spans: Spans


class Finder:
    """Finds and weighs indicators in plain texts; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        parts = (taxonomy.version.encode(), np.__version__.encode())
        plan = kept("plan", parts, lambda: _make_plan(taxonomy), code=Path(__file__).parent, mapped=True)
        self._search = Search(plan)
        self._denials = Denials(taxonomy, self._search)
        self._names = [plan.names[number] for number in plan.name_of.tolist()]
        self._languages = [plan.languages[number] for number in plan.patterns.language.tolist()]

    def may_show(self, text: str) -> bool:
        """False where the full reading would find nothing."""
        return self.may_show_each([text])[0]

    def may_show_each(self, texts: Iterable[str]) -> list[bool]:
        """The same of many, each at a fraction of the cost: a text is read to the first thing that it shows."""
        return [shows for its in in_lots(texts) for shows in self._show_anything(its)]

    def could_show(self, texts: Iterable[str]) -> list[frozenset[str]]:
        """For each text the indicators that it seems to show: all that the full reading gives, and what is denied."""
        could: list[frozenset[str]] = []
        for its in in_lots(texts):
            keys: list[set[str]] = [set() for _ in its.texts]
            for found in self._find(its):
                for start, _, indicator in found.spans:
                    keys[its.number_of(start)].add(indicator)
            could += map(frozenset, keys)
        return could

    def find(self, text: str) -> list[Shown]:
        """Each indicator the text seems to show, in reading order; pieces may overlap."""
        (its,) = in_lots([text])
        return sorted(one for found in self._find(its) for one in self._shown(found.spans))

    def weigh(self, text: str, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        """What holds of it, the longest of overlapping pieces of an indicator; and what is denied or said of others."""
        if not shown:
            return [], []
        shown = in_its_tongue(text, shown)
        (its,) = in_lots([text])
        changed = self._changed(its)
        there = [one for one in shown if changed.hold(one.start)]
        denied = self._denials.of([one for one in shown if one not in there], its, its.lines)
        denied |= self._denials.of(there, its, changed.lines) if there else set()
        return _apart(one for one in shown if one not in denied), [one for one in shown if one in denied]

    def read(self, text: str) -> list[Shown]:
        """What the text shows and does not deny."""
        return self.read_together([text])[0]

    def read_together(self, texts: Iterable[str]) -> list[list[Shown]]:
        """The same of some texts."""
        return [shown for lot in in_lots(texts) for shown in self.read_lot(lot)]

    def read_lot(self, its: Together) -> list[list[Shown]]:
        """The same of texts that were taken together already."""
        holds: list[list[Shown]] = [[] for _ in its.texts]
        for found in self._find(its):
            shown = sorted(self._shown(found.spans))
            denied = self._denials.of(shown, its, found.lines)
            for one in shown:
                if one not in denied:
                    number = its.number_of(one.start)
                    offset = its.starts[number]
                    holds[number].append(Shown(one.start - offset, one.end - offset, one.indicator, one.language))
        return [
            _apart(in_its_tongue(text, sorted(hold))) if hold else []
            for text, hold in zip(its.texts, holds, strict=True)
        ]

    def _shown(self, spans: Spans) -> Iterator[Shown]:
        for (start, end, indicator), pattern in spans.items():
            yield Shown(start, end, indicator, self._languages[pattern])

    def _find(self, its: Together) -> list[_Found]:
        """What is found in texts as they are written, and out of disguise. There with all that was found in the same
        lines: what denies it may be in disguise."""
        found = [_Found(its.lines, self._spans(its, its.lines))]
        changed = self._changed(its)
        if changed:
            spans = self._spans(its, changed.lines)
            there = {span: pattern for span, pattern in found[0].spans.items() if changed.hold(span[0])}
            for span in there:
                del found[0].spans[span]
            spans.update(there)
            found.append(_Found(changed.lines, spans))
        return [one for one in found if one.spans]

    def _changed(self, its: Together) -> ChangedLines:
        return ChangedLines(its, its.lines.suspect.nonzero()[0].tolist())

    def _spans(self, its: Together, lines: Lines) -> Spans:
        spans: Spans = {}
        for start, end, limit, pattern in zip(
            *(field.tolist() for field in self._search.hits(lines, its.given)), strict=True
        ):
            span = start, end if limit < 0 else end_of(its.whole, end, limit), self._names[pattern]
            spans[span] = min(pattern, spans.get(span, pattern))
        return spans

    def _show_anything(self, its: Together) -> list[bool]:
        there = {its.number_of(at) for at in self._search.hits(its.lines, its.given, only_first=True).start.tolist()}
        changed = ChangedLines(
            its, [number for number in its.lines.suspect.nonzero()[0].tolist() if number not in there]
        )
        if changed:
            there.update(map(its.number_of, self._search.hits(changed.lines, its.given).start.tolist()))
        return [number in there for number in range(len(its.texts))]


def _make_plan(taxonomy: Taxonomy) -> Plan:
    """Which words are met seldom, the taxonomy's own sentences tell."""
    signs = [signs for indicator in taxonomy.indicators.values() for signs in indicator.languages.values()]
    search = Search(taxonomy_plan(taxonomy))
    sample = Together([text for its in signs for text in (*its.shows, *its.spares)][::_SAMPLED])
    return search.anchored(sample.lines, sample.given)


class EvidenceReader:
    """Reads ads and gives the evidence of each, in order. It makes no ``Doc``: that would take most of the time."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = Finder(taxonomy)
        facts = {key: one.fact for key, one in taxonomy.indicators.items() if one.fact}
        self._facts = frozenset(facts)
        self._structure = StructureReader(facts.items(), taxonomy.countries)
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
        if self._risks.isdisjoint(one.indicator for one in said):
            return said
        return tuple(sorted(said + self._structure.read(ad), key=_reading_order))

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


def _apart(shown: Iterable[Shown]) -> list[Shown]:
    kept: dict[str, list[Shown]] = {}
    for one in sorted(shown, key=lambda one: (one.start - one.end, one.start)):
        mine = kept.setdefault(one.indicator, [])
        if len(mine) < _MOST and all(one.end <= other.start or one.start >= other.end for other in mine):
            mine.append(one)
    return sorted((one for mine in kept.values() for one in mine), key=lambda one: (one.start, one.end, one.indicator))
