"""What an ad's text asks of whoever applies, line by line. Pure.

A reading by words, not by meaning: it finds the lines that speak of age, schooling, experience, language and papers, so
that a change of them can be told from a change of other words.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from model.text.folding import fold

__all__ = ["find_requirements"]

_LONGEST: Final = 400
_MOST: Final = 40
_BULLETS: Final = " \t-•*·–—+>▪◦✅✔☑"


def find_requirements(description: str) -> tuple[str, ...]:
    """The lines that say what is asked, as they stand, without their bullets."""
    found: list[str] = []
    listing = False
    for written in description.split("\n"):
        line = written.strip(_BULLETS)
        said = _folded(line)
        if not said.strip():
            listing = False
            continue
        opens = any(said.startswith(f" {word}") and len(said) <= len(word) + 4 for word in _words()["headings"])
        if opens:
            listing = True
        elif listing or _asks(said):
            found.append(line[:_LONGEST])
    return tuple(found[:_MOST])


def _asks(said: str) -> bool:
    words = _words()
    starts = any(said.startswith(f" {word} ") for word in words["headings"])
    return starts or any((f" {word} " if word.isascii() else word) in said for word in words["words"])


def _folded(line: str) -> str:
    return fold(line).text.replace(",", " ").replace("\n", " ")


@cache
def _words() -> dict[str, tuple[str, ...]]:
    table = tomllib.loads((Path(__file__).parent / "requirement_words.toml").read_text(encoding="utf-8"))
    return {name: tuple(dict.fromkeys(_folded(word).strip() for word in words)) for name, words in table.items()}
