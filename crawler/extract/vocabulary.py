"""Lists of words as patterns, and texts in the form that patterns are written for."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache

from crawler.files import VOCABULARY

_Tree = dict[str, "_Tree"]
_END = ""

LETTER = r"[^\W\d_]"
"""In a plain text: a letter of a script that puts spaces between words, or a mark on one. A word that is followed by it
goes on."""

HAN = "[\ue000-\ueffe]"
"""In a plain text: a Chinese character."""

_OTHER_HAN, _OTHER_UNSPACED = "\ueffe", "\uf8fe"
_FIRST_HAN, _FIRST_UNSPACED = 0xE000, 0xF000
_MARK_LETTER = 0xA000
"""Where a combining mark goes: letters of a script (Yi) that no list of words is in, so that a plain text stays as it
is when it is made plain again."""


class _PlainCharacters(dict[int, int]):
    """Each character's own plain form, worked out when it is first met. Always one character: offsets stay true.

    As a code point: ``translate`` takes a third longer over texts of one character.
    """

    def __missing__(self, code: int) -> int:
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).casefold().removesuffix("\u0307")  # the Turkish capital I's dot
        # A superscript is a mark on a word, not a digit of a number: m² is no m2.
        keep = len(folded) != 1 or char in "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
        form = self[code] = ord(_moved(char if keep else str(unicodedata.decimal(folded, folded))))
        return form


_PLAIN = _PlainCharacters()


def plain(text: str) -> str:
    """The text in lower case, in plain widths and with the digits of every script as 0 to 9; as long as it was.

    Letters of scripts without spaces between words (Thai, Khmer, Burmese, Lao, Chinese, Japanese, Korean) are moved to
    code points that are no letters, so that one cheap test tells where a word of any other script ends: ``USD800`` is
    found behind Chinese, ``7K`` before it. Only for looking: nothing of the form is ever shown. The Burmese letter wa
    beside digits is a zero, as most people type it.
    """
    if text.isascii():
        return text.lower()
    line = text.translate(_PLAIN)
    return _burmese_zero().sub(lambda found: found[0].replace(_wa(), "0"), line) if _wa() in line else line


def plain_pattern(pattern: str) -> str:
    """A pattern in which letters of scripts without spaces stand in their plain form."""
    return "".join(map(_moved, pattern))


def word_pattern(words: Iterable[str]) -> str:
    """A pattern for any of the words, as a tree: text that begins none of them costs one step.

    Words count whole where their script puts spaces between words, so that ``min`` is not seen in ``admin``. Each
    branch begins with its own character and looks back only then: a search skips all other characters.
    """
    forms = sorted({plain(unicodedata.normalize("NFC", word)) for word in words})
    parts = tree_patterns(
        forms,
        begins=lambda char: rf"(?<!{LETTER}{re.escape(char)})" if char.isalpha() else "",
        ends=lambda char: f"(?!{LETTER})" if char.isalpha() else "",
    )
    return f"(?:{'|'.join(parts)})" if parts else "(?!)"


def tree_patterns(words: Iterable[str], *, begins: Callable[[str], str], ends: Callable[[str], str]) -> list[str]:
    """A pattern for each first character of the words, the longest of them first: where a search stands it tries one.

    ``begins`` gives what must hold behind a first character, ``ends`` what must hold behind a last one.
    """
    tree: _Tree = {}
    for word in words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[_END] = {}
    return [re.escape(char) + begins(char) + _branches(below, char, ends) for char, below in tree.items()]


def _branches(node: _Tree, last: str, ends: Callable[[str], str]) -> str:
    """What may follow a beginning, the longest first."""
    parts = [re.escape(char) + _branches(below, char, ends) for char, below in node.items() if char != _END]
    if _END in node:
        parts.append(ends(last))
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _moved(char: str) -> str:
    kind, code = unicodedata.category(char), ord(char)
    if kind == "Cf":
        # Zero-width joiners and spaces, between Khmer words or around a dash.
        return " "
    if char < "\u0300":
        return char
    if not _is_unspaced(code):
        return chr(_MARK_LETTER + (code & 0x03FF)) if kind in {"Mn", "Mc"} and code < 0x2000 else char
    if kind[0] not in "LM" and char != "〇":
        return char
    return _places().get(char) or (_OTHER_HAN if _is_han(code) else _OTHER_UNSPACED)


def _is_unspaced(code: int) -> bool:
    return (
        0x0E00 <= code < 0x0F00 or 0x1000 <= code < 0x10A0 or 0x1100 <= code < 0x1200 or 0x1780 <= code < 0x1800
        or 0x2E80 <= code < 0xA000 or 0xAC00 <= code < 0xD800 or 0xF900 <= code < 0xFB00 or 0x20000 <= code < 0x32000
    )  # fmt: skip


def _is_han(code: int) -> bool:
    return code == 0x3007 or 0x3400 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or code >= 0x20000


@cache
def _places() -> dict[str, str]:
    """Where each letter goes that some list of words holds; all others of a script are alike to every pattern."""
    lists = sorted(VOCABULARY.glob("*_words.toml"))
    written = set().union(*(path.read_text("utf-8") for path in lists))
    held = sorted(char for char in written if _is_unspaced(ord(char)))
    han = [char for char in held if _is_han(ord(char))]
    others = [char for char in held if not _is_han(ord(char))]
    return {char: chr(_FIRST_HAN + place) for place, char in enumerate(han)} | {
        char: chr(_FIRST_UNSPACED + place) for place, char in enumerate(others)
    }


@cache
def _wa() -> str:
    return _moved("ဝ")


@cache
def _burmese_zero() -> re.Pattern[str]:
    vowel_or_medial = plain_pattern("".join(map(chr, range(0x102B, 0x103F))))
    return re.compile(rf"(?<=[0-9])(?:[.,]?{_wa()}(?![{vowel_or_medial}]))+|{_wa()}{{1,15}}(?=[0-9])")
