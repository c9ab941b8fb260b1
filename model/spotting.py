"""Finds patterns in a folded text, exactly: where each place could be filled, then one walk over the places.

A walk goes forward over the places' occurrences once; there is nothing to backtrack over, so no text can make it slow.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from operator import ne
from typing import Final, NamedTuple

from model.patterns import Literal, Number, Sequence, Slot
from model.searches import CHARACTERS_A_WORD, Wanted
from model.text import BREAK, CLAUSE, SPACE, Folded

__all__ = ["Occurrence", "Spotter", "is_near"]

_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_GROUPED: Final = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_TO_SPACES: Final = str.maketrans({CLAUSE: SPACE, BREAK: SPACE})
_MARKED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""


class Occurrence(NamedTuple):
    """Where something stands in a folded text."""

    start: int
    end: int


class Spotter:
    """Looks for patterns in one folded text; what it found of a place is kept for the next pattern that has it."""

    def __init__(self, folded: Folded, denials: Mapping[str, frozenset[str]] | None = None) -> None:
        """``denials`` are the words of each language that a gap must not end with: "the company *never* keeps ..."."""
        self._folded = folded
        self._denials = denials or {}
        self._line = folded.text.replace(CLAUSE, SPACE).replace(BREAK, SPACE)
        self._all = Occurrence(0, len(self._line))
        self._filled: dict[tuple[Slot, Occurrence], list[Occurrence]] = {}

    def find(self, wanted: Wanted, within: Occurrence | None = None) -> Iterator[Occurrence]:
        """Where the pattern stands, in each of its forms; ``within`` a sentence, or anywhere."""
        for sequence, slots in wanted.forms:
            first = self._filling(slots[0], within or self._all)
            if len(sequence.places) == 1:
                yield from first
            elif first:
                yield from self._find(sequence, slots, wanted.language, first)

    def _find(
        self, sequence: Sequence, slots: tuple[Slot, ...], language: str, first: list[Occurrence]
    ) -> Iterator[Occurrence]:
        denied = self._denials.get(language)
        denial = _ending(denied, language) if denied else None
        for sentence in self._sentences(first):
            if all(self._filling(slot, sentence) for slot in slots):
                filled = [self._places(place, sentence) for place in sequence.places]
                yield from _walk(self._folded.text, filled, sequence.gaps, language, denial)

    def _sentences(self, places: Iterable[Occurrence]) -> Iterator[Occurrence]:
        """The sentences around, each with what parts it from the others."""
        text, end = self._folded.text, 0
        for where in sorted(places):
            if where.end > end:
                start = max(0, text.rfind(BREAK, 0, where.start))
                end = text.find(BREAK, where.end) + 1 or len(text)
                yield Occurrence(start, end)

    def _places(self, place: Slot | Number, within: Occurrence) -> list[Occurrence]:
        if isinstance(place, Slot):
            return self._filling(place, within)
        values = [(where, value) for where, value in self._numbers if within.start <= where.start < within.end]
        return [where for where, value in values if place.low <= value <= place.high]

    def _filling(self, slot: Slot, within: Occurrence) -> list[Occurrence]:
        found = self._filled.get((slot, within))
        if found is None:
            line, (low, high) = self._line, within
            ends: list[tuple[int, int, Occurrence]] = []
            for literal in slot.literals:
                at = line.find(literal.key, low, high)
                if at >= 0:  # mostly it is not
                    ends.extend(self._occurrences(literal, at, high))
            found = self._filled[slot, within] = [where for _, _, where in sorted(ends)]
        return found

    def _occurrences(self, literal: Literal, at: int, high: int) -> Iterator[tuple[int, int, Occurrence]]:
        """Each with what puts it in order: by its end, the longest first."""
        line, key = self._line, literal.key
        several = SPACE in key.strip()
        while at >= 0:
            start, end = at + (key[0] == SPACE), at + len(key) - (key[-1] == SPACE)
            if self._is_there(start, end, literal, several=several):
                where = Occurrence(
                    _word_start(line, start) if literal.open_left else start,
                    _word_end(line, end) if literal.open_right and key[-1] != SPACE else end,
                )
                yield at + len(key), -len(key), where
            at = line.find(key, at + 1, high)

    def _is_there(self, start: int, end: int, literal: Literal, *, several: bool) -> bool:
        if several and self._folded.text.find(BREAK, start, end) >= 0:
            return False
        if _goes_on(self._line, end):
            return False
        return not literal.marked or self._is_as_written(start, end, literal, several=several)

    def _is_as_written(self, start: int, end: int, literal: Literal, *, several: bool) -> bool:
        """Whether the accents agree. Words typed without any agree with all, but a single bare word in a text that has
        accents elsewhere is another word."""
        there = self._folded.marked[start:end]
        if there == self._folded.text[start:end]:
            return several or not self._has_marks
        return there.translate(_TO_SPACES) in literal.marked

    @cached_property
    def _has_marks(self) -> bool:
        text, marked = self._folded.text, self._folded.marked
        if marked == text:
            return False
        step = max(1, len(text) // 500)
        bare, written = text[::step], marked[::step]
        different: int = sum(map(ne, bare, written))
        return different > _MARKED_SHARE * len(bare)

    @cached_property
    def _numbers(self) -> list[tuple[Occurrence, float]]:
        return [(Occurrence(*found.span()), _value(found[0])) for found in _NUMBER.finditer(self._folded.text)]


def _goes_on(line: str, end: int) -> bool:
    """Whether a vowel sign or tone mark follows: Thai ``หนี`` (flee) is not in ``หนี้`` (debt)."""
    return end < len(line) and "\u0e00" <= line[end] <= "\u17ff" and unicodedata.category(line[end])[0] == "M"


def _word_end(line: str, end: int) -> int:
    if end < len(line) and line[end - 1] < "\u0e00":
        return line.find(SPACE, end)
    return line.find(SPACE, end) if "\uac00" <= line[end - 1] <= "\ud7a3" else end


def _word_start(line: str, start: int) -> int:
    return line.rfind(SPACE, 0, start) + 1 if line[start] < "\u0e00" else start


def _value(written: str) -> float:
    """``1.500``, ``1,500`` and ``1500`` are one number; ``1,5`` and ``1.5`` another."""
    plain = _GROUPED.sub("", written[:30]).replace(",", ".")
    return float(plain if plain.count(".") < 2 else plain.replace(".", ""))


def _walk(
    text: str, filled: list[list[Occurrence]], gaps: tuple[int, ...], language: str, denial: re.Pattern[str] | None
) -> tuple[Occurrence, ...]:
    """Occurrences of the whole sequence. For each place only the nearest partial find before it can count: any other
    is farther away and has more in between."""
    partial = sorted(filled[0], key=lambda where: where.end)
    for places, gap in zip(filled[1:], gaps, strict=True):
        ends = [where.end for where in partial]
        longer = []
        for where in places:
            before = bisect_right(ends, where.start) - 1
            if before < 0 or not is_near(text, ends[before], where.start, gap, language):
                continue
            if gap and denial and denial.search(text[ends[before] : where.start]):
                continue
            longer.append(Occurrence(partial[before].start, where.end))
        partial = sorted(longer, key=lambda where: where.end)
        if not partial:
            return ()
    return tuple(partial)


@cache
def _ending(cues: frozenset[str], language: str) -> re.Pattern[str]:
    """A gap that ends with a denial, with one word more in between at most."""
    longest_first = "|".join(re.escape(cue) for cue in sorted(cues, key=len, reverse=True)) or "(?!)"
    unspaced = language.partition("-")[0] in CHARACTERS_A_WORD
    return re.compile(rf"(?:{longest_first})$" if unspaced else rf"(?:^|[ ,])(?:{longest_first}) (?:[^\s,]+ )?$")


def is_near(text: str, start: int, end: int, gap: int, language: str) -> bool:
    """Whether at most ``gap`` words and no end of a sentence lie between two places of a folded text. In languages
    written without spaces some characters count as a word."""
    if end - start > 400 or text.find(BREAK, start, end) >= 0:
        return False
    if unit := CHARACTERS_A_WORD.get(language.partition("-")[0]):
        return end - start <= max(1, gap * unit)
    return text.count(SPACE, start, end) + text.count(CLAUSE, start, end) - 1 <= gap
