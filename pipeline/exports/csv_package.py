"""CSV format of a package: a row for each case, with the terms in every row.

A cell that begins as a formula does is written so that no spreadsheet runs it: its text may come from an ad.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.exports.json_package import moment_text
from pipeline.exports.kit import Mapped
from pipeline.exports.referral import CAVEAT, CLAIM, NON_PUNISHMENT, Package, Referral
from pipeline.linking.changes import pay_text

__all__ = ["dumps_csv", "plain_cell"]

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The wide forms too: spreadsheets in East Asian settings take them for the narrow ones."""


def plain_cell(cell: object) -> object:
    """The cell as a spreadsheet shows it and never runs it: text that could be a formula gets an apostrophe first.

    Leading space, tabs and line ends do not hide one, and one of those at the start is reason enough.
    """
    if not isinstance(cell, str):
        return cell
    is_formula = cell.lstrip().startswith(_BEGINS_A_FORMULA) or cell[:1] in {"\t", "\r", "\n"}
    return f"'{cell}" if is_formula else cell


Cells = Iterator[tuple[str, object]]


def dumps_csv(package: Package) -> str:
    """The table as text; several values in one cell stand on lines of their own."""
    rows = [dict(_row(each, package)) for each in package.referrals]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(rows[0])
    writer.writerows([plain_cell(cell) for cell in row.values()] for row in rows)
    return text.getvalue()


def _row(referral: Referral, package: Package) -> Cells:
    yield "reference", str(referral.reference)
    yield "case", referral.case_id
    yield "verdict", referral.verdict
    yield "second_opinion", "settled" if referral.opinions[-1].role == "settled" else "agreed"
    yield "decided_at", moment_text(max(each.decided_at for each in referral.opinions))
    yield from _of_ad(referral)
    yield from _of_findings(referral)
    yield from _of_campaign(referral)
    yield "licence_lookup", referral.licences.result if referral.licences else None
    yield "model_version", referral.assessment.model_version if referral.assessment else None
    yield "taxonomy_version", referral.assessment.taxonomy_version if referral.assessment else None
    yield from _of_package(package)


def _of_ad(referral: Referral) -> Cells:
    ad, stood = referral.ad, referral.stood
    yield "ad_id", referral.ad_id
    yield "source", ad.source
    yield "title", ad.title
    yield "description", ad.description
    yield "language", ad.language
    yield "employer", ad.hiring_organization
    yield "place", ad.job_location
    yield "country", ad.country
    yield "pay", pay_text(ad.base_salary) or None
    yield "url", ad.url
    yield "apply_url", ad.apply_url
    yield "contacts", _lines(f"{each.kind}: {each.value}" for each in ad.contacts)
    yield "contact_hashes", _lines(f"{each.kind}: {each.hash}" for each in referral.contacts)
    yield "first_seen", moment_text(stood.first_seen)
    yield "last_seen", moment_text(stood.last_seen)
    yield "gone_at", moment_text(stood.gone_at) if stood.gone_at else None
    yield "copies", referral.copies
    yield "changes", _lines(f"{each.field}: {each.before or ''} -> {each.after or ''}" for each in referral.changes)
    yield "page_sha256", ad.page.sha256 if ad.page else None


def _of_findings(referral: Referral) -> Cells:
    assessment, recruitment = referral.assessment, referral.recruitment
    for judged in ("confirmed", "not_judged", "disputed", "rejected"):
        found = (each for each in referral.findings if each.judged == judged)
        yield f"indicators_{judged}", _lines(f"{each.indicator}: {each.title}" for each in found)
    yield "rule", assessment.rule.title if assessment and assessment.rule else None
    yield "score", f"{assessment.score:.4f}" if assessment else None
    yield "htcds_method_of_recruitment", recruitment.method_of_recruitment
    yield "htcds_methods_of_control", _values(recruitment.methods_of_control)
    yield "htcds_type_of_exploitation", _values(recruitment.type_of_exploitation)


def _of_campaign(referral: Referral) -> Cells:
    campaign = referral.campaign
    yield "campaign", str(campaign.reference) if campaign else None
    yield "campaign_ads", campaign.ads if campaign else None
    yield "campaign_first_seen", moment_text(campaign.view.first_seen) if campaign else None
    yield "campaign_last_seen", moment_text(campaign.view.last_seen) if campaign else None


def _of_package(package: Package) -> Cells:
    handling = package.handling
    yield "made_at", moment_text(package.made_at)
    yield "organisation", handling.organisation
    yield "tlp", handling.tlp
    yield "data_licence", handling.licence
    yield "non_punishment", NON_PUNISHMENT
    yield "caveat", CAVEAT
    yield "claim", CLAIM


def _values(mapped: Iterable[Mapped]) -> str | None:
    return _lines(each.value for each in mapped)


def _lines(values: Iterable[str]) -> str | None:
    return "\n".join(values) or None
