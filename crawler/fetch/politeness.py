"""Politeness by host: delays, pauses, silence, and locks of shared crawls."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from crawler.spiders.base import Component, SourceSpider

if TYPE_CHECKING:
    from crawler.history.shared_frontier import SharedFrontier  # needs the extra redis

__all__ = ["SILENT", "HostLocks", "Politeness", "SilenceMiddleware", "retry_after"]


TOO_LONG = 600.0
"""Seconds. A host that asks for a longer pause is left alone for the rest of the run."""

BUSY = {429, 503}


class Politeness(Component):
    """Holds each host's delay at what robots.txt asks for, and pauses a host that says it is asked too much.

    A pause is put on Scrapy's download slot before the slot takes its next request.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._least: dict[str, float] = {}
        self._refused: dict[str, int] = {}
        crawler.signals.connect(self._response_downloaded, signal=signals.response_downloaded)

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The crawl's own; every crawl of ours has one."""
        found = crawler.get_extension(cls)
        if found is None:
            raise RuntimeError("the Politeness extension is not enabled")
        return found

    def slow_down(self, address: str, delay: float) -> None:
        """Leave at least so many seconds between two requests to an address's host."""
        host = urlsplit(address).hostname or ""
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
        if wait > TOO_LONG:
            self.spider.frontier.stop("pause")
            self.spider.batch.note_problem(f"{host} asked for a pause of {wait:.0f} s: the rest was left alone")
            return
        slot.delay = max(slot.delay, 0.05)  # a slot without any delay does not look at the clock
        slot.lastseen = monotonic() + wait - slot.delay


def retry_after(value: bytes | None, *, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date; None where it is not readable."""
    if not value:
        return None
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


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
    def _shared(self) -> "SharedFrontier":
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
