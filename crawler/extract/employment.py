"""Kinds of employment to schema.org's words."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from crawler.extract.plain_text import present
from crawler.extract.word_pattern import plain

__all__ = ["read_employment"]

_BETWEEN = re.compile(r"\s{0,9}(?:[,;|/]|\s(?:&|and|hoặc|và|or|atau|dan)\s)\s{0,9}")
_TERM = re.compile(r"https?://schema\.org/")


def read_employment(text: str | None) -> str | None:
    """``PART_TIME, INTERN``: schema.org's words where all of the label is known, else the label itself."""
    label = present(text)
    return _in_one_vocabulary(label) if label else None


@lru_cache(maxsize=1024)
def _in_one_vocabulary(label: str) -> str:
    """The label in schema.org's words; a board has a dozen of them for all its ads."""
    parts = [part for part in _BETWEEN.split(plain(_TERM.sub("", label))) if part]
    known = [_words().get(part.strip(" .()")) for part in parts]
    return ", ".join(dict.fromkeys(one for one in known if one)) if known and all(known) else label


@cache
def _words() -> Mapping[str, str]:
    table = tomllib.loads(files("crawler.extract").joinpath("employment_words.toml").read_text("utf-8"))
    return {plain(word): term for term, words in table.items() for word in words}
