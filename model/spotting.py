"""Finds patterns in a folded text, exactly: where each place could be filled, then one walk over the places.

A walk goes forward over the places' occurrences once; there is nothing to backtrack over, so no text can make it slow.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from operator import ne
from typing import Final, NamedTuple

from model.patterns import Literal, Number
from model.searches import CHARACTERS_A_WORD, Place, Wanted
from model.text import BREAK, CLAUSE, SPACE, Folded

__all__ = ["Occurrence", "Sentence", "Spotter", "is_near"]

_BREAK: Final = re.compile(BREAK)
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_GROUPED: Final = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_TO_SPACES: Final = str.maketrans({CLAUSE: SPACE, BREAK: SPACE})
_MARKED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""


class Occurrence(NamedTuple):
    """Where something stands in a folded text."""

    start: int
    end: int


class Sentence:
    """A part of a folded text that no pattern crosses the ends of, and what was found in it."""

    __slots__ = ("filled", "line", "numbers", "start")

    def __init__(self, start: int, line: str) -> None:
        self.start = start
        self.line = line
        """The sentence with the separators around it, all of them as spaces."""

        self.filled: dict[Place, list[Occurrence]] = {}
        self.numbers: list[tuple[Occurrence, float]] | None = None


class Spotter:
    """Looks for patterns in one folded text; what it found of a place is kept for the next pattern that has it."""

    def __init__(self, folded: Folded, denials: Mapping[str, frozenset[str]] | None = None) -> None:
        """``denials`` are the words of each language that a gap must not end with: "the company *never* keeps ..."."""
        self.folded = folded
        self._denials = denials or {}
        self._sentences: dict[int, Sentence] = {}
        self._line = folded.text.replace(CLAUSE, SPACE).replace(BREAK, SPACE)

    def sentence(self, number: int) -> Sentence:
        """One of the text's sentences, counted from 0."""
        if number not in self._sentences:
            self._sentences[number] = self.part(self._edges[number], self._edges[number + 1] + 1)
        return self._sentences[number]

    @property
    def sentences(self) -> list[Sentence]:
        """All sentences, in order."""
        return [self.sentence(number) for number in range(len(self._edges) - 1)]

    @cached_property
    def _edges(self) -> list[int]:
        breaks = [found.start() for found in _BREAK.finditer(self.folded.text)]
        return [0, *breaks, len(self._line) - 1]

    def part(self, start: int, end: int) -> Sentence:
        """Some sentences taken as one."""
        return Sentence(start, self._line[start:end])

    def find(self, wanted: Wanted, sentence: Sentence) -> Iterator[Occurrence]:
        """Where in a sentence the pattern stands, in each of its forms."""
        for places, gaps, quickest in wanted.forms:
            if not all(sentence.filled.get(place) or self._fill(place, sentence) for place in quickest):
                continue
            if len(places) == 1:
                yield from sentence.filled[quickest[0]]
                continue
            denied = self._denials.get(wanted.language)
            denial = _ending(denied, wanted.language) if denied else None
            filled = [
                self._numbers_in(place, sentence) if isinstance(place, Number) else sentence.filled[place]
                for place in places
            ]
            yield from _walk(self.folded.text, filled, gaps, wanted.language, denial)

    def _numbers_in(self, place: Number, sentence: Sentence) -> list[Occurrence]:
        if sentence.numbers is None:
            found = _NUMBER.finditer(self.folded.text, sentence.start, sentence.start + len(sentence.line))
            sentence.numbers = [(Occurrence(*number.span()), _value(number[0])) for number in found]
        return [where for where, value in sentence.numbers if place.low <= value <= place.high]

    def _fill(self, place: Place, sentence: Sentence) -> list[Occurrence]:
        if place in sentence.filled:
            return sentence.filled[place]
        line = sentence.line
        ends: list[tuple[int, int, Occurrence]] = []
        for key, literal, several in place.words:
            if key in line:  # mostly it is not
                ends += self._occurrences(literal, sentence, several=several)
        if len(ends) > 1:
            ends.sort()
        found = sentence.filled[place] = [where for _, _, where in ends]
        return found

    def _occurrences(self, literal: Literal, sentence: Sentence, *, several: bool) -> list[tuple[int, int, Occurrence]]:
        """Each with what puts it in order: by its end, the longest first."""
        line, key, high = self._line, literal.key, sentence.start + len(sentence.line)
        lead, tail = key[0] == SPACE, len(key) - (key[-1] == SPACE)
        goes_on = literal.open_right and tail == len(key)
        found = []
        at = line.find(key, sentence.start, high)
        while at >= 0:
            start, end = at + lead, at + tail
            if self._is_there(start, end, literal, several=several):
                where = Occurrence(
                    _word_start(line, start) if literal.open_left else start,
                    _word_end(line, end) if goes_on else end,
                )
                found.append((at + len(key), -len(key), where))
            at = line.find(key, at + 1, high)
        return found

    def _is_there(self, start: int, end: int, literal: Literal, *, several: bool) -> bool:
        if several and self.folded.text.find(BREAK, start, end) >= 0:
            return False
        if _goes_on(self._line, end):
            return False
        return not literal.marked or self._is_as_written(start, end, literal, several=several)

    def _is_as_written(self, start: int, end: int, literal: Literal, *, several: bool) -> bool:
        """Whether the accents agree. Words typed without any agree with all, but a single bare word in a text that has
        accents elsewhere is another word."""
        there = self.folded.marked[start:end]
        if there == self.folded.text[start:end]:
            return several or not self.has_marks
        return there.translate(_TO_SPACES) in literal.marked

    @cached_property
    def has_marks(self) -> bool:
        """Whether the text is written with accents."""
        text, marked = self.folded.text, self.folded.marked
        if marked == text:
            return False
        step = max(1, len(text) // 500)
        bare, written = text[::step], marked[::step]
        different: int = sum(map(ne, bare, written))
        return different > _MARKED_SHARE * len(bare)


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
