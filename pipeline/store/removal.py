"""Takes ads, or their texts, out of the database.

A version whose text was removed has an empty ``content_hash``, which no text has: it is never compared, gathered,
linked or made a label again, and an ad that comes back brings a new version.

Ads that are gone, in the database, with what is decided of them: what retention chooses from.

Which ads carry a case's text, and which of them stands for all, in the database.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from crawler.ad import JobAd
from crawler.ad_json import ad_to_record
from crawler.files import dumps_line
from model.assessment import Evidence
from pipeline.case import Case, Verdict
from pipeline.store.assessment_json import assessment_from_record, assessment_line
from pipeline.store.campaigns import CampaignRows, SizeRows
from pipeline.store.case_filter import searchable
from pipeline.store.connection import Store, from_moment, read_ad, to_moment
from pipeline.store.contacts import ContactRows
from pipeline.store.decisions import no_case
from pipeline.store.queue import DeskRows

__all__ = ["REMOVED", "CopyRows", "GoneAd", "GoneRows", "RelatedCase", "RemovalRows"]


class CopyRows(DeskRows):
    """Cases, and the copies of each."""

    def case(self, case_id: int) -> Case:
        """The case as it stands now."""
        found = self.cases_of([case_id])
        if not found:
            raise no_case(case_id)
        return found[0]

    def case_ads(self, case_id: int) -> tuple[JobAd, ...]:
        """Each copy of the text at its newest, the one that stands for all first. Copies that carry another text by
        now are left out, unless no other is left."""
        rows = self._rows(_COPIES, {"case": case_id})
        present = [row for row in rows if not row["has_left"]] or rows[:1]
        if not present:
            self.case(case_id)
        return tuple(read_ad(row["record"]) for row in present)

    def choose_copy(self, case_id: int) -> bool:
        """Have the copy that was seen first stand for the case; False where no ad has its text any more."""
        copies = self._rows(_COPIES, {"case": case_id})
        if not copies:
            return False
        self._run("UPDATE cases SET version_id = ? WHERE case_id = ?", [copies[0]["version_id"], case_id])
        self.index_words(copies[0]["version_id"])
        return True


# For each ad that is or was in the case, its newest version of the case's text; the first one stands for the case. One
# whose text was removed (``store_removal``) does so where no other is left.
_COPIES = """
    SELECT v.version_id, v.record, l.left_at IS NOT NULL AS has_left
    FROM case_ads l
    JOIN cases c ON c.case_id = l.case_id
    JOIN ads a ON a.ad_id = l.ad_id
    JOIN ad_versions v ON v.version_id = (
        SELECT n.version_id FROM ad_versions n WHERE n.ad_id = a.ad_id AND n.fingerprint = c.fingerprint
        ORDER BY n.seen_at DESC, n.version_id DESC LIMIT 1)
    WHERE c.case_id = :case
    ORDER BY v.content_hash = '', has_left, a.first_seen_at, a.ad_id"""


REMOVED: Final = "(text removed)"
"""Stands where a title was."""

_WANTED: Final = "(SELECT value FROM json_each(?))"


class RemovalRows(CopyRows, CampaignRows, ContactRows, SizeRows):
    """What is kept no longer."""

    def remove_ads(self, ad_ids: Sequence[str]) -> int:
        """Keep nothing of these ads; gives how many cases went with them. Cases that others carry stay with those."""
        cases, campaigns = self._cases_of(ad_ids), self._campaigns_of(ad_ids)
        self.leave_campaigns(ad_ids)
        self.forget_contacts(ad_ids)
        self._forget_words(ad_ids)
        wanted = [json.dumps(list(ad_ids))]
        self._run(f"DELETE FROM resurfacings WHERE ad_id IN {_WANTED}", wanted)
        self._run(f"DELETE FROM case_ads WHERE ad_id IN {_WANTED}", wanted)
        removed = sum(not self._stands_on_another(case_id) for case_id in cases)
        # What another ad came again after is no longer known; that it did is.
        self._run(f"DELETE FROM ad_reposts WHERE ad_id IN {_WANTED}", wanted)
        self._run(
            f"UPDATE OR REPLACE ad_reposts SET former_id = ad_id, before = NULL WHERE former_id IN {_WANTED}", wanted
        )
        self._run(f"UPDATE ads SET version_id = NULL WHERE ad_id IN {_WANTED}", wanted)
        self._run(f"DELETE FROM ad_changes WHERE ad_id IN {_WANTED}", wanted)
        versions = f"version_id IN (SELECT version_id FROM ad_versions WHERE ad_id IN {_WANTED})"
        self._run(f"DELETE FROM assessments WHERE {versions}", wanted)
        self._run(f"DELETE FROM ad_versions WHERE ad_id IN {_WANTED}", wanted)
        self._run(f"DELETE FROM ads WHERE ad_id IN {_WANTED}", wanted)
        self.count_campaigns(campaigns)
        return removed

    def empty_ads(self, ad_ids: Sequence[str]) -> None:
        """Keep of these ads that they were there, and what was decided of them; no text, contact, name or address."""
        self.forget_contacts(ad_ids)
        self._forget_words(ad_ids)
        wanted = [json.dumps(list(ad_ids))]
        for row in self._rows(f"SELECT version_id, record FROM ad_versions WHERE ad_id IN {_WANTED}", wanted):
            self._empty_version(row["version_id"], read_ad(row["record"]))
        self._run(f"UPDATE ads SET url = NULL WHERE ad_id IN {_WANTED}", wanted)
        self._run(f"UPDATE ad_changes SET before = NULL, after = NULL WHERE ad_id IN {_WANTED}", wanted)
        self._run(f"UPDATE ad_reposts SET before = NULL, after = NULL WHERE ad_id IN {_WANTED}", wanted)
        self._run(f"UPDATE ad_reposts SET before = NULL WHERE former_id IN {_WANTED}", wanted)
        self._run(f"UPDATE OR REPLACE resurfacings SET before = NULL, after = '' WHERE ad_id IN {_WANTED}", wanted)
        # The signature stays, so that a copy that comes later is covered by what was decided; words could be guessed.
        self._run(
            "UPDATE campaign_texts SET words = '' WHERE words <> '' AND NOT EXISTS (SELECT 1 FROM campaign_versions m "
            "JOIN ad_versions v USING (version_id) WHERE m.text_id = campaign_texts.text_id AND v.content_hash <> '')"
        )
        for case_id in self._cases_of(ad_ids):
            self.choose_copy(case_id)
            self._run("INSERT INTO desk_renewal VALUES (?)", [case_id])
        self.count_campaigns(self._campaigns_of(ad_ids))

    def forget_values(self) -> None:
        """Names and places to filter by that no case has any more."""
        self._run("DELETE FROM desk_values WHERE waiting = 0 AND decided = 0")

    def compact(self) -> bool:
        """Write the database anew, so that its file holds nothing of what was removed either; False where another
        program holds it, so that this must be done again."""
        try:
            self._run("INSERT INTO desk_text (desk_text) VALUES ('optimize')")
            self._db.conn.commit()
            self._run("VACUUM")
            row = self._row("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            self._db.conn.rollback()
            return False
        return row is not None and not row["busy"]

    def _cases_of(self, ad_ids: Sequence[str]) -> list[int]:
        rows = self._rows(
            f"SELECT DISTINCT case_id FROM case_ads WHERE ad_id IN {_WANTED} ORDER BY case_id",
            [json.dumps(list(ad_ids))],
        )
        return [row["case_id"] for row in rows]

    def _campaigns_of(self, ad_ids: Sequence[str]) -> list[str]:
        rows = self._rows(
            "SELECT DISTINCT t.campaign_id FROM campaign_versions m JOIN campaign_texts t USING (text_id) "
            f"WHERE m.ad_id IN {_WANTED}",
            [json.dumps(list(ad_ids))],
        )
        return [row["campaign_id"] for row in rows]

    def _stands_on_another(self, case_id: int) -> bool:
        """Whether a case that lost ads stands on another one; where none is left it is gone."""
        if self.choose_copy(case_id):
            self._run("INSERT INTO desk_renewal VALUES (?)", [case_id])
            return True
        self._run("DELETE FROM case_ads WHERE case_id = ?", [case_id])
        self._run("DELETE FROM resurfacings WHERE case_id = ?", [case_id])
        self._run("DELETE FROM cases WHERE case_id = ?", [case_id])
        return False

    def _forget_words(self, ad_ids: Sequence[str]) -> None:
        """The index of words keeps no text: it must be told which words go."""
        rows = self._rows(
            f"SELECT version_id, record FROM ad_versions v WHERE ad_id IN {_WANTED} AND content_hash <> '' "
            "AND EXISTS (SELECT 1 FROM desk_text WHERE desk_text.rowid = v.version_id)",
            [json.dumps(list(ad_ids))],
        )
        for row in rows:
            self._run(
                "INSERT INTO desk_text (desk_text, rowid, words) VALUES ('delete', ?, ?)",
                [row["version_id"], searchable(read_ad(row["record"]))],
            )

    def _empty_version(self, version_id: int, ad: JobAd) -> None:
        bare = JobAd(
            ad_id=ad.ad_id, source=ad.source, seen_at=ad.seen_at, title=REMOVED, description="", country=ad.country,
            language=ad.language,
        )  # fmt: skip
        self._run(
            "UPDATE ad_versions SET content_hash = '', title = ?, record = ? WHERE version_id = ?",
            [REMOVED, dumps_line(ad_to_record(bare)), version_id],
        )
        self._run("DELETE FROM licence_lookups WHERE version_id = ?", [version_id])
        for row in self._rows("SELECT assessment_id, record FROM assessments WHERE version_id = ?", [version_id]):
            self._run(
                "UPDATE assessments SET record = ? WHERE assessment_id = ?",
                [_without_words(row["record"]), row["assessment_id"]],
            )


def _without_words(record: str) -> str:
    """The assessment with its score, kinds, rule and which indicators were shown, and none of the text's words."""
    said = assessment_from_record(json.loads(record))
    shown = dict.fromkeys(one.indicator for one in said.evidence)
    bare = tuple(Evidence(indicator=key, field="description", start=0, end=0, quote="") for key in shown)
    return assessment_line(replace(said, evidence=bare, contributions=()))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedCase:
    """A case that an ad is or was in, or that covers it."""

    case_id: int
    is_own: bool
    """The ad itself is or was in it; otherwise another of its campaign."""

    is_waiting: bool
    has_decisions: bool
    """Also ones that were taken back."""

    verdicts: frozenset[Verdict]
    """Of decisions that stand, whatever text they are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneAd:
    """An ad that is gone and whose text is still there."""

    ad_id: str
    gone_at: datetime
    campaigns: frozenset[str]
    cases: tuple[RelatedCase, ...]


class GoneRows(Store):
    """What is no longer shown by its source."""

    def gone_ads(self, *, before: datetime) -> tuple[GoneAd, ...]:
        """Ads that had gone by then, with all that is known of their cases."""
        campaigns: dict[str, set[str]] = {}
        for row in self._rows(f"{_GONE} {_CAMPAIGNS_OF_GONE}", {"before": from_moment(before)}):
            campaigns.setdefault(row["ad_id"], set()).add(row["campaign_id"])
        cases: dict[str, list[RelatedCase]] = {}
        for row in self._rows(f"{_GONE} {_CASES_OF_GONE}", {"before": from_moment(before)}):
            cases.setdefault(row["ad_id"], []).append(_related(row))
        return tuple(
            GoneAd(
                ad_id=row["ad_id"], gone_at=to_moment(row["gone_at"]), cases=tuple(cases.get(row["ad_id"], ())),
                campaigns=frozenset(campaigns.get(row["ad_id"], ())),
            )
            for row in self._rows(f"{_GONE} SELECT ad_id, gone_at FROM gone", {"before": from_moment(before)})
        )  # fmt: skip

    def ads_of_campaigns(self, campaign_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """The ads of each campaign that carry one of its texts now."""
        found: dict[str, set[str]] = {}
        for row in self._rows(_ADS_OF_CAMPAIGNS, [json.dumps(list(campaign_ids))]):
            found.setdefault(row["campaign_id"], set()).add(row["ad_id"])
        return {campaign: frozenset(ads) for campaign, ads in found.items()}

    def newest_case(self) -> int | None:
        """The highest number of a case."""
        row = self._row("SELECT max(case_id) AS case_id FROM cases")
        return row["case_id"] if row else None

    def batches_with_text(self) -> frozenset[tuple[str, str]]:
        """Source and run of each batch that brought a text which is still there."""
        rows = self._rows(
            "SELECT source, run FROM batches b WHERE EXISTS "
            "(SELECT 1 FROM ad_versions v WHERE v.batch_id = b.batch_id AND v.content_hash <> '')"
        )
        return frozenset((row["source"], row["run"]) for row in rows)


_GONE: Final = """
    WITH gone AS (
        SELECT a.ad_id, a.gone_at FROM ads a WHERE a.gone_at <= :before AND EXISTS (
            SELECT 1 FROM ad_versions v WHERE v.ad_id = a.ad_id AND v.content_hash <> '')),
    gone_campaigns AS (
        SELECT DISTINCT g.ad_id, t.campaign_id FROM gone g
        JOIN campaign_versions m ON m.ad_id = g.ad_id JOIN campaign_texts t USING (text_id))"""

_CAMPAIGNS_OF_GONE: Final = "SELECT ad_id, campaign_id FROM gone_campaigns"

_CASES_OF_GONE: Final = """
    SELECT k.ad_id, k.case_id, max(k.is_own) AS is_own, r.waiting AS is_waiting,
           EXISTS (SELECT 1 FROM decisions d WHERE d.case_id = k.case_id) AS has_decisions,
           (SELECT group_concat(DISTINCT d.verdict) FROM standing_decisions d WHERE d.case_id = k.case_id) AS verdicts
    FROM (SELECT l.ad_id, l.case_id, 1 AS is_own FROM gone g JOIN case_ads l ON l.ad_id = g.ad_id
          UNION ALL
          SELECT g.ad_id, c.case_id, 0 FROM gone_campaigns g JOIN campaign_texts t USING (campaign_id)
          JOIN campaign_versions m USING (text_id) JOIN cases c ON c.version_id = m.version_id) k
    JOIN desk_rows r ON r.case_id = k.case_id
    GROUP BY k.ad_id, k.case_id"""

_ADS_OF_CAMPAIGNS: Final = """
    SELECT DISTINCT t.campaign_id, a.ad_id FROM json_each(?) w
    JOIN campaign_texts t ON t.campaign_id = w.value JOIN campaign_versions m USING (text_id)
    JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
    JOIN ad_versions v ON v.version_id = a.version_id WHERE v.content_hash <> ''"""


def _related(row: dict[str, Any]) -> RelatedCase:
    verdicts: Any = frozenset((row["verdicts"] or "").split(",")) - {""}
    return RelatedCase(
        case_id=row["case_id"], is_own=bool(row["is_own"]), is_waiting=bool(row["is_waiting"]),
        has_decisions=bool(row["has_decisions"]), verdicts=verdicts,
    )  # fmt: skip
