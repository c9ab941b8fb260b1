"""Web archives for tests, written with warcio: every page in them is invented."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

CAPTURED = datetime(2020, 5, 4, 12, 0, tzinfo=UTC)
"""Long past, whatever the clock of the machine says."""

HTML = "text/html; charset=utf-8"


def ad_page(title: str, pay: str = "9 coins a day") -> bytes:
    posting = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": title,
        "description": f"<p>{title} wanted at the invented quay. Pay: {pay}.</p>" * 4,
        "hiringOrganization": {"@type": "Organization", "name": "Quay Inn"},
        "jobLocation": {"@type": "Place", "address": "Invented Quay"},
    }
    script = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
    return f"<html><head><title>{title}</title>{script}</head><body><p>{title}</p></body></html>".encode()


class Archive:
    """A WARC file that a test fills."""

    def __init__(self, path: Path, *, version: str = "WARC/1.1") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("wb")
        self._writer = WARCWriter(self._file, gzip=path.suffix == ".gz", warc_version=version)
        self._writer.write_record(self._writer.create_warcinfo_record(path.name, {"software": "invented"}))

    def add(
        self,
        address: str,
        body: bytes = b"",
        *,
        status: str = "200 OK",
        mime: str | None = HTML,
        at: datetime = CAPTURED,
        kind: str = "response",
        headers: dict[str, str] | None = None,
        warc: dict[str, str] | None = None,
    ) -> int:
        """Where the record begins."""
        offset = self._file.tell()
        pairs = [*([("Content-Type", mime)] if mime else []), *(headers or {}).items()]
        http: Any = StatusAndHeaders(status, pairs, protocol="HTTP/1.1") if kind in {"response", "revisit"} else None
        if kind == "request":
            http = StatusAndHeaders("GET / HTTP/1.1", [("Host", "invented.example")], is_http_request=True)
        record = self._writer.create_warc_record(
            address,
            kind,
            payload=BytesIO(body),
            length=len(body),
            http_headers=http,
            warc_content_type="" if http else mime or "",
            warc_headers_dict={"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")} | (warc or {}),
        )
        self._writer.write_record(record)
        return offset

    def close(self) -> Path:
        self._file.close()
        return self.path


def packaged(warc: Path, path: Path) -> Path:
    """The WARC file in a package, as a WACZ has it."""
    with ZipFile(path, "w") as package:
        package.write(warc, f"archive/{warc.name}")
        package.writestr("datapackage.json", "{}")
    return path
