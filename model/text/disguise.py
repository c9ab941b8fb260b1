"""Letters in disguise, read as what they stand for; the text keeps its length, so offsets stay true."""

import re
from typing import Final

from model.text.characters import LEET, MARKS

__all__ = ["PASSED_OVER", "undisguise"]

PASSED_OVER: Final = "\u200b"
"""Stands where a character is to be passed over: folding drops it."""

# Cyrillic and Greek letters drawn like Latin ones, each beside its Latin twin.
_TWINS: Final = tuple(
    zip(
        "авекмнорстухіјѕԁԛԝһѵгɡαβεηικνορτυχωγАВЕКМНОРСТУХІЈЅΑΒΕΗΙΚΜΝΟΡΤΥΧΖ",
        "abekmhopctyxijsdqwhvrgabenikvoptuxwyABEKMHOPCTYXIJSABEHIKMNOPTYXZ",
        strict=True,
    )
)
_TO_LATIN: Final = str.maketrans({twin[0]: twin[1] for twin in _TWINS})
_TO_CYRILLIC: Final = str.maketrans(
    {twin[1]: twin[0] for twin in _TWINS if "\u0400" <= twin[0] <= "\u04ff" and twin[0] not in "һѵгԁԛԝ"}
)
_LEET: Final = str.maketrans(LEET, "oieastbasi")

_WORD: Final = re.compile(r"[^\W\d_]+")
_TWO_SCRIPTS: Final = re.compile(r"[a-zA-Z][\u0370-\u052f]|[\u0370-\u052f][a-zA-Z]")
_NOT_LATIN_WORD: Final = re.compile(r"[\u0370-\u052f]+")
_SPACED_LETTER: Final = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0482\u048a-\u052f\u1e00-\u1eff]"
_INSIDE: Final = (
    rf"[{LEET}](?<={_SPACED_LETTER}.)(?!(?<=!)(?:[A-Z][a-z]|(?<=[a-z]!)[A-Z]))[{LEET}]{{0,2}}(?={_SPACED_LETTER})"
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


def undisguise(text: str) -> str:
    """The text with twins of other scripts, digits for letters and split letters put right."""
    if not text.isascii() and _NOT_LATIN_WORD.search(text):
        if _TWO_SCRIPTS.search(text):
            text = _WORD.sub(_one_script, text)
        text = _whole_twin_words(text)
    text = _IN_WORD.sub(_letter_for_sign, text)
    text = _SPLIT.sub(_joined, text) if _ENDS_SPLIT.search(text) else text
    return _SPACED.sub(_joined, text) if _ENDS_SPACED.search(text) else text


def _letter_for_sign(found: re.Match[str]) -> str:
    """The letter that digits or signs stand for, but where they belong to an address or to a code."""
    text, (start, end) = found.string, found.span()
    around = max(0, start - _AROUND), start + _AROUND
    is_code = any(code.start() < end and start < code.end() for code in _CODE.finditer(text, *around))
    return found[0] if is_code else found[0].translate(_LEET)


def _one_script(found: re.Match[str]) -> str:
    word = found[0]
    if not _TWO_SCRIPTS.search(word):
        return word
    latin = sum(letter.isascii() or "\u00c0" <= letter <= "\u024f" or letter >= "\u1e00" for letter in word)
    cyrillic_only = sum(letter in "бгджзилпфцчшщъыьэюяєґї" for letter in word.lower())
    return word.translate(_TO_LATIN if latin > cyrillic_only else _TO_CYRILLIC)


def _whole_twin_words(text: str) -> str:
    """Words of look-alike letters alone, in a text that is otherwise Latin."""
    foreign = sum(len(word) for word in _NOT_LATIN_WORD.findall(text))
    if not foreign or foreign * 5 > len(text) or foreign * 5 > sum(map(str.isalpha, text)):
        return text
    return _NOT_LATIN_WORD.sub(lambda found: found[0].translate(_TO_LATIN), text)


def _joined(found: re.Match[str]) -> str:
    return _NOT_A_LETTER.sub(PASSED_OVER, found[0])
