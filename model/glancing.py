"""The cheap pass over every ad: which patterns could be in a text, judged by its outline.

It may let through too much, never too little: where a pattern is found, its anchor is in the outline and the words of
its other places are in the same sentence.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import hyperscan

from model.outline import BREAK, LETTERS, Outline
from model.searches import Expected, Wanted, Words, choose_anchor

__all__ = ["Glance", "Glancer"]

_IN_A_ROW: Final = rb" %b (?:\n )?%b (?:\n )?%b " % (LETTERS, LETTERS, LETTERS)
"""Letters that stand alone side by side may be a word in disguise."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the cheap pass saw."""

    candidates: list[Wanted]
    """The patterns that the text may hold, in the order in which they were asked for."""

    suspect: bool
    """Whether letters may be in disguise, so that there may be more once they are put right."""


class Glancer:
    """Says which patterns a text could hold."""

    def __init__(self, wanted: Sequence[Wanted], sample: Iterable[str]) -> None:
        """Texts of the ``sample`` say which words are common."""
        expected = Expected(sample)
        self._wanted = wanted
        self._words: list[Words] = []
        """What fills the places that are not part of an anchor; a place has a number."""

        numbers: dict[Words, int] = {}
        noticed: dict[bytes, list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
        for place, one in enumerate(wanted):
            anchor = choose_anchor(one, expected)
            others = tuple(numbers.setdefault(words, len(numbers)) for words in anchor.others)
            for word in anchor.words:
                noticed[word].append((place, others))
        self._words = list(numbers)
        words = sorted(noticed)
        self._noticed = [tuple(sorted(noticed[word], key=lambda one: len(one[1]))) for word in words]
        self._scanner = _scanner(words)

    def glance(self, seen: Outline) -> Glance:
        """All that the text could hold."""
        return self._glance(seen, first_only=False)

    def glimpse(self, seen: Outline) -> Glance:
        """No more than the first thing that the text could hold; where there is one, nothing more is looked for."""
        return self._glance(seen, first_only=True)

    def _glance(self, seen: Outline, *, first_only: bool) -> Glance:
        sentence = _Sentence(self._words, seen.line)
        noticed, in_a_row = self._noticed, len(self._noticed)
        found: set[int] = set()
        suspect = seen.suspect

        def notice(number: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            nonlocal suspect
            if number == in_a_row:
                suspect = True
                return False
            for place, others in noticed[number]:
                if place not in found and (not others or sentence.has(end, others)):
                    found.add(place)
                    if first_only:
                        return True
            return False

        with suppress(hyperscan.ScanTerminated):
            self._scanner.scan(seen.line, match_event_handler=notice)
        return Glance([self._wanted[place] for place in sorted(found)], suspect)


class _Sentence:
    """The sentence that was looked at last; what is in it is remembered, for a hostile one may be very long."""

    __slots__ = ("_end", "_has", "_line", "_text", "_words")

    def __init__(self, words: list[Words], line: bytes) -> None:
        self._words, self._line = words, line
        self._text, self._end = b"", -1
        self._has: dict[int, bool] = {}

    def has(self, at: int, places: tuple[int, ...]) -> bool:
        """Whether the sentence around ``at`` has words for each of the places; ``at`` never goes back."""
        if at > self._end:
            self._end = self._line.find(BREAK, at)
            if self._end < 0:
                self._end = len(self._line)
            self._text = self._line[self._line.rfind(BREAK, 0, at) + 1 : self._end]
            self._has.clear()
        for place in places:
            has = self._has.get(place)
            if has is None:
                has = self._has[place] = _has_any(self._text, self._words[place])
            if not has:
                return False
        return True


def _has_any(text: bytes, words: Words) -> bool:
    for word in words:  # noqa: SIM110 -- a generator would take twice as long
        if word in text:
            return True
    return False


def _scanner(words: Sequence[bytes]) -> hyperscan.Database:
    """Tells where each of the words ends, by its place among them, and last, once, letters in a row."""
    expressions = [b"".join(b"\\x%02x" % byte for byte in word) for word in words]
    scanner = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    scanner.compile(
        expressions=[*expressions, _IN_A_ROW],
        ids=range(len(words) + 1),
        elements=len(words) + 1,
        flags=[0] * len(words) + [hyperscan.HS_FLAG_SINGLEMATCH],
    )
    return scanner
