"""Checks an extract: that every part is what its manifest says, every record what its digests say, and every page the
one that the ad names."""

import hashlib
import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from crawler.errors import BadEvidence, DamagedWarc
from crawler.stored_record import check_digests, payload_sha256
from crawler.wacz import DATA, DIGEST, MANIFEST
from crawler.warc_reader import WarcReader

__all__ = ["CheckedExtract", "check_extract"]

LARGEST = 1024 * 1024 * 1024
"""Bytes of one part. An extract may come from anybody."""

LARGEST_JSON = 64 * 1024 * 1024
CHUNK = 1024 * 1024
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
            manifest = _checked_manifest(package, path)
            _check_parts(package, manifest, path)
            pages = _checked_records(package, path)
    except OSError as err:
        raise BadEvidence(f"{path}: cannot be read ({err.strerror or err})") from err
    except _BROKEN as err:
        raise BadEvidence(f"{path}: expected an extract, found a broken file ({err})") from err
    said = _evidence(manifest, path)
    for version in said["versions"]:
        if pages.get(str(version["record"])) != version["sha256"]:
            raise BadEvidence(f"{path}: {version['record']}: expected the page with SHA-256 {version['sha256']}")
    return CheckedExtract(
        ad_id=str(said["ad_id"]), source=str(said["source"]), versions=len(said["versions"]), records=len(pages),
        created=str(manifest.get("created", "")),
    )  # fmt: skip


def _checked_manifest(package: ZipFile, path: Path) -> dict[str, Any]:
    content, digest = _read(package, MANIFEST, path), _json(_read(package, DIGEST, path), DIGEST, path)
    if digest.get("hash") != f"sha256:{hashlib.sha256(content).hexdigest()}":
        raise BadEvidence(f"{path}: {MANIFEST} was changed: {DIGEST} says another digest")
    return _json(content, MANIFEST, path)


def _check_parts(package: ZipFile, manifest: dict[str, Any], path: Path) -> None:
    parts = manifest.get("resources")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise BadEvidence(f'{path}: {MANIFEST}: expected "resources", a list of parts')
    listed = {str(part.get("path")): part for part in parts}
    there = [name for name in package.namelist() if not name.endswith("/")]
    if len(set(there)) < len(there) or set(there) - {MANIFEST, DIGEST} != set(listed):
        raise BadEvidence(f"{path}: expected the parts {', '.join(sorted(listed))}, found {', '.join(sorted(there))}")
    for name, part in listed.items():
        digest = hashlib.sha256()
        size = 0
        with package.open(name) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                if size > LARGEST:
                    raise BadEvidence(f"{path}: {name}: more than {LARGEST} bytes")
        if part.get("hash") != f"sha256:{digest.hexdigest()}":
            raise BadEvidence(f"{path}: {name} was changed: {MANIFEST} says another digest")


def _checked_records(package: ZipFile, path: Path) -> dict[str, str]:
    """The SHA-256 of each record's payload, by the record's id."""
    found: dict[str, str] = {}
    try:
        with package.open(DATA) as file:
            for record in WarcReader(file):
                if record is None:
                    continue
                record_id = record.headers.get("warc-record-id", "")
                block = record.read(min(record.length, LARGEST_JSON))
                check_digests(record, block, where=f"{path}: {DATA}: the {record.kind} {record_id}")
                found[record_id] = payload_sha256(record, block)
    except DamagedWarc as err:
        raise BadEvidence(f"{path}: {DATA}: {err}") from err
    return found


def _evidence(manifest: dict[str, Any], path: Path) -> dict[str, Any]:
    said = manifest.get("evidence")
    keys = {"ad_id", "source", "versions"}
    if not isinstance(said, dict) or not keys <= set(said):
        raise BadEvidence(f'{path}: {MANIFEST}: expected "evidence" with {", ".join(sorted(keys))}')
    versions = said["versions"]
    if not versions or not isinstance(versions, list):
        raise BadEvidence(f'{path}: {MANIFEST}: expected "versions", a list that is not empty')
    if not all(isinstance(version, dict) and {"record", "sha256"} <= set(version) for version in versions):
        raise BadEvidence(f'{path}: {MANIFEST}: expected "record" and "sha256" for every version')
    return said


def _read(package: ZipFile, name: str, path: Path) -> bytes:
    with package.open(name) as file:
        content = file.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise BadEvidence(f"{path}: {name}: more than {LARGEST_JSON} bytes")
    return content


def _json(content: bytes, name: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as err:
        raise BadEvidence(f"{path}: {name}: expected JSON ({err})") from err
    if not isinstance(value, dict):
        raise BadEvidence(f"{path}: {name}: expected a JSON object, found {type(value).__name__}")
    return value
