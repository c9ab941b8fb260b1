"""The reading of ads: a cheap pass over every one, and the evidence in those that deserve a full reading."""

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import islice, pairwise
from typing import Final, NamedTuple

from crawler.ad import JobAd
from model.assessment import Evidence
from model.disguise import undisguise
from model.glancing import Glancer, plan_glances
from model.kept import kept
from model.negation import CueFinder
from model.outline import outline, outline_of_folded
from model.searches import Wanted
from model.spotting import Spotter
from model.structure import StructureReader
from model.taxonomy import Taxonomy
from model.text import BREAK, Folded, views

__all__ = ["EvidenceReader", "Finder", "Shown"]

_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_READ: Final = 200_000
"""Characters looked at, many times those of the longest ad: no text, however long, holds up the others."""


_TOGETHER: Final = 16
"""Ads read together; more would gain no more."""


class Shown(NamedTuple):
    """A piece of a text that seems to show an indicator."""

    start: int
    end: int
    indicator: str
    language: str
    """The language of the pattern, which may not be the text's."""


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
        self._glancer = Glancer(wanted, kept("glances", parts, lambda: plan_glances(wanted, sample)))

    def may_show(self, text: str) -> bool:
        """The cheap pass alone: False where the full reading would find nothing."""
        text = text[:_READ]
        seen = self._glancer.glimpse(outline(text))
        if seen.candidate or not seen.suspect:
            return seen.candidate is not None
        changed = _changed_lines(text, undisguise(text))
        return bool(changed) and self._glancer.glimpse(outline(changed)).candidate is not None

    def find(self, text: str) -> list[Shown]:
        """Each indicator the text seems to show, in reading order; pieces may overlap."""
        return self._find(self._glance(self._look(text)))

    def weigh(self, text: str, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        """What holds of it, the longest of overlapping pieces of an indicator; and what is denied or said of others."""
        if not shown:
            return [], []
        return self._weigh(list(views(text[:_READ]))[-1], shown)

    def read(self, text: str) -> list[Shown]:
        """What the text shows and does not deny."""
        return self.read_together([text])[0]

    def read_together(self, texts: Iterable[str]) -> list[list[Shown]]:
        """The same of some texts. Each step is done for all before the next: what it needs stays near the processor."""
        looks = [self._look(text) for text in texts]
        glances = [self._glance(look) for look in looks]
        found = [(glance, self._find(glance)) for glance in glances]
        return [self._weigh(glance[-1][0].folded, shown)[0] if shown else [] for glance, shown in found]

    def _look(self, text: str) -> list[tuple[Spotter, bytes]]:
        """The views of a text, with the outlines of what is new in each."""
        spotters = [Spotter(folded, self._denials) for folded in views(text[:_READ])]
        return [
            (spotter, outline_of_folded(_what_is_new(spotter, before)))
            for before, spotter in pairwise((None, *spotters))
            if spotter
        ]

    def _glance(self, look: list[tuple[Spotter, bytes]]) -> list[tuple[Spotter, list[tuple[Wanted, list[int]]]]]:
        return [(spotter, self._glancer.glance(line)) for spotter, line in look]

    def _find(self, glance: list[tuple[Spotter, list[tuple[Wanted, list[int]]]]]) -> list[Shown]:
        spans: dict[tuple[int, int, str], str] = {}
        for spotter, candidates in glance:
            for one, numbers in candidates:
                for number in dict.fromkeys(numbers):
                    for start, end in spotter.find(one, spotter.sentence(number)):
                        spans.setdefault((*spotter.folded.span(start, end), one.name), one.language)
        return [Shown(*where, language) for where, language in sorted(spans.items())]

    def _weigh(self, folded: Folded, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        cues = self._cues.find(folded)
        denied = {one for one in shown if cues.deny(one.indicator, one.language, one.start, one.end)}
        return _apart(one for one in shown if one not in denied), [one for one in shown if one in denied]


def _what_is_new(spotter: Spotter, before: Spotter | None) -> str:
    """The folded text, with nothing for the sentences that stood in the view before and were read there."""
    text = spotter.folded.text
    if before is None or before.has_marks != spotter.has_marks:
        return text
    known = set(before.folded.text.split(BREAK))
    return BREAK.join("" if sentence in known else sentence for sentence in text.split(BREAK))


def _changed_lines(text: str, cleared: str) -> str:
    """The lines that are no longer as they were: what may be found in the others may be found in ``text`` too."""
    if text == cleared:
        return ""
    pairs = zip(text.split("\n"), cleared.split("\n"), strict=True)
    return "\n".join(now for before, now in pairs if now != before)


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
