"""The tables of accounts, sessions and the audit log, as ``migrations`` makes them. Never edited after release."""

from typing import Final

__all__ = ["ACCOUNTS", "ACCOUNT_LANGUAGE", "AUDIT", "BY_PROVIDER", "SINGLE_KEYS"]

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

ACCOUNT_LANGUAGE: Final = ("ALTER TABLE analysts ADD COLUMN language TEXT",)  # null: as the browser asks

SINGLE_KEYS: Final = ("ALTER TABLE analysts ADD COLUMN single_keys INTEGER NOT NULL DEFAULT 1",)

BY_PROVIDER: Final = (
    "ALTER TABLE analysts ADD COLUMN by_provider INTEGER NOT NULL DEFAULT 0",  # 1: nobody knows its password
    """CREATE TABLE provider_links (
        analyst TEXT NOT NULL REFERENCES analysts,
        issuer TEXT NOT NULL,
        subject_hash TEXT NOT NULL,                   -- who that is at the provider
        since TEXT NOT NULL,
        PRIMARY KEY (analyst, issuer),
        UNIQUE (issuer, subject_hash)
    ) STRICT, WITHOUT ROWID""",
)

AUDIT: Final = (
    """CREATE TABLE audit_log (
        entry_id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        analyst TEXT REFERENCES analysts,             -- null: from the command line
        act TEXT NOT NULL,
        subject TEXT NOT NULL,
        details TEXT NOT NULL,                        -- JSON
        previous TEXT NOT NULL,                       -- the hash of the entry before
        hash TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX audit_log_by_analyst ON audit_log (analyst, entry_id)",
    "CREATE INDEX audit_log_by_subject ON audit_log (subject, entry_id)",
    """CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END""",
    """CREATE TRIGGER audit_log_lasts BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END""",
    # Also refuses INSERT OR REPLACE, which deletes without firing a delete trigger.
    """CREATE TRIGGER audit_log_is_a_chain BEFORE INSERT ON audit_log
        WHEN NEW.entry_id IS NOT (SELECT coalesce(max(entry_id), 0) + 1 FROM audit_log)
          OR NEW.previous IS NOT
             coalesce((SELECT hash FROM audit_log ORDER BY entry_id DESC LIMIT 1), printf('%064d', 0))
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to, at its end'); END""",
)
