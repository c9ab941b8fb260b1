"""Names of agencies as they are compared: what tells one from another, apart from what kind of firm it is.

Case and punctuation do not count, nor do forms of firms (``CÔNG TY CỔ PHẦN``, ``PT``, ``Co., Ltd.``, ``จำกัด``).
Words of the trade (manpower, nhân lực, จัดหางาน) may be left out, but one in place of another is a difference.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.licences.words import load_words

__all__ = ["SLIP", "AgencyName", "agency_name", "name_words"]

LONGEST: Final = 200
LONG: Final = 8
"""Letters of a word of the trade that is known again though it is misspelt."""

SLIP: Final = 0.8
"""How alike two words must be to be one, spelt twice: one letter in five to nine."""

_SEPARATED: Final = re.compile(r"(?<!\w)(?:\w[.\s]){2,}\w?(?!\w)|(?<!\w)\w\.\w\.?(?!\w)")
"""Letters that stand alone, as in ``P.T.`` and ``J. S. C.``, are one word."""

_LATIN_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_OWN_LETTERS: Final = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i"})
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class AgencyName:
    """A name, taken apart."""

    telling: tuple[str, ...]
    """The words that tell it from others, in their order."""

    trade: frozenset[str]
    """Words of the trade."""

    marks: tuple[str, ...]
    """For each telling word its accents, in any order: ``hoà`` and ``hòa`` are spelt alike. Empty where the name as
    written has none at all, which tells nothing."""

    @property
    def joined(self) -> str:
        """The telling words without spaces: ``Viet Thang`` and ``Vietthang`` are written alike so."""
        return "".join(self.telling)


@lru_cache(maxsize=65_536)
def agency_name(written: str) -> AgencyName:
    """The name taken apart; all parts are empty for what names nobody."""
    marked = _marked_words(written)
    words = _without_forms([_plain(word) for word in marked])
    if " ".join(words) in _nobody():
        return AgencyName((), frozenset(), ())
    telling, trade = _parted(words)
    marks = {_plain(word): "".join(sorted(_LATIN_ACCENTS.findall(word))) for word in marked}
    has_marks = any(marks.values())
    return AgencyName(
        tuple(telling), frozenset(trade), tuple(marks.get(one, "") for one in telling) if has_marks else ()
    )


def name_words(written: str) -> list[str]:
    """The words of a name in small letters without accents or punctuation."""
    return [_plain(word) for word in _marked_words(written)]


def _marked_words(written: str) -> list[str]:
    """The same with accents, each behind its letter."""
    text = unicodedata.normalize("NFKC", written[:LONGEST]).casefold()
    text = _SEPARATED.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", text)
    text = text.replace("'", "").replace("’", "").translate(_OWN_LETTERS)
    text = unicodedata.normalize("NFD", text)
    return "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in text).split()


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", _LATIN_ACCENTS.sub("", word))


def _without_forms(words: list[str]) -> list[str]:
    """Without the forms of firms at both ends; a name of nothing else stays as it is."""
    while words and (rest := _cut_start(words, _forms()) or _cut_end(words, _forms()) or _cut_unspaced(words)):
        words = rest
    return words


def _cut_start(words: list[str], forms: Sequence[tuple[str, ...]]) -> list[str]:
    return next((words[len(form) :] for form in forms if tuple(words[: len(form)]) == form), [])


def _cut_end(words: list[str], forms: Sequence[tuple[str, ...]]) -> list[str]:
    return next((words[: -len(form)] for form in forms if tuple(words[-len(form) :]) == form), [])


def _cut_unspaced(words: list[str]) -> list[str]:
    """A form that is written onto the name, as Thai and Chinese do."""
    for form in _unspaced(load_words().before + load_words().after):
        if words[0].startswith(form) and len(words[0]) > len(form):
            return [words[0][len(form) :], *words[1:]]
        if words[-1].endswith(form) and len(words[-1]) > len(form):
            return [*words[:-1], words[-1][: -len(form)]]
    return []


def _parted(words: list[str]) -> tuple[list[str], list[str]]:
    """The telling words, and the words of the trade."""
    telling: list[str] = []
    trade: list[str] = []
    at = 0
    while at < len(words):
        size = next((len(one) for one in _trade() if tuple(words[at : at + len(one)]) == one), 0)
        if size:
            trade.append(" ".join(words[at : at + size]))
        elif slip := _slip_of_trade(words[at]):
            trade.append(slip)
        elif words[at] not in _joining():
            telling += _split_unspaced(words[at], trade)
        at += max(size, 1)
    return telling, trade


@lru_cache(maxsize=65_536)
def _slip_of_trade(word: str) -> str | None:
    """The long word of the trade that this one is by a slip of the hand, such as ``manpwoer``."""
    if len(word) < LONG or not word.isascii():
        return None
    long = [one[0] for one in _trade() if len(one) == 1 and len(one[0]) >= LONG]
    near = process.extractOne(word, long, scorer=OSA.normalized_similarity, score_cutoff=SLIP)
    return near[0] if near else None


def _split_unspaced(word: str, trade: list[str]) -> list[str]:
    """The word without what is of the trade in it, which is added to ``trade``."""
    if not _UNSPACED.search(word):
        return [word]
    for one in _unspaced(load_words().trade):
        if one in word:
            trade.append(one)
            word = word.replace(one, " ")
    return word.split()


@cache
def _forms() -> tuple[tuple[str, ...], ...]:
    return _as_words((*load_words().before, *load_words().after))


@cache
def _trade() -> tuple[tuple[str, ...], ...]:
    return _as_words(load_words().trade)


@cache
def _joining() -> frozenset[str]:
    return frozenset(" ".join(one) for one in _as_words(load_words().joining))


@cache
def _nobody() -> frozenset[str]:
    return frozenset(" ".join(one) for one in _as_words(load_words().nobody)) | {""}


def _as_words(phrases: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Each phrase as words, the longest first."""
    return tuple(sorted({tuple(name_words(one)) for one in phrases}, key=lambda one: (-len(one), one)))


@cache
def _unspaced(phrases: tuple[str, ...]) -> tuple[str, ...]:
    found = {"".join(name_words(one)) for one in phrases if _UNSPACED.search(one)}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))
