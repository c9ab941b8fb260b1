"""What looking ads up in registers of licensed agencies came to, in the database."""

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.ad import JobAd
from pipeline.licences.lookup import LicenceLookup
from pipeline.licences.lookup_record import lookup_from_line, lookup_line
from pipeline.store import Store, from_moment
from pipeline.stored_ad import read_ad

__all__ = ["LicenceRows", "PendingLookup"]


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
