"""Which language the words of some texts tell: a kernel that looks every word up, in all texts at once."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from crawler.language.identify import Reading, read_counted
from crawler.language.words import cues_of
from model.compiled import Kernel, Lasting
from model.hashing import hashed_on, is_same, place_of
from model.text.characters import Kinds, Places
from model.worth import Doubles

__all__ = ["read_together"]

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


def read_together(texts: Sequence[bytes]) -> list[Reading]:
    """The language of each of some texts, as ``words_of_ascii`` gave them: what ``read_without_guessing`` says, but for
    what rounding does where two are even."""
    letters, scores = _scored(texts)
    return [*map(read_counted, letters.tolist(), scores.tolist())]


def _scored(texts: Sequence[bytes]) -> tuple[Doubles, Doubles]:
    """The letters of each text, and in a row what ``Cues.by_words`` gives of its words."""
    said = b" ".join([*texts, b""])
    starts = _offsets(len(text) + 1 for text in texts)
    languages = len(cues_of("latin").languages)
    letters, scores = np.zeros(len(texts), dtype=np.float64), np.zeros((len(texts), languages), dtype=np.float64)
    known, places = _known_words()
    _score(known, places, np.frombuffer(said, dtype=np.uint8), starts, len(texts), letters, scores, languages)
    return letters, scores


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
            hashed = hashed_on(hashed, letter)
        place = place_of(hashed, places)
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
                hashed = hashed_on(hashed, said[at])
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
    place = place_of(hashed, places)
    while known.number[place]:
        word = known.number[place] - 1
        first = known.starts[word]
        if known.starts[word + 1] - first == end - start and is_same(known.letters, first, said, start, end - start):
            return int(known.says[word])
        place = (place + 1) & (places - 1)
    return -1


_score = Kernel(_score_texts)
