"""Politeness, never switched off: robots.txt, delays, pauses, host locks."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.ad import PageRef
from crawler.archive.warc_writer import Fact, warc_date
from crawler.history.revisit_policy import http_date
from crawler.history.shared_frontier import SharedFrontier
from crawler.spiders.base import Component, PrivateHost, Refusal, SourceSpider

PRODUCT = "lurewatch"
"""The name that a robots.txt may address."""

ROBOTS_REQUEST = "robots_request"
"""Marks, in a request's ``meta``, the one for robots.txt itself."""


@dataclass(frozen=True, slots=True)
class _Rules:
    parsed: Protego
    delay: float
    """Seconds between two requests that it asks for; 0 where it asks for none."""

    facts: tuple[Fact, ...]
    """For the archive, beside each page."""


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
        if root not in self._sites:  # asked for once, however many requests wait for it
            self._sites[root] = asyncio.create_task(self._fetch(f"{root}/robots.txt"))
        rules = await self._sites[root]
        if not rules.parsed.can_fetch(request.url, PRODUCT):
            raise Refusal("refused_by_robots", "robots.txt forbids it")
        request.meta["robots"], request.meta["robots_delay"] = rules.facts, rules.delay

    async def _fetch(self, address: str) -> _Rules:
        """The rules there. Raises ``Refusal`` where they cannot be read: then nothing is allowed."""
        request = Request(
            address,
            callback=NO_CALLBACK,
            priority=1000,
            meta={ROBOTS_REQUEST: True, "download_maxsize": 1_000_000},  # RFC 9309 asks for 500 KiB at least
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except PrivateHost:
            raise  # no robots.txt could make such a host askable
        except Refusal as err:
            raise self._unread(address, err.detail) from err
        except (IgnoreRequest, DownloadCancelledError) as err:
            raise self._unread(address, "too large, or redirects without end") from err
        if response.status >= 500 or response.status == 429:
            raise self._unread(address, str(response.status))
        # RFC 9309, 2.3.1.3: where there is no robots.txt (4xx), nothing is forbidden.
        is_there = 200 <= response.status < 300
        body = response.body if is_there else b""
        rules = Protego.parse(body.decode("utf-8-sig", errors="replace"))
        rate = rules.request_rate(PRODUCT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        delay = max(by_rate, rules.crawl_delay(PRODUCT) or 0.0)
        politeness = self.crawler.get_extension(Politeness)
        assert politeness is not None  # every crawl of ours has it
        politeness.slow_down(address, delay)
        page: PageRef | None = response.meta.get("page")
        facts = (
            ("robots", "allowed" if is_there else f"allowed: no robots.txt ({response.status})"),
            ("robots-txt", response.url),
            ("robots-txt-date", warc_date(self.spider.clock())),
            *([("robots-txt-sha256", page.sha256)] if page else []),  # its own record has the same
            ("crawl-delay", f"{delay:g}"),
        )
        return _Rules(rules, delay=delay, facts=facts)

    def _unread(self, address: str, reason: str) -> Refusal:
        self.spider.batch.note_problem(f"{address} could not be read ({reason}): nothing there was asked for")
        return Refusal("refused_by_robots", f"robots.txt could not be read ({reason})")


BUSY = {429, 503}

LONGEST_PAUSE: Final = 600.0
"""Seconds; a host that wants longer ones, by Retry-After or Crawl-delay, is left alone for the rest of the run."""


class Politeness(Component):
    """Holds each host's delay at what robots.txt asks for, and pauses a host that says it is asked too much.

    A pause is put on Scrapy's download slot before the slot takes its next request.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._least: dict[str, float] = {}
        self._refused: dict[str, int] = {}
        crawler.signals.connect(self._response_downloaded, signal=signals.response_downloaded)

    def slow_down(self, address: str, delay: float) -> None:
        """Leave at least so many seconds between two requests to an address's host."""
        host = urlsplit(address).hostname or ""
        if delay > max(LONGEST_PAUSE, self.spider.source.delay):
            self._leave_alone(host, delay)
        self._least[host] = max(delay, self._least.get(host, 0.0))
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot:
            slot.delay = max(slot.delay, delay)

    def _response_downloaded(self, response: Response, request: Request, spider: SourceSpider) -> None:
        host = str(request.meta.get("download_slot", ""))
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot is None:
            return
        # AutoThrottle has just lowered or raised it; it knows nothing of robots.txt.
        slot.delay = max(slot.delay, self._least.get(host, 0.0))
        if response.status not in BUSY:
            self._refused[host] = 0
            return
        self._refused[host] = self._refused.get(host, 0) + 1
        wait = retry_after(response.headers.get("Retry-After"), now=datetime.now(UTC))
        if wait is None:  # ten usual delays, doubled each time
            wait = 10 * max(self.spider.source.delay, 0.05) * 2.0 ** (self._refused[host] - 1)
        if wait > LONGEST_PAUSE:
            self._leave_alone(host, wait)
            return
        slot.delay = max(slot.delay, 0.05)  # a slot without any delay does not look at the clock
        slot.lastseen = monotonic() + wait - slot.delay

    def _leave_alone(self, host: str, wait: float) -> None:
        self.spider.frontier.stop("pause")
        self.spider.batch.note_problem(f"{host} asked for a pause of {wait:.0f} s: the rest was left alone")


def retry_after(value: bytes | None, *, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date; None where it is not readable."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = http_date(text)
    return max((moment - now).total_seconds(), 0.0) if moment else None


SILENT: Final = "silent"
"""Why the rest of a run was not inspected."""

IN_A_ROW: Final = 5
"""Exchanges without a whole answer in time: with a minute each, a host that hangs costs five minutes, not a night."""


class SilenceMiddleware(Component):
    """Ends the run of a source whose host no longer answers. It stands next to the network, so that it counts each try.

    Any answer, an error too, begins the count anew.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._in_a_row = 0

    def process_response(self, request: Request, response: Response) -> Response:
        """The response; the host is there."""
        self._in_a_row = 0
        return response

    def process_exception(self, request: Request, exception: Exception) -> Any:
        """Nothing; the run ends where it was one time too many."""
        if not isinstance(exception, DownloadTimeoutError):
            return
        self._in_a_row += 1
        if self._in_a_row == IN_A_ROW:
            self.spider.frontier.stop(SILENT)
            self.spider.batch.note_problem(
                f"no whole answer came in time, {IN_A_ROW} times in a row: the rest was left alone"
            )


LOCKED = "locked_host"
"""Names, in a request's ``meta``, the host that it has locked."""


class HostLocks(Component):
    """Locks the host of a request, and releases it after the pause that Scrapy's slot would make.

    It stands next to the downloader, so that robots.txt, redirects and second tries have a lock each.
    """

    @property
    def _shared(self) -> SharedFrontier:
        shared = self.spider.frontier.shared
        assert shared is not None  # or this middleware is not enabled
        return shared

    async def process_request(self, request: Request) -> None:
        """Return when no other request to the host is under way or too recent."""
        host = urlsplit(request.url).netloc
        while wait := self._shared.lock_host(host):
            await asyncio.sleep(wait)
        request.meta[LOCKED] = host

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, after its host was released."""
        self._end(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Release the host of a request that failed."""
        self._end(request)

    def _end(self, request: Request) -> None:
        host = request.meta.pop(LOCKED, None)
        if host is None:
            return
        slot = self.crawler.engine.downloader.slots.get(str(request.meta.get("download_slot", "")))
        # Also what robots.txt or the host itself asked for, which ``Politeness`` has put there.
        pause = max(slot.delay, slot.lastseen + slot.delay - monotonic()) if slot and slot.delay else 0.0
        self._shared.release_host(host, pause=pause)
