"""The reading of ads: a cheap pass over every one, and the evidence in those that deserve a full reading."""

import platform
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import accumulate, islice
from pathlib import Path
from typing import Final, NamedTuple

from crawler.ad import JobAd
from crawler.kept import kept
from model.assessment import Evidence
from model.changed_lines import Candidates, ChangedLines, NumberedPieces, changed_lines, holder, joined
from model.disguise import undisguise
from model.glancing import Glancer, plan_glances
from model.negation import CueFinder
from model.outline import Outline, outline
from model.searches import Wanted
from model.spotting import Shown, Spotter
from model.structure import StructureReader
from model.taxonomy import Taxonomy
from model.text import Folded, fold_pieces, views
from model.tongues import in_its_tongue

__all__ = ["EvidenceReader", "Finder", "Shown"]

_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_READ: Final = 200_000
"""Characters looked at, many times those of the longest ad: no text, however long, holds up the others."""

_TOGETHER: Final = 16
"""Ads read together: folding some sentences of each at once takes little longer than folding those of one."""

_MUCH: Final = 250_000
"""Characters; texts that are longer together are read one by one."""


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
        parts = (taxonomy.version.encode(), order.encode(), version("hyperscan").encode(), platform.machine().encode())
        self._wanted = wanted
        self._glancer = Glancer(
            wanted, kept("glances", parts, lambda: plan_glances(wanted, sample), code=Path(__file__).parent)
        )

    def may_show(self, text: str) -> bool:
        """The cheap pass alone: False where the full reading would find nothing."""
        text = text[:_READ]
        seen = self._glancer.glimpse(outline(text))
        if seen.candidate or not seen.suspect:
            return seen.candidate is not None
        cleared = undisguise(text)
        changed = joined(cleared, changed_lines(text, cleared))
        return bool(changed) and self._glancer.glimpse(outline(changed)).candidate is not None

    def find(self, text: str) -> list[Shown]:
        """Each indicator the text seems to show, in reading order; pieces may overlap."""
        texts = [text[:_READ]]
        whole = _joined_texts(texts)
        return sorted(one for found in self._find(whole, _starts(texts), outline(whole)) for one in found.shown())

    def weigh(self, text: str, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        """What holds of it, the longest of overlapping pieces of an indicator; and what is denied or said of others."""
        if not shown:
            return [], []
        shown = in_its_tongue(text, shown)
        denied = set(self._cues.find(list(views(text[:_READ]))[-1]).denied(shown))
        return _apart(one for one in shown if one not in denied), [one for one in shown if one in denied]

    def read(self, text: str) -> list[Shown]:
        """What the text shows and does not deny."""
        return self.read_together([text])[0]

    def read_together(self, texts: Iterable[str]) -> list[list[Shown]]:
        """The same of some texts."""
        texts = [text[:_READ] for text in texts]
        starts = _starts(texts)
        line = outline(_joined_texts(texts)) if starts[-1] < _MUCH or len(texts) == 1 else None
        if line is None or (line.is_folded and len(texts) > 1):
            return [self.read(text) for text in texts]
        holds: list[list[Shown]] = [[] for _ in texts]
        for found in self._find(_joined_texts(texts), starts, line):
            shown = found.shown()
            denied = set(self._cues.find(found.folded).denied(shown))
            for one in shown:
                if one not in denied:
                    number = bisect_right(starts, one.start) - 1
                    offset = starts[number]
                    holds[number].append(Shown(one.start - offset, one.end - offset, one.indicator, one.language))
        return [_apart(in_its_tongue(text, sorted(its))) if its else [] for text, its in zip(texts, holds, strict=True)]

    def _find(self, whole: str, starts: list[int], line: Outline) -> list[_Found]:
        """What is found in texts as they are written, and out of disguise. There with all that was found in the same
        lines: what denies it may be in disguise."""
        candidates, in_a_row = self._glancer.notice(line.line)
        edges = [*line.sentences(), len(whole)]
        pieces = {number: (edges[number], edges[number + 1]) for number in sorted({its for _, its in candidates})}
        found = []
        if candidates:
            said = [whole[start:end] for start, end in pieces.values()]
            found.append(self._find_in(said, pieces, candidates, whole, starts))
        suspects = {bisect_right(starts, edges[number]) - 1 for number in in_a_row}.union(line.suspects(starts))
        changed = ChangedLines(whole, starts, line, suspects) if suspects else None
        if changed and changed.lines:
            candidates, _ = self._glancer.notice(changed.line.line)
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


def _starts(texts: list[str]) -> list[int]:
    """Where each begins in all of them, and where another would."""
    return [0, *accumulate(len(text) + 1 for text in texts)]


def _joined_texts(texts: list[str]) -> str:
    """All of them, each with the end of a line."""
    return "\n".join([*texts, ""])


class EvidenceReader:
    """Reads ads and gives the evidence of each, in order. It makes no ``Doc``: that would take most of the time."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = Finder(taxonomy)
        facts = ((key, one.fact) for key, one in taxonomy.indicators.items() if one.fact)
        self._structure = StructureReader(facts, taxonomy.countries)
        self._risks = frozenset(key for key, one in taxonomy.indicators.items() if one.polarity == "risk")

    def read(self, ads: Iterable[JobAd]) -> Iterator[tuple[Evidence, ...]]:
        """Evidence of each ad in turn, in reading order: title, then description, then by start, with the facts
        about how the offer is made where its wording shows a risk. Some ads are taken and read together."""
        ads = iter(ads)
        while chunk := list(islice(ads, _TOGETHER)):
            for ad, shown in zip(chunk, self._finder.read_together(map(_whole, chunk)), strict=True):
                said = tuple(_evidence(ad, one) for one in shown)
                if not self._risks.isdisjoint(one.indicator for one in said):
                    said = tuple(sorted(said + self._structure.read(ad), key=_reading_order))
                yield said

    def may_show(self, ad: JobAd) -> bool:
        """The cheap pass alone: whether the ad deserves the full reading."""
        return self._finder.may_show(_whole(ad))


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
