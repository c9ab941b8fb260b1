"""An ad's words for whoever explores: read from the store one by one, and never with a contact in them."""

import sqlite3
from pathlib import Path

from crawler.ad import JobAd
from pipeline.exploring.copying import read_only
from pipeline.redaction import ad_without_contacts
from pipeline.stored_ad import read_ad, storable

__all__ = ["give_texts"]


def give_texts(connection: sqlite3.Connection, store: Path) -> None:
    """Let ``ad_title(version_id)`` and ``ad_text(version_id)`` be asked of a connection to the copy."""
    reader = read_only(store)

    def ad(version_id: object) -> JobAd | None:
        if not isinstance(version_id, int):
            return None
        row = reader.execute("SELECT record FROM ad_versions WHERE version_id = ?", [version_id]).fetchone()
        return ad_without_contacts(read_ad(row[0])) if row else None

    def title(version_id: object) -> str | None:
        found = ad(version_id)
        return storable(found.title) if found else None

    def text(version_id: object) -> str | None:
        found = ad(version_id)
        return storable(found.description) if found else None

    connection.create_function("ad_title", 1, title)
    connection.create_function("ad_text", 1, text)
