"""Aho-Corasick matcher for the patterns of a taxonomy.

One pass of an automaton over the folded text finds every word that any pattern has. A pattern is tried only in
sentences that hold a word of its rarest place and one of its second rarest; then one walk over its places, without
backtracking, finds where it stands.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

import ahocorasick

from model.taxonomy.patterns import Literal, Number, Pattern, Slot
from model.taxonomy.patterns import Sequence as Form
from model.text.folding import BREAK, CLAUSE, SPACE, Folded, fold

CHARACTERS_A_WORD: Final = {"zh": 2, "ja": 2, "th": 5, "lo": 5, "km": 5, "my": 6}
"""How many characters count as a word in a gap, in languages written without spaces."""

_FARTHEST: Final = 400

_CLITICS, _PREFIXES = 2, 4
"""Letters at most before a word that stands inside another: in Latin letters (``l'agence``, ``qu'on``), in others
(``والجواز``)."""

_UNSPACED: Final = "\u0e00"
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_GROUPED: Final = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_BY_END: Final = itemgetter(1)
_TO_SPACES: Final = str.maketrans({CLAUSE: SPACE, BREAK: SPACE})

Occurrence = tuple[int, int]


class Wanted(NamedTuple):
    """A pattern to look for: its language, and its forms."""

    language: str
    sequences: tuple[Form, ...]


class Match(NamedTuple):
    """A pattern found, by its number, from ``start`` to ``end`` of the folded text."""

    pattern: int
    start: int
    end: int
    sentence: "Sentence"


class Compiled(NamedTuple):
    """The tables of a matcher, as they are cached on disk."""

    keys: list[str]
    """The words of patterns as they stand in a folded text, with the separators that must stand on their sides."""

    is_open: list[int]
    """Whether each may begin (1) or end (2) inside a longer word of the text."""

    accented: dict[int, tuple[str, ...]]
    """Number of a word whose accents count -> the forms that it has with accents."""

    twins: dict[int, tuple[int, ...]]
    """Number of a word -> others that have the same key."""

    places: list[frozenset[int]]
    patterns: list[tuple[str, tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]]]
    """Language of each pattern, and its forms: places, and how many words may stand between them. A place for a number
    is one below zero: -1 for the first range."""

    numbers: list[tuple[float, float]]
    anchors: dict[int, tuple[tuple[int, int], ...]]
    """Number of a word -> the patterns to try where it is found, each with its second rarest place, -1 for none."""

    automaton: Any
    """Finds words by their keys and gives their numbers; of words with one key, the last."""


def joined(language: str, patterns: Iterable[Pattern]) -> Wanted:
    """Several patterns as one; all that are plain words become one place with many words."""
    sequences = [sequence for pattern in patterns for sequence in pattern.sequences]
    slots = [sequence.places[0] for sequence in sequences if len(sequence.places) == 1]
    plain = frozenset(literal for slot in slots if isinstance(slot, Slot) for literal in slot.literals)
    forms = [sequence for sequence in sequences if len(sequence.places) > 1]
    return Wanted(language, (*forms, *([Form((Slot(plain),), ())] if plain else [])))


def compile_patterns(wanted: Iterable[Wanted], cues: Iterable[Wanted] = (), sample: Iterable[str] = ()) -> Compiled:
    """The tables for patterns, and after them for lists of cues, which are tried only when asked for.

    ``sample`` is text that shows which words are common: a pattern is looked for by its rarest place.
    """
    wanted, cues = list(wanted), list(cues)
    places: dict[Slot, int] = {}
    numbers: dict[Number, int] = {}
    patterns = []
    for pattern in (*wanted, *cues):
        forms = []
        for sequence in pattern.sequences:
            chosen = tuple(
                places.setdefault(place, len(places))
                if isinstance(place, Slot)
                else -1 - numbers.setdefault(place, len(numbers))
                for place in sequence.places
            )
            forms.append((chosen, sequence.gaps))
        patterns.append((pattern.language, tuple(forms)))
    literals: dict[Literal, int] = {}
    for slot in places:
        for literal in slot.literals:
            literals.setdefault(literal, len(literals))
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for literal, number in literals.items():
        automaton.add_word(literal.key, number)
    if literals:
        automaton.make_automaton()
    compiled = Compiled(
        keys=[literal.key for literal in literals],
        is_open=[literal.open_left + 2 * literal.open_right for literal in literals],
        accented={number: tuple(sorted(literal.marked)) for literal, number in literals.items() if literal.marked},
        twins=_twins(literals),
        places=[frozenset(map(literals.__getitem__, slot.literals)) for slot in places],
        patterns=patterns,
        numbers=[(number.low, number.high) for number in numbers],
        anchors={},
        automaton=automaton,
    )
    compiled.anchors.update(_anchors(compiled, len(wanted), sample))
    return compiled


def _twins(literals: Mapping[Literal, int]) -> dict[int, tuple[int, ...]]:
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for literal, number in literals.items():
        by_key[literal.key].append(number)
    return {numbers[-1]: tuple(numbers[:-1]) for numbers in by_key.values() if len(numbers) > 1}


def _anchors(compiled: Compiled, wanted: int, sample: Iterable[str]) -> dict[int, tuple[tuple[int, int], ...]]:
    times: Counter[int] = Counter()
    if compiled.keys:
        times.update(word for text in sample for _, word in compiled.automaton.iter(fold(text).line))
    often = [sum(map(times.__getitem__, words)) + len(words) / 1000 for words in compiled.places]
    anchors: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pattern, (_, forms) in enumerate(compiled.patterns[:wanted]):
        # All forms have the places of the shortest one.
        needed = {place for place in min((form for form, _ in forms), key=len) if place >= 0}
        anchor, *others = sorted(needed, key=lambda place: (often[place], place))
        for word in compiled.places[anchor]:
            anchors[word].append((pattern, others[0] if others else -1))
    return {word: tuple(anchored) for word, anchored in anchors.items()}


class Sentence:
    """A part of a folded text between two ends of sentences, and the words of patterns in it."""

    __slots__ = ("_filled", "_matcher", "_numbers", "_present", "_words", "end", "folded", "start")

    def __init__(
        self, matcher: "Matcher", folded: Folded, bounds: tuple[int, int], hits: Iterable[tuple[int, int]]
    ) -> None:
        """``hits``: where in the sentence each word ends, the last character included, and the word's number."""
        self._matcher = matcher
        self.folded = folded
        self.start, self.end = bounds
        """Where its first and its last separator stand."""

        words: dict[int, list[int]] = {}
        for last, word in hits:
            words.setdefault(word, []).append(self.start + last)
        twins = matcher.compiled.twins
        words.update({twin: words[word] for word in twins.keys() & words.keys() for twin in twins[word]})
        self._words = words
        self._present = set(words)
        self._filled: dict[int, list[Occurrence]] = {}
        self._numbers: list[tuple[Occurrence, float]] | None = None

    def find(self, pattern: int, *, denies: bool = True) -> list[Occurrence]:
        """Where the pattern stands, in each of its forms; ``denies``: not where a gap ends with a denial."""
        language, forms = self._matcher.compiled.patterns[pattern]
        cues = self._matcher.denials.get(language) if denies else None
        present, words = self._present, self._matcher.compiled.places
        found: list[Occurrence] = []
        for places, gaps in forms:
            if not any(place >= 0 and present.isdisjoint(words[place]) for place in places):
                found += self._walk(places, gaps, language, cues) if gaps else self._occurrences(places[0])
        return found

    def _walk(
        self, places: tuple[int, ...], gaps: tuple[int, ...], language: str, cues: frozenset[str] | None
    ) -> list[Occurrence]:
        """Occurrences of the whole sequence. For each place only the nearest partial find before it can count: any
        other is farther away and has more in between."""
        text = self.folded.text
        partial = sorted(self._occurrences(places[0]), key=_BY_END)
        for place, gap in zip(places[1:], gaps, strict=True):
            ends = [end for _, end in partial]
            longer = []
            for start, end in self._occurrences(place):
                before = bisect_right(ends, start) - 1
                if before < 0 or not is_near(text, ends[before], start, gap, language):
                    continue
                if gap and cues and _ending(cues, language).search(text[ends[before] : start]):
                    continue
                longer.append((partial[before][0], end))
            if not longer:
                return []
            partial = sorted(longer, key=_BY_END) if len(longer) > 1 else longer
        return partial

    def _occurrences(self, place: int) -> list[Occurrence]:
        if place < 0:
            return self._numbers_in(*self._matcher.compiled.numbers[-1 - place])
        found = self._filled.get(place)
        if found is None:
            found = self._filled[place] = self._fill(self._matcher.compiled.places[place])
        return found

    def _numbers_in(self, low: float, high: float) -> list[Occurrence]:
        if self._numbers is None:
            found = _NUMBER.finditer(self.folded.text, self.start, self.end + 1)
            self._numbers = [(number.span(), _value(number[0])) for number in found]
        return [where for where, value in self._numbers if low <= value <= high]

    def _fill(self, words: frozenset[int]) -> list[Occurrence]:
        """By the end of their keys, the longest first."""
        keys, found = self._matcher.compiled.keys, []
        for word in self._present & words:
            for last in self._words[word]:
                where = self._stands(word, last)
                if where:
                    found.append((last, -len(keys[word]), where))
        found.sort()
        return [where for _, _, where in found]

    def _stands(self, word: int, last: int) -> Occurrence | None:
        compiled, line = self._matcher.compiled, self.folded.line
        key, is_open, accented = compiled.keys[word], compiled.is_open[word], compiled.accented.get(word)
        closed = key[-1] == SPACE
        start, end = last + 1 - len(key) + (key[0] == SPACE), last + 1 - closed
        if not closed and _UNSPACED <= line[end] <= "\u17ff" and unicodedata.category(line[end])[0] == "M":
            return None  # a vowel sign or tone mark goes on: Thai ``หนี`` (flee) is not in ``หนี้`` (debt)
        if accented and not self._is_as_written(start, end, accented, several=SPACE in key.strip()):
            return None
        if is_open & 1 and line[start] < _UNSPACED:
            begin = line.rfind(SPACE, 0, start) + 1
            if start - begin > (_CLITICS if line[start] < "\u0250" else _PREFIXES):
                return None
            start = begin
        if is_open & 2 and not closed and (line[end - 1] < _UNSPACED or "\uac00" <= line[end - 1] <= "\ud7a3"):
            end = line.find(SPACE, end)
        return start, end

    def _is_as_written(self, start: int, end: int, marked: tuple[str, ...], *, several: bool) -> bool:
        """Whether the accents agree. Words typed without any agree with all, but a single bare word in a text that has
        accents elsewhere is another word."""
        folded = self.folded
        there = folded.marked[start:end]
        if there.translate(_TO_SPACES) in marked:
            return True
        return there == folded.text[start:end] and (several or not folded.is_accented)


class Matcher:
    """Finds patterns in folded texts; made once a taxonomy."""

    def __init__(self, compiled: Compiled, denials: Mapping[str, frozenset[str]] | None = None) -> None:
        """``denials``: the words of each language that a gap must not end with: "the company *never* keeps ..."."""
        self.compiled = compiled
        self.denials = denials or {}

    def find(self, folded: Folded) -> Iterator[Match]:
        """Every match in the text, sentence by sentence."""
        if not self.compiled.keys:
            return
        line, start = folded.line, 0
        for end in folded.breaks:
            hits = list(self.compiled.automaton.iter(line[start : end + 1]))
            if patterns := self._possible(hits):
                sentence = Sentence(self, folded, (start, end), hits)
                for pattern in patterns:
                    for begin, over in sentence.find(pattern):
                        yield Match(pattern, begin, over, sentence)
            start = end

    def sentence_bounds(self, folded: Folded, start: int, end: int) -> tuple[int, int]:
        """Where the sentence begins and ends, or several of them, that hold a piece of a folded text."""
        first, last = folded.text.rfind(BREAK, 0, max(start, 1)), folded.text.find(BREAK, end)
        return max(first, 0), last if last >= 0 else len(folded.text) - 1

    def sentence(self, folded: Folded, start: int, end: int) -> Sentence:
        """The piece of a folded text from ``start`` to ``end`` as one sentence."""
        return Sentence(self, folded, (start, end), self.compiled.automaton.iter(folded.line[start : end + 1]))

    def _possible(self, hits: list[tuple[int, int]]) -> list[int]:
        """The patterns of which the two rarest places have words among those of a sentence."""
        places, anchors, twins = self.compiled.places, self.compiled.anchors, self.compiled.twins
        words = {word for _, word in hits}
        words.update(*map(twins.__getitem__, twins.keys() & words))
        return sorted(
            {
                pattern
                for word in anchors.keys() & words
                for pattern, second in anchors[word]
                if second < 0 or not words.isdisjoint(places[second])
            }
        )


@cache
def _ending(cues: frozenset[str], language: str) -> re.Pattern[str]:
    """A gap that ends with a denial, with one word more in between at most."""
    longest_first = "|".join(re.escape(cue) for cue in sorted(cues, key=len, reverse=True)) or "(?!)"
    unspaced = _unit(language) is not None
    return re.compile(rf"(?:{longest_first})$" if unspaced else rf"(?:^|[ ,])(?:{longest_first}) (?:[^\s,]+ )?$")


@cache
def _unit(language: str) -> int | None:
    return CHARACTERS_A_WORD.get(language.partition("-")[0])


def is_near(text: str, start: int, end: int, gap: int, language: str) -> bool:
    """Whether at most ``gap`` words and no end of a sentence lie between two places of a folded text. In languages
    written without spaces some characters count as a word."""
    if end - start > _FARTHEST or text.find(BREAK, start, end) >= 0:
        return False
    if unit := _unit(language):
        return end - start <= max(1, gap * unit)
    return text.count(SPACE, start, end) + text.count(CLAUSE, start, end) - 1 <= gap


def in_clause(text: str, start: int, end: int) -> bool:
    """Whether no end of a clause lies between two places of a folded text."""
    return text.find(CLAUSE, start, end) < 0


def _value(written: str) -> float:
    """``1.500``, ``1,500`` and ``1500`` are one number; ``1,5`` and ``1.5`` another."""
    plain = _GROUPED.sub("", written[:30]).replace(",", ".")
    return float(plain if plain.count(".") < 2 else plain.replace(".", ""))
