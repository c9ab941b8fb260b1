"""What is looked for in texts, as the arrays that kernels read; it takes seconds to make, and is kept."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model import sought
from model.text.characters import Places
from model.lexicon import Lexicon
from model.lexicon_tree import make_lexicon
from model.taxonomy.patterns import Literal, Number, Pattern, Slot
from model.taxonomy.patterns import Sequence as Form
from model.sought import Bits, Cues, Patterns, Tongues, Words, bit_of
from model.taxonomy.loader import Taxonomy

__all__ = ["Plan", "Wanted", "make_plan", "taxonomy_plan", "with_anchors"]

_CHARACTERS_A_WORD: Final = {"zh": 2, "ja": 2, "th": 5, "lo": 5, "km": 5, "my": 6}
"""How many characters count as a word in a gap, in languages written without spaces."""

_SPACE: Final = " "
_NONE: Final = -1


class Wanted(NamedTuple):
    """What to look for, and what finding it means."""

    name: str
    language: str
    sequences: tuple[Form, ...]


class Plan(NamedTuple):
    """What is looked for."""

    names: tuple[str, ...]
    """In order: what is sorted by their numbers is sorted by them."""

    languages: tuple[str, ...]
    name_of: Places
    """For each pattern which of the names it stands for; cues stand for none."""

    lexicon: Lexicon
    words: Words
    patterns: Patterns
    tongues: Tongues
    cues: Cues


def taxonomy_plan(taxonomy: Taxonomy) -> Plan:
    """The plan for all that a taxonomy describes."""
    wanted = [
        Wanted(key, language, one.sequences)
        for key, indicator in taxonomy.indicators.items()
        for language, signs in indicator.languages.items()
        for one in signs.patterns
    ]
    unless = {
        (key, language): _joined(language, signs.unless)
        for key, indicator in taxonomy.indicators.items()
        for language, signs in indicator.languages.items()
        if signs.unless
    }
    kinds = {
        (language, kind): _joined(language, getattr(its, kind))
        for language, its in taxonomy.negation.items()
        for kind in ("before", "after", "stops", "attributed")
        if getattr(its, kind)
    }
    reach = {language: its.reach for language, its in taxonomy.negation.items()}
    return make_plan(wanted, {language: its.words for language, its in taxonomy.negation.items()}, unless, kinds, reach)


def make_plan(
    wanted: Sequence[Wanted],
    denials: Mapping[str, frozenset[str]] = {},
    unless: Mapping[tuple[str, str], Wanted] = {},
    kinds: Mapping[tuple[str, str], Wanted] = {},
    reach: Mapping[str, int] = {},
) -> Plan:
    """The plan for patterns, and for the cues of languages."""
    every = [*wanted, *unless.values(), *kinds.values()]
    names = tuple(sorted({one.name for one in wanted}))
    languages = tuple(dict.fromkeys(one.language for one in every))
    places = {slot: number for number, slot in enumerate(dict.fromkeys(_slots(every)))}
    literals = sorted(
        {literal for slot in places for literal in slot.literals}, key=lambda one: (one.key, sorted(one.marked))
    )
    numbers = {key: len(wanted) + number for number, key in enumerate((*unless, *kinds))}
    patterns = _patterns(every, places, {one: number for number, one in enumerate(literals)}, languages)
    return Plan(
        names,
        languages,
        np.array([names.index(one.name) for one in wanted], dtype=np.int32),
        make_lexicon([literal.key for literal in literals]),
        _words(literals, patterns, len(wanted), np.zeros(len(places))),
        patterns,
        _tongues(languages, denials),
        _cues(names, languages, numbers, reach),
    )


def _cues(
    names: Sequence[str], languages: Sequence[str], numbers: Mapping[tuple[str, str], int], reach: Mapping[str, int]
) -> Cues:
    before, after, stops, attributed = (
        _ints(numbers.get((language, kind), _NONE) for language in languages)
        for kind in ("before", "after", "stops", "attributed")
    )
    unless = _ints(numbers.get((name, language), _NONE) for name in names for language in languages)
    return Cues(unless, before, after, stops, attributed, _ints(reach.get(language, 0) for language in languages))


def with_anchors(plan: Plan, times: npt.NDArray[Any]) -> Plan:
    """The same plan, each pattern noticed by the place that is filled most seldom; ``times`` says how often."""
    notices = _notices(plan.patterns, len(plan.name_of), times, len(plan.words.shape))
    notices_from, pairs, bits = _noticed(notices, plan.patterns)
    gives_notice = np.array([*map(bool, notices)], dtype=np.uint16)
    shape = plan.words.shape & ~np.uint16(sought.NOTICES) | sought.NOTICES * gives_notice
    words = plan.words._replace(shape=shape, notices_from=notices_from, notices=pairs, bits=bits)
    return plan._replace(words=words)


def _joined(language: str, patterns: Iterable[Pattern]) -> Wanted:
    """Several patterns as one; all that are plain words are one place with many words, which is looked for at once."""
    sequences = [sequence for pattern in patterns for sequence in pattern.sequences]
    slots = [one.places[0] for one in sequences if len(one.places) == 1]
    plain = frozenset(literal for slot in slots if isinstance(slot, Slot) for literal in slot.literals)
    forms = [one for one in sequences if len(one.places) > 1]
    return Wanted("", language, (*forms, *([Form((Slot(plain),), ())] if plain else [])))


def _slots(wanted: Iterable[Wanted]) -> Iterable[Slot]:
    return (
        place for one in wanted for sequence in one.sequences for place in sequence.places if isinstance(place, Slot)
    )


def _words(literals: Sequence[Literal], patterns: Patterns, wanted: int, times: npt.NDArray[Any]) -> Words:
    following = [*(one.key for one in literals[1:]), ""]
    shapes = [_shape(one, after) for one, after in zip(literals, following, strict=True)]
    for word in set(range(len(literals))) - _words_of(patterns, wanted):
        shapes[word] |= sought.CUE
    notices = _notices(patterns, wanted, times, len(literals))
    shapes = [shape | bool(its) * sought.NOTICES for shape, its in zip(shapes, notices, strict=True)]
    forms = [sorted(one.marked) for one in literals]
    every = [form for its in forms for form in its]
    letters = np.array([ord(letter) for form in every for letter in form], dtype=np.uint32)
    return Words(
        np.array(shapes, dtype=np.uint16),
        *_noticed(notices, patterns),
        _offsets(map(len, forms)),
        _offsets(map(len, every)),
        letters,
    )


def _words_of(patterns: Patterns, wanted: int) -> set[int]:
    """The words of all patterns but cues."""
    slots = patterns.slots[: patterns.slots_from[patterns.sequences_from[wanted]]]
    places = {place for place in slots.tolist() if place >= 0}
    return {word for place in places for word in _words_at(patterns, place)}


def _words_at(patterns: Patterns, place: int) -> list[int]:
    """The words that may fill a place."""
    words: list[int] = patterns.words[patterns.words_from[place] : patterns.words_from[place + 1]].tolist()
    return words


def _shape(one: Literal, following: str) -> int:
    begins, ends = one.key[0] == _SPACE, one.key[-1] == _SPACE
    return (
        begins * sought.BEGINS
        | ends * sought.ENDS
        | (_SPACE in one.key.strip()) * sought.SEVERAL
        | (one.open_right and not ends) * sought.GOES_ON
        | one.open_left * sought.OPEN
        | bool(one.marked) * sought.ACCENTED
        | (one.key == following) * sought.SAME
    )


def _patterns(
    wanted: Sequence[Wanted], places: Mapping[Slot, int], words: Mapping[Literal, int], languages: Sequence[str]
) -> Patterns:
    sequences = [sequence for one in wanted for sequence in one.sequences]
    flat = [place for sequence in sequences for place in sequence.places]
    ranges = {one: number for number, one in enumerate(dict.fromkeys(one for one in flat if isinstance(one, Number)))}
    return Patterns(
        _offsets(len(one.sequences) for one in wanted),
        _ints(languages.index(one.language) for one in wanted),
        _offsets(len(sequence.places) for sequence in sequences),
        _ints(places[place] if isinstance(place, Slot) else -1 - ranges[place] for place in flat),
        _ints(gap for sequence in sequences for gap in (0, *sequence.gaps)),
        np.array([one.low for one in ranges] or [0.0], dtype=np.float64),
        np.array([one.high for one in ranges] or [0.0], dtype=np.float64),
        _offsets(len(slot.literals) for slot in places),
        _ints(word for slot in places for word in sorted(words[one] for one in slot.literals)),
    )


def _notices(patterns: Patterns, wanted: int, times: npt.NDArray[Any], words: int) -> list[list[tuple[int, int]]]:
    """For each word the patterns that it gives notice of: it may fill their anchor, a place of their shortest sequence,
    which all of them have. Each with the place that is filled most seldom after that."""
    lists: list[list[tuple[int, int]]] = [[] for _ in range(words)]
    for pattern in range(wanted):
        sequences = range(patterns.sequences_from[pattern], patterns.sequences_from[pattern + 1])
        first, after = min(
            ((int(patterns.slots_from[one]), int(patterns.slots_from[one + 1])) for one in sequences),
            key=lambda slots: slots[1] - slots[0],
        )
        its = {place for place in patterns.slots[first:after].tolist() if place >= 0}
        anchor, *others = sorted(its, key=lambda place: (times[place], place))
        for word in _words_at(patterns, anchor):
            lists[word].append((pattern, others[0] if others else _NONE))
    return lists


def _noticed(lists: Sequence[Sequence[tuple[int, int]]], patterns: Patterns) -> tuple[Places, Places, Bits]:
    """The notices of each word, and the bits of the words that may fill their places."""
    bits = [sum({bit_of(word) for word in _words_at(patterns, place)}) for place in range(len(patterns.words_from) - 1)]
    every = [pair for its in lists for pair in its]
    return (
        _offsets(map(len, lists)),
        _ints(number for pair in every for number in pair),
        np.array([bits[place] if place >= 0 else 0 for _, place in every], dtype=np.int64),
    )


def _tongues(languages: Sequence[str], denials: Mapping[str, frozenset[str]]) -> Tongues:
    words = [sorted(denials.get(language, ())) for language in languages]
    every = [word for its in words for word in its]
    return Tongues(
        _ints(_CHARACTERS_A_WORD.get(language.partition("-")[0], 0) for language in languages),
        _offsets(map(len, words)),
        _offsets(map(len, every)),
        np.array([ord(letter) for word in every for letter in word], dtype=np.uint32),
    )


def _ints(numbers: Iterable[int]) -> Places:
    return np.array(list(numbers), dtype=np.int32)


def _offsets(lengths: Iterable[int]) -> Places:
    return _ints(accumulate(lengths, initial=0))
