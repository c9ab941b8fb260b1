"""The lines of texts that are others out of disguise: they alone are read a second time."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from model.text import characters as letters
from model.compiled import Kernel
from model.text.disguise import undisguise
from model.folding import BREAK, Given, Lines, code_points, fold_texts
from model.text.characters import Codes, Places, Tables
from model.spans import Chosen

__all__ = ["ChangedLines", "changed_lines"]


_FOREIGN: Final = -1
_ROW: Final = 3
"""So many letters alone may be a word that is split."""

_UNDERSCORE, _AT, _HYPHEN, _DOT, _PLUS, _SPACE, _ASCII = 0x5F, 0x40, 0x2D, 0x2E, 0x2B, 0x20, 0x80
_BEHIND_LATIN, _FIRST_MARKED, _BEHIND_MARKED = 0x0250, 0x1E00, 0x1F00
"""Where Latin letters are over, and those with marks begin and are over."""

_NAME: Final = 64
"""Letters of the name in a mail address, and from there on in the first part of its host, at most."""


class ChangedLines:
    """The lines of texts that are others out of disguise."""

    def __init__(self, whole: str, given: Given, suspects: Sequence[int]) -> None:
        """``given`` are texts one after another, ``whole`` the same as a string, ``suspects`` the numbers of those that
        may be in disguise."""
        self._where: list[tuple[int, int]] = []
        self._cleared: list[str] = []
        self.foreign: set[int] = set()
        """Texts that are read as a whole: what a letter of two scripts stands for, the others tell."""

        for first, last, may_be_split in self._lines_to_read(whole, given, suspects):
            text = whole[first:last]
            cleared = undisguise(text, may_be_split=may_be_split)
            for begins, ends in changed_lines(text, cleared):
                self._where.append((first + begins, first + ends))
                self._cleared.append(cleared[begins:ends])

    def _lines_to_read(self, whole: str, given: Given, suspects: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
        """Where the lines begin and are over that could be others, and whether letters may be split there."""
        found, counts = np.empty(len(whole) + 1, dtype=np.int32), np.empty(len(suspects), dtype=np.int32)
        _suspect(letters.lasting_tables(), given, np.array(suspects, dtype=np.int32), len(suspects), found, counts)
        at = 0
        for number, count in zip(suspects, counts.tolist(), strict=True):
            if count == _FOREIGN:
                self.foreign.add(number)
                start, end = given.starts[number : number + 2].tolist()
                yield start, end, True
            else:
                yield from _lines_of(whole, found[at : at + count].tolist())
                at += count

    def __bool__(self) -> bool:
        return bool(self._where)

    def hold(self, at: int) -> bool:
        """Whether one of the lines, which are in order, holds a place."""
        number = bisect_right(self._where, (at + 1,)) - 1
        return number >= 0 and at < self._where[number][1]

    def hold_each(self, places: Places) -> Chosen:
        """The same of many."""
        starts, ends = np.array(self._where, dtype=np.int32).T
        number = starts.searchsorted(places, side="right") - 1
        held: Chosen = (number >= 0) & (places < ends[number])
        return held

    def clear(self, text: str, begin: int) -> str:
        """A part of the whole that begins at a place, out of disguise. No line that changed may begin before it and go
        on in it."""
        end, parts, at = begin + len(text), [], begin
        for number in range(bisect_right(self._where, (begin,)), len(self._where)):
            first, last = self._where[number]
            if first >= end:
                break
            parts += [text[at - begin : first - begin], self._cleared[number][: end - first]]
            at = last
        return "".join([*parts, text[at - begin :]]) if parts else text

    @cached_property
    def lines(self) -> Lines:
        """What they say out of disguise; its origin leads to where they are."""
        said = "".join(self._cleared)
        lines = fold_texts(code_points(said), (0, len(said)))
        begins = np.array([start for start, _ in self._where])
        lengths = np.array([end - start for start, end in self._where])
        moved = np.append(np.repeat(begins - (np.cumsum(lengths) - lengths), lengths), 0)
        origin = lines.origin + moved.take(lines.origin)
        origin[-1] = self._where[-1][1]
        return lines._replace(origin=origin.astype(np.int32))


def changed_lines(text: str, cleared: str) -> list[tuple[int, int]]:
    """Where the lines are that are no longer as they were: what may be found in the others may be found in ``text``
    too."""
    if text == cleared:
        return []
    lines = text.split("\n")
    ends = list(accumulate(len(line) + 1 for line in lines))
    return [
        (end - len(line) - 1, min(end, len(text)))
        for line, now, end in zip(lines, cleared.split("\n"), ends, strict=True)
        if line != now
    ]


def _lines_of(text: str, places: Iterable[int]) -> Iterator[tuple[int, int, bool]]:
    """The lines that hold places, which are in order, each with its end and whether letters may be split there, which a
    place below zero says (``~`` of it)."""
    found: dict[int, tuple[int, bool]] = {}
    start = end = 0
    for place in places:
        at = place if place >= 0 else ~place
        if at >= end:
            start, end = text.rfind("\n", 0, at) + 1, text.index("\n", at) + 1
        found[start] = end, place < 0 or (start in found and found[start][1])
    for start, (end, may_be_split) in found.items():
        yield start, end, may_be_split


def _suspect_places(
    tables: Tables, given: Given, suspects: Places, texts: int, found: Places, counts: Places
) -> int:  # fmt: skip
    """Fills ``found`` with a place in each line of some texts that could be another out of disguise, and some more, or
    with ``~`` of it where letters may be split, and ``counts`` with how many of a text; how many in all. All lines of a
    text could be others where letters of scripts stand that have twins in others: ``_FOREIGN``."""
    filled = 0
    for number in range(texts):
        start, end = given.starts[suspects[number]], given.starts[suspects[number] + 1]
        count = _places_in(tables, given.codes, found, filled, start, end)
        counts[number] = count
        filled += max(count, 0)
    return filled


def _places_in(tables: Tables, codes: Codes, found: Places, filled: int, start: int, end: int) -> int:
    """The same of one text."""
    count, row = 0, 0
    for at in range(start, end):
        traits = tables.traits[codes[at]]
        if traits & letters.FOREIGN:
            return _FOREIGN
        if traits & letters.LIKE_A_LETTER and at > start and _stands_inside(tables, codes, at, end):
            found[filled + count] = at
            count += 1
        if codes[at] == BREAK:
            row = 0
        elif traits & letters.IN_WORD:
            row = row + 1 if _is_alone(tables, codes, at, start, end) else 0
            if row == _ROW:
                found[filled + count] = ~at
                count += 1
    return count


def _is_alone(tables: Tables, codes: Codes, at: int, start: int, end: int) -> bool:
    """Whether a letter stands between no others, whatever marks it and they have."""
    if not _is_letter(tables, codes[at]) or (at > start and _is_letter(tables, codes[at - 1])):
        return False
    before, after = at - 1, at + 1
    while before >= start and tables.traits[codes[before]] & letters.VOWEL_SIGN:
        before -= 1
    while after < end and tables.traits[codes[after]] & letters.VOWEL_SIGN:
        after += 1
    return not (before >= start and _is_letter(tables, codes[before])) and not (
        after < end and _is_letter(tables, codes[after])
    )


def _is_letter(tables: Tables, code: int) -> bool:
    return bool(tables.traits[code] & (letters.IN_WORD | letters.DECIMAL) == letters.IN_WORD and code != _UNDERSCORE)


def _stands_inside(tables: Tables, codes: Codes, at: int, end: int) -> bool:
    """Whether what may stand for a letter has a Latin one before it and, behind a few of its like at most, another, and
    is plainly in no mail address. Letters of the other scripts that part words are read all the same."""
    if not _is_latin(tables, codes[at - 1]):
        return False
    for after in range(at + 1, min(at + 4, end)):
        if _is_latin(tables, codes[after]):
            return not _is_in_mail(tables, codes, at, end)
        if not tables.traits[codes[after]] & letters.LIKE_A_LETTER:
            return False
    return False


def _is_latin(tables: Tables, code: int) -> bool:
    return _is_letter(tables, code) and (code < _BEHIND_LATIN or _FIRST_MARKED <= code < _BEHIND_MARKED)


def _is_in_mail(tables: Tables, codes: Codes, at: int, end: int) -> bool:
    """Whether what stands at a place is in the name of a mail address, or its sign: plainly so."""
    first, sign = at, at
    while first > 0 and at - first < _NAME and _is_in_name(tables, codes[first - 1]):
        first -= 1
    while sign < end and sign - first < _NAME and _is_in_name(tables, codes[sign]):
        sign += 1
    if first == sign or sign == end or codes[sign] != _AT or (first > 0 and _SPACE < codes[first - 1] < _ASCII):
        return False
    host = sign + 1
    while host < end and host - at < _NAME and (tables.traits[codes[host]] & letters.IN_WORD or codes[host] == _HYPHEN):
        host += 1
    return bool(sign + 1 < host < end - 1 and codes[host] == _DOT and tables.traits[codes[host + 1]] & letters.IN_WORD)


def _is_in_name(tables: Tables, code: int) -> bool:
    return bool(tables.traits[code] & letters.IN_WORD or code == _DOT or code == _HYPHEN or code == _PLUS)


_suspect = Kernel(_suspect_places)
