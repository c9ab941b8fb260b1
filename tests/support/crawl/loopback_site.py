"""A web site on this machine for tests: real sockets, invented pages, and a log of what was asked for, when."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Answer:
    body: bytes | str = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Asked:
    path: str
    headers: dict[str, str]
    started: float
    ended: float


Page = Answer | Callable[[], Answer]


class Site:
    """Pages by path, to be filled by the test; ``{site}`` in a text stands for the site's own address."""

    def __init__(self, pages: dict[str, Page] | None = None, *, tls: SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = dict(pages or {})
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.connections = 0
        self.hangs_up = False
        """True for a site that ends the connection after each answer."""
        self._now_open = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str) -> Answer:
        page = self.pages.get(path, Answer(status=404, body="<p>No such page.</p>"))
        return page if isinstance(page, Answer) else page()

    @contextmanager
    def logged(self, path: str, headers: dict[str, str]) -> Iterator[None]:
        started = time.monotonic()
        with self._lock:
            self._now_open += 1
            self.most_at_once = max(self.most_at_once, self._now_open)
        try:
            yield
        finally:
            with self._lock:
                self._now_open -= 1
                self.asked.append(Asked(path=path, headers=headers, started=started, ended=time.monotonic()))


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms for a delayed acknowledgement

        def setup(self) -> None:
            site.connections += 1
            super().setup()

        def do_GET(self) -> None:
            with site.logged(self.path, dict(self.headers)):
                answer = site.answer(self.path)
            body = answer.body
            if isinstance(body, str):
                body = body.replace("{site}", site.url).encode()
            headers = {name: value.replace("{site}", site.url) for name, value in answer.headers.items()}
            if _is_fresh(headers, dict(self.headers)):
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(answer.status)
            for name, value in ({"Content-Type": answer.type, "Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            if site.hangs_up:
                self.send_header("Connection", "close")
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the crawler had enough of it

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _is_fresh(answered: dict[str, str], asked: dict[str, str]) -> bool:
    """Whether a server that honours conditions would answer 304."""
    validators = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
    return any(name in answered and answered[name] == asked.get(condition) for name, condition in validators)
