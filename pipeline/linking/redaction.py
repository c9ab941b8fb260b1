"""Ads without the ways to reach whoever placed them, for readers who have no need of those. Pure.

Each character of a contact becomes a bullet, so that offsets into the text stay true.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from crawler.ad import Contact, JobAd, Salary
from crawler.extract.fields.contacts import spot_contacts
from model.assessment import Assessment, Evidence
from pipeline.linking.changes import AdChange

__all__ = ["ad_without_contacts", "assessment_without_contacts", "changes_without_contacts", "hide_contacts"]

HIDDEN: Final = "\N{BULLET}"

# What no reading of contacts may leave standing, were it wrong: addresses, names behind an @, links, runs of digits
# (in any script) that could be a telephone number: seven and more, so that some pay is hidden with them.
_ALWAYS: Final = re.compile(
    r"[^\s@]{1,64}@[^\s@]{1,255}|(?<!\w)@[\w.]{2,64}|(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:[a-z]{2,6})/\S+"
    r"|(?<!\d)(?!\d{4}-\d\d-\d\d(?!\d))\+?\d(?:[\s().\-/]{0,3}\d){6,}",
    re.IGNORECASE,
)


def hide_contacts(text: str, contacts: Iterable[Contact] = (), country: str | None = None) -> str:
    """The text with bullets where a contact stands, as long as it was. ``contacts`` are those known otherwise."""
    letters = list(text)
    for start, end in _spans(text, contacts, country):
        for at in range(start, end):
            if not letters[at].isspace():
                letters[at] = HIDDEN
    return "".join(letters)


def ad_without_contacts(ad: JobAd) -> JobAd:
    """The ad as someone reads it who may not see contacts: its own address, which shows them, is left out too."""

    def hide(text: str) -> str:
        return hide_contacts(text, ad.contacts, ad.country)

    return replace(
        ad,
        title=hide(ad.title),
        description=hide(ad.description),
        company_profile=ad.company_profile and hide(ad.company_profile),
        hiring_organization=ad.hiring_organization and hide(ad.hiring_organization),
        job_location=ad.job_location and hide(ad.job_location),
        employment_type=ad.employment_type and hide(ad.employment_type),
        base_salary=ad.base_salary and _read_pay(ad.base_salary),
        contacts=(),
        apply_url=None,
        url=None,
    )


def assessment_without_contacts(assessment: Assessment, redacted: JobAd) -> Assessment:
    """The assessment with its quotes as the redacted ad reads."""
    return replace(
        assessment,
        evidence=tuple(_requoted(each, redacted) for each in assessment.evidence),
        contributions=tuple(replace(each, name=hide_contacts(each.name)) for each in assessment.contributions),
    )


def changes_without_contacts(changes: Iterable[AdChange]) -> tuple[AdChange, ...]:
    """The changes that name no contact."""
    return tuple(
        replace(each, before=each.before and hide_contacts(each.before), after=each.after and hide_contacts(each.after))
        for each in changes
        if each.fact != "contact" and each.field not in {"contacts", "apply_url", "url"}
    )


def _read_pay(pay: Salary) -> Salary:
    """What was read of it; the words only where nothing was, since much pay looks like a telephone number."""
    if pay.min is not None or pay.max is not None or pay.raw is None:
        return replace(pay, raw=None)
    return replace(pay, raw=hide_contacts(pay.raw))


def _requoted(evidence: Evidence, redacted: JobAd) -> Evidence:
    text = getattr(redacted, evidence.field, None)
    quote = text[evidence.start : evidence.end] if isinstance(text, str) else ""
    return replace(evidence, quote=quote)


def _spans(text: str, contacts: Iterable[Contact], country: str | None) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _ALWAYS.finditer(text))
    yield from ((one.start, one.end) for one in spot_contacts(text, country) if one.value)
    lowered = text.lower()
    if len(lowered) != len(text):  # some capitals are longer when small; then only the exact writing is looked for
        lowered = text
    for contact in contacts:
        value = contact.value.lower()
        at = lowered.find(value) if len(value) > 2 else -1
        while at >= 0:
            yield at, at + len(value)
            at = lowered.find(value, at + 1)
