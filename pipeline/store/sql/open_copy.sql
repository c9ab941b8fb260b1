-- The open copy of a store, which is attached as `store`: its tables and what goes into them, then its indexes and view.

BEGIN;

CREATE TABLE batches (
    batch_id INTEGER PRIMARY KEY, source TEXT, run TEXT, started_at TEXT, ended_at TEXT, ads INTEGER, taken_at TEXT
);
INSERT INTO batches
    SELECT batch_id, source, run, started_at, ended_at, ads, taken_at FROM store.batches;

CREATE TABLE ads (
    ad INTEGER PRIMARY KEY, source TEXT, first_seen_at TEXT, last_seen_at TEXT, gone_at TEXT,
    version_id INTEGER REFERENCES versions
);
INSERT INTO ads
    SELECT rowid, source, first_seen_at, last_seen_at, gone_at, version_id FROM store.ads;

CREATE TABLE versions (
    version_id INTEGER PRIMARY KEY, ad INTEGER REFERENCES ads, batch_id INTEGER REFERENCES batches,
    seen_at TEXT, language TEXT, country TEXT, sector TEXT, addressed TEXT, schooling TEXT, campaign INTEGER,
    similarity REAL
);
-- Of a record that holds half a character, SQLite would make text that nobody can read.
INSERT INTO versions
    SELECT v.version_id, a.rowid, v.batch_id, v.seen_at, v.language,
    CASE WHEN instr(v.record, '\ud') = 0 THEN json_extract(v.record, '$.country') END,
    o.sector, o.addressed, o.schooling, c.rowid, m.similarity
    FROM store.ad_versions v
    JOIN store.ads a ON a.ad_id = v.ad_id
    LEFT JOIN store.offer_facts o ON o.version_id = v.version_id
    LEFT JOIN store.campaign_versions m ON m.version_id = v.version_id
    LEFT JOIN store.campaign_texts t ON t.text_id = m.text_id
    LEFT JOIN store.campaigns c ON c.campaign_id = t.campaign_id;

CREATE TABLE changes (version_id INTEGER REFERENCES versions, field TEXT, fact TEXT, changed_at TEXT);
INSERT INTO changes
    SELECT version_id, field, fact, changed_at FROM store.ad_changes;

CREATE TABLE assessments (
    assessment_id INTEGER PRIMARY KEY, version_id INTEGER REFERENCES versions, model_version TEXT,
    taxonomy_version TEXT, score REAL, kind TEXT, rule TEXT, assessed_at TEXT
);
INSERT INTO assessments
    SELECT assessment_id, version_id, model_version, taxonomy_version, score, kind, rule, assessed_at
    FROM store.assessments;

CREATE TABLE indicators_shown (
    assessment_id INTEGER REFERENCES assessments, version_id INTEGER REFERENCES versions, indicator TEXT, field TEXT
);
INSERT INTO indicators_shown
    SELECT m.assessment_id, m.version_id, json_extract(e.value, '$.indicator'), json_extract(e.value, '$.field')
    FROM store.assessments m JOIN json_each(m.record, '$.evidence') e WHERE instr(m.record, '\ud') = 0;

CREATE TABLE cases (
    case_id INTEGER PRIMARY KEY, version_id INTEGER REFERENCES versions, state TEXT, reason TEXT, lane TEXT,
    priority REAL, opened_at TEXT, language TEXT, source TEXT, country TEXT, score REAL, kind TEXT, copies INTEGER
);
INSERT INTO cases
    SELECT case_id, version_id, state, reason, lane, priority, opened_at, language, source, country, score, kind,
    copies FROM store.queue_rows;

CREATE TABLE decisions (
    decision_id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases, verdict TEXT, confirmed TEXT,
    rejected TEXT, model_version TEXT, score REAL, decided_on TEXT, settles INTEGER, stands INTEGER
);
INSERT INTO decisions
    SELECT d.decision_id, d.case_id, d.verdict, d.confirmed, d.rejected, d.model_version, d.score,
    substr(d.decided_at, 1, 10), d.settles,
    d.decision_id IN (SELECT decision_id FROM store.standing_decisions)
    FROM store.decisions d WHERE d.withdraws IS NULL
    AND d.case_id NOT IN (SELECT case_id FROM store.opinion_states WHERE standing = 'awaited');

CREATE TABLE second_opinions (case_id INTEGER REFERENCES cases, why TEXT, standing TEXT);
-- Why it is asked for says what the first one was.
INSERT INTO second_opinions
    SELECT case_id, CASE WHEN standing <> 'awaited' THEN why END, standing FROM store.opinion_states;

CREATE TABLE licence_lookups (version_id INTEGER REFERENCES versions, result TEXT, looked_at TEXT);
INSERT INTO licence_lookups
    SELECT version_id, result, looked_at FROM store.licence_lookups;

CREATE TABLE nights (run_id INTEGER PRIMARY KEY, started_at TEXT, ended_at TEXT, counts TEXT);
INSERT INTO nights
    SELECT run_id, started_at, ended_at, counts FROM store.runs;

COMMIT;

CREATE INDEX versions_by_ad ON versions (ad);
CREATE INDEX versions_by_campaign ON versions (campaign);
CREATE INDEX assessments_by_version ON assessments (version_id);
CREATE INDEX indicators_by_version ON indicators_shown (version_id, indicator);
CREATE INDEX decisions_by_case ON decisions (case_id);

-- Texts are read from the store when they are asked for, with contacts hidden (`pipeline.exports.explorer`).
CREATE VIEW case_texts AS SELECT case_id, state, language, country, source, score, kind,
    ad_title(version_id) AS title, ad_text(version_id) AS text FROM cases;
