"""Keeps Scrapy from making log lines, which hold ads and which nobody reads."""

from typing import Any

from scrapy.logformatter import LogFormatter

__all__ = ["Silence"]


class Silence(LogFormatter):
    """No line for an answer or an item; errors keep theirs."""

    def crawled(self, *_: Any) -> Any:
        """Nothing."""
        return None

    def scraped(self, *_: Any) -> Any:
        """Nothing."""
        return None
