"""Downloader middlewares for scope, robots.txt and budget; the archive recorder.

No card can switch them off.
Each middleware raises a ``Refusal`` that names the outcome of the address. They run in this order for every request, so
also for every step of a redirect.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from crawler.ad import PageRef
from crawler.archive.warc_writer import Exchange, Fact, RawHeader, RobotsAnswer, robots_facts
from crawler.extract.urls import why_foreign
from crawler.fetch.address_guard import why_refused_name
from crawler.fetch.politeness import Politeness
from crawler.history.frontier import Address
from crawler.spiders.base import Component, PrivateHost, Refusal, SourceSpider

__all__ = ["BudgetMiddleware", "RobotsMiddleware", "ScopeMiddleware", "WarcRecorder", "flat"]


T = TypeVar("T")

PRODUCT = "lurewatch"
"""The name that a robots.txt may address."""

ROBOTS_REQUEST = "robots_request"
"""Marks, in a request's ``meta``, the one for robots.txt itself."""

ROBOTS_SIZE = 1_000_000
"""Bytes. RFC 9309 asks for 500 KiB at least."""


class ScopeMiddleware(Component):
    """Lets pass only the source's own sites, and only where their names lead to the public internet.

    A card with ``local = true`` is the reverse: its sites must be on this machine.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._hosts: dict[str, asyncio.Task[str | None]] = {}

    async def process_request(self, request: Request) -> None:
        """Raise ``Refusal`` for a foreign address."""
        source = self.spider.source
        foreign = why_foreign(request.url, source.sites)
        if foreign is None:
            host = urlsplit(request.url).hostname or ""
            foreign = await _once(self._hosts, host, lambda: why_refused_name(host, local=source.local))
        if foreign:
            is_redirect = "redirect_urls" in request.meta
            raise Refusal("out_of_scope", f"redirects to {request.url}: {foreign}" if is_redirect else foreign)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one site's robots.txt. ``parsed`` is None where it could not be read: then nothing is allowed."""

    parsed: Protego | None
    failure: str = ""
    answer: RobotsAnswer | None = None
    """For the archive, beside each page."""

    def why_refused(self, address: str) -> str | None:
        if self.parsed is None:
            return self.failure
        return None if self.parsed.can_fetch(address, PRODUCT) else "robots.txt forbids it"

    @property
    def delay(self) -> float:
        if self.parsed is None:
            return 0.0
        rate = self.parsed.request_rate(PRODUCT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(by_rate, self.parsed.crawl_delay(PRODUCT) or 0.0)


class RobotsMiddleware(Component):
    """Obeys robots.txt as RFC 9309 says, with Crawl-delay and Request-rate.

    Stricter than Scrapy's own: a robots.txt that cannot be had because the site is down or in trouble forbids
    everything (RFC 9309, 2.3.1.4), where Scrapy's reads an error page as permission. Where there is no answer at all,
    the addresses of that site have failed in the same way.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._sites: dict[str, asyncio.Task[_Rules]] = {}

    async def process_request(self, request: Request) -> None:
        """Raise ``Refusal`` for an address that the site does not want read."""
        if request.meta.get(ROBOTS_REQUEST):
            return
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        rules = await _once(self._sites, root, lambda: self._fetch(f"{root}/robots.txt"))
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
        # RFC 9309, 2.3.1.3: where there is no robots.txt (4xx), nothing is forbidden.
        body = response.body if 200 <= response.status < 300 else b""
        rules = _Rules(Protego.parse(body.decode("utf-8-sig", errors="replace")))
        Politeness.of(self.crawler).slow_down(address, rules.delay)
        page: PageRef | None = response.meta.get("page")
        answer = RobotsAnswer(
            address=response.url, status=response.status, read_at=self.spider.clock(),
            sha256=page.sha256 if page else None, delay=rules.delay,
        )  # fmt: skip
        return replace(rules, answer=answer)

    def _unread(self, address: str, reason: str) -> _Rules:
        self.spider.batch.note_problem(f"{address} could not be read ({reason}): nothing there was asked for")
        return _Rules(None, f"robots.txt could not be read ({reason})")


class BudgetMiddleware(Component):
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


async def _once(tasks: dict[str, asyncio.Task[T]], key: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of ``make``, called once for a key however many requests wait for it at the same time."""
    if key not in tasks:
        tasks[key] = asyncio.create_task(make())
    return await tasks[key]


class WarcRecorder(Component):
    """Writes each response before any middleware has changed it, and leaves its place in the request's ``meta``."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self._response_downloaded, signal=signals.response_downloaded)

    def _response_downloaded(self, response: Response, request: Request, spider: SourceSpider) -> None:
        spider.frontier.bytes += len(response.body)
        exchange = Exchange(
            address=request.url,
            at=spider.clock(),
            method=request.method,
            request_headers=tuple(flat(request.headers)),
            status=response.status,
            protocol=response.protocol or "HTTP/1.1",
            response_headers=tuple(flat(response.headers)),
            body=response.body,
            internet_address=str(response.ip_address) if response.ip_address else None,
            facts=tuple(_facts(request, spider)),
        )
        request.meta["page"] = spider.batch.warc.append(exchange)


def _facts(request: Request, spider: SourceSpider) -> Iterator[Fact]:
    """How the address was found, and why it could be asked for."""
    address: Address | None = request.meta.get("address")
    answer: RobotsAnswer | None = request.meta.get("robots")
    yield "source", spider.source.name
    if address:
        redirected = request.meta.get("redirect_urls")
        yield "via", redirected[-1] if redirected else address.via or "the source's card"
        yield "hops", str(address.depth)
    yield from robots_facts(answer) if answer else [("robots", "not asked: this is robots.txt")]
    yield "delay", f"{max(spider.source.delay, answer.delay if answer else 0.0):g}"


def flat(headers: Headers) -> Iterator[RawHeader]:
    """Names and values, each value with its name."""
    for name, values in headers.items():
        for value in values:
            yield name, value
