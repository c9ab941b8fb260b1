"""The browser that renders pages: where it is, how it is started, and what is missing where it cannot be.

The one door through which a browser gets anything: the crawler itself fetches what a page's scripts ask for.

Pages that exist only after JavaScript has run, for sources whose card says ``render = true``.

A page is fetched as any other. Then a browser is given what came, runs its scripts, and what they make of the page
stands in for it. The browser itself never asks the network: Playwright lets the redirects of a request pass unseen
once it was let through, so a filter in the browser would not hold (docs/decisions/0009).
"""

import asyncio
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from typing import Any, Self

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route
from scrapy import Request, signals
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
from scrapy.http import Headers, Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from crawler.ad import PageRef
from crawler.archive.warc_writer import Exchange
from crawler.errors import CannotRender
from crawler.fetch.recorder import flat
from crawler.sources.card import Source
from crawler.spiders.base import spider_of
from crawler.spiders.refusals import Refusal

__all__ = ["BrowserDoor", "RenderMiddleware", "check_browser", "refuse", "render_settings"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

NOWHERE = {"server": "http://127.0.0.1:9", "bypass": "<-loopback>"}
"""A proxy that nobody runs: whatever slips past our own door, the browser reaches no network, this machine included."""

FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    "--no-pings",
)


def check_browser(source: Source) -> None:
    """Raise ``CannotRender`` where a source's pages need a browser and something for it is missing."""
    if not source.render:
        return
    if find_spec("scrapy_playwright") is None:
        raise CannotRender(
            f'source {source.name}: render = true needs the extra "render" (pip install "lurewatch[render]"), '
            "found no scrapy-playwright"
        )
    if _browser_path() is None:
        raise CannotRender(
            f"source {source.name}: render = true needs a browser: expected the path of a Chromium in "
            f"LUREWATCH_BROWSER or one of {', '.join(NAMES)} in PATH, found none"
        )


def render_settings(source: Source) -> dict[str, Any]:
    """Scrapy's and scrapy-playwright's settings for a source whose pages are rendered; none for any other."""
    if not source.render:
        return {}
    return {
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": _browser_path(),
            "headless": True,
            "args": list(FLAGS),
            "proxy": NOWHERE,
            # Chromium has no sandbox for root, and does not start when it is asked for one.
            "chromium_sandbox": os.geteuid() != 0,
        },
        # What the door does not answer is not answered.
        "PLAYWRIGHT_ABORT_REQUEST": "crawler.fetch.browser.refuse",
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 60_000,
    }


def _browser_path() -> str | None:
    named = os.environ.get("LUREWATCH_BROWSER")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


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


PAGE_SECONDS = 150.0
"""How long one page may take, with all that its scripts ask for, politely."""

QUIET_MS = 20_000
"""How long to wait for scripts to stop asking; a page that never stops is taken as it then is."""

ROLES = {"page", "listing"}
"""How an address is to be read, where it is a page that a person would look at."""

RENDERED = (b"X-Lurewatch-Rendered", b"the DOM after scripts had run; the page as served is an earlier record")
"""A header of ours in the archived response, so that nobody takes it for what was served."""


class RenderMiddleware:
    """Puts in a page's place what its scripts make of it. Only HTML that was asked for as an address is rendered."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._door = BrowserDoor(crawler)
        self._handler = ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        self._turn = asyncio.Lock()
        self._numbers = count(1)
        crawler.signals.connect(self._close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware; scrapy-playwright starts with the engine."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Ask for the whole page, never whether it has changed: what scripts put into it changes without it."""
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The rendered page, or what came where that is no page. Raises ``Refusal`` where rendering fails."""
        if not _is_rendered(request, response):
            return response
        async with self._turn:
            body = await self._rendered(response)
        headers = Headers(response.headers)
        headers["Content-Type"] = "text/html; charset=utf-8"
        rendered = response.replace(body=body, headers=headers)
        request.meta["page"] = self._archived(rendered)
        return rendered

    async def _rendered(self, response: Response) -> bytes:
        name = f"page-{next(self._numbers)}"
        visit = Request(response.url, callback=NO_CALLBACK, meta=self._visit_meta(response, name))
        try:
            found = await asyncio.wait_for(self._handler.download_request(visit), PAGE_SECONDS)
        except (TimeoutError, PlaywrightError) as err:
            raise Refusal("failed", f"could not be rendered ({type(err).__name__})") from err
        finally:
            await self._leave(name)
        if not isinstance(found, TextResponse):
            raise Refusal("failed", "could not be rendered (its scripts put a file in its place)")
        return found.text.encode("utf-8")

    def _visit_meta(self, response: Response, name: str) -> dict[str, Any]:
        """For scrapy-playwright. Each page has a context of its own, so that nothing is remembered from the last."""

        async def stand_between(page: Page, request: Request) -> None:
            await self._door.open(page, response)

        return {
            "playwright": True,
            "playwright_context": name,
            "playwright_context_kwargs": {
                "service_workers": "block",
                "accept_downloads": False,
                "user_agent": self._crawler.settings["USER_AGENT"],
            },
            "playwright_page_init_callback": stand_between,
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
            "playwright_page_methods": [PageMethod(_until_quiet)],
        }

    async def _leave(self, name: str) -> None:
        """Close the page's context; where it does not let go, the browser: the next page starts another."""
        kept = self._handler.context_wrappers.get(name)
        if kept is None:
            return
        try:
            await asyncio.wait_for(kept.context.close(), 10)
        except (TimeoutError, PlaywrightError):
            with suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(self._handler.browser.close(), 10)

    def _archived(self, rendered: Response) -> PageRef:
        spider = spider_of(self._crawler)
        exchange = Exchange(
            address=rendered.url,
            at=spider.clock(),
            method="GET",
            request_headers=((b"User-Agent", self._crawler.settings["USER_AGENT"].encode()),),
            status=rendered.status,
            protocol=rendered.protocol or "HTTP/1.1",
            response_headers=(*flat(rendered.headers), RENDERED),
            body=rendered.body,
        )
        return spider.batch.warc.append(exchange)

    async def _close(self) -> None:
        await self._handler.close()


def _is_rendered(request: Request, response: Response) -> bool:
    """True for a page that was read; not for robots.txt, a script's request, or a sitemap that is served as HTML."""
    address = request.meta.get("address")
    content_type = (response.headers.get("Content-Type") or b"").lower()
    return address is not None and address.role in ROLES and 200 <= response.status < 300 and b"html" in content_type


async def _until_quiet(page: Page) -> None:
    with suppress(PlaywrightError):
        await page.wait_for_load_state("networkidle", timeout=QUIET_MS)
