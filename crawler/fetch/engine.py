"""Scrapy's engine on a shorter way: one request at a time, stages and middlewares of ours, which wait for little.

Scrapy's own way takes each page through a dozen deferreds, six tasks and a priority queue, which costs as much time as
reading the ad. What is left out here is only that: every middleware, stage, signal with a listener, slot and delay has
its turn as before (docs/decisions/0007). It leans on inner parts of Scrapy, hence the narrow version in pyproject.toml.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from http import HTTPStatus
from inspect import isawaitable, signature
from time import monotonic
from typing import Any

from pydispatch.dispatcher import getAllReceivers, liveReceivers
from scrapy import Request, Spider, signals
from scrapy.core.downloader import Downloader, Slot
from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.core.engine import ExecutionEngine
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager
from twisted.python.failure import Failure

from crawler.extract.urls import root_of

__all__ = ["DirectCrawler", "DirectDownloader", "DirectScheduler"]

log = logging.getLogger(__name__)


class DirectCrawler(Crawler):
    """A crawl of one spider, for ``AsyncCrawlerProcess.crawl``."""

    def __init__(self, spider: type[Spider], settings: Settings) -> None:
        super().__init__(spider, settings)
        self.signals: SignalManager = _Signals(self)

    def _create_engine(self) -> ExecutionEngine:
        return _Engine(self, lambda _: self.stop_async())


class _Signals(SignalManager):
    """Tells each listener what it asks for, found out once; nothing where nobody listens."""

    def __init__(self, sender: object) -> None:
        super().__init__(sender)
        self._listeners: dict[object, list[_Listener]] = {}

    def connect(self, receiver: Any, signal: Any, **kwargs: Any) -> None:
        self._listeners.clear()
        super().connect(receiver, signal, **kwargs)

    def disconnect(self, receiver: Any, signal: Any, **kwargs: Any) -> None:
        self._listeners.clear()
        super().disconnect(receiver, signal, **kwargs)

    def send_catch_log(self, signal: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        listeners = self._of(signal)
        if signal not in _EVERY_PAGE:
            return super().send_catch_log(signal, **kwargs) if listeners else []
        for listener in listeners:
            try:
                listener(kwargs)
            except Exception:
                log.exception("a listener failed")
        return []

    async def send_catch_log_async(self, signal: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        if signal in _EVERY_PAGE:
            return self.send_catch_log(signal, **kwargs)
        return await super().send_catch_log_async(signal, **kwargs) if self._of(signal) else []

    def _of(self, signal: object) -> list["_Listener"]:
        if signal not in self._listeners:
            found = liveReceivers(getAllReceivers(self.sender, signal))
            self._listeners[signal] = [_listener(receiver) for receiver in found]
        return self._listeners[signal]


_EVERY_PAGE = (signals.response_downloaded, signals.request_left_downloader, signals.item_scraped)
"""Sent for each page. Their listeners are ours and AutoThrottle, plain functions whose answer nobody waits for."""

_Listener = Callable[[dict[str, Any]], object]


def _listener(receiver: Callable[..., object]) -> _Listener:
    wanted = signature(receiver).parameters.values()
    if any(each.kind is each.VAR_KEYWORD for each in wanted):
        return lambda said: receiver(**said)
    names = tuple(each.name for each in wanted)
    return lambda said: receiver(**{name: said[name] for name in names if name in said})


class _Engine(ExecutionEngine):
    """Sees one request after another through: fetched, read, its looks taken through the stages.

    A spider that is idle is asked for more requests before it is told so by a signal: its ``go_on`` says whether there
    are any.
    """

    downloader: "DirectDownloader"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._under_way: set[asyncio.Task[None]] = set()

    def _start_scheduled_request(self) -> bool:
        request = self._take()
        if request is None:
            return False
        task = asyncio.get_running_loop().create_task(self._work(request))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return True

    def _take(self) -> Request | None:
        slot = self._slot
        assert slot is not None  # Scrapy calls this only while the spider is open
        request = slot.scheduler.next_request()
        if request is not None:
            slot.add_request(request)
            # At once, not when it is asked for: by this no second request starts and the spider is not idle.
            self.downloader.active.add(request)
        return request

    async def _work(self, request: Request | None) -> None:
        slot = self._slot
        assert slot is not None
        try:
            while request is not None:
                await self._see_through(request)
                request = self._following()
        finally:
            slot.nextcall.schedule()

    def _following(self) -> Request | None:
        """The next request, where one may start; otherwise Scrapy finds out what is to be done instead."""
        if self._slot is None or self._slot.closing is not None or self.paused or self.needs_backout():
            return None
        request = self._take()
        return self._take() if request is None and self.spider_is_idle() and self._has_more() else request

    def _spider_idle(self) -> None:
        if not self._has_more():
            super()._spider_idle()

    def _has_more(self) -> bool:
        try:
            return bool(self.spider.go_on())  # type: ignore[union-attr]
        except Exception:
            log.exception("the spider could not go on")
            return False

    async def _see_through(self, request: Request) -> None:
        slot = self._slot
        assert slot is not None
        try:
            result: Response | Request | Failure
            try:
                result = await self.downloader.fetch_direct(request)
            except Exception:  # noqa: BLE001 - whatever it is, the spider gives it an outcome
                result = Failure()  # type: ignore[no-untyped-call]
            if isinstance(result, Request):  # a redirect or a second try
                self.crawl(result)
            else:
                await self._read(result, request)
        finally:
            slot.remove_request(request)

    async def _read(self, result: Response | Failure, request: Request) -> None:
        reading = self.scraper.slot
        assert reading is not None
        reading.active.add(request)
        try:
            for look in self._looks(result, request):
                await self.scraper.start_itemproc_async(look, response=result)
        except Exception:  # noqa: BLE001 - a page that nobody foresaw: counted, named, and the run goes on
            failure = Failure()  # type: ignore[no-untyped-call]
            self.scraper.handle_spider_error(failure, request, result)
        finally:
            reading.active.discard(request)

    def _looks(self, result: Response | Failure, request: Request) -> Iterable[Any]:
        if isinstance(result, Failure):
            result.request = request  # type: ignore[attr-defined]
            assert request.errback is not None  # our spiders' requests have both
            found = request.errback(result)
        else:
            result.request = result.request or request
            assert callable(request.callback)
            found = request.callback(result)
        yield from found


class DirectDownloader(Downloader):
    """Scrapy's downloader, in which a request that is alone in its slot waits by itself, no longer than it must."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.handlers = _Handlers(crawler)
        self.middleware = _Middlewares(*self.middleware.middlewares, crawler=crawler)
        self._keys: dict[str, str] = {}

    def get_slot_key(self, request: Request) -> str:
        """The slot's name: the host, unless the request names another."""
        if self.DOWNLOAD_SLOT in request.meta:
            return super().get_slot_key(request)
        root = root_of(request.url)
        if root not in self._keys:
            self._keys[root] = super().get_slot_key(request)
        return self._keys[root]

    async def fetch_direct(self, request: Request) -> Response | Request:
        """The answer after all middlewares, or the request that is to follow it; raises what they raise.

        The request is ``active`` already, and no longer afterwards.
        """
        try:
            return await self.middleware.download_async(self._enqueue_request, request)
        finally:
            self.active.remove(request)

    async def _enqueue_request(self, request: Request) -> Response:
        key = self.get_slot_key(request)
        slot = self.slots.get(key) or self._get_slot(request)[1]
        if slot.latercall or slot.queue or slot.active:
            return await super()._enqueue_request(request)
        request.meta[self.DOWNLOAD_SLOT] = key
        slot.active.add(request)
        try:
            # A pause may be put on the slot while it waits.
            while (wait := slot.lastseen + slot.download_delay() - monotonic()) > 0:
                await asyncio.sleep(wait)
            slot.lastseen = monotonic()
            return await self._download(slot, request)
        finally:
            slot.active.remove(request)

    def _process_queue(self, slot: Slot) -> None:
        # Without this a timer is set for requests that never come, and the next one goes the long way because of it.
        if slot.queue:
            super()._process_queue(slot)


class _Handlers(DownloadHandlers):
    """Finds a request's handler by the first letters of its address, once it was asked for."""

    def download_request_async(self, request: Request) -> Coroutine[Any, Any, Response]:
        handler = self._handlers.get(request.url.partition(":")[0])
        return handler.download_request(request) if handler else super().download_request_async(request)


class _Middlewares(DownloaderMiddlewareManager):
    """Asks each middleware in turn, without a coroutine around those that wait for nothing."""

    def __init__(self, *middlewares: object, crawler: Crawler) -> None:
        super().__init__(*middlewares, crawler=crawler)
        self._of_answers = [*self.methods["process_response"]]
        self._of_pages = [method for method in self._of_answers if not isinstance(_owner(method), _FOR_OTHER_ANSWERS)]

    async def _process_request(
        self, request: Request, download_func: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response | Request:
        for method in self.methods["process_request"]:
            assert method is not None  # only a spider middleware's may be
            found = method(request=request)
            if found is not None:
                found = await found if isawaitable(found) else found
                if found is not None:
                    return found  # type: ignore[no-any-return]
        return await download_func(request)

    async def _process_response(self, response: Response | Request, request: Request) -> Response | Request:
        is_page = isinstance(response, Response) and response.status == HTTPStatus.OK
        for method in self._of_pages if is_page else self._of_answers:
            if isinstance(response, Request):
                break
            assert method is not None
            response = method(request=request, response=response)
            if not isinstance(response, Response) and isawaitable(response):
                response = await response
        return response


_FOR_OTHER_ANSWERS = (RetryMiddleware, RedirectMiddleware)
"""They let every answer pass whose status is 200."""


def _owner(method: object) -> object:
    return getattr(method, "__self__", None)


class DirectScheduler(BaseScheduler):
    """First in, first out; a redirect goes first, as it does with Scrapy's. What is to come waits in the frontier."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()

    def has_pending_requests(self) -> bool:
        """True while a request waits."""
        return bool(self._waiting)

    def enqueue_request(self, request: Request) -> bool:
        """True: the frontier has no address twice, and nothing is dropped here."""
        if request.priority > 0:
            self._waiting.appendleft(request)
        else:
            self._waiting.append(request)
        return True

    def next_request(self) -> Request | None:
        """The request whose turn it is."""
        return self._waiting.popleft() if self._waiting else None
