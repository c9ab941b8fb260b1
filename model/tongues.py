"""Patterns are written for one language and count in texts of it: one language's "mission: combine" is another's.

All languages are looked for in every text, since many ads mix them. Where a text is plainly in one, patterns of another
that shares its script do not count, but for English, which stands everywhere, and for kin that mix in daily use.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from crawler.language.identify import Reading, read_counted, read_without_guessing, words_of_ascii
from crawler.language.words import cues_of
from model.compiled import Kernel, Lasting
from model.letters import Kinds, Places
from model.shown import Shown
from model.worth import Doubles

__all__ = ["in_their_tongues"]

_LATIN: Final = frozenset({"vi", "id", "ms", "en", "tl", "es", "pt", "fr", "sw", "hi-Latn"})
_HAN: Final = frozenset({"zh", "ja"})
_KIN: Final[Mapping[str, frozenset[str]]] = {
    "id": frozenset({"id", "ms"}), "ms": frozenset({"id", "ms"}), "tl": frozenset({"tl"}), "en": frozenset({"tl"}),
    "es": frozenset({"es", "pt"}), "pt": frozenset({"es", "pt"}), "hi-Latn": frozenset({"hi-Latn"}),
    "hi": frozenset({"hi-Latn"}), "ne": frozenset({"hi-Latn"}),
}  # fmt: skip
"""Languages whose patterns count in a text of another, English apart."""

_READ: Final = 1_000
_ENOUGH: Final = 80
"""Letters from which on a text is plainly in a language."""

_MIX, _ALL = 0x01000193, 0xFFFFFFFF
"""Of the hash FNV-1a, https://www.ietf.org/archive/id/draft-eastlake-fnv-21.html."""

_SPACE: Final = 32


class _Known(NamedTuple):
    """Words that tell languages apart, looked up by a hash."""

    number: Places
    """For each place the number of the word there, counted from one."""

    starts: Places
    """Where the letters of each begin, and where another's would."""

    letters: Kinds
    says: Places
    """For each word the number of what it says: many say the same."""

    says_from: Places
    """For each of these where its languages begin, and where another's would."""

    language: Places
    weight: Doubles
    """By their numbers, and what each gets of it."""


def in_their_tongues(texts: Sequence[str], shown: Sequence[list[Shown]]) -> list[list[Shown]]:
    """What is shown in each of some texts by patterns that count in its language."""
    counts = list(shown)
    asked = [number for number, its in enumerate(shown) if its and _is_open(texts[number], its)]
    readings = _read_each([texts[number][:_READ] for number in asked])
    for number, reading in zip(asked, readings, strict=True):
        if reading.language is not None and reading.letters >= _ENOUGH:
            counts[number] = _that_count(texts[number], shown[number], reading.language)
    return counts


def _is_open(text: str, shown: Sequence[Shown]) -> bool:
    """Whether it depends on the text's language what counts."""
    return any(_tongue(text, one) in _LATIN | _HAN and one.language != "en" for one in shown)


def _that_count(text: str, shown: Sequence[Shown], language: str) -> list[Shown]:
    spoken = {language, "en"} | _KIN.get(language, frozenset())
    rivals = _LATIN | (_HAN if language in _HAN else frozenset())
    return [one for one in shown if (tongue := _tongue(text, one)) in spoken or tongue not in rivals]


def _tongue(text: str, one: Shown) -> str:
    """The pattern's language; romanised Hindi has patterns beside those in Devanagari."""
    return "hi-Latn" if one.language == "hi" and text[one.start : one.end].isascii() else one.language


def _read_each(texts: Sequence[str]) -> list[Reading]:
    """What language each text is in. Those whose letters are all ASCII ones are read together: most of them are, and to
    count their words one by one takes the most of the time."""
    words = [words_of_ascii(text) for text in texts]
    counted = iter(_read_counted([its for its in words if its is not None]))
    return [
        read_without_guessing(text) if its is None else next(counted) for text, its in zip(texts, words, strict=True)
    ]


def _read_counted(texts: Sequence[bytes]) -> list[Reading]:
    said = b" ".join([*texts, b""])
    starts = _offsets(len(text) + 1 for text in texts)
    languages = len(cues_of("latin").languages)
    letters, scores = np.zeros(len(texts), dtype=np.float64), np.zeros((len(texts), languages), dtype=np.float64)
    known, places = _known_words()
    _score(known, places, np.frombuffer(said, dtype=np.uint8), starts, len(texts), letters, scores, languages)
    return [*map(read_counted, letters.tolist(), scores.tolist())]


@cache
def _known_words() -> tuple[Lasting, int]:
    """The ASCII words of the Latin languages, and in how many places they are looked up."""
    cues = cues_of("latin")
    said = [(word.encode("ascii"), part) for word, part in cues.words.items() if word.isascii()]
    places = 1 << (2 * len(said)).bit_length()
    number = np.zeros(places, dtype=np.int32)
    for its, (word, _) in enumerate(said, start=1):
        hashed = 0
        for letter in word:
            hashed = ((hashed ^ letter) * _MIX) & _ALL
        place = _place(hashed, places)
        while number[place]:
            place = (place + 1) & (places - 1)
        number[place] = its
    parts = [part for its in cues.parts for part in its]
    known = _Known(
        number,
        _offsets(len(word) for word, _ in said),
        np.frombuffer(b"".join(word for word, _ in said), dtype=np.uint8),
        np.array([says for _, says in said], dtype=np.int32),
        _offsets(map(len, cues.parts)),
        np.array([language for language, _ in parts], dtype=np.int32),
        np.array([weight for _, weight in parts], dtype=np.float64),
    )
    return Lasting(known), places


def _offsets(lengths: Iterable[int]) -> Places:
    return np.array([*accumulate(lengths, initial=0)], dtype=np.int32)


def _place(hashed: int, places: int) -> int:
    return (hashed ^ (hashed >> 15)) & (places - 1)


def _score_texts(
    known: _Known, places: int, said: Kinds, starts: Places, texts: int, letters: Doubles, scores: Doubles,
    languages: int,
) -> int:  # fmt: skip
    """Counts the letters of each text, whose words are parted and followed by spaces, and adds up in a row of
    ``scores`` the share of its words that speak for each language; how many words there are."""
    every = 0
    for text in range(texts):
        row, begun, hashed, words = text * languages, starts[text], 0, 0
        for at in range(starts[text], starts[text + 1]):
            if said[at] != _SPACE:
                hashed = ((hashed ^ said[at]) * _MIX) & _ALL
                continue
            if at > begun:
                letters[text] += at - begun
                words += 1
                says = _says(known, places, said, begun, at, hashed)
                if says >= 0:
                    for part in range(known.says_from[says], known.says_from[says + 1]):
                        scores[row + known.language[part]] += known.weight[part]
            begun, hashed = at + 1, 0
        for language in range(languages):
            scores[row + language] /= max(1, words)
        every += words
    return every


def _says(known: _Known, places: int, said: Kinds, start: int, end: int, hashed: int) -> int:
    """What a word says; -1 where it is not known."""
    place = _place(hashed, places)
    while known.number[place]:
        word = known.number[place] - 1
        first = known.starts[word]
        if known.starts[word + 1] - first == end - start and _is_same(known.letters, first, said, start, end):
            return int(known.says[word])
        place = (place + 1) & (places - 1)
    return -1


def _is_same(letters: Kinds, first: int, said: Kinds, start: int, end: int) -> bool:
    for at in range(end - start):
        if letters[first + at] != said[start + at]:
            return False
    return True


_score = Kernel(_score_texts)
