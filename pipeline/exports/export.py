"""Export of chosen cases as one file's bytes, with its entry in the audit log."""

import hashlib
import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import structlog

from crawler.batch.evidence import SeenAd, gather_proof
from crawler.batch.wacz import write_extract
from crawler.errors import BadEvidence, CrawlerError
from model.taxonomy.loader import load_taxonomy
from model.taxonomy.records import Taxonomy
from pipeline.errors import PipelineError
from pipeline.exports.formats import PAGES, dumps, dumps_csv, package_to_record, render_page
from pipeline.exports.package import Choice, Maker, Sorted, choose_cases, make_package, sort_cases
from pipeline.exports.referral import TERMS, ExportKit, Package, load_kit
from pipeline.settings.messages import ENGLISH, Translator
from pipeline.settings.records import Settings
from pipeline.store.ads.ads import Ads
from pipeline.store.audit_log import AuditLog
from pipeline.store.store import Store

log = structlog.get_logger()

FormatName = Literal["csv", "json", "misp", "stix", "html"]


FORMATS: Final[Mapping[FormatName, tuple[str, str]]] = {
    "csv": ("cases.csv", "text/csv"),
    "json": ("referral-package.json", "application/json"),
    "misp": ("misp-event.json", "application/json"),
    "stix": ("stix-bundle.json", "application/stix+json"),
    "html": ("referral-package.html", "text/html"),
}
"""The name of the file, and its media type."""


def write_as(name: FormatName, package: Package, kit: ExportKit, translator: Translator = ENGLISH) -> bytes:
    """The package in one format; a page for people is in the translator's language. Half a character, which a hostile
    page can hold and UTF-8 cannot, becomes a question mark where the format has no way to write it."""
    match name:
        case "csv":
            text = dumps_csv(package)
        case "json":
            text = dumps(package_to_record(package))
        case "html":
            text = render_page(package, translator)
        case "misp" | "stix":
            from pipeline.exports.misp_stix import dumps_misp, dumps_stix  # stix2 alone takes a third of a second

            text = dumps_misp(package, kit.template) if name == "misp" else dumps_stix(package)
    return text.encode("utf-8", "replace")


WHOLE: Final = ("referral-package.zip", "application/zip")
"""All formats in one file."""

FindPages = Callable[[str], tuple[SeenAd, ...]]
"""Where the archived pages of an ad lie, by its id."""


def seen_in_store(ads: Ads, ad_id: str, *, batches: Path) -> tuple[SeenAd, ...]:
    """Every version of the ad that came with an archived page, oldest first. The others are no evidence of anything.

    Raises ``UnknownAd`` for an ad that the store does not hold, ``BadEvidence`` where no version has a page.
    """
    ads.get(ad_id)
    versions = ads.version_batches(ad_id)
    found = tuple(SeenAd(ad=ad, batch=batches / source / run) for ad, source, run in versions if ad.page)
    if not found:
        raise BadEvidence(f"ad {ad_id}: expected a version with an archived page, found none: its source keeps none")
    return found


def make_whole(
    package: Package, kit: ExportKit, translator: Translator = ENGLISH, *, find_pages: FindPages | None = None
) -> bytes:
    """The package as a ZIP file. Pages go with it where contacts may, as one WACZ extract a case; a case whose pages
    are not there, or were changed since, is named in its README, and the rest goes."""
    parts = {file_name: write_as(name, package, kit, translator) for name, (file_name, _) in FORMATS.items()}
    parts |= kit.files
    notes = []
    if not package.with_contacts or find_pages is None:
        notes.append("The archived pages are left out: they show contacts, and this package goes without them.")
    else:
        for referral in package.referrals:
            try:
                assert referral.ad_id is not None, "a package with contacts has its ads' ids"
                proofs = [gather_proof(seen) for seen in find_pages(referral.ad_id)]
                with tempfile.TemporaryDirectory() as scratch:
                    extract = Path(scratch) / "extract.wacz"
                    write_extract(extract, proofs, now=package.made_at)
                    parts[f"evidence/case-{referral.case_id}.wacz"] = extract.read_bytes()
            except (CrawlerError, PipelineError) as err:
                # Its words name places on this machine, which are no recipient's to know.
                log.warning("a case is exported without its archived pages", case=referral.case_id, cause=str(err))
                why = "its source keeps none, or they are gone or were changed since"
                notes.append(f"Case {referral.case_id} goes without its archived pages: {why}.")
    readme = PAGES.get_template("readme.txt").render(package=package, formats=FORMATS, notes=notes, terms=TERMS)
    parts["README.txt"] = readme.encode()
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


ExportFormat = FormatName | Literal["package"]
EXPORT_FORMATS: Final[tuple[ExportFormat, ...]] = (*get_args(FormatName), "package")
"""Every format by its name; ``package`` is all of them in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageForm:
    name: ExportFormat
    contacts: bool
    translator: Translator = ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file that may leave the house, and which of the chosen cases are in it."""

    chosen: Sorted
    form: PackageForm
    file_name: str
    mimetype: str
    content: bytes


def export_package(store: Store, choice: Choice, maker: Maker, form: PackageForm, *, at: datetime) -> Exported:
    """The file. Raises ``CannotExport`` where no case may go; whoever sends it records that first."""
    with store.db.snapshot():  # nobody takes an opinion back between the check and the file
        chosen = sort_cases(store, choose_cases(store, choice))
        package = make_package(store, chosen, maker, contacts=form.contacts, at=at)
    if form.name == "package":
        (name, mimetype), content = WHOLE, make_whole(
            package, maker.kit, form.translator,
            find_pages=lambda ad_id: seen_in_store(store.ads, ad_id, batches=maker.batches),
        )  # fmt: skip
    else:
        (name, mimetype), content = FORMATS[form.name], write_as(form.name, package, maker.kit, form.translator)
    return Exported(chosen=chosen, form=form, file_name=name, mimetype=mimetype, content=content)


def record_export(audit: AuditLog, made: Exported, *, by: str | None, at: datetime) -> None:
    """What left, in which format, by whom, with contacts or without, and what was refused."""
    cases, refused = list(made.chosen.ready), [each.case_id for each in made.chosen.refused]
    audit.record(
        "exported", f"case {cases[0]}" if len(cases) == 1 else "cases", by=by, at=at, format=made.form.name,
        contacts=made.form.contacts, number=len(cases), cases=cases, refused=refused,
    )  # fmt: skip


def maker_of(settings: Settings, taxonomy: Taxonomy | None = None) -> Maker:
    """The maker of this installation; ``taxonomy`` where it was read before."""
    return Maker(
        taxonomy=taxonomy or load_taxonomy(settings.taxonomy),
        kit=load_kit(settings.exports),
        terms=settings.export,
        batches=settings.batches,
        contacts_permitted=settings.contacts.export == "values",
    )
