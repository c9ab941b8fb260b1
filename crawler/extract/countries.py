"""Names of countries and of towns, in the languages that ads are written in, to the countries' codes."""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from crawler.extract.plain_text import fold

__all__ = ["country_code", "country_in_place"]

_CODE = re.compile(r"[A-Za-z]{2}")
_AFTER_CODE = re.compile(r"[,;|/·]|\s[-–—]\s")
_AMBIGUOUS = {"georgia", "jordan", "chad", "guinea", "niger", "anh", "nga", "mỹ"}
"""Also a state, a first name or a word: not a country where only a place was asked for."""


@lru_cache(maxsize=1024)
def country_code(name: str | None) -> str | None:
    """The ISO 3166-1 alpha-2 code for a name or a code; None for what is neither."""
    if not name:
        return None
    if _CODE.fullmatch(name.strip()):
        code = name.strip().upper()
        code = {"UK": "GB", "EL": "GR"}.get(code, code)
        return code if code in _codes() else None
    return _names().get(_bare(name))


@lru_cache(maxsize=1024)
def country_in_place(place: str | None) -> str | None:
    """The country that a place names as its last part (``Da Nang, Viet Nam``), else the one that its towns are in.

    A two-letter part is a state or a code and decides nothing; towns of two countries do not either.
    """
    if not place:
        return None
    for one in place.split(";"):
        name = _bare(_AFTER_CODE.split(one)[-1])
        if len(name) > 2 - (not name.isascii()) and name not in _AMBIGUOUS and name in _names():
            return _names()[name]
    parts = (_bare(part) for one in place.split(";") for part in (one, *_AFTER_CODE.split(one)))
    towns = {_towns()[part] for part in parts if part in _towns()}
    return towns.pop() if len(towns) == 1 else None


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
def _towns() -> dict[str, str]:
    table: dict[str, list[str]] = tomllib.loads(files("crawler.extract").joinpath("towns.toml").read_text("utf-8"))
    return {_bare(name): code for code, names in table.items() for name in names}


@cache
def _names() -> dict[str, str]:
    return {_bare(name): code for code, names in _table().items() for name in names}
