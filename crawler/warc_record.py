"""WARC 1.1 records as bytes, each a gzip member of its own (ISO 28500:2017). Pure functions; ``warc`` writes them.

Ours because two records a page through a general library cost more time than fetching the page.
"""

import hashlib
import zlib
from collections.abc import Iterable
from uuid import uuid4

__all__ = ["Header", "digest_of", "member", "new_record_id", "pack"]

Header = tuple[str, str]

_GZIP = 31
"""zlib's number for a gzip member with the largest window."""


def new_record_id() -> str:
    """A name that no other record has."""
    return f"<urn:uuid:{uuid4()}>"


def digest_of(data: bytes) -> str:
    """The SHA-256 as a WARC header has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def member(kind: str, headers: Iterable[Header], block: bytes, *, is_packed: bool = False) -> bytes:
    """One record. A block that is packed already is stored as it is: packing it twice saves a sixteenth of its size
    for twenty times the work."""
    named = [
        ("WARC-Type", kind),
        *headers,
        ("WARC-Block-Digest", digest_of(block)),
        ("Content-Length", str(len(block))),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in named).encode("utf-8", "replace")
    return pack(b"WARC/1.1\r\n%b\r\n" % head, block, level=0 if is_packed else 6)


def pack(head: bytes, block: bytes, *, level: int = 6) -> bytes:
    """A record as a gzip member of its own; ``head`` ends with its empty line."""
    return zlib.compress(b"%b%b\r\n\r\n" % (head, block), level, _GZIP)
