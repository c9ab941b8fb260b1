"""Lists of words as patterns, and texts in the form that patterns are written for."""

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["LETTER", "is_spaced", "plain", "word_pattern"]

_Tree = dict[str, "_Tree"]
_END = ""
_BURMESE_ZERO = re.compile(r"(?<=[0-9])(?:[.,]?ဝ(?![\u102b-\u103e]))+|ဝ+(?=[0-9])")
_MARKS = "\u0300-\u036f\u064b-\u0652\u0900-\u0903\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff"
LETTER = rf"[^\W\d_{_UNSPACED}]|[{_MARKS}]"
"""A letter of a script that puts spaces between words, or a mark on one: a word that is followed by it goes on. To
stand in a group."""


class _PlainCharacters(dict[int, str]):
    """Each character's own plain form, worked out when it is first met. Always one character: offsets stay true."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).casefold()
        # A superscript is a mark on a word, not a digit of a number: m² is no m2.
        keep = len(folded) != 1 or (unicodedata.category(char) == "No" and char in "²³¹") or char in "⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
        form = char if keep else str(unicodedata.decimal(folded, folded))
        self[code] = form
        return form


_PLAIN = _PlainCharacters()


def plain(text: str) -> str:
    """The text in lower case, in plain widths and with the digits of every script as 0 to 9; as long as it was.

    The Burmese letter wa beside digits is a zero, as most people type it.
    """
    line = text.translate(_PLAIN)
    return _BURMESE_ZERO.sub(lambda found: found[0].replace("ဝ", "0"), line) if "ဝ" in line else line


def word_pattern(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first, as a tree: text that begins none of them costs one step.

    Words count whole where their script puts spaces between words, so that ``min`` is not seen in ``admin``.
    """
    spaced: _Tree = {}
    unspaced: _Tree = {}
    for word in sorted({plain(unicodedata.normalize("NFC", word)) for word in words}):
        _plant(spaced if is_spaced(word[-1]) else unspaced, word)
    # Each branch begins with its own character, and looks back only then: the search skips all other characters.
    parts = [re.escape(char) + _branches(tree) for char, tree in unspaced.items()]
    parts += [
        rf"{re.escape(char)}(?<![^\W\d_{_UNSPACED}]{re.escape(char)}){_branches(tree)}(?!{LETTER})" for char, tree in spaced.items()
    ]
    return f"(?:{'|'.join(parts)})" if parts else "(?!)"


def is_spaced(char: str) -> bool:
    """Whether a word that ends so ends where another letter would go on: not in Thai, Khmer, Burmese, Lao, Chinese or
    Japanese, nor at a sign."""
    if not (char.isalpha() or unicodedata.category(char) in {"Mn", "Mc"}):
        return False
    code = ord(char)
    return not (0x0E00 <= code < 0x0F00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800 or 0x2E80 <= code)


def _plant(tree: _Tree, word: str) -> None:
    for char in word:
        tree = tree.setdefault(char, {})
    tree[_END] = {}


def _branches(node: _Tree) -> str:
    ends = _END in node
    parts = [re.escape(char) + _branches(child) for char, child in node.items() if char != _END]
    if not parts:
        return ""
    body = parts[0] if len(parts) == 1 and not ends else f"(?:{'|'.join(parts)})"
    return f"{body}?" if ends else body
