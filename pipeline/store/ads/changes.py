"""Changes between versions of an ad, and reposts of removed ads."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pipeline.linking.changes import AdChange, changed_fields
from pipeline.store.connection import SEALED_FIELDS, Connection, Params, from_moment, storable

__all__ = ["Changes", "Repost"]

_VERSION = (
    "SELECT version_id, seen_at, record, is_reread FROM ad_versions "
    "WHERE ad_id = ? AND content_hash <> '' AND (seen_at, version_id)"
)

_NEIGHBOURS = (
    f"{_VERSION} < (?, ?) ORDER BY seen_at DESC, version_id DESC LIMIT 1",
    f"{_VERSION} > (?, ?) ORDER BY seen_at, version_id LIMIT 1",
)
"""The version before and the one after, in the order in which they were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repost:
    """An ad that came again after one like it had been removed."""

    ad_id: str
    former_id: str
    """The one that had been removed; itself where its source shows it again."""

    fact: Literal["reposted", "reposted_under_another_name"]
    before: str | None
    """The employer that the former named, or None."""

    after: str | None
    gone_at: datetime
    at: datetime


class Changes:
    """Changes from one version of an ad to the next, and reposts."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def compare(self, version_id: int) -> None:
        """Record what this version changed, and what the next one changed against it: an old batch that is taken in
        late comes between two."""
        own = self._db.row(
            "SELECT version_id, ad_id, seen_at, record, is_reread FROM ad_versions WHERE version_id = ?", [version_id]
        )
        assert own is not None, f"no version {version_id}"
        position = [own["ad_id"], own["seen_at"], own["version_id"]]
        before, after = (self._db.row(sql, position) for sql in _NEIGHBOURS)
        if before:
            self._set_changes(own["ad_id"], before, own)
        if after:
            self._set_changes(own["ad_id"], own, after)

    def of_ads(self, ad_ids: Sequence[str], *, facts_only: bool = False) -> tuple[AdChange, ...]:
        """What these ads changed while they ran, newest first. Facts are changes of the offer itself."""
        return self._read(
            "SELECT ad_id, field, fact, before, after, changed_at FROM ad_changes "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) AND (fact IS NOT NULL OR NOT ?) "
            "ORDER BY changed_at DESC, version_id DESC, fact IS NULL, fact, field",
            [json.dumps(list(ad_ids)), facts_only],
        )

    def newest(self, ad_id: str) -> tuple[AdChange, ...]:
        """What the ad's present version changed."""
        return self._read(
            "SELECT c.ad_id, field, fact, before, after, changed_at FROM ads a JOIN ad_changes c USING (version_id) "
            "WHERE a.ad_id = ? ORDER BY fact IS NULL, fact, field",
            [ad_id],
        )

    def counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """How many versions of each ad changed each fact of the offer."""
        return self._facts_by_ad(
            "SELECT ad_id, fact, count(DISTINCT version_id) AS n FROM ad_changes WHERE fact IS NOT NULL "
            "AND ad_id IN (SELECT value FROM json_each(?)) AND changed_at <= ? GROUP BY ad_id, fact",
            ad_ids,
            at,
        )

    def record_return(self, ad_id: str, employer: str | None, *, gone_at: str, at: datetime) -> None:
        """Record that the same ad is shown again by its source."""
        names = {"before": employer, "after": employer}
        moments = {"gone_at": gone_at, "at": from_moment(at)}
        self._add_repost({"ad_id": ad_id, "former_id": ad_id, "fact": "reposted"} | names | moments)

    def record_reposts(self, *, joined_at: datetime) -> int:
        """How many of the new ads that joined a campaign then are reposts of an ad of it that was gone before; the one
        that went last counts as the former."""
        rows = self._db.rows(_FORMER, [from_moment(joined_at)])
        newest = {row["ad_id"]: row for row in reversed(rows)}
        for row in newest.values():
            names = [" ".join((row[name] or "").casefold().split()) for name in ("before", "after")]
            renamed = all(names) and names[0] != names[1]
            fact = "reposted_under_another_name" if renamed else "reposted"
            self._add_repost(row | {"fact": fact})
        return len(newest)

    def reposts(self, ad_ids: Sequence[str]) -> tuple[Repost, ...]:
        """The reposts among these ads, newest first."""
        return self._db.records(
            Repost,
            "SELECT ad_id, former_id, fact, before, after, gone_at, at FROM ad_reposts "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) ORDER BY at DESC, ad_id",
            [json.dumps(list(ad_ids))],
        )

    def repost_counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """How often each ad came again, by fact."""
        return self._facts_by_ad(
            "SELECT ad_id, fact, count(*) AS n FROM ad_reposts "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) AND at <= ? GROUP BY ad_id, fact",
            ad_ids,
            at,
        )

    def _read(self, sql: str, params: Params) -> tuple[AdChange, ...]:
        return tuple(
            replace(
                each,
                before=each.before and self._db.vault.read(each.before),
                after=each.after and self._db.vault.read(each.after),
            )
            if each.field in SEALED_FIELDS
            else each
            for each in self._db.records(AdChange, sql, params)
        )

    def _set_changes(self, ad_id: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        self._db.run("DELETE FROM ad_changes WHERE version_id = ?", [after["version_id"]])
        is_reread = bool(after["is_reread"])
        for change in changed_fields(self._db.read_ad(before["record"]), self._db.read_ad(after["record"])):
            fact = None if is_reread else change.fact
            words = [storable(text) for text in (change.before, change.after)]
            if change.field in SEALED_FIELDS:
                words = [text and self._db.vault.seal_text(text) for text in words]
            self._db.run(
                "INSERT INTO ad_changes (version_id, ad_id, field, fact, before, after, changed_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [after["version_id"], ad_id, change.field, fact, *words, after["seen_at"]],
            )

    def _add_repost(self, row: dict[str, Any]) -> None:
        self._db.run(
            "INSERT OR IGNORE INTO ad_reposts (ad_id, former_id, fact, before, after, gone_at, at) "
            "VALUES (:ad_id, :former_id, :fact, :before, :after, :gone_at, :at)",
            row | {"before": storable(row["before"]), "after": storable(row["after"])},
        )

    def _facts_by_ad(self, sql: str, ad_ids: Iterable[str], at: datetime) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._db.rows(sql, [json.dumps(list(ad_ids)), from_moment(at)]):
            found.setdefault(row["ad_id"], {})[row["fact"]] = row["n"]
        return found


# CROSS: joined in this order, from the few versions of one night on.
_FORMER = """
    SELECT n.ad_id, f.ad_id AS former_id, f.gone_at, n.first_seen_at AS at,
           json_extract(fv.record, '$.hiring_organization') AS before,
           json_extract(nv.record, '$.hiring_organization') AS after
    FROM campaign_versions m
    CROSS JOIN ads n ON n.version_id = m.version_id
    CROSS JOIN ad_versions nv ON nv.version_id = m.version_id
    CROSS JOIN campaign_texts t USING (text_id)
    CROSS JOIN campaign_texts ft ON ft.campaign_id = t.campaign_id
    CROSS JOIN campaign_versions fm ON fm.text_id = ft.text_id
    CROSS JOIN ads f ON f.version_id = fm.version_id
    CROSS JOIN ad_versions fv ON fv.version_id = fm.version_id
    WHERE m.joined_at = ? AND f.gone_at <= n.first_seen_at AND f.ad_id <> n.ad_id
      AND NOT EXISTS (SELECT 1 FROM ad_versions o WHERE o.ad_id = n.ad_id AND o.version_id <> m.version_id)
    ORDER BY n.ad_id, f.gone_at DESC, f.ad_id"""
