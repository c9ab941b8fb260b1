"""Whether what an ad seems to say is denied ("we never ask for a fee") or said of others ("beware of offers that ...").

What stands between quotation marks is said by others too, unless most of the text does: warnings quote lures, and
a recruiter does not quote himself.

Cues are data, a set for each language; a cue counts only for evidence found in its own language, because one
language's "no" is another's "my".
"""

import re
from typing import Final

import numpy as np

from model.denying import ALWAYS, BESIDE, NEVER, Asked
from model.desk import Kept
from model.folding import Lines
from model.searching import NOTHING_KEPT, Search
from model.spans import Chosen, Spans
from model.taxonomy.loader import Taxonomy
from model.together import Together

__all__ = ["Denials"]

_QUOTED: Final = re.compile(
    "[“„«「『‘\"'](?:(?<=“)[^“”\n]{8,400}”|(?<=„)[^„“”\n]{8,400}[“”]|(?<=«)[^«»\n]{8,400}»|(?<=「)[^「」\n]{4,200}」"
    "|(?<=『)[^『』\n]{4,200}』|(?<=‘)[^‘’\n]{8,400}’(?!\\w)"
    "|(?<=\")(?<!\\w\")[^\"\n]{8,400}\"(?!\\w)|(?<=')(?<!\\w')[^'\n]{8,400}'(?!\\w))"
)
"""All of it begins with one of a few characters: they are found fast, and each alternative looks back at its own."""

_MOSTLY: Final = 0.8
"""From this share of quoted text on the quotation marks mean nothing."""


class Denials:
    """Says which of what was found is denied, or said of others; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy, search: Search) -> None:
        self._search = search
        plan = search.plan
        self._languages = len(plan.languages)
        risks = _what_counts(taxonomy)
        self._risks = np.array([name in risks for name in plan.names], dtype=np.bool_)
        self._counts = np.array([self._when(name, taxonomy) for name in plan.names], dtype=np.uint8)

    @staticmethod
    def _when(key: str, taxonomy: Taxonomy) -> int:
        """When a denial counts. A text that reads as a warning is recognised by the very words that speak of others."""
        indicator = taxonomy.indicators[key]
        if not indicator.negatable:
            return NEVER
        return BESIDE if indicator.key == taxonomy.not_an_ad else ALWAYS

    def of(self, shown: Spans, its: Together, lines: Lines, kept: Kept = NOTHING_KEPT) -> Chosen:
        """Which of what some texts show, in their order, is denied. ``lines`` are what they say, in or out of disguise,
        and ``kept`` the words that were found there."""
        unless = self._search.plan.cues.unless[shown.indicator * self._languages + shown.language]
        counts, denied = self._counts[shown.indicator], np.zeros(len(shown.start), dtype=np.uint8)
        asked = Asked(shown.start, shown.end, shown.language, unless, counts, denied)
        denied, quoted = self._search.deny(lines, its.given, asked, kept), _Quoted(its)
        open_yet = np.flatnonzero((denied == 0) & self._risks[shown.indicator])
        columns = (column.tolist() for column in (open_yet, shown.start[open_yet], shown.end[open_yet]))
        for at, start, end in zip(*columns, strict=True):
            denied[at] = quoted.hold(start, end)
        return denied.astype(np.bool_)


def _what_counts(taxonomy: Taxonomy) -> frozenset[str]:
    """What speaks against an offer: risks, and the hints that rules count."""
    risks = {key for key, one in taxonomy.indicators.items() if one.polarity == "risk"}
    return frozenset(risks.union(*(side for rule in taxonomy.rules for side in rule.sides)))


class _Quoted:
    """What stands between quotation marks in some texts."""

    def __init__(self, its: Together) -> None:
        self._its = its
        self._of: dict[int, list[tuple[int, int]]] = {}

    def hold(self, start: int, end: int) -> bool:
        number = self._its.number_of(start)
        if number not in self._of:
            self._of[number] = _quoted(self._its.whole, *self._its.starts[number : number + 2])
        return any(left < start and end < right for left, right in self._of[number])


def _quoted(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """What stands between quotation marks in a part of a text, from where to where; nothing if most of it does."""
    found = [where.span() for where in _QUOTED.finditer(text, start, end)]
    return [] if sum(last - first for first, last in found) > _MOSTLY * (end - start) else found
