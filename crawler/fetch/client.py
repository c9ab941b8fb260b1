"""One HTTP/1.1 exchange on a kept connection: aiohttp's connections and its parser, without its session.

The session's redirects, cookies, proxies and tracing are not wanted here, and cost more than the rest of an exchange.

Connections to addresses that may be asked, and to no others: a name is looked up once and each answer is checked.

A name can lead somewhere else each time it is looked up (DNS rebinding). So what is checked here is what is connected
to: the answers of the one look-up that a connection is made from, and once more the number that a socket is opened for.

Fetches for Scrapy over HTTP/1.1, by connections that are checked when they are made (``connecting``).

Whatever a server does, an answer comes back or an error with a name that the ledger can tell. Redirects, second tries
and unpacking are left to Scrapy; there is no proxy, no cookie and no log-in.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from aiohttp import BaseConnector, ClientRequest, ClientTimeout, ServerDisconnectedError, StreamReader
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.base_protocol import BaseProtocol
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import RawResponseMessage
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from yarl import URL

from crawler.archive.http_head import host_and_target
from crawler.extract.urls import root_of, why_refused_host
from crawler.fetch.deadline import Deadline
from crawler.fetch.errors import BadAnswer, CertificateRefused, Disconnected, HeadersTooLarge, TooLarge, UnusableAddress
from crawler.made_quickly import made_quickly
from crawler.spiders.refusals import PrivateHost

__all__ = ["RAW_HEADERS", "Download", "Lookup", "Received", "Wire", "connector", "look_up"]

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


Answer = tuple[int, int, int, str, tuple[Any, ...]]
"""As ``getaddrinfo`` has it: family, type, protocol, canonical name, socket address."""

Lookup = Callable[[str, int], Awaitable[Sequence[Answer]]]


async def look_up(host: str, port: int) -> Sequence[Answer]:
    """What the system's resolver says; raises ``OSError`` where it knows no such name."""
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


def connector(*, local: bool, lookup: Lookup = look_up) -> aiohttp.TCPConnector:
    """A pool of connections, at most one a host, for a source on this machine (``local``) or for foreign ones."""

    def checked_socket(answer: Any) -> socket.socket:
        family, kind, protocol, _, (number, *_) = answer
        _refuse(str(number), [str(number)], local=local)
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=_CheckedResolver(lookup, local=local),
        socket_factory=checked_socket,
        use_dns_cache=False,  # each new connection is made from a look-up of its own
        limit=4,
        limit_per_host=1,
        keepalive_timeout=30,
    )


class _CheckedResolver(AbstractResolver):
    def __init__(self, lookup: Lookup, *, local: bool) -> None:
        self._lookup, self._local = lookup, local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every answer, or ``PrivateHost`` where one of them leads where the source may not."""
        found = await self._lookup(host, port)
        _refuse(host, [str(answer[4][0]) for answer in found], local=self._local)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
            if family in {socket.AF_UNSPEC, kind}
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def _refuse(host: str, numbers: list[str], *, local: bool) -> None:
    why = why_refused_host(host, numbers, local=local)
    if why:
        raise PrivateHost(why)


RAW_HEADERS = "raw_headers"
"""In a request's ``meta``: the answer's headers as they came, for the archive. Scrapy's own forget order and case."""


class Download(BaseDownloadHandler):
    """The download handler of http and https."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._largest = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._wire = Wire(connector(local=crawler.settings.getbool("SOURCE_IS_LOCAL")))

    async def download_request(self, request: Request) -> Response:
        """The answer; raises one of ``fetch_errors``, a named error of Scrapy's, or ``PrivateHost``."""
        largest = request.meta.get("download_maxsize", self._largest)
        with _named(request.url):
            root, sent = _written(request)
            received = await self._wire.exchange(root, sent, largest=largest, seconds=self._seconds)
        request.meta["download_latency"] = received.latency
        request.meta[RAW_HEADERS] = received.headers
        response = Response(
            request.url,
            status=received.status,
            body=received.body,
            ip_address=received.peer,
            protocol=received.protocol,
        )
        response.headers = _headers(received.headers)
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()


def _headers(received: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The same as ``Headers(received)``; a board's headers have the same names on each page."""
    headers = Headers()
    for name, value in received:
        dict.setdefault(headers, _titled(name), []).append(value)
    return headers


@lru_cache(maxsize=1024)
def _titled(name: bytes) -> bytes:
    return name.title()


def _written(request: Request) -> tuple[str, bytes]:
    """Scheme, host and port; and the request as it goes over the wire. Raises ``ValueError`` where it cannot be."""
    host, target = host_and_target(request.url)
    lines = [f"{request.method} {target} HTTP/1.1".encode("ascii"), b"Host: " + host.encode("ascii")]
    lines += [name + b": " + value for name, values in dict.items(request.headers) for value in values]
    if request.body:
        lines.append(b"Content-Length: %d" % len(request.body))
    head = b"\r\n".join(lines)
    if not head.count(b"\r") == head.count(b"\n") == len(lines) - 1:
        raise ValueError("expected headers of one line each, found a line break inside one")
    return _site(root_of(request.url)), b"%b\r\n\r\n%b" % (head, request.body)


@lru_cache(maxsize=256)
def _site(root: str) -> str:
    parts = urlsplit(root)
    if not parts.hostname:
        raise ValueError("expected a host, found none")
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def _named(address: str) -> Iterator[None]:
    """Gives aiohttp's errors the names that the ledger tells and that decide on a second try."""
    try:
        yield
    except TimeoutError as err:
        raise DownloadTimeoutError(f"{address}: no whole answer in time") from err
    except aiohttp.ClientConnectorCertificateError as err:
        raise CertificateRefused(str(err)) from err
    except aiohttp.ClientConnectorDNSError as err:
        raise CannotResolveHostError(str(err)) from err
    except aiohttp.ClientConnectorError as err:
        raise DownloadConnectionRefusedError(str(err)) from err
    except aiohttp.ClientPayloadError as err:
        raise ResponseDataLossError(str(err)) from err
    except HttpProcessingError as err:
        raise (HeadersTooLarge if isinstance(_root(err), LineTooLong) else BadAnswer)(str(err)) from err
    except aiohttp.ClientConnectionError as err:
        raise Disconnected(str(err)) from err
    except (aiohttp.ClientError, ValueError) as err:
        raise UnusableAddress(f"{address}: {err}") from err


def _root(err: BaseException) -> BaseException:
    while err.__cause__ is not None:
        err = err.__cause__
    return err
