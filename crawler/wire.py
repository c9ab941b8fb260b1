"""One HTTP/1.1 exchange on a kept connection: aiohttp's connections and its parser, without its session.

The session's redirects, cookies, proxies and tracing are not wanted here, and cost more than the rest of an exchange.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from weakref import WeakSet

from aiohttp import BaseConnector, ClientRequest, ClientTimeout, ServerDisconnectedError, StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.connector import Connection
from aiohttp.http_parser import RawResponseMessage
from yarl import URL

from crawler.deadline import Deadline
from crawler.fetch_errors import TooLarge
from crawler.made_quickly import made_quickly

__all__ = ["Received", "Wire"]

HEADER_SIZE = 65_536
"""Bytes of one header. aiohttp's 8190 is less than some boards' content security policy."""

MOST_HEADERS = 256
MOST_INTERIM = 10
"""Answers of the kind "100 Continue" before the real one."""

NO_LIMIT = ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
"""The whole exchange has one."""


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came back, byte for byte."""

    status: int
    protocol: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    peer: IPv4Address | IPv6Address | None
    """The machine that answered."""

    latency: float
    """Seconds until the head was there."""


class Wire:
    """Exchanges over a pool of connections. Raises aiohttp's errors, ``TooLarge`` and ``TimeoutError``."""

    def __init__(self, connector: BaseConnector) -> None:
        self._connector = connector
        self._sites: dict[str, ClientRequest] = {}
        self._deadline = Deadline()
        self._kept: WeakSet[BaseProtocol] = WeakSet()
        """Connections that have answered before."""

    async def exchange(self, root: str, sent: bytes, *, largest: int, seconds: float) -> Received:
        """What a site answers; ``root`` is its scheme, host and port, ``sent`` the request as it goes over the wire.

        The connection is kept for the next exchange only after a whole answer. A server may close a kept one just as
        it is used again; then the request goes over another, as RFC 9112 (9.3.1) allows for one that changes nothing.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds) if self._deadline.is_taken else self._deadline.of(seconds):
            while True:
                connection = await self._connector.connect(self._site(root), [], NO_LIMIT)
                is_kept = connection.protocol in self._kept
                try:
                    started = loop.time()
                    message, payload = await _answer(connection, sent)
                    latency = loop.time() - started
                    peer = _peer(connection)
                    body = await _read(message, payload, largest)
                except BaseException as err:
                    connection.close()
                    if is_kept and isinstance(err, ServerDisconnectedError | ConnectionError):
                        continue
                    raise
                if connection.protocol is not None:
                    self._kept.add(connection.protocol)
                connection.release()
                break
        return Received(
            status=message.code,
            protocol=f"HTTP/{message.version.major}.{message.version.minor}",
            headers=message.raw_headers,
            body=body,
            peer=peer,
            latency=latency,
        )

    async def close(self) -> None:
        """Close the connections."""
        self._deadline.close()
        await self._connector.close()

    def _site(self, root: str) -> ClientRequest:
        """What aiohttp makes a connection from. Nothing else of it is used."""
        if root not in self._sites:
            self._sites[root] = ClientRequest("GET", URL(root, encoded=True))
        return self._sites[root]


async def _answer(connection: Connection, sent: bytes) -> tuple[RawResponseMessage, StreamReader]:
    protocol = connection.protocol
    assert protocol is not None  # it was made just now
    assert protocol.transport is not None
    protocol.set_response_params(
        read_until_eof=True,
        auto_decompress=False,
        max_line_size=HEADER_SIZE,
        max_field_size=HEADER_SIZE,
        max_headers=MOST_HEADERS,
    )
    protocol.transport.write(sent)
    for _ in range(MOST_INTERIM):
        message, payload = await protocol.read()
        if not 100 <= message.code < 200 or message.code == 101:
            break
    return message, payload


async def _read(message: RawResponseMessage, payload: StreamReader, largest: int) -> bytes:
    """The body as sent, at most so many bytes: what is larger is broken off at once."""
    expected = message.headers.get("Content-Length")
    if expected and int(expected) > largest:
        raise TooLarge(f"{expected} bytes announced, expected {largest} at most")
    parts: list[bytes] = []
    size = 0
    while part := await payload.readany():
        size += len(part)
        if size > largest:
            raise TooLarge(f"more than {largest} bytes")
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _peer(connection: Connection) -> IPv4Address | IPv6Address | None:
    peer = connection.transport.get_extra_info("peername") if connection.transport else None
    return _number(peer[0]) if peer else None


@lru_cache(maxsize=256)
def _number(written: str) -> IPv4Address | IPv6Address:
    return ip_address(written.partition("%")[0])
