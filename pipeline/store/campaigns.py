"""Campaigns in the database: signed texts, which ads have them, and what merged or split.

How many ads each case's campaign has, kept beside the case so that the queue can show it, in the database.

Cases of campaigns in the database, and copies that come back after a decision with something new.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np

from crawler.ad import JobAd
from pipeline.case import Reason, State, Verdict
from pipeline.linking.campaigns import Name, SignedTexts
from pipeline.linking.changes import Fresh
from pipeline.linking.describe import CampaignEvent, Copy
from pipeline.linking.near_duplicates import SLOTS
from pipeline.store.connection import Store, from_moment, read_ad, to_moment

__all__ = ["CampaignCase", "CampaignRows", "GrownCase", "Resurfaced", "ResurfacingRows", "SizeRows"]

_CHUNK: Final = 10_000

_MEMBERS: Final = """
    FROM campaign_texts t
    JOIN campaign_versions m USING (text_id)
    JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
    JOIN ad_versions v ON v.version_id = m.version_id
    WHERE t.campaign_id = ? AND v.content_hash <> ''"""
"""The ads that carry a text of the campaign now."""


class CampaignRows(Store):
    """Which ads are copies of one another."""

    def campaign_method(self) -> str | None:
        """What the kept texts were signed and met by."""
        row = self._row("SELECT method FROM campaign_method")
        return str(row["method"]) if row else None

    def set_campaign_method(self, method: str) -> None:
        """Remember what they are signed and met by from now on."""
        self._run("DELETE FROM campaign_method")
        self._run("INSERT INTO campaign_method (method) VALUES (?)", [method])

    def unplaced_versions(self) -> list[int]:
        """The versions of ads that belong to no campaign yet, in the order in which they were seen."""
        rows = self._rows(
            "SELECT version_id FROM ad_versions WHERE version_id NOT IN (SELECT version_id FROM campaign_versions) "
            "AND content_hash <> '' ORDER BY version_id"
        )
        return [row["version_id"] for row in rows]

    def version_ads(self, version_ids: Sequence[int]) -> Iterator[JobAd]:
        """The ad of each version, in their order."""
        for start in range(0, len(version_ids), 500):
            part = list(version_ids[start : start + 500])
            rows = self._rows(
                "SELECT version_id, record FROM ad_versions WHERE version_id IN (SELECT value FROM json_each(?))",
                [json.dumps(part)],
            )
            records = {row["version_id"]: row["record"] for row in rows}
            yield from (read_ad(records[version_id]) for version_id in part)

    def texts_mark(self) -> tuple[int, int]:
        """How many texts are kept, and the number of the newest: another pair once others are."""
        row = self._row("SELECT count(*) AS n, coalesce(max(text_id), 0) AS last FROM campaign_texts")
        return (row["n"], row["last"]) if row else (0, 0)

    def kept_texts(self) -> Iterator[SignedTexts]:
        """All texts that are kept, some thousands at a time, in the order in which they came."""
        sql = (
            "SELECT text_id, key, size, signature, words, campaign_id, since "
            "FROM campaign_texts JOIN campaigns USING (campaign_id) WHERE text_id > ? ORDER BY text_id LIMIT ?"
        )
        last = 0
        while rows := self._db.execute(sql, [last, _CHUNK]).fetchall():
            ids, keys, sizes, signatures, words, names, since = zip(*rows, strict=True)
            last = ids[-1]
            yield SignedTexts(
                keys=keys,
                sizes=sizes,
                signatures=np.frombuffer(b"".join(signatures), dtype="<u4").reshape(-1, SLOTS),
                words=words,
                names=[Name(to_moment(at), name) for at, name in zip(since, names, strict=True)],
            )

    def keep_texts(self, texts: SignedTexts) -> None:
        """Keep texts that came anew, each with its campaign."""
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO campaigns (campaign_id, since) VALUES (?, ?)",
            ((name.campaign_id, from_moment(name.since)) for name in set(texts.names)),
        )
        self._db.conn.executemany(
            "INSERT INTO campaign_texts (key, size, signature, words, campaign_id) VALUES (?, ?, ?, ?, ?)",
            (
                (key, size, signature.astype("<u4").tobytes(), words, name.campaign_id)
                for key, size, signature, words, name in zip(
                    texts.keys, texts.sizes, texts.signatures, texts.words, texts.names, strict=True
                )
            ),
        )

    def place_versions(self, placed: Iterable[tuple[int, int, float]], *, at: datetime) -> None:
        """Remember for versions which text they have, by its key, and how similar the nearest other is."""
        self._db.conn.executemany(
            "INSERT INTO campaign_versions (version_id, ad_id, text_id, similarity, joined_at) SELECT v.version_id, "
            "v.ad_id, t.text_id, ?, ? FROM ad_versions v JOIN campaign_texts t ON t.key = ? "
            "WHERE v.version_id = ? AND v.content_hash <> ''",  # one may have been removed since it was read
            ((similarity, from_moment(at), key, version_id) for version_id, key, similarity in placed),
        )

    def record_campaign_event(
        self, act: Literal["merged", "split"], campaign_id: str, other_id: str, *, at: datetime
    ) -> None:
        """One campaign took over another's ads, or another was split off."""
        self._run(
            "INSERT INTO campaign_events (at, act, campaign_id, other_id) VALUES (?, ?, ?, ?)",
            [from_moment(at), act, campaign_id, other_id],
        )
        if act == "merged":
            self._run("UPDATE campaign_texts SET campaign_id = ? WHERE campaign_id = ?", [campaign_id, other_id])
        self._run(
            "UPDATE campaigns SET merged_into = ? WHERE campaign_id = ?",
            [campaign_id if act == "merged" else None, other_id],
        )

    def placed_versions(self) -> dict[int, str]:
        """The campaign of each version that has one."""
        rows = self._rows(
            "SELECT m.version_id, t.campaign_id FROM campaign_versions m JOIN campaign_texts t USING (text_id)"
        )
        return {row["version_id"]: row["campaign_id"] for row in rows}

    def rename_campaigns(self, names: Mapping[str, str]) -> None:
        """Give campaigns that were found anew the ids that they had before."""
        wanted = {"names": json.dumps(dict(names))}
        self._run(
            "UPDATE campaign_texts SET campaign_id = (SELECT value FROM json_each(:names) WHERE key = campaign_id) "
            "WHERE campaign_id IN (SELECT key FROM json_each(:names))",
            wanted,
        )
        self._run(
            "UPDATE campaigns SET merged_into = NULL WHERE campaign_id IN (SELECT value FROM json_each(:names))", wanted
        )

    def forget_placing(self) -> None:
        """Keep no text and no place; campaigns and their history stay."""
        self._run("DELETE FROM campaign_versions")
        self._run("DELETE FROM campaign_texts")

    def leave_campaigns(self, ad_ids: Iterable[str]) -> None:
        """Take ads out of their campaigns, and texts that no other ad has; the rest stays as it is."""
        wanted = [json.dumps(list(ad_ids))]
        self._run("DELETE FROM campaign_versions WHERE ad_id IN (SELECT value FROM json_each(?))", wanted)
        self._run("DELETE FROM campaign_texts WHERE text_id NOT IN (SELECT text_id FROM campaign_versions)")

    def campaign_of(self, ad_id: str) -> str | None:
        """The campaign of the ad as it was last seen."""
        row = self._row(
            "SELECT t.campaign_id FROM ads a JOIN campaign_versions m USING (version_id) "
            "JOIN campaign_texts t USING (text_id) WHERE a.ad_id = ?",
            [ad_id],
        )
        return str(row["campaign_id"]) if row else None

    def living_campaign(self, campaign_id: str) -> str | None:
        """The campaign that holds this one's ads by now: itself, or what it was merged into."""
        row = self._row("SELECT merged_into FROM campaigns WHERE campaign_id = ?", [campaign_id])
        while row and row["merged_into"]:
            campaign_id = row["merged_into"]
            row = self._row("SELECT merged_into FROM campaigns WHERE campaign_id = ?", [campaign_id])
        return campaign_id if row else None

    def campaign_copies(self, campaign_id: str, *, most: int = -1) -> tuple[Copy, ...]:
        """The ads that are in the campaign now, those first that were seen first."""
        sql = f"SELECT v.record, a.first_seen_at, a.last_seen_at, a.gone_at {_MEMBERS}"
        return tuple(
            Copy(
                ad=read_ad(row["record"]),
                first_seen=to_moment(row["first_seen_at"]),
                last_seen=to_moment(row["last_seen_at"]),
                gone_at=to_moment(row["gone_at"]) if row["gone_at"] else None,
            )
            for row in self._rows(f"{sql} ORDER BY a.first_seen_at, a.ad_id LIMIT ?", [campaign_id, most])
        )

    def campaign_size(self, campaign_id: str) -> int:
        """How many ads are in it now."""
        row = self._row(f"SELECT count(*) AS n {_MEMBERS}", [campaign_id])
        return int(row["n"]) if row else 0

    def campaign_events(self, campaign_id: str) -> tuple[CampaignEvent, ...]:
        """What merged into it or was split off, oldest first."""
        rows = self._rows(
            "SELECT at, act, campaign_id, other_id FROM campaign_events WHERE ? IN (campaign_id, other_id) "
            "ORDER BY event_id",
            [campaign_id],
        )
        return tuple(CampaignEvent(**{**row, "at": to_moment(row["at"])}) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownCase:
    """A case that waits, whose campaign has another number of ads than when it was last counted."""

    case_id: int
    reason: Reason
    state: State
    score: float
    rule: str | None
    size: int
    """Ads that say this now, in these words or nearly."""


class SizeRows(Store):
    """Sizes of campaigns as the queue knows them."""

    def touched_campaigns(self) -> list[str]:
        """The campaigns that ads of which triage has not looked at are in, or were in before."""
        rows = self._rows(
            "SELECT DISTINCT t.campaign_id FROM assessments a JOIN ad_versions v USING (version_id) "
            "JOIN campaign_versions m ON m.ad_id = v.ad_id JOIN campaign_texts t USING (text_id) "
            "WHERE a.triaged_at IS NULL"
        )
        return [row["campaign_id"] for row in rows]

    def count_campaigns(self, campaign_ids: Iterable[str]) -> tuple[GrownCase, ...]:
        """Have the cases of these campaigns know how many ads there are; gives those that wait and did not know."""
        wanted = {"campaigns": json.dumps(list(campaign_ids))}
        rows = self._rows(_GROWN, wanted)
        self._run(_COUNT, wanted)
        return tuple(GrownCase(**row) for row in rows)


_SIZES: Final = """
    WITH sizes AS MATERIALIZED (
        SELECT w.value AS campaign_id, (
            SELECT count(*) FROM campaign_texts t JOIN campaign_versions m USING (text_id)
            JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
            JOIN ad_versions v ON v.version_id = a.version_id AND v.content_hash <> ''
            WHERE t.campaign_id = w.value) AS size
        FROM json_each(:campaigns) w),
    counted AS MATERIALIZED (
        SELECT c.case_id, max(s.size) AS size FROM sizes s CROSS JOIN campaign_texts t USING (campaign_id)
        CROSS JOIN campaign_versions m USING (text_id) CROSS JOIN cases c ON c.version_id = m.version_id
        GROUP BY c.case_id)"""

_GROWN: Final = f"""{_SIZES}
    SELECT c.case_id, c.reason, r.state, n.score, n.rule, max(k.size, r.copies) AS size
    FROM counted k CROSS JOIN cases c USING (case_id) CROSS JOIN desk_rows r USING (case_id)
    JOIN assessments n ON n.assessment_id = (
        SELECT max(a.assessment_id) FROM assessments a WHERE a.version_id = c.version_id)
    WHERE r.waiting = 1 AND r.campaign_ads <> k.size ORDER BY c.case_id"""

_COUNT: Final = f"""{_SIZES}
    UPDATE desk_rows SET campaign_ads = k.size FROM counted k
    WHERE desk_rows.case_id IN (SELECT case_id FROM counted)  -- or all that there are would be gone through
    AND k.case_id = desk_rows.case_id AND campaign_ads <> k.size"""


_CASES: Final = """
    SELECT t.campaign_id, c.case_id, s.state, v.title,
           (SELECT n.rule FROM assessments n WHERE n.version_id = c.version_id
            ORDER BY n.assessment_id DESC LIMIT 1) AS rule,
           d.decided_at, d.verdict
    FROM cases c
    JOIN campaign_versions m USING (version_id)
    JOIN campaign_texts t USING (text_id)
    JOIN case_states s USING (case_id)
    JOIN ad_versions v USING (version_id)
    LEFT JOIN decisions d ON d.decision_id = s.decision_id"""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Resurfaced(Fresh):
    """Something new that came with a copy after its campaign had been decided."""

    ad_id: str
    at: datetime


class ResurfacingRows(Store):
    """One decision for a campaign, until a copy brings something new."""

    def untriaged_campaigns(self) -> dict[str, str]:
        """The campaign of each text that triage has not looked at, by its fingerprint."""
        rows = self._rows(
            "SELECT v.fingerprint, t.campaign_id FROM assessments a JOIN ad_versions v USING (version_id) "
            "JOIN campaign_versions m USING (version_id) JOIN campaign_texts t USING (text_id) "
            "WHERE a.triaged_at IS NULL"
        )
        return {row["fingerprint"]: row["campaign_id"] for row in rows}

    def cases_by_campaign(self, campaigns: Iterable[str]) -> dict[str, list[CampaignCase]]:
        """The cases of each of these campaigns that has any, oldest first."""
        found: dict[str, list[CampaignCase]] = {}
        asked = json.dumps(sorted(campaigns))
        of_these = f"{_CASES} WHERE t.campaign_id IN (SELECT value FROM json_each(?)) ORDER BY c.case_id"
        for row in self._rows(of_these, [asked]):
            found.setdefault(row.pop("campaign_id"), []).append(_case(row))
        return found

    def said_before(self, campaign_id: str, moment: datetime) -> tuple[JobAd, ...]:
        """Every version of the campaign's ads that was there at that moment."""
        rows = self._rows(
            "SELECT v.record FROM campaign_texts t JOIN campaign_versions m USING (text_id) "
            "JOIN ad_versions v USING (version_id) "
            "WHERE t.campaign_id = ? AND m.joined_at <= ? AND v.content_hash <> '' ORDER BY v.version_id",
            [campaign_id, from_moment(moment)],
        )
        return tuple(read_ad(row["record"]) for row in rows)

    def campaign_cases(self, campaign_id: str) -> tuple[CampaignCase, ...]:
        """The cases of its texts, oldest first."""
        rows = self._rows(f"{_CASES} WHERE t.campaign_id = ? ORDER BY c.case_id", [campaign_id])
        return tuple(_case({name: value for name, value in row.items() if name != "campaign_id"}) for row in rows)

    def record_resurfacing(self, case_id: int, ad_id: str, news: Iterable[Fresh], *, at: datetime) -> None:
        """Keep what is new, and with which copy it came. A decided case waits again by it."""
        for each in news:
            self._run(
                "INSERT OR IGNORE INTO resurfacings (case_id, ad_id, fact, before, after, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [case_id, ad_id, each.fact, each.before, each.after, from_moment(at)],
            )

    def resurfacings(self, case_id: int) -> tuple[Resurfaced, ...]:
        """What came back with this case, newest first."""
        rows = self._rows(
            "SELECT ad_id, fact, before, after, at FROM resurfacings WHERE case_id = ? "
            "ORDER BY at DESC, ad_id, fact, after",
            [case_id],
        )
        return tuple(Resurfaced(**{**row, "at": to_moment(row["at"])}) for row in rows)


def _case(row: dict[str, Any]) -> CampaignCase:
    return CampaignCase(**{**row, "decided_at": to_moment(row["decided_at"]) if row["decided_at"] else None})
