"""Clean, folded and absent texts, and written numbers.

Written numbers: which mark parts thousands and which begins the fraction.
"""

import re
import unicodedata
from collections.abc import Iterable

__all__ = [
    "NUMBER",
    "clean_text",
    "cut",
    "drop_unencodable",
    "first_present",
    "fold",
    "join_places",
    "one_line",
    "present",
    "read_number",
    "weight",
]

_UNENCODABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_BYTES = bytes(range(1, 128)).translate(None, bytes(range(32, 127)) + b"\t\n\r")
_ABSENT = {"", "-", "--", "n/a", "na", "null", "none", "undefined", "[]", "{}", "unspecified", "not specified"}
_NO_NUMBER = {"nan", "NaN", "NAN"}
"""As programs write it; ``Nan`` is a province of Thailand."""

_LONGEST_ABSENT = 1 + max(map(len, _ABSENT))
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SOFT_HYPHEN = "\u00ad"
"""Where a browser may break a word; nobody sees it otherwise."""

_LONGEST_LINE = 1_000
"""A title, employer or place that is longer is cut: nobody reads it, and a hostile one may be megabytes."""


def drop_unencodable(text: str) -> str:
    """The text without NUL, and with U+FFFD for lone surrogates: what can be stored and parsed."""
    if "\x00" not in text and not _has_surrogates(text):
        return text
    return _UNENCODABLE.sub(lambda found: "" if found[0] == "\x00" else "�", text)


def clean_text(text: str) -> str:
    """The text in NFC without control characters; line breaks and tabs stay."""
    text = drop_unencodable(text)
    encoded = text.encode()
    if len(encoded.translate(None, _CONTROL_BYTES)) < len(encoded):  # sooner told than by looking for them in the text
        text = _CONTROL.sub("", text)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """The text on one line with single spaces, cut where it cannot be a title or a name any more."""
    if len(text) <= _LONGEST_LINE and text.isprintable():  # then there is nothing to clean
        return unicodedata.normalize("NFC", " ".join(text.split()))
    cleaned = clean_text(text[: 20 * _LONGEST_LINE]).replace(_SOFT_HYPHEN, "")
    return cut(" ".join(cleaned.split()), _LONGEST_LINE)


def cut(text: str, length: int) -> str:
    """At most so many characters, still in NFC: a cut cannot leave half of a composed character."""
    return unicodedata.normalize("NFC", text[:length]).rstrip() if len(text) > length else text


def present(text: str | None) -> str | None:
    """The line, or None where it is empty or only says that there is nothing."""
    if text is None:
        return None
    line = one_line(text)
    return None if len(line) < _LONGEST_ABSENT and (line.casefold() in _ABSENT or line in _NO_NUMBER) else line


def first_present(*texts: str | None) -> str | None:
    """The first that says something."""
    return next((text for text in texts if text), None)


def fold(text: str) -> str:
    """A form for comparing short texts: case, width and white space do not count."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def weight(text: str) -> int:
    """The text's length as if it were in a spaced alphabet: scripts without spaces say more with a character."""
    return len(text) + 2 * len(_DENSE.findall(text))


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


NUMBER = r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,٬٫]\d{1,15}){0,5}"
"""A number in plain digits, for a pattern."""

_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,2})?")
_SPACES = re.compile(r"[ '’]")
_MARK = re.compile(r"[.,]")


def read_number(text: str, factor: int = 1) -> float | None:
    """``10.000.000``, ``10,000.50``, ``1,5`` or ``1,50,000``; None where a mark can be read in two ways.

    ``factor`` is what the number will be multiplied by: before it, three digits behind a lone mark may be a fraction.
    """
    text = _SPACES.sub("", text).replace("٬", ",").replace("٫", ".")
    if _INDIAN.fullmatch(text):
        return float(text.replace(",", ""))
    marks, groups = _MARK.findall(text), _MARK.split(text)
    if not marks:
        return float(text)
    if len(set(marks)) == 1 and 0 < len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]):
        return None if len(marks) == 1 and _may_be_fraction(groups[0], marks[0], factor) else float("".join(groups))
    if len(marks) == 1 or (marks[-1] not in marks[:-1] and all(len(group) == 3 for group in groups[1:-1])):
        return float("".join(groups[:-1]) + "." + groups[-1])
    return None


def _may_be_fraction(whole: str, mark: str, factor: int) -> bool:
    if factor in (10_000, 100_000) and mark == ",":
        # 3,000만: where people count in ten thousands, the comma parts thousands.
        return whole == "0"
    return whole == "0" or factor > 1000 or (factor > 1 and len(whole) == 1)


_MOST_PLACES = 20


def join_places(places: Iterable[str | None]) -> str | None:
    """Several places in one line, each once."""
    distinct: dict[str, str] = {}
    for place in places:
        if place:
            distinct.setdefault(fold(place), place)
    return "; ".join(list(distinct.values())[:_MOST_PLACES]) or None
