"""The index of a WARC file in CDXJ: where each page lies, under a key that sorts a site's pages together."""

import json
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from crawler.captures import http_head
from crawler.warc_reader import WarcRecord

__all__ = ["index_line", "sort_key"]

OWN_PORTS = {"http": 80, "https": 443}
KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"


def sort_key(address: str) -> str:
    """The address as sort-friendly URI (SURT): host parts reversed, everything in lower case, the query in order."""
    parts = urlsplit(address)
    host = re.sub(r"^www\d*\.", "", _ascii(parts.hostname or ""))
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
    said = {name: value for name, value in entry.items() if value is not None}
    return f"{sort_key(address)} {moment} {json.dumps(said)}\n"


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _escaped(text: str) -> str:
    """The text with each character escaped that needs it, and no other, however often it was escaped before."""
    plain, before = unquote_to_bytes(text), text.encode()
    while plain != before:
        before, plain = plain, unquote_to_bytes(plain)
    return quote_from_bytes(plain, safe=KEPT)
