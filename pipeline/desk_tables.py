"""The tables of the review desk, as ``migrations`` makes them. Released statements are never edited."""

from typing import Final

__all__ = ["ACCOUNTS"]

ACCOUNTS: Final = (
    "UPDATE analysts SET role = 'supervisor' WHERE role = 'lead'",
    "ALTER TABLE analysts ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE sessions (
        secret_hash TEXT PRIMARY KEY,
        analyst TEXT NOT NULL REFERENCES analysts,
        session_version INTEGER NOT NULL,             -- the account's when it began; over once they differ
        started_at TEXT NOT NULL,
        seen_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX sessions_by_analyst ON sessions (analyst)",
    """CREATE TABLE sign_in_tries (
        name_key TEXT PRIMARY KEY,                    -- keyed hash of what was typed as a name
        failed INTEGER NOT NULL,
        last_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
