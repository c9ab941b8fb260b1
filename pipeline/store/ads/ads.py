"""Ads as they were seen: their texts, and whether their source still shows them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler.ad import JobAd, content_hash, fingerprint
from pipeline.errors import UnknownAd
from pipeline.store.ads.changes import Changes
from pipeline.store.connection import Connection, from_moment, storable

__all__ = ["AdLifetime", "AdRecording", "Ads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRecording:
    """What one fetch of an ad brought."""

    outcome: Literal["new", "changed", "unchanged"]
    """``changed`` when any field differs from the last fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdLifetime:
    """When an ad was seen at its source."""

    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None


_MOMENTS = (
    ("ads", "first_seen_at"), ("ads", "last_seen_at"), ("ads", "gone_at"), ("ad_versions", "seen_at"),
    ("ad_changes", "changed_at"),
)  # fmt: skip
"""Where moments of looks stand, by which later looks are put in order."""


class Ads:
    """Ads with every text that they have carried. An ad that is gone stays, and is back when it is seen again."""

    def __init__(self, db: Connection, changes: Changes) -> None:
        self._db = db
        self._changes = changes

    def record(self, ad: JobAd, *, batch_id: int | None, is_reread: bool = False) -> AdRecording:
        """Add one fetch of an ad; ``is_reread`` where the page is the same and only the program that read it is newer.

        A fetch older than the newest one only adds to the ad's history: an old batch taken in late never brings an
        old text back into the queue.
        """
        known = self._db.row(
            "SELECT a.last_seen_at, a.gone_at, v.content_hash FROM ads a "
            "JOIN ad_versions v ON v.version_id = a.version_id WHERE a.ad_id = ?",
            [ad.ad_id],
        )
        seen_at = from_moment(ad.seen_at)
        if known is None:
            self._db.run(
                "INSERT INTO ads (ad_id, source, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)",
                [ad.ad_id, ad.source, seen_at, seen_at],
            )
            self._set_current(ad, self._insert_version(ad, batch_id, is_reread))  # it has no other to compare with
            return AdRecording(outcome="new")
        if seen_at < known["last_seen_at"]:
            self._add_to_history(ad, batch_id, is_reread)
            return AdRecording(outcome="unchanged")
        if known["gone_at"] is not None:
            self._changes.record_return(ad.ad_id, ad.hiring_organization, gone_at=known["gone_at"], at=ad.seen_at)
        if known["content_hash"] == content_hash(ad):
            self._db.run(
                "UPDATE ads SET last_seen_at = ?, url = ?, missed = 0, gone_at = NULL, gone_why = NULL WHERE ad_id = ?",
                [seen_at, storable(ad.url), ad.ad_id],
            )
            return AdRecording(outcome="unchanged")
        self._set_current(ad, self._add_version(ad, batch_id, is_reread))
        return AdRecording(outcome="changed")

    def get(self, ad_id: str) -> JobAd:
        """The ad as it was last seen."""
        record = self._db.value(
            "SELECT v.record FROM ads a JOIN ad_versions v USING (version_id) WHERE a.ad_id = ?", [ad_id]
        )
        if record is None:
            raise UnknownAd(f"no ad {ad_id!r} in the store; expected an ad_id as `lurewatch status` and the page show")
        return self._db.read_ad(record)

    def titles(self, ad_ids: Sequence[str]) -> tuple[str, ...]:
        """The present titles of these ads, in their order."""
        return tuple(self.get(ad_id).title for ad_id in ad_ids)

    def versions(self, ad_id: str) -> tuple[JobAd, ...]:
        """Every text that this ad has carried, oldest first."""
        rows = self._db.rows("SELECT record FROM ad_versions WHERE ad_id = ? ORDER BY seen_at, version_id", [ad_id])
        return tuple(self._db.read_ad(row["record"]) for row in rows)

    def version_batches(self, ad_id: str) -> tuple[tuple[JobAd, str, str], ...]:
        """Every text that this ad has carried, oldest first, with the source and the run that brought it."""
        rows = self._db.rows(
            "SELECT v.record, b.source, b.run FROM ad_versions v JOIN batches b USING (batch_id) WHERE v.ad_id = ? "
            "ORDER BY v.seen_at, v.version_id",
            [ad_id],
        )
        return tuple((self._db.read_ad(row["record"]), row["source"], row["run"]) for row in rows)

    def text_of(self, fingerprint: str) -> str:
        """Title and description of the ads that carry this text."""
        record = self._db.value("SELECT record FROM ad_versions WHERE fingerprint = ? LIMIT 1", [fingerprint])
        if record is None:
            raise UnknownAd(f"no ad in the store carries the text {fingerprint!r}")
        ad = self._db.read_ad(record)
        return ad.title + ad.description

    def by_version(self, version_ids: Sequence[int]) -> Iterator[JobAd]:
        """The ad of each version, in their order."""
        for start in range(0, len(version_ids), 500):
            part = list(version_ids[start : start + 500])
            rows = self._db.rows(
                "SELECT version_id, record FROM ad_versions WHERE version_id IN (SELECT value FROM json_each(?))",
                [json.dumps(part)],
            )
            records = {row["version_id"]: row["record"] for row in rows}
            yield from (self._db.read_ad(records[version_id]) for version_id in part)

    def altered(self) -> Iterator[str]:
        """The ad of each version whose title and text are not those that its fingerprint was made of: SQLite's own
        check does not read them."""
        sql = (
            "SELECT version_id, ad_id, fingerprint, title, CAST(record AS BLOB) AS record FROM ad_versions "
            "WHERE version_id > ? AND content_hash <> '' ORDER BY version_id LIMIT 500"
        )
        last = 0
        while rows := self._db.rows(sql, [last]):
            last = rows[-1]["version_id"]
            for row in rows:
                try:
                    ad = self._db.read_ad(row["record"].decode(), without_sealed=True)
                    is_whole = fingerprint(ad) == row["fingerprint"] and storable(ad.title) == row["title"]
                except (ValueError, KeyError, TypeError):
                    is_whole = False
                if not is_whole:
                    yield row["ad_id"]

    def first_version(self, ad_id: str, fingerprint: str) -> int | None:
        """The first version of the ad with this text."""
        sql = "SELECT min(version_id) FROM ad_versions WHERE ad_id = ? AND fingerprint = ?"
        version_id: int | None = self._db.value(sql, [ad_id, fingerprint])
        return version_id

    def current_version(self, ad_id: str) -> int | None:
        """The ad's version as it was last seen."""
        version_id: int | None = self._db.value("SELECT version_id FROM ads WHERE ad_id = ?", [ad_id])
        return version_id

    def lifetime(self, ad_id: str) -> AdLifetime:
        """When the ad was first and last seen, and whether it is gone."""
        found = self._db.record(
            AdLifetime,
            "SELECT first_seen_at AS first_seen, last_seen_at AS last_seen, gone_at FROM ads WHERE ad_id = ?",
            [ad_id],
        )
        if found is None:
            raise UnknownAd(f"no ad {ad_id!r} in the store")
        return found

    def settle_future(self, source: str, *, at: datetime, now: datetime) -> None:
        """Bring moments of the source's ads that have not come yet down to ``at``, the start of a batch.

        They come from a clock that was ahead. Left as they are, all that is seen until then would count as older. The
        stored records keep the moments that they were written with.
        """
        for table, column in _MOMENTS:
            where = "source = ?" if table == "ads" else "ad_id IN (SELECT ad_id FROM ads WHERE source = ?)"
            self._db.run(
                f"UPDATE {table} SET {column} = ? WHERE {column} > ? AND {where}",
                [from_moment(at), from_moment(now), source],
            )

    def held(self, source: str, ad_ids: Iterable[str]) -> frozenset[str]:
        """Those of these ads of the source that the store holds."""
        sql = "SELECT ad_id FROM ads WHERE source = ? AND ad_id IN (SELECT value FROM json_each(?))"
        return frozenset(self._db.column(sql, [source, json.dumps(list(ad_ids))]))

    def touch_urls(self, source: str, urls: Iterable[str], *, at: datetime) -> int:
        """How many ads are still shown, unchanged, at these addresses; they were not read again."""
        return self._touch(source, "url", urls, at)

    def touch_ids(self, source: str, ad_ids: Iterable[str], *, at: datetime) -> int:
        """How many of these ads the store holds; they are still shown, unchanged."""
        return self._touch(source, "ad_id", ad_ids, at)

    def mark_missed(self, source: str, *, since: datetime, unread: Iterable[str]) -> tuple[str, ...]:
        """Ads that the source's newest batch, begun then, did not show. Ads at addresses that could not be read are
        left out: nothing is known of them."""
        rows = self._db.rows(
            "UPDATE ads SET missed = missed + 1 WHERE source = ? AND last_seen_at < ? AND gone_at IS NULL "
            "AND (url IS NULL OR url NOT IN (SELECT value FROM json_each(?))) RETURNING ad_id",
            [source, from_moment(since), json.dumps(list(unread))],
        )
        return tuple(sorted(row["ad_id"] for row in rows))

    def missed(self, source: str, *, batches: int, since: datetime) -> frozenset[str]:
        """Ads that so many batches in a row did not show and that are not marked as gone."""
        rows = self._db.rows(
            "SELECT ad_id FROM ads WHERE source = ? AND gone_at IS NULL AND missed >= ? AND last_seen_at < ?",
            [source, batches, from_moment(since)],
        )
        return frozenset(row["ad_id"] for row in rows)

    def at_urls(self, source: str, urls: Iterable[str], *, since: datetime) -> frozenset[str]:
        """Ads at these addresses that were not seen since."""
        rows = self._db.rows(
            "SELECT ad_id FROM ads WHERE source = ? AND last_seen_at < ? AND url IN (SELECT value FROM json_each(?))",
            [source, from_moment(since), json.dumps(list(urls))],
        )
        return frozenset(row["ad_id"] for row in rows)

    def mark_gone(self, source: str, why: Mapping[str, str], *, at: datetime) -> tuple[str, ...]:
        """Those of these ads that were not gone yet, marked as gone with the reason given for each."""
        ended = [
            ad_id
            for ad_id, reason in why.items()
            if self._db.run(
                "UPDATE ads SET gone_at = ?, gone_why = ? WHERE ad_id = ? AND source = ? AND gone_at IS NULL",
                [from_moment(at), reason, ad_id, source],
            ).rowcount
        ]
        return tuple(sorted(ended))

    def _touch(self, source: str, column: str, values: Iterable[str], at: datetime) -> int:
        return self._db.run(
            "UPDATE ads SET last_seen_at = max(last_seen_at, ?), missed = 0, gone_at = NULL, gone_why = NULL "
            f"WHERE source = ? AND {column} IN (SELECT value FROM json_each(?))",
            [from_moment(at), source, json.dumps(list(values))],
        ).rowcount

    def _add_version(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> int:
        version_id = self._insert_version(ad, batch_id, is_reread)
        self._changes.compare(version_id)
        return version_id

    def _insert_version(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> int:
        cursor = self._db.run(
            "INSERT INTO ad_versions (ad_id, batch_id, seen_at, content_hash, fingerprint, title, language, record, "
            "is_reread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                ad.ad_id, batch_id, from_moment(ad.seen_at), content_hash(ad), fingerprint(ad), storable(ad.title),
                ad.language, self._db.ad_line(ad), is_reread,
            ],
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def _add_to_history(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> None:
        seen_at = from_moment(ad.seen_at)
        self._db.run("UPDATE ads SET first_seen_at = min(first_seen_at, ?) WHERE ad_id = ?", [seen_at, ad.ad_id])
        known = self._db.row(
            "SELECT 1 FROM ad_versions WHERE ad_id = ? AND content_hash = ?", [ad.ad_id, content_hash(ad)]
        )
        if known is None:
            self._add_version(ad, batch_id, is_reread)

    def _set_current(self, ad: JobAd, version_id: int) -> None:
        self._db.run(
            "UPDATE ads SET version_id = ?, last_seen_at = ?, url = ?, missed = 0, gone_at = NULL, gone_why = NULL "
            "WHERE ad_id = ?",
            [version_id, from_moment(ad.seen_at), storable(ad.url), ad.ad_id],
        )
