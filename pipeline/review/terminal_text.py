"""Escaping of foreign text for a terminal. Pure.

A terminal obeys control characters: an ad could clear the screen, write over what stands there, set a window's
title, or have the rest of a line run from right to left. Each of them becomes one sign that can be seen, so that places
in the text stay where they are.
"""

from typing import Final

__all__ = ["harmless", "in_one_line"]

_HARMLESS: Final = "\n\t"
_PICTURES: Final = 0x2400
"""Where Unicode has a picture of each control character of ASCII."""

_UNSEEN: Final = "\ufffd"
_ODD: Final = (*range(0x80, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Control characters of C1, two that end a line, and those that turn the direction of what follows."""

_SHOWN: Final = (
    {code: chr(_PICTURES + code) for code in range(0x20) if chr(code) not in _HARMLESS}
    | {0x7F: "\u2421"}
    | dict.fromkeys(_ODD, _UNSEEN)
)


def harmless(text: str) -> str:
    """The same text, as long as it was, without anything that a terminal would obey but line ends and tabs."""
    return text.translate(_SHOWN)


def in_one_line(text: str) -> str:
    """The text as part of a line of ours: it cannot begin another one."""
    return harmless(" ".join(text.split()))
