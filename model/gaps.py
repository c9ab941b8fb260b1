"""Kernels that look at what stands between two places of a folded text."""

from typing import Final

from model.desk import Said
from model.folding import BREAK, CLAUSE, SPACE, is_separator
from model.sought import Tongues

__all__ = ["is_in_clause", "is_near", "may_follow"]


_FARTHEST: Final = 400
"""Characters that a gap may have at most."""


def may_follow(tongues: Tongues, said: Said, language: int, end: int, begins: int, gap: int, denies: bool) -> bool:
    """Whether one place of a pattern that ends somewhere may be followed by the next that begins somewhere."""
    if not is_near(said, end, begins, gap, tongues.unit[language]):
        return False
    return not (denies and gap) or not _denies(tongues, said, language, end, begins)


def is_near(said: Said, start: int, end: int, gap: int, unit: int) -> bool:
    """Whether at most ``gap`` words and no end of a sentence lie between two places of a folded text. In languages
    written without spaces some characters count as a word."""
    if end - start > _FARTHEST or (unit and end - start > max(1, gap * unit)):
        return False
    separators = 0
    for at in range(start, end):
        code = said.text[at]
        if code == BREAK:
            return False
        separators += 1 if is_separator(code) else 0
    return unit > 0 or separators - 1 <= gap


def is_in_clause(said: Said, start: int, end: int) -> bool:
    """Whether no end of a clause lies in between."""
    for at in range(start, end):
        if said.text[at] == CLAUSE:
            return False
    return True


def _denies(tongues: Tongues, said: Said, language: int, start: int, end: int) -> bool:
    """Whether a gap ends with a denial, in languages with spaces with one word more in between at most."""
    if tongues.unit[language]:
        return _ends_with_denial(tongues, said, language, start, end, spaced=False)
    if end - 1 < start or said.text[end - 1] != SPACE:
        return False
    if _ends_with_denial(tongues, said, language, start, end - 1, spaced=True):
        return True
    at = end - 1
    while at > start and not is_separator(said.text[at - 1]):
        at -= 1
    if at == end - 1 or at <= start or said.text[at - 1] != SPACE:
        return False
    return _ends_with_denial(tongues, said, language, start, at - 1, spaced=True)


def _ends_with_denial(tongues: Tongues, said: Said, language: int, start: int, end: int, spaced: bool) -> bool:
    """Whether a denial ends at a place; where there are spaces, it is a word of its own."""
    for denial in range(tongues.denials_from[language], tongues.denials_from[language + 1]):
        first, after = tongues.denial_at[denial], tongues.denial_at[denial + 1]
        begins = end - (after - first)
        if begins < start or (spaced and begins > start and not is_separator(said.text[begins - 1])):
            continue
        same, at = True, first
        while same and at < after:
            same = said.text[begins + at - first] == tongues.denials[at]
            at += 1
        if same:
            return True
    return False
