"""Ads as they were seen: texts, changes, reposts, presence at their source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from crawler.ad import JobAd, content_hash, fingerprint, heading
from pipeline.errors import UnknownAd
from pipeline.linking.changes import AdChange, changed_fields
from pipeline.store.connection import SEALED_FIELDS, Params, Part, from_moment, statement, storable


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


class Changes(Part):
    """Changes from one version of an ad to the next, and reposts."""

    def compare(self, version_id: int) -> None:
        """Record what this version changed, and what the next one changed against it: an old batch that is taken in
        late comes between two."""
        sql = (
            "SELECT version_id, ad_id, seen_at, record, is_reread FROM ad_versions WHERE content_hash <> '' "
            "AND ad_id = (SELECT ad_id FROM ad_versions WHERE version_id = ?) ORDER BY seen_at, version_id"
        )
        for before, after in pairwise(self._db.rows(sql, [version_id])):
            if version_id in {before["version_id"], after["version_id"]}:
                self._set_changes(before, after)

    def of_ads(self, ad_ids: Sequence[str], *, facts_only: bool = False) -> tuple[AdChange, ...]:
        """What these ads changed while they ran, newest first. Facts are changes of the offer itself."""
        return self._read(statement("changes_of_ads"), [list(ad_ids), facts_only])

    def newest(self, ad_id: str) -> tuple[AdChange, ...]:
        """What the ad's present version changed."""
        return self._read(
            "SELECT c.ad_id, field, fact, before, after, changed_at FROM ads a JOIN ad_changes c USING (version_id) "
            "WHERE a.ad_id = ? ORDER BY fact IS NULL, fact, field",
            [ad_id],
        )

    def fact_counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """By ad how many of its versions changed each fact of the offer, as ``salary_changed``, and how often it was
        reposted."""
        found: dict[str, dict[str, int]] = {}
        for ad_id, fact, count in self._db.run(statement("fact_counts"), {"ads": list(ad_ids), "at": at}):
            found.setdefault(ad_id, {})[fact] = count
        return found

    def record_return(self, ad: JobAd, *, gone_at: str) -> None:
        """Record that the same ad is shown again by its source."""
        row = {"ad_id": ad.ad_id, "former_id": ad.ad_id, "fact": "reposted", "gone_at": gone_at, "at": ad.seen_at}
        self._add_repost(row | {"before": ad.hiring_organization, "after": ad.hiring_organization})

    def record_reposts(self, *, joined_at: datetime) -> None:
        """Record which new ads that joined a campaign then are reposts of an ad of it that was gone before; the one
        that went last counts as the former."""
        rows = self._db.rows(statement("former_ads"), [joined_at])
        newest = {row["ad_id"]: row for row in reversed(rows)}
        for row in newest.values():
            names = [" ".join((row[name] or "").casefold().split()) for name in ("before", "after")]
            renamed = all(names) and names[0] != names[1]
            fact = "reposted_under_another_name" if renamed else "reposted"
            self._add_repost(row | {"fact": fact})

    def reposts(self, ad_ids: Sequence[str]) -> tuple[Repost, ...]:
        """The reposts among these ads, newest first."""
        return self._db.records(
            Repost,
            "SELECT ad_id, former_id, fact, before, after, gone_at, at FROM ad_reposts "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) ORDER BY at DESC, ad_id",
            [list(ad_ids)],
        )

    def _read(self, sql: str, params: Params) -> tuple[AdChange, ...]:
        found = self._db.records(AdChange, sql, params)
        return tuple(self._db.unsealed(each) if each.field in SEALED_FIELDS else each for each in found)

    def _set_changes(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        self._db.run("DELETE FROM ad_changes WHERE version_id = ?", [after["version_id"]])
        is_reread = bool(after["is_reread"])
        for change in changed_fields(self._db.read_ad(before["record"]), self._db.read_ad(after["record"])):
            fact = None if is_reread else change.fact
            words = [storable(text) for text in (change.before, change.after)]
            if change.field in SEALED_FIELDS:
                words = [text and self._db.vault.seal_text(text) for text in words]
            row = {"version_id": after["version_id"], "ad_id": after["ad_id"], "field": change.field, "fact": fact}
            row |= {"before": words[0], "after": words[1], "changed_at": after["seen_at"]}
            self._db.insert("ad_changes", row)

    def _add_repost(self, row: dict[str, Any]) -> None:
        names = {name: storable(row[name]) for name in ("before", "after")}
        self._db.insert("ad_reposts", row | names, on_conflict="IGNORE")


Outcome = Literal["new", "changed", "unchanged"]
"""What one fetch of an ad brought; ``changed`` when any field differs from the last fetch."""


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


class Ads(Part):
    """Ads with every text that they have carried. An ad that is gone stays, and is back when it is seen again."""

    def record(self, ad: JobAd, *, batch_id: int | None, is_reread: bool = False) -> Outcome:
        """Add one fetch of an ad; ``is_reread`` where the page is the same and only the program that read it is newer.

        A fetch older than the newest one only adds to the ad's history: an old batch taken in late never brings an
        old text back into the queue.
        """
        known = self._db.row(
            "SELECT version_id, a.last_seen_at, a.gone_at, v.content_hash FROM ads a JOIN ad_versions v "
            "USING (version_id) WHERE a.ad_id = ?",
            [ad.ad_id],
        )
        seen_at = from_moment(ad.seen_at)
        if known is None:
            moments = {"first_seen_at": seen_at, "last_seen_at": seen_at}
            self._db.insert("ads", {"ad_id": ad.ad_id, "source": ad.source} | moments)
            self._set_current(ad, self._insert_version(ad, batch_id, is_reread))  # it has no other to compare with
            return "new"
        if seen_at < known["last_seen_at"]:
            self._db.run("UPDATE ads SET first_seen_at = min(first_seen_at, ?) WHERE ad_id = ?", [seen_at, ad.ad_id])
            same = "SELECT 1 FROM ad_versions WHERE ad_id = ? AND content_hash = ?"
            if self._db.row(same, [ad.ad_id, content_hash(ad)]) is None:
                self._add_version(ad, batch_id, is_reread)
            return "unchanged"
        if known["gone_at"] is not None:
            Changes(self._db).record_return(ad, gone_at=known["gone_at"])
        if known["content_hash"] == content_hash(ad):
            self._set_current(ad, known["version_id"])
            return "unchanged"
        self._set_current(ad, self._add_version(ad, batch_id, is_reread))
        return "changed"

    def get(self, ad_id: str) -> JobAd:
        """The ad as it was last seen."""
        record = self._db.value(
            "SELECT v.record FROM ads a JOIN ad_versions v USING (version_id) WHERE a.ad_id = ?", [ad_id]
        )
        if record is None:
            raise UnknownAd(f"no ad {ad_id!r} in the store; expected an ad_id as a case's page shows it")
        return self._db.read_ad(record)

    def versions(self, ad_id: str) -> tuple[JobAd, ...]:
        """Every text that this ad has carried, oldest first."""
        sql = "SELECT record FROM ad_versions WHERE ad_id = ? ORDER BY seen_at, version_id"
        return tuple(map(self._db.read_ad, self._db.column(sql, [ad_id])))

    def version_batches(self, ad_id: str) -> tuple[tuple[JobAd, str, str], ...]:
        """Every text that this ad has carried, oldest first, with the source and the run that brought it."""
        rows = self._db.run(
            "SELECT v.record, b.source, b.run FROM ad_versions v JOIN batches b USING (batch_id) WHERE v.ad_id = ? "
            "ORDER BY v.seen_at, v.version_id",
            [ad_id],
        )
        return tuple((self._db.read_ad(record), source, run) for record, source, run in rows)

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
            part = version_ids[start : start + 500]
            sql = "SELECT version_id, record FROM ad_versions WHERE version_id IN (SELECT value FROM json_each(?))"
            records = dict(self._db.run(sql, [part]))
            yield from (self._db.read_ad(records[version_id]) for version_id in part)

    def altered(self) -> Iterator[str]:
        """The ad of each version whose title and text are not those that its fingerprint was made of: SQLite's own
        check does not read them."""
        sql = (
            "SELECT ad_id, fingerprint, title, CAST(record AS BLOB) AS record FROM ad_versions "
            "WHERE content_hash <> '' ORDER BY version_id"
        )
        for row in self._db.each(sql):
            try:
                ad = self._db.read_ad(row["record"].decode(), without_sealed=True)
                is_whole = fingerprint(ad) == row["fingerprint"] and storable(heading(ad)) == row["title"]
            except (ValueError, KeyError, TypeError):
                is_whole = False
            if not is_whole:
                yield row["ad_id"]

    def first_version(self, ad_id: str, fingerprint: str) -> int | None:
        """The first version of the ad with this text."""
        sql = "SELECT min(version_id) FROM ad_versions WHERE ad_id = ? AND fingerprint = ?"
        return self._db.number(sql, [ad_id, fingerprint])

    def current_version(self, ad_id: str) -> int | None:
        """The ad's version as it was last seen."""
        return self._db.number("SELECT version_id FROM ads WHERE ad_id = ?", [ad_id])

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
            self._db.run(f"UPDATE {table} SET {column} = ? WHERE {column} > ? AND {where}", [at, now, source])

    def held(self, source: str, ad_ids: Iterable[str]) -> frozenset[str]:
        """Those of these ads of the source that the store holds."""
        sql = "SELECT ad_id FROM ads WHERE source = ? AND ad_id IN (SELECT value FROM json_each(?))"
        return frozenset(self._db.column(sql, [source, list(ad_ids)]))

    def touch(self, source: str, ad_ids: Iterable[str], *, at: datetime) -> int:
        """How many of these ads the store holds; they are still shown, unchanged."""
        return self._db.run(
            "UPDATE ads SET last_seen_at = max(last_seen_at, ?), missed = 0, gone_at = NULL, gone_why = NULL "
            "WHERE source = ? AND ad_id IN (SELECT value FROM json_each(?))",
            [at, source, list(ad_ids)],
        ).rowcount

    def mark_missed(self, source: str, *, since: datetime, unread: Iterable[str]) -> tuple[str, ...]:
        """Ads that the source's newest batch, begun then, did not show. Ads at addresses that could not be read are
        left out: nothing is known of them."""
        ad_ids = self._db.column(
            "UPDATE ads SET missed = missed + 1 WHERE source = ? AND last_seen_at < ? AND gone_at IS NULL "
            "AND (url IS NULL OR url NOT IN (SELECT value FROM json_each(?))) RETURNING ad_id",
            [source, since, list(unread)],
        )
        return tuple(sorted(ad_ids))

    def missed(self, source: str, *, batches: int, since: datetime) -> frozenset[str]:
        """Ads that so many batches in a row did not show and that are not marked as gone."""
        sql = "SELECT ad_id FROM ads WHERE source = ? AND gone_at IS NULL AND missed >= ? AND last_seen_at < ?"
        return frozenset(self._db.column(sql, [source, batches, since]))

    def mark_gone(self, source: str, why: Mapping[str, str], *, at: datetime) -> tuple[str, ...]:
        """Those of these ads that were not gone yet, marked as gone with the reason given for each."""
        ad_ids = self._db.column(
            "UPDATE ads SET gone_at = :at, gone_why = w.value FROM json_each(:why) w WHERE ads.ad_id = w.key "
            "AND source = :source AND gone_at IS NULL RETURNING ad_id",
            {"source": source, "why": dict(why), "at": at},
        )
        return tuple(sorted(ad_ids))

    def _add_version(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> int:
        version_id = self._insert_version(ad, batch_id, is_reread)
        Changes(self._db).compare(version_id)
        return version_id

    def _insert_version(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> int:
        row = {
            "ad_id": ad.ad_id, "batch_id": batch_id, "seen_at": ad.seen_at, "content_hash": content_hash(ad),
            "fingerprint": fingerprint(ad), "title": storable(heading(ad)), "language": ad.language,
            "record": self._db.ad_line(ad), "is_reread": is_reread,
        }  # fmt: skip
        return self._db.insert("ad_versions", row)

    def _set_current(self, ad: JobAd, version_id: int) -> None:
        self._db.run(
            "UPDATE ads SET version_id = ?, last_seen_at = ?, url = ?, missed = 0, gone_at = NULL, gone_why = NULL "
            "WHERE ad_id = ?",
            [version_id, ad.seen_at, storable(ad.url), ad.ad_id],
        )
