"""The tables of the review desk, as ``migrations`` makes them. Released statements are never edited."""

from typing import Final

__all__ = [
    "CAMPAIGN_SIZES", "CARE", "CLAIMS", "DESK", "DESK_NOW_BY_CASE", "FILL_DESK", "OFFERS_REACHED", "OFFER_FACTS",
]  # fmt: skip

_ROW = (
    "case_id", "fingerprint", "version_id", "state", "waiting", "priority", "opened_at", "reason", "lane", "title",
    "language", "source", "country", "place", "employer", "score", "kind", "copies", "analyst", "decided_at",
)  # fmt: skip
_SINGLE_FACETS = {
    "lane": "lane", "standing": "state", "reason": "reason", "kind": "kind", "source": "source", "language": "language",
    "country": "country", "place": "place", "employer": "employer", "analyst": "analyst",
}  # fmt: skip
"""Facets of which a case has one value, and the column that holds it."""

# A record that holds half a character is all escapes; SQLite would make of it text that nobody can read.
_OF_RECORD = "CASE WHEN instr(v.record, '\\ud') = 0 THEN substr(trim(json_extract(v.record, '$.{}')), 1, 200) END"


def _desk_now(standing: str, joined: str) -> str:
    return f"""CREATE VIEW desk_now AS
    SELECT c.case_id, c.fingerprint, c.version_id, s.state,
           s.state <> 'decided' OR coalesce({standing} IN ('awaited', 'disagreed'), 0) AS waiting,
           c.priority, c.opened_at,
           CASE s.state WHEN 'reopened' THEN 'resurfaced' ELSE c.reason END AS reason,
           CASE WHEN {standing} = 'awaited' THEN 'second_opinion'
                WHEN {standing} = 'disagreed' THEN 'disagreement'
                WHEN s.state = 'reopened' OR c.reason = 'resurfaced' THEN 'resurfaced'
                WHEN c.reason = 'audit' THEN 'audit'
                WHEN json_extract(m.record, '$.kinds.job_fraud')
                   > json_extract(m.record, '$.kinds.trafficking_recruitment') THEN 'job_fraud'
                ELSE 'trafficking_recruitment' END AS lane,
           v.title, v.language, a.source, {_OF_RECORD.format("country")} AS country,
           {_OF_RECORD.format("job_location")} AS place, {_OF_RECORD.format("hiring_organization")} AS employer,
           m.score, m.kind,
           (SELECT count(*) FROM case_ads l WHERE l.case_id = c.case_id AND l.left_at IS NULL) AS copies,
           CASE WHEN {standing} IS NOT 'awaited' THEN d.analyst END AS analyst, d.decided_at
    FROM cases c
    JOIN case_states s ON s.case_id = c.case_id
    JOIN ad_versions v ON v.version_id = c.version_id
    JOIN ads a ON a.ad_id = v.ad_id
    LEFT JOIN decisions d ON d.decision_id = s.decision_id
    {joined}
    LEFT JOIN assessments m
      ON m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = c.version_id)"""


_DESK_NOW = _desk_now("o.standing", "LEFT JOIN opinion_states o ON o.case_id = c.case_id")

_DESK_FACETS_NOW = (
    "CREATE VIEW desk_facets_now AS "
    + " UNION ALL ".join(
        f"SELECT case_id, '{facet}' AS facet, {column} AS value FROM desk_rows WHERE {column} <> ''"
        for facet, column in _SINGLE_FACETS.items()
    )
    + """ UNION ALL
    SELECT DISTINCT r.case_id, 'indicator', json_extract(e.value, '$.indicator')
    FROM desk_rows r
    JOIN assessments m
      ON m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = r.version_id)
    JOIN json_each(m.record, '$.evidence') e
    UNION ALL
    SELECT DISTINCT s.case_id, 'tag', t.value
    FROM case_states s
    JOIN decisions d ON d.decision_id = s.decision_id
    JOIN desk_rows r ON r.case_id = s.case_id AND r.lane <> 'second_opinion'
    JOIN json_each(d.tags) t"""
)

_COUNT_COPIES = """
        BEGIN
            UPDATE desk_rows SET copies =
                (SELECT count(*) FROM case_ads WHERE case_id = NEW.case_id AND left_at IS NULL)
            WHERE case_id = NEW.case_id;
        END"""

_CHANGED = ("fingerprint", "reason", "priority", "version_id")

DESK: Final = (
    "ALTER TABLE decisions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",
    # The decision that this one takes back; it then says nothing of its own.
    "ALTER TABLE decisions ADD COLUMN withdraws INTEGER REFERENCES decisions",
    "CREATE UNIQUE INDEX decisions_withdrawn ON decisions (withdraws) WHERE withdraws IS NOT NULL",
    "ALTER TABLE decisions ADD COLUMN settles INTEGER NOT NULL DEFAULT 0",
    # Texts of which a second analyst is asked, who does not see what the first one said.
    """CREATE TABLE second_opinions (
        case_id INTEGER NOT NULL REFERENCES cases,
        fingerprint TEXT NOT NULL,
        analyst TEXT NOT NULL REFERENCES analysts,    -- the first
        why TEXT NOT NULL CHECK (why IN ('referral', 'drawn')),
        asked_at TEXT NOT NULL,
        PRIMARY KEY (case_id, fingerprint)
    ) STRICT, WITHOUT ROWID""",
    "DROP VIEW queue_rows",
    "DROP VIEW case_states",
    """CREATE VIEW standing_decisions AS
        SELECT d.* FROM decisions d
        WHERE d.withdraws IS NULL AND NOT EXISTS (SELECT 1 FROM decisions w WHERE w.withdraws = d.decision_id)""",
    """CREATE VIEW case_states AS
        SELECT c.case_id, d.decision_id,
               CASE WHEN d.decision_id IS NULL THEN 'open'
                    WHEN d.fingerprint = c.fingerprint THEN 'decided'
                    ELSE 'reopened' END AS state
        FROM cases c
        LEFT JOIN decisions d
          ON d.decision_id = (SELECT max(n.decision_id) FROM standing_decisions n WHERE n.case_id = c.case_id)""",
    # What each analyst said last of each text; what settles is nobody's opinion among others.
    """CREATE VIEW opinions AS
        SELECT d.* FROM standing_decisions d
        WHERE d.settles = 0 AND NOT EXISTS (
            SELECT 1 FROM standing_decisions n
            WHERE n.case_id = d.case_id AND n.fingerprint = d.fingerprint AND n.analyst = d.analyst AND n.settles = 0
              AND n.decision_id > d.decision_id)""",
    """CREATE VIEW opinion_pairs AS
        SELECT q.case_id, q.fingerprint, q.why, a.decision_id AS first, b.decision_id AS second
        FROM second_opinions q
        JOIN opinions a ON a.case_id = q.case_id AND a.fingerprint = q.fingerprint AND a.analyst = q.analyst
        LEFT JOIN opinions b ON b.decision_id = (
            SELECT max(o.decision_id) FROM opinions o
            WHERE o.case_id = q.case_id AND o.fingerprint = q.fingerprint AND o.analyst <> q.analyst)""",
    """CREATE VIEW opinion_states AS
        SELECT p.case_id, p.why, p.first, p.second,
               CASE WHEN p.second IS NULL THEN 'awaited'
                    WHEN a.verdict = b.verdict THEN 'agreed'
                    WHEN EXISTS (SELECT 1 FROM standing_decisions s
                                 WHERE s.case_id = p.case_id AND s.fingerprint = p.fingerprint AND s.settles = 1
                                   AND s.decision_id > max(p.first, p.second)) THEN 'settled'
                    ELSE 'disagreed' END AS standing
        FROM opinion_pairs p
        JOIN cases c ON c.case_id = p.case_id AND c.fingerprint = p.fingerprint
        JOIN decisions a ON a.decision_id = p.first
        LEFT JOIN decisions b ON b.decision_id = p.second""",
    "CREATE INDEX IF NOT EXISTS cases_by_version ON cases (version_id)",
    _DESK_NOW,
    # What desk_now says, kept: a page of the queue must not be worked out from everything.
    """CREATE TABLE desk_rows (
        case_id INTEGER PRIMARY KEY REFERENCES cases,
        fingerprint TEXT NOT NULL,
        version_id INTEGER NOT NULL,
        state TEXT NOT NULL,
        waiting INTEGER NOT NULL,                     -- 1 or 0
        priority REAL NOT NULL,
        opened_at TEXT NOT NULL,
        reason TEXT NOT NULL,
        lane TEXT NOT NULL,
        title TEXT NOT NULL,
        language TEXT,
        source TEXT NOT NULL,
        country TEXT,
        place TEXT,
        employer TEXT,
        score REAL,
        kind TEXT,
        copies INTEGER NOT NULL,
        analyst TEXT,                                 -- who decided last
        decided_at TEXT
    ) STRICT""",
    "CREATE INDEX desk_rows_in_order ON desk_rows (waiting, priority DESC, case_id)",
    "CREATE INDEX desk_rows_by_version ON desk_rows (version_id)",
    "CREATE INDEX desk_rows_by_day ON desk_rows (waiting, opened_at)",
    # Each value of each facet, with how many cases have it: what a filter offers, and how much it would leave.
    """CREATE TABLE desk_values (
        value_id INTEGER PRIMARY KEY,
        facet TEXT NOT NULL,
        value TEXT NOT NULL,
        waiting INTEGER NOT NULL DEFAULT 0,
        decided INTEGER NOT NULL DEFAULT 0,
        UNIQUE (facet, value)
    ) STRICT""",
    "CREATE INDEX desk_values_waiting ON desk_values (facet, waiting DESC)",
    "CREATE INDEX desk_values_decided ON desk_values (facet, decided DESC)",
    # The cases of each value, in the queue's order.
    """CREATE TABLE desk_marks (
        value_id INTEGER NOT NULL REFERENCES desk_values,
        waiting INTEGER NOT NULL,
        priority REAL NOT NULL,
        case_id INTEGER NOT NULL,
        PRIMARY KEY (value_id, waiting, priority DESC, case_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX desk_marks_by_case ON desk_marks (case_id)",
    _DESK_FACETS_NOW,
    """CREATE TRIGGER desk_marks_are_counted AFTER INSERT ON desk_marks
        BEGIN UPDATE desk_values SET waiting = waiting + NEW.waiting, decided = decided + 1 - NEW.waiting
              WHERE value_id = NEW.value_id; END""",
    """CREATE TRIGGER desk_marks_are_discounted AFTER DELETE ON desk_marks
        BEGIN UPDATE desk_values SET waiting = waiting - OLD.waiting, decided = decided - 1 + OLD.waiting
              WHERE value_id = OLD.value_id; END""",
    # Inserting a number here has the row of that case made anew: SQLite's way to a procedure.
    "CREATE VIEW desk_renewal AS SELECT case_id FROM desk_rows WHERE 0",
    f"""CREATE TRIGGER desk_renewal_is_done INSTEAD OF INSERT ON desk_renewal
        BEGIN
            INSERT INTO desk_rows ({", ".join(_ROW)}) SELECT {", ".join(_ROW)} FROM desk_now WHERE case_id = NEW.case_id
            ON CONFLICT (case_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _ROW[1:])};
            DELETE FROM desk_marks WHERE case_id = NEW.case_id;
            INSERT INTO desk_values (facet, value) SELECT f.facet, f.value FROM desk_facets_now f
            WHERE f.case_id = NEW.case_id
              AND NOT EXISTS (SELECT 1 FROM desk_values v WHERE v.facet = f.facet AND v.value = f.value);
            INSERT INTO desk_marks (value_id, waiting, priority, case_id)
            SELECT v.value_id, r.waiting, r.priority, r.case_id
            FROM desk_facets_now f
            JOIN desk_rows r ON r.case_id = f.case_id
            JOIN desk_values v ON v.facet = f.facet AND v.value = f.value
            WHERE f.case_id = NEW.case_id;
        END""",
    """CREATE TRIGGER desk_meets_a_case AFTER INSERT ON cases
        BEGIN INSERT INTO desk_renewal VALUES (NEW.case_id); END""",
    f"""CREATE TRIGGER desk_meets_a_change AFTER UPDATE ON cases
        WHEN {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _CHANGED)}
        BEGIN INSERT INTO desk_renewal VALUES (NEW.case_id); END""",
    """CREATE TRIGGER desk_loses_a_case AFTER DELETE ON cases
        BEGIN
            DELETE FROM desk_marks WHERE case_id = OLD.case_id;
            DELETE FROM desk_rows WHERE case_id = OLD.case_id;
        END""",
    """CREATE TRIGGER desk_meets_a_decision AFTER INSERT ON decisions
        BEGIN INSERT INTO desk_renewal VALUES (NEW.case_id); END""",
    """CREATE TRIGGER desk_meets_a_second_opinion AFTER INSERT ON second_opinions
        BEGIN INSERT INTO desk_renewal VALUES (NEW.case_id); END""",
    """CREATE TRIGGER desk_meets_an_assessment AFTER INSERT ON assessments
        BEGIN INSERT INTO desk_renewal SELECT case_id FROM cases WHERE version_id = NEW.version_id; END""",
    f"CREATE TRIGGER desk_meets_a_copy AFTER INSERT ON case_ads {_COUNT_COPIES}",
    f"CREATE TRIGGER desk_meets_a_copys_way AFTER UPDATE ON case_ads {_COUNT_COPIES}",
    # Words of the versions that cases stand on; the words themselves are not kept, and a version's never change.
    "CREATE VIRTUAL TABLE desk_text USING fts5 (words, content='', tokenize='ascii')",
    """CREATE TABLE saved_filters (
        filter_id INTEGER PRIMARY KEY,
        analyst TEXT NOT NULL REFERENCES analysts,
        title TEXT NOT NULL,
        query TEXT NOT NULL,                          -- as in the page's address
        UNIQUE (analyst, title)
    ) STRICT""",
)

FILL_DESK: Final = (
    f"INSERT INTO desk_rows ({', '.join(_ROW)}) SELECT {', '.join(_ROW)} FROM desk_now",
    "INSERT INTO desk_values (facet, value) SELECT DISTINCT facet, value FROM desk_facets_now",
    """INSERT INTO desk_marks (value_id, waiting, priority, case_id)
        SELECT v.value_id, r.waiting, r.priority, r.case_id
        FROM desk_facets_now f JOIN desk_rows r USING (case_id) JOIN desk_values v USING (facet, value)
        ORDER BY 1, 2, 3 DESC, 4""",
    """UPDATE desk_values SET
        waiting = (SELECT count(*) FROM desk_marks m WHERE m.value_id = desk_values.value_id AND m.waiting = 1),
        decided = (SELECT count(*) FROM desk_marks m WHERE m.value_id = desk_values.value_id AND m.waiting = 0)""",
)
"""The desk of a database that holds cases already."""

# Joined, SQLite works the states of all opinions out first, for one case as for all; asked by number, it looks one up.
DESK_NOW_BY_CASE: Final = (
    "DROP VIEW desk_now",
    _desk_now("(SELECT o.standing FROM opinion_states o WHERE o.case_id = c.case_id)", ""),
)

CLAIMS: Final = (
    # Who reads which case, so that two do not meet over one. An analyst holds one at a time.
    """CREATE TABLE case_claims (
        case_id INTEGER PRIMARY KEY REFERENCES cases ON DELETE CASCADE,
        analyst TEXT NOT NULL UNIQUE REFERENCES analysts,
        until TEXT NOT NULL
    ) STRICT""",
    # Cases that an analyst has put off for themselves.
    """CREATE TABLE case_asides (
        case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
        analyst TEXT NOT NULL REFERENCES analysts,
        act TEXT NOT NULL CHECK (act IN ('later', 'unsure')),
        at TEXT NOT NULL,
        until TEXT NOT NULL,
        PRIMARY KEY (analyst, case_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX case_asides_by_case ON case_asides (case_id)",
)

OFFER_FACTS: Final = (
    # What the overview counts trends by, of each version that a case stands on or stood on.
    """CREATE TABLE offer_facts (
        version_id INTEGER PRIMARY KEY REFERENCES ad_versions ON DELETE CASCADE,
        assessment_id INTEGER,                        -- whose hints these are; null before it is scored
        sector TEXT NOT NULL,
        addressed TEXT NOT NULL,
        schooling TEXT NOT NULL,
        exploitation TEXT NOT NULL                    -- JSON: a list of hints
    ) STRICT""",
)

CAMPAIGN_SIZES: Final = (
    # 0: no night has counted yet.
    "ALTER TABLE desk_rows ADD COLUMN campaign_ads INTEGER NOT NULL DEFAULT 0",
    """WITH sizes AS (
        SELECT t.campaign_id, count(*) AS size FROM campaign_texts t JOIN campaign_versions m USING (text_id)
        JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id GROUP BY t.campaign_id)
        UPDATE desk_rows SET campaign_ads = s.size
        FROM campaign_versions m JOIN campaign_texts t USING (text_id) JOIN sizes s USING (campaign_id)
        WHERE m.version_id = desk_rows.version_id""",
)

CARE: Final = (
    # What each person has set for themselves; null: as the desk has it.
    """CREATE TABLE analyst_care (
        analyst TEXT PRIMARY KEY REFERENCES analysts,
        most INTEGER,                                 -- cases in 14 hours
        break_minutes INTEGER
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX audit_log_of_reading ON audit_log (analyst, at) WHERE act IN ('saw', 'decided')",
)

OFFERS_REACHED: Final = (
    "ALTER TABLE offer_facts ADD COLUMN reached TEXT NOT NULL DEFAULT 'not_said'",  # by what one is to answer
    "DELETE FROM offer_facts",  # the next night reads them anew
)
