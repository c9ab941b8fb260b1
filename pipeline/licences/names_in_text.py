"""Names of firms in a running text: a form of a firm and the name that it goes with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.licences.agency_names import agency_name, name_words
from pipeline.licences.words import load_words

__all__ = ["FoundName", "find_names"]

_REACH = 100
_MOST = 50
_MOST_WORDS = 9
_BREAK = re.compile(r"[\n\r,;:()\[\]{}|•*!?\"“”«»<>]|\.(?=\s)|\s[-–—]\s")
_WORD = re.compile(r"\S+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3400-\u9fff]")
_SHORTEST_FORM = 2


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name and where it stands, with the form of the firm."""

    written: str
    start: int
    end: int


def find_names(text: str) -> list[FoundName]:
    """The names of firms in the text, in reading order; whatever may be none is left out."""
    found = [*_behind_forms(text), *_before_forms(text)]
    kept: list[FoundName] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept[:_MOST]


def _behind_forms(text: str) -> Iterator[FoundName]:
    """``Công ty cổ phần Hoa Ban``, ``PT Mandiri``, ``บริษัท เอบีซี จำกัด``: the name goes on to a break or a verb."""
    for form in _opening().finditer(text):
        rest = text[form.end() : form.end() + _REACH]
        length = _length(rest)
        name = FoundName(text[form.start() : form.end() + length], form.start(), form.end() + length)
        if length and agency_name(name.written).telling:
            yield name


def _before_forms(text: str) -> Iterator[FoundName]:
    """``Golden Horizon Manpower, Inc.``: words in capitals before the form."""
    for found in _closing().finditer(text):
        if agency_name(found[0]).telling:
            yield FoundName(found[0], found.start(), found.end())


def _length(rest: str) -> int:
    """Where a name that begins here is over; 0 where none begins."""
    broken = _BREAK.search(rest, 1)
    end = broken.start() if broken else len(rest)
    verb = _ending().search(rest, 0, end)
    end = verb.start() if verb else end
    words = list(_WORD.finditer(rest, 0, end))[:_MOST_WORDS]
    if words and _UNSPACED.search(words[0][0]):
        return words[-1].end()
    return _capitals(words)


def _capitals(words: list[re.Match[str]]) -> int:
    """Where the words in capitals that begin here are over; words of the trade in small letters may stand among them,
    as in ``Cung ứng nhân lực Hoa Ban``."""
    end, small_from = 0, 0
    for at, word in enumerate(words):
        if word[0][0].islower():
            continue
        small = words[small_from:at]
        if small and not _is_trade(small) and not _is_trade(words[max(0, small_from - 1) : at]):
            break
        end, small_from = word.end(), at + 1
    return end


def _is_trade(words: list[re.Match[str]]) -> bool:
    return not agency_name(" ".join(word[0] for word in words)).telling


@cache
def _opening() -> re.Pattern[str]:
    forms = [one for one in load_words().before if len("".join(name_words(one))) >= _SHORTEST_FORM]
    forms = sorted(forms, key=lambda one: -len(one))
    spaced = "|".join(_phrase(one) for one in forms if not _UNSPACED.search(one))
    unspaced = "|".join(re.escape(one) for one in forms if _UNSPACED.search(one))
    # A full stop belongs to short forms alone: behind a word it ends the sentence.
    return re.compile(rf"(?<!\w)(?:{spaced})\s|(?<!\w)(?:PT|P\.T|CV|C\.V|cty)\.\s?|(?:{unspaced})\s?", re.IGNORECASE)


@cache
def _closing() -> re.Pattern[str]:
    forms = [
        one for one in load_words().after if one.isascii() and one not in {"co", "company", "cp", "persero", "tbk"}
    ]
    ends = "|".join(_phrase(one) for one in sorted(forms, key=lambda one: -len(one)))
    chinese = "|".join(one for one in load_words().after if re.match("[\u3400-\u9fff]", one))
    return re.compile(
        rf"(?<!\w)[A-Z][\w&'’-]{{0,30}}(?:\s(?:[A-Z&][\w&'’-]{{0,30}}|of|and|the)){{0,6}},?\s(?i:{ends})(?!\w)\.?"
        rf"|[\u3400-\u9fff]{{2,20}}?(?:{chinese})"
    )


@cache
def _ending() -> re.Pattern[str]:
    spaced = "|".join(_phrase(one) for one in load_words().ends if not _UNSPACED.search(one))
    unspaced = "|".join(re.escape(one) for one in load_words().ends if _UNSPACED.search(one))
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)|{unspaced}", re.IGNORECASE)


def _phrase(words: str) -> str:
    """The words with any space, full stop or comma between them."""
    return r"[\s.,]{1,3}".join(re.escape(word) for word in words.split())
