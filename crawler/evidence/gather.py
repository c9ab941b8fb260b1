"""Evidence of an ad from its archive: page, request, robots.txt in effect.

Every record is checked against the digests that were written with it, and the page against the ad's own. What does not
match was changed afterwards, and is no evidence.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.ad import JobAd
from crawler.archive.stored_record import StoredRecord, fetch_record
from crawler.archive.warc_reader import WarcReader
from crawler.batch.batch import read_batch
from crawler.errors import BadEvidence, DamagedWarc

__all__ = ["Proof", "SeenAd", "find_in_batch", "gather_proof"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAd:
    """An ad as one batch saw it."""

    ad: JobAd
    batch: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The records behind one version of an ad."""

    seen: SeenAd
    response: StoredRecord
    others: tuple[StoredRecord, ...]
    """The archive's warcinfo, request and metadata, and the robots.txt in effect with its own."""

    is_complete: bool
    """False where the archive is damaged elsewhere, so that records beside the page may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A record as far as its head says."""

    offset: int
    kind: str
    record_id: str
    beside: str
    """The record that it belongs to."""

    target: str


def find_in_batch(ad_id: str, folder: Path) -> tuple[SeenAd, ...]:
    """Every version of an ad that a batch holds. Raises ``BadEvidence`` where there is none, ``BadBatch``."""
    batch = read_batch(folder)
    found = tuple(SeenAd(ad=ad, batch=folder) for ad in batch.ads() if ad.ad_id == ad_id)
    if not found:
        raise BadEvidence(f"{folder}: expected an ad {ad_id!r} in the batch, found none")
    return found


def gather_proof(seen: SeenAd) -> Proof:
    """The records behind one version of an ad. Raises ``BadEvidence`` where one is missing or was changed."""
    ad, page = seen.ad, seen.ad.page
    if page is None:
        raise BadEvidence(f"ad {ad.ad_id} as seen at {ad.seen_at.isoformat()}: its source keeps no pages")
    if not seen.batch.is_dir():
        raise BadEvidence(
            f"{seen.batch}: expected the batch in which ad {ad.ad_id} was seen, found none: it was removed, or lies "
            "elsewhere; --batch FOLDER takes the ad from one batch alone"
        )
    file = seen.batch / page.file
    response = fetch_record(file, page.offset)
    if response.record.kind not in {"response", "resource"} or response.sha256 != page.sha256:
        raise BadEvidence(
            f"{response.where} was changed after it was written: expected a page of SHA-256 {page.sha256}, as the ad "
            f"says, found {response.sha256}"
        )
    places, is_complete = _places(file)
    others = [fetch_record(file, place.offset) for place in places if place.kind == "warcinfo"]
    beside = list(_beside(file, places, response.record_id))
    return Proof(
        seen=seen, response=response, others=(*others, *beside, *_robots(file, places, beside)), is_complete=is_complete
    )


def _places(file: Path) -> tuple[list[_Place], bool]:
    """Where each record lies, and whether the file could be read to its end."""
    places: list[_Place] = []
    try:
        with file.open("rb") as opened:
            for record in WarcReader(opened):
                if record:
                    declared = record.headers
                    places.append(
                        _Place(
                            offset=record.offset, kind=record.kind, record_id=declared.get("warc-record-id", ""),
                            beside=declared.get("warc-concurrent-to") or declared.get("warc-refers-to", ""),
                            target=declared.get("warc-target-uri", ""),
                        )
                    )  # fmt: skip
    except DamagedWarc:
        return places, False
    return places, True


def _beside(file: Path, places: Iterable[_Place], record_id: str) -> Iterator[StoredRecord]:
    yield from (fetch_record(file, place.offset) for place in places if record_id and place.beside == record_id)


def _robots(file: Path, places: list[_Place], beside: Iterable[StoredRecord]) -> Iterator[StoredRecord]:
    """The robots.txt that the metadata names, by its address and digest, and what lies beside it."""
    for declared in (stored.fields() for stored in beside if stored.record.kind == "metadata"):
        for place in places:
            if place.kind == "response" and place.target == declared.get("robots-txt"):
                found = fetch_record(file, place.offset)
                if found.sha256 == declared.get("robots-txt-sha256"):
                    yield found
                    yield from _beside(file, places, found.record_id)
                    break
