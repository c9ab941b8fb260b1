"""Base spider: addresses scheduled, fetched, read or refused, one outcome each.

A ``FetchResult`` goes through Scrapy's item pipeline and ends as a line of the ledger.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Self, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from crawler.ad import JobAd, PageRef
from crawler.batch.journal import Address, Role
from crawler.batch.writer import BatchWriter
from crawler.errors import READ, Outcome
from crawler.extract.page import read_page
from crawler.extract.raw import RawAd, completed
from crawler.history.frontier import Frontier
from crawler.history.revisit_policy import RevisitPolicy
from crawler.sources.card import Source


class Refusal(IgnoreRequest):
    """Raised when an address may not be asked for, from ``middlewares``; carries its outcome for the ledger."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome, self.detail = outcome, detail


class PrivateHost(Refusal):
    """Raised when a connection would lead where the source may not, from the address guard, whatever led there."""

    def __init__(self, detail: str) -> None:
        super().__init__("out_of_scope", detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """The result of one fetch of one address."""

    address: str
    """As it was found, and as the ledger names it."""

    url: str
    """The address of its ads: the fetched one, or the one that it has moved to for good."""

    seen_at: datetime
    outcome: Outcome
    detail: str = ""
    page: PageRef | None = None
    """Where the page lies in the archive."""

    found: tuple[RawAd, ...] = ()
    ads: tuple[tuple[JobAd, RawAd], ...] = ()
    """Filled by the pipelines: each new ad with its raw ad."""

    ad_ids: tuple[str, ...] = ()
    """Of every ad that the address shows, new in this run or not; filled by the pipelines where ads were found."""

    note: Mapping[str, Any] = field(default_factory=dict)
    """For the ledger, see ``crawler.history.revisit_policy``."""


AT_ONCE = 8
"""Addresses handed to Scrapy at a time; the rest waits in the frontier, where it costs next to nothing."""

MOVED_FOR_GOOD = {301, 308}

UNREAD: frozenset[Outcome] = frozenset({"refused_by_robots", "out_of_scope", "failed", "not_inspected"})

WALL = "taken for a wall"
"""In the detail of a page that came with 200 in the place of what it should be."""

NEVER_AN_AD = ("image/", "audio/", "video/", "font/", "application/pdf", "application/zip")


class SourceSpider(Spider):
    """Reads one source. A kind of source adds ``start_role`` and a ``read_<role>`` method."""

    name = "source"
    start_role: ClassVar[Role] = "page"
    keeps_versions: ClassVar[bool] = False
    """One run may see an ad at several times; each version is written."""

    follows_redirects: ClassVar[bool] = True
    largest: ClassVar[Mapping[Role, int]] = {}
    """Bytes, as sent and as unpacked, that an address of such a role may have, where a page may not."""

    def __init__(
        self,
        *,
        source: Source,
        batch: BatchWriter,
        frontier: Frontier,
        clock: Callable[[], datetime],
        revisit_policy: RevisitPolicy,
    ) -> None:
        super().__init__()
        self.source, self.batch, self.frontier, self.clock = source, batch, frontier, clock
        self.revisit_policy = revisit_policy
        self._is_whole: bool = batch.remembered.get("is_whole", True)
        """False after a listing that could not be read: the addresses it would have named are unknown."""

        self._has_added_unlisted = False
        self.close_reason: str | None = None
        self.is_broken = False
        """True when the batch itself could not be written, or nobody waits for it."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, connected to the signals of errors and idleness."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._on_spider_error, signal=signals.spider_error)  # noqa: SLF001 - our own
        crawler.signals.connect(spider._on_idle, signal=signals.spider_idle)  # noqa: SLF001 - our own
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """The first requests; the next ones follow when these are done."""
        for url in self.source.start:
            self.frontier.see(Address(url=url, role=self.start_role))
        for request in self._next_requests():
            yield request

    def read(self, response: Response) -> Iterator[FetchResult]:
        """The results of a response; the last of them is the one of its own address.

        With that one the whole response is accounted for; a crawl that is killed before reads all of it again.
        """
        address: Address = response.meta["address"]
        self.frontier.begin(address.url)
        results: Iterable[FetchResult]
        if unchanged := self.revisit_policy.unchanged(response, address):
            results = [self.result(address, "unchanged", unchanged[0], response, ad_ids=unchanged[1])]
        elif 200 <= response.status < 300:
            results = getattr(self, f"read_{address.role}")(response, address)
        else:
            results = [self.result(address, "failed", str(response.status), response)]
        own: FetchResult | None = None
        for result in results:
            if result.address == address.url:
                own = result
            else:
                yield result
        if own:
            yield own
        else:
            self.frontier.done(address.url)

    def read_page(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """The result of a page behind a link."""
        content_type = content_type_of(response)
        if content_type.lower().startswith(NEVER_AN_AD):
            yield self.result(address, "not_an_ad", content_type, response)
            return
        encoding = http_content_type_encoding(content_type)
        is_listed = self.source.lists_ads and address.role == "page"
        select = self.source.select
        reading = read_page(response.body, url=response.url, encoding=encoding, select=select, is_listed=is_listed)
        found = reading.ads
        if address.entry and not address.is_card and len(found) == 1:
            # Its identity is the feed's, so that it stays the same ad on a night when the page cannot be read.
            entry = address.entry
            found = (replace(completed(found[0], entry), identifier=entry.identifier, url=entry.url),)
        yield self.result(address, reading.outcome, _joined(reading.kind, *reading.problems), response, found=found)

    def result(
        self,
        address: Address,
        outcome: Outcome,
        detail: str = "",
        response: Response | None = None,
        *,
        found: tuple[RawAd, ...] = (),
        ad_ids: tuple[str, ...] = (),
    ) -> FetchResult:
        """A result for the pipelines. Where an address gave no ad, what led to it may stand in."""
        page, url = None, address.url
        if response:
            page = response.meta.get("page")
            steps = response.meta.get("redirect_reasons", ())
            if steps and all(step in MOVED_FOR_GOOD for step in steps):
                url = response.url  # a board that says "for now" (302, 307) may lead elsewhere tomorrow
            if response.url != address.url:
                detail = _joined(f"redirected to {response.url}", detail)
        is_page = address.role == "page"
        if not is_page and outcome not in READ and self._is_whole:
            self._is_whole = False
            self.batch.remember(is_whole=False)
        note = self.revisit_policy.note(
            response, address, is_page=is_page, is_read=outcome != "failed", at=self.clock()
        )
        if address.is_unlisted:
            detail = _joined("unlisted", detail)
        elif address.entry and self._stands_in(address, outcome, detail, note):
            says = "a teaser: only what its listing says" if address.is_card else "only what the feed says"
            detail = f"{says}; its page: {outcome}" + (f" ({detail})" if detail else "")
            outcome, found, page, url = "ad", (address.entry,), address.entry_page, address.url
        if address.depth == 0 and outcome not in READ:
            self.batch.note_problem(f"start address {address.url}: {outcome}" + (f" ({detail})" if detail else ""))
        return FetchResult(
            address=address.url,
            url=url,
            seen_at=self.clock(),
            outcome=outcome,
            detail=detail,
            page=page,
            found=found,
            ad_ids=ad_ids,
            note=note,
        )

    def whole(self, link: str, found: tuple[RawAd, ...], response: Response, detail: str) -> FetchResult:
        """The result of an address that need not be asked for: the response to another one says all of it."""
        return FetchResult(
            address=link, url=link, seen_at=self.clock(), outcome="ad", detail=detail, page=response.meta.get("page"),
            found=found,
        )  # fmt: skip

    def record_outcome(self, result: FetchResult) -> None:
        """Give the address of a written result its outcome."""
        self.batch.ledger.close(result.address, result.outcome, result.detail, ads=result.ad_ids, note=result.note)
        self.frontier.done(result.address)

    def give_up(self, reason: str) -> None:
        """End the run and leave its batch unfinished: nothing from now on counts."""
        self.is_broken = True
        self.batch.journal.suspend()
        self.frontier.stop(reason)

    def closed(self, reason: str) -> None:
        """Called by Scrapy at the end; anything but ``finished`` leaves the batch unfinished."""
        self.close_reason = reason

    def _on_idle(self) -> None:
        # Scrapy is idle: all requests so far are done with.
        if self._request_more():
            raise DontCloseSpider
        if not self.frontier.is_over():  # other workers may find addresses; Scrapy itself asks again in five seconds
            asyncio.get_running_loop().call_later(0.5, self._request_more)
            raise DontCloseSpider

    def _request_more(self) -> bool:
        requests = self._next_requests()
        for request in requests:
            self.crawler.engine.crawl(request)
        return bool(requests)

    def _next_requests(self) -> list[Request]:
        """The next requests, none at the run's end; known addresses that need none get their outcome at once."""
        requests: list[Request] = []
        while not requests:
            taken = list(self.frontier.take(AT_ONCE))
            if not taken and not self._add_unlisted():
                break
            for address in taken:
                plan = self.revisit_policy.plan(address, self.batch.ledger.lastmod_of(address.url))
                if plan.skip:
                    note = {"page": address.role}
                    self.batch.ledger.close(address.url, "unchanged", plan.skip, ads=plan.ads, note=note)
                    self.frontier.done(address.url)
                    continue
                # The frontier has made the address what Scrapy would.
                meta = {"address": address, "verbatim_url": True, "dont_redirect": not self.follows_redirects}
                if address.role in self.largest:
                    meta["download_maxsize"] = self.largest[address.role]
                requests.append(
                    Request(address.url, callback=self.read, errback=self._not_read, headers=plan.headers, meta=meta)
                )
        return requests

    def _add_unlisted(self) -> bool:
        """True where known ads that the listings left out now wait in the frontier. A listing that could not be read,
        or not to the end, does not count."""
        if self._has_added_unlisted or not self._is_whole or self.frontier.spent():
            return False
        self._has_added_unlisted = True
        unlisted = list(self.revisit_policy.unlisted(self.batch.ledger.is_seen))
        for address in unlisted:
            self.frontier.see(address)
        return bool(unlisted)

    def _stands_in(self, address: Address, outcome: Outcome, detail: str, note: Mapping[str, Any]) -> bool:
        """Whether what a feed says is the ad: not where its page was read once and is only out of reach tonight, or
        its whole text would change into the feed's few words for a night.

        What a listing says counts only for a page that nobody has read: one that is read and holds no ad is none.
        """
        if outcome in {"ad", "unchanged"}:
            return False
        is_unread = outcome in UNREAD and "removed" not in note
        if address.is_card:
            return is_unread and not self.revisit_policy.has_read(address)
        return not (is_unread or WALL in detail) or not self.revisit_policy.has_read(address)

    def _not_read(self, failure: Failure) -> Iterator[FetchResult]:
        address: Address = failure.request.meta["address"]  # type: ignore[attr-defined]  # Scrapy sets it
        match failure.value:
            case Refusal() as refusal:
                yield self.result(address, refusal.outcome, refusal.detail)
            case IgnoreRequest() as ignored:
                unpacking = "DOWNLOAD_MAXSIZE" in str(ignored)
                yield self.result(address, "failed", "too large when unpacked" if unpacking else str(ignored))
            case DownloadCancelledError():  # by DOWNLOAD_MAXSIZE
                yield self.result(address, "failed", "too large")
            case error:
                reasons = getattr(getattr(error, "__cause__", None), "reasons", ())  # those that Twisted gives
                names = ", ".join(type(reason.value).__name__ for reason in reasons)
                yield self.result(address, "failed", type(error).__name__ + (f" ({names})" if names else ""))

    def _on_spider_error(self, failure: Failure, response: Response | None) -> None:
        # A bug of ours or a page that nobody foresaw. It is counted and named, and the run goes on.
        address = response.meta["address"].url if response is not None and "address" in response.meta else None
        self.set_aside(address, failure.value)

    def set_aside(self, address: str | None, error: BaseException | None) -> None:
        """Give an address whose reading or writing failed its outcome."""
        name = type(error).__name__
        self.logger.error("reading failed: %s", name)
        if address and self.batch.ledger.is_open(address):
            self.batch.ledger.close(address, "failed", name)
            self.frontier.done(address)


class Component:
    """A component of Scrapy's that is ours: a middleware, an extension or a pipeline of one crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return cast(SourceSpider, self.crawler.spider)


def content_type_of(response: Response) -> str:
    """The response's Content-Type, empty where it has none."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
