"""The words of ``words.toml``, ready to be used."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["NameWords", "load_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWords:
    """How names of agencies are written."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    trade: tuple[str, ...]
    joining: tuple[str, ...]
    ends: tuple[str, ...]
    nobody: tuple[str, ...]
    sea: tuple[str, ...]


@cache
def load_words() -> NameWords:
    """The table that comes with the program."""
    table = tomllib.loads(files("pipeline.licences").joinpath("words.toml").read_text("utf-8"))
    return NameWords(**{name: tuple(words) for name, words in table.items()})
