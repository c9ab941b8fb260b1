"""Heads of HTTP messages: what a request for an address begins with, and headers as an archive holds them. Pure."""

from collections.abc import Iterable
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from crawler.extract.urls import root_of

__all__ = ["RawHeader", "end_to_end", "host_and_target", "is_packed", "last_value", "status_line"]

RawHeader = tuple[bytes, bytes]
"""A name and a value as they went over the wire."""

HOP_BY_HOP = {"transfer-encoding", "content-length", "connection", "keep-alive"}
"""Headers of the connection, not of the page: the body in an archive is already whole."""

_LONG = 500
"""Bytes of a header's value; longer ones are not kept in mind."""


def host_and_target(address: str) -> tuple[str, str]:
    """What stands in a request's ``Host`` header, and the path and query in its first line."""
    root = root_of(address)
    target = address[len(root) :]
    if target and target.isascii() and target.isprintable() and "#" not in target and target[-1] != "?":
        return _host(root), target
    parts = urlsplit(address)
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@lru_cache(maxsize=256)
def _host(root: str) -> str:
    return urlsplit(root).netloc


def end_to_end(headers: Iterable[RawHeader]) -> bytes:
    """The headers that belong to the page, a line each. A board's are mostly the same ones on each page."""
    return b"".join(
        [_line(name, value) if len(value) < _LONG else _line.__wrapped__(name, value) for name, value in headers]
    )


@lru_cache(maxsize=512)
def _line(name: bytes, value: bytes) -> bytes:
    said, text = name.decode("latin-1"), value.decode("latin-1")  # which keeps every byte
    if said.lower() in HOP_BY_HOP:
        return b""
    # A bare line break inside a value would break the record apart.
    text = text if text.isprintable() else " ".join(text.split())
    return f"{said}: {text}\r\n".encode("latin-1")


def last_value(headers: dict[Any, Any], name: bytes) -> bytes | None:
    """What ``get`` of Scrapy's headers gives for a name in the form that they keep it in (``Content-Type``)."""
    values: list[bytes] | None = dict.get(headers, name)
    return values[-1] if values else None


def is_packed(headers: Iterable[RawHeader]) -> bool:
    """True where the body is packed."""
    return any(name.lower() == b"content-encoding" for name, _ in headers)


@cache
def status_line(protocol: str, status: int) -> bytes:
    """The first line of an answer."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"{protocol} {status} {phrase}".rstrip().encode("latin-1", "replace") + b"\r\n"
