"""Removal of ads, or of their texts, from the database.

A version whose text was removed has an empty ``content_hash``, which no text has: it is never compared, gathered,
linked or made a label again, and an ad that comes back brings a new version.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from crawler.ad import JobAd
from model.assessment import Evidence, assessment_from_record, assessment_line
from pipeline.case import Verdict
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.cases import Cases
from pipeline.store.connection import Part, statement, to_moment
from pipeline.store.contacts import Contacts
from pipeline.store.queue.case_queue import CaseQueue

REMOVED: Final = "(text removed)"
"""The title of a version whose text was removed."""

_GIVEN: Final = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedCase:
    """A case that an ad is or was in, or that covers it."""

    case_id: int
    is_own: bool
    """The ad itself is or was in it; otherwise another of its campaign."""

    is_waiting: bool
    has_decisions: bool
    """Also ones that were taken back."""

    verdicts: tuple[Verdict, ...]
    """Of decisions that stand, whatever text they are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneAd:
    """An ad that is gone and whose text is still there."""

    ad_id: str
    gone_at: datetime
    campaigns: Set[str]
    cases: Sequence[RelatedCase]


class Removal(Part):
    """Ads that are gone, and the removal of ads and texts."""

    def gone_ads(self, *, before: datetime) -> tuple[GoneAd, ...]:
        """Ads that had gone by then, with all that is known of their cases."""
        moment = {"before": before}
        cases: dict[str, list[RelatedCase]] = defaultdict(list)
        for row in self._db.rows(statement("with_gone", "cases_of_gone"), moment):
            cases[row.pop("ad_id")].append(self._db.to_record(RelatedCase, row))
        return tuple(
            GoneAd(ad_id=ad_id, gone_at=to_moment(gone_at), campaigns=set(json.loads(campaigns)), cases=cases[ad_id])
            for ad_id, gone_at, campaigns in self._db.run(statement("with_gone", "gone_ads"), moment)
        )

    def with_text(self, ad_ids: Collection[str] | None = None) -> frozenset[str]:
        """Those of these ads, or of all, of which the store holds a text."""
        sql = "SELECT DISTINCT ad_id FROM ad_versions WHERE content_hash <> ''"
        if ad_ids is None:
            return frozenset(self._db.column(sql))
        return frozenset(self._db.column(f"{sql} AND ad_id IN {_GIVEN}", [list(ad_ids)]))

    def must_leave_a_case(self, ad_id: str) -> bool:
        """Whether the ad was decided, or its case has the highest number, which must not be given to another."""
        sql = (
            "SELECT 1 FROM case_ads l WHERE l.ad_id = ? AND (l.case_id = (SELECT max(case_id) FROM cases) "
            "OR EXISTS (SELECT 1 FROM decisions d WHERE d.case_id = l.case_id))"
        )
        return bool(self._db.value(sql, [ad_id]))

    def remove_ads(self, ad_ids: Sequence[str]) -> int:
        """Delete these ads, and their cases where no other ad carries the text; gives the number of these cases. Facet
        values that no case has any more go, too."""
        cases, campaigns = self._cases_of(ad_ids), self._campaigns_of(ad_ids)
        StoredCampaigns(self._db).remove_ads(ad_ids)
        Contacts(self._db).remove_ads(ad_ids)
        CaseQueue(self._db).remove_words(ad_ids)
        given = [list(ad_ids)]
        for table in ("resurfacings", "case_ads"):
            self._db.run(f"DELETE FROM {table} WHERE ad_id IN {_GIVEN}", given)
        removed = 0
        for case_id in cases:
            if Cases(self._db).choose_copy(case_id):  # another ad carries its text
                CaseQueue(self._db).refresh(case_id)
                continue
            for table in ("case_ads", "resurfacings", "cases"):
                self._db.run(f"DELETE FROM {table} WHERE case_id = ?", [case_id])
            removed += 1
        # That another ad came again after one of these stays known; after which does not.
        self._db.run(f"DELETE FROM ad_reposts WHERE ad_id IN {_GIVEN}", given)
        self._db.run(
            f"UPDATE OR REPLACE ad_reposts SET former_id = ad_id, before = NULL WHERE former_id IN {_GIVEN}", given
        )
        self._db.run(f"UPDATE ads SET version_id = NULL WHERE ad_id IN {_GIVEN}", given)
        self._db.run(f"DELETE FROM ad_changes WHERE ad_id IN {_GIVEN}", given)
        versions = f"version_id IN (SELECT version_id FROM ad_versions WHERE ad_id IN {_GIVEN})"
        self._db.run(f"DELETE FROM assessments WHERE {versions}", given)
        for table in ("ad_versions", "ads"):
            self._db.run(f"DELETE FROM {table} WHERE ad_id IN {_GIVEN}", given)
        StoredCampaigns(self._db).update_sizes(campaigns)
        self._db.run("DELETE FROM facet_values WHERE waiting = 0 AND decided = 0")
        return removed

    def empty_ads(self, ad_ids: Sequence[str]) -> None:
        """Delete text, contacts, names and addresses of these ads; that they were there and what was decided stays."""
        Contacts(self._db).remove_ads(ad_ids)
        CaseQueue(self._db).remove_words(ad_ids)
        given = [list(ad_ids)]
        for row in self._db.rows(f"SELECT version_id, record FROM ad_versions WHERE ad_id IN {_GIVEN}", given):
            self._empty_version(row["version_id"], self._db.read_ad(row["record"]))
        self._db.run(f"UPDATE ads SET url = NULL WHERE ad_id IN {_GIVEN}", given)
        self._db.run(f"UPDATE ad_changes SET before = NULL, after = NULL WHERE ad_id IN {_GIVEN}", given)
        self._db.run(f"UPDATE ad_reposts SET before = NULL, after = NULL WHERE ad_id IN {_GIVEN}", given)
        self._db.run(f"UPDATE ad_reposts SET before = NULL WHERE former_id IN {_GIVEN}", given)
        self._db.run(f"UPDATE OR REPLACE resurfacings SET before = NULL, after = '' WHERE ad_id IN {_GIVEN}", given)
        # The signature stays, so that a copy that comes later is covered by what was decided; words could be guessed.
        self._db.run(
            "UPDATE campaign_texts SET words = '' WHERE words <> '' AND NOT EXISTS (SELECT 1 FROM campaign_versions m "
            "JOIN ad_versions v USING (version_id) WHERE m.text_id = campaign_texts.text_id AND v.content_hash <> '')"
        )
        for case_id in self._cases_of(ad_ids):
            Cases(self._db).choose_copy(case_id)
            CaseQueue(self._db).refresh(case_id)
        StoredCampaigns(self._db).update_sizes(self._campaigns_of(ad_ids))

    def compact(self) -> bool:
        """Write the file anew, without what was removed; False where another program uses it, so that this must be
        done again."""
        try:
            for index in ("case_words", "case_words_redacted"):
                self._db.run(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
            self._db.run("VACUUM")
            is_busy = self._db.value("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            self._db.rollback()
            return False
        return not is_busy

    def _cases_of(self, ad_ids: Sequence[str]) -> tuple[int, ...]:
        sql = f"SELECT DISTINCT case_id FROM case_ads WHERE ad_id IN {_GIVEN} ORDER BY case_id"
        return self._db.column(sql, [list(ad_ids)])

    def _campaigns_of(self, ad_ids: Sequence[str]) -> tuple[str, ...]:
        return self._db.column(
            "SELECT DISTINCT t.campaign_id FROM campaign_versions m JOIN campaign_texts t USING (text_id) "
            f"WHERE m.ad_id IN {_GIVEN}",
            [list(ad_ids)],
        )

    def _empty_version(self, version_id: int, ad: JobAd) -> None:
        left = JobAd(
            ad_id=ad.ad_id, source=ad.source, seen_at=ad.seen_at, title=REMOVED, description="", country=ad.country,
            language=ad.language,
        )  # fmt: skip
        self._db.run(
            "UPDATE ad_versions SET content_hash = '', title = ?, record = ? WHERE version_id = ?",
            [REMOVED, self._db.ad_line(left), version_id],
        )
        self._db.run("DELETE FROM licence_lookups WHERE version_id = ?", [version_id])
        # Score, kinds, rule and which indicators were shown stay, and none of the text's words.
        for row in self._db.rows("SELECT assessment_id, record FROM assessments WHERE version_id = ?", [version_id]):
            assessment = assessment_from_record(json.loads(row["record"]))
            shown = dict.fromkeys(each.indicator for each in assessment.evidence)
            bare = tuple(Evidence(indicator=key, field="description", start=0, end=0, quote="") for key in shown)
            line = assessment_line(replace(assessment, evidence=bare, contributions=()))
            self._db.run("UPDATE assessments SET record = ? WHERE assessment_id = ?", [line, row["assessment_id"]])
