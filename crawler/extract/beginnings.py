"""Whether an element's text can begin with one of some words: soon told, before all of it is read and folded."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from lxml import etree

from crawler.extract.plain_text import fold

__all__ = ["Beginnings"]

_SURE = 3
"""Letters at the beginning that are compared, where they are written plainly."""


class Beginnings:
    """The beginnings of some folded texts."""

    def __init__(self, folded: Iterable[str]) -> None:
        texts = [text for text in folded if text]
        self._starts = tuple({text[:_SURE] for text in texts})
        self._letters = frozenset(_bare_letter(text[0]) for text in texts)

    def may_head(self, element: etree._Element, longest: int) -> bool:
        """False only where the element's ``short_text`` of that length, folded, begins with none of the texts."""
        text = (element.text or "")[: 4 * longest].lstrip() or next(
            (text for piece in element.itertext() if (text := piece[: 4 * longest].lstrip())), ""
        )
        head = text[: _SURE + 1]
        if len(head) > _SURE and head.isascii() and head[:_SURE].isalnum():
            return head[:_SURE].lower().startswith(self._starts)
        return head != "" and (not head[0].isalnum() or _bare_letter(head[0]) in self._letters)


@lru_cache(maxsize=4096)
def _bare_letter(char: str) -> str:
    """The folded letter without its marks, which may stand behind it as characters of their own."""
    return unicodedata.normalize("NFD", fold(char))[:1]
