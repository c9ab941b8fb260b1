"""Bytes of a page to text, whatever they claim to be."""

import re
from functools import lru_cache

from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from crawler.extract.text import drop_unencodable

__all__ = ["decode", "to_utf8"]

_ENOUGH_TO_GUESS = 40
_GUESSED_ON = 20_000
"""Bytes that a guess looks at: enough for any script, and bounded."""


def decode(body: bytes, encoding: str | None = None) -> str:
    """The body as text without NUL or lone surrogates; never raises.

    A byte order mark wins. Then valid UTF-8 with something beyond ASCII in it, because no other encoding looks like
    it by accident while servers often declare a wrong one. Then HTTP's charset, the page's own, and a guess.
    """
    bom_encoding, bom = read_bom(body)
    if bom_encoding and bom:
        return drop_unencodable(body[len(bom) :].decode(bom_encoding, "replace"))
    declared = _known(encoding) or _known(html_body_declared_encoding(body[:4096]))
    if not (body.isascii() and _declares_seven_bits(body, encoding)):
        try:
            return drop_unencodable(body.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    for name in (_known(encoding), _known(html_body_declared_encoding(body[:4096]))):
        if name and name != "utf-8":
            text = _try(body, name)
            if text is not None:
                return drop_unencodable(text)
    return drop_unencodable(_guess(body, declared))


def to_utf8(body: bytes, encoding: str | None = None) -> bytes:
    """What ``decode`` gives, as UTF-8: mostly the body itself, which is then not copied."""
    page = body.removeprefix(_UTF8_MARK)
    if _is_utf8_anyway(body, encoding):
        try:
            page.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return page
    return decode(body, encoding).encode()


def _is_utf8_anyway(body: bytes, encoding: str | None = None) -> bool:
    """Whether ``decode`` takes the body for UTF-8 even where it is broken, and leaves nothing out but a byte order
    mark: then a part of it can be read alone."""
    if body.startswith(_MARKS) or b"\0" in body:
        return False
    if body.startswith(_UTF8_MARK):
        return True
    declared = {_known(encoding), _known(html_body_declared_encoding(body[:4096]))} - {None}
    return declared == {"utf-8"}


def _declares_seven_bits(body: bytes, encoding: str | None) -> bool:
    name = _known(encoding) or _known(html_body_declared_encoding(body[:4096]))
    return name in _SEVEN_BIT or (name in _WIDE and b"\0" in body)


_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_CHARSETS = re.compile(
    r"(?:utf(?!.?7)|iso|cp|windows|gb|big5|hz|euc|shift|koi8|tis|mac|latin|ascii|johab|ptcp|hp|kz)[a-z0-9_-]*",
    re.IGNORECASE,
)
"""Python's codecs that stand for a charset; ``base64``, ``idna`` and their like do something else."""

_SEVEN_BIT = {"iso2022_jp", "hz"}
_WIDE = {"utf-16", "utf-16-le", "utf-16-be", "utf-32"}
"""Markup in these is full of NUL; without any, the declaration lies."""


@lru_cache(maxsize=64)
def _known(name: str | None) -> str | None:
    """The codec that browsers use for a declared name (gb2312 means gb18030), None for unknown ones."""
    codec = resolve_encoding(name) if name else None
    return codec if codec and _CHARSETS.fullmatch(codec) else None


def _try(body: bytes, name: str) -> str | None:
    """The text, unless more than one character in a hundred could not be read."""
    text = body.decode(name, "replace")
    return text if text.count("�") <= max(3, len(text) // 100) else None


def _guess(body: bytes, declared: str | None) -> str:
    import charset_normalizer  # few pages leave their charset open

    text = body.decode("utf-8", "replace")
    foreign = sum(1 for char in text[:_GUESSED_ON] if char > "\x7f")
    if declared == "utf-8" or text[:_GUESSED_ON].count("�") * 20 < foreign:
        return text
    # A guess from a few letters finds Arabic in French; the Western charset is the commonest without a declaration.
    best = charset_normalizer.from_bytes(body[:_GUESSED_ON]).best() if foreign >= _ENOUGH_TO_GUESS else None
    if best is not None and best.encoding not in {"ascii", "utf_8"}:
        guessed = _try(body, best.encoding)
        if guessed is not None:
            return guessed
    return body.decode("cp1252", "replace")
