"""WACZ 1.1.1 extracts with the evidence for one ad, and their verification.

The records are the batch's own, byte for byte. The check compares every part with the manifest, every record with its
digests, and every page with the one that the ad names.
"""

import hashlib
import json
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from crawler.ad import fingerprint
from crawler.archive.warc_reader import WarcReader, WarcRecord, http_head
from crawler.archive.warc_writer import SOFTWARE, digest_of, new_record_id, warcinfo_record
from crawler.batch.ad_json import ad_to_record
from crawler.batch.evidence import Proof, check_digests, payload_sha256
from crawler.errors import BadEvidence, DamagedWarc
from crawler.extract.urls import OWN_PORTS
from crawler.files import whole_bytes

SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"


def sort_key(address: str) -> str:
    """The address as sort-friendly URI (SURT): host parts reversed, everything in lower case, the query in order."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    host = re.sub(r"^www\d*\.", "", host)
    if ":" not in host:
        host = ",".join(reversed(host.split(".")))
    port = "" if parts.port in {None, OWN_PORTS.get(parts.scheme)} else f":{parts.port}"
    path = re.sub("/{2,}", "/", _escaped(parts.path or "/")).lower()
    path = path.rstrip("/") if len(path) > 1 else path
    query = "&".join(sorted(_escaped(parts.query).lower().split("&"), key=lambda pair: pair.split("=", 1)))
    return f"{host}{port}){path}" + (f"?{query}" if query else "")


def index_line(record: WarcRecord, block: bytes, *, offset: int, length: int, file: str) -> str:
    """One line for a response or resource that lies there in the packed file, line end included."""
    status, headers, _ = http_head(block)
    kind = (headers if record.kind == "response" else record.headers).get("content-type", "")
    address = record.headers["warc-target-uri"]
    entry = {
        "url": address,
        "mime": re.split(r"[;\s]", kind, maxsplit=1)[0].strip() or None,
        "status": str(status) if status else None,
        "digest": record.headers.get("warc-payload-digest"),
        "length": str(length),
        "offset": str(offset),
        "filename": file,
    }
    moment = re.sub(r"\D", "", record.headers.get("warc-date", ""))[:14]
    present = {name: value for name, value in entry.items() if value is not None}
    return f"{sort_key(address)} {moment} {json.dumps(present)}\n"


def _escaped(text: str) -> str:
    """The text with each character escaped that needs it, and no other, however often it was escaped before."""
    plain, before = unquote_to_bytes(text), text.encode()
    while plain != before:
        before, plain = plain, unquote_to_bytes(plain)
    return quote_from_bytes(plain, safe=SAFE)


DATA, INDEX, PAGES = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"
MANIFEST, DIGEST = "datapackage.json", "datapackage-digest.json"


def write_extract(path: Path, proofs: Sequence[Proof], *, now: datetime, overwrite: bool = False) -> int:
    """How many records stand in the extract at ``path``, which is there whole or not at all.

    Raises ``BadEvidence`` where there is such a file already, unless it may be overwritten.
    """
    if path.exists() and not overwrite:
        raise BadEvidence(f"{path}: expected no such file, found one; it is left as it is")
    # Every record once: two versions may share a batch, and with it a robots.txt.
    records = {record.where: record for proof in proofs for record in (proof.response, *proof.others)}.values()
    name, about = DATA.rpartition("/")[2], ("description", "An extract for one ad")
    packed, lines = [warcinfo_record(name, at=now, record_id=new_record_id(), about=about)], []
    offset = len(packed[0])
    for stored in records:
        length = len(stored.packed)
        if stored.record.kind in {"response", "resource"}:
            lines.append(index_line(stored.record, stored.block, offset=offset, length=length, file=name))
        packed.append(stored.packed)
        offset += length
    pages: list[dict[str, str]] = [{"format": "json-pages-1.0", "id": "pages", "title": "Pages with the ad"}]
    for number, proof in enumerate(proofs, start=1):
        ad, url = proof.seen.ad, proof.response.record.headers["warc-target-uri"]
        pages.append({"id": f"version-{number}", "url": url, "ts": _second(ad.seen_at), "title": ad.title or url})
    files = {
        DATA: b"".join(packed),
        INDEX: "".join(sorted(lines)).encode(),
        PAGES: "".join(json.dumps(page) + "\n" for page in pages).encode(),
    }
    manifest = _json(_manifest(files, proofs, now))
    files |= {MANIFEST: manifest, DIGEST: _json({"path": MANIFEST, "hash": digest_of(manifest)})}
    with whole_bytes(path) as out, ZipFile(out, "w", ZIP_STORED) as package:
        for name, content in files.items():
            entry = ZipInfo(name, now.astimezone(UTC).timetuple()[:6])
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content)
    return len(records) + 1


def _manifest(files: Mapping[str, bytes], proofs: Sequence[Proof], now: datetime) -> dict[str, Any]:
    newest = proofs[-1]
    ad = newest.seen.ad
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": f"Evidence for ad {ad.ad_id}",
        "description": "The archived pages that showed this ad, as they were received, and how they were asked for.",
        "created": _second(now),
        "software": SOFTWARE,
        "mainPageUrl": newest.response.record.headers["warc-target-uri"],
        "mainPageDate": _second(ad.seen_at),
        "resources": [
            {"name": name.rpartition("/")[2], "path": name, "hash": digest_of(content), "bytes": len(content)}
            for name, content in files.items()
        ],
        "evidence": {
            "ad_id": ad.ad_id,
            "source": ad.source,
            "versions": [
                {
                    "page": f"version-{number}",
                    "run": proof.seen.batch.name,
                    "seen_at": proof.seen.ad.seen_at.isoformat(),
                    "fingerprint": fingerprint(proof.seen.ad),
                    "record": proof.response.record_id,
                    "sha256": proof.response.sha256,
                    "complete": proof.is_complete,
                    "ad": ad_to_record(proof.seen.ad),
                }
                for number, proof in enumerate(proofs, start=1)
            ],
        },
    }


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


LARGEST = 1024 * 1024 * 1024
"""Bytes of one part. An extract may come from anybody."""

LARGEST_JSON = 64 * 1024 * 1024
_BROKEN = (BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError, struct.error, zlib.error)
"""What zipfile raises for a package that is none, is cut off, or is locked with a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExtract:
    """What an extract that holds together says."""

    ad_id: str
    source: str
    versions: int
    records: int
    created: str


def check_extract(path: Path) -> CheckedExtract:
    """What the extract at ``path`` says. Raises ``BadEvidence`` that names the first part that was changed."""
    try:
        with ZipFile(path) as package:
            return _check_package(package)
    except BadEvidence as err:
        raise BadEvidence(f"{path}: {err}") from err
    except DamagedWarc as err:
        raise BadEvidence(f"{path}: {DATA}: {err}") from err
    except OSError as err:
        raise BadEvidence(f"{path}: cannot be read ({err.strerror or err})") from err
    except _BROKEN as err:
        raise BadEvidence(f"{path}: expected an extract, found a broken file ({err})") from err


def _check_package(package: ZipFile) -> CheckedExtract:
    content, digest = _read(package, MANIFEST), _parse_json(_read(package, DIGEST), DIGEST)
    if digest.get("hash") != digest_of(content):
        raise BadEvidence(f"{MANIFEST} was changed: {DIGEST} says another digest")
    manifest = _parse_json(content, MANIFEST)
    _check_parts(package, manifest)
    payloads: dict[str, str] = {}
    with package.open(DATA) as file:
        for record in filter(None, WarcReader(file)):
            record_id = record.headers.get("warc-record-id", "")
            block = record.read(LARGEST_JSON)
            check_digests(record, block, where=f"{DATA}: the {record.kind} {record_id}")
            payloads[record_id] = payload_sha256(record, block)
    try:
        evidence = manifest["evidence"]
        for version in evidence["versions"]:
            if payloads.get(str(version["record"])) != version["sha256"]:
                raise BadEvidence(f"{version['record']}: expected the page with SHA-256 {version['sha256']}")
        if not evidence["versions"]:
            raise BadEvidence(f'{MANIFEST}: expected "versions", a list that is not empty')
        return CheckedExtract(
            ad_id=str(evidence["ad_id"]),
            source=str(evidence["source"]),
            versions=len(evidence["versions"]),
            records=len(payloads),
            created=str(manifest.get("created", "")),
        )
    except (KeyError, TypeError) as err:
        expected = '"evidence" with ad_id, source and versions, each of these with record and sha256'
        raise BadEvidence(f"{MANIFEST}: expected {expected}") from err


def _check_parts(package: ZipFile, manifest: dict[str, Any]) -> None:
    parts = manifest.get("resources")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise BadEvidence(f'{MANIFEST}: expected "resources", a list of parts')
    listed = {str(part.get("path")): part for part in parts}
    there = [name for name in package.namelist() if not name.endswith("/")]
    if len(set(there)) < len(there) or set(there) - {MANIFEST, DIGEST} != set(listed):
        raise BadEvidence(f"expected the parts {', '.join(sorted(listed))}, found {', '.join(sorted(there))}")
    for name, part in listed.items():
        if package.getinfo(name).file_size > LARGEST:
            raise BadEvidence(f"{name}: more than {LARGEST} bytes")
        with package.open(name) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it has readinto
        if part.get("hash") != f"sha256:{digest}":
            raise BadEvidence(f"{name} was changed: {MANIFEST} says another digest")


def _read(package: ZipFile, name: str) -> bytes:
    if package.getinfo(name).file_size > LARGEST_JSON:
        raise BadEvidence(f"{name}: more than {LARGEST_JSON} bytes")
    return package.read(name)


def _parse_json(content: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as err:
        raise BadEvidence(f"{name}: expected JSON ({err})") from err
    if not isinstance(value, dict):
        raise BadEvidence(f"{name}: expected a JSON object, found {type(value).__name__}")
    return value
