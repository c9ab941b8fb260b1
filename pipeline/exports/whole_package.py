"""Everything in one file: each format, what they are described by, the archived pages, and the digest of each part."""

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from crawler.errors import CrawlerError
from crawler.evidence import SeenAd, gather_proof
from crawler.wacz import write_extract
from pipeline.errors import PipelineError
from pipeline.exports.formats import FORMATS, Reader, write_as
from pipeline.exports.handling import CAVEAT, CLAIM, NON_PUNISHMENT
from pipeline.exports.kit import ExportKit
from pipeline.exports.referral import Package, Referral

__all__ = ["FILE_NAME", "FindPages", "make_whole"]

FILE_NAME: Final = "referral-package.zip"
_PAGES_STAY: Final = "The archived pages are left out: they show contacts, and this package goes without them."

FindPages = Callable[[str], tuple[SeenAd, ...]]
"""Where the archived pages of an ad lie, by its id."""


def make_whole(
    package: Package, kit: ExportKit, reader: Reader | None = None, *, find_pages: FindPages | None = None
) -> bytes:
    """The package as a ZIP file. Pages go with it where contacts may, as one WACZ extract a case; a case whose pages
    are not there, or were changed since, is named in its README, and the rest goes."""
    parts = {each.file_name: write_as(name, package, kit, reader) for name, each in FORMATS.items()}
    parts |= kit.files
    pages, notes = _pages(package, find_pages)
    parts |= pages
    parts["README.txt"] = _readme(package, notes).encode()
    digests = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(parts.items()))
    parts["SHA256SUMS"] = digests.encode()
    out = io.BytesIO()
    with ZipFile(out, "w") as file:
        for name, content in sorted(parts.items()):
            entry = ZipInfo(name, package.made_at.astimezone(UTC).timetuple()[:6])
            entry.external_attr = 0o600 << 16
            entry.compress_type = ZIP_STORED if name.endswith(".wacz") else ZIP_DEFLATED
            file.writestr(entry, content)
    return out.getvalue()


def _pages(package: Package, find_pages: FindPages | None) -> tuple[dict[str, bytes], list[str]]:
    if not package.handling.with_contacts or find_pages is None:
        return {}, [_PAGES_STAY]
    pages: dict[str, bytes] = {}
    notes: list[str] = []
    for referral in package.referrals:
        try:
            pages[f"evidence/case-{referral.case_id}.wacz"] = _extract(referral, package, find_pages)
        except (CrawlerError, PipelineError) as err:
            notes.append(f"Case {referral.case_id} goes without its archived pages: {err}")
    return pages, notes


def _extract(referral: Referral, package: Package, find_pages: FindPages) -> bytes:
    assert referral.ad_id is not None, "a package with contacts has its ads' ids"
    proofs = [gather_proof(seen) for seen in find_pages(referral.ad_id)]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "extract.wacz"
        write_extract(path, proofs, software=package.software, now=package.made_at)
        return path.read_bytes()


def _readme(package: Package, notes: list[str]) -> str:
    return "\n".join(_lines(package, notes)) + "\n"


def _lines(package: Package, notes: list[str]) -> Iterator[str]:
    handling = package.handling
    yield f"Referral package {package.reference}, TLP:{handling.tlp.upper()}"
    yield f"Sent by {handling.organisation}, made {package.made_at:%Y-%m-%d %H:%M} UTC with {package.software}"
    yield f"Cases: {', '.join(str(each.case_id) for each in package.referrals)}"
    yield f"Contacts: {'included' if handling.with_contacts else 'hidden'}"
    yield from ("", NON_PUNISHMENT, "", CLAIM, "", CAVEAT, "", f"Licence of the data: {handling.licence}", "")
    yield from (f"{each.file_name}: {name}" for name, each in FORMATS.items())
    yield "SHA256SUMS: the SHA-256 of every other file here"
    yield from ("", *notes) if notes else ()
