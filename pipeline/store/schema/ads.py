"""The tables of ads, cases, decisions and look-ups, as ``migrations`` makes them. Never edited after release."""

from typing import Final

__all__ = ["ADS_CASES_DECISIONS", "CHANGES", "LICENCE_LOOKUPS"]

ADS_CASES_DECISIONS: Final = (
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

CHANGES: Final = (
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

LICENCE_LOOKUPS: Final = (
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
