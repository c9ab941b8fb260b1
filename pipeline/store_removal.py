"""Takes ads, or their texts, out of the database.

A version whose text was removed has an empty ``content_hash``, which no text has: it is never compared, gathered,
linked or made a label again, and an ad that comes back brings a new version.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from crawler.ad import JobAd
from crawler.ad_record import ad_to_record
from crawler.whole_file import dumps_line
from model.assessment import Evidence
from pipeline.scored_file import assessment_from_record, assessment_line
from pipeline.search_words import searchable
from pipeline.store_campaign_sizes import SizeRows
from pipeline.store_campaigns import CampaignRows
from pipeline.store_contacts import ContactRows
from pipeline.store_copies import CopyRows
from pipeline.stored_ad import read_ad

__all__ = ["REMOVED", "RemovalRows"]

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
