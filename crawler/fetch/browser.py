"""Browser for rendered pages: its path, its settings, its absence as an error."""

import os
import shutil
from importlib.util import find_spec
from typing import Any

from crawler.errors import CannotRender
from crawler.sources.card import Source

__all__ = ["browser_path", "check_browser", "refuse_unanswered", "render_settings"]

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
        # What our proxy does not answer is not answered.
        "PLAYWRIGHT_ABORT_REQUEST": "crawler.fetch.browser.refuse_unanswered",
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 60_000,
    }


def browser_path() -> str | None:
    """The Chromium that ``LUREWATCH_BROWSER`` names, else the first in PATH; None where there is none."""
    named = os.environ.get("LUREWATCH_BROWSER")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def refuse_unanswered(request: object) -> bool:
    """True for every request: for scrapy-playwright, which asks only about what our proxy did not answer."""
    return True
