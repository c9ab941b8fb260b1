"""Rendering middleware: the DOM after scripts ran, in place of the page as served.

A page is fetched as any other. Then a browser gets the response, runs its scripts, and the document that they make
stands in for it. The browser has no network: a proxy in the crawler fetches what the scripts ask for. A filter in the
browser would not hold, since Playwright lets the redirects of a request pass unseen (docs/decisions/0009).
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

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
from twisted.internet.error import ConnectError, ConnectionClosed

from crawler.archive.warc_writer import Exchange
from crawler.fetch.middlewares import flat
from crawler.spiders.base import Component, Refusal

SCRIPT_CACHE_SIZE = 64 * 1024 * 1024
"""Bytes of scripts that are cached for a source's next pages, which mostly need the same ones."""

ASKED_FOR = {"script", "xhr", "fetch"}
"""No pictures, films, fonts, styles or frames: none of them changes what the page says in words."""

PASSED_ON = ("accept", "x-")
"""Beginnings of the names of headers that a script's request may set. Never a cookie or an authorisation."""

DROPPED_HEADERS = {
    *("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"),
    *("set-cookie", "location", "refresh", "link", "alt-svc", "strict-transport-security"),
}
"""Headers that are of the connection, or would send the browser on."""

NO_ANSWER = (
    *(IgnoreRequest, CannotResolveHostError, DownloadCancelledError, DownloadConnectionRefusedError),
    *(DownloadFailedError, DownloadTimeoutError, ResponseDataLossError),
    *(ConnectError, ConnectionClosed, OSError, ValueError),
)
"""Out of scope, refused by robots.txt, too large, or not to be had: the page has to do without."""


@dataclass(slots=True)
class _Visit:
    served: Response
    requests: int = 0
    is_open: bool = False
    """True once the browser has been given the page itself."""


class BrowserProxy(Component):
    """Gives a browser a page that was fetched already, then what its scripts may have.

    A script's request is a download like any other: through scope, robots.txt, delay, address check and archive, and
    its bytes count. It is no address of the source: it has no outcome, and no share in the budget of pages.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._scripts: dict[str, Response] = {}
        self._cached_bytes = 0

    async def open(self, page: Page, served: Response) -> None:
        """Route all requests of this page through the crawler."""
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
                    sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in flat(response.headers)}
                    headers = {name: value for name, value in sent.items() if name.lower() not in DROPPED_HEADERS}
                    await route.fulfill(status=response.status, headers=headers, body=response.body)

    async def _response_for(self, route: Route, visit: _Visit) -> Response | None:
        request = route.request
        if request.is_navigation_request():
            first, visit.is_open = not visit.is_open, True
            return visit.served if first else None
        visit.requests += 1
        ended = self.spider.frontier.at_end() or visit.requests > 100  # the scripts of one page may ask for so much
        if ended or request.resource_type not in ASKED_FOR or request.method != "GET":
            return None
        is_script = request.resource_type == "script"
        if is_script and request.url in self._scripts:
            return self._scripts[request.url]
        headers = {name: value for name, value in request.headers.items() if name.lower().startswith(PASSED_ON)}
        headers.pop("accept-encoding", None)
        download = Request(request.url, headers=headers, callback=NO_CALLBACK)
        try:
            response: Response = await self.crawler.engine.download_async(download)
        except NO_ANSWER:
            return None
        if is_script and response.status == 200 and self._cached_bytes + len(response.body) <= SCRIPT_CACHE_SIZE:
            self._scripts[request.url] = response
            self._cached_bytes += len(response.body)
        return response


PAGE_SECONDS = 150.0
"""How long one page may take, with all that its scripts ask for, politely."""

QUIET_MS = 20_000
"""How long to wait for scripts to stop asking; a page that never stops is taken as it then is."""

ROLES = {"page", "listing"}
"""Roles of addresses that are pages for people; a sitemap may be served as HTML, too."""

RENDERED = (b"X-Lurewatch-Rendered", b"the DOM after scripts had run; the page as served is an earlier record")
"""A header of ours in the archived response, so that nobody takes it for what was served."""


class RenderMiddleware(Component):
    """Puts in a page's place what its scripts make of it. Only HTML that was asked for as an address is rendered."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._proxy = BrowserProxy(crawler)
        self._handler = ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        self._lock = asyncio.Lock()
        self._numbers = count(1)
        crawler.signals.connect(self._handler.close, signal=signals.spider_closed)

    def process_request(self, request: Request) -> None:
        """Ask for the whole page, never whether it has changed: what scripts put into it changes without it."""
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The rendered page, or what came where that is no page. Raises ``Refusal`` where rendering fails."""
        address = request.meta.get("address")  # robots.txt and a script's request have none
        content_type = (response.headers.get("Content-Type") or b"").lower()
        if address is None or address.role not in ROLES or response.status // 100 != 2 or b"html" not in content_type:
            return response
        async with self._lock:
            body = await self._rendered(response)
        headers = Headers(response.headers)
        headers["Content-Type"] = "text/html; charset=utf-8"
        rendered = response.replace(body=body, headers=headers)
        exchange = Exchange(
            address=rendered.url,
            at=self.spider.clock(),
            request_headers=((b"User-Agent", self.crawler.settings["USER_AGENT"].encode()),),
            status=rendered.status,
            protocol=rendered.protocol or "HTTP/1.1",
            response_headers=(*flat(rendered.headers), RENDERED),
            body=rendered.body,
        )
        request.meta["page"] = self.spider.batch.warc.append(exchange)
        return rendered

    async def _rendered(self, response: Response) -> bytes:
        async def stand_between(page: Page, request: Request) -> None:
            await self._proxy.open(page, response)

        name = f"page-{next(self._numbers)}"
        meta = {
            "playwright": True,
            "playwright_context": name,  # each page has one of its own, so that nothing is remembered from the last
            "playwright_context_kwargs": {
                "service_workers": "block",
                "accept_downloads": False,
                "user_agent": self.crawler.settings["USER_AGENT"],
            },
            "playwright_page_init_callback": stand_between,
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
            "playwright_page_methods": [PageMethod(_until_quiet)],
        }
        try:
            visit = Request(response.url, callback=NO_CALLBACK, meta=meta)
            found = await asyncio.wait_for(self._handler.download_request(visit), PAGE_SECONDS)
        except (TimeoutError, PlaywrightError) as err:
            raise Refusal("failed", f"could not be rendered ({type(err).__name__})") from err
        finally:
            await self._leave(name)
        if not isinstance(found, TextResponse):
            raise Refusal("failed", "could not be rendered (its scripts put a file in its place)")
        return found.text.encode("utf-8")

    async def _leave(self, name: str) -> None:
        """Close the page's context; where it does not let go, the browser: the next page starts another."""
        context = self._handler.context_wrappers.get(name)
        if context is None:
            return
        try:
            await asyncio.wait_for(context.context.close(), 10)
        except (TimeoutError, PlaywrightError):
            with suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(self._handler.browser.close(), 10)


async def _until_quiet(page: Page) -> None:
    with suppress(PlaywrightError):
        await page.wait_for_load_state("networkidle", timeout=QUIET_MS)
