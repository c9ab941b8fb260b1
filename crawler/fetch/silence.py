"""Silence of a host: no more requests after some timeouts in a row."""

from typing import Any, Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from crawler.spiders.base import spider_of

__all__ = ["SILENT", "SilenceMiddleware"]

SILENT: Final = "silent"
"""Why the rest of a run was not inspected."""

IN_A_ROW: Final = 5
"""Exchanges without a whole answer in time: with a minute each, a host that hangs costs five minutes, not a night."""


class SilenceMiddleware:
    """Ends the run of a source whose host no longer answers. It stands next to the network, so that it counts each try.

    Any answer, an error too, begins the count anew.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._in_a_row = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

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
            spider = spider_of(self._crawler)
            spider.frontier.stop(SILENT)
            spider.note_problem(f"no whole answer came in time, {IN_A_ROW} times in a row: the rest was left alone")
