"""Datasette over the open copy of a store, for browsers on this machine alone."""

import socket
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvicorn
from datasette.app import Datasette
from datasette.database import Database

from pipeline.store.open_copy import give_texts, read_only

NAME: Final = "lurewatch"
ABOUT: Final = (
    "What of the store may be seen: no contacts, names, accounts or notes. Titles and texts (case_texts, or in a query "
    "ad_title(version_id) and ad_text(version_id)) have their contacts hidden. A copy, made when the explorer was "
    "started. A score is a model's claim about an offer, never about a person."
)


class OpenCopy(Database):  # type: ignore[misc]  # Datasette has no types
    """The copy as Datasette opens it: every connection is read-only and can ask for texts without contacts."""

    def __init__(self, explorer: Datasette, copy: Path, store: Path) -> None:
        super().__init__(explorer, path=str(copy), is_mutable=False)
        self._copy, self._store = copy, store

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A new connection; nobody gets one to write."""
        if write:
            raise sqlite3.OperationalError("the explorer only reads")
        connection = read_only(self._copy, immutable=True)
        # Bytes of one value that a query makes: a text and its marks have less, and zeroblob() could have a gigabyte.
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4_000_000)
        give_texts(connection, self._store)
        self._all_file_connections.append(connection)
        return connection


def make_explorer(copy: Path, store: Path) -> Datasette:
    """The explorer over a copy of a store. Any SQL that reads may be asked: what is hidden is not in the copy."""
    explorer = Datasette(
        metadata={"title": "lurewatch explorer", "description": ABOUT},
        settings={
            "default_allow_sql": True, "allow_download": False, "sql_time_limit_ms": 5_000, "max_returned_rows": 5_000,
            "num_sql_threads": 3, "suggest_facets": False,
        },
    )  # fmt: skip
    explorer.remove_database("_memory")
    explorer.add_database(OpenCopy(explorer, copy, store), name=NAME)
    return explorer


HOSTS: Final = frozenset({b"127.0.0.1", b"localhost", b"[::1]"})
"""Names that it answers to: a page elsewhere that points its own name here gets nothing."""

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def serve(explorer: Datasette, door: socket.socket) -> None:
    """Until it is interrupted; then it comes back, so that what was made for it can be removed."""
    server = uvicorn.Server(uvicorn.Config(only_from_here(explorer.app()), log_level="warning"))
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door])


def only_from_here(application: Application) -> Application:
    """The application for requests that name this machine, and a refusal for all others."""

    async def answer(scope: Scope, receive: Any, send: Any) -> None:
        refusal = b""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            named: bytes = headers.get(b"host", b"")
            host, _, port = named.rpartition(b":")
            if (host if host and port.isdigit() else named) not in HOSTS:
                refusal = b"This server does not answer to that name."
            elif headers.get(b"sec-fetch-site") in {b"cross-site", b"same-site"}:
                # An image elsewhere would have it work for nothing.
                refusal = b"This server does not answer to other pages."
        if refusal:
            await send({"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": refusal})
        else:
            await application(scope, receive, send)

    return answer
