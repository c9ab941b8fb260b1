"""Which ads carry a case's text, and which of them stands for all, in the database."""

from crawler.ad import JobAd
from pipeline.case import Case
from pipeline.store_decisions import no_case
from pipeline.store_desk import DeskRows
from pipeline.stored_ad import read_ad

__all__ = ["CopyRows"]


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
