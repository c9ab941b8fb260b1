"""Finds the taxonomy's patterns in folded text: one Aho-Corasick pass for all words, then the few patterns they allow.

A pattern is looked at only when each of its places was filled somewhere in the text, and then walks forward over the
places' occurrences once; there is nothing to backtrack over, so no text can make it slow.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import ahocorasick

from model.patterns import Literal, Number, Sequence, Slot
from model.text import BREAK, CLAUSE, SPACE, Folded

__all__ = ["Glance", "Occurrence", "Spotter", "Wanted", "is_near"]

_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_GROUPED: Final = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_TO_SPACES: Final = str.maketrans({CLAUSE: SPACE, BREAK: SPACE})
_CHARACTERS_A_WORD: Final = {"zh": 2, "ja": 2, "th": 5, "lo": 5, "km": 5, "my": 6}
_MARKED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""


class Occurrence(NamedTuple):
    """Where something stands in a folded text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One sequence to look for, and what finding it means."""

    name: str
    language: str
    sequence: Sequence


@dataclass(frozen=True, slots=True)
class _Key:
    lead: int
    tail: int
    literal: Literal
    several: bool
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A wanted sequence with its places numbered."""

    wanted: Wanted
    places: tuple[int | Number, ...]
    """A slot's number, or a number to be read."""

    needed: frozenset[int]
    gaps: tuple[int, ...]


Hits = dict[int, list[Occurrence]]
"""Number of a slot -> where it could be filled."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the cheap pass saw in a text."""

    line: str
    seen: list[tuple[int, int]]
    """Where a word known to the taxonomy ends, and the number of its key."""

    candidates: list[Search]
    """The searches that could succeed: every place they need is filled somewhere."""


class Spotter:
    """Looks for many sequences at once."""

    def __init__(self, wanted: Iterable[Wanted], denials: Mapping[str, Iterable[str]] | None = None) -> None:
        """``denials`` are the words of each language that a gap must not end with: "the company *never* keeps ..."."""
        self._denials = {language: _ending(cues, language) for language, cues in (denials or {}).items()}
        slots: dict[Slot, int] = {}
        searches = [_search(one, slots) for one in wanted]
        by_key = _by_key(slots)
        self._keys = list(by_key.values())
        # Searched apart, because the automaton is several times slower once it knows letters of many scripts.
        self._ascii = _automaton((n, key) for n, key in enumerate(by_key) if key.isascii())
        self._other = _automaton((n, key) for n, key in enumerate(by_key) if not key.isascii())
        self._slots = [frozenset(slot for key in keys for slot in key.slots) for keys in self._keys]
        rarity = [sum(100 // len(literal.key) for literal in slot.literals) for slot in slots]
        self._by_slot: dict[int, list[Search]] = defaultdict(list)
        for search in searches:  # places with few, long words fill seldom: look a search up under its rarest place
            self._by_slot[min(search.needed, key=rarity.__getitem__)].append(search)

    def glance(self, folded: Folded) -> Glance:
        """The cheap pass. It asks only whether words are there, so it may find too much, never too little."""
        line = folded.text.translate(_TO_SPACES) if CLAUSE in folded.text or BREAK in folded.text else folded.text
        seen = list(self._ascii.iter(line)) if self._ascii else []
        if self._other and not line.isascii():
            seen += self._other.iter(line)
        have = set().union(*map(self._slots.__getitem__, {number for _, number in seen}))
        candidates = [search for slot in have for search in self._by_slot.get(slot, ()) if search.needed <= have]
        return Glance(line, seen, candidates)

    def matches(self, folded: Folded, glance: Glance) -> list[tuple[Wanted, tuple[Occurrence, ...]]]:
        """Each wanted sequence that the text holds, with the occurrences found: the full reading."""
        if not glance.candidates:
            return []
        hits = self._hits(folded, glance)
        numbers: list[tuple[Occurrence, float]] | None = None
        found = []
        for search in glance.candidates:
            if not search.needed <= hits.keys():
                continue
            if len(search.needed) < len(search.places) and numbers is None:
                numbers = _numbers(folded.text)
            filled = [_filling(place, hits, numbers or []) for place in search.places]
            language = search.wanted.language
            if spans := _walk(folded.text, filled, search.gaps, language, self._denials.get(language)):
                found.append((search.wanted, spans))
        return found

    def _hits(self, folded: Folded, glance: Glance) -> Hits:
        """Where each place that a candidate needs could be filled."""
        needed = frozenset().union(*(search.needed for search in glance.candidates))
        wanted = {
            number: [key for key in self._keys[number] if not needed.isdisjoint(key.slots)]
            for number in {number for _, number in glance.seen}
            if not needed.isdisjoint(self._slots[number])
        }
        found: Hits = {}
        line, has_marks = glance.line, _has_marks(folded)
        for last, number in glance.seen:
            for key in wanted.get(number, ()):
                start, end = last + 1 - key.lead, last + 1 - key.tail
                if key.several and folded.text.find(BREAK, start, end) >= 0:
                    continue
                if key.literal.marked and not _is_as_written(folded, start, end, key, has_marks):
                    continue
                if key.literal.open_right and key.tail == 0:
                    end = _word_end(line, end)
                if key.literal.open_left:
                    start = _word_start(line, start)
                for slot in key.slots:
                    found.setdefault(slot, []).append(Occurrence(start, end))
        return found


def _search(wanted: Wanted, slots: dict[Slot, int]) -> Search:
    places = tuple(
        place if isinstance(place, Number) else slots.setdefault(place, len(slots)) for place in wanted.sequence.places
    )
    needed = frozenset(place for place in places if isinstance(place, int))
    return Search(wanted, places, needed, wanted.sequence.gaps)


def _by_key(slots: dict[Slot, int]) -> dict[str, tuple[_Key, ...]]:
    by_literal: dict[Literal, list[int]] = defaultdict(list)
    for slot, number in slots.items():
        for literal in slot.literals:
            by_literal[literal].append(number)
    by_key: dict[str, list[_Key]] = defaultdict(list)
    for literal, numbers in by_literal.items():
        key = literal.key
        lead = len(key) - (key[0] == SPACE)
        several = SPACE in key.strip()
        by_key[key].append(_Key(lead, int(key[-1] == SPACE), literal, several, tuple(numbers)))
    return {key: tuple(keys) for key, keys in sorted(by_key.items())}


def _automaton(keys: Iterable[tuple[int, str]]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for number, key in keys:
        automaton.add_word(key, number)
    automaton.make_automaton()
    return automaton


def _has_marks(folded: Folded) -> bool:
    if folded.marked == folded.text:
        return False
    sample = range(0, len(folded.text), max(1, len(folded.text) // 500))
    return sum(folded.text[i] != folded.marked[i] for i in sample) > _MARKED_SHARE * len(sample)


def _is_as_written(folded: Folded, start: int, end: int, key: _Key, has_marks: bool) -> bool:
    """Whether the accents agree. Words typed without any agree with all, but a single bare word in a text that has
    accents elsewhere is another word."""
    there = folded.marked[start:end]
    if there == folded.text[start:end]:
        return key.several or not has_marks
    return there.translate(_TO_SPACES) in key.literal.marked


def _word_end(line: str, end: int) -> int:
    if end < len(line) and line[end - 1] < "\u0e00":
        return line.find(SPACE, end)
    return line.find(SPACE, end) if "\uac00" <= line[end - 1] <= "\ud7a3" else end


def _word_start(line: str, start: int) -> int:
    return line.rfind(SPACE, 0, start) + 1 if line[start] < "\u0e00" else start


def _numbers(text: str) -> list[tuple[Occurrence, float]]:
    return [(Occurrence(*found.span()), _value(found[0])) for found in _NUMBER.finditer(text)]


def _value(written: str) -> float:
    """``1.500``, ``1,500`` and ``1500`` are one number; ``1,5`` and ``1.5`` another."""
    plain = _GROUPED.sub("", written[:30]).replace(",", ".")
    return float(plain if plain.count(".") < 2 else plain.replace(".", ""))


def _filling(place: int | Number, hits: Hits, numbers: list[tuple[Occurrence, float]]) -> list[Occurrence]:
    if isinstance(place, int):
        return hits[place]
    return [where for where, value in numbers if place.low <= value <= place.high]


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


def _ending(cues: Iterable[str], language: str) -> re.Pattern[str]:
    """A gap that ends with a denial, with one word more in between at most."""
    longest_first = "|".join(re.escape(cue) for cue in sorted(cues, key=len, reverse=True)) or "(?!)"
    unspaced = language.partition("-")[0] in _CHARACTERS_A_WORD
    return re.compile(rf"(?:{longest_first})$" if unspaced else rf"(?:^|[ ,])(?:{longest_first}) (?:[^\s,]+ )?$")


def is_near(text: str, start: int, end: int, gap: int, language: str) -> bool:
    """Whether at most ``gap`` words and no end of a sentence lie between two places of a folded text. In languages
    written without spaces some characters count as a word."""
    if end - start > 400 or text.find(BREAK, start, end) >= 0:
        return False
    if unit := _CHARACTERS_A_WORD.get(language.partition("-")[0]):
        return end - start <= max(1, gap * unit)
    return text.count(SPACE, start, end) + text.count(CLAUSE, start, end) - 1 <= gap
