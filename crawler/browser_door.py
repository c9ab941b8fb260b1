"""The one door through which a browser gets anything: the crawler itself fetches what a page's scripts ask for."""

from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from crawler.spiders.source_spider import spider_of

__all__ = ["BrowserDoor", "refuse"]

MOST_REQUESTS = 100
"""What the scripts of one page may ask for."""

SCRIPTS_KEPT = 64 * 1024 * 1024
"""Bytes of scripts that are kept for a source's next pages, which mostly need the same ones."""

ASKED_FOR = {"script", "xhr", "fetch"}
"""No pictures, films, fonts, styles or frames: none of them changes what the page says in words."""

PASSED_ON = ("accept", "x-")
"""Beginnings of the names of headers that a script's request may set. Never a cookie or an authorisation."""

KEPT_BACK = {
    *("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"),
    *("set-cookie", "location", "refresh", "link", "alt-svc", "strict-transport-security"),
}
"""Headers that are of the connection, or would send the browser on."""

NO_ANSWER = (
    *(IgnoreRequest, CannotResolveHostError, DownloadCancelledError, DownloadConnectionRefusedError),
    *(DownloadFailedError, DownloadTimeoutError, ResponseDataLossError, OSError),
)
"""Out of scope, refused by robots.txt, too large, or not to be had: the page has to do without."""


def refuse(request: object) -> bool:
    """True for every request: for scrapy-playwright, which asks only about what the door did not answer."""
    return True


@dataclass(slots=True)
class _Visit:
    """One page in the browser."""

    served: Response
    requests: int = 0
    is_open: bool = False
    """True once the browser has been given the page itself."""


class BrowserDoor:
    """Gives a browser a page that was fetched already, then what its scripts may have.

    A script's request is a download like any other: through scope, robots.txt, delay, address check and archive, and
    its bytes count. It is no address of the source: it has no outcome, and no share in the budget of pages.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._scripts: dict[str, Response] = {}
        self._kept = 0

    async def open(self, page: Page, served: Response) -> None:
        """Stand between this page and the network."""
        visit = _Visit(served)
        await page.route_web_socket(lambda address: True, lambda socket: socket.close())
        await page.route("**", lambda route: self._answer(route, visit))

    async def _answer(self, route: Route, visit: _Visit) -> None:
        response = None
        try:
            response = await self._response_for(route, visit)
        finally:
            with suppress(PlaywrightError):  # the page was left meanwhile
                if response is None:
                    await route.abort()
                else:
                    await route.fulfill(status=response.status, headers=_for_browser(response), body=response.body)

    async def _response_for(self, route: Route, visit: _Visit) -> Response | None:
        asked = route.request
        if asked.is_navigation_request():
            first, visit.is_open = not visit.is_open, True
            return visit.served if first else None
        visit.requests += 1
        ended = spider_of(self._crawler).frontier.at_end() or visit.requests > MOST_REQUESTS
        if ended or asked.resource_type not in ASKED_FOR or asked.method != "GET":
            return None
        if asked.resource_type != "script":
            return await self._fetched(asked.url, asked.headers)
        if asked.url not in self._scripts:
            response = await self._fetched(asked.url, asked.headers)
            if response is None or response.status != 200 or self._kept + len(response.body) > SCRIPTS_KEPT:
                return response
            self._scripts[asked.url] = response
            self._kept += len(response.body)
        return self._scripts[asked.url]

    async def _fetched(self, address: str, headers: dict[str, str]) -> Response | None:
        wanted = {name: value for name, value in headers.items() if name.lower().startswith(PASSED_ON)}
        wanted.pop("accept-encoding", None)
        try:
            return await self._crawler.engine.download_async(Request(address, headers=wanted, callback=NO_CALLBACK))
        except NO_ANSWER:
            return None


def _header_pairs(headers: Headers) -> list[tuple[str, str]]:
    """Names and values, each value with its name."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values]


def _for_browser(response: Response) -> dict[str, str]:
    """The headers that a page or a script needs to be read rightly."""
    return {name: value for name, value in _header_pairs(response.headers) if name.lower() not in KEPT_BACK}
