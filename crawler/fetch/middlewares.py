"""What stands between the crawl and the network: scope, robots.txt and budget. No card can switch them off.

Each raises a ``Refusal`` that names the outcome of the address. They run in this order for every request, so also for
every step of a redirect.

Unpacks answers, within limits.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from isal import isal_zlib
from protego import Protego
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from crawler.ad import PageRef
from crawler.archive.http_head import last_value
from crawler.archive.warc_writer import RobotsAnswer
from crawler.extract.urls import LONGEST_ADDRESS, root_of, why_foreign, why_refused_host
from crawler.fetch.politeness import Manners
from crawler.spiders.base import SourceSpider, spider_of
from crawler.spiders.refusals import PrivateHost, Refusal

__all__ = ["BudgetMiddleware", "HeadersMiddleware", "RobotsMiddleware", "ScopeMiddleware", "UnpackMiddleware"]

T = TypeVar("T")

PRODUCT = "lurewatch"
"""The name that a robots.txt may address."""

ROBOTS_REQUEST = "robots_request"
"""Marks, in a request's ``meta``, the one for robots.txt itself."""

ROBOTS_SIZE = 1_000_000
"""Bytes. RFC 9309 asks for 500 KiB at least."""


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return spider_of(self.crawler)


class ScopeMiddleware(_Middleware):
    """Lets pass only the source's own sites, and only where their names lead to the public internet.

    A card with ``local = true`` is the reverse: its sites must be on this machine.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._hosts: dict[str, asyncio.Task[str | None]] = {}
        self._good: set[str] = set()
        """Roots of addresses that passed: the next one behind the same root can differ only in its length."""

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Raise ``Refusal`` for a foreign address; what has to be found out first is waited for."""
        root = root_of(request.url)
        is_known = root in self._good and len(request.url) <= LONGEST_ADDRESS
        return None if is_known else self._check(request, root)

    async def _check(self, request: Request, root: str) -> None:
        source = self.spider.source
        foreign = why_foreign(request.url, source.sites)
        if foreign is None:
            host = urlsplit(request.url).hostname or ""
            foreign = await _once(self._hosts, host, lambda: _why_refused(host, local=source.local))
        if foreign:
            sent_by = request.meta.get("redirect_urls")
            raise Refusal("out_of_scope", f"redirects to {request.url}: {foreign}" if sent_by else foreign)
        self._good.add(root)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one site's robots.txt allows. ``reading`` is None where it could not be read: then nothing is."""

    reading: Protego | None
    failure: str = ""
    answer: RobotsAnswer | None = None
    """What the archive says of it, beside each page."""

    def why_refused(self, address: str) -> str | None:
        if self.reading is None:
            return self.failure
        return None if self.reading.can_fetch(address, PRODUCT) else "robots.txt forbids it"

    @property
    def delay(self) -> float:
        if self.reading is None:
            return 0.0
        rate = self.reading.request_rate(PRODUCT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(by_rate, self.reading.crawl_delay(PRODUCT) or 0.0)


class RobotsMiddleware(_Middleware):
    """Obeys robots.txt as RFC 9309 says, with Crawl-delay and Request-rate.

    Stricter than Scrapy's own: a robots.txt that cannot be had because the site is down or in trouble forbids
    everything (RFC 9309, 2.3.1.4), where Scrapy's reads an error page as permission. Where there is no answer at all,
    the addresses of that site have failed in the same way.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._sites: dict[str, asyncio.Task[_Rules]] = {}
        self._read: dict[str, _Rules] = {}

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Raise ``Refusal`` for an address that the site does not want read; its robots.txt is waited for."""
        if request.meta.get(ROBOTS_REQUEST):
            return None
        rules = self._read.get(root_of(request.url))
        if rules is None:
            return self._ask(request)
        self._obey(request, rules)
        return None

    async def _ask(self, request: Request) -> None:
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        rules = await _once(self._sites, root, lambda: self._fetch(f"{root}/robots.txt"))
        self._read[root] = rules
        self._obey(request, rules)

    def _obey(self, request: Request, rules: _Rules) -> None:
        why = rules.why_refused(request.url)
        if why:
            raise Refusal("refused_by_robots", why)
        request.meta["robots"] = rules.answer

    async def _fetch(self, address: str) -> _Rules:
        request = Request(
            address,
            callback=NO_CALLBACK,
            priority=1000,
            meta={ROBOTS_REQUEST: True, "download_maxsize": ROBOTS_SIZE},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except PrivateHost:
            raise  # no robots.txt could make such a host askable
        except Refusal as err:
            return self._unread(address, err.detail)
        if response.status >= 500 or response.status == 429:
            return self._unread(address, str(response.status))
        rules = _Rules(_parse(response))
        Manners.of(self.crawler).slow_down(address, rules.delay)
        page: PageRef | None = response.meta.get("page")
        answer = RobotsAnswer(
            address=response.url, status=response.status, read_at=self.spider.clock(),
            sha256=page.sha256 if page else None, delay=rules.delay,
        )  # fmt: skip
        return replace(rules, answer=answer)

    def _unread(self, address: str, reason: str) -> _Rules:
        self.spider.note_problem(f"{address} could not be read ({reason}): nothing there was asked for")
        return _Rules(None, f"robots.txt could not be read ({reason})")


class BudgetMiddleware(_Middleware):
    """Refuses what the run can no longer afford, and counts pages."""

    def process_request(self, request: Request) -> None:
        """Raise ``Refusal`` naming the budget that is spent."""
        frontier, address = self.spider.frontier, request.meta.get("address")
        if address is None:
            return
        # Redirects and second tries copy the mark: an address is paid for once.
        is_paid = request.meta.get("is_paid", False)
        reason = frontier.at_end() if is_paid else frontier.spent()
        if address.depth > self.spider.source.budget.depth:
            reason = "depth"
        if address.url in frontier.deadly:
            raise Refusal("failed", "reading it has killed the crawl before")
        if reason:
            raise Refusal("not_inspected", reason)
        if not is_paid:
            request.meta["is_paid"] = True
            frontier.pay(address.url)


class HeadersMiddleware(_Middleware):
    """Gives a request the headers that all of a crawl's have in common, where it has none of that name."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        common = {
            **crawler.settings["DEFAULT_REQUEST_HEADERS"],
            "User-Agent": crawler.settings["USER_AGENT"],
        }
        self._common = tuple(Headers(common).items())

    def process_request(self, request: Request) -> None:
        """Add what is missing. Their names have their normal form, which ``Headers`` would give them anew each time."""
        headers = request.headers
        for name, values in self._common:
            dict.setdefault(headers, name, [*values])


async def _once(tasks: dict[str, asyncio.Task[T]], key: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What ``make`` gives, made once for a key however many ask at the same time."""
    if key not in tasks:
        tasks[key] = asyncio.create_task(make())
    return await tasks[key]


async def _why_refused(host: str, *, local: bool) -> str | None:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None  # no such host: the download then fails, and says so
    return why_refused_host(host, [str(answer[4][0]) for answer in found], local=local)


def _parse(response: Response) -> Protego:
    # RFC 9309, 2.3.1.3: where there is no robots.txt (4xx), nothing is forbidden.
    body = response.body if 200 <= response.status < 300 else b""
    return Protego.parse(body.decode("utf-8-sig", errors="replace"))


_GZIP = 31
"""zlib's number for one gzip member."""

_RESERVED = 0x20
"""The first bit of a member's flags that has no meaning (RFC 1952, 2.3.1.2): zlib refuses those, isal does not."""


class UnpackMiddleware(HttpCompressionMiddleware):
    """Scrapy's, with a short way for what nearly every server sends: one whole gzip member of an ordinary size."""

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Nothing: what may be packed stands in the headers that all requests have in common."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """The answer unpacked; raises ``IgnoreRequest`` where it is too large for that."""
        if last_value(response.headers, b"Content-Encoding") in {b"gzip", b"x-gzip"}:
            largest = request.meta.get("download_maxsize", self._max_size)
            body = _unpack(response.body, largest)
            if body is not None:
                return _unpacked(response, body)
        return super().process_response(request, response)


def _unpacked(response: Response, body: bytes) -> Response:
    """What ``response.replace`` would give, without reading the headers anew."""
    headers = Headers()
    dict.update(headers, dict.items(response.headers))
    del headers["Content-Encoding"]
    unpacked = Response(
        response.url,
        status=response.status,
        body=body,
        flags=response.flags,
        request=response.request,
        certificate=response.certificate,
        ip_address=response.ip_address,
        protocol=response.protocol,
    )
    unpacked.headers = headers
    return unpacked


def _unpack(body: bytes, largest: int) -> bytes | None:
    """The content, or None where it is broken, too large, or more than one member: Scrapy knows what to do then."""
    if len(body) < 4 or body[3] >= _RESERVED:
        return None
    unpacker = isal_zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(body, largest)
    except isal_zlib.error:  # type: ignore[misc]  # a class, whatever its stub says
        return None
    return content if unpacker.eof and not unpacker.unused_data else None
