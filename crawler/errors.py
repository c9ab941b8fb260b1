"""Errors of the crawler, outcomes of addresses, log handler for library errors."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any, Literal, get_args

Outcome = Literal[
    "ad", "unchanged", "listing", "not_an_ad", "refused_by_robots", "out_of_scope", "failed", "not_inspected"
]
"""``listing``: it leads to ads (a sitemap, a feed, a page of links). ``failed``: with the status or the exception.
``not_inspected``: with the budget that was spent."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
READ: frozenset[Outcome] = frozenset({"ad", "listing", "unchanged"})
"""What a listing that could be read comes to."""


class CrawlerError(Exception):
    """The base of every error that the crawler raises."""


class BadAdsFile(CrawlerError):
    """Raised when an ads file breaks the contract, from ``ads_file``; names the file, the line and the field."""


class BadOutput(CrawlerError):
    """Raised when a file would be written over an input, a folder or a symbolic link, from ``files``."""


class BadSourceCard(CrawlerError):
    """Raised when a source card cannot be used, from ``sources``; names the card, the key and what was expected."""


class SwitchedOff(CrawlerError):
    """Raised when a source is to be read that its card switches off, from ``sources``."""


class UnreviewedSource(CrawlerError):
    """Raised when a card points at a foreign host whose terms nobody has reviewed, from ``sources``."""


class NoContact(CrawlerError):
    """Raised when a foreign host would be crawled without a contact in the User-Agent, from ``fetch.settings``."""


class NoFrontier(CrawlerError):
    """Raised when the frontier that several machines share cannot be had, from ``crawl_sources`` and a worker."""


class CannotRender(CrawlerError):
    """Raised when a card asks for rendered pages and the extra or the browser is missing, from ``fetch.settings``."""


class BadBatch(CrawlerError):
    """Raised when a batch folder is missing a file or does not add up, from ``batch``."""


class InUse(CrawlerError):
    """Raised when another process does already what only one may do at a time, from ``processes``; names it."""


class BadPage(CrawlerError):
    """Raised when a page that somebody named may not or cannot be read, from ``fetch_page`` and ``sources new``."""


class NotAnAd(CrawlerError):
    """Raised when what was read has neither title nor text, from ``normalise``; names the address."""


class DamagedWarc(CrawlerError):
    """Raised when a WARC file is cut short or broken, from ``warc_reader``; carries the offset of the record."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"at byte {offset}: {reason}")
        self.offset, self.reason = offset, reason


class BadEvidence(CrawlerError):
    """Raised when evidence is missing, was changed or does not match its ad, from ``evidence`` and ``wacz``; names the
    file and the record."""


class WorkerLost(CrawlerError):
    """Raised when a process that reads ads ends before it is done, from ``map_in_order``."""


LONGEST_ADDRESS = 300


class LibraryErrors(logging.Handler):
    """Logs an error of a library without the message, which may hold an ad's text: class, place and address. Of errors
    that are alike the first few are logged, and the others counted until ``finish``."""

    def __init__(self, level: int, log: Any, *, most: int | None = None) -> None:
        """``log`` is a logger of structlog, bound to what each line is to say."""
        super().__init__(level)
        self._log, self._most = log, most
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Log it, unless enough of its like were."""
        kind, _error, trace = record.exc_info or (None, None, None)
        error = kind.__name__ if kind else None
        self._counts[record.name, error] += 1
        if self._most is not None and self._counts[record.name, error] > self._most:
            return
        frame = extract_tb(trace, limit=-1)[0] if trace else None
        request = record.args.get("request") if isinstance(record.args, Mapping) else None  # as Scrapy names it
        facts = {
            "error": error,
            "where": f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" if frame else None,
            "address": str(getattr(request, "url", ""))[:LONGEST_ADDRESS] or None,
        }
        named = {name: value for name, value in facts.items() if value is not None}
        level = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(self._log, level)(f"library {level}", logger=record.name, **named)

    def finish(self) -> None:
        """Log how many more there were of each."""
        for (logger, error), count in self._counts.items():
            if self._most is not None and count > self._most:
                self._log.error("library errors", logger=logger, error=error, more=count - self._most)
