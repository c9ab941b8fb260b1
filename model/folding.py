"""Folding: a kernel that goes over the characters of texts and writes what matching works on."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model import letters
from model.compiled import Kernel
from model.letters import Codes, Kinds, Places, Tables

__all__ = ["BREAK", "CLAUSE", "SPACE", "Given", "Lines", "as_letter", "code_points", "fold_texts", "is_separator"]

_WORD: Final = letters.LATIN >> letters.SORT_BITS
_SIGN: Final = letters.SIGN >> letters.SORT_BITS
_FIRST_SORT: Final = letters.FIRST_SOLID >> letters.SORT_BITS
SPACE, CLAUSE, BREAK = 0x20, 0x2C, 0x0A
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

_ROW: Final = 3
"""So many letters of a script with spaces that stand alone side by side may be a word in disguise."""

_INSIDE: Final = 3
"""And so many digits or signs at most between two letters."""

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
    """Texts with what is dropped left out, and with what stands for many characters written out."""

    codes: Codes
    kinds: Kinds
    origin: Places
    bounds: Places
    """Where each text begins, and where another would."""


def fold_texts(codes: Codes, starts: Sequence[int]) -> Lines:
    """Several texts folded as one; a text ends where a line does, or where all do. ``starts`` ends with where another
    would begin."""
    tables, texts = letters.tables(), len(starts) - 1
    given = Given(codes, np.array(starts, dtype=np.int32))
    most = len(codes) + _more(tables, codes)
    written = _Written(
        np.empty(most + 1, dtype=np.uint32),
        np.zeros(most + 1, dtype=np.uint8),
        np.empty(most + 1, dtype=np.int32),
        np.empty(texts + 1, dtype=np.int32),
    )
    lines = Lines(
        np.empty(2 * most + 1, dtype=np.uint32),
        np.empty(2 * most + 1, dtype=np.uint32),
        np.empty(2 * most + 1, dtype=np.int32),
        np.zeros(texts, dtype=np.uint8),
        np.empty(texts, dtype=np.int32),
    )
    length = _fold(tables, given, written, lines, texts, len(tables.many))
    return Lines(lines.text[:length], lines.accented[:length], lines.origin[:length], lines.suspect, lines.edges)


def code_points(text: str) -> Codes:
    """The text as numbers."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def _more(tables: Tables, codes: Codes) -> int:
    """How many characters texts have more when all are written out."""
    if not len(codes) or int(codes.max()) < int(tables.many[0]):
        return 0
    there = codes[tables.kind.take(codes) == letters.MANY]
    at = tables.many.searchsorted(there)
    return int((tables.spelt_from.take(at + 1) - tables.spelt_from.take(at) - 1).sum())


def _fold_lines(tables: Tables, given: Given, written: _Written, lines: Lines, texts: int, many: int) -> int:
    """Fills ``written`` and ``lines``; how long the folded text is."""
    count = _write_out(tables, given, written, texts, many)
    length, before, plain, gap = 0, 0, 0, 0  # what is before: its kind and letter, and what has parted since
    for text in range(texts):
        lines.edges[text] = length
        alone, word, unspaced = 0, 0, False
        latin, other = False, False
        for at in range(written.bounds[text], written.bounds[text + 1]):
            kind, code = int(written.kinds[at]), int(written.codes[at])
            last, plain = plain, int(tables.plain[code])
            if kind < letters.FIRST_SOLID:
                gap = max(gap, kind)
                before = kind
                continue
            latin, other = latin or kind == letters.LATIN, other or kind == letters.CYRILLIC_OR_GREEK
            unspaced = unspaced or kind == letters.UNSPACED
            lead, gap = gap, 0
            if before >= letters.FIRST_SOLID:
                lead = 0
                sort, was = kind >> letters.SORT_BITS, before >> letters.SORT_BITS
                if sort != was or sort == _SIGN:
                    lead = letters.GAP
                    if was == _WORD and sort != _WORD and _letter_follows(written.kinds, at + 1, count):
                        lines.suspect[text] = 1
            repeats = at > 0 and plain == last and (kind == letters.LATIN or kind == letters.CYRILLIC_OR_GREEK)
            before = kind
            if repeats:
                continue
            if length == 0:
                lead = letters.GAP
            if lead:
                alone = alone + 1 if word == 1 else 0
                if alone == _ROW:
                    lines.suspect[text] = 1
                word = 0
                separator = SPACE if lead < letters.COMMA else CLAUSE if lead < letters.DOT else BREAK
                lines.text[length] = separator
                lines.accented[length] = separator
                lines.origin[length] = written.origin[at]
                length += 1
            word = word + 1 if kind >> letters.SORT_BITS == _WORD else 2
            lines.text[length] = plain
            lines.accented[length] = plain if is_separator(plain) else tables.marked[code]
            lines.origin[length] = written.origin[at]
            length += 1
        if (latin and other) or (word == 1 and alone == _ROW - 1):
            lines.suspect[text] = 1
        if (
            unspaced
            and not lines.suspect[text]
            and _is_split(tables, given, given.starts[text], given.starts[text + 1])
        ):
            lines.suspect[text] = 1
    lines.text[length] = SPACE
    lines.accented[length] = SPACE
    lines.origin[length] = given.starts[texts]
    return length + 1


def _write_out(tables: Tables, given: Given, written: _Written, texts: int, many: int) -> int:
    """Fills ``written``; how many characters it holds."""
    count = 0
    for text in range(texts):
        written.bounds[text] = count
        for at in range(given.starts[text], given.starts[text + 1]):
            code = given.codes[at]
            kind = tables.kind[code]
            if kind == letters.MANY:
                place = _place_of(tables.many, many, code)
                for spelt in range(tables.spelt_from[place], tables.spelt_from[place + 1]):
                    count = _add(written, count, tables.spelt[spelt], tables.kind[tables.spelt[spelt]], at)
            else:
                count = _add(written, count, code, kind, at)
    written.bounds[texts] = count
    return count


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
