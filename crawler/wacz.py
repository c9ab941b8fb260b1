"""Packs the evidence for one ad as a WACZ 1.1.1 file, which stock tools validate and replay.

The records are the batch's own, byte for byte. Nothing of them is shown or run here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from crawler.ad import fingerprint
from crawler.ad_record import ad_to_record
from crawler.errors import BadEvidence
from crawler.evidence import Proof
from crawler.stored_record import StoredRecord
from crawler.warc_facts import warcinfo_record
from crawler.warc_index import index_line
from crawler.warc_record import new_record_id
from crawler.whole_file import whole_bytes

__all__ = ["DATA", "DIGEST", "INDEX", "MANIFEST", "PAGES", "write_extract"]

DATA, INDEX, PAGES = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"
MANIFEST, DIGEST = "datapackage.json", "datapackage-digest.json"


def write_extract(path: Path, proofs: Sequence[Proof], *, software: str, now: datetime, overwrite: bool = False) -> int:
    """How many records stand in the extract at ``path``, which is there whole or not at all.

    Raises ``BadEvidence`` where there is such a file already, unless it may be overwritten.
    """
    if path.exists() and not overwrite:
        raise BadEvidence(f"{path}: expected no such file, found one; it is left as it is")
    records = tuple(_distinct(proofs))
    files = {DATA: b"", INDEX: b"", PAGES: _pages(proofs)}
    files[DATA], files[INDEX] = _archive(records, software, now)
    manifest = _json(_manifest(files, proofs, software, now))
    files |= {MANIFEST: manifest, DIGEST: _json({"path": MANIFEST, "hash": _hash(manifest)})}
    with whole_bytes(path) as out, ZipFile(out, "w", ZIP_STORED) as package:
        for name, content in files.items():
            entry = ZipInfo(name, now.astimezone(UTC).timetuple()[:6])
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content)
    return len(records) + 1


def _distinct(proofs: Iterable[Proof]) -> Iterable[StoredRecord]:
    """Every record once: two versions may share a batch, and with it a robots.txt."""
    seen: set[str] = set()
    for proof in proofs:
        for one in (proof.response, *proof.others):
            if one.where not in seen:
                seen.add(one.where)
                yield one


def _archive(records: Iterable[StoredRecord], software: str, now: datetime) -> tuple[bytes, bytes]:
    """The WARC file and its index."""
    about = ("description", "An extract for one ad")
    file = DATA.rpartition("/")[2]
    info = warcinfo_record(file, software=software, at=now, record_id=new_record_id(), about=about)
    packed, lines, offset = [info], [], 0
    for one in records:
        offset += len(packed[-1])
        packed.append(one.packed)
        if one.record.kind in {"response", "resource"}:
            lines.append(index_line(one.record, one.block, offset=offset, length=len(one.packed), file=file))
    return b"".join(packed), "".join(sorted(lines)).encode()


def _pages(proofs: Iterable[Proof]) -> bytes:
    lines: list[dict[str, Any]] = [{"format": "json-pages-1.0", "id": "pages", "title": "Pages with the ad"}]
    for number, proof in enumerate(proofs, start=1):
        url = proof.response.record.headers["warc-target-uri"]
        title = proof.seen.ad.title or url
        lines.append({"id": f"version-{number}", "url": url, "ts": _second(proof.seen.ad.seen_at), "title": title})
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _manifest(files: Mapping[str, bytes], proofs: Sequence[Proof], software: str, now: datetime) -> dict[str, Any]:
    newest = proofs[-1]
    ad = newest.seen.ad
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": f"Evidence for ad {ad.ad_id}",
        "description": "The archived pages that showed this ad, as they were received, and how they were asked for.",
        "created": _second(now),
        "software": software,
        "mainPageUrl": newest.response.record.headers["warc-target-uri"],
        "mainPageDate": _second(ad.seen_at),
        "resources": [
            {"name": name.rpartition("/")[2], "path": name, "hash": _hash(content), "bytes": len(content)}
            for name, content in files.items()
        ],
        "evidence": {
            "ad_id": ad.ad_id,
            "source": ad.source,
            "versions": [_version(number, proof) for number, proof in enumerate(proofs, start=1)],
        },
    }


def _version(number: int, proof: Proof) -> dict[str, Any]:
    ad = proof.seen.ad
    return {
        "page": f"version-{number}",
        "run": proof.seen.batch.name,
        "seen_at": ad.seen_at.isoformat(),
        "fingerprint": fingerprint(ad),
        "record": proof.response.record_id,
        "sha256": proof.response.sha256,
        "complete": proof.is_complete,
        "ad": ad_to_record(ad),
    }


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
