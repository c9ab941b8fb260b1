"""What each version of an ad changed against the one before it, in the database."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from pipeline.changes import FACTS, AdChange, Fact, changed_fields
from pipeline.store import Store, to_moment
from pipeline.stored_ad import read_ad, storable

__all__ = ["ChangeRows"]

_VERSION = (
    "SELECT version_id, seen_at, record, is_reread FROM ad_versions "
    "WHERE ad_id = ? AND content_hash <> '' AND (seen_at, version_id)"
)
NEIGHBOURS = (
    f"{_VERSION} < (?, ?) ORDER BY seen_at DESC, version_id DESC LIMIT 1",
    f"{_VERSION} > (?, ?) ORDER BY seen_at, version_id LIMIT 1",
)
"""The version before and the one after, in the order in which they were seen."""


class ChangeRows(Store):
    """The ways from one version of an ad to the next."""

    def compare_version(self, version_id: int, *, facts: Collection[Fact] = FACTS) -> None:
        """Keep what this version changed, and what the one after it changed against this one: an old batch that is
        taken in late comes between two. ``facts`` are those that the table knows of, in a database that is old."""
        own = self._row(
            "SELECT version_id, ad_id, seen_at, record, is_reread FROM ad_versions WHERE version_id = ?", [version_id]
        )
        assert own is not None, f"no version {version_id}"
        place = [own["ad_id"], own["seen_at"], own["version_id"]]
        before, after = (self._row(sql, place) for sql in NEIGHBOURS)
        if before:
            self._set_changes(own["ad_id"], before, own, facts)
        if after:
            self._set_changes(own["ad_id"], own, after, facts)

    def ad_changes(self, ad_ids: Sequence[str], *, facts_only: bool = False) -> tuple[AdChange, ...]:
        """What these ads changed while they ran, newest first. Facts are changes of the offer itself."""
        rows = self._rows(
            "SELECT ad_id, field, fact, before, after, changed_at FROM ad_changes "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) AND (fact IS NOT NULL OR NOT ?) "
            "ORDER BY changed_at DESC, version_id DESC, fact IS NULL, fact, field",
            [json.dumps(list(ad_ids)), facts_only],
        )
        return tuple(_change(row) for row in rows)

    def newest_changes(self, ad_id: str) -> tuple[AdChange, ...]:
        """What the ad's present version changed."""
        rows = self._rows(
            "SELECT c.ad_id, field, fact, before, after, changed_at FROM ads a JOIN ad_changes c USING (version_id) "
            "WHERE a.ad_id = ? ORDER BY fact IS NULL, fact, field",
            [ad_id],
        )
        return tuple(_change(row) for row in rows)

    def _set_changes(self, ad_id: str, before: dict[str, Any], after: dict[str, Any], facts: Collection[Fact]) -> None:
        self._run("DELETE FROM ad_changes WHERE version_id = ?", [after["version_id"]])
        is_reread = bool(after["is_reread"])
        for change in changed_fields(read_ad(before["record"]), read_ad(after["record"])):
            if change.fact is not None and change.fact not in facts:
                continue
            fact = None if is_reread else change.fact
            self._run(
                "INSERT INTO ad_changes (version_id, ad_id, field, fact, before, after, changed_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    after["version_id"], ad_id, change.field, fact, storable(change.before),
                    storable(change.after), after["seen_at"],
                ],
            )  # fmt: skip


def _change(row: dict[str, Any]) -> AdChange:
    return AdChange(**{**row, "changed_at": to_moment(row["changed_at"])})
