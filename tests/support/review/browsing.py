"""A real browser and a real server on loopback, for tests and for the pictures in the docs."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import TcpWSGIServer, create_server
from waitress.wasyncore import dispatcher

from web_acts import PASSWORD

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
NOTE = Path(__file__).parents[3] / ".venv" / ".browser"
# Quiet: a browser that looks for updates has no place in a test.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def browser_path() -> str | None:
    """The browser that ``make test`` found or installed, or one on this machine."""
    named = os.environ.get("LUREWATCH_BROWSER") or (NOTE.read_text().strip() if NOTE.is_file() else None)
    return named or shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def enter(page: Page, name: str, password: str = PASSWORD, *, at: str = "/sign-in") -> None:
    """Sign in by the form, in whatever language it stands, and arrive where it leads.

    ``at`` is the address that one wants to see; the form stands there until one has signed in.
    """
    page.goto(at)
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    # A click returns before the next page is there, so each act that leads on waits for it.
    with page.expect_navigation():
        page.locator("main form button").click()


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The app's address while it is served on a free port of this machine."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    loop = threading.Thread(target=server.run, daemon=True)
    loop.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        _end(server, loop)


def _end(server: TcpWSGIServer, loop: threading.Thread) -> None:
    """First whoever answers, then the loop that listens, and only then what they used: nobody meets a closed door."""
    server.task_dispatcher.shutdown(timeout=10)
    assert not server.task_dispatcher.threads, "somebody still answers, and would wake the loop by a closed door"
    doors: list[dispatcher] = []

    def leave() -> None:
        doors.extend(server._map.values())
        server._map.clear()  # which ends the loop

    # This may run before the trigger is written to: whoever answered last has pulled it too, and the loop awakes by
    # either. So it closes nothing. The number of a closed door may be somebody else's already, who would get the byte.
    server.trigger.pull_trigger(leave)
    loop.join(timeout=10)
    assert not loop.is_alive(), "the loop still listens"
    for door in doors:
        door.close()
