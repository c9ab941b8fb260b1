"""Pieces of a text that embeddings are made of: some 350 characters each, parted where sentences or lines end."""

import re
from typing import Final

__all__ = ["LONGEST", "cut_pieces"]

LONGEST: Final = 350
"""Characters: a small encoder reads about a hundred tokens well, whatever the script."""

_ENDS: Final = (re.compile(r"\n\s*"), re.compile(r"[.!?…。！？។။།]+[\s\"'”’)]*|[;:；：]\s+"), re.compile(r"[\s,，、]+"))
"""Where a piece may end, best first."""


def cut_pieces(text: str, *, most: int) -> list[tuple[int, int]]:
    """From where to where each piece goes, in order, at most ``most`` of them; together they hold the text from its
    beginning, apart from white space at their edges."""
    found: list[tuple[int, int]] = []
    start = _skip_space(text, 0)
    while start < len(text) and len(found) < most:
        end = _end_of_piece(text, start)
        found.append((start, start + len(text[start:end].rstrip())))
        start = _skip_space(text, end)
    return found


def _end_of_piece(text: str, start: int) -> int:
    limit = start + LONGEST
    if limit >= len(text):
        return len(text)
    for pattern in _ENDS:
        ends = [found.end() for found in pattern.finditer(text, start + LONGEST // 2, limit)]
        if ends:
            return ends[-1]
    return limit


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
