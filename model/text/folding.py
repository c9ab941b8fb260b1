"""Text of an ad and folded views for matching, with offsets into the original.

Evidence points into the text as collected; matching works on a folded copy: words in lower case, without accents,
invisible characters or homoglyphs, with exactly one separator between neighbouring words.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from operator import itemgetter
from typing import Final, Literal

from crawler.ad import JobAd
from model.text.characters import ACCENTED, DROPPED, LETTERS_WITH_REPEATS, PLAIN, SIGNS, TRAILING, UNSPACED, undisguise

SPACE, CLAUSE, BREAK = " ", ",", "\n"
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

SEPARATORS: Final = SPACE + CLAUSE + BREAK

_TOKEN: Final = re.compile(
    rf"([ ,;.\n]*)([0-9]+(?:[.,][0-9]+)*|[{UNSPACED}]+|[{SIGNS}]|[^0-9 ,;.\n{UNSPACED}{SIGNS}]+)"
)
"""What parts a word from the one before it, and the word: a number, letters of one kind of script, or a sign."""

_PARTS: Final = " ,;.\n"


def _behind(*words: str) -> str:
    """For a regular expression: behind one of these words and its full stop."""
    lengths = sorted({len(word) for word in words})
    return "|".join(rf"(?<=\b(?:{'|'.join(w for w in words if len(w) == length)})\.)" for length in lengths)


_TITLES: Final = "rs rp ksh pt cv ud jl jln hub bpk tlp telp tel mr mrs ms dr tp q p ул вул г обл ரூ ரு රු"
_UNITS: Final = "руб р тыс т ч мин чел мес нед грн тис год jt rb bln hr tr hrs min max"
_NO_END: Final = re.compile(
    rf"\.(?:(?=-)|(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]\.)|(?<=[a-z]\.)(?=[a-z])|(?i:{_behind(*_TITLES.split())})"
    rf"|(?:{_behind(*_UNITS.split())})(?= ?[\da-zа-яіїє]))"
)
"""A full stop that ends no sentence: behind a Thai, Lao, Burmese or Khmer letter, in a price of ``500.-``, in an
address, or one that shortens a word."""

_IN_NUMBER: Final = re.compile("(?<=[0-9])[ \u00a0](?=000(?![0-9]))")
_REPEATED: Final = re.compile(rf"([{LETTERS_WITH_REPEATS}])\1+")
_LONGEST_LEFT_ALONE: Final = 3
"""Words up to this length keep repeated letters: ``mmn`` is not ``mn``, nor ``see`` ``se``."""

_NOTHING_MORE: Final = frozenset(("", " ", "\n", ".", ","))
"""What surely is not a part of the letter before it; met most often."""

_ACCENTED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""

_SAMPLED: Final = 500
_LONGEST_CACHED_GAP: Final = 4
_LONGEST_CACHED_WORD: Final = 24
_MOST_CACHED: Final = 50_000


def ad_text(ad: JobAd) -> str:
    """The text that spans and n-grams of an ad are counted in."""
    return f"{ad.title}\n{ad.description}"


def field_span(ad: JobAd, start: int, end: int) -> tuple[Literal["title", "description"], int, int]:
    """The field that a span of ``ad_text`` begins in, and the span in this field."""
    begins = len(ad.title) + 1
    return ("title", start, end) if start < begins else ("description", start - begins, end - begins)


class _Separators(dict[str, str]):
    def __missing__(self, gap: str) -> str:
        separator = BREAK if "." in gap or "\n" in gap else CLAUSE if "," in gap or ";" in gap else SPACE
        if len(gap) <= _LONGEST_CACHED_GAP:
            self[gap] = separator
        return separator


class _Collapsed(dict[str, str]):
    """A word -> the same without repeated letters; most words of a text were met before."""

    def __missing__(self, word: str) -> str:
        collapsed = without_repeats(word) if len(word) > _LONGEST_LEFT_ALONE else word
        if len(word) <= _LONGEST_CACHED_WORD:
            if len(self) >= _MOST_CACHED:
                self.clear()
            self[word] = collapsed
        return collapsed


_FIRST: Final = itemgetter(0)
_SEPARATORS: Final = _Separators()
_COLLAPSED: Final = _Collapsed()


class Folded:
    """A folded text and the way back. It begins and ends with a space, so that every word has one on both sides."""

    def __init__(self, text: str, original: str, begin: int = 0) -> None:
        """``original[begin : begin + len(text)]`` is ``text``, or ``text`` is that piece with its letters put right."""
        self.original = original
        text = _NO_END.sub(" ", text)
        if " 000" in text or "\u00a0000" in text:
            text = _IN_NUMBER.sub(".", text)
        self.begin, self.end = begin, begin + len(text)
        self._source = text
        self._written = text.translate(PLAIN).replace(DROPPED, "")
        # Without the end, behind which no word follows: the expression would look there from each place anew.
        self._tokens = _TOKEN.findall(self._written.rstrip(_PARTS))
        parts = [part for gap, word in self._tokens for part in (_SEPARATORS[gap], _COLLAPSED[word])]
        self.text = "".join([SPACE, *parts[1:], SPACE]) if parts else SPACE

    @cached_property
    def line(self) -> str:
        """The text with spaces for all separators; a comma inside a number is one of them."""
        return self.text.replace(CLAUSE, SPACE).replace(BREAK, SPACE)

    @cached_property
    def breaks(self) -> list[int]:
        """Where sentences end in ``text``; the last one where the text does."""
        return [*_places(self.text, BREAK), len(self.text) - 1]

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        """Where each word with what is before it begins in ``text`` and in ``_written``."""
        in_text = accumulate([1 + len(_COLLAPSED[word]) for _, word in self._tokens], initial=0)
        in_written = accumulate([len(gap) + len(word) for gap, word in self._tokens], initial=0)
        return list(in_text), list(in_written)

    @cached_property
    def _uneven(self) -> list[tuple[int, int, int]]:
        """The characters of the original that ``_written`` has none or several for: where they stand in it, how many
        they are, and where they came from."""
        lengths = {letter: len(PLAIN[ord(letter)].replace(DROPPED, "")) for letter in set(self._source)}
        letters = [letter for letter, length in lengths.items() if length != 1]
        uneven, more = [], 0
        for at in sorted(at for letter in letters for at in _places(self._source, letter)):
            length = lengths[self._source[at]]
            uneven.append((at + more, length, at))
            more += length - 1
        return uneven

    def origin(self, at: int) -> int:
        """Where the character of ``text`` came from in ``original``; for a separator, where the next word did."""
        # Where it stands in ``_written``.
        in_text, in_written = self._starts
        token = bisect_right(in_text, at) - 1
        place = len(self._written)
        if token < len(self._tokens):
            gap, word = self._tokens[token]
            letter = max(0, at - in_text[token] - 1)
            if letter and _COLLAPSED[word] != word:
                for repeated in _REPEATED.finditer(word):
                    if repeated.start() >= letter:
                        break
                    letter += repeated.end() - repeated.start() - 1
            place = in_written[token] + len(gap) + letter
        # Where that came from.
        before = bisect_right(self._uneven, place, key=_FIRST) - 1
        if before < 0:
            return self.begin + place
        written, length, source = self._uneven[before]
        return self.begin + source + max(0, place - written - length + 1)

    @cached_property
    def marked(self) -> str:
        """The same text, letter for letter, with its accents kept: ``bán`` and ``bạn`` are both ``ban`` in ``text``."""
        written = self._source.translate(ACCENTED).replace(DROPPED, "")
        if written == self._written:
            return self.text
        parts, end = [], 0
        for gap, word in self._tokens:
            start = end + len(gap)
            end = start + len(word)
            accented = written[start:end]
            if _COLLAPSED[word] != word:
                for repeated in reversed([*_REPEATED.finditer(word)]):
                    accented = accented[: repeated.start() + 1] + accented[repeated.end() :]
            parts += [_SEPARATORS[gap], accented]
        return "".join([SPACE, *parts[1:], SPACE])

    @cached_property
    def is_accented(self) -> bool:
        """Whether the original is written with accents, judged by some hundred of its characters."""
        some = self.original[:: max(1, len(self.original) // _SAMPLED)]
        pairs = zip(some.translate(PLAIN), some.translate(ACCENTED), strict=True)
        return sum(plain != accented for plain, accented in pairs) > _ACCENTED_SHARE * len(some)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` lies in the original, without the separators around it.

        Accents and invisible characters that belong to the last letter are taken along.
        """
        text = self.text
        while start < end and text[start] in SEPARATORS:
            start += 1
        while end > start and text[end - 1] in SEPARATORS:
            end -= 1
        limit = self.origin(end) if end < len(text) else self.end
        if start >= end:
            return limit, limit
        return self.origin(start), end_of(self.original, self.origin(end - 1) + 1, limit)

    def place(self, offset: int) -> int:
        """The first character of ``text`` that comes from ``original[offset]`` or from behind it."""
        return bisect_left(range(len(self.text)), offset, key=self.origin)


def _places(text: str, letter: str) -> Iterator[int]:
    at = text.find(letter)
    while at >= 0:
        yield at
        at = text.find(letter, at + 1)


def end_of(original: str, last: int, limit: int) -> int:
    """Where the letter before ``last`` ends: its repetitions, to ``limit``, accents and invisible parts too."""
    if original[last : last + 1] in _NOTHING_MORE:
        return last
    letter = original[last - 1].casefold()
    while last < limit and letter.isalpha() and original[last].casefold() == letter:
        last += 1
    tail = TRAILING.match(original, last)
    return tail.end() if tail else last


def fold(text: str) -> Folded:
    """The text in plain lower-case letters, with offsets back into it."""
    return Folded(text, text)


def without_repeats(word: str) -> str:
    """The word with each run of a letter written once."""
    return _REPEATED.sub(r"\1", word)


def views(text: str) -> Iterator[Folded]:
    """The plain view, and one of each group of lines whose letters are in disguise, with the disguise removed."""
    yield fold(text)
    cleared = undisguise(text)
    if cleared == text:
        return
    lines, clear = text.split("\n"), cleared.split("\n")
    ends = list(accumulate(len(line) + 1 for line in lines))
    for line, now, end in zip(lines, clear, ends, strict=True):
        if line != now:
            yield Folded(now, text, end - len(line) - 1)
