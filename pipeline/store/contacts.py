"""The graph of ads, contacts, employers and places in the database.

What the database knows of ads beside their words, as it stood at one moment.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crawler.ad import JobAd
from pipeline.linking.contacts import (
    MOST_CAMPAIGNS,
    ContactAd,
    ContactCard,
    ContactLink,
    ContactVault,
    connects,
    find_identities,
)
from pipeline.store.connection import Store, from_moment, storable, to_moment

__all__ = ["NO_CASE", "ContactRows", "FactRows", "Reach"]

_HARMFUL: Final = "('trafficking_recruitment', 'job_fraud', 'irregular_recruitment')"

_REACH: Final = f"""
    SELECT c.contact_id, c.hash, c.kind, c.value AS sealed,
           count(DISTINCT l.ad_id) AS ads,
           count(DISTINCT coalesce(t.campaign_id, l.ad_id)) AS campaigns,
           count(DISTINCT n.employer) AS employers, min(n.employer IS NOT NULL) AS all_named,
           count(DISTINCT n.place) AS places,
           count(DISTINCT n.country) AS countries, count(DISTINCT a.source) AS sources,
           min(a.first_seen_at) AS first_seen, max(a.last_seen_at) AS last_seen,
           count(DISTINCT CASE WHEN d.verdict IN {_HARMFUL} THEN d.case_id END) AS harmful_cases,
           count(DISTINCT CASE WHEN d.verdict = 'legitimate' THEN d.case_id END) AS lawful_cases
    FROM contacts c
    JOIN contact_ads l USING (contact_id)
    JOIN ads a ON a.ad_id = l.ad_id
    JOIN contact_versions n ON n.version_id = l.version_id
    LEFT JOIN campaign_versions m ON m.version_id = l.version_id
    LEFT JOIN campaign_texts t USING (text_id)
    LEFT JOIN (SELECT DISTINCT ct.campaign_id, z.case_id FROM cases z JOIN campaign_versions cv USING (version_id)
               JOIN campaign_texts ct USING (text_id)) k ON k.campaign_id = t.campaign_id  -- a decision covers copies
    -- Not joined: the state of every case that there is would be worked out.
    LEFT JOIN decisions d ON d.decision_id = (SELECT s.decision_id FROM case_states s WHERE s.case_id = k.case_id)"""


class ContactRows(Store):
    """What ads have in common beside their words."""

    def unlinked_versions(self) -> list[int]:
        """The versions of ads whose contacts are not in the graph yet."""
        rows = self._rows(
            "SELECT version_id FROM ad_versions WHERE version_id NOT IN (SELECT version_id FROM contact_versions) "
            "AND content_hash <> '' ORDER BY version_id"
        )
        return [row["version_id"] for row in rows]

    def link_contacts(self, version_id: int, ad: JobAd, vault: ContactVault) -> int:
        """Put one version into the graph; gives how many contacts it has."""
        self._run(
            "INSERT INTO contact_versions (version_id, employer, place, country) VALUES (?, ?, ?, ?)",
            [version_id, _folded(ad.hiring_organization), _folded(ad.job_location), ad.country],
        )
        found = find_identities(ad)
        for contact in found:
            digest = vault.hash_of(contact)
            if self._row("SELECT 1 FROM contacts WHERE hash = ?", [digest]) is None:
                self._run(
                    "INSERT INTO contacts (hash, kind, value) VALUES (?, ?, ?)",
                    [digest, storable(contact.kind), vault.seal(contact)],
                )
            self._run(
                "INSERT INTO contact_ads (contact_id, version_id, ad_id) "
                "SELECT contact_id, ?, ? FROM contacts WHERE hash = ?",
                [version_id, ad.ad_id, digest],
            )
        return len(found)

    def forget_contacts(self, ad_ids: Iterable[str]) -> None:
        """Take ads out of the graph, and contacts that no other ad has."""
        for ad_id in ad_ids:
            self._run("DELETE FROM contact_ads WHERE ad_id = ?", [ad_id])
            self._run(
                "DELETE FROM contact_versions WHERE version_id IN (SELECT version_id FROM ad_versions WHERE ad_id = ?)",
                [ad_id],
            )
        self._run("DELETE FROM contacts WHERE contact_id NOT IN (SELECT contact_id FROM contact_ads)")

    def contact(self, digest: str) -> ContactCard | None:
        """The contact with this hash."""
        row = self._row(f"{_REACH} WHERE c.hash = ? GROUP BY c.contact_id", [digest])
        return _card(row) if row else None

    def contacts_of(self, ad_id: str) -> tuple[ContactCard, ...]:
        """The contacts that the ad has now."""
        its = "SELECT contact_id FROM contact_ads JOIN ads USING (version_id) WHERE ads.ad_id = ?"
        where = f"WHERE c.contact_id IN ({its})"
        rows = self._rows(f"{_REACH} {where} GROUP BY c.contact_id ORDER BY c.kind, c.hash", [ad_id])
        return tuple(_card(row) for row in rows)

    def contacts(self) -> tuple[ContactCard, ...]:
        """All contacts, those of most ads first."""
        rows = self._rows(f"{_REACH} GROUP BY c.contact_id ORDER BY ads DESC, c.hash")
        return tuple(_card(row) for row in rows)

    def contact_ads(self, digest: str, *, most: int = -1) -> tuple[ContactAd, ...]:
        """Everything that this contact appears in, newest first."""
        rows = self._rows(_CONTACT_ADS, [digest, most])
        return tuple(
            ContactAd(
                **{
                    **row,
                    "first_seen": to_moment(row["first_seen"]),
                    "last_seen": to_moment(row["last_seen"]),
                    "is_gone": bool(row["is_gone"]),
                    "has_it_now": bool(row["has_it_now"]),
                }
            )
            for row in rows
        )

    def contact_links(self, digest: str, *, most: int = 60) -> tuple[ContactLink, ...]:
        """Other contacts in the same campaigns, of those that connect anything; most ads first."""
        rows = self._rows(
            "WITH mine AS (SELECT DISTINCT t.campaign_id FROM contacts c JOIN contact_ads l USING (contact_id) "
            "  JOIN campaign_versions m USING (version_id) JOIN campaign_texts t USING (text_id) WHERE c.hash = ?), "
            "others AS (SELECT l.contact_id, t.campaign_id, count(DISTINCT l.ad_id) AS ads FROM mine "
            "  JOIN campaign_texts t USING (campaign_id) JOIN campaign_versions m USING (text_id) "
            "  JOIN contact_ads l USING (version_id) GROUP BY l.contact_id, t.campaign_id) "
            "SELECT c.hash, c.kind, c.value AS sealed, o.campaign_id, o.ads FROM others o JOIN contacts c "
            "USING (contact_id) WHERE c.hash <> ? AND (SELECT count(DISTINCT t.campaign_id) FROM contact_ads l "
            "  JOIN campaign_versions m USING (version_id) JOIN campaign_texts t USING (text_id) "
            "  WHERE l.contact_id = c.contact_id) <= ? ORDER BY o.ads DESC, c.hash LIMIT ?",
            [digest, digest, MOST_CAMPAIGNS, most],
        )
        return tuple(ContactLink(**row) for row in rows)


_CONTACT_ADS: Final = """
    SELECT a.ad_id, a.source, v.title, v.language, json_extract(v.record, '$.hiring_organization') AS employer,
           json_extract(v.record, '$.job_location') AS place, json_extract(v.record, '$.country') AS country,
           t.campaign_id, coalesce(k.case_id, (
               SELECT max(z.case_id) FROM campaign_texts x JOIN campaign_versions y USING (text_id)
               JOIN cases z USING (version_id) WHERE x.campaign_id = t.campaign_id)) AS case_id,
           (SELECT d.verdict FROM decisions d WHERE d.case_id = coalesce(k.case_id, (
               SELECT max(z.case_id) FROM campaign_texts x JOIN campaign_versions y USING (text_id)
               JOIN cases z USING (version_id) WHERE x.campaign_id = t.campaign_id))
            ORDER BY d.decision_id DESC LIMIT 1) AS verdict,
           a.first_seen_at AS first_seen, a.last_seen_at AS last_seen, a.gone_at IS NOT NULL AS is_gone,
           EXISTS (SELECT 1 FROM contact_ads w WHERE w.contact_id = c.contact_id AND w.version_id = a.version_id)
               AS has_it_now
    FROM contacts c
    JOIN (SELECT DISTINCT contact_id, ad_id FROM contact_ads) l USING (contact_id)
    JOIN ads a ON a.ad_id = l.ad_id
    JOIN ad_versions v ON v.version_id = a.version_id
    LEFT JOIN campaign_versions m ON m.version_id = a.version_id
    LEFT JOIN campaign_texts t USING (text_id)
    LEFT JOIN case_ads k ON k.ad_id = a.ad_id AND k.left_at IS NULL
    WHERE c.hash = ?
    ORDER BY a.last_seen_at DESC, a.ad_id LIMIT ?"""


def _card(row: dict[str, Any]) -> ContactCard:
    known = {name: value for name, value in row.items() if name not in {"contact_id", "all_named"}}
    is_specific = connects(
        campaigns=row["campaigns"], employers=row["employers"], all_named=bool(row["all_named"])
    )  # fmt: skip
    moments = {name: to_moment(row[name]) for name in ("first_seen", "last_seen")}
    return ContactCard(**(known | moments), is_specific=is_specific)


def _folded(text: str | None) -> str | None:
    return storable(" ".join(text.casefold().split())) if text else None


NO_CASE: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one contact reached."""

    employers: int
    countries: int
    first_seen: datetime
    is_specific: bool
    """Whether it connects the ads that it is in; of any other, cases are not counted."""

    harmful_cases: int
    lawful_cases: int


class FactRows(Store):
    """Counts of contacts, changes and reposts; nothing that came later counts."""

    def judged_version(self, ad_id: str, fingerprint: str) -> int | None:
        """The first version of the ad with this text."""
        row = self._row(
            "SELECT min(version_id) AS version_id FROM ad_versions WHERE ad_id = ? AND fingerprint = ?",
            [ad_id, fingerprint],
        )
        return row["version_id"] if row else None

    def present_version(self, ad_id: str) -> int | None:
        """The ad's version as it was last seen."""
        row = self._row("SELECT version_id FROM ads WHERE ad_id = ?", [ad_id])
        return row["version_id"] if row else None

    def contacts_of_versions(self, versions: Mapping[int, str]) -> dict[str, list[int]]:
        """The contacts of each of these versions, by the id of its ad."""
        found: dict[str, list[int]] = {}
        for row in self._rows(
            "SELECT l.ad_id, l.contact_id FROM json_each(?) w JOIN contact_ads l ON l.version_id = w.value "
            "ORDER BY l.ad_id, l.contact_id",
            [json.dumps(list(versions))],
        ):
            found.setdefault(row["ad_id"], []).append(row["contact_id"])
        return found

    def reach(self, contact_id: int, *, at: datetime, apart_from: int = NO_CASE) -> Reach:
        """How far the contact reached at that moment; decisions count that were made before, but for one case's."""
        moment = {"contact": contact_id, "at": from_moment(at), "case": apart_from}
        row = self._row(_REACH_FACTS, moment)
        assert row is not None  # counts are always there
        is_specific = connects(
            campaigns=row["campaigns"], employers=row["employers"], all_named=bool(row["all_named"])
        )  # fmt: skip
        decided = self._rows(_DECIDED, moment) if is_specific else []
        cases = {each["verdict"]: each["cases"] for each in decided}
        return Reach(
            employers=row["employers"],
            countries=row["countries"],
            first_seen=to_moment(row["first_seen"]) if row["first_seen"] else at,
            is_specific=is_specific,
            harmful_cases=sum(cases.get(verdict, 0) for verdict in _HARMFUL_FACTS),
            lawful_cases=cases.get("legitimate", 0),
        )

    def change_counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """For each ad in how many of its versions each fact of the offer was another."""
        return self._counts(
            "SELECT ad_id, fact, count(DISTINCT version_id) AS n FROM ad_changes WHERE fact IS NOT NULL "
            "AND ad_id IN (SELECT value FROM json_each(?)) AND changed_at <= ? GROUP BY ad_id, fact",
            ad_ids,
            at,
        )

    def repost_counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """For each ad how often it came again, under which fact."""
        return self._counts(
            "SELECT ad_id, fact, count(*) AS n FROM ad_reposts "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) AND at <= ? GROUP BY ad_id, fact",
            ad_ids,
            at,
        )

    def _counts(self, sql: str, ad_ids: Iterable[str], at: datetime) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._rows(sql, [json.dumps(list(ad_ids)), from_moment(at)]):
            found.setdefault(row["ad_id"], {})[row["fact"]] = row["n"]
        return found


_HARMFUL_FACTS: Final = ("trafficking_recruitment", "job_fraud", "irregular_recruitment")

_SEEN: Final = """
    FROM contact_ads l
    JOIN ad_versions v ON v.version_id = l.version_id
    LEFT JOIN campaign_versions m ON m.version_id = l.version_id
    LEFT JOIN campaign_texts t USING (text_id)"""

_REACH_FACTS: Final = f"""
    SELECT count(DISTINCT coalesce(t.campaign_id, l.ad_id)) AS campaigns, count(DISTINCT n.employer) AS employers,
           min(n.employer IS NOT NULL) AS all_named, count(DISTINCT n.country) AS countries,
           min(v.seen_at) AS first_seen
    {_SEEN}
    JOIN contact_versions n ON n.version_id = l.version_id
    WHERE l.contact_id = :contact AND v.seen_at <= :at"""

# What stood then: the last decision of each case that nobody had taken back by that time. A decision covers copies.
_DECIDED: Final = f"""
    WITH said AS (SELECT DISTINCT t.campaign_id {_SEEN} WHERE l.contact_id = :contact AND v.seen_at <= :at),
    its AS (SELECT DISTINCT c.case_id FROM said CROSS JOIN campaign_texts x USING (campaign_id)
            CROSS JOIN campaign_versions y USING (text_id) CROSS JOIN cases c USING (version_id)
            WHERE c.case_id <> :case)
    SELECT d.verdict, count(*) AS cases FROM its JOIN decisions d ON d.decision_id = (
        SELECT max(n.decision_id) FROM decisions n
        WHERE n.case_id = its.case_id AND n.withdraws IS NULL AND n.decided_at < :at
          AND NOT EXISTS (SELECT 1 FROM decisions w WHERE w.withdraws = n.decision_id AND w.decided_at < :at))
    GROUP BY d.verdict"""
