"""Pattern language of the taxonomy: word sets, bounded gaps and numbers in a line.

    {passport} ..6 (locked|held|stored) by      a set, a gap of up to six words, alternatives, a plain word
    from <15-17>                                a number in a range; <number> is any number
    ({police}|the embassy) &8 tell              either order, up to eight words apart
    pay (a)? deposit*                           an optional part; any ending

A pattern never crosses the end of a sentence or a line. ``docs/analysts/patterns.md`` is for those who write it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise, permutations, product
from typing import Final

from model.text.characters import UNSPACED
from model.text.folding import BREAK, CLAUSE, SPACE, fold, without_repeats

_TOKEN: Final = re.compile(
    r"\s*(?:\((?P<any>(?:[^(){}]|\{[a-z_]+\})+)\)|\{(?P<set>[a-z_]+)\}|\.\.(?P<gap>\d{0,2})|&(?P<near>\d{0,2})"
    r"|<(?P<number>[^<>]*)>|(?P<words>[^(){}<>&|?\s]+(?:\s+[^(){}<>&|?\s.][^(){}<>&|?\s]*)*))(?P<optional>\?)?"
)
_IN_PARTS: Final = re.compile(r"\*\s|\w\*\w|\s\*|[<>]")
"""A star inside words, or a number: what no plain search finds."""

_SYLLABLE: Final = re.compile("[bcdghklmnpqrstvx]{0,3}[aeiouy]{1,3}[cghmnpt]{0,2}")
"""A word that has accents in Vietnamese or might have some: not ``telegram``."""

_TONES: Final = (r"([òóỏõọ])([ae])|([ùúủũụ])(y)", r"(o)([àáảãạèéẻẽẹ])|(u)([ỳýỷỹỵ])")
"""Vietnamese writes ``hòa`` and ``hoà``, ``khỏe`` and ``khoẻ``: both are right."""

_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_TO_SPACES: Final = str.maketrans({CLAUSE: SPACE, BREAK: SPACE})
_MOST_WAYS: Final = 64
_GAP: Final = 4
_NEAR: Final = 8
_LONGEST_GAP: Final = 25


class BadPattern(ValueError):
    """Raised when a pattern is not written in the pattern language, from ``read_patterns``; says what was expected."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Words of a pattern as they are searched for in a folded text."""

    key: str
    """Folded, with the separators that must stand on its sides."""

    marked: frozenset[str]
    """The forms it has where accents are written; empty where accents do not matter."""

    open_left: bool
    open_right: bool
    """Whether the word it begins or ends with may go on."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a pattern that any of these words fills."""

    literals: frozenset[Literal]


@dataclass(frozen=True, slots=True)
class Number:
    """A place of a pattern that a number within these bounds fills."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sequence:
    """Places in a fixed order; ``gaps[i]`` is how many words may stand between place i and the next."""

    places: tuple[Slot | Number, ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True)
class Pattern:
    """A pattern as written. One that was cached reads the sequences it stands for when they are first asked for: most
    programs use the cached tables of the matcher, and would hold a hundred thousand objects in memory for nothing."""

    written: str
    way: str
    """How it is read where what is written can be read in several ways."""

    language: str
    words: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "sequences"}

    @cached_property
    def sequences(self) -> tuple[Sequence, ...]:
        """The forms it takes: with and without its optional parts, or in either order."""
        parts, either_order = _parts(self.way, self.language, self.words)
        if not parts or all(part.optional or isinstance(part.place, Number) for part in parts):
            raise BadPattern(f"{self.way!r} needs at least one word that must be there")
        if either_order:
            return tuple(_in_order(order, [either_order] * (len(parts) - 1)) for order in permutations(parts))

        optional = [i for i, part in enumerate(parts) if part.optional]
        if len(optional) > 4:
            raise BadPattern("a pattern may have four optional parts at most")
        found = []
        for choice in product((True, False), repeat=len(optional)):
            left_out = {i for i, keep in zip(optional, choice, strict=True) if not keep}
            chosen, gaps, gap = [], [], 0
            for i, part in enumerate(parts):
                gap += part.gap
                if i not in left_out:
                    gaps.append(gap)
                    chosen.append(part)
                    gap = 0
            found.append(_in_order(tuple(chosen), gaps[1:]))
        return tuple(found)


@dataclass(slots=True)
class _Part:
    place: Slot | Number
    optional: bool
    gap: int = 0
    """Words allowed before it."""


def read_patterns(written: str, language: str, words: Mapping[str, tuple[str, ...]]) -> tuple[Pattern, ...]:
    """The patterns that a line describes: several where a choice is a number, or words with endings of their own such
    as ``(take* care of|handle*)``, since each is a run of places."""
    patterns = []
    for way in _ways(written, language, words):
        pattern = Pattern(written, way, language, words)
        assert pattern.sequences, "a fault in what is written raises"
        patterns.append(pattern)
    return tuple(patterns)


@cache
def read_literal(written: str, language: str) -> Literal:
    """Words for plain search: folded, bounded where the script has spaces, open where ``*`` stands."""
    open_left, open_right = written.startswith("*"), written.endswith("*")
    folded = fold(written.strip("*"))
    key = _stem(folded.line.strip(), open_left=open_left, open_right=open_right)
    if not key:
        raise BadPattern(f"{written!r} holds no letters")
    if _IN_PARTS.search(written):
        raise BadPattern(f"{written!r} has a star or a number inside words; write them as parts of their own")
    open_left = open_left or bool(_UNSPACED.match(key))
    open_right = open_right or bool(_UNSPACED.match(key, len(key) - 1)) or "\uac00" <= key[-1] <= "\ud7a3"
    marked: frozenset[str] = frozenset()
    if language == "vi":
        whole = _stem(folded.marked.translate(_TO_SPACES).strip(), open_left=open_left, open_right=open_right)
        # A bare word is no other either: ``anh`` (brother) is not ``ảnh`` (photo).
        is_bare = whole == key and (SPACE in key or open_left or open_right or not _SYLLABLE.fullmatch(key))
        marked = frozenset() if is_bare else frozenset({whole, *(re.sub(pair, _tone_moved, whole) for pair in _TONES)})
    return Literal(("" if open_left else " ") + key + ("" if open_right else " "), marked, open_left, open_right)


def _stem(words: str, *, open_left: bool, open_right: bool) -> str:
    """Words of which the first or the last may go on: in a longer word of a text repeated letters are left out."""
    first, *between = words.split(SPACE)
    if open_left or (open_right and not between):
        first = without_repeats(first)
    if open_right and between:
        between[-1] = without_repeats(between[-1])
    return SPACE.join([first, *between])


def _tokens(written: str) -> Iterator[re.Match[str]]:
    written, at = written.strip(), 0
    while at < len(written):
        found = _TOKEN.match(written, at)
        if not found:
            raise BadPattern(f"{written!r} cannot be read from {written[at : at + 20]!r} on")
        yield found
        at = found.end()


def _ways(written: str, language: str, words: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The line once for each run of places that a choice in it may stand for."""
    if not _IN_PARTS.search(written) and "{" not in written:
        return [written]
    ways = [""]
    for found in _tokens(written):
        is_choice = found["any"] or found["set"] or found["words"]
        choices = _choices(found, language, words) if is_choice else ()
        # Words that no plain search finds as a run stand as places side by side.
        parted = [choice for choice in choices if _IN_PARTS.search(choice)]
        runs = [" ".join(word if word.startswith("<") else f"({word})" for word in each.split()) for each in parted]
        if not parted:
            runs = [found[0].strip()]
        elif plain := [choice for choice in choices if choice not in parted]:
            runs.insert(0, f"({'|'.join(plain)}){found['optional'] or ''}")
        elif found["optional"]:
            runs.insert(0, "")
        ways = [f"{way} {run}" for way in ways for run in runs]
        if len(ways) > _MOST_WAYS:
            raise BadPattern(f"{written!r} can be read in more than {_MOST_WAYS} ways")
    return ways


def _parts(written: str, language: str, words: Mapping[str, tuple[str, ...]]) -> tuple[list[_Part], int]:
    parts: list[_Part] = []
    gap, near = 0, 0
    for found in _tokens(written):
        if found["gap"] is not None:
            gap = _bounded(found["gap"], _GAP, written)
        elif found["near"] is not None:
            near = gap = _bounded(found["near"], _NEAR, written)
        else:
            place: Slot | Number
            if (number := found["number"]) is None:
                place = Slot(frozenset(read_literal(word, language) for word in _choices(found, language, words)))
            elif number == "number":
                place = Number(0, float("inf"))
            elif ends := re.fullmatch(r"(\d+)-(\d*)", number):
                place = Number(float(ends[1]), float(ends[2] or "inf"))
            else:
                raise BadPattern(f"<{number}> is not <number>, <12-24> or <12->")
            parts.append(_Part(place, found["optional"] is not None, gap))
            gap = 0
    if gap:
        raise BadPattern(f"{written!r} ends with a gap; a gap stands between two parts")
    if near and (len(parts) > 3 or any(part.optional or part.gap != near for part in parts[1:])):
        raise BadPattern(f"{written!r} mixes '&' with other signs; '&' joins two or three parts by itself")
    return parts, near


def _bounded(digits: str, default: int, written: str) -> int:
    gap = int(digits) if digits else default
    if not 0 < gap <= _LONGEST_GAP:
        raise BadPattern(f"{written!r} has a gap of {gap} words; expected 1 to {_LONGEST_GAP}")
    return gap


def _choices(found: re.Match[str], language: str, words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if found["set"]:
        return _named(found["set"], language, words)
    if found["any"]:
        return tuple(
            word
            for choice in (c.strip() for c in found["any"].split("|"))
            for word in (_named(choice[1:-1], language, words) if choice.startswith("{") else (choice,))
        )
    return (found["words"],)


def _named(name: str, language: str, words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name not in words:
        raise BadPattern(f"there is no word set {name!r} for {language!r} in words.toml")
    return words[name]


def _in_order(parts: tuple[_Part, ...], gaps: list[int]) -> Sequence:
    for left, right in pairwise(parts):
        if isinstance(left.place, Number) and isinstance(right.place, Number):
            raise BadPattern("two numbers need a word between them")
    return Sequence(tuple(part.place for part in parts), tuple(gaps))


def _tone_moved(found: re.Match[str]) -> str:
    first, second = (found[1], found[2]) if found[1] else (found[3], found[4])
    first, second = unicodedata.normalize("NFD", first), unicodedata.normalize("NFD", second)
    return unicodedata.normalize("NFC", first[0] + second[1:] + second[0] + first[1:])
