"""Countries of names and towns, and kinds of employment in schema.org's words."""

import re
from functools import cache, lru_cache

from crawler.extract.text import fold, present
from crawler.files import read_word_list

_CODE = re.compile(r"[A-Za-z]{2}")
_CHINESE = re.compile(r"[\u3400-\u9fff]{2,10}")
_AFTER_CODE = re.compile(r"[,;|/·،，、]|\s[-–—]\s")


@lru_cache(maxsize=1024)
def country_code(name: str | None) -> str | None:
    """The ISO 3166-1 alpha-2 code for a name or a code; None for what is neither."""
    if not name:
        return None
    if _CODE.fullmatch(name.strip()):
        code = name.strip().upper()
        code = {"UK": "GB", "EL": "GR"}.get(code, code)
        return code if code in read_word_list("countries") else None
    return _meanings("countries").get(_bare(name))


@lru_cache(maxsize=1024)
def country_in_place(place: str | None) -> str | None:
    """The country that a place names as its last part (``Da Nang, Viet Nam``), else the one that its towns are in.

    A two-letter part is a state or a code and decides nothing; two countries, or towns of two, do not either.
    """
    if not place:
        return None
    last = (_bare(_AFTER_CODE.split(item)[-1]) for item in place.split(";"))
    found = {_unambiguous().get(name, "") for name in last if len(name) > 2 - (not name.isascii())} - {""}
    if found:
        return found.pop() if len(found) == 1 else None
    for item in place.split(";"):
        whole, parts = _bare(item), [_bare(part) for part in _AFTER_CODE.split(item)]
        parts += filter(_CHINESE.fullmatch, item.split())  # 台北市 松山區: spaces part them
        towns = {_towns()[name] for name in ([whole] if whole in _towns() else parts) if name in _towns()}
        # "Dublin, OH" is in a state that is named, not in Ireland.
        codes = {part.upper() for part in parts if len(part) == 2 and part.isascii() and part.isalpha()}
        found |= towns & codes if codes and whole not in _towns() else towns
    return found.pop() if len(found) == 1 else None


def _bare(name: str) -> str:
    return fold(name).strip(" .,;:()[]")


@cache
def _towns() -> dict[str, str]:
    table: dict[str, list[str]] = read_word_list("towns")
    return {_bare(name): code for code, names in table.items() if len(code) == 2 for name in names}


@cache
def _unambiguous() -> dict[str, str]:
    """Without the names that are a state's, a first name or a word too: none where only a place was asked for."""
    others = frozenset(map(_bare, read_word_list("towns")["no_country"]))
    return {name: code for name, code in _meanings("countries").items() if name not in others}


@cache
def _meanings(word_list: str) -> dict[str, str]:
    """What each name in a word list stands for."""
    return {_bare(name): code for code, names in read_word_list(word_list).items() for name in names}


_BETWEEN = re.compile(r"\s{0,9}(?:[,;|/]|\s(?:&|and|hoặc|và|or|atau|dan)\s)\s{0,9}")
_TERM = re.compile(r"https?://schema\.org/")


@lru_cache(maxsize=256)
def read_employment(text: str | None) -> str | None:
    """``PART_TIME, INTERN``: schema.org's words where all of the label is known, else the label itself.

    A board has a dozen of them for all its ads.
    """
    label = present(text)
    if not label:
        return None
    parts = filter(None, _BETWEEN.split(fold(_TERM.sub("", label))))
    known = dict.fromkeys(_meanings("employment_words").get(part.strip(" .()"), "") for part in parts)
    return ", ".join(known) if known and all(known) else label
