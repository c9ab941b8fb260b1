"""Serves the explorer to browsers on this machine, and to no page that comes by another name."""

import signal
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import uvicorn
from datasette.app import Datasette

__all__ = ["HOSTS", "only_from_here", "open_port", "serve"]

HOSTS: Final = frozenset({b"127.0.0.1", b"localhost", b"[::1]"})
"""Names that it answers to: a page elsewhere that points its own name here gets nothing."""

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def open_port(port: int) -> socket.socket:
    """A port of this machine's own address, which nobody else can reach; 0 for any that is free."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    door.listen()  # whoever comes before the server is ready waits
    return door


def serve(explorer: Datasette, door: socket.socket) -> None:
    """Until it is interrupted or told to end; then it comes back, so that what was made for it can be removed."""
    signal.signal(signal.SIGTERM, _leave)
    server = uvicorn.Server(uvicorn.Config(only_from_here(explorer.app()), log_level="warning"))
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door])


def only_from_here(application: Application) -> Application:
    """The application for requests that name this machine, and a refusal for all others."""

    async def answer(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and _host(scope) not in HOSTS:
            await send({"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"This server does not answer to that name."})
            return
        await application(scope, receive, send)

    return answer


def _host(scope: Scope) -> bytes:
    named: bytes = dict(scope["headers"]).get(b"host", b"")
    host, _, port = named.rpartition(b":")
    return host if host and port.isdigit() else named


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
