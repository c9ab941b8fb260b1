"""Evidence of an ad from its archive: page, request, robots.txt, page text.

Every record is checked against the digests that were written with it, and the page against the ad's own. What does not
match was changed afterwards, and is no evidence.
"""

import base64
import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from crawler.ad import JobAd
from crawler.archive.warc_reader import (
    HTML,
    Unpackable,
    WarcReader,
    WarcRecord,
    http_head,
    split_content_type,
    unpack_body,
)
from crawler.batch.batch import read_batch
from crawler.errors import BadEvidence, DamagedWarc
from crawler.extract.html_tree import element_to_text, parse_html, tree_depth_and_size
from crawler.extract.text import clean_text, decode, to_utf8

CHUNK = 65_536
LARGEST = 64 * 1024 * 1024
"""Bytes, unpacked. A page has 16 MiB at most."""

ALGORITHMS = {"sha1", "sha256", "sha512", "md5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A WARC record, packed and unpacked."""

    where: str
    """The file, the offset and the record's id, for people."""

    record: WarcRecord = field(repr=False)
    packed: bytes = field(repr=False)
    block: bytes = field(repr=False)

    @property
    def record_id(self) -> str:
        """The id that other records name it by."""
        return self.record.headers.get("warc-record-id", "")

    @property
    def sha256(self) -> str:
        """Hex digest of its payload."""
        return payload_sha256(self.record, self.block)

    def fields(self) -> Mapping[str, str]:
        """What a metadata record says, by name."""
        lines = (line.partition(":") for line in self.block.decode("utf-8", "replace").split("\n"))
        return {name.strip(): value.strip() for name, _, value in lines if value}


def fetch_record(file: Path, offset: int) -> StoredRecord:
    """The record whose gzip member begins at this offset. Raises ``BadEvidence`` where it is not there, or changed."""
    where = f"{file}: the record at byte {offset}"
    try:
        with file.open("rb") as opened:
            opened.seek(offset)
            packed, unpacked = _read_member(opened)
        record = next(iter(WarcReader(BytesIO(unpacked))), None)
        if record is None:
            raise BadEvidence(f"{where}: expected a WARC record, found none")
        where = f"{where} ({record.kind} {record.headers.get('warc-record-id', 'without id')})"
        block = record.read(LARGEST)
    except OSError as err:
        raise BadEvidence(f"{file}: expected the batch's archive, found none ({err.strerror or err})") from err
    except (DamagedWarc, zlib.error, EOFError) as err:
        why = err.reason if isinstance(err, DamagedWarc) else str(err)
        raise BadEvidence(f"{where} was changed or cut off after it was written ({why})") from err
    check_digests(record, block, where=where)
    return StoredRecord(where=where, record=record, packed=packed, block=block)


def payload_sha256(record: WarcRecord, block: bytes) -> str:
    """Hex digest of what a record carries: the body of a response as it was sent, or the whole block."""
    return hashlib.sha256(block[_http_of(record, block)[1] :]).hexdigest()


def check_digests(record: WarcRecord, block: bytes, *, where: str) -> None:
    """Raise ``BadEvidence`` unless a record is what its own digests say.

    The block's digest covers everything. The payload's is asked only where there is no other: tools differ in whether
    it is taken with the chunks or the packing, and an archive may have been right in a way that is not ours.
    """
    digest = record.headers.get("warc-block-digest")
    if digest:
        if not _has_digest(block, digest):
            raise BadEvidence(f"{where} was changed after it was written: its WARC-Block-Digest is another")
        return
    digest = record.headers.get("warc-payload-digest")
    if not digest or record.kind != "response":
        return
    forms = [block[_http_of(record, block)[1] :]]
    with suppress(Unpackable):
        forms.append(unpack_body(forms[0], {"transfer-encoding": "chunked"}, most=LARGEST))
    if not any(_has_digest(form, digest) for form in forms):
        raise BadEvidence(f"{where} was changed after it was written: its WARC-Payload-Digest is another")


def _http_of(record: WarcRecord, block: bytes) -> tuple[Mapping[str, str], int]:
    """The headers of a block that is an HTTP message, and where its body begins; else the record's own, and 0."""
    if record.headers.get("content-type", "").replace(" ", "").startswith("application/http"):
        return http_head(block)[1:]
    return record.headers, 0


def _has_digest(content: bytes, written: str) -> bool:
    """Whether a digest as records have it, in base 16 or 32, is the content's. An unknown algorithm proves nothing."""
    name, _, value = written.partition(":")
    name = name.strip().lower().replace("-", "")
    if name not in ALGORITHMS:
        return True
    digest = hashlib.new(name, content, usedforsecurity=False).digest()
    value = value.strip().rstrip("=").lower()
    return value in {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}


def _read_member(file: BinaryIO) -> tuple[bytes, bytes]:
    """One gzip member, packed and unpacked."""
    unpacker = zlib.decompressobj(wbits=31)
    packed, unpacked, left = [], [], LARGEST + 1
    while not unpacker.eof:
        if not (raw := file.read(CHUNK)):
            raise EOFError("the file ends before the record does")
        packed.append(raw)
        unpacked.append(unpacker.decompress(raw, left))
        left -= len(unpacked[-1])
        if not left:
            raise EOFError(f"more than {LARGEST} bytes")
    whole = b"".join(packed)
    return whole[: len(whole) - len(unpacker.unused_data)], b"".join(unpacked)


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


def find_in_batch(ad_id: str, folder: Path) -> tuple[SeenAd, ...]:
    """Every version of an ad that a batch holds. Raises ``BadEvidence`` where there is none, ``BadBatch``."""
    batch = read_batch(folder)
    found = tuple(SeenAd(ad=ad, batch=folder) for ad in batch.ads() if ad.ad_id == ad_id)
    if not found:
        raise BadEvidence(f"{folder}: expected an ad {ad_id!r} in the batch, found none")
    return found


def gather_proof(seen: SeenAd) -> Proof:
    """The records behind one version of an ad. Raises ``BadEvidence`` where one is missing or was changed."""
    if not seen.batch.is_dir():
        raise BadEvidence(
            f"{seen.batch}: expected the batch in which ad {seen.ad.ad_id} was seen, found none: it was removed, or "
            "lies elsewhere; --batch FOLDER takes the ad from one batch alone"
        )
    file, response = _fetch_page(seen)
    info: list[int] = []
    responses, beside = defaultdict[str | None, list[int]](list), defaultdict[str, list[int]](list)
    is_complete = True
    try:
        with file.open("rb") as opened:
            for record in filter(None, WarcReader(opened)):
                if other := record.headers.get("warc-concurrent-to") or record.headers.get("warc-refers-to"):
                    beside[other].append(record.offset)
                if record.kind == "response":
                    responses[record.headers.get("warc-target-uri", "")].append(record.offset)
                elif record.kind == "warcinfo":
                    info.append(record.offset)
    except DamagedWarc:
        is_complete = False
    fetch = partial(fetch_record, file)
    others = [*map(fetch, beside[response.record_id])]
    robots: list[StoredRecord] = []  # the robots.txt that the metadata names, and what lies beside it
    for declared in (stored.fields() for stored in others if stored.record.kind == "metadata"):
        for found in map(fetch, responses[declared.get("robots-txt")]):
            if found.sha256 == declared.get("robots-txt-sha256"):
                robots += [found, *map(fetch, beside[found.record_id])]
                break
    return Proof(seen=seen, response=response, others=(*map(fetch, info), *others, *robots), is_complete=is_complete)


def _fetch_page(seen: SeenAd) -> tuple[Path, StoredRecord]:
    """The archive and the record of the page that showed the ad. Raises ``BadEvidence``."""
    ad, page = seen.ad, seen.ad.page
    if page is None:
        raise BadEvidence(f"ad {ad.ad_id} as seen at {ad.seen_at.isoformat()}: its source keeps no pages")
    file = seen.batch / page.file
    if seen.batch.resolve() not in file.resolve().parents:
        raise BadEvidence(f"ad {ad.ad_id}: its page lies outside its batch, at {page.file!r}")
    record = fetch_record(file, page.offset)
    if record.record.kind not in {"response", "resource"} or record.sha256 != page.sha256:
        raise BadEvidence(
            f"{record.where} was changed after it was written: expected a page of SHA-256 {page.sha256}, as the ad "
            f"says, found {record.sha256}"
        )
    return file, record


_LONGEST: Final = 150_000
"""Characters that are shown of a page: more than any ad has, and fewer than a text is read to."""

_MOST_LINKS: Final = 100
_LONGEST_LINK: Final = 300
_TEXTS: Final = ("text/", "application/json", "application/ld+json", "application/feed+json", "application/xml")
_MARK: Final = re.compile("<[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """An archived page without anything that it would run or load."""

    address: str
    fetched_at: str
    """As the archive has it."""

    type: str
    size: int
    """Bytes."""

    title: str
    text: str
    """Empty where the page is no text."""

    links: tuple[str, ...]
    """Where its links lead, as written, each once."""

    pictures: int
    """How many it asks for; none is fetched."""

    is_cut: bool


def read_stored_page(seen: SeenAd) -> StoredPage:
    """The page that showed the ad. Raises ``BadEvidence`` where it is not there, was changed or cannot be unpacked."""
    _, stored = _fetch_page(seen)
    headers, body_at = _http_of(stored.record, stored.block)
    try:
        body = unpack_body(stored.block[body_at:], headers, most=LARGEST)
    except Unpackable as err:
        raise BadEvidence(f"{stored.where}: {err}") from err
    kind, charset = split_content_type(headers.get("content-type", ""))
    title, text = "", ""
    links: tuple[str, ...] = ()
    pictures = 0
    if kind in HTML or (not kind and body.lstrip()[:1] == b"<"):
        title, text, links, pictures = _of_html(body, charset)
    elif not kind or kind.startswith(_TEXTS) or kind.endswith(("+json", "+xml")):
        text = clean_text(decode(body[: 4 * _LONGEST], charset))
    declared = stored.record.headers
    return StoredPage(
        address=declared.get("warc-target-uri", "").strip("<>"), fetched_at=declared.get("warc-date", ""), type=kind,
        size=len(body), title=title, text=text[:_LONGEST], links=links, pictures=pictures, is_cut=len(text) > _LONGEST,
    )  # fmt: skip


def _of_html(body: bytes, charset: str | None) -> tuple[str, str, tuple[str, ...], int]:
    """Title, text, links and the number of pictures."""
    page = to_utf8(body, charset)
    root = parse_html(page)
    if root is None:
        return "", "", (), 0
    # So deep the parser leaves out what it finds. Browsers stop at 512.
    if tree_depth_and_size(root)[0] >= 2_000:
        # All that stands between tags, scripts too: of a page that no parser lays out nothing is to get lost.
        plain = unescape(_MARK.sub("\n", page.decode("utf-8", "replace")[: 4 * _LONGEST]))
        return "", clean_text("\n".join(filter(None, map(str.strip, plain.splitlines())))), (), 0
    title = root.find(".//title")
    words = clean_text(" ".join((title.text or "").split())) if title is not None else ""
    written = (link.get("href", "").strip()[:_LONGEST_LINK] for link in root.iter("a"))
    links = ("".join(filter(str.isprintable, link)) for link in written)
    named = dict.fromkeys(link for link in links if link and not link.startswith("#"))
    return words[:_LONGEST_LINK], element_to_text(root), tuple(named)[:_MOST_LINKS], sum(1 for _ in root.iter("img"))
