"""The tables, as numbered steps. A released step is never edited: what it made is already in someone's database."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database, Migrations

from pipeline import campaign_tables, desk_tables
from pipeline.errors import StoreError

__all__ = ["migrate"]

APPLICATION_ID = 0x4C555245
"""What SQLite's header says of a database of ours: ``LURE`` in ASCII."""

_steps = Migrations("lurewatch")


def migrate(db: Database, *, path: Path) -> None:
    """Bring the database to the newest step, in one transaction, or refuse it and leave it as it was.

    Two programs may open an old database at once: the second waits for the first and then finds nothing to do.
    """
    _check_ours(db, path)
    if not _steps.pending(db):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        _check_ours(db, path)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _steps.apply(db)
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _check_ours(db: Database, path: Path) -> None:
    try:
        # One look: between two, another program may make the database.
        with db.atomic():
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            found = int(db.execute("PRAGMA application_id").fetchone()[0])
            applied = [step.name for step in _steps.applied(db)]
    except sqlite3.DatabaseError as err:
        raise StoreError(f"{path}: not a readable SQLite database ({err})") from err
    if tables and found != APPLICATION_ID:
        raise StoreError(f"{path}: a SQLite database, but not one of lurewatch's; expected another --database")
    unknown = [name for name in applied if name not in _STEP_NAMES]
    if unknown:
        raise StoreError(
            f"{path}: written by a newer lurewatch: step {unknown[0]!r} is not among the {len(_STEP_NAMES)} that this "
            "one knows; expected the program to be upgraded first"
        )


@_steps()
def s0001_ads_cases_decisions(db: Database) -> None:
    """Ads and their texts, what the model said of them, the cases, and what people decided."""
    for statement in _S0001:
        db.execute(statement)


_S0001 = (
    """CREATE TABLE batches (
        batch_id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        run TEXT NOT NULL,
        started_at TEXT NOT NULL,
        ended_at TEXT NOT NULL,
        ads INTEGER NOT NULL,
        taken_at TEXT NOT NULL,
        brought TEXT NOT NULL DEFAULT '{}',           -- what was new, changed, gone: for a night that is resumed
        UNIQUE (source, run)
    ) STRICT""",
    "CREATE INDEX batches_by_start ON batches (source, started_at)",
    """CREATE TABLE ads (
        ad_id TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        url TEXT,
        first_seen_at TEXT NOT NULL,
        last_seen_at TEXT NOT NULL,
        version_id INTEGER REFERENCES ad_versions,  -- the text as last seen
        missed INTEGER NOT NULL DEFAULT 0,           -- looks at its source in a row that did not show it
        gone_at TEXT                                 -- its source no longer shows it
    ) STRICT""",
    "CREATE INDEX ads_by_source ON ads (source, last_seen_at)",
    "CREATE INDEX ads_by_version ON ads (version_id)",
    """CREATE TABLE ad_versions (
        version_id INTEGER PRIMARY KEY,
        ad_id TEXT NOT NULL REFERENCES ads,
        batch_id INTEGER REFERENCES batches,
        seen_at TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        title TEXT NOT NULL,
        language TEXT,
        record TEXT NOT NULL                          -- the JobAd, as in an ads file
    ) STRICT""",
    "CREATE INDEX ad_versions_by_ad ON ad_versions (ad_id, seen_at)",
    "CREATE INDEX ad_versions_by_fingerprint ON ad_versions (fingerprint)",
    """CREATE TABLE assessments (
        assessment_id INTEGER PRIMARY KEY,
        version_id INTEGER NOT NULL REFERENCES ad_versions,
        model_version TEXT NOT NULL,
        taxonomy_version TEXT NOT NULL,
        score REAL NOT NULL,
        kind TEXT NOT NULL,
        rule TEXT,
        assessed_at TEXT NOT NULL,
        triaged_at TEXT,                              -- null while triage has not looked at it
        record TEXT NOT NULL,                         -- the Assessment, as in a scored file
        UNIQUE (version_id, model_version, taxonomy_version)
    ) STRICT""",
    "CREATE INDEX assessments_untriaged ON assessments (assessment_id) WHERE triaged_at IS NULL",
    """CREATE TABLE cases (
        case_id INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,             -- the text as it stands now
        reason TEXT NOT NULL CHECK (reason IN ('score', 'indicator_rule', 'audit', 'resurfaced')),
        priority REAL NOT NULL,
        opened_at TEXT NOT NULL,
        version_id INTEGER NOT NULL REFERENCES ad_versions  -- the copy that stands for all
    ) STRICT""",
    "CREATE INDEX cases_by_priority ON cases (priority DESC, case_id)",
    """CREATE TABLE case_ads (
        case_id INTEGER NOT NULL REFERENCES cases,
        ad_id TEXT NOT NULL REFERENCES ads,
        joined_at TEXT NOT NULL,
        left_at TEXT,                                 -- it carries another text since
        PRIMARY KEY (case_id, ad_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE UNIQUE INDEX one_case_an_ad ON case_ads (ad_id) WHERE left_at IS NULL",
    """CREATE TABLE analysts (
        name TEXT PRIMARY KEY COLLATE NOCASE,
        role TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        active INTEGER NOT NULL,
        session_version INTEGER NOT NULL,
        added_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE decisions (
        decision_id INTEGER PRIMARY KEY AUTOINCREMENT,
        case_id INTEGER NOT NULL REFERENCES cases,
        analyst TEXT NOT NULL REFERENCES analysts,
        verdict TEXT NOT NULL CHECK (verdict IN ('trafficking_recruitment', 'job_fraud', 'irregular_recruitment',
                                                 'legitimate', 'not_an_ad', 'cannot_tell')),
        confirmed TEXT NOT NULL,
        rejected TEXT NOT NULL,
        note TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        model_version TEXT,
        score REAL,
        decided_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX decisions_by_case ON decisions (case_id, decision_id)",
    """CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
        BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END""",
    """CREATE TRIGGER decisions_last BEFORE DELETE ON decisions
        BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END""",
    # INSERT OR REPLACE deletes without firing a delete trigger on connections that did not ask for it.
    """CREATE TRIGGER decisions_are_not_replaced BEFORE INSERT ON decisions
        WHEN EXISTS (SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id)
        BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END""",
    """CREATE TABLE runs (
        run_id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL,
        ended_at TEXT,                                -- null while it runs, or after a crash
        counts TEXT NOT NULL,
        problems TEXT NOT NULL
    ) STRICT""",
    """CREATE VIEW case_states AS
        SELECT c.case_id,
               CASE WHEN d.decision_id IS NULL THEN 'open'
                    WHEN d.fingerprint = c.fingerprint THEN 'decided'
                    ELSE 'reopened' END AS state
        FROM cases c
        LEFT JOIN decisions d
          ON d.decision_id = (SELECT max(n.decision_id) FROM decisions n WHERE n.case_id = c.case_id)""",
    """CREATE VIEW queue_rows AS
        SELECT c.case_id, c.fingerprint, s.state, c.priority, c.opened_at, c.version_id,
               CASE s.state WHEN 'reopened' THEN 'resurfaced' ELSE c.reason END AS reason,
               v.title, v.language, a.source, m.score, m.kind,
               (SELECT count(*) FROM case_ads l WHERE l.case_id = c.case_id AND l.left_at IS NULL) AS copies
        FROM cases c
        JOIN case_states s ON s.case_id = c.case_id
        JOIN ad_versions v ON v.version_id = c.version_id
        JOIN ads a ON a.ad_id = v.ad_id
        LEFT JOIN assessments m
          ON m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = c.version_id)""",
)


@_steps()
def s0002_changes_and_why_gone(db: Database) -> None:
    """What each version of an ad changed, and why an ad counts as gone."""
    from pipeline.store_changes import ChangeRows  # a store opens its database through this module

    for statement in _S0002:
        db.execute(statement)
    # Version by version, so that a large database is never in memory at once.
    changes = ChangeRows(db)
    for (version_id,) in db.execute("SELECT version_id FROM ad_versions ORDER BY version_id").fetchall():
        changes.compare_version(version_id, facts=("destination", "employer", "salary", "contact"))


_S0002 = (
    "ALTER TABLE ads ADD COLUMN gone_why TEXT",
    # 1: the same page as before, read by another version of the program; its changes are no facts.
    "ALTER TABLE ad_versions ADD COLUMN is_reread INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE ad_changes (
        version_id INTEGER NOT NULL REFERENCES ad_versions,  -- the version that brought the change
        ad_id TEXT NOT NULL REFERENCES ads,
        field TEXT NOT NULL,
        fact TEXT CHECK (fact IN ('destination', 'employer', 'salary', 'contact')),  -- null: words alone
        before TEXT,                                  -- null: nothing was said, or a text that the version holds
        after TEXT,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (version_id, field)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX ad_changes_by_ad ON ad_changes (ad_id, changed_at)",
)


@_steps()
def s0003_cases_that_the_model_is_unsure_of(db: Database) -> None:
    """One more reason to open a case."""
    _edit_check(db, "cases", "'audit', 'resurfaced'", "'audit', 'uncertain', 'resurfaced'")


def _edit_check(db: Database, table: str, before: str, after: str) -> None:
    # SQLite cannot alter a CHECK, and a copy of the table would break what refers to it; editing the schema where the
    # stored rows stay as they are is the way that its documentation names ("ALTER TABLE", the last section).
    version = int(db.execute("PRAGMA schema_version").fetchone()[0])
    db.execute("PRAGMA writable_schema = ON")
    db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?", [before, after, table]
    )
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.execute("PRAGMA writable_schema = OFF")


@_steps()
def s0020_campaigns(db: Database) -> None:
    """Which ads are one campaign, and what came back after a decision."""
    for statement in campaign_tables.CAMPAIGNS:
        db.execute(statement)


@_steps()
def s0021_contacts(db: Database) -> None:
    """Which ads have a contact in common: a keyed hash to link by, and the value encrypted."""
    for statement in campaign_tables.CONTACTS:
        db.execute(statement)


@_steps()
def s0022_reposts(db: Database) -> None:
    """Ads that were removed and came again, and requirements that changed while an ad ran."""
    from pipeline.store_changes import ChangeRows

    for statement in campaign_tables.REPOSTS:
        db.execute(statement)
    _edit_check(db, "ad_changes", "'salary', 'contact')", "'salary', 'contact', 'requirement')")
    changes = ChangeRows(db)
    several = "SELECT ad_id FROM ad_versions GROUP BY ad_id HAVING count(*) > 1"
    for (version_id,) in db.execute(f"SELECT version_id FROM ad_versions WHERE ad_id IN ({several})").fetchall():  # noqa: S608
        changes.compare_version(version_id)


@_steps()
def s0025_licence_lookups(db: Database) -> None:
    """What registers of licensed agencies said of each version of an ad."""
    for statement in _S0025:
        db.execute(statement)


_S0025 = (
    """CREATE TABLE licence_lookups (
        lookup_id INTEGER PRIMARY KEY,
        version_id INTEGER NOT NULL REFERENCES ad_versions ON DELETE CASCADE,
        registers TEXT NOT NULL,                      -- which versions of which registers were asked
        result TEXT NOT NULL CHECK (result IN ('lapsed', 'other_work_or_country', 'contact_differs', 'not_found',
                                               'licensed', 'nothing_claimed')),
        looked_at TEXT NOT NULL,
        record TEXT NOT NULL,                         -- the look-up, as `registers match` writes it
        UNIQUE (version_id, registers)
    ) STRICT""",
)


@_steps()
def s0030_accounts_and_sessions(db: Database) -> None:
    """Four roles where there were two, sessions that the server can end, and failed tries to sign in."""
    for statement in desk_tables.ACCOUNTS:
        db.execute(statement)


@_steps()
def s0031_audit_log(db: Database) -> None:
    """Who saw, decided and exported what; its first entry says which decisions are older than itself."""
    from pipeline.store_audit import AuditRows  # a store opens its database through this module

    for statement in desk_tables.AUDIT:
        db.execute(statement)
    decisions = int(db.execute("SELECT coalesce(max(decision_id), 0) FROM decisions").fetchone()[0])
    AuditRows(db).record("began", by=None, at=datetime.now(UTC), decisions=decisions)


@_steps()
def s0032_desk(db: Database) -> None:
    """The queue as rows that can be filtered, counted and searched; tags, and decisions that take one back."""
    from pipeline.store_desk import DeskRows  # a store opens its database through this module

    for statement in (*desk_tables.DESK, *desk_tables.FILL_DESK):
        db.execute(statement)
    desk = DeskRows(db)
    for (version_id,) in db.execute("SELECT version_id FROM desk_rows").fetchall():
        desk.index_words(version_id)


@_steps()
def s0033_claims(db: Database) -> None:
    """Which cases are being read, and which were put off."""
    for statement in desk_tables.CLAIMS:
        db.execute(statement)


@_steps()
def s0034_cases_that_came_back(db: Database) -> None:
    """A decided case waits again where a copy brought something new."""
    for statement in campaign_tables.CAME_BACK:
        db.execute(statement)


@_steps()
def s0035_language_of_an_account(db: Database) -> None:
    """Who reads the page in which language."""
    for statement in desk_tables.ACCOUNT_LANGUAGE:
        db.execute(statement)


@_steps()
def s0040_offer_facts(db: Database) -> None:
    """What trends are counted by; the next night reads what is there."""
    for statement in desk_tables.OFFER_FACTS:
        db.execute(statement)


@_steps()
def s0055_care(db: Database) -> None:
    """How much each person wants to read in a day, and when they want a break."""
    for statement in desk_tables.CARE:
        db.execute(statement)


@_steps()
def s0056_how_offers_are_answered(db: Database) -> None:
    """By what channels offers are to be answered; the next night reads what is there."""
    for statement in desk_tables.OFFERS_REACHED:
        db.execute(statement)


_STEP_NAMES = (
    "s0001_ads_cases_decisions",
    "s0002_changes_and_why_gone",
    "s0003_cases_that_the_model_is_unsure_of",
    "s0020_campaigns",
    "s0021_contacts",
    "s0022_reposts",
    "s0025_licence_lookups",
    "s0030_accounts_and_sessions",
    "s0031_audit_log",
    "s0032_desk",
    "s0033_claims",
    "s0034_cases_that_came_back",
    "s0035_language_of_an_account",
    "s0040_offer_facts",
    "s0055_care",
    "s0056_how_offers_are_answered",
)
