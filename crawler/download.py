"""Fetches for Scrapy over HTTP/1.1 with aiohttp: a tenth of the processor time of Scrapy's own, and every connection
goes through ``connecting``.

Whatever a server does, an answer comes back or an error with a name that the ledger can tell. Redirects, second tries
and unpacking are left to Scrapy; there is no proxy, no cookie and no log-in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http_exceptions import LineTooLong
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

from crawler.connecting import connector
from crawler.fetch_errors import (
    BadAnswer,
    CertificateRefused,
    Disconnected,
    HeadersTooLarge,
    TooLarge,
    UnusableAddress,
)
from crawler.spiders.source_spider import spider_of

__all__ = ["RAW_HEADERS", "Download"]

RAW_HEADERS = "raw_headers"
"""In a request's ``meta``: the answer's headers as they came, for the archive. Scrapy's own forget order and case."""

HEADER_SIZE = 65_536
"""Bytes of one header. aiohttp's 8190 is less than some boards' content security policy."""

MOST_HEADERS = 256


class Download(BaseDownloadHandler):
    """The download handler of http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._largest = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._longest = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._session = aiohttp.ClientSession(
            connector=connector(local=spider_of(crawler).source.local),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            response_class=_Answer,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            timeout=aiohttp.ClientTimeout(total=self._longest),
            max_line_size=HEADER_SIZE,
            max_field_size=HEADER_SIZE,
            max_headers=MOST_HEADERS,
        )

    async def download_request(self, request: Request) -> Response:
        """The answer; raises one of ``fetch_errors``, a named error of Scrapy's, or ``PrivateHost``."""
        started = monotonic()
        with _named(request.url):
            asked = self._session.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.body or None,
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in _flat(request.headers)],
                allow_redirects=False,
            )
            async with asked as answer:
                request.meta["download_latency"] = monotonic() - started
                body = await _read(answer, request.meta.get("download_maxsize", self._largest))
        request.meta[RAW_HEADERS] = answer.raw_headers
        return Response(
            request.url,
            status=answer.status,
            headers=Headers(answer.raw_headers),
            body=body,
            ip_address=answer.peer if isinstance(answer, _Answer) else None,
            protocol=f"HTTP/{answer.version.major}.{answer.version.minor}" if answer.version else None,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


class _Answer(aiohttp.ClientResponse):
    """Keeps the number of the machine that answered, which aiohttp forgets with the connection."""

    peer: IPv4Address | IPv6Address | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        self.peer = ip_address(peer[0].partition("%")[0]) if peer else None
        return await super().start(connection)


async def _read(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    """The body as sent, at most so many bytes: what is larger is broken off at once."""
    expected = answer.content_length
    if expected is not None and expected > largest:
        raise TooLarge(f"{expected} bytes announced, expected {largest} at most")
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > largest:
            raise TooLarge(f"more than {largest} bytes")
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _flat(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    for name, values in headers.items():
        for value in values:
            yield name, value


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
    except aiohttp.ClientResponseError as err:
        raise (HeadersTooLarge if isinstance(_root(err), LineTooLong) else BadAnswer)(str(err)) from err
    except aiohttp.ClientConnectionError as err:
        raise Disconnected(str(err)) from err
    except (aiohttp.ClientError, ValueError) as err:
        raise UnusableAddress(f"{address}: {err}") from err


def _root(err: BaseException) -> BaseException:
    while err.__cause__ is not None:
        err = err.__cause__
    return err
