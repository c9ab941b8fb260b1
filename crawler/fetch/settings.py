"""Scrapy settings of a source, and the browser for rendered pages.

A card makes politeness stricter, never looser. Scrapy's own engine, scheduler, downloader and pipelines run the crawl;
what makes it fast stands here (docs/decisions/0081).
"""

import os
import shutil
from importlib.util import find_spec
from typing import Any, Final

from crawler.archive.warc_writer import SOFTWARE
from crawler.errors import CannotRender, NoContact
from crawler.sources.card import Source, is_contact

PAGE_SIZE = 16 * 1024 * 1024
"""Bytes, as sent and as unpacked; a sitemap may have more."""

TIMEOUT = 60
"""Seconds for one whole exchange: a host that sends a byte a second has no more."""


def check_contact(contact: str | None, source: Source) -> None:
    """Raise ``NoContact`` unless the source's host can tell whom to write to."""
    if contact is not None and not is_contact(contact):
        raise NoContact("contact: expected an e-mail address or the address of a web page, found something else")
    if contact is None and not source.local and not source.reads_files:
        raise NoContact(
            f"source {source.name}: {', '.join(sorted(source.sites))} is not this machine: expected the operator's "
            "contact, which the crawler names itself with, found none"
        )


def scrapy_settings(source: Source, contact: str | None, *, is_shared: bool = False) -> dict[str, Any]:
    """Everything that differs from Scrapy's defaults; ``is_shared`` where several machines read the source."""
    user_agent = f"{SOFTWARE} (+{contact})" if contact else SOFTWARE
    # A response is rendered after it was unpacked, redirected and tried again.
    rendering = {"crawler.fetch.rendering.RenderMiddleware": 80} if source.render else {}
    locks = {"crawler.fetch.politeness.HostLocks": 900} if is_shared else {}
    return {
        **FOR_ALL,
        **render_settings(source),
        "SOURCE_IS_LOCAL": source.local,  # ours, for the resolver
        "DOWNLOAD_TIMEOUT": TIMEOUT,
        "USER_AGENT": user_agent,  # for the browser
        # gzip only: any reader of the archive can unpack it.
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Encoding": "gzip",
            "User-Agent": user_agent,
        },
        "DOWNLOAD_DELAY": source.delay,
        "AUTOTHROTTLE_ENABLED": source.delay > 0,  # a board on this machine may have none
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, source.delay),  # or it would lower a card's longer delay
        # Over all hosts of the source: nothing is under way that a pause or a spent budget could not stop.
        "CONCURRENT_REQUESTS": source.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": source.concurrency,
        "DOWNLOADER_MIDDLEWARES": MIDDLEWARES | rendering | locks,
    }


MIDDLEWARES: Final = {
    "crawler.fetch.middlewares.ScopeMiddleware": 50,
    "crawler.fetch.politeness.RobotsMiddleware": 60,
    "crawler.fetch.middlewares.BudgetMiddleware": 70,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "crawler.fetch.middlewares.WholeBody": 595,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "crawler.fetch.politeness.SilenceMiddleware": 700,
}
"""All that a request and a response of any source pass through."""

FOR_ALL: Final = {
    "TWISTED_DNS_RESOLVER": "crawler.fetch.middlewares.GuardedResolver",
    "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
    "DOWNLOAD_MAXSIZE": PAGE_SIZE,
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_DELAY_JITTER": 0,  # the delay is the least there may be, not the middle
    "RETRY_GIVE_UP_LOG_LEVEL": "INFO",  # the ledger names it
    "REDIRECT_MAX_TIMES": 5,
    "MEMUSAGE_LIMIT_MB": 4096,
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    "LOG_ENABLED": False,  # its lines hold ads; ours do not
    # By default one page after another: fetched, read and written before the next is asked for.
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 0,  # no request starts while a response is read
    "CONCURRENT_ITEMS": 1,  # the result at a response's own address closes it, after all others
    # The frontier has no address twice and hands out a few at a time: a plain queue, no fingerprints.
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
    "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    # Scrapy's own lists are emptied: cookies, log-ins, proxies, pages that refresh and counts are not wanted, and each
    # costs time for each page. Every status reaches the spider, which accounts for it; depth and length are the
    # frontier's.
    "DOWNLOADER_MIDDLEWARES_BASE": {},
    "SPIDER_MIDDLEWARES_BASE": {},
    "EXTENSIONS_BASE": {},
    # After AutoThrottle, so that ours is the last word on a delay.
    "EXTENSIONS": {
        "scrapy.extensions.memusage.MemoryUsage": 0,
        "scrapy.extensions.throttle.AutoThrottle": 0,
        "crawler.fetch.middlewares.WarcRecorder": 10,
        "crawler.fetch.politeness.Politeness": 20,
        "crawler.run.worker.Progress": 30,
    },
    "ITEM_PIPELINES": {"crawler.run.pipelines.ResultPipeline": 100},
}


NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

NOWHERE = {"server": "http://127.0.0.1:9", "bypass": "<-loopback>"}
"""A proxy that nobody runs: a request that slips past our own proxy reaches no network, nor this machine."""

FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    "--no-pings",
)


def check_browser(source: Source) -> None:
    """Raise ``CannotRender`` where a source's pages need a browser and something for it is missing."""
    if not source.render:
        return
    if find_spec("scrapy_playwright") is None:
        raise CannotRender(
            f'source {source.name}: render = true needs the extra "render" (pip install "lurewatch[render]"), '
            "found no scrapy-playwright"
        )
    if browser_path() is None:
        raise CannotRender(
            f"source {source.name}: render = true needs a browser: expected the path of a Chromium in "
            f"LUREWATCH_BROWSER or one of {', '.join(NAMES)} in PATH, found none"
        )


def render_settings(source: Source) -> dict[str, Any]:
    """Scrapy's and scrapy-playwright's settings for a source whose pages are rendered; none for any other."""
    if not source.render:
        return {}
    return {
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": browser_path(),
            "headless": True,
            "args": list(FLAGS),
            "proxy": NOWHERE,
            # Chromium has no sandbox for root, and does not start when it is asked for one.
            "chromium_sandbox": os.geteuid() != 0,
        },
        "PLAYWRIGHT_ABORT_REQUEST": lambda request: True,  # what our proxy does not answer is not answered
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 60_000,
    }


def browser_path() -> str | None:
    """The Chromium that ``LUREWATCH_BROWSER`` names, else the first in PATH; None where there is none."""
    named = os.environ.get("LUREWATCH_BROWSER")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)
