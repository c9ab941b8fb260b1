"""The tables of campaigns, contacts and what comes back, as ``migrations`` makes them. Never edited after release."""

from typing import Final

__all__ = ["CAME_BACK", "CAMPAIGNS", "CONTACTS", "REMOVAL", "REPOSTS"]

CAMPAIGNS: Final = (
    """CREATE TABLE campaigns (
        campaign_id TEXT PRIMARY KEY,
        since TEXT NOT NULL,
        merged_into TEXT REFERENCES campaigns         -- null while it lives
    ) STRICT""",
    """CREATE TABLE campaign_texts (
        text_id INTEGER PRIMARY KEY,
        key INTEGER NOT NULL UNIQUE,                  -- equal where only numbers and addresses differ
        size INTEGER NOT NULL,
        signature BLOB NOT NULL,                      -- MinHash slots, four bytes each, little-endian
        words TEXT NOT NULL,                          -- a sign a word
        campaign_id TEXT NOT NULL REFERENCES campaigns
    ) STRICT""",
    "CREATE INDEX campaign_texts_by_campaign ON campaign_texts (campaign_id)",
    """CREATE TABLE campaign_versions (
        version_id INTEGER PRIMARY KEY REFERENCES ad_versions,
        ad_id TEXT NOT NULL REFERENCES ads,
        text_id INTEGER NOT NULL REFERENCES campaign_texts,
        similarity REAL NOT NULL,                     -- to the nearest text of the campaign when it joined
        joined_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX campaign_versions_by_text ON campaign_versions (text_id)",
    "CREATE INDEX campaign_versions_by_ad ON campaign_versions (ad_id)",
    "CREATE INDEX campaign_versions_by_night ON campaign_versions (joined_at)",
    """CREATE TABLE campaign_events (
        event_id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        act TEXT NOT NULL CHECK (act IN ('merged', 'split')),
        campaign_id TEXT NOT NULL REFERENCES campaigns,     -- what stays
        other_id TEXT NOT NULL REFERENCES campaigns         -- what it took over, or what was split off
    ) STRICT""",
    "CREATE TABLE campaign_method (method TEXT NOT NULL) STRICT",
    """CREATE TABLE resurfacings (
        case_id INTEGER NOT NULL REFERENCES cases,
        ad_id TEXT NOT NULL REFERENCES ads,
        fact TEXT NOT NULL CHECK (fact IN ('contact', 'destination', 'salary', 'rule')),
        before TEXT,                                  -- what the campaign's ads had said
        after TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (case_id, ad_id, fact, after)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS cases_by_version ON cases (version_id)",
)

CAME_BACK: Final = (
    "DROP VIEW case_states",
    """CREATE VIEW case_states AS
        SELECT c.case_id, d.decision_id,
               CASE WHEN d.decision_id IS NULL THEN 'open'
                    WHEN d.fingerprint = c.fingerprint AND NOT EXISTS (
                         SELECT 1 FROM resurfacings r WHERE r.case_id = c.case_id AND r.at > d.decided_at)
                    THEN 'decided'
                    ELSE 'reopened' END AS state
        FROM cases c
        LEFT JOIN decisions d
          ON d.decision_id = (SELECT max(n.decision_id) FROM standing_decisions n WHERE n.case_id = c.case_id)""",
    """CREATE TRIGGER desk_meets_what_came_back AFTER INSERT ON resurfacings
        BEGIN INSERT INTO desk_renewal VALUES (NEW.case_id); END""",
)

CONTACTS: Final = (
    """CREATE TABLE contacts (
        contact_id INTEGER PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,                    -- keyed: equal for equal contacts, of no use without the key
        kind TEXT NOT NULL,
        value BLOB NOT NULL                           -- encrypted
    ) STRICT""",
    """CREATE TABLE contact_ads (
        contact_id INTEGER NOT NULL REFERENCES contacts,
        version_id INTEGER NOT NULL REFERENCES ad_versions,
        ad_id TEXT NOT NULL REFERENCES ads,
        PRIMARY KEY (contact_id, version_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX contact_ads_by_ad ON contact_ads (ad_id)",
    """CREATE TABLE contact_versions (
        version_id INTEGER PRIMARY KEY REFERENCES ad_versions,
        employer TEXT,                                -- as compared: folded
        place TEXT,
        country TEXT
    ) STRICT""",
    "CREATE INDEX contact_versions_by_employer ON contact_versions (employer)",
)

REPOSTS: Final = (
    """CREATE TABLE ad_reposts (
        ad_id TEXT NOT NULL REFERENCES ads,           -- the ad that came later
        former_id TEXT NOT NULL REFERENCES ads,       -- the one that had been removed, or itself
        fact TEXT NOT NULL CHECK (fact IN ('reposted', 'reposted_under_another_name')),
        before TEXT,
        after TEXT,
        gone_at TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (ad_id, former_id, at)
    ) STRICT, WITHOUT ROWID""",
)

REMOVAL: Final = (
    "CREATE INDEX contact_ads_by_version ON contact_ads (version_id)",
    "CREATE INDEX case_ads_by_ad ON case_ads (ad_id)",
    "CREATE INDEX resurfacings_by_ad ON resurfacings (ad_id)",
    "CREATE INDEX ad_reposts_by_former ON ad_reposts (former_id)",
)
