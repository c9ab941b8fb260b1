-- The tables of a lurewatch database. Moments are text in UTC that sorts as time does; lists are JSON.

-- What was collected: batches, ads and each text that an ad has carried.

CREATE TABLE batches (
    batch_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    run TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    ads INTEGER NOT NULL,
    taken_at TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '{}',           -- JSON: new, changed, gone; for a night that is resumed
    UNIQUE (source, run)
) STRICT;
CREATE INDEX batches_by_start ON batches (source, started_at);

CREATE TABLE ads (
    ad_id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT,
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    version_id INTEGER REFERENCES ad_versions,    -- the text as last seen
    missed INTEGER NOT NULL DEFAULT 0,            -- batches of its source in a row that did not show it
    gone_at TEXT,                                 -- its source no longer shows it
    gone_why TEXT
) STRICT;
CREATE INDEX ads_by_source ON ads (source, last_seen_at);
CREATE INDEX ads_by_version ON ads (version_id);

CREATE TABLE ad_versions (
    version_id INTEGER PRIMARY KEY,
    ad_id TEXT NOT NULL REFERENCES ads,
    batch_id INTEGER REFERENCES batches,
    seen_at TEXT NOT NULL,
    content_hash TEXT NOT NULL,                   -- empty once the text was removed
    fingerprint TEXT NOT NULL,
    title TEXT NOT NULL,                          -- or how the text begins, where the ad has none
    language TEXT,
    record TEXT NOT NULL,                         -- the JobAd, as in an ads file; contacts encrypted, in `sealed`
    is_reread INTEGER NOT NULL DEFAULT 0          -- 1: the page of before, read by a newer program; no fact changed
) STRICT;
CREATE INDEX ad_versions_by_ad ON ad_versions (ad_id, seen_at);
CREATE INDEX ad_versions_by_fingerprint ON ad_versions (fingerprint);

CREATE TABLE ad_changes (
    version_id INTEGER NOT NULL REFERENCES ad_versions,  -- the version that brought the change
    ad_id TEXT NOT NULL REFERENCES ads,
    field TEXT NOT NULL,
    fact TEXT CHECK (fact IN ('destination', 'employer', 'salary', 'contact', 'requirement')),  -- null: words alone
    before TEXT,                                  -- null: nothing was said, or a text that the version holds
    after TEXT,                                   -- both encrypted where the field is of contacts
    changed_at TEXT NOT NULL,
    PRIMARY KEY (version_id, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX ad_changes_by_ad ON ad_changes (ad_id, changed_at);

CREATE TABLE ad_reposts (
    ad_id TEXT NOT NULL REFERENCES ads,           -- the ad that came later
    former_id TEXT NOT NULL REFERENCES ads,       -- the one that had been removed, or itself
    fact TEXT NOT NULL CHECK (fact IN ('reposted', 'reposted_under_another_name')),
    before TEXT,
    after TEXT,
    gone_at TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (ad_id, former_id, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX ad_reposts_by_former ON ad_reposts (former_id);

-- What was read of each text: by the model, in registers of licences, for trends.

CREATE TABLE assessments (
    assessment_id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES ad_versions,
    model_version TEXT NOT NULL,
    taxonomy_version TEXT NOT NULL,
    score REAL NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT,
    assessed_at TEXT NOT NULL,
    triaged_at TEXT,                              -- null until it is triaged
    record TEXT NOT NULL,                         -- the Assessment, as in a scored file
    UNIQUE (version_id, model_version, taxonomy_version)
) STRICT;
CREATE INDEX assessments_untriaged ON assessments (assessment_id) WHERE triaged_at IS NULL;

CREATE TABLE licence_lookups (
    lookup_id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES ad_versions ON DELETE CASCADE,
    registers TEXT NOT NULL,                      -- which versions of which registers were asked
    result TEXT NOT NULL CHECK (result IN ('lapsed', 'other_work_or_country', 'contact_differs', 'not_found',
                                           'licensed', 'nothing_claimed')),
    looked_at TEXT NOT NULL,
    record TEXT NOT NULL,                         -- the look-up, as `registers match` writes it
    UNIQUE (version_id, registers)
) STRICT;

CREATE TABLE offer_facts (
    version_id INTEGER PRIMARY KEY REFERENCES ad_versions ON DELETE CASCADE,
    assessment_id INTEGER,                        -- whose hints these are; null before it is scored
    sector TEXT NOT NULL,
    addressed TEXT NOT NULL,
    schooling TEXT NOT NULL,
    exploitation TEXT NOT NULL,                   -- JSON: a list of hints
    reached TEXT NOT NULL DEFAULT 'not_said'      -- by what one is to answer
) STRICT;

-- Cases, and the ads that carry the text of each.

CREATE TABLE cases (
    case_id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,             -- the text as it stands now
    reason TEXT NOT NULL CHECK (reason IN ('score', 'indicator_rule', 'audit', 'uncertain', 'resurfaced',
                                           'reported')),
    priority REAL NOT NULL,
    opened_at TEXT NOT NULL,
    version_id INTEGER NOT NULL REFERENCES ad_versions, -- the copy that stands for all
    blind INTEGER NOT NULL DEFAULT 0              -- 1: read without score and marks until it is decided
) STRICT;
CREATE INDEX cases_by_priority ON cases (priority DESC, case_id);
CREATE INDEX cases_by_version ON cases (version_id);

CREATE TABLE case_ads (
    case_id INTEGER NOT NULL REFERENCES cases,
    ad_id TEXT NOT NULL REFERENCES ads,
    joined_at TEXT NOT NULL,
    left_at TEXT,                                 -- it carries another text since
    PRIMARY KEY (case_id, ad_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_case_an_ad ON case_ads (ad_id) WHERE left_at IS NULL;
CREATE INDEX case_ads_by_ad ON case_ads (ad_id);

-- Who is to decide a case, as somebody asked.
CREATE TABLE case_assignments (
    case_id INTEGER PRIMARY KEY REFERENCES cases ON DELETE CASCADE,
    analyst TEXT NOT NULL REFERENCES analysts,
    assigned_by TEXT NOT NULL REFERENCES analysts,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX case_assignments_by_analyst ON case_assignments (analyst);

-- What analysts say to each other beside a case; no verdict.
CREATE TABLE case_comments (
    comment_id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    analyst TEXT NOT NULL REFERENCES analysts,
    text TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX case_comments_by_case ON case_comments (case_id, comment_id);

CREATE TABLE case_mentions (
    comment_id INTEGER NOT NULL REFERENCES case_comments ON DELETE CASCADE,
    analyst TEXT NOT NULL REFERENCES analysts,
    read_at TEXT,                                 -- null: it waits for them
    PRIMARY KEY (comment_id, analyst)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_mentions_waiting ON case_mentions (analyst) WHERE read_at IS NULL;

-- Cases of which nothing is removed, neither by retention nor on request, until somebody ends it.
CREATE TABLE case_holds (
    hold_id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL,                         -- an account, or whoever asked on the command line
    set_at TEXT NOT NULL,
    ended_by TEXT,
    ended_at TEXT,                                -- null while it stands
    end_reason TEXT
) STRICT;
CREATE UNIQUE INDEX one_hold_a_case ON case_holds (case_id) WHERE ended_at IS NULL;
CREATE INDEX case_holds_by_case ON case_holds (case_id);

-- What advertisers say against a case, as somebody here wrote it down.
CREATE TABLE case_appeals (
    appeal_id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    text TEXT NOT NULL,
    recorded_by TEXT NOT NULL,                    -- an account, or whoever asked on the command line
    at TEXT NOT NULL,
    after_decision INTEGER NOT NULL               -- the newest decision before it, which it opens again; 0: none
) STRICT;
CREATE INDEX case_appeals_by_case ON case_appeals (case_id);

-- Who reads which case, so that two do not read one. An analyst has one at a time.
CREATE TABLE case_claims (
    case_id INTEGER PRIMARY KEY REFERENCES cases ON DELETE CASCADE,
    analyst TEXT NOT NULL UNIQUE REFERENCES analysts,
    until TEXT NOT NULL
) STRICT;

-- Cases that an analyst does not read next.
CREATE TABLE case_deferrals (
    case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    analyst TEXT NOT NULL REFERENCES analysts,
    act TEXT NOT NULL CHECK (act IN ('later', 'unsure')),
    at TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (analyst, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_deferrals_by_case ON case_deferrals (case_id);

CREATE TABLE resurfacings (
    case_id INTEGER NOT NULL REFERENCES cases,
    ad_id TEXT NOT NULL REFERENCES ads,
    fact TEXT NOT NULL CHECK (fact IN ('contact', 'destination', 'salary', 'rule')),
    before TEXT,                                  -- what the campaign's ads had said
    after TEXT NOT NULL,                          -- both encrypted where the fact is a contact
    at TEXT NOT NULL,
    PRIMARY KEY (case_id, ad_id, fact, after)
) STRICT, WITHOUT ROWID;
CREATE INDEX resurfacings_by_ad ON resurfacings (ad_id);

-- Campaigns: ads whose texts are nearly the same.

CREATE TABLE campaigns (
    campaign_id TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    merged_into TEXT REFERENCES campaigns         -- null while it lives
) STRICT;

CREATE TABLE campaign_texts (
    text_id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL UNIQUE,                  -- equal where only numbers and addresses differ
    size INTEGER NOT NULL,
    signature BLOB NOT NULL,                      -- MinHash slots, four bytes each, little-endian
    words TEXT NOT NULL,                          -- a character for each word
    campaign_id TEXT NOT NULL REFERENCES campaigns
) STRICT;
CREATE INDEX campaign_texts_by_campaign ON campaign_texts (campaign_id);

CREATE TABLE campaign_versions (
    version_id INTEGER PRIMARY KEY REFERENCES ad_versions,
    ad_id TEXT NOT NULL REFERENCES ads,
    text_id INTEGER NOT NULL REFERENCES campaign_texts,
    similarity REAL NOT NULL,                     -- to the nearest text of the campaign when it joined
    joined_at TEXT NOT NULL
) STRICT;
CREATE INDEX campaign_versions_by_text ON campaign_versions (text_id);
CREATE INDEX campaign_versions_by_ad ON campaign_versions (ad_id);
CREATE INDEX campaign_versions_by_night ON campaign_versions (joined_at);

CREATE TABLE campaign_events (
    event_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('merged', 'split')),
    campaign_id TEXT NOT NULL REFERENCES campaigns,     -- what stays
    other_id TEXT NOT NULL REFERENCES campaigns         -- what it took over, or what was split off
) STRICT;

CREATE TABLE campaign_method (method TEXT NOT NULL) STRICT;  -- how the signatures were made and compared

-- Contacts: what ads have in common beside their words.

CREATE TABLE contacts (
    contact_id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,                    -- keyed: equal for equal contacts, of no use without the key
    kind TEXT NOT NULL,
    value BLOB NOT NULL                           -- encrypted
) STRICT;

CREATE TABLE contact_ads (
    contact_id INTEGER NOT NULL REFERENCES contacts,
    version_id INTEGER NOT NULL REFERENCES ad_versions,
    ad_id TEXT NOT NULL REFERENCES ads,
    PRIMARY KEY (contact_id, version_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_ads_by_ad ON contact_ads (ad_id);
CREATE INDEX contact_ads_by_version ON contact_ads (version_id);

CREATE TABLE contact_versions (
    version_id INTEGER PRIMARY KEY REFERENCES ad_versions,
    employer TEXT,                                -- as compared: folded
    place TEXT,
    country TEXT
) STRICT;
CREATE INDEX contact_versions_by_employer ON contact_versions (employer);

-- People, their sessions, and the audit log.

CREATE TABLE analysts (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    session_version INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    must_change INTEGER NOT NULL DEFAULT 0,
    language TEXT,                                -- null: as the browser asks
    by_provider INTEGER NOT NULL DEFAULT 0,       -- 1: signs in by OpenID; nobody knows the password
    single_keys INTEGER NOT NULL DEFAULT 1,       -- 1: keys of one character act on the page
    reads TEXT,                                   -- languages of ads, as in vi,en; null: all
    is_demo INTEGER NOT NULL DEFAULT 0            -- 1: made by the demo; no second factor is asked of it
) STRICT;

CREATE TABLE second_factors (
    analyst TEXT PRIMARY KEY COLLATE NOCASE REFERENCES analysts,
    sealed TEXT NOT NULL,                         -- the secret, encrypted by the page's key
    last_step INTEGER NOT NULL DEFAULT 0,         -- of the last code used: none is good twice
    since TEXT                                    -- null: no code has confirmed it yet
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    analyst TEXT NOT NULL COLLATE NOCASE REFERENCES analysts,
    code_hash TEXT NOT NULL,                      -- keyed; the row is gone once the code was used
    PRIMARY KEY (analyst, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    secret_hash TEXT PRIMARY KEY,
    analyst TEXT NOT NULL REFERENCES analysts,
    session_version INTEGER NOT NULL,             -- the account's when it began; over once they differ
    started_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_analyst ON sessions (analyst);

CREATE TABLE sign_in_attempts (
    name_key TEXT PRIMARY KEY,                    -- keyed hash of what was typed as a name
    failed INTEGER NOT NULL,
    last_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What programs show in an account's place. Over, like its sessions, once the two session versions differ.
CREATE TABLE api_tokens (
    token_id INTEGER PRIMARY KEY,
    analyst TEXT NOT NULL REFERENCES analysts,
    title TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    session_version INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    used_at TEXT                                  -- to the minute; null: never
) STRICT;

CREATE TABLE provider_links (
    analyst TEXT NOT NULL REFERENCES analysts,
    issuer TEXT NOT NULL,
    subject_hash TEXT NOT NULL,                   -- who that is at the provider
    since TEXT NOT NULL,
    PRIMARY KEY (analyst, issuer),
    UNIQUE (issuer, subject_hash)
) STRICT, WITHOUT ROWID;

-- What each person has set for themselves; null: the installation's settings.
CREATE TABLE reading_limits (
    analyst TEXT PRIMARY KEY REFERENCES analysts,
    most INTEGER,                                 -- cases in 14 hours
    break_minutes INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_filters (
    filter_id INTEGER PRIMARY KEY,
    analyst TEXT NOT NULL REFERENCES analysts,
    title TEXT NOT NULL,
    query TEXT NOT NULL,                          -- as in the page's address
    UNIQUE (analyst, title)
) STRICT;

CREATE TABLE audit_log (
    entry_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    analyst TEXT REFERENCES analysts,             -- null: from the command line
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,                        -- JSON
    previous TEXT NOT NULL,                       -- the hash of the entry before
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_analyst ON audit_log (analyst, entry_id);
CREATE INDEX audit_log_by_subject ON audit_log (subject, entry_id);
CREATE INDEX audit_log_of_reading ON audit_log (analyst, at) WHERE act IN ('saw', 'decided');
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
-- Also refuses INSERT OR REPLACE, which deletes without firing a delete trigger.
CREATE TRIGGER audit_log_is_a_chain BEFORE INSERT ON audit_log
    WHEN NEW.entry_id IS NOT (SELECT coalesce(max(entry_id), 0) + 1 FROM audit_log)
      OR NEW.previous IS NOT
         coalesce((SELECT hash FROM audit_log ORDER BY entry_id DESC LIMIT 1), printf('%064d', 0))
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to, at its end'); END;

CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at TEXT,                                -- null while it runs, or after a crash
    counts TEXT NOT NULL,
    problems TEXT NOT NULL
) STRICT;

-- Decisions, and what follows from them.

CREATE TABLE decisions (
    decision_id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL REFERENCES cases,
    analyst TEXT NOT NULL REFERENCES analysts,
    verdict TEXT NOT NULL CHECK (verdict IN ('trafficking_recruitment', 'job_fraud', 'irregular_recruitment',
                                             'legitimate', 'not_an_ad', 'cannot_tell')),
    confirmed TEXT NOT NULL,
    rejected TEXT NOT NULL,
    note TEXT NOT NULL,
    fingerprint TEXT NOT NULL,                    -- the text that was judged
    model_version TEXT,
    score REAL,
    decided_at TEXT NOT NULL,
    tags TEXT NOT NULL DEFAULT '[]',
    withdraws INTEGER REFERENCES decisions,       -- the decision that this one takes back; it then says nothing itself
    settles INTEGER NOT NULL DEFAULT 0            -- 1: settles what two analysts saw differently
) STRICT;
CREATE INDEX decisions_by_case ON decisions (case_id, decision_id);
CREATE UNIQUE INDEX decisions_withdrawn ON decisions (withdraws) WHERE withdraws IS NOT NULL;
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;
-- INSERT OR REPLACE deletes without firing a delete trigger on connections that did not ask for it.
CREATE TRIGGER decisions_are_not_replaced BEFORE INSERT ON decisions
    WHEN EXISTS (SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id)
    BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

-- Texts of which a second analyst is asked, who does not see what the first one said.
CREATE TABLE second_opinions (
    case_id INTEGER NOT NULL REFERENCES cases,
    fingerprint TEXT NOT NULL,
    analyst TEXT NOT NULL REFERENCES analysts,    -- the first
    why TEXT NOT NULL CHECK (why IN ('referral', 'drawn')),
    asked_at TEXT NOT NULL,
    PRIMARY KEY (case_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE VIEW standing_decisions AS
    SELECT d.* FROM decisions d
    WHERE d.withdraws IS NULL AND NOT EXISTS (SELECT 1 FROM decisions w WHERE w.withdraws = d.decision_id);

CREATE VIEW case_states AS
    SELECT c.case_id, d.decision_id,
           CASE WHEN d.decision_id IS NULL THEN 'open'
                WHEN d.fingerprint = c.fingerprint AND NOT EXISTS (
                     SELECT 1 FROM resurfacings r WHERE r.case_id = c.case_id AND r.at > d.decided_at)
                     AND NOT EXISTS (
                     SELECT 1 FROM case_appeals p WHERE p.case_id = c.case_id AND p.after_decision >= d.decision_id)
                THEN 'decided'
                ELSE 'reopened' END AS state
    FROM cases c
    LEFT JOIN decisions d
      ON d.decision_id = (SELECT max(n.decision_id) FROM standing_decisions n WHERE n.case_id = c.case_id);

-- The last decision of each analyst on each text. One that settles is not an opinion among others.
CREATE VIEW opinions AS
    SELECT d.* FROM standing_decisions d
    WHERE d.settles = 0 AND NOT EXISTS (
        SELECT 1 FROM standing_decisions n
        WHERE n.case_id = d.case_id AND n.fingerprint = d.fingerprint AND n.analyst = d.analyst AND n.settles = 0
          AND n.decision_id > d.decision_id);

CREATE VIEW opinion_pairs AS
    SELECT q.case_id, q.fingerprint, q.why, a.decision_id AS first, b.decision_id AS second
    FROM second_opinions q
    JOIN opinions a ON a.case_id = q.case_id AND a.fingerprint = q.fingerprint AND a.analyst = q.analyst
    LEFT JOIN opinions b ON b.decision_id = (
        SELECT max(o.decision_id) FROM opinions o
        WHERE o.case_id = q.case_id AND o.fingerprint = q.fingerprint AND o.analyst <> q.analyst);

CREATE VIEW opinion_states AS
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
    LEFT JOIN decisions b ON b.decision_id = p.second;

-- The queue. A page of it must not be computed from everything: triggers write what the views `queue_rows_now` and
-- `queue_facets_now` say into tables, whoever writes cases, decisions or assessments.

CREATE VIEW queue_rows_now AS
    SELECT c.case_id, c.fingerprint, c.version_id, s.state,
           s.state <> 'decided' OR coalesce(c.opinion IN ('awaited', 'disagreed'), 0) AS waiting,
           c.priority, c.opened_at,
           CASE s.state WHEN 'reopened' THEN 'resurfaced' ELSE c.reason END AS reason,
           CASE WHEN c.opinion = 'awaited' THEN 'second_opinion'
                WHEN c.opinion = 'disagreed' THEN 'disagreement'
                WHEN s.state = 'reopened' OR c.reason = 'resurfaced' THEN 'resurfaced'
                -- What the model reads it as would give the score away.
                WHEN c.blind AND s.state = 'open'
                THEN iif(c.case_id % 2, 'trafficking_recruitment', 'job_fraud')
                WHEN json_extract(m.record, '$.kinds.job_fraud')
                   > json_extract(m.record, '$.kinds.trafficking_recruitment') THEN 'job_fraud'
                ELSE 'trafficking_recruitment' END AS lane,
           c.blind AND (s.state = 'open' OR coalesce(c.opinion = 'awaited', 0)) AS blind,
           v.title, v.language, a.source,
           -- A record that holds half a surrogate pair is all escapes; SQLite would make unreadable text of it.
           CASE WHEN instr(v.record, '\ud') = 0 THEN substr(trim(json_extract(v.record, '$.country')), 1, 200) END
               AS country,
           CASE WHEN instr(v.record, '\ud') = 0 THEN substr(trim(json_extract(v.record, '$.job_location')), 1, 200) END
               AS place,
           CASE WHEN instr(v.record, '\ud') = 0
                THEN substr(trim(json_extract(v.record, '$.hiring_organization')), 1, 200) END AS employer,
           m.score, m.kind,
           (SELECT count(*) FROM case_ads l WHERE l.case_id = c.case_id AND l.left_at IS NULL) AS copies,
           CASE WHEN c.opinion IS NOT 'awaited' THEN d.analyst END AS analyst,
           CASE WHEN c.opinion = 'awaited' THEN d.analyst END AS first_analyst,
           CASE WHEN s.state = 'decided' AND coalesce(c.opinion NOT IN ('awaited', 'disagreed'), 1)
                THEN d.verdict END AS verdict,
           d.decided_at
    -- The state of the opinion is asked by case number: joined, SQLite would work out all of them first.
    FROM (SELECT n.*, (SELECT o.standing FROM opinion_states o WHERE o.case_id = n.case_id) AS opinion FROM cases n) c
    JOIN case_states s ON s.case_id = c.case_id
    JOIN ad_versions v ON v.version_id = c.version_id
    JOIN ads a ON a.ad_id = v.ad_id
    LEFT JOIN decisions d ON d.decision_id = s.decision_id
    LEFT JOIN assessments m
      ON m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = c.version_id);

CREATE TABLE queue_rows (
    case_id INTEGER PRIMARY KEY REFERENCES cases,
    fingerprint TEXT NOT NULL,
    version_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    waiting INTEGER NOT NULL,                     -- 1 or 0
    priority REAL NOT NULL,
    opened_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    lane TEXT NOT NULL,
    blind INTEGER NOT NULL,                       -- 1: whoever is to decide next sees neither score nor marks
    title TEXT NOT NULL,
    language TEXT,
    source TEXT NOT NULL,
    country TEXT,
    place TEXT,
    employer TEXT,
    score REAL,
    kind TEXT,
    copies INTEGER NOT NULL,
    analyst TEXT,                                 -- who decided last; null while a second opinion is awaited
    first_analyst TEXT,                           -- who decided, while a second opinion is awaited
    verdict TEXT,                                 -- of a closed case
    decided_at TEXT,
    campaign_ads INTEGER NOT NULL DEFAULT 0       -- ads of its campaign; 0 until a night has counted
) STRICT;
CREATE INDEX queue_rows_in_order ON queue_rows (waiting, priority DESC, case_id);
CREATE INDEX queue_rows_by_version ON queue_rows (version_id);
CREATE INDEX queue_rows_by_day ON queue_rows (waiting, opened_at);
-- Few among many, and every page counts them: what waits for whoever is signed in.
CREATE INDEX queue_rows_to_second ON queue_rows (waiting, lane, opened_at) WHERE waiting = 1 AND lane = 'second_opinion';
CREATE INDEX queue_rows_to_settle ON queue_rows (waiting, lane, opened_at) WHERE waiting = 1 AND lane = 'disagreement';

-- Each value of each facet, with how many cases have it: what a filter offers, and how much it would leave.
CREATE TABLE facet_values (
    value_id INTEGER PRIMARY KEY,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 0,
    decided INTEGER NOT NULL DEFAULT 0,
    UNIQUE (facet, value)
) STRICT;
CREATE INDEX facet_values_waiting ON facet_values (facet, waiting DESC);
CREATE INDEX facet_values_decided ON facet_values (facet, decided DESC);

-- The cases of each value, in the queue's order.
CREATE TABLE facet_cases (
    value_id INTEGER NOT NULL REFERENCES facet_values,
    waiting INTEGER NOT NULL,
    priority REAL NOT NULL,
    case_id INTEGER NOT NULL,
    PRIMARY KEY (value_id, waiting, priority DESC, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX facet_cases_by_case ON facet_cases (case_id);

CREATE VIEW queue_facets_now AS
    -- What the model says of a blind case is nothing to filter by.
    SELECT case_id, 'lane' AS facet, lane AS value FROM queue_rows WHERE lane <> ''
    UNION ALL SELECT case_id, 'blind', 'yes' FROM queue_rows WHERE blind = 1
    UNION ALL SELECT case_id, 'verdict', verdict FROM queue_rows WHERE verdict <> ''
    UNION ALL SELECT r.case_id, 'second', coalesce((
        SELECT o.standing FROM opinion_states o WHERE o.case_id = r.case_id), 'none')
    FROM queue_rows r WHERE r.verdict <> ''
    UNION ALL SELECT case_id, 'standing', state FROM queue_rows WHERE state <> ''
    UNION ALL SELECT case_id, 'reason', reason FROM queue_rows WHERE reason <> '' AND blind = 0
    UNION ALL SELECT case_id, 'kind', kind FROM queue_rows WHERE kind <> '' AND blind = 0
    UNION ALL SELECT case_id, 'source', source FROM queue_rows WHERE source <> ''
    UNION ALL SELECT case_id, 'language', language FROM queue_rows WHERE language <> ''
    UNION ALL SELECT case_id, 'country', country FROM queue_rows WHERE country <> ''
    UNION ALL SELECT case_id, 'place', place FROM queue_rows WHERE place <> ''
    UNION ALL SELECT case_id, 'employer', employer FROM queue_rows WHERE employer <> ''
    UNION ALL SELECT case_id, 'analyst', analyst FROM queue_rows WHERE analyst <> ''
    UNION ALL
    SELECT DISTINCT r.case_id, 'indicator', json_extract(e.value, '$.indicator')
    FROM queue_rows r
    JOIN assessments m
      ON m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = r.version_id)
    JOIN json_each(m.record, '$.evidence') e
    WHERE r.blind = 0
    UNION ALL
    SELECT DISTINCT s.case_id, 'tag', t.value
    FROM case_states s
    JOIN decisions d ON d.decision_id = s.decision_id
    JOIN queue_rows r ON r.case_id = s.case_id AND r.lane <> 'second_opinion'
    JOIN json_each(d.tags) t;

CREATE TRIGGER facet_counts_after_insert AFTER INSERT ON facet_cases
    BEGIN UPDATE facet_values SET waiting = waiting + NEW.waiting, decided = decided + 1 - NEW.waiting
          WHERE value_id = NEW.value_id; END;
CREATE TRIGGER facet_counts_after_delete AFTER DELETE ON facet_cases
    BEGIN UPDATE facet_values SET waiting = waiting - OLD.waiting, decided = decided - 1 + OLD.waiting
          WHERE value_id = OLD.value_id; END;

-- Inserting the number of a case here computes its row again: SQLite's way to a procedure.
CREATE VIEW queue_refresh AS SELECT case_id FROM queue_rows WHERE 0;
CREATE TRIGGER queue_refresh_insert INSTEAD OF INSERT ON queue_refresh
    BEGIN
        INSERT INTO queue_rows (case_id, fingerprint, version_id, state, waiting, priority, opened_at, reason, lane,
                                blind, title, language, source, country, place, employer, score, kind, copies,
                                analyst, first_analyst, verdict, decided_at)
        SELECT case_id, fingerprint, version_id, state, waiting, priority, opened_at, reason, lane, blind, title,
               language, source, country, place, employer, score, kind, copies, analyst, first_analyst, verdict,
               decided_at
        FROM queue_rows_now WHERE case_id = NEW.case_id
        ON CONFLICT (case_id) DO UPDATE SET
            fingerprint = excluded.fingerprint, version_id = excluded.version_id, state = excluded.state,
            waiting = excluded.waiting, priority = excluded.priority, opened_at = excluded.opened_at,
            reason = excluded.reason, lane = excluded.lane, blind = excluded.blind, title = excluded.title, language = excluded.language,
            source = excluded.source, country = excluded.country, place = excluded.place, employer = excluded.employer,
            score = excluded.score, kind = excluded.kind, copies = excluded.copies, analyst = excluded.analyst,
            first_analyst = excluded.first_analyst, verdict = excluded.verdict,
            decided_at = excluded.decided_at;
        DELETE FROM facet_cases WHERE case_id = NEW.case_id;
        INSERT INTO facet_values (facet, value) SELECT f.facet, f.value FROM queue_facets_now f
        WHERE f.case_id = NEW.case_id
          AND NOT EXISTS (SELECT 1 FROM facet_values v WHERE v.facet = f.facet AND v.value = f.value);
        INSERT INTO facet_cases (value_id, waiting, priority, case_id)
        SELECT v.value_id, r.waiting, r.priority, r.case_id
        FROM queue_facets_now f
        JOIN queue_rows r ON r.case_id = f.case_id
        JOIN facet_values v ON v.facet = f.facet AND v.value = f.value
        WHERE f.case_id = NEW.case_id;
    END;
CREATE TRIGGER queue_after_new_case AFTER INSERT ON cases
    BEGIN INSERT INTO queue_refresh VALUES (NEW.case_id); END;
CREATE TRIGGER queue_after_changed_case AFTER UPDATE ON cases
    WHEN OLD.fingerprint IS NOT NEW.fingerprint OR OLD.reason IS NOT NEW.reason
      OR OLD.priority IS NOT NEW.priority OR OLD.version_id IS NOT NEW.version_id
    BEGIN INSERT INTO queue_refresh VALUES (NEW.case_id); END;
CREATE TRIGGER queue_after_deleted_case AFTER DELETE ON cases
    BEGIN
        DELETE FROM facet_cases WHERE case_id = OLD.case_id;
        DELETE FROM queue_rows WHERE case_id = OLD.case_id;
    END;
CREATE TRIGGER queue_after_decision AFTER INSERT ON decisions
    BEGIN INSERT INTO queue_refresh VALUES (NEW.case_id); END;
CREATE TRIGGER queue_after_second_opinion AFTER INSERT ON second_opinions
    BEGIN INSERT INTO queue_refresh VALUES (NEW.case_id); END;
CREATE TRIGGER queue_after_assessment AFTER INSERT ON assessments
    BEGIN INSERT INTO queue_refresh SELECT case_id FROM cases WHERE version_id = NEW.version_id; END;
CREATE TRIGGER queue_after_resurfacing AFTER INSERT ON resurfacings
    BEGIN INSERT INTO queue_refresh VALUES (NEW.case_id); END;
CREATE TRIGGER queue_after_appeal AFTER INSERT ON case_appeals
    BEGIN INSERT INTO queue_refresh VALUES (NEW.case_id); END;
CREATE TRIGGER queue_after_new_copy AFTER INSERT ON case_ads
    BEGIN
        UPDATE queue_rows SET copies = (SELECT count(*) FROM case_ads WHERE case_id = NEW.case_id AND left_at IS NULL)
        WHERE case_id = NEW.case_id;
    END;
CREATE TRIGGER queue_after_changed_copy AFTER UPDATE ON case_ads
    BEGIN
        UPDATE queue_rows SET copies = (SELECT count(*) FROM case_ads WHERE case_id = NEW.case_id AND left_at IS NULL)
        WHERE case_id = NEW.case_id;
    END;

-- The words of the versions that cases stand on; they themselves are not stored, and those of a version never change.
CREATE VIRTUAL TABLE case_words USING fts5 (words, content='', tokenize='ascii');

-- The same for readers who may see no contacts: texts as they read them. Stored, since the rules that hide contacts grow:
-- an index without texts has to be given the very words that it is to forget.
CREATE VIRTUAL TABLE case_words_redacted USING fts5 (words, tokenize='ascii');
