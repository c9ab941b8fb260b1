"""Formats of licence numbers, as ads and registers write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

__all__ = ["ROLES", "FoundNumber", "NumberFormat", "NumberRole", "plain_view"]

NumberRole = Literal["licence", "identity", "domestic", "permit"]
ROLES: Final[tuple[NumberRole, ...]] = ("licence", "identity", "domestic", "permit")

_DIGIT_ZEROS: Final = "٠۰०০๐໐၀០𑄶０"
"""The zero of each script whose digits ads are written in; nine others follow each."""

_SAME_SIGNS: Final = {
    "／": "/", "⁄": "/", "∕": "/", "－": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "．": ".", "：": ":", "＃": "#", "\u00a0": " ", "\u202f": " ", "\u3000": " ", "Ð": "Đ", "Ɖ": "Đ", "ð": "đ",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNumber:
    """A number of a text, with where it stands."""

    number: str
    """In its plain form."""

    start: int
    end: int
    format: "NumberFormat"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """One way in which a country writes numbers of licences."""

    key: str
    role: NumberRole
    """``licence``: the register lists these. ``identity``: the register may list these, and having one is no licence.
    ``domestic``: allows no placement abroad. ``permit``: stands for one recruitment or lot, and no register of agencies
    lists it."""

    says: str
    """What such a number is, in words that follow "a"."""

    like: str
    """One such number, for error messages."""

    form: str
    """The plain form, with the patterns' groups in braces."""

    column: str | None
    """The column of the register that holds it; None where none does."""

    languages: tuple[str, ...]
    """Languages of ads in which it is looked for; empty: all."""

    in_ads: tuple[re.Pattern[str], ...]
    in_cells: tuple[re.Pattern[str], ...]

    def find(self, text: str) -> Iterator[FoundNumber]:
        """The numbers of an ad's text, given its ``plain_view``; offsets are those of the text itself."""
        for pattern in self.in_ads:
            for found in pattern.finditer(text):
                yield FoundNumber(number=self._plain(found), start=found.start(), end=found.end(), format=self)

    def of_cell(self, cell: str) -> str | None:
        """The plain form of a number as a register writes it; None where the cell holds none."""
        text = plain_view(cell).strip()
        for pattern in self.in_cells or self.in_ads:
            if found := pattern.fullmatch(text):
                return self._plain(found)
        return None

    def _plain(self, found: re.Match[str]) -> str:
        return self.form.format(**{name: _plain_part(name, value or "") for name, value in found.groupdict().items()})


def plain_view(text: str) -> str:
    """The text, character for character, with the digits of every script, dashes and strokes written one way."""
    written_otherwise, plain = _table()
    return text if text.isascii() else written_otherwise.sub(lambda found: plain[found[0]], text)


def _plain_part(name: str, value: str) -> str:
    """Group ``n`` is a number, whose leading zeros say nothing; of all others letters and digits count."""
    if name == "n":
        return value.lstrip("0") or "0"
    return "".join(char for char in value.upper() if char.isalnum())


@cache
def _table() -> tuple[re.Pattern[str], dict[str, str]]:
    digits = {chr(ord(zero) + value): str(value) for zero in _DIGIT_ZEROS for value in range(10)}
    plain = digits | _SAME_SIGNS
    # Most texts hold none of them; a search that finds nothing is ten times as fast as str.translate.
    return re.compile(f"[{''.join(sorted(plain))}]"), plain
