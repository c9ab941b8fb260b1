"""Fetches for Scrapy over HTTP/1.1, by connections that are checked when they are made (``connecting``).

Whatever a server does, an answer comes back or an error with a name that the ledger can tell. Redirects, second tries
and unpacking are left to Scrapy; there is no proxy, no cookie and no log-in.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import urlsplit

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
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

from crawler.connecting import connector
from crawler.fetch_errors import (
    BadAnswer,
    CertificateRefused,
    Disconnected,
    HeadersTooLarge,
    UnusableAddress,
)
from crawler.http_head import host_and_target
from crawler.scope import root_of
from crawler.wire import Wire

__all__ = ["RAW_HEADERS", "Download"]

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
