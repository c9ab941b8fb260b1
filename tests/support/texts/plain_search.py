"""A plain search for patterns, for the matcher to be held against: no automaton and no index of rare words, but every
pattern tried in every sentence, and each word looked for by itself."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from model.taxonomy.patterns import Literal, Number, Sequence, Slot
from model.text.folding import BREAK, CLAUSE, SPACE, Folded

_CHARACTERS_A_WORD: Final = {"zh": 2, "ja": 2, "th": 5, "lo": 5, "km": 5, "my": 6}
_BREAK: Final = re.compile(BREAK)
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_GROUPED: Final = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_BY_END: Final = itemgetter(1)
_TO_SPACES: Final = str.maketrans({CLAUSE: SPACE, BREAK: SPACE})


Occurrence = tuple[int, int]
"""Where something stands in a folded text: from, to."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """One pattern to look for, and what finding it means."""

    name: str
    language: str
    sequences: tuple[Sequence, ...]
    """The forms it takes: with and without its optional parts, or in either order."""

    @cached_property
    def forms(self) -> tuple["Form", ...]:
        """The same, made ready for searching."""
        return tuple(_form(sequence) for sequence in self.sequences)


class Word(NamedTuple):
    """One word, or several, made ready for searching."""

    key: str
    literal: Literal
    lead: int
    """Where in the key it begins: after the space, if there is one."""

    tail: int
    """Where in the key it ends."""

    several: bool
    """Whether it is several words."""

    goes_on: bool
    """Whether its last word may go on."""


class Place:
    """A place for words, made ready for searching. Compared by identity; ``place_of`` gives one for equal slots."""

    __slots__ = ("words",)

    def __init__(self, slot: Slot) -> None:
        self.words = tuple((one.key, _word(one)) for one in slot.literals)
        """Each key, and what it is the key of."""


def _word(one: Literal) -> Word:
    lead, tail = one.key[0] == SPACE, len(one.key) - (one.key[-1] == SPACE)
    return Word(one.key, one, lead, tail, SPACE in one.key.strip(), one.open_right and tail == len(one.key))


class Form(NamedTuple):
    """A sequence made ready for searching."""

    places: tuple[Place | Number, ...]
    gaps: tuple[int, ...]
    quickest: tuple[Place, ...]
    """Its places for words, those with few words first: they are the quickest to look for."""


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
    """Looks for patterns in a folded text; what it found of a place is kept for the next pattern that has it."""

    def __init__(self, folded: Folded, denials: Mapping[str, frozenset[str]] | None = None) -> None:
        """``denials`` are the words of each language that a gap must not end with: "the company *never* keeps ..."."""
        self.folded = folded
        self._denials = denials or {}
        self._line = folded.text.replace(CLAUSE, SPACE).replace(BREAK, SPACE)

    @property
    def sentences(self) -> list[Sentence]:
        """All sentences, in order."""
        breaks = [found.start() for found in _BREAK.finditer(self.folded.text)]
        return [self.part(start, end + 1) for start, end in pairwise([0, *breaks, len(self._line) - 1])]

    def part(self, start: int, end: int) -> Sentence:
        """Some sentences taken as one."""
        return Sentence(start, self._line[start:end])

    def find(self, wanted: Wanted, sentence: Sentence) -> list[Occurrence]:
        """Where in a sentence the pattern stands, in each of its forms."""
        found: list[Occurrence] = []
        filled = sentence.filled
        for places, gaps, quickest in wanted.forms:
            for place in quickest:
                its = filled.get(place)
                if not (self._fill(place, sentence) if its is None else its):
                    break
            else:
                found += self._walk(places, gaps, wanted.language, sentence) if gaps else filled[quickest[0]]
        return found

    def _walk(
        self, places: tuple[Place | Number, ...], gaps: tuple[int, ...], language: str, sentence: Sentence
    ) -> list[Occurrence]:
        """Occurrences of the whole sequence. For each place only the nearest partial find before it can count: any
        other is farther away and has more in between."""
        text, denied = self.folded.text, self._denials.get(language)
        partial = sorted(self._all(places[0], sentence), key=_BY_END)
        for place, gap in zip(places[1:], gaps, strict=True):
            ends = [end for _, end in partial]
            longer = []
            for start, end in self._all(place, sentence):
                before = bisect_right(ends, start) - 1
                if before < 0 or not is_near(text, ends[before], start, gap, language):
                    continue
                if gap and denied and _ending(denied, language).search(text[ends[before] : start]):
                    continue
                longer.append((partial[before][0], end))
            if not longer:
                return []
            partial = sorted(longer, key=_BY_END) if len(longer) > 1 else longer
        return partial

    def _all(self, place: Place | Number, sentence: Sentence) -> list[Occurrence]:
        return sentence.filled[place] if isinstance(place, Place) else self._numbers_in(place, sentence)

    def _numbers_in(self, place: Number, sentence: Sentence) -> list[Occurrence]:
        if sentence.numbers is None:
            found = _NUMBER.finditer(self.folded.text, sentence.start, sentence.start + len(sentence.line))
            sentence.numbers = [(number.span(), _value(number[0])) for number in found]
        return [where for where, value in sentence.numbers if place.low <= value <= place.high]

    def _fill(self, place: Place, sentence: Sentence) -> list[Occurrence]:
        line = sentence.line
        ends: list[tuple[int, int, Occurrence]] = []
        for key, word in place.words:
            if key in line:  # mostly it is not
                self._add_occurrences(ends, word, sentence)
        if len(ends) > 1:
            ends.sort()
        found = sentence.filled[place] = [where for _, _, where in ends]
        return found

    def _add_occurrences(self, ends: list[tuple[int, int, Occurrence]], word: Word, sentence: Sentence) -> None:
        """Each with what puts it in order: by its end, the longest first."""
        line, text = self._line, self.folded.text
        key, literal, lead, tail, several, goes_on = word
        high, long = sentence.start + len(sentence.line), len(key)
        at = line.find(key, sentence.start, high)
        while at >= 0:
            start, end = at + lead, at + tail
            if not (
                (several and text.find(BREAK, start, end) >= 0)
                or ("\u0e00" <= line[end : end + 1] <= "\u17ff" and _goes_on(line, end))
                or (literal.marked and not self._is_as_written(start, end, literal, several=several))
                or (
                    literal.open_left
                    and line[start] < "\u0e00"
                    and start - _word_start(line, start) > _reach(line[start])
                )
            ):
                if literal.open_left:
                    start = _word_start(line, start)
                ends.append((at + long, -long, (start, _word_end(line, end) if goes_on else end)))
            at = line.find(key, at + 1, high)

    def _is_as_written(self, start: int, end: int, literal: Literal, *, several: bool) -> bool:
        """Whether the accents agree. Words typed without any agree with all, but a single bare word in a text that has
        accents elsewhere is another word."""
        there = self.folded.marked[start:end]
        if there.translate(_TO_SPACES) in literal.marked:
            return True
        return there == self.folded.text[start:end] and (several or not self.folded.is_accented)


def _reach(letter: str) -> int:
    """How many letters at most may stand before a word that stands inside another."""
    return 2 if letter < "\u0250" else 4


def _goes_on(line: str, end: int) -> bool:
    """Whether a vowel sign or tone mark follows: Thai ``หนี`` (flee) is not in ``หนี้`` (debt)."""
    return unicodedata.category(line[end])[0] == "M"


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


@cache
def _ending(cues: frozenset[str], language: str) -> re.Pattern[str]:
    """A gap that ends with a denial, with one word more in between at most."""
    longest_first = "|".join(re.escape(cue) for cue in sorted(cues, key=len, reverse=True)) or "(?!)"
    unspaced = _unit(language) is not None
    return re.compile(rf"(?:{longest_first})$" if unspaced else rf"(?:^|[ ,])(?:{longest_first}) (?:[^\s,]+ )?$")


@cache
def _unit(language: str) -> int | None:
    return _CHARACTERS_A_WORD.get(language.partition("-")[0])


def is_near(text: str, start: int, end: int, gap: int, language: str) -> bool:
    """Whether at most ``gap`` words and no end of a sentence lie between two places of a folded text. In languages
    written without spaces some characters count as a word."""
    if end - start > 400 or text.find(BREAK, start, end) >= 0:
        return False
    if unit := _unit(language):
        return end - start <= max(1, gap * unit)
    return text.count(SPACE, start, end) + text.count(CLAUSE, start, end) - 1 <= gap


def _form(sequence: Sequence) -> Form:
    places = tuple(place_of(place) if isinstance(place, Slot) else place for place in sequence.places)
    quickest = sorted((place for place in places if isinstance(place, Place)), key=lambda place: len(place.words))
    return Form(places, sequence.gaps, tuple(quickest))


@cache
def place_of(slot: Slot) -> Place:
    """The slot made ready for searching."""
    return Place(slot)
