"""Names of countries, in the languages that ads are written in, to their codes."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from crawler.extract.plain_text import fold

__all__ = ["country_code", "country_in_place"]

_CODE = re.compile(r"[A-Za-z]{2}")
_AFTER_CODE = re.compile(r"[,;|/·]|\s[-–—]\s")
_AMBIGUOUS = {"georgia", "jordan", "chad", "guinea", "niger", "anh", "nga", "mỹ"}
"""Also a state, a first name or a word: not a country where only a place was asked for."""


def country_code(name: str | None) -> str | None:
    """The ISO 3166-1 alpha-2 code for a name or a code; None for what is neither."""
    if not name:
        return None
    if _CODE.fullmatch(name.strip()):
        code = name.strip().upper()
        code = {"UK": "GB", "EL": "GR"}.get(code, code)
        return code if code in _codes() else None
    return _names().get(_bare(name))


def country_in_place(place: str | None) -> str | None:
    """The country that a place names as its last part: ``Da Nang, Viet Nam``; a two-letter part is a state or a code
    and decides nothing."""
    if not place:
        return None
    for one in place.split(";"):
        name = _bare(_AFTER_CODE.split(one)[-1])
        if len(name) > 2 - (not name.isascii()) and name not in _AMBIGUOUS and name in _names():
            return _names()[name]
    return None


def _bare(name: str) -> str:
    return fold(name).strip(" .,;:()[]")


@cache
def _table() -> dict[str, list[str]]:
    text = files("crawler.extract").joinpath("countries.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _codes() -> frozenset[str]:
    return frozenset(_table())


@cache
def _names() -> dict[str, str]:
    return {_bare(name): code for code, names in _table().items() for name in names}
