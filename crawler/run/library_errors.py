"""Log handler for errors of libraries: class, place and address, no message."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb

import structlog

__all__ = ["LibraryErrors"]

log = structlog.get_logger()

LONGEST_ADDRESS = 300


class LibraryErrors(logging.Handler):
    """Logs an error of a library without the message, which may hold an ad's text. Of errors that are alike the first
    few are logged, and the others counted until ``finish``."""

    def __init__(self, level: int, *, source: str | None = None, most: int | None = None) -> None:
        super().__init__(level)
        self._about = {"source": source} if source else {}
        self._most = most
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
        getattr(log, level)(f"library {level}", **self._about, logger=record.name, **named)

    def finish(self) -> None:
        """Log how many more there were of each."""
        for (logger, error), count in self._counts.items():
            if self._most is not None and count > self._most:
                log.error("library errors", **self._about, logger=logger, error=error, more=count - self._most)
