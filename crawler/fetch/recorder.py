"""Archive recorder: every HTTP exchange of a crawl, written to the WARC file."""

from collections.abc import Iterator
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from crawler.archive.warc_writer import Exchange, Fact, RawHeader, RobotsAnswer, robots_facts
from crawler.history.frontier import Address
from crawler.spiders.base import SourceSpider

__all__ = ["WarcRecorder", "flat"]


class WarcRecorder:
    """Writes each response before any middleware has changed it, and leaves its place in the request's ``meta``."""

    def __init__(self, crawler: Crawler) -> None:
        crawler.signals.connect(self._response_downloaded, signal=signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

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
