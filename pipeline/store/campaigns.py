"""Campaigns: signed texts, which ads have them, and what merged or split."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from crawler.ad import JobAd
from pipeline.case import Reason, State, Verdict
from pipeline.linking.describe import CampaignEvent, CampaignName, Copy, NamedTexts, SignedText
from pipeline.store.connection import Part, statement, to_moment

_CHUNK: Final = 10_000

_MEMBERS: Final = """
    FROM campaign_texts t
    JOIN campaign_versions m USING (text_id)
    JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
    JOIN ad_versions v ON v.version_id = m.version_id
    WHERE t.campaign_id = ? AND v.content_hash <> ''"""
"""The ads that carry a text of the campaign now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownCase:
    """A waiting case whose campaign has another number of ads than when it was last counted."""

    case_id: int
    reason: Reason
    state: State
    score: float
    rule: str | None
    size: int
    """Ads with this text, or nearly, now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCase:
    """A case of one of a campaign's texts."""

    case_id: int
    state: State
    title: str
    rule: str | None
    """The combination of indicators that was met in what the case shows."""

    decided_at: datetime | None
    verdict: Verdict | None
    """The standing one: what triage goes by. A page shows ``final`` alone."""

    final: Verdict | None
    """The verdict of a closed case."""

    lane: str


class StoredCampaigns(Part):
    """Ads that are copies of one another, and the cases of their texts."""

    def method(self) -> str | None:
        """How the stored texts were signed and compared."""
        return self._db.text("SELECT method FROM campaign_method")

    def set_method(self, method: str) -> None:
        """Record how they are signed and compared from now on."""
        self._db.run("DELETE FROM campaign_method")
        self._db.run("INSERT INTO campaign_method (method) VALUES (?)", [method])

    def texts_state(self) -> tuple[int, int]:
        """The number of texts and the newest text's id: a pair that changes with the texts."""
        count, last = self._db.run("SELECT count(*), coalesce(max(text_id), 0) FROM campaign_texts").fetchone()
        return count, last

    def signed_texts(self) -> Iterator[NamedTexts]:
        """All stored texts in the order in which they came, some thousands at a time."""
        sql = (
            "SELECT text_id, key, size, signature, words, since, campaign_id "
            "FROM campaign_texts JOIN campaigns USING (campaign_id) WHERE text_id > ? ORDER BY text_id LIMIT ?"
        )
        last = 0
        while rows := self._db.run(sql, [last, _CHUNK]).fetchall():
            last = rows[-1][0]
            yield [(SignedText(*text), CampaignName(to_moment(since), name)) for _, *text, since, name in rows]

    def add_texts(self, texts: NamedTexts) -> None:
        """Add new texts, each with its campaign."""
        self._db.run_many(
            # An ad that was removed and comes back gives its campaign the same id, which may have been merged long ago.
            "INSERT INTO campaigns (campaign_id, since) VALUES (?, ?) ON CONFLICT DO UPDATE SET merged_into = NULL",
            {(name.campaign_id, name.since) for _, name in texts},
        )
        self._db.run_many(
            "INSERT INTO campaign_texts (key, size, signature, words, campaign_id) VALUES (?, ?, ?, ?, ?)",
            ((*text, name.campaign_id) for text, name in texts),
        )

    def unplaced_versions(self) -> tuple[int, ...]:
        """The versions of ads that belong to no campaign yet, in the order in which they were seen."""
        return self._db.column(
            "SELECT version_id FROM ad_versions WHERE version_id NOT IN (SELECT version_id FROM campaign_versions) "
            "AND content_hash <> '' ORDER BY version_id"
        )

    def place(self, placed: Iterable[tuple[int, int, float]], *, at: datetime) -> None:
        """Record the text of each version, by its key, and its similarity to the nearest other text."""
        self._db.run_many(
            "INSERT INTO campaign_versions (version_id, ad_id, text_id, similarity, joined_at) SELECT v.version_id, "
            "v.ad_id, t.text_id, ?, ? FROM ad_versions v JOIN campaign_texts t ON t.key = ? "
            "WHERE v.version_id = ? AND v.content_hash <> ''",  # one may have been removed since it was read
            ((similarity, at, key, version_id) for version_id, key, similarity in placed),
        )

    def placed(self) -> dict[int, str]:
        """The campaign of each version that has one."""
        sql = "SELECT m.version_id, t.campaign_id FROM campaign_versions m JOIN campaign_texts t USING (text_id)"
        return dict(self._db.run(sql))

    def record_event(self, act: Literal["merged", "split"], campaign_id: str, other_id: str, *, at: datetime) -> None:
        """One campaign took over another's ads, or another was split off."""
        self._db.insert("campaign_events", {"at": at, "act": act, "campaign_id": campaign_id, "other_id": other_id})
        if act == "merged":
            self._db.run("UPDATE campaign_texts SET campaign_id = ? WHERE campaign_id = ?", [campaign_id, other_id])
        self._db.run(
            "UPDATE campaigns SET merged_into = ? WHERE campaign_id = ?",
            [campaign_id if act == "merged" else None, other_id],
        )

    def rename(self, names: Mapping[str, str]) -> None:
        """Give campaigns that were found anew the ids that they had before."""
        given = {"names": dict(names)}
        self._db.run(
            "UPDATE campaign_texts SET campaign_id = (SELECT value FROM json_each(:names) WHERE key = campaign_id) "
            "WHERE campaign_id IN (SELECT key FROM json_each(:names))",
            given,
        )
        self._db.run(
            "UPDATE campaigns SET merged_into = NULL WHERE campaign_id IN (SELECT value FROM json_each(:names))", given
        )

    def clear(self) -> None:
        """Delete all texts and which versions have them; campaigns and their history stay."""
        self._db.run("DELETE FROM campaign_versions")
        self._db.run("DELETE FROM campaign_texts")

    def remove_ads(self, ad_ids: Iterable[str]) -> None:
        """Remove ads from their campaigns, and texts that no other ad has."""
        given = [list(ad_ids)]
        self._db.run("DELETE FROM campaign_versions WHERE ad_id IN (SELECT value FROM json_each(?))", given)
        self._db.run("DELETE FROM campaign_texts WHERE text_id NOT IN (SELECT text_id FROM campaign_versions)")

    def of_ad(self, ad_id: str) -> str | None:
        """The campaign of the ad as it was last seen."""
        return self._db.text(
            "SELECT t.campaign_id FROM ads a JOIN campaign_versions m USING (version_id) "
            "JOIN campaign_texts t USING (text_id) WHERE a.ad_id = ?",
            [ad_id],
        )

    def of_key(self, key: int) -> str | None:
        """The campaign of the text with this key."""
        return self._db.text("SELECT campaign_id FROM campaign_texts WHERE key = ?", [key])

    def title(self, campaign_id: str) -> str | None:
        """The title that most of its ads have now, the first seen of equals; None for a campaign without ads."""
        return self._db.text(
            f"SELECT v.title {_MEMBERS} GROUP BY v.title ORDER BY count(*) DESC, min(a.first_seen_at), v.title LIMIT 1",
            [campaign_id],
        )

    def titles(self, campaign_ids: Iterable[str]) -> dict[str, str]:
        """The titles of these campaigns, of those that have ads."""
        found = ((each, self.title(each)) for each in dict.fromkeys(campaign_ids))
        return {campaign_id: title for campaign_id, title in found if title}

    def current(self, campaign_id: str) -> str | None:
        """The campaign that has this one's ads now: itself, or what it was merged into."""
        while row := self._db.row("SELECT merged_into FROM campaigns WHERE campaign_id = ?", [campaign_id]):
            if not row["merged_into"]:
                return campaign_id
            campaign_id = row["merged_into"]
        return None

    def copies(self, campaign_id: str, *, most: int = -1) -> tuple[Copy, ...]:
        """The ads that are in the campaign now, those first that were seen first."""
        sql = "SELECT v.record AS ad, a.first_seen_at AS first_seen, a.last_seen_at AS last_seen, a.gone_at"
        return self._db.records(
            Copy, f"{sql} {_MEMBERS} ORDER BY a.first_seen_at, a.ad_id LIMIT ?", [campaign_id, most]
        )

    def size(self, campaign_id: str) -> int:
        """How many ads are in it now."""
        return self._db.count(f"SELECT count(*) {_MEMBERS}", [campaign_id])

    def events(self, campaign_id: str) -> tuple[CampaignEvent, ...]:
        """What merged into it or was split off, oldest first."""
        return self._db.records(
            CampaignEvent,
            "SELECT at, act, campaign_id, other_id FROM campaign_events WHERE ? IN (campaign_id, other_id) "
            "ORDER BY event_id",
            [campaign_id],
        )

    def cases(self, campaign_id: str) -> tuple[CampaignCase, ...]:
        """The cases of its texts, oldest first."""
        return tuple(self.cases_of([campaign_id]).get(campaign_id, ()))

    def cases_of(self, campaigns: Iterable[str]) -> dict[str, list[CampaignCase]]:
        """The cases of each of these campaigns that has any, oldest first."""
        found: dict[str, list[CampaignCase]] = {}
        for row in self._db.rows(statement("campaign_cases"), [list(campaigns)]):
            found.setdefault(row.pop("campaign_id"), []).append(self._db.to_record(CampaignCase, row))
        return found

    def present_ads(self, campaign_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """The ads of each campaign that carry one of its texts now."""
        rows = self._db.run(statement("present_ads"), [list(campaign_ids)])
        return {campaign: frozenset(json.loads(ads)) for campaign, ads in rows}

    def touched(self) -> tuple[str, ...]:
        """The campaigns of ads that are still to be triaged, also earlier ones."""
        return self._db.column(statement("touched_campaigns"))

    def update_sizes(self, campaign_ids: Iterable[str]) -> tuple[GrownCase, ...]:
        """Count the ads of these campaigns anew; gives the waiting cases of which the number changed."""
        given = {"campaigns": list(campaign_ids)}
        grown = self._db.records(GrownCase, statement("with_campaign_sizes", "grown_cases"), given)
        self._db.run(statement("with_campaign_sizes", "count_campaign_ads"), given)
        return grown

    def versions_before(self, campaign_id: str, moment: datetime) -> tuple[JobAd, ...]:
        """Every version of the campaign's ads that was there at that moment."""
        return tuple(map(self._db.read_ad, self._db.column(statement("versions_before"), [campaign_id, moment])))
