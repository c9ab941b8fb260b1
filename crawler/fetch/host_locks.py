"""Locks of hosts: one request at a time from all machines that share a crawl."""

import asyncio
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from crawler.history.shared_frontier import SharedFrontier
from crawler.spiders.base import spider_of

__all__ = ["HostLocks"]

LOCKED = "locked_host"
"""Names, in a request's ``meta``, the host that it has locked."""


class HostLocks:
    """Locks the host of a request, and releases it after the pause that Scrapy's slot would make.

    It stands next to the downloader, so that robots.txt, redirects and second tries have a lock each.
    """

    def __init__(self, crawler: Crawler, shared: SharedFrontier) -> None:
        self._crawler, self._shared = crawler, shared

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        shared = spider_of(crawler).frontier.shared
        if shared is None:
            raise NotConfigured("this crawl is not shared")
        return cls(crawler, shared)

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
        slot = self._crawler.engine.downloader.slots.get(str(request.meta.get("download_slot", "")))
        # Also what robots.txt or the host itself asked for, which ``Politeness`` has put there.
        pause = max(slot.delay, slot.lastseen + slot.delay - monotonic()) if slot and slot.delay else 0.0
        self._shared.release_host(host, pause=pause)
