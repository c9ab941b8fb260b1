"""Finds and weighs indicators in plain texts, of which many are taken together."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from crawler.kept import kept
from model.changed_lines import ChangedLines
from model.desk import Kept
from model.folding import Lines
from model.reading.negation import Denials
from model.plan import Plan, taxonomy_plan
from model.searching import Search
from model.reading.shown import Shown
from model.spans import Spans
from model.taxonomy.loader import Taxonomy
from model.text.folding import end_of
from model.together import Together, in_lots
from model.reading.language_filter import in_their_tongues

__all__ = ["Finder"]

_MOST: Final = 20
"""Pieces of evidence of one indicator in one field: an analyst needs no more, and a hostile text gives no more."""

_SAMPLED: Final = 8
"""How often words are met is told by all that the taxonomy spares, which is most like ordinary ads, and by every eighth
sentence that it shows."""


class _Found(NamedTuple):
    """What was found in several texts."""

    lines: Lines
    """What they say, in or out of disguise."""

    spans: Spans
    kept: Kept
    """The words beside them."""


class Finder:
    """Finds and weighs indicators in plain texts; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        parts = (taxonomy.version.encode(), np.__version__.encode())
        plan = kept("plan", parts, lambda: _make_plan(taxonomy), code=Path(__file__).parent, mapped=True)
        self._search = Search(plan)
        self._denials = Denials(taxonomy, self._search)
        self._plan = plan

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
                for number, shown in self._shown(found.spans, its):
                    keys[number].add(shown.indicator)
            could += map(frozenset, keys)
        return could

    def find(self, text: str) -> list[Shown]:
        """Each indicator the text seems to show, in reading order; pieces may overlap."""
        (its,) = in_lots([text])
        return sorted(shown for found in self._find(its) for _, shown in self._shown(found.spans, its))

    def weigh(self, text: str, shown: list[Shown]) -> tuple[list[Shown], list[Shown]]:
        """What holds of it, the longest of overlapping pieces of an indicator; and what is denied or said of others."""
        if not shown:
            return [], []
        (shown,) = in_their_tongues([text], [shown])
        (its,) = in_lots([text])
        changed = its.changed
        there = [one for one in shown if changed.hold(one.start)]
        denied = self._denied([one for one in shown if one not in there], its, its.lines)
        denied |= self._denied(there, its, changed.lines) if there else set()
        return _apart([one for one in shown if one not in denied]), [one for one in shown if one in denied]

    def _denied(self, shown: list[Shown], its: Together, lines: Lines) -> set[Shown]:
        names, languages = self._plan.names, self._plan.languages
        columns = (
            [one.start for one in shown],
            [one.end for one in shown],
            [names.index(one.indicator) for one in shown],
            [languages.index(one.language) for one in shown],
        )
        denied = self._denials.of(Spans(*(np.array(column, dtype=np.int32) for column in columns)), its, lines)
        return {one for one, is_denied in zip(shown, denied.tolist(), strict=True) if is_denied}

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
            denied = self._denials.of(found.spans, its, found.lines, found.kept)
            for number, shown in self._shown(found.spans.chosen(~denied), its):
                holds[number].append(shown)
        return [_apart(hold) for hold in in_their_tongues(its.texts, [sorted(hold) for hold in holds])]

    def _shown(self, spans: Spans, its: Together) -> Iterator[tuple[int, Shown]]:
        """Each of some pieces as a text shows it, with the number of this text."""
        names, languages, starts = self._plan.names, self._plan.languages, its.given.starts
        number = starts.searchsorted(spans.start, side="right") - 1
        offset = starts[number]
        columns = (number, spans.start - offset, spans.end - offset, spans.indicator, spans.language)
        for text, start, end, name, language in zip(*(column.tolist() for column in columns), strict=True):
            yield text, Shown(start, end, names[name], languages[language])

    def _find(self, its: Together) -> list[_Found]:
        """What is found in texts as they are written, and out of disguise. There with all that was found in the same
        lines: what denies it may be in disguise."""
        found = [self._found(its, its.lines)]
        changed = its.changed
        if changed:
            as_written, others = found[0], self._found(its, changed.lines)
            there = changed.hold_each(as_written.spans.start)
            every = as_written.spans.chosen(there).beside(others.spans)
            rank = np.arange(len(every.start), dtype=np.int32)
            found = [
                as_written._replace(spans=as_written.spans.chosen(~there)),
                others._replace(spans=every.in_reading_order(rank)),
            ]
        return [one for one in found if len(one.spans.start)]

    def _found(self, its: Together, lines: Lines) -> _Found:
        """What is found in texts, each piece once: by the first pattern that finds it."""
        hits, kept = self._search.hits(lines, its.given)
        end = hits.end.copy()
        may_go_on = np.flatnonzero(hits.limit >= 0)
        for at, last, limit in zip(
            *(column.tolist() for column in (may_go_on, hits.end[may_go_on], hits.limit[may_go_on])), strict=True
        ):
            end[at] = end_of(its.whole, last, limit)
        plan = self._plan
        spans = Spans(hits.start, end, plan.name_of[hits.pattern], plan.patterns.language[hits.pattern])
        return _Found(lines, spans.in_reading_order(hits.pattern), kept)

    def _show_anything(self, its: Together) -> list[bool]:
        there = {its.number_of(at) for at in self._search.first_hits(its.lines, its.given).start.tolist()}
        changed = ChangedLines(its.whole, its.given, [number for number in its.suspects if number not in there])
        if changed:
            there.update(map(its.number_of, self._search.first_hits(changed.lines, its.given).start.tolist()))
        return [number in there for number in range(len(its.texts))]


def _make_plan(taxonomy: Taxonomy) -> Plan:
    """Which words are met seldom, the taxonomy's own sentences tell."""
    signs = [signs for indicator in taxonomy.indicators.values() for signs in indicator.languages.values()]
    search = Search(taxonomy_plan(taxonomy))
    spared = [text for its in signs for text in its.spares]
    shown = [text for its in signs for text in its.shows]
    sample = Together([*spared, *shown[::_SAMPLED]])
    return search.anchored(sample.lines, sample.given)


def _apart(shown: list[Shown]) -> list[Shown]:
    """Of pieces of one indicator that overlap the longest; in reading order, as they come."""
    if len(shown) < 2 or len({one.indicator for one in shown}) == len(shown):
        return shown
    kept: dict[str, list[Shown]] = {}
    for one in sorted(shown, key=lambda one: (one.start - one.end, one.start)):
        mine = kept.setdefault(one.indicator, [])
        if len(mine) < _MOST and all(one.end <= other.start or one.start >= other.end for other in mine):
            mine.append(one)
    return sorted((one for mine in kept.values() for one in mine), key=lambda one: (one.start, one.end, one.indicator))
