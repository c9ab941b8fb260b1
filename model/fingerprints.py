"""The fingerprints of many ads at once: what ``crawler.ad.fingerprint`` gives of each, at a fraction of the cost.

A kernel writes what is digested: texts in UTF-8 with their case, compatibility forms and white space folded, each
character as a table has it. What a character is may also hang on its neighbours, such as on an accent typed apart: the
few ads that have such ones are left to the standard library.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from crawler.ad import PARTED, JobAd, digest_of, fingerprint
from crawler.kept import kept
from model.compiled import Kernel, Lasting, put_in
from model.folding import Flags, Given
from model.text.characters import Places
from model.together import Together

__all__ = ["fingerprints"]

_HANGS, _GAP, _FIRST = 0, 1, 2
"""What stands in place of where a character's bytes begin: for one that is left to the standard library, and for white
space; and where the bytes of the first one begin."""

_SIZE: Final = 0x20000
"""Behind it are rare Chinese characters, and little that is written."""

_JAMO: Final = (range(0x1161, 0x1176), range(0x11A8, 0x11C3))
"""Vowels and last consonants of Korean that are written apart."""

_SPACE, _ASCII, _UPPER, _AFTER_UPPER = 0x20, 0x80, 0x41, 0x5B
_PARTED: Final = ord(PARTED)
_MOST: Final = 4
"""Bytes that a character is written with at most; what stands for more is left to the standard library too."""

_LEFT_OUT: Final = -1


class _Written(NamedTuple):
    """How characters are written."""

    begins: Places
    """For each code point where in ``utf8`` it stands: how many bytes, and then they; or ``_HANGS``, or ``_GAP``."""

    utf8: Flags


def fingerprints(ads: Sequence[JobAd], its: Together) -> list[str]:
    """The fingerprint of each ad; ``its`` are their ``whole`` texts, taken together."""
    titles = its.given.starts[:-1] + np.array([len(ad.title) for ad in ads], dtype=np.int32)
    said = np.empty(_MOST * len(its.given.codes) + 1, dtype=np.uint8)
    ends = np.empty(len(ads), dtype=np.int32)
    _write(_written(), its.given, titles, len(ads), said, ends)
    found, begin, every = [], 0, said.data
    for ad, end in zip(ads, ends.tolist(), strict=True):
        if end == _LEFT_OUT:
            found.append(fingerprint(ad))
        else:
            found.append(digest_of(every[begin:end]))
            begin = end
    return found


@cache
def _written() -> Lasting:
    parts = (unicodedata.unidata_version.encode(), Path(__file__).read_bytes())
    return Lasting(kept("written", parts, _made, mapped=True))


def _made() -> _Written:
    joining = _joining()
    begins, utf8 = np.zeros(_SIZE, dtype=np.int32), bytearray(_FIRST)
    for code in range(_SIZE):
        alone = _alone(chr(code), joining)
        if alone.isspace():
            begins[code] = _GAP
        elif 0 < len(said := alone.encode()) <= _MOST:
            begins[code] = len(utf8)
            utf8 += bytes([len(said), *said])
    return _Written(begins, np.frombuffer(bytes(utf8), dtype=np.uint8))


def _alone(character: str, joining: frozenset[str]) -> str:
    """What a character is folded to, whatever stands beside it; empty where that matters, or where it is written partly
    as white space.

    A text is in a normal form where none of its characters joins, or changes places with, one before it
    (https://unicode.org/reports/tr15/, "Detecting Normalization Forms").
    """
    normal = unicodedata.normalize("NFKC", character)
    if unicodedata.combining(normal[0]) or normal[0] in joining or unicodedata.category(character) == "Cs":
        return ""
    folded = normal.casefold()
    return folded if folded.isspace() or not any(map(str.isspace, folded)) else ""


def _joining() -> frozenset[str]:
    """All that can become one character with the one before."""
    parts = (unicodedata.decomposition(chr(code)).split() for code in range(_SIZE))
    pairs = [its for its in parts if len(its) > 1 and not its[0].startswith("<")]
    return frozenset(chr(int(second, 16)) for _, second in pairs).union(*(map(chr, some) for some in _JAMO))


def _write_folded(written: _Written, given: Given, titles: Places, ads: int, said: Flags, ends: Places) -> int:
    """Fills ``said`` with what is digested of each ad and ``ends`` with where it is over, or with ``_LEFT_OUT`` for one
    that is not written; how much is filled in all."""
    count = 0
    for ad in range(ads):
        start, title, end = given.starts[ad], titles[ad], given.starts[ad + 1] - 1
        at = _write_text(written, given, start, title, said, count)
        if at != _LEFT_OUT:
            said[at] = _PARTED
            at = _write_text(written, given, title + 1, end, said, at + 1)
        ends[ad] = at
        count = count if at == _LEFT_OUT else at
    return count


@put_in
def _write_text(written: _Written, given: Given, start: int, end: int, said: Flags, count: int) -> int:
    """Writes one text behind what is written; where it is over, or ``_LEFT_OUT``."""
    first, waits = count, False
    for at in range(start, end):
        code = given.codes[at]
        begin = written.begins[code] if code < _SIZE else _HANGS
        if begin == _HANGS:
            return _LEFT_OUT
        if begin == _GAP:
            waits = True
            continue
        if waits and count > first:
            said[count] = _SPACE
            count += 1
        waits = False
        if code < _ASCII:
            said[count] = code + (_SPACE if _UPPER <= code < _AFTER_UPPER else 0)
            count += 1
        else:
            for byte in range(written.utf8[begin]):
                said[count] = written.utf8[begin + 1 + byte]
                count += 1
    return count


_write = Kernel(_write_folded)
