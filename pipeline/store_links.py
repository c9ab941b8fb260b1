"""Cases that hang together by a contact or a campaign, in the database."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.case_filter import CaseFilter
from pipeline.contact_card import ContactChoice
from pipeline.store import Store

__all__ = ["LinkRows"]

# A case covers the copies of its campaign: a contact of any of them is one of the case.
_OF_CONTACT: Final = """
    SELECT k.case_id FROM contacts c JOIN contact_ads l USING (contact_id)
    JOIN case_ads k ON k.ad_id = l.ad_id AND k.left_at IS NULL WHERE c.hash = :contact
    UNION ALL
    SELECT z.case_id FROM contacts c JOIN contact_ads l USING (contact_id) JOIN campaign_versions m USING (version_id)
    JOIN campaign_texts t USING (text_id) JOIN campaign_texts x ON x.campaign_id = t.campaign_id
    JOIN campaign_versions y ON y.text_id = x.text_id JOIN cases z ON z.version_id = y.version_id
    WHERE c.hash = :contact"""
_OF_CAMPAIGN: Final = """
    SELECT z.case_id FROM campaign_texts x JOIN campaign_versions y USING (text_id)
    JOIN cases z ON z.version_id = y.version_id WHERE x.campaign_id = :campaign"""

_CASES: Final[Mapping[str, str]] = {"contact": _OF_CONTACT, "campaign": _OF_CAMPAIGN}


class LinkRows(Store):
    """What ads share beside their words, as a way to find cases."""

    def linked_cases(self, wanted: CaseFilter, *, most: int) -> tuple[list[int] | None, list[str]]:
        """The cases with the contact and of the campaign that are asked for, None where neither is; and what is still
        to be checked of each case ``r``, where there are more than ``most`` of them to list."""
        found: set[int] | None = None
        checks: list[str] = []
        for name, value in wanted.links():
            sql = f"SELECT DISTINCT case_id FROM ({_CASES[name]}) LIMIT :most"
            these = {case_id for (case_id,) in self._db.execute(sql, {name: value, "most": most + 1})}
            if len(these) > most:
                checks.append(f"r.case_id IN ({_CASES[name]})")
            else:
                found = these if found is None else found & these
        return None if found is None else sorted(found), checks

    def contact_choices(self, case_ids: Sequence[int], *, chosen: str, most: int) -> tuple[ContactChoice, ...]:
        """The contacts of these cases, those of most cases first; the chosen one is among them in any case."""
        rows = self._rows(
            "SELECT c.hash, c.kind, c.value AS sealed, count(r.case_id) AS cases FROM json_each(:cases) n "
            "JOIN desk_rows r ON r.case_id = n.value JOIN ad_versions v ON v.version_id = r.version_id "
            "JOIN contact_ads l ON l.ad_id = v.ad_id AND l.version_id = v.version_id "
            "JOIN contacts c USING (contact_id) GROUP BY c.contact_id ORDER BY cases DESC, c.hash LIMIT :most",
            {"cases": json.dumps(list(case_ids)), "most": most},
        )
        if chosen and chosen not in {row["hash"] for row in rows}:
            rows += self._rows("SELECT hash, kind, value AS sealed, 0 AS cases FROM contacts WHERE hash = ?", [chosen])
        return tuple(ContactChoice(**row) for row in rows)

    def known_contact(self, digests: Sequence[str]) -> str | None:
        """The first of these hashes that a contact here has."""
        row = self._row(
            "SELECT n.value AS hash FROM json_each(?) n JOIN contacts c ON c.hash = n.value ORDER BY n.key LIMIT 1",
            [json.dumps(list(digests))],
        )
        return str(row["hash"]) if row else None

    def contact_kinds(self) -> tuple[str, ...]:
        """Every kind of contact that there is here."""
        return tuple(row["kind"] for row in self._rows("SELECT DISTINCT kind FROM contacts ORDER BY kind"))
