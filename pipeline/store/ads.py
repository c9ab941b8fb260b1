"""Ads, their versions and their assessments in the database.

Which ads still stand, in the database: seen, missed, gone.

What looking ads up in registers of licensed agencies came to, in the database.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from crawler.ad import JobAd, content_hash, fingerprint
from crawler.ad_json import ad_to_record
from crawler.files import dumps_line
from model.assessment import Assessment
from pipeline.errors import UnknownAd
from pipeline.licences.records import LicenceLookup, lookup_from_line, lookup_line
from pipeline.store.assessment_json import assessment_from_record, assessment_line
from pipeline.store.changes import ChangeRows, RepostRows
from pipeline.store.connection import Store, from_moment, read_ad, storable

__all__ = ["AdRows", "LicenceRows", "Look", "PendingAd", "PendingLookup", "PresenceRows", "likeliest_kind"]

_TOUCH = (
    "UPDATE ads SET last_seen_at = max(last_seen_at, ?), missed = 0, gone_at = NULL, gone_why = NULL WHERE source = ?"
)


class PresenceRows(Store):
    """What a batch says of ads that it does not repeat. Nothing is removed: what is seen again is back."""

    def touch_ads(self, source: str, urls: Iterable[str], *, at: datetime) -> int:
        """How many ads were found standing unchanged at these addresses, without being read again."""
        return self._touch(source, "url", urls, at)

    def touch_ad_ids(self, source: str, ad_ids: Iterable[str], *, at: datetime) -> int:
        """How many of these ads the store holds; they were found standing unchanged."""
        return self._touch(source, "ad_id", ad_ids, at)

    def miss_ads(self, source: str, *, since: datetime, unread: Iterable[str]) -> tuple[str, ...]:
        """Ads that the source's newest batch, begun then, did not show. Ads at the unread addresses are spared: that
        nobody could look says nothing about them."""
        rows = self._rows(
            "UPDATE ads SET missed = missed + 1 WHERE source = ? AND last_seen_at < ? AND gone_at IS NULL "
            "AND (url IS NULL OR url NOT IN (SELECT value FROM json_each(?))) RETURNING ad_id",
            [source, from_moment(since), json.dumps(list(unread))],
        )
        return tuple(sorted(row["ad_id"] for row in rows))

    def missed_ads(self, source: str, *, looks: int, since: datetime) -> frozenset[str]:
        """Ads that so many looks in a row have missed and that are not marked as gone."""
        rows = self._rows(
            "SELECT ad_id FROM ads WHERE source = ? AND gone_at IS NULL AND missed >= ? AND last_seen_at < ?",
            [source, looks, from_moment(since)],
        )
        return frozenset(row["ad_id"] for row in rows)

    def ads_at(self, source: str, urls: Iterable[str], *, since: datetime) -> frozenset[str]:
        """Ads at these addresses that were not seen since."""
        rows = self._rows(
            "SELECT ad_id FROM ads WHERE source = ? AND last_seen_at < ? AND url IN (SELECT value FROM json_each(?))",
            [source, from_moment(since), json.dumps(list(urls))],
        )
        return frozenset(row["ad_id"] for row in rows)

    def end_ads(self, source: str, why: Mapping[str, str], *, at: datetime) -> tuple[str, ...]:
        """Those of these ads that were not gone yet, marked as gone with the reason given for each."""
        ended = [
            ad_id
            for ad_id, reason in why.items()
            if self._run(
                "UPDATE ads SET gone_at = ?, gone_why = ? WHERE ad_id = ? AND source = ? AND gone_at IS NULL",
                [from_moment(at), reason, ad_id, source],
            ).rowcount
        ]
        return tuple(sorted(ended))

    def _touch(self, source: str, column: str, values: Iterable[str], at: datetime) -> int:
        cursor = self._run(
            f"{_TOUCH} AND {column} IN (SELECT value FROM json_each(?))",
            [from_moment(at), source, json.dumps(list(values))],
        )
        return cursor.rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at an ad brought."""

    outcome: Literal["new", "changed", "unchanged"]
    """``changed`` when anything that the ad says is another than at the last look."""

    text_changed: bool
    """Whether its title or description reads otherwise; always so for a new ad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAd:
    """One version of an ad that this model has not read yet."""

    version_id: int
    ad: JobAd


class AdRows(ChangeRows, PresenceRows, RepostRows):
    """What was collected, and what the model said of it."""

    def has_batch(self, source: str, run: str) -> bool:
        """Whether this batch was taken in before."""
        return self._row("SELECT 1 FROM batches WHERE source = ? AND run = ?", [source, run]) is not None

    def has_source(self, source: str) -> bool:
        """Whether any batch of this source was taken in."""
        return self._row("SELECT 1 FROM batches WHERE source = ?", [source]) is not None

    def is_newest(self, source: str, started_at: datetime) -> bool:
        """Whether no batch of this source that was taken in began later."""
        row = self._row("SELECT 1 FROM batches WHERE source = ? AND started_at > ?", [source, from_moment(started_at)])
        return row is None

    def add_batch(
        self, *, source: str, run: str, started_at: datetime, ended_at: datetime, ads: int, taken_at: datetime
    ) -> int:
        """The new batch's number; its ads are then recorded one by one."""
        cursor = self._run(
            "INSERT INTO batches (source, run, started_at, ended_at, ads, taken_at) VALUES (?, ?, ?, ?, ?, ?)",
            [source, run, from_moment(started_at), from_moment(ended_at), ads, from_moment(taken_at)],
        )
        return int(cursor.lastrowid or 0)

    def set_brought(self, batch_id: int, brought: Mapping[str, int | Sequence[str]]) -> None:
        """Remember what this batch brought, so that a night which is resumed can still report it."""
        self._run("UPDATE batches SET brought = ? WHERE batch_id = ?", [json.dumps(brought), batch_id])

    def brought(self, source: str, run: str) -> dict[str, Any]:
        """What ``set_brought`` was told of this batch."""
        row = self._row("SELECT brought FROM batches WHERE source = ? AND run = ?", [source, run])
        return dict(json.loads(row["brought"])) if row else {}

    def record_look(self, ad: JobAd, *, batch_id: int | None, is_reread: bool = False) -> Look:
        """Remember one look at an ad; ``is_reread`` where only our reading of its page may be another.

        A look older than the newest one only adds to the ad's history: an old batch taken in late never brings an
        old text back into the queue.
        """
        known = self._row(
            "SELECT a.last_seen_at, a.gone_at, v.content_hash, v.fingerprint FROM ads a "
            "JOIN ad_versions v ON v.version_id = a.version_id WHERE a.ad_id = ?",
            [ad.ad_id],
        )
        seen_at = from_moment(ad.seen_at)
        if known is None:
            self._run(
                "INSERT INTO ads (ad_id, source, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)",
                [ad.ad_id, ad.source, seen_at, seen_at],
            )
            self._show(ad, self._add_version(ad, batch_id, is_reread))
            return Look(outcome="new", text_changed=True)
        if seen_at < known["last_seen_at"]:
            self._add_to_history(ad, batch_id, is_reread)
            return Look(outcome="unchanged", text_changed=False)
        if known["gone_at"] is not None:
            self.record_return(ad.ad_id, ad.hiring_organization, gone_at=known["gone_at"], at=ad.seen_at)
        if known["content_hash"] == content_hash(ad):
            self._run(
                "UPDATE ads SET last_seen_at = ?, url = ?, missed = 0, gone_at = NULL, gone_why = NULL WHERE ad_id = ?",
                [seen_at, storable(ad.url), ad.ad_id],
            )
            return Look(outcome="unchanged", text_changed=False)
        self._show(ad, self._add_version(ad, batch_id, is_reread))
        return Look(outcome="changed", text_changed=known["fingerprint"] != fingerprint(ad))

    def ad(self, ad_id: str) -> JobAd:
        """The ad as it was last seen."""
        row = self._row("SELECT v.record FROM ads a JOIN ad_versions v USING (version_id) WHERE a.ad_id = ?", [ad_id])
        if row is None:
            raise UnknownAd(f"no ad {ad_id!r} in the store; expected an ad_id as `lurewatch status` and the page show")
        return read_ad(row["record"])

    def titles(self, ad_ids: Sequence[str]) -> tuple[str, ...]:
        """The present titles of these ads, in their order."""
        return tuple(self.ad(ad_id).title for ad_id in ad_ids)

    def versions(self, ad_id: str) -> tuple[JobAd, ...]:
        """Every text that this ad has carried, oldest first."""
        rows = self._rows("SELECT record FROM ad_versions WHERE ad_id = ? ORDER BY seen_at, version_id", [ad_id])
        return tuple(read_ad(row["record"]) for row in rows)

    def version_batches(self, ad_id: str) -> tuple[tuple[JobAd, str, str], ...]:
        """Every text that this ad has carried, oldest first, with the source and the run that brought it."""
        rows = self._rows(
            "SELECT v.record, b.source, b.run FROM ad_versions v JOIN batches b USING (batch_id) WHERE v.ad_id = ? "
            "ORDER BY v.seen_at, v.version_id",
            [ad_id],
        )
        return tuple((read_ad(row["record"]), row["source"], row["run"]) for row in rows)

    def ad_assessment(self, ad_id: str) -> Assessment | None:
        """The newest assessment of the ad as it was last seen."""
        row = self._row(
            "SELECT m.record FROM ads a JOIN assessments m USING (version_id) WHERE a.ad_id = ? "
            "ORDER BY m.assessment_id DESC LIMIT 1",
            [ad_id],
        )
        return assessment_from_record(json.loads(row["record"])) if row else None

    def counts(self) -> dict[str, int]:
        """How much the store holds, by what."""
        row = self._row(
            "SELECT (SELECT count(*) FROM ads) AS ads, (SELECT count(*) FROM ads WHERE gone_at IS NOT NULL) AS gone, "
            "(SELECT count(*) FROM ad_versions) AS versions, (SELECT count(*) FROM assessments) AS assessments, "
            "(SELECT count(*) FROM batches) AS batches, (SELECT count(*) FROM decisions) AS decisions"
        )
        return {name: int(value) for name, value in (row or {}).items()}

    def pending_ads(self, model_version: str, taxonomy_version: str, *, chunk: int) -> Iterator[tuple[PendingAd, ...]]:
        """The present texts that this model has not read, in chunks; each must be assessed before the next is asked
        for."""
        last = 0
        while True:
            rows = self._rows(
                "SELECT v.version_id, v.record FROM ads a JOIN ad_versions v ON v.version_id = a.version_id "
                "WHERE a.gone_at IS NULL AND v.version_id > :last AND NOT EXISTS (SELECT 1 FROM assessments m "
                "WHERE m.version_id = v.version_id AND m.model_version = :model AND m.taxonomy_version = :taxonomy) "
                "ORDER BY v.version_id LIMIT :chunk",
                {"last": last, "model": model_version, "taxonomy": taxonomy_version, "chunk": chunk},
            )
            if not rows:
                return
            last = rows[-1]["version_id"]
            yield tuple(PendingAd(version_id=row["version_id"], ad=read_ad(row["record"])) for row in rows)

    def count_pending(self, model_version: str, taxonomy_version: str) -> int:
        """How many present texts this model has not read."""
        row = self._row(
            "SELECT count(*) AS n FROM ads a WHERE a.gone_at IS NULL AND NOT EXISTS (SELECT 1 FROM assessments m "
            "WHERE m.version_id = a.version_id AND m.model_version = ? AND m.taxonomy_version = ?)",
            [model_version, taxonomy_version],
        )
        return int(row["n"]) if row else 0

    def add_assessment(self, version_id: int, assessment: Assessment) -> None:
        """Keep what the model said of this version; it is triaged afterwards."""
        self._run(
            "INSERT INTO assessments (version_id, model_version, taxonomy_version, score, kind, rule, assessed_at, "
            "record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                version_id, assessment.model_version, assessment.taxonomy_version, assessment.score,
                likeliest_kind(assessment), assessment.rule.rule if assessment.rule else None,
                from_moment(assessment.assessed_at), assessment_line(assessment),
            ],
        )  # fmt: skip

    def _add_version(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> int:
        cursor = self._run(
            "INSERT INTO ad_versions (ad_id, batch_id, seen_at, content_hash, fingerprint, title, language, record, "
            "is_reread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                ad.ad_id, batch_id, from_moment(ad.seen_at), content_hash(ad), fingerprint(ad), storable(ad.title),
                ad.language, dumps_line(ad_to_record(ad)), is_reread,
            ],
        )  # fmt: skip
        version_id = int(cursor.lastrowid or 0)
        self.compare_version(version_id)
        return version_id

    def _add_to_history(self, ad: JobAd, batch_id: int | None, is_reread: bool) -> None:
        seen_at = from_moment(ad.seen_at)
        self._run("UPDATE ads SET first_seen_at = min(first_seen_at, ?) WHERE ad_id = ?", [seen_at, ad.ad_id])
        known = self._row(
            "SELECT 1 FROM ad_versions WHERE ad_id = ? AND content_hash = ?", [ad.ad_id, content_hash(ad)]
        )
        if known is None:
            self._add_version(ad, batch_id, is_reread)

    def _show(self, ad: JobAd, version_id: int) -> None:
        self._run(
            "UPDATE ads SET version_id = ?, last_seen_at = ?, url = ?, missed = 0, gone_at = NULL, gone_why = NULL "
            "WHERE ad_id = ?",
            [version_id, from_moment(ad.seen_at), storable(ad.url), ad.ad_id],
        )


def likeliest_kind(assessment: Assessment) -> str:
    """The kind that the model holds likeliest."""
    return max(assessment.kinds, key=lambda kind: assessment.kinds[kind])


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLookup:
    """One version of an ad that these registers were not asked about yet."""

    version_id: int
    ad: JobAd


class LicenceRows(Store):
    """Facts about licences, each with the version of the ad that was looked up. Older ones stay."""

    def pending_lookups(self, registers: str, *, chunk: int) -> Iterator[tuple[PendingLookup, ...]]:
        """The present texts that were not looked up in these registers, in chunks; ``registers`` is their key."""
        last = 0
        while True:
            rows = self._rows(
                "SELECT v.version_id, v.record FROM ads a JOIN ad_versions v ON v.version_id = a.version_id "
                "WHERE a.gone_at IS NULL AND v.version_id > ? AND NOT EXISTS (SELECT 1 FROM licence_lookups l "
                "WHERE l.version_id = v.version_id AND l.registers = ?) ORDER BY v.version_id LIMIT ?",
                [last, registers, chunk],
            )
            if not rows:
                return
            last = rows[-1]["version_id"]
            yield tuple(PendingLookup(version_id=row["version_id"], ad=read_ad(row["record"])) for row in rows)

    def add_lookup(self, version_id: int, registers: str, lookup: LicenceLookup) -> None:
        """Keep what these registers said of this version."""
        self._run(
            "INSERT INTO licence_lookups (version_id, registers, result, looked_at, record) VALUES (?, ?, ?, ?, ?)",
            [version_id, registers, lookup.result, from_moment(lookup.looked_at), lookup_line(lookup)],
        )

    def licence_lookup(self, ad_id: str) -> LicenceLookup | None:
        """The newest look-up of the ad as it was last seen; None where it was never looked up."""
        row = self._row(
            "SELECT l.record FROM ads a JOIN licence_lookups l USING (version_id) WHERE a.ad_id = ? "
            "ORDER BY l.looked_at DESC, l.lookup_id DESC LIMIT 1",
            [ad_id],
        )
        return lookup_from_line(row["record"]) if row else None
