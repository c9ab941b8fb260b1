"""JSON, CSV and HTML formats of a package.

JSON is by ``referral-package.schema.json``; absent is null. CSV has a row for each case, with the terms in every row;
a cell that begins as a formula does is written so that no spreadsheet runs it. The HTML page stands alone: no script,
nothing fetched, no live link. A browser sets every script with the fonts of the machine it runs on, which a PDF library
of our own could do only with fonts that we would have to ship.
"""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from crawler.ad import JobAd
from crawler.batch.ad_json import ad_to_record
from crawler.files import read_word_list
from pipeline.exports.referral import ABOUT, CAVEAT, CLAIM, NON_PUNISHMENT, CampaignFacts, Package, Referral
from pipeline.licences.results import lookup_lines, lookup_to_record
from pipeline.linking.changes import pay_text
from pipeline.review.explain import Finding
from pipeline.settings.messages import ENGLISH, Translator

_NOT_THE_ADS: Final = ("ad_id", "page")
"""Fields of the ad's record that stand elsewhere in the package, or stay in the house."""


def dumps(record: object) -> str:
    """Indented JSON, readable in every script; escaped only where UTF-8 cannot carry it."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates from a hostile page
        text = json.dumps(record, allow_nan=False, indent=2)
    return text + "\n"


def package_to_record(package: Package) -> dict[str, Any]:
    handling = package.handling
    return {
        "format": "lurewatch-referral-package",
        "format_version": 1,
        "package": str(package.reference),
        "made_at": moment_text(package.made_at),
        "software": package.software,
        "handling": {
            "organisation": handling.organisation,
            "tlp": handling.tlp,
            "contacts": "included" if package.with_contacts else "hidden",
            "data_licence": handling.licence,
            "non_punishment": NON_PUNISHMENT,
            "caveat": CAVEAT,
            "claim": CLAIM,
        },
        "referrals": [referral_to_record(each) for each in package.referrals],
    }


def referral_to_record(referral: Referral) -> dict[str, Any]:
    assessment = referral.assessment
    lookup = lookup_to_record(referral.licences) if referral.licences else None
    return {
        "reference": str(referral.reference),
        "case": referral.case_id,
        "opened_at": moment_text(referral.opened_at),
        "verdict": referral.verdict,
        "opinions": [
            _plain(each, "role", "verdict", "confirmed", "rejected", "decided_at") for each in referral.opinions
        ],
        "ad": _ad(referral.ad) | {"ad_id": referral.ad_id},
        **_plain(referral.stood, "first_seen", "last_seen", "gone_at"),
        "copies": referral.copies,
        "page_sha256": referral.ad.page.sha256 if referral.ad.page else None,
        "earlier_versions": [_ad(each) for each in referral.earlier],
        "changes": [_plain(each, "field", "fact", "before", "after", "changed_at") for each in referral.changes],
        "score": assessment.score if assessment else None,
        "kinds": dict(assessment.kinds) if assessment else None,
        "rule": _plain(assessment.rule, "rule", "title", "source") if assessment and assessment.rule else None,
        "indicators": [_finding(each) for each in referral.findings],
        "recruitment_information": _recruitment(referral),
        "licence_lookup": lookup and {name: value for name, value in lookup.items() if name != "ad_id"},
        "campaign": _campaign(referral.campaign) if referral.campaign else None,
        "contacts": [
            _plain(each, "kind", "hash", "ads", "campaigns", "employers", "first_seen", "last_seen")
            for each in referral.contacts
        ],
        **_plain(assessment, "model_version", "taxonomy_version", "assessed_at"),
    }  # fmt: skip


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(record: object | None, *names: str) -> dict[str, Any]:
    """Fields of a record as JSON has them; null where there is no record."""
    fields = {name: getattr(record, name) if record else None for name in names}
    for name, value in fields.items():
        if isinstance(value, datetime):
            fields[name] = moment_text(value)
        elif isinstance(value, tuple):
            fields[name] = list(value)
    return fields


def _ad(ad: JobAd) -> dict[str, Any]:
    return {name: value for name, value in ad_to_record(ad).items() if name not in _NOT_THE_ADS}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "indicator": finding.indicator,
        "title": finding.title,
        "why": finding.why or None,
        "polarity": finding.polarity or None,
        "strength": finding.strength or None,
        "judged": finding.judged,
        "quotes": [_plain(each, "field", "start", "end", "quote") for each in finding.quotes],
        "sources": [{"title": title, "address": address} for title, address in finding.sources],
    }


def _recruitment(referral: Referral) -> dict[str, Any]:
    recruitment, standards = referral.recruitment, referral.recruitment.standards
    return {
        "about": ABOUT,
        "htcds": {
            "standard": standards.standard,
            "address": standards.address,
            "MethodOfRecruitment": standards.method_of_recruitment,
            "MethodsOfControl": [_plain(each, "value", "indicators") for each in recruitment.methods_of_control],
            "TypeOfExploitation": [_plain(each, "value", "indicators") for each in recruitment.type_of_exploitation],
        },
        "ic_tip": dict(standards.ic_tip),
    }


def _campaign(campaign: CampaignFacts) -> dict[str, Any]:
    view = campaign.view
    counted = {
        name: [{"value": value, "ads": count} for value, count in getattr(view, name)]
        for name in ("sources", "languages", "employers", "places", "countries", "pays", "contacts")
    }
    return {
        "campaign": str(campaign.reference),
        "ads": campaign.ads,
        **_plain(view, "running", "first_seen", "last_seen"),
        **counted,
        "growth": [{"day": day.isoformat(), "ads": count} for day, count in view.growth],
    }


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


def as_csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """The rows as a table; what an ad wrote never begins a cell as a formula does."""
    text = io.StringIO()
    # Quoted whatever they hold: the writer leaves a bare carriage return open, and a reader ends the row there.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def dumps_csv(package: Package) -> str:
    """The table as text; several values in one cell stand on lines of their own."""
    rows = [table_row(each, package) for each in package.referrals]
    return as_csv(rows[0], (row.values() for row in rows))


def table_row(referral: Referral, package: Package) -> dict[str, object]:
    """The case as a row of the table, by column; MISP says of many things the same."""
    ad, stood, campaign, handling = referral.ad, referral.stood, referral.campaign, package.handling
    assessment, recruitment = referral.assessment, referral.recruitment
    indicators = {
        f"indicators_{judged}": _lines(
            f"{each.indicator}: {each.title}" for each in referral.findings if each.judged == judged
        )
        for judged in ("confirmed", "not_judged", "disputed", "rejected")
    }
    return {
        "reference": str(referral.reference),
        "case": referral.case_id,
        "verdict": referral.verdict,
        "second_opinion": "settled" if referral.opinions[-1].role == "settled" else "agreed",
        "decided_at": moment_text(max(each.decided_at for each in referral.opinions)),
        "ad_id": referral.ad_id,
        "source": ad.source,
        "title": ad.title,
        "description": ad.description,
        "language": ad.language,
        "employer": ad.hiring_organization,
        "place": ad.job_location,
        "country": ad.country,
        "pay": pay_text(ad.base_salary) or None,
        "url": ad.url,
        "apply_url": ad.apply_url,
        "contacts": _lines(f"{each.kind}: {each.value}" for each in ad.contacts),
        "contact_hashes": _lines(f"{each.kind}: {each.hash}" for each in referral.contacts),
        "first_seen": moment_text(stood.first_seen),
        "last_seen": moment_text(stood.last_seen),
        "gone_at": moment_text(stood.gone_at) if stood.gone_at else None,
        "copies": referral.copies,
        "changes": _lines(f"{each.field}: {each.before or ''} -> {each.after or ''}" for each in referral.changes),
        "page_sha256": ad.page.sha256 if ad.page else None,
        **indicators,
        "rule": assessment.rule.title if assessment and assessment.rule else None,
        "score": f"{assessment.score:.4f}" if assessment else None,
        "htcds_method_of_recruitment": recruitment.standards.method_of_recruitment,
        "htcds_methods_of_control": _lines(each.value for each in recruitment.methods_of_control),
        "htcds_type_of_exploitation": _lines(each.value for each in recruitment.type_of_exploitation),
        "campaign": str(campaign.reference) if campaign else None,
        "campaign_ads": campaign.ads if campaign else None,
        "campaign_first_seen": moment_text(campaign.view.first_seen) if campaign else None,
        "campaign_last_seen": moment_text(campaign.view.last_seen) if campaign else None,
        "licence_lookup": referral.licences.result if referral.licences else None,
        "model_version": assessment.model_version if assessment else None,
        "taxonomy_version": assessment.taxonomy_version if assessment else None,
        "made_at": moment_text(package.made_at),
        "organisation": handling.organisation,
        "tlp": handling.tlp,
        "data_licence": handling.licence,
        "non_punishment": NON_PUNISHMENT,
        "caveat": CAVEAT,
        "claim": CLAIM,
    }


def _lines(values: Iterable[str]) -> str | None:
    return "\n".join(values) or None


TEMPLATES: Final = Path(__file__).with_name("templates")

PAGES: Final = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), trim_blocks=True, keep_trailing_newline=True
)
PAGES.filters.update(
    pay=pay_text,
    moment=lambda moment: moment_text(moment).replace("T", " ").replace("Z", " UTC"),
    contacts=lambda contacts: "; ".join(f"{each.kind}: {each.value}" for each in contacts),
    counted=lambda counted: "; ".join(f"{value} ({count})" for value, count in counted),
    licence_lines=lambda lookup, made_at: lookup_lines(lookup, on=made_at.date()),
)


def render_page(package: Package, translator: Translator = ENGLISH) -> str:
    """The page as text, in the translator's language."""
    style = (TEMPLATES / "package.css").read_text(encoding="utf-8")
    return PAGES.get_template("package.html").render(
        package=package, language=translator.language, style=Markup(style), style_hash=style_hash(style),  # noqa: S704 - ours
        _=translator.say, words=read_word_list("page_words"),
    )  # fmt: skip


def style_hash(style: str) -> str:
    """What a page's own policy names this style by, to let it in and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
