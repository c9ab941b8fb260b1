"""In which encoding a file of text is written."""

import codecs
from typing import BinaryIO

import charset_normalizer

__all__ = ["find_encoding"]

_GUESSED_ON = 20_000
"""Bytes with letters beyond ASCII that a guess looks at: enough for any script, and bounded."""


def find_encoding(file: BinaryIO) -> tuple[str, bool]:
    """The file's encoding, and whether it is only a guess; the file is left at its start.

    A byte order mark wins, then UTF-8 if the whole file is valid in it, since no other encoding looks so by accident.
    """
    head = file.read(4096)
    file.seek(0)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name, False
    for name, nul in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(nul) > 4 and nul.count(0) * 10 > len(nul) * 4:
            return name, True
    foreign = _foreign_lines(file)
    file.seek(0)
    if foreign is None:
        return "utf-8", False
    best = charset_normalizer.from_bytes(foreign).best()
    # What is wide was told by its mark or its zeros above; lines of it alone only look so.
    is_usable = best is not None and best.encoding != "ascii" and not best.encoding.startswith("utf")
    return (best.encoding if best and is_usable else "cp1252"), True


def _foreign_lines(file: BinaryIO) -> bytes | None:
    """Some of the lines with bytes beyond ASCII, where the file is not UTF-8; None where it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    foreign, is_utf8 = b"", True
    while chunk := file.read(1 << 20):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            is_utf8 = False
        if not chunk.isascii() and len(foreign) < _GUESSED_ON:
            foreign += b"".join(line for line in chunk.splitlines(keepends=True) if not line.isascii())[:_GUESSED_ON]
        if not is_utf8 and len(foreign) >= _GUESSED_ON:
            return foreign
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return None if is_utf8 else foreign
