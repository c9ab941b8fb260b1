"""Folding: a kernel that goes over the characters of texts and writes what matching works on."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.text import characters as letters
from model.compiled import Kernel, put_in
from model.text.characters import Codes, Kinds, Places, Tables

__all__ = [
    "BREAK",
    "CLAUSE",
    "SIGNED",
    "SPACE",
    "Given",
    "Lines",
    "as_letter",
    "code_points",
    "fold_texts",
    "is_separator",
]

_WORD: Final = letters.LATIN >> letters.SORT_BITS
_SIGN: Final = letters.SIGN >> letters.SORT_BITS
_FIRST_SORT: Final = letters.FIRST_SOLID >> letters.SORT_BITS
SPACE, CLAUSE, BREAK = 0x20, 0x2C, 0x0A
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

_ROW: Final = 3
"""So many letters of a script with spaces that stand alone side by side may be a word in disguise."""

_INSIDE: Final = 3
"""And so many digits or signs at most between two letters."""

_FULL: Final = -1
"""Says that arrays are too short for what is there."""

SIGNED: Final = 0
"""Added to what an array of numbers without sign holds, it makes a number with one; what may be either is a float to
numba, which is slow."""

Flags = npt.NDArray[np.uint8]


class Given(NamedTuple):
    """Texts one after another, as code points."""

    codes: Codes
    starts: Places
    """Where each begins, and where another would."""


class Lines(NamedTuple):
    """What texts say, folded: words parted by exactly one separator; begins and ends with a space."""

    text: Codes
    accented: Codes
    """The same, letter for letter, with accents."""

    origin: Places
    """For each character of it, where it came from; for a separator, where what follows it did."""

    suspect: Flags
    """For each text, whether it has letters of two scripts, digits inside words, or single letters in a row."""

    edges: Places
    """For each text, where it begins in the folded one."""


class _Written(NamedTuple):
    """A text with what is dropped left out, and with what stands for many characters written out. All texts are written
    to the same place: it stays close to the processor."""

    codes: Codes
    kinds: Kinds
    origin: Places


def fold_texts(codes: Codes, starts: Sequence[int]) -> Lines:
    """Several texts folded as one; a text ends where a line does, or where all do. ``starts`` ends with where another
    would begin."""
    tables, texts = letters.lasting_tables(), len(starts) - 1
    given = Given(codes, np.array(starts, dtype=np.int32))
    longest = int(np.diff(given.starts).max(initial=0)) + 1
    while True:  # the most texts take little more room than they are long; a few are written out to many times that
        longest = 2 * longest
        written = _Written(
            np.empty(longest, dtype=np.uint32), np.empty(longest, dtype=np.uint8), np.empty(longest, dtype=np.int32)
        )
        room = 2 * (len(codes) + longest)
        lines = Lines(
            np.empty(room, dtype=np.uint32),
            np.empty(room, dtype=np.uint32),
            np.empty(room, dtype=np.int32),
            np.zeros(texts, dtype=np.uint8),
            np.empty(texts, dtype=np.int32),
        )
        length = _fold(tables, given, written, lines, texts, len(tables.arrays.many), longest, room)
        if length != _FULL:
            return Lines(
                lines.text[:length], lines.accented[:length], lines.origin[:length], lines.suspect, lines.edges
            )


def code_points(text: str) -> Codes:
    """The text as numbers."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def _fold_lines(
    tables: Tables, given: Given, written: _Written, lines: Lines, texts: int, many: int, longest: int, room: int
) -> int:
    """Fills ``lines``, a text after the other; how long the folded text is, or ``_FULL``."""
    length = 0
    for text in range(texts):
        lines.edges[text] = length
        count = _write_out(tables, given, written, text, many, longest)
        if count == _FULL or length + 2 * count >= room:
            return _FULL
        length = _fold_text(tables, given, written, lines, text, count, length)
    return _put(lines, length, SPACE, SPACE, given.starts[texts])


@put_in
def _fold_text(
    tables: Tables, given: Given, written: _Written, lines: Lines, text: int, count: int, length: int
) -> int:
    """Adds a text to the folded one; how long this is now."""
    before, gap, plain = letters.ENDS, letters.ENDS, BREAK  # what is before: its kind and letter, and what has parted
    alone, word, latin, other, unspaced = 0, 0, False, False, False
    for at in range(count):
        kind, code = written.kinds[at] + SIGNED, written.codes[at]
        last, plain = plain, tables.plain[code] + SIGNED
        if kind < letters.FIRST_SOLID:
            gap, before = max(gap, kind), kind
            continue
        repeats = plain == last and (kind == letters.LATIN or kind == letters.CYRILLIC_OR_GREEK)
        if kind != before or kind < letters.LATIN or kind == letters.SIGN:  # else a word goes on, as at most places
            latin, other = latin or kind == letters.LATIN, other or kind == letters.CYRILLIC_OR_GREEK
            unspaced = unspaced or kind == letters.UNSPACED
            if before >= letters.FIRST_SOLID:
                gap = letters.GAP if _are_apart(before, kind) else letters.DROPPED
                if gap and _is_inside(written.kinds, before, kind, at + 1, count):
                    lines.suspect[text] = 1
            if (gap or not length) and not repeats:
                alone, word = alone + 1 if word == 1 else 0, 0
                if alone == _ROW:
                    lines.suspect[text] = 1
                separator = _separator(gap if length else letters.GAP)
                length = _put(lines, length, separator, separator, written.origin[at])
            gap, before = letters.DROPPED, kind
        if not repeats:
            word = word + 1 if kind >> letters.SORT_BITS == _WORD else 2
            length = _put(lines, length, plain, tables.marked[code], written.origin[at])
    if (latin and other) or (word == 1 and alone == _ROW - 1):
        lines.suspect[text] = 1
    elif unspaced and not lines.suspect[text]:
        lines.suspect[text] = _is_split(tables, given, given.starts[text], given.starts[text + 1])
    return length


@put_in
def _put(lines: Lines, length: int, letter: int, accented: int, origin: int) -> int:
    """Adds a character; how long the folded text is now."""
    lines.text[length] = letter
    lines.accented[length] = accented
    lines.origin[length] = origin
    return length + 1


@put_in
def _are_apart(before: int, kind: int) -> bool:
    """Whether a word ends between two characters of kinds that belong to words."""
    sort = kind >> letters.SORT_BITS
    return sort != before >> letters.SORT_BITS or sort == _SIGN


@put_in
def _is_inside(kinds: Kinds, before: int, kind: int, after: int, count: int) -> bool:
    """Whether a digit or sign stands between letters, alone or with a few others."""
    return (
        before >> letters.SORT_BITS == _WORD
        and kind >> letters.SORT_BITS != _WORD
        and _letter_follows(kinds, after, count)
    )


@put_in
def _separator(gap: int) -> int:
    """What stands for what has parted two words."""
    return SPACE if gap < letters.COMMA else CLAUSE if gap < letters.DOT else BREAK


def _write_out(tables: Tables, given: Given, written: _Written, text: int, many: int, longest: int) -> int:
    """Fills ``written`` with a text; how many characters it holds, or ``_FULL``."""
    count = 0
    for at in range(given.starts[text], given.starts[text + 1]):
        code = given.codes[at]
        kind = tables.kind[code]
        if kind == letters.MANY:
            place = _place_of(tables.many, many, code)
            if count + tables.spelt_from[place + 1] - tables.spelt_from[place] + given.starts[text + 1] - at > longest:
                return _FULL
            for spelt in range(tables.spelt_from[place], tables.spelt_from[place + 1]):
                count = _add(written, count, tables.spelt[spelt], tables.kind[tables.spelt[spelt]], at)
        else:
            count = _add(written, count, code, kind, at)
    return count


@put_in
def _add(written: _Written, count: int, code: int, kind: int, at: int) -> int:
    """A full stop or comma between two digits belongs to the number."""
    if kind == letters.DROPPED:
        return count
    if kind == letters.DIGIT and count > 1 and written.kinds[count - 2] == letters.DIGIT:
        mark = written.kinds[count - 1]
        if mark == letters.DOT or mark == letters.COMMA:
            written.kinds[count - 1] = letters.DIGIT
    written.codes[count] = code
    written.kinds[count] = kind
    written.origin[count] = at
    return count + 1


def _place_of(many: Codes, count: int, code: int) -> int:
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if many[middle] < code:
            low = middle + 1
        else:
            high = middle
    return low


def is_separator(code: int) -> bool:
    """Also the comma in a number."""
    return code == SPACE or code == CLAUSE or code == BREAK


def as_letter(code: int) -> int:
    """A character of a folded text as words see it: all separators are spaces."""
    return SPACE if is_separator(code) else code


def _letter_follows(kinds: Kinds, start: int, count: int) -> bool:
    """Whether a letter comes after a few digits or signs, with no gap in between."""
    for at in range(start, min(start + _INSIDE, count)):
        sort = kinds[at] >> letters.SORT_BITS
        if sort == _WORD:
            return True
        if sort < _FIRST_SORT:
            return False
    return False


def _is_split(tables: Tables, given: Given, start: int, end: int) -> bool:
    """Whether three letters of a script without spaces stand each parted from the next by the same sign or space."""
    for at in range(start, end - 4):
        if tables.traits[given.codes[at]] & letters.ALONE:
            sign = at + 1
            while sign < end - 3:
                if _is_split_by(tables, given, sign, end):
                    return True
                if not tables.traits[given.codes[sign]] & letters.VOWEL_SIGN:
                    break
                sign += 1
    return False


def _is_split_by(tables: Tables, given: Given, sign: int, end: int) -> bool:
    """The same of the letters around and after a sign."""
    code = given.codes[sign]
    if (
        tables.traits[code] & letters.IN_WORD
        or code == BREAK
        or not tables.traits[given.codes[sign + 1]] & letters.ALONE
    ):
        return False
    at = sign + 2
    while at < end - 1:
        if given.codes[at] == code and tables.traits[given.codes[at + 1]] & letters.ALONE:
            return True
        if not tables.traits[given.codes[at]] & letters.VOWEL_SIGN:
            break
        at += 1
    return False


_fold = Kernel(_fold_lines)
