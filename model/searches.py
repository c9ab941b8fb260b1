"""What is looked for in texts, and by which of its words a cheap pass notices it.

A pattern of several places is noticed by its anchor: the place, or run of places that stand side by side, whose words
should be met most seldom. Where an anchor stands, the pattern's other places must be in the same sentence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final, NamedTuple

from model.outline import outline, outline_of_folded
from model.patterns import Literal, Number, Sequence, Slot
from model.text import SPACE

__all__ = ["CHARACTERS_A_WORD", "Anchor", "Expected", "Form", "Place", "Wanted", "Word", "choose_anchor"]

CHARACTERS_A_WORD: Final = {"zh": 2, "ja": 2, "th": 5, "lo": 5, "km": 5, "my": 6}
"""How many characters count as a word in a gap, in languages written without spaces."""

_MOST_JOINED: Final = 40
"""Places side by side are joined while they give no more words than this: longer words are rarer."""

_NOTICING: Final = 4
_DIGITS: Final = 30
"""Digits of a number; longer ones are not read."""

Words = tuple[bytes, ...]
"""Outlines of words, any one of which may fill a place."""


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


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a pattern is noticed by, and what else must be in the sentence."""

    words: Words
    others: tuple[Words, ...]
    order: tuple[Words, ...] = ()
    """The places in their order, the anchor's as one; nothing where they come in several orders."""

    reach: tuple[int, ...] = ()
    """How many words, the place's own among them, are at most from where each begins to where the next one does."""


_SAMPLED: Final = 60_000
"""Characters of the sample that are looked at: more change the choice of few words, and take the whole of a start."""


class Expected:
    """How often words should be met in a text, judged by a sample: as often as there, or as their letters follow each
    other there. It is a guess, and a bad one costs time, never evidence."""

    def __init__(self, sample: Iterable[str]) -> None:
        sample = list(sample)
        few = sample[:: max(1, sum(map(len, sample)) // _SAMPLED)]
        lines = [outline(text).line for text in few]
        self._line = b"".join(lines).decode("latin-1")  # Python counts in text several times as fast as in bytes
        self._whole_words = Counter(b"".join(lines).split(b" "))
        self._pairs: Counter[bytes] = Counter()
        self._triples: Counter[bytes] = Counter()
        for line in lines:
            self._pairs.update(line[at : at + 2] for at in range(len(line) - 1))
            self._triples.update(line[at : at + 3] for at in range(len(line) - 2))
        self._known: dict[bytes, float] = {}

    def of(self, words: Words) -> float:
        """How many times any of the words."""
        return sum(map(self._of_one, words))

    def _of_one(self, word: bytes) -> float:
        if word not in self._known:
            self._known[word] = self._count(word) + self._by_letters(word)
        return self._known[word]

    def _count(self, word: bytes) -> int:
        """How often it is in the sample, where it mostly is not at all."""
        first, *whole, last = word.split(b" ") if b" " in word else (word, word)
        if not all(one in self._whole_words for one in whole):
            return 0
        if len(whole) == 1 and not first and not last:
            return self._whole_words[whole[0]]
        return self._line.count(word.decode("latin-1"))

    def _by_letters(self, word: bytes) -> float:
        times = float(self._pairs[word[:2]] or 1)
        for at in range(len(word) - 2):
            times *= (self._triples[word[at : at + 3]] + 0.3) / (self._pairs[word[at : at + 2]] + 10)
        return times


def choose_anchor(wanted: Wanted, expected: Expected) -> Anchor:
    """The anchor of a pattern that costs least: it is met seldom, and few words are to be looked for where it is."""
    base = min(wanted.sequences, key=lambda sequence: len(sequence.places))  # its words are in every other form too
    words = {slot: _outlined(slot) for slot in _slots(base)}
    anchors: list[tuple[float, int, int, Anchor, Words, tuple[Slot, ...]]] = []
    for joined, run in _runs(wanted, base, words):
        others = {_shortest(its) for slot, its in words.items() if slot not in run}
        anchor = Anchor(_shortest(joined), tuple(sorted(others, key=lambda its: (len(its), its))))
        anchors.append((_cost(anchor, expected), len(anchor.words), len(anchors), anchor, joined, run))
    *_, anchor, joined, run = min(anchors)
    return replace(anchor, **_in_order(wanted, base, joined, run)) if anchor.others else anchor


def _in_order(wanted: Wanted, base: Sequence, joined: Words, run: tuple[Slot, ...]) -> dict[str, tuple[Any, ...]]:
    """The order of the places and their reach, if they have one."""
    slots = _slots(base)
    where = [_found_in(sequence, slots) for sequence in wanted.sequences]
    if len(set(slots)) < len(slots) or not all(where):
        return {}
    unit = CHARACTERS_A_WORD.get(wanted.language.partition("-")[0])
    first = slots.index(run[0])
    units = [(at, at + 1) for at in range(first)] + [(first, first + len(run))]
    units += [(at, at + 1) for at in range(first + len(run), len(slots))]
    reach = [
        max(_steps(sequence, at[begin], at[end], unit) for sequence, at in zip(wanted.sequences, where, strict=True))
        for begin, end in units[:-1]
    ]
    order = [joined if begin == first else _outlined(slots[begin]) for begin, _ in units]
    return {"order": tuple(order), "reach": tuple(reach)}


def _found_in(sequence: Sequence, slots: list[Slot]) -> list[int]:
    """Where each of the slots is in a sequence; nothing if they are not all there in this order, each once."""
    at = [place for place, slot in enumerate(sequence.places) if slot in slots]
    return at if [sequence.places[place] for place in at] == slots else []


def _steps(sequence: Sequence, begin: int, end: int, unit: int | None) -> int:
    gaps = [gap if unit is None else max(1, gap * unit) for gap in sequence.gaps[begin:end]]
    return sum(gaps) + sum(_longest(place) for place in sequence.places[begin:end])


def _longest(place: Slot | Number) -> int:
    """How many words the longest that may fill a place has, each digit taken as one."""
    return max(len(word.split()) for word in _outlined(place)) if isinstance(place, Slot) else _DIGITS


def _cost(anchor: Anchor, expected: Expected) -> float:
    """In look-ups of a word; noticing the anchor takes as long as some."""
    return expected.of(anchor.words) * (_NOTICING + (len(anchor.others[0]) if anchor.others else 0))


@cache
def _outlined(slot: Slot) -> Words:
    """The outlines of the words that may fill a place."""
    return tuple(sorted({outline_of_folded(literal.key) for literal in slot.literals}))


def _shortest(words: Words) -> Words:
    """The words without those that hold another of them: where they are, the other is too."""
    kept: list[bytes] = []
    for word in sorted(words, key=len):
        if not any(shorter in word for shorter in kept):
            kept.append(word)
    return tuple(kept)


def _runs(wanted: Wanted, base: Sequence, words: dict[Slot, Words]) -> Iterator[tuple[Words, tuple[Slot, ...]]]:
    """Each place by itself, and what stands side by side in every form, joined."""
    spaced = wanted.language.partition("-")[0] not in CHARACTERS_A_WORD
    for first, slot in enumerate(base.places):
        if not isinstance(slot, Slot):
            continue
        run: tuple[Slot, ...] = (slot,)
        joined = words[slot]
        yield joined, run
        for after in base.places[first + 1 :] if spaced else ():
            if not isinstance(after, Slot) or not _may_join(run[-1], after):
                break
            run = (*run, after)
            if len(joined) * len(words[after]) > _MOST_JOINED or not all(_has(one, run) for one in wanted.sequences):
                break
            joined = tuple(left + right[1:] for left in joined for right in words[after])
            yield joined, run


def _may_join(slot: Slot, after: Slot) -> bool:
    """Whether exactly one space is between two words that fill places side by side."""
    return all(literal.key[-1] == SPACE for literal in slot.literals) and all(
        literal.key[0] == SPACE for literal in after.literals
    )


def _has(sequence: Sequence, run: tuple[Slot, ...]) -> bool:
    return any(
        sequence.places[at : at + len(run)] == run and not any(sequence.gaps[at : at + len(run) - 1])
        for at in range(len(sequence.places))
    )


def _slots(sequence: Sequence) -> list[Slot]:
    return [place for place in sequence.places if isinstance(place, Slot)]


def _form(sequence: Sequence) -> Form:
    places = tuple(place_of(place) if isinstance(place, Slot) else place for place in sequence.places)
    quickest = sorted((place for place in places if isinstance(place, Place)), key=lambda place: len(place.words))
    return Form(places, sequence.gaps, tuple(quickest))


@cache
def place_of(slot: Slot) -> Place:
    """The slot made ready for searching."""
    return Place(slot)
