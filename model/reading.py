"""The reading of ads: a cheap pass over every one, and the evidence in those that deserve a full reading."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from crawler.ad import JobAd
from crawler.kept import kept
from model.assessment import Evidence
from model.bounds import Bounds
from model.changed_lines import Candidates, ChangedLines, NumberedPieces, holder
from model.glancing import Glancer, plan_glances
from model.negation import CueFinder
from model.searches import Wanted
from model.spotting import Shown, Spotter
from model.structure import StructureReader
from model.taxonomy import Taxonomy
from model.text import Folded, fold_pieces, views
from model.together import MOST_READ, Together
from model.tongues import in_its_tongue

__all__ = ["EvidenceReader", "Finder", "Shown"]

_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_TOGETHER: Final = 32
"""Ads looked at together: noticing and folding what each says takes little longer than doing it for one."""


_GLANCED: Final = 128
"""Ads glanced at together: what is done to each is less."""

_BEGINNING: Final = 400
"""Characters."""


class _Found(NamedTuple):
    """What was found in several texts."""

    folded: Folded
    spans: dict[tuple[int, int, str], str]
    """From where to where in all texts, which indicator, and the language of its pattern."""

    def shown(self) -> list[Shown]:
        return [Shown(*span, language) for span, language in self.spans.items()]


class Finder:
    """Finds and weighs indicators in plain texts; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._cues = CueFinder(taxonomy)
        self._denials = {language: one.words for language, one in taxonomy.negation.items()}
        signs = [
            (key, language, signs)
            for key, indicator in taxonomy.indicators.items()
            for language, signs in indicator.languages.items()
        ]
        wanted = [Wanted(key, language, one.sequences) for key, language, its in signs for one in its.patterns]
        sample = (text for _, _, its in signs for text in (*its.shows, *its.spares))
        # The version says nothing of the order of the patterns, by which a plan knows them.
        order = "\n".join(f"{key} {one.written}" for key, _, its in signs for one in its.patterns)
        parts = (taxonomy.version.encode(), order.encode(), np.__version__.encode())
        self._wanted = wanted
        plan = kept("glances", parts, lambda: plan_glances(wanted, sample), code=Path(__file__).parent)
        self._glancer = Glancer(plan)
        self._bounds = Bounds(self._glancer, [one.name for one in wanted])

    def may_show(self, text: str) -> bool:
        """False where the full reading would find nothing."""
        return self.may_show_each([text])[0]

    def may_show_each(self, texts: Iterable[str]) -> list[bool]:
        """The same of many, each at a fraction of the cost. The beginning of most texts has something."""
        texts = list(texts)
        may = [bool(keys) for keys in self.could_show(text[:_BEGINNING] for text in texts)]
        rest = [number for number, shows in enumerate(may) if not shows and len(texts[number]) > _BEGINNING]
        for number, keys in zip(rest, self.could_show(texts[number] for number in rest), strict=True):
            may[number] = bool(keys)
        return may

    def could_show(self, texts: Iterable[str]) -> list[frozenset[str]]:
        """For each text the indicators that it could show: all that the full reading would find, and some more."""
        return [keys for part in Together(texts).parts() for keys in self._bounds.of(part)]

    def find(self, text: str) -> list[Shown]:
        """Each indicator the text seems to show, in reading order; pieces may overlap."""
        return sorted(one for found in self._find(Together([text])) for one in found.shown())

    def weigh(self, text: str, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        """What holds of it, the longest of overlapping pieces of an indicator; and what is denied or said of others."""
        if not shown:
            return [], []
        shown = in_its_tongue(text, shown)
        denied = set(self._cues.find(list(views(text[:MOST_READ]))[-1]).denied(shown))
        return _apart(one for one in shown if one not in denied), [one for one in shown if one in denied]

    def read(self, text: str) -> list[Shown]:
        """What the text shows and does not deny."""
        return self.read_together([text])[0]

    def read_together(self, texts: Iterable[str]) -> list[list[Shown]]:
        """The same of some texts."""
        return [shown for part in Together(texts).parts() for shown in self._read(part)]

    def _read(self, its: Together) -> list[list[Shown]]:
        holds: list[list[Shown]] = [[] for _ in its.texts]
        for found in self._find(its):
            shown = found.shown()
            denied = set(self._cues.find(found.folded).denied(shown))
            for one in shown:
                if one not in denied:
                    number = its.number_of(one.start)
                    offset = its.starts[number]
                    holds[number].append(Shown(one.start - offset, one.end - offset, one.indicator, one.language))
        return [
            _apart(in_its_tongue(text, sorted(hold))) if hold else []
            for text, hold in zip(its.texts, holds, strict=True)
        ]

    def _find(self, texts: Together) -> list[_Found]:
        """What is found in texts as they are written, and out of disguise. There with all that was found in the same
        lines: what denies it may be in disguise."""
        whole, starts, line = texts.whole, texts.starts, texts.line
        noticed = self._glancer.notice(line.line)
        candidates = noticed.candidates()
        edges = [*line.sentences(), len(whole)]
        pieces = {number: (edges[number], edges[number + 1]) for number in sorted({its for _, its in candidates})}
        found = []
        if candidates:
            said = [whole[start:end] for start, end in pieces.values()]
            found.append(self._find_in(said, pieces, candidates, whole, starts))
        suspects = {texts.number_of(edges[number]) for number in noticed.in_a_row}.union(line.suspects(starts))
        changed = ChangedLines(whole, starts, line, suspects) if suspects else None
        if changed and changed.lines:
            candidates = self._glancer.notice(changed.line.line).candidates()
            said, pieces, candidates = changed.to_read(candidates, [start for start, _ in pieces.values()])
            if pieces:
                found.append(self._find_in(said, pieces, candidates, whole, starts))
        if len(found) > 1:
            where = list(pieces.values())
            there = {span: its for span, its in found[0].spans.items() if holder(where, span[0]) >= 0}
            for span in there:
                del found[0].spans[span]
            found[1].spans.update(there)
        return [its for its in found if its.spans]

    def _find_in(
        self, said: list[str], pieces: NumberedPieces, candidates: Candidates, whole: str, starts: list[int]
    ) -> _Found:
        """What is found of each candidate in what its piece says; nothing else is folded."""
        where = list(pieces.values())
        folded = fold_pieces("".join(said), where, original=whole, starts=starts)
        spotter = Spotter(folded, self._denials)
        parts = dict(zip(pieces, spotter.parts([start for start, _ in where]), strict=True))
        found = _Found(folded, {})
        for place, number in candidates:
            one = self._wanted[place]
            for span in spotter.find(one, parts[number]):
                found.spans.setdefault((*folded.span(*span), one.name), one.language)
        return found


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
            for ad, shown in zip(chunk, self._finder.read_together(map(_whole, chunk)), strict=True):
                said = tuple(_evidence(ad, one) for one in shown)
                if not self._risks.isdisjoint(one.indicator for one in said):
                    said = tuple(sorted(said + self._structure.read(ad), key=_reading_order))
                yield said

    def may_show(self, ad: JobAd) -> bool:
        """The cheap pass alone: whether the ad deserves the full reading."""
        return self._finder.may_show(_whole(ad))

    def may_show_each(self, ads: Iterable[JobAd]) -> Iterator[bool]:
        """The same of each ad in turn, at a fraction of the cost."""
        for chunk in _chunks(ads, _GLANCED):
            yield from self._finder.may_show_each(map(_whole, chunk))

    def could_show(self, ads: Iterable[JobAd]) -> Iterator[frozenset[str]]:
        """For each ad in turn the indicators that it could show, at a small part of what reading it costs: all of which
        ``read`` would give evidence, and some more."""
        for chunk in _chunks(ads, _GLANCED // 2):
            for keys in self._finder.could_show(map(_whole, chunk)):
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


def _whole(ad: JobAd) -> str:
    """Both texts read at once, which costs less; no pattern crosses the end of a line."""
    return f"{ad.title}\n{ad.description}"


def _apart(shown: Iterable[Shown]) -> list[Shown]:
    kept: dict[str, list[Shown]] = {}
    for one in sorted(shown, key=lambda one: (one.start - one.end, one.start)):
        mine = kept.setdefault(one.indicator, [])
        if len(mine) < _MOST and all(one.end <= other.start or one.start >= other.end for other in mine):
            mine.append(one)
    return sorted((one for mine in kept.values() for one in mine), key=lambda one: (one.start, one.end, one.indicator))
