"""Scripts, words, endings and letters that tell languages apart."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crawler.files import read_word_list

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]

_LETTERS: Final[dict[str, list[list[int]]]] = read_word_list("scripts")["letters"]
_LAST: Final = 0x30000
"""Stands for itself and for all behind it, none of which is a letter."""

_KINDS: Final[Kinds] = np.zeros(_LAST + 1, dtype=np.uint8)
for _number, _ranges in enumerate(_LETTERS.values(), 1):
    for _first, _last in _ranges:
        _KINDS[_first : _last + 1] = _number

SCRIPTS: Final = ("", *_LETTERS)
"""The scripts' names by number; number 0 is everything that is no letter: digits, marks, spaces, pictures."""

LETTER_WEIGHTS: Final = np.array([{"": 0.0, "han": 3.0, "kana": 2.0, "hangul": 2.0}.get(name, 1.0) for name in SCRIPTS])
"""What a letter of each script says, in letters of an alphabet: a Chinese character is half a word."""


def code_points(text: str) -> Codes:
    """The text's code points, lone surrogates among them."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def scripts_of(codes: Codes) -> Kinds:
    """The number in ``SCRIPTS`` of each code point's script."""
    return _KINDS.take(codes, mode="clip")


def count_of(letters: str, codes: Codes) -> int:
    """How often any of the letters stands in a text."""
    return int(np.count_nonzero(_numbers(letters).take(codes, mode="clip")))


@cache
def _numbers(letters: str) -> NDArray[np.uint16]:
    """For each code point its number among the letters, counted from one; 0 where it is none of them."""
    table = np.zeros(_LAST + 1, dtype=np.uint16)
    table[code_points(letters)] = np.arange(1, len(letters) + 1)
    return table


LANGUAGES: Final = (
    "vi", "id", "ms", "en", "tl", "th", "zh", "km", "my", "lo", "ko", "ja", "ru", "uk", "es", "pt", "fr", "ar", "hi",
    "hi-Latn", "bn", "ne", "sw", "ur", "ta", "si", "am",
)  # fmt: skip
"""The languages that ads are read for."""

_BESIDE_KIN: Final = 0.7
"""What a word counts that a language shares with its nearest kin only; alone it counts 1."""

_MIXED: Final = {"tl": 2.0, "hi-Latn": 2.0, "ms": 1.3, "id": 1.3}
"""Written with English words between them: a word that English does not have counts more."""

_ENDING: Final = 0.4
"""What the ending or the beginning of an unknown word counts."""

_LETTER: Final = 10.0
"""What the share of the letters that are a language's own counts."""

_LONGEST, _SHORTEST, _STEM = 5, 2, 2

Parts = tuple[tuple[int, float], ...]
"""Numbers of languages, each with what it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """What tells the languages of one script apart. Scores are by language, in the order of ``languages``."""

    languages: tuple[str, ...]
    kin: Mapping[int, int]
    """Number of a language -> that of its kin."""

    words: Mapping[str, Parts]
    affixes: Mapping[str, Parts]
    """Endings, and beginnings with a hyphen behind them."""

    letters: str
    letter_parts: NDArray[np.float64]
    """A row for each of ``letters``, a column for each language."""

    def by_words(self, words: list[str]) -> list[float]:
        """The share of the words that speak for each language."""
        known = [(self.words[word], times) for word, times in Counter(words).items() if word in self.words]
        return self._shares(known, len(words))

    def by_affixes(self, words: list[str]) -> list[float]:
        """The share of the words that are not known but built as a language builds them."""
        unknown: list[tuple[Parts, int]] = []
        for word, times in Counter(words).items():
            if word not in self.words:
                lengths = range(min(_LONGEST, len(word) - _STEM), _SHORTEST - 1, -1)
                known = (self.affixes.get(word[-n:]) or self.affixes.get(f"{word[:n]}-") for n in lengths)
                unknown.append((next(filter(None, known), ()), times))
        return self._shares(unknown, len(words))

    def by_letters(self, codes: Codes) -> list[float]:
        """The share of the characters of a lower-case text that are a language's own letters."""
        counts = np.bincount(_numbers(self.letters).take(codes, mode="clip"), minlength=len(self.letters) + 1)
        scores: list[float] = (counts[1:] @ self.letter_parts / (len(codes) or 1)).tolist()
        return scores

    def _shares(self, found: Iterable[tuple[Parts, int]], total: int) -> list[float]:
        scores = [0.0] * len(self.languages)
        for parts, times in found:
            for number, part in parts:
                scores[number] += part * times
        return [score / (total or 1) for score in scores]


@cache
def cues_of(script: str) -> Cues:
    """What tells a script's languages apart; they are none where the script alone tells the language."""
    table = read_word_list("languages").get(script, {})
    languages = tuple(table)
    numbers = {language: number for number, language in enumerate(languages)}
    kins = read_word_list("languages")["kin"]
    kin = {item: [each for each in kins if item in each["languages"]] for item in languages}
    by_language: dict[str, set[str]] = {}
    for item in languages:
        written = " ".join([table[item].get("words", ""), *(each.get("words", "") for each in kin[item])]).split()
        # Many type no marks on Latin letters.
        latin = (unicodedata.normalize("NFD", word).replace("đ", "d") for word in written if word[0] < "\u0250")
        by_language[item] = {*written, *(re.sub("[\u0300-\u036f]", "", word) for word in latin)}
    words = _owners(by_language)
    affixes = _owners(
        {
            item: [*each.get("endings", "").split(), *(f"{start}-" for start in each.get("starts", "").split())]
            for item, each in table.items()
        }
    )
    letters = _owners({item: table[item].get("letters", "") for item in languages})
    return Cues(
        languages=languages,
        kin={numbers[item]: numbers[other] for item in languages for other in family(item) if other != item},
        words={word: _parts(owners, numbers, 1.0) for word, owners in words.items()},
        affixes={affix: _parts(owners, numbers, _ENDING) for affix, owners in affixes.items()},
        letters="".join(letters),
        letter_parts=np.array(
            [[_LETTER / len(owners) if item in owners else 0.0 for item in languages] for owners in letters.values()]
        ).reshape(len(letters), len(languages)),
    )


@cache
def statistical_languages() -> frozenset[str]:
    """The languages without words of their own here that py3langid may name."""
    return frozenset(read_word_list("languages")["statistical"].split())


def _owners(table: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Cue -> the languages that have it."""
    owners: dict[str, list[str]] = {}
    for language, cues in table.items():
        for cue in dict.fromkeys(cues):
            owners.setdefault(cue, []).append(language)
    return owners


def _parts(owners: list[str], numbers: Mapping[str, int], whole: float) -> Parts:
    """Each owner's part of a cue: kin share one, and a language that ads are read for shares with no foreign one."""
    found: list[tuple[int, float]] = []
    for language in owners:
        rivals = owners if language not in LANGUAGES else [owner for owner in owners if owner in LANGUAGES]
        part = 1.0 / len({family(rival) for rival in rivals})
        if any(rival != language and family(rival) == family(language) for rival in rivals):
            part *= _BESIDE_KIN
        part *= _MIXED.get(language, 1.0) if "en" not in owners else 1.0
        found.append((numbers[language], whole * part))
    return tuple(found)


@cache
def family(language: str) -> tuple[str, ...]:
    """The language and its kin, so close that only their own words tell them apart."""
    kins = (tuple(kin["languages"]) for kin in read_word_list("languages")["kin"])
    return next((kin for kin in kins if language in kin), (language,))
