"""Downloader middlewares for scope and budget; address guard; archive recorder.

No card can switch them off. A middleware raises a ``Refusal`` that names the outcome of the address; it runs for every
request, so also for every step of a redirect.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Headers, Response
from scrapy.resolver import HostResolution
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from crawler.archive.warc_writer import Exchange, Fact, RawHeader
from crawler.batch.journal import Address
from crawler.extract.urls import why_foreign, why_refused_host
from crawler.spiders.base import Component, PrivateHost, Refusal, SourceSpider


class ScopeMiddleware(Component):
    """Lets pass only the source's own sites. Where their names lead is the ``GuardedResolver``'s to check."""

    def process_request(self, request: Request) -> None:
        """Raise ``Refusal`` for a foreign address."""
        if foreign := why_foreign(request.url, self.spider.source.sites):
            is_redirect = "redirect_urls" in request.meta
            raise Refusal("out_of_scope", f"redirects to {request.url}: {foreign}" if is_redirect else foreign)


@implementer(IHostnameResolver)
class GuardedResolver:
    """For ``TWISTED_DNS_RESOLVER``: checks the numbers that a name leads to, and each number before a connection.

    They must be of the public internet, or with ``local = true`` in the card of this machine.

    A name can lead somewhere else each time it is looked up (DNS rebinding), so that a check before the request is not
    enough. Twisted connects to the very numbers that its resolver gives; both ends of that step are guarded, for all
    that the process asks for: pages, redirects, robots.txt and what the scripts of a rendered page want. Nothing is
    cached: each connection is made from a look-up of its own.
    """

    def __init__(self, reactor: Any, *, local: bool) -> None:
        self._reactor, self._local = reactor, local
        self._look_up = reactor.nameResolver.resolveHostName
        self._connect = reactor.connectTCP
        self._refused: dict[str, str] = {}
        """Why a number may not be connected to, as the look-up of its name said."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, local=crawler.settings.getbool("SOURCE_IS_LOCAL"))

    def install_on_reactor(self) -> None:
        """Called by Scrapy before the crawl."""
        self._reactor.installNameResolver(self)
        self._reactor.connectTCP = self._connect_if_allowed

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[Any]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Look a name up; the receiver gets all answers or, where one is refused, the refused ones alone."""
        receiver = _CheckedReceiver(resolutionReceiver, self, hostName)
        try:
            hostName.encode("idna")
        except UnicodeError:  # such as "a..b", over which Twisted's own resolver would never answer
            receiver.resolutionBegan(HostResolution(hostName))
            receiver.resolutionComplete()
            return receiver
        return self._look_up(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def checked(self, host: str, addresses: list[Any]) -> list[Any]:
        """The addresses to connect to. A refused one is given on, since a resolver cannot say why it has none: the
        attempt to connect to it fails before a socket is opened, and says it."""
        refused = []
        for address in addresses:
            if why := why_refused_host(host, [address.host], local=self._local):
                self._refused[address.host] = why
                refused.append(address)
        return refused or addresses

    def _connect_if_allowed(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        why = why_refused_host(host, [host], local=self._local)
        if why:
            raise PrivateHost(self._refused.get(host, why))
        return self._connect(host, port, *args, **kwargs)


@implementer(IResolutionReceiver)
class _CheckedReceiver:
    """Collects the answers of one look-up and gives them on when all are there."""

    def __init__(self, receiver: Any, guard: GuardedResolver, host: str) -> None:
        self._receiver, self._guard, self._host = receiver, guard, host
        self._addresses: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        self._addresses.append(address)

    def resolutionComplete(self) -> None:
        for address in self._guard.checked(self._host, self._addresses):
            self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()


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


UNPACKED_AT_MOST = 17 * 1024 * 1024
"""Bytes that are unpacked to see their end; a page that has more is refused for its size."""


class WholeBody(Component):
    """Lets no page pass whose gzip was cut off: Scrapy unpacks as much as there is, and half an ad is another ad."""

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """The response, or another try. Raises ``Refusal`` after the last one."""
        packing = (response.headers.get("Content-Encoding") or b"").lower()
        if b"gzip" not in packing or not is_cut_off(response.body):
            return response
        if again := get_retry_request(request, spider=self.spider, reason="cut off"):
            return again
        raise Refusal("failed", "ResponseDataLossError (gzip)")


def is_cut_off(packed: bytes) -> bool:
    """Whether gzip ends before its own end."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacker.decompress(packed, UNPACKED_AT_MOST)
    except zlib.error:  # something else, which whoever unpacks it names
        return False
    return bool(packed) and not unpacker.unconsumed_tail and not unpacker.eof


class WarcRecorder(Component):
    """Writes each response before any middleware has changed it, and leaves its place in the request's ``meta``."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self._response_downloaded, signal=signals.response_downloaded)

    def _response_downloaded(self, response: Response, request: Request, spider: SourceSpider) -> None:
        spider.frontier.bytes += len(response.body)
        # How the address was found, and why it could be asked for.
        facts: list[Fact] = [("source", spider.source.name)]
        address: Address | None = request.meta.get("address")
        if address:
            redirected = request.meta.get("redirect_urls")
            via = redirected[-1] if redirected else address.via or "the source's card"
            facts += [("via", via), ("hops", str(address.depth))]
        facts += request.meta.get("robots", [("robots", "not asked: this is robots.txt")])
        facts.append(("delay", f"{max(spider.source.delay, request.meta.get('robots_delay', 0.0)):g}"))
        exchange = Exchange(
            address=request.url,
            at=spider.clock(),
            request_headers=tuple(flat(request.headers)),
            status=response.status,
            protocol=response.protocol or "HTTP/1.1",
            response_headers=tuple(flat(response.headers)),
            body=response.body,
            internet_address=str(response.ip_address) if response.ip_address else None,
            facts=tuple(facts),
        )
        request.meta["page"] = spider.batch.warc.append(exchange)


def flat(headers: Headers) -> Iterator[RawHeader]:
    """Names and values, each value with its name."""
    return ((name, value) for name, values in headers.items() for value in values)
