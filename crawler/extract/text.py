"""Bytes to text; clean, folded and absent texts; written numbers."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

import charset_normalizer
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

_UNENCODABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ABSENT = {
    "", "-", "--", "n/a", "na", "null", "none", "undefined", "[]", "{}", "unspecified", "not specified", "unavailable",
    "not available",
}  # fmt: skip
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
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        return text.replace("\x00", "")
    return _UNENCODABLE.sub(lambda found: "" if found[0] == "\x00" else "�", text)


def clean_text(text: str) -> str:
    """The text in NFC without control characters; line breaks and tabs stay."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", drop_unencodable(text)))


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


def fold(text: str) -> str:
    """A form for comparing short texts: case, width, white space and the dot of a Turkish capital I do not count."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").split())


def weight(text: str) -> int:
    """The text's length as if it were in a spaced alphabet: scripts without spaces say more with a character."""
    return len(text) + 2 * len(_DENSE.findall(text))


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
        whole = groups[0]
        # 3,000만: where people count in ten thousands, the comma parts thousands.
        parts_thousands = factor in (10_000, 100_000) and marks[0] == ","
        may_be_fraction = factor > 1000 or (factor > 1 and len(whole) == 1)
        is_open = len(marks) == 1 and (whole == "0" or (may_be_fraction and not parts_thousands))
        return None if is_open else float("".join(groups))
    if len(marks) == 1 or (marks[-1] not in marks[:-1] and all(len(group) == 3 for group in groups[1:-1])):
        return float("".join(groups[:-1]) + "." + groups[-1])
    return None


def join_places(places: Iterable[str | None]) -> str | None:
    """Several places in one line, each once."""
    return "; ".join(distinct(places)[:20]) or None


def distinct(lines: Iterable[str | None]) -> list[str]:
    """The lines that say something, each once, in their order."""
    found: dict[str, str] = {}
    for line in lines:
        if line:
            found.setdefault(fold(line), line)
    return list(found.values())


_GUESSED_ON = 20_000
"""Bytes that a guess looks at: enough for any script, and bounded."""

_CHARSETS = re.compile(
    r"(?:utf(?!.?7)|iso|cp|windows|gb|big5|hz|euc|shift|koi8|tis|mac|latin|ascii|johab|ptcp|hp|kz)[a-z0-9_-]*",
    re.IGNORECASE,
)
"""Python's codecs that stand for a charset; ``base64``, ``idna`` and their like do something else."""

_SEVEN_BIT = {"iso2022_jp", "hz"}
_WIDE = {"utf-16", "utf-16-le", "utf-16-be", "utf-32"}
"""Markup in these is full of NUL; without any, the declaration lies."""


def decode(body: bytes, encoding: str | None = None) -> str:
    """The body as text without NUL or lone surrogates; never raises.

    A byte order mark wins. Then valid UTF-8 with something beyond ASCII in it, because no other encoding looks like
    it by accident while servers often declare a wrong one. Then HTTP's charset, the page's own, and a guess.
    """
    bom_encoding, bom = read_bom(body)
    if bom_encoding and bom:
        return drop_unencodable(body[len(bom) :].decode(bom_encoding, "replace"))
    if not body.isascii():
        with suppress(UnicodeDecodeError):
            return body.decode("utf-8").replace("\x00", "")
    # The codecs that HTTP and the page itself name.
    names = (_known(encoding), _known(html_body_declared_encoding(body[:4096])))
    declared = [name for name in names if name]
    in_seven_bits = bool(declared) and (declared[0] in _SEVEN_BIT or (declared[0] in _WIDE and b"\0" in body))
    if body.isascii() and not in_seven_bits:
        return body.decode("ascii").replace("\x00", "")
    for name in declared:
        if name != "utf-8" and (text := _try(body, name)) is not None:
            return drop_unencodable(text)
    text = body.decode("utf-8", "replace")
    foreign = sum(1 for char in text[:_GUESSED_ON] if char > "\x7f")
    if declared[:1] == ["utf-8"] or text[:_GUESSED_ON].count("�") * 20 < foreign:
        return drop_unencodable(text)
    # A guess from a few letters finds Arabic in French; the Western charset is the commonest without a declaration.
    best = charset_normalizer.from_bytes(body[:_GUESSED_ON]).best() if foreign >= 40 else None
    guessed = _try(body, best.encoding) if best is not None and best.encoding not in {"ascii", "utf_8"} else None
    return drop_unencodable(body.decode("cp1252", "replace") if guessed is None else guessed)


def to_utf8(body: bytes, encoding: str | None = None) -> bytes:
    """What ``decode`` gives, as UTF-8."""
    return decode(body, encoding).encode()


@lru_cache(maxsize=64)
def _known(name: str | None) -> str | None:
    """The codec that browsers use for a declared name (gb2312 means gb18030), None for unknown ones."""
    codec = resolve_encoding(name) if name else None
    return codec if codec and _CHARSETS.fullmatch(codec) else None


def _try(body: bytes, name: str) -> str | None:
    """The text, unless more than one character in a hundred could not be read."""
    text = body.decode(name, "replace")
    return text if text.count("�") <= max(3, len(text) // 100) else None
