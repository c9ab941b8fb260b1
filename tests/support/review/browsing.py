"""A real browser and a real server on loopback, for tests and for the pictures in the docs."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from waitress.server import TcpWSGIServer, create_server
from waitress.wasyncore import dispatcher

from web_acts import PASSWORD

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 800}
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


def let_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Sign in with a request of the window's own, without its pages."""
    asked = page.context.request
    token = asked.get("/sign-in").text().split('name="csrf_token" value="')[1].split('"')[0]
    form = {"name": name, "password": password, "csrf_token": token}
    assert asked.post("/sign-in", form=form, max_redirects=0).status == 302


class Windows:
    """Two windows of a browser, one that runs scripts and one that runs none, for one test after another.

    To open one takes as long as ten pages. Each test finds its own app behind the one address, nobody signed in, and
    whom it has listen is gone with it.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser, self._opened = browser, dict[bool, Page]()
        self._app: Flask | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.address = self._stack.enter_context(serve(self))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert self._app is not None  # no window is open before
        return self._app(environ, start_response)

    @contextmanager
    def open(self, app: Flask, *, size: ViewportSize = WIDE, has_scripts: bool = True, **heard: Any) -> Iterator[Page]:
        """The window before its first page of this app; ``heard`` are listeners by their events."""
        self._app = app
        if has_scripts not in self._opened:
            context = self._browser.new_context(base_url=self.address, java_script_enabled=has_scripts)
            self._stack.callback(context.close)
            context.set_default_timeout(20_000)
            self._opened[has_scripts] = context.new_page()
        page = self._opened[has_scripts]
        page.set_viewport_size(size)
        for event, listener in heard.items():
            page.on(event, listener)
        yield page
        for event, listener in heard.items():
            page.remove_listener(event, listener)
        page.goto("about:blank")
        page.context.clear_cookies()


@contextmanager
def serve(app: Callable[..., Any]) -> Iterator[str]:
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
