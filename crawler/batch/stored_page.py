"""Archived page as plain text: its words and link targets, without markup."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final

from lxml import etree

from crawler.archive.captures import HTML, LARGEST, http_head
from crawler.archive.warc_reader import Unpackable, unpack_body
from crawler.batch.proof import SeenAd, StoredRecord, fetch_record
from crawler.errors import BadEvidence
from crawler.extract.html.tree import element_to_text, parse_html, tree_depth_and_size
from crawler.extract.text import clean_text, decode, to_utf8

__all__ = ["StoredPage", "read_stored_page"]

_LONGEST: Final = 150_000
"""Characters that are shown of a page: more than any ad has, and fewer than a text is read to."""

_MOST_LINKS: Final = 100
_LONGEST_LINK: Final = 300
_TOO_DEEP: Final = 2_000
"""Elements within each other, from where on the parser leaves out what it finds. Browsers stop at 512."""

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
    record = _fetch(seen)
    declared = record.record.headers
    body, kind, charset = _body(record)
    html = kind in HTML or (not kind and body.lstrip()[:1] == b"<")
    title, text, links, pictures = _of_html(body, charset) if html else ("", _plain(body, kind, charset), (), 0)
    return StoredPage(
        address=declared.get("warc-target-uri", "").strip("<>"), fetched_at=declared.get("warc-date", ""), type=kind,
        size=len(body), title=title, text=text[:_LONGEST], links=links, pictures=pictures, is_cut=len(text) > _LONGEST,
    )  # fmt: skip


def _fetch(seen: SeenAd) -> StoredRecord:
    page = seen.ad.page
    if page is None:
        raise BadEvidence(f"ad {seen.ad.ad_id} as seen at {seen.ad.seen_at.isoformat()}: its source keeps no pages")
    file = seen.batch / page.file
    if Path(page.file).is_absolute() or seen.batch.resolve() not in file.resolve().parents:
        raise BadEvidence(f"ad {seen.ad.ad_id}: its page lies outside its batch, at {page.file!r}")
    record = fetch_record(file, page.offset)
    if record.sha256 != page.sha256:
        raise BadEvidence(f"{record.where} was changed after it was written: its page is another than the ad's")
    return record


def _body(record: StoredRecord) -> tuple[bytes, str, str | None]:
    """The page as its author wrote it, its type, and the charset that it names."""
    if not record.record.headers.get("content-type", "").replace(" ", "").startswith("application/http"):
        return record.block, *_type(record.record.headers.get("content-type", ""))
    _status, headers, body_at = http_head(record.block)
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    encodings = headers.get("content-encoding", "")
    try:
        body = unpack_body(record.block[body_at:], chunked=chunked, encodings=encodings, most=LARGEST)
    except Unpackable as err:
        raise BadEvidence(f"{record.where}: {err}") from err
    return body, *_type(headers.get("content-type", ""))


def _type(written: str) -> tuple[str, str | None]:
    kind, _, rest = written.partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", rest, re.IGNORECASE)
    return kind.strip().lower(), charset[1] if charset else None


def _of_html(body: bytes, charset: str | None) -> tuple[str, str, tuple[str, ...], int]:
    page = to_utf8(body, charset)
    root = parse_html(page)
    if root is None:
        return "", "", (), 0
    if tree_depth_and_size(root)[0] >= _TOO_DEEP:
        return "", _without_marks(page.decode("utf-8", "replace")), (), 0
    title = root.find(".//title")
    words = clean_text(" ".join((title.text or "").split())) if title is not None else ""
    links = tuple(dict.fromkeys(_links(root)))[:_MOST_LINKS]
    return words[:_LONGEST_LINK], element_to_text(root), links, sum(1 for _ in root.iter("img"))


def _links(root: etree._Element) -> Iterator[str]:
    for link in root.iter("a"):
        address = "".join(char for char in link.get("href", "").strip()[:_LONGEST_LINK] if char.isprintable())
        if address and not address.startswith("#"):
            yield address


def _without_marks(page: str) -> str:
    """All that stands between tags, scripts too: of a page that no parser lays out nothing is to get lost."""
    lines = (line.strip() for line in unescape(_MARK.sub("\n", page[: 4 * _LONGEST])).splitlines())
    return clean_text("\n".join(filter(None, lines)))


def _plain(body: bytes, kind: str, charset: str | None) -> str:
    is_text = not kind or kind.startswith(_TEXTS) or kind.endswith(("+json", "+xml"))
    return clean_text(decode(body[: 4 * _LONGEST], charset)) if is_text else ""
