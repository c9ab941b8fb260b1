"""Datasette over the copy, for browsers on this machine."""

import sqlite3
from pathlib import Path
from typing import Final

from datasette.app import Datasette
from datasette.database import Database

from pipeline.exploring.copying import read_only
from pipeline.exploring.texts import give_texts

__all__ = ["NAME", "make_explorer"]

NAME: Final = "lurewatch"
ABOUT: Final = (
    "What of the store may be seen: no contacts, names, accounts or notes. Titles and texts (case_texts, or in a query "
    "ad_title(version_id) and ad_text(version_id)) have their contacts hidden. A copy, made when the explorer was "
    "started. A score is a model's claim about an offer, never about a person."
)


class OpenCopy(Database):  # type: ignore[misc]
    """The copy as Datasette opens it: every connection is read-only and can ask for texts without contacts."""

    def __init__(self, explorer: Datasette, copy: Path, store: Path) -> None:
        super().__init__(explorer, path=str(copy), is_mutable=False)
        self._copy, self._store = copy, store

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A new connection; nobody gets one to write."""
        if write:
            raise sqlite3.OperationalError("the explorer only reads")
        connection = read_only(self._copy, immutable=True)
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
