"""Character tables for folding: accents, homoglyphs, disguises, masked digits."""

import re
import unicodedata
from random import Random
from typing import Final

DROPPED: Final = "\0"

TRAILING: Final = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufe00-\ufe0f\u00ad]*")
"""What belongs to the letter before it: combining accents and invisible characters."""

LEET: Final = "0134578@$!"

MARKS: Final = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a51\u0a81-\u0a83\u0abc\u0abe-\u0acd"
    "\u0b01-\u0b03\u0b3c\u0b3e-\u0b57\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc\u0cbe-\u0cd6"
    "\u0d00-\u0d03\u0d3b\u0d3c\u0d3e-\u0d4d\u0d57\u0d81-\u0d83\u0dca-\u0ddf\u0df2\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3"
)
"""Vowel signs and tone marks, which belong to the letter before them; a character class for regular expressions."""

UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\U00020000-\U00031fff"
)
"""Letters of scripts without spaces between words; a character class for regular expressions."""

SIGNS: Final = "$€£¥₫฿₱₽₩₹៛%+@"

LETTERS_WITH_REPEATS: Final = "a-z\u00df-\u024f\u1e00-\u1eff\u0370-\u052f"
"""Folded Latin, Cyrillic and Greek letters, which people repeat for emphasis; a character class."""

_ENDS: Final = ".!?;。！？；｡…‽؟।॥۔።፧။៕\n\r\x0b\x0c\x85\u2028\u2029"
_PAUSES: Final = ",，、､،፣፥;:：()（）[]【】|/"
_APOSTROPHES: Final = "'’‘`´ʼ＇"
_SPELT: Final = {"ำ": "ํา", "แ": "เเ", "ຳ": "ໍາ", "ໝ": "ຫມ", "ໜ": "ຫນ", "ຼ": "ລ", "ک": "ك", "ی": "ي", "ہ": "ه"}
"""Thai, Lao, Persian and Urdu letters that are often typed as others that look the same."""

_SOUNDS_LIKE: Final = {"ሐ": "ሀ", "ሠ": "ሰ", "ኀ": "ሀ", "ዐ": "አ", "ፀ": "ጸ"}
"""Rows of Ethiopic letters that Amharic writes for one another; each row has eight."""

_OWN_FORM: Final = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "æ": "a", "œ": "o"}
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0483-\u0487]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")


class _Table(dict[int, str]):
    """Code point -> what folding writes for it, for ``str.translate``; filled as characters are met.

    A separator is a space (weakest), ``;`` or ``,`` (a comma can stand inside a number), ``\\n`` or ``.`` (so can a
    full stop). A character that is left out is ``DROPPED``.
    """

    def __init__(self, *, accents: bool) -> None:
        super().__init__()
        self._accents = accents

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _folded(character)
        if len(folded) > 1:
            written = "".join(self[ord(part)] for part in folded).replace(DROPPED, "") or DROPPED
        else:
            written = _separator(folded or "\u200b") or folded
            if written == folded and not self._accents:
                base = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
                base = base if len(base) == 1 else folded
                written = _OWN_FORM.get(base, base)
        self[code] = written
        return written


def _folded(character: str) -> str:
    """Case and compatibility forms folded, every script's digits Latin ones; accents kept where one character holds
    letter and accent."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if character in _SPELT or "\u0e00" <= character < "\u0f00" or "\ue000" <= character < "\uf900":
        return _SPELT.get(character, character)
    if row := _SOUNDS_LIKE.get(chr(ord(character) & ~7)):
        return chr(ord(row) + ord(character) % 8)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    if len(folded) > 1:
        folded = "".join(c for c in folded if not _ACCENTS.match(c))
    return folded if folded else character if _ACCENTS.match(character) else ""


def _separator(character: str) -> str | None:  # noqa: PLR0911 -- a classification, one line a class
    """How the character parts words; ``DROPPED`` for one that is left out, None for a part of a word."""
    category, code = unicodedata.category(character), ord(character)
    if character in ".,":
        return character
    if character in _ENDS:
        return "\n"
    if character in _PAUSES:
        return ";"
    if character in SIGNS:
        return None
    if character in _APOSTROPHES or _ACCENTS.match(character) or category == "Cf" or 0xFE00 <= code < 0xFE10:
        return DROPPED
    if category[0] in "LM":
        # Arabic letter stretching and short vowels, and the nukta, are often left out.
        return DROPPED if code in (0x0640, 0x093C) or 0x064B <= code < 0x0660 else None
    if category[0] == "N":
        return None if category == "Nd" or _IS_UNSPACED.match(character) else " "
    return DROPPED if category == "Cc" and character != "\t" else " "


PLAIN: Final = _Table(accents=False)
ACCENTED: Final = _Table(accents=True)
"""The same with the accents of letters kept; entries are as long as those of ``PLAIN``."""


PASSED_OVER: Final = "\u200b"
"""Stands where a character is to be passed over: folding drops it."""

_LIKE_CYRILLIC: Final = {
    "а": "aαᴀⲁⱥᎪ", "б": "δҕƃ", "в": "bβʙⲃßᏴ", "г": "rᴦⲅ", "д": "dᴅⲇ", "е": "eεᴇⲉëᎬ", "з": "zɜᴣⲍ", "и": "uυᴎᴜ",
    "к": "kκᴋⲕᏦ", "л": "lλᴧᴫⲗ", "м": "mμᴍʍⲙᎷ", "н": "hʜⲏᎻ", "о": "oοσᴏⲟø", "п": "nπηᴨⲡ", "р": "pρᴩᴘⲣᏢ", "с": "cςᴄⲥᏟ",
    "т": "tτᴛⲧᎢ", "у": "yγʏⲩᎩ", "ф": "φⲫ", "х": "xχⲭ", "ш": "wωɯⲱ", "я": "ᴙ", "і": "iιⲓ", "ѕ": "s", "ј": "j",
}  # fmt: skip
_LIKE_LATIN: Final = {
    "a": "аαᴀⲁᎪ", "b": "вβʙⲃᏴ", "c": "сᴄⲥᏟ", "d": "ԁᴅᎠ", "e": "еεᴇⲉᎬ", "f": "ꜰ", "g": "ɡɢ", "h": "һнηʜⲏᎻ",
    "i": "іιɪⲓ", "j": "јᴊᎫ", "k": "кκᴋⲕᏦ", "l": "ʟᏞ", "m": "мᴍⲙᎷ", "n": "νɴⲛ", "o": "оοᴏⲟ", "p": "рρᴘᴩⲣᏢ", "q": "ԛ",
    "r": "гʀᎡ", "s": "ѕꜱᏚ", "t": "тτᴛⲧᎢ", "u": "υᴜ", "v": "ѵᴠᏙ", "w": "ωԝᴡⲱᎳ", "x": "хχⲭ", "y": "уγʏⲩ", "z": "ᴢᏃ",
}  # fmt: skip
"""Letters and those that are drawn like them in other scripts or stand for them there."""


def _twins(alike: dict[str, str]) -> dict[int, str]:
    """For ``str.translate``, small letters and capitals."""
    small = {twin: letter for letter, twins in alike.items() for twin in twins}
    capitals = {twin.upper(): letter.upper() for twin, letter in small.items() if len(twin.upper()) == 1}
    return str.maketrans(capitals | small)


_TO_LATIN: Final = _twins(_LIKE_LATIN)
_TO_CYRILLIC: Final = _twins(_LIKE_CYRILLIC)
_LEET: Final = str.maketrans(LEET, "oieastbasi")
_CYRILLIC_LEET: Final = str.maketrans(LEET + "6", "оізчбтвасіб")

_WORD: Final = re.compile(r"[^\W_]+")
_ODD: Final = "\u13a0-\u13f5\u1d00-\u1d2b\u2c80-\u2cff\U0001d400-\U0001d7cbʙɢʜɪɴʀʏʟʍɜɯꜰꜱ"
"""Small capitals, Coptic and Cherokee letters and those of formulas, which stand for others in what is read here."""

_FOREIGN: Final = re.compile(f"[\u0370-\u052f{_ODD}]")
_TWO_SCRIPTS: Final = re.compile(
    rf"[a-zA-Z][\u0370-\u052f]|[\u0370-\u03ff][a-zA-Z\u0400-\u052f]|[\u0400-\u052f][a-zA-Z\u0370-\u03ff]|[{_ODD}]"
)
_WA: Final = re.compile("(?<![\u1040-\u1049])\u1040(?=[\u1000-\u103e])")
_CYRILLIC_ALONE: Final = frozenset("бгджзийлпфцчшщъыьэюяєїґ")
_LATIN_ALONE: Final = frozenset("dfgjlqsvwz")
"""Small letters that nobody writes for one of the other script."""

_NOT_LATIN_WORD: Final = re.compile(r"[\u0370-\u052f]+")
_SPACED_LETTER: Final = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0482\u048a-\u052f\u1e00-\u1eff]"
_INSIDE: Final = (
    rf"[{LEET}6](?<={_SPACED_LETTER}.)(?!(?<=!)(?:[A-Z][a-z]|(?<=[a-z]!)[A-Z]))[{LEET}6]{{0,2}}(?={_SPACED_LETTER})"
)
"""Digits and signs between letters of scripts that part words; not an exclamation from the sentence close behind it."""

_IN_WORD: Final = re.compile(_INSIDE)
_LONGEST_WORD: Final = 24
_CODE: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w[\w.-]*|(?:://|\bwww\.)[!-~]+"
    rf"|(?<!\w)[A-Za-z0-9_]{{{_LONGEST_WORD + 1},}}"
)
"""An address, or a run of letters and digits that is too long for a word."""

_AROUND: Final = 128
"""Characters before and behind a sign, among which it may be part of an address."""

_LETTER: Final = f"[^\\W\\d_][{MARKS}]*+"
_ANY_SIGN: Final = r"[^\w\s.,;:!?。！？，、；：]{1,3}"
_SPLIT: Final = re.compile(
    rf"(?<![^\W\d_])(?<![{MARKS}]){_LETTER}"
    rf"(?:(?P<sign>[^\w\s]{{1,3}}?){_LETTER}(?:(?P=sign){_LETTER})+|(?:{_ANY_SIGN}{_LETTER}){{2,}})(?![^\W\d_])"
)
"""Letters parted by one and the same sign, or by any that end no sentence."""

_SPACED: Final = re.compile(rf"(?<![\w\u200b{MARKS}]){_LETTER}(?: {_LETTER}){{2,}}(?!\w)")
_ENDS_SPLIT: Final = re.compile(rf"[^\w\s]{_LETTER}[^\w\s]{{1,3}}{_LETTER}(?![^\W\d_])")
_ENDS_SPACED: Final = re.compile(rf" {_LETTER} {_LETTER}(?!\w)")
"""How all that is split or spaced ends; searched first, because fewer characters can begin it."""

_NOT_A_LETTER: Final = re.compile(rf"(?![{MARKS}])[\W\d_]")
_ZEROS: Final = re.compile(r"(?<=\d)[oO]+(?![^\W\d_kKmM])")
"""The letter in place of the digit: ``6OOk``, ``2O minutes``."""


def one_script(text: str) -> str:
    """The text, as long as it was, each word of several scripts in the one that it is meant in.

    A Burmese zero in a word is the letter ``wa``, which is drawn like it.
    """
    if text.isascii():
        return text
    if "\u1040" in text:
        text = _WA.sub("\u101d", text)
    if not _FOREIGN.search(text) or not _TWO_SCRIPTS.search(text):
        return text
    is_cyrillic = _weigh(text) > 0

    def put_right(found: re.Match[str]) -> str:
        word = found[0]
        if not _TWO_SCRIPTS.search(word):
            return word
        word = "".join(unicodedata.normalize("NFKC", letter) if letter > "\U0001d3ff" else letter for letter in word)
        weight = _weigh(word)
        return word.translate(_TO_CYRILLIC if weight > 0 or (not weight and is_cyrillic) else _TO_LATIN)

    return _WORD.sub(put_right, text)


def _weigh(text: str) -> int:
    """How many letters are Cyrillic alone, less those that are Latin alone."""
    letters = text.lower()
    return sum(letter in _CYRILLIC_ALONE for letter in letters) - sum(letter in _LATIN_ALONE for letter in letters)


def undisguise(text: str) -> str:
    """The text with twins of other scripts, digits for letters and split letters put right."""
    if not text.isascii():
        text = one_script(text)
        if _NOT_LATIN_WORD.search(text):
            # Words of look-alike letters alone, in a text that is otherwise Latin.
            foreign = sum(len(word) for word in _NOT_LATIN_WORD.findall(text))
            if 0 < foreign * 5 <= min(len(text), sum(map(str.isalpha, text))):
                text = _NOT_LATIN_WORD.sub(lambda found: found[0].translate(_TO_LATIN), text)
    text = _ZEROS.sub(lambda found: "0" * len(found[0]), text)
    text = _IN_WORD.sub(_letter_for_sign, text)
    text = _SPLIT.sub(_joined, text) if _ENDS_SPLIT.search(text) else text
    return _SPACED.sub(_joined, text) if _ENDS_SPACED.search(text) else text


def _letter_for_sign(found: re.Match[str]) -> str:
    """The letter that digits or signs stand for, but where they belong to an address or to a code."""
    text, (start, end) = found.string, found.span()
    around = max(0, start - _AROUND), start + _AROUND
    if any(code.start() < end and start < code.end() for code in _CODE.finditer(text, *around)):
        return found[0]
    return found[0].translate(_CYRILLIC_LEET if "\u0400" <= text[start - 1] <= "\u052f" else _LEET)


def _joined(found: re.Match[str]) -> str:
    return _NOT_A_LETTER.sub(PASSED_OVER, found[0])


_MASKED: Final = re.compile(r"(?<![A-Za-z\d*])(?:[xX]{3}(?:[ .-][xX]{3,4})++|[\dxX*]{3,}+)(?![A-Za-z])")
"""A run of digits and signs that may hide some, or groups of signs as telephones are written."""

_HIDES: Final = re.compile(r"[xX]{4}|[xX]{3}[ .-]|\d[xX]{2}|[xX]{2}\d|\d\*{3}|\d\*\*\d")
"""Not the stars around a bold number."""

_MASK: Final = re.compile(r"[xX*]")
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
        return _MASK.sub(lambda _: str(draw.randrange(10)), found[0])

    return _MASKED.sub(filled, text)
