"""Masked digits of a text, such as 09xx xxx xxx, read as if they stood there."""

import re
from random import Random
from typing import Final

_WRITTEN: Final = re.compile(r"(?<![A-Za-z\d*])(?:[xX]{3}(?:[ .-][xX]{3,4})++|[\dxX*]{3,}+)(?![A-Za-z])")
"""A run of digits and signs that may hide some, or groups of signs as telephones are written."""

_HIDES: Final = re.compile(r"[xX]{4}|[xX]{3}[ .-]|\d[xX]{2}|[xX]{2}\d|\d\*{3}|\d\*\*\d")
"""Not the stars around a bold number."""

_SIGN: Final = re.compile(r"[xX*]")
_BEFORE: Final = 30


def fill_masks(text: str) -> str:
    """The text, as long as it was, with a digit for each sign that hides one; equal texts get equal digits.

    Who collects messages hides the telephones of some kinds of them and not of others. A model that reads the signs
    learns who collected a text, and takes a lawful offer with a hidden number for a fraud.
    """

    def filled(found: re.Match[str]) -> str:
        if not _HIDES.search(found[0]):
            return found[0]
        draw = Random(text[max(0, found.start() - _BEFORE) : found.start()])  # noqa: S311 - no secret
        return _SIGN.sub(lambda _: str(draw.randrange(10)), found[0])

    return _WRITTEN.sub(filled, text)
