"""Scrapy's settings for a source. Politeness is set here, once; a card can make it stricter, never looser.

Keeps Scrapy from making log lines, which hold ads and which nobody reads.
"""

import re
from importlib.metadata import version
from typing import Any

from scrapy.logformatter import LogFormatter

from crawler.errors import NoContact
from crawler.fetch.browser import render_settings
from crawler.sources.card import Source

__all__ = ["SOFTWARE", "Silence", "check_contact", "scrapy_settings"]

SOFTWARE = f"lurewatch/{version('lurewatch')}"

PAGE_SIZE = 16 * 1024 * 1024
"""Bytes, as sent and as unpacked; for a sitemap on the wire too, since those that are larger come packed."""

TIMEOUT = 60
"""Seconds for one whole exchange: a host that sends a byte a second has no more."""

CONTACT = re.compile(r"(mailto:)?[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+|https?://[^\s()<>]+", re.ASCII)


def check_contact(contact: str | None, source: Source) -> None:
    """Raise ``NoContact`` unless the source's host can tell whom to write to."""
    if contact is not None and not (contact.isascii() and CONTACT.fullmatch(contact)):
        raise NoContact("contact: expected an e-mail address or the address of a web page, found something else")
    if contact is None and not source.local and not source.reads_files:
        raise NoContact(
            f"source {source.name}: {', '.join(sorted(source.sites))} is not this machine: expected the operator's "
            "contact, which the crawler names itself with, found none"
        )


def scrapy_settings(source: Source, contact: str | None) -> dict[str, Any]:
    """Everything that differs from Scrapy's defaults."""
    return {
        **_politeness(source, contact),
        **_components(source),
        **render_settings(source),
        "DOWNLOADER": "crawler.fetch.engine.DirectDownloader",
        "SCHEDULER": "crawler.fetch.engine.DirectScheduler",
        "DOWNLOAD_MAXSIZE": PAGE_SIZE,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": TIMEOUT,
        "SOURCE_IS_LOCAL": source.local,  # ours, for the download handler
        "DOWNLOAD_HANDLERS": {
            "http": "crawler.fetch.client.Download",
            "https": "crawler.fetch.client.Download",
            **dict.fromkeys(("data", "file", "ftp", "s3")),
        },
        "RETRY_TIMES": 2,
        # Scrapy's list without the errors of its own handlers, which would load those handlers.
        "RETRY_EXCEPTIONS": [
            OSError,
            *(
                f"scrapy.exceptions.{name}"
                for name in (
                    "CannotResolveHostError",
                    "DownloadConnectionRefusedError",
                    "DownloadFailedError",
                    "DownloadTimeoutError",
                    "ResponseDataLossError",
                )
            ),
        ],
        "REDIRECT_MAX_TIMES": 5,
        "MEMUSAGE_LIMIT_MB": 4096,
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        # Its lines hold ads; ours do not.
        "LOG_ENABLED": False,
        "LOG_FORMATTER": "crawler.fetch.settings.Silence",
    }


def _politeness(source: Source, contact: str | None) -> dict[str, Any]:
    return {
        "USER_AGENT": f"{SOFTWARE} (+{contact})" if contact else SOFTWARE,
        # gzip only: any reader of the archive can unpack it.
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Encoding": "gzip",
        },
        # One at a time over all its hosts: nothing is under way that a pause or a spent budget could not stop.
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": source.delay,
        "DOWNLOAD_DELAY_JITTER": 0,  # the delay is the least there may be, not the middle
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
    }


def _components(source: Source) -> dict[str, Any]:
    """All that a request and an answer pass through. Scrapy's own lists (``_BASE``) are emptied: what they add for
    cookies, log-ins, proxies, pages that refresh and counts is not wanted, and every part costs time for each page.
    """
    return {
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.fetch.middlewares.ScopeMiddleware": 50,
            "crawler.fetch.middlewares.RobotsMiddleware": 60,
            "crawler.fetch.middlewares.BudgetMiddleware": 70,
            # A response meets it after it was unpacked, redirected and tried again.
            **({"crawler.fetch.browser.RenderMiddleware": 80} if source.render else {}),
            "crawler.fetch.middlewares.HeadersMiddleware": 500,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
            "crawler.fetch.middlewares.UnpackMiddleware": 590,
            "crawler.fetch.silence.SilenceMiddleware": 700,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        },
        # Every status reaches the spider, which accounts for it; depth and length are the frontier's.
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        # After AutoThrottle, so that ours is the last word on a delay.
        "EXTENSIONS": {
            "scrapy.extensions.memusage.MemoryUsage": 0,
            "scrapy.extensions.throttle.AutoThrottle": 0,
            "crawler.fetch.recorder.Archive": 10,
            "crawler.fetch.politeness.Manners": 20,
            "crawler.run.monitors.Progress": 30,
        },
        "ITEM_PROCESSOR": "crawler.run.stages.Stages",
        "ITEM_PIPELINES": {
            "crawler.run.stages.NormaliseStage": 100,
            "crawler.run.stages.DuplicatesStage": 200,
            "crawler.run.stages.MemoryStage": 250,
            "crawler.run.stages.WriteStage": 300,
        },
    }


class Silence(LogFormatter):
    """No line for an answer or an item; errors keep theirs."""

    def crawled(self, *_: Any) -> Any:
        """Nothing."""
        return None

    def scraped(self, *_: Any) -> Any:
        """Nothing."""
        return None
