"""Redaction of ads: contacts become bullets. Pure.

For readers who have no need of contacts. Each character becomes one bullet, so that offsets into the text stay true.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from crawler.ad import Contact, JobAd, Salary
from model.assessment import Assessment, Contribution
from model.text.ad_text import ad_text
from pipeline.linking.changes import AdChange
from pipeline.linking.contact_traces import trace_contacts

__all__ = [
    "HIDDEN", "HIDDEN_WORDS", "ad_without_contacts", "assessment_without_contacts", "changes_without_contacts",
    "hide_contacts", "quote_in",
]  # fmt: skip

HIDDEN: Final = "\N{BULLET}"
HIDDEN_WORDS: Final = "words that are hidden"
WORDS: Final = "words: "
"""How the name of a contribution begins that is a span of the text."""

_SIGN = re.compile(r"\S")


def hide_contacts(text: str, contacts: Iterable[Contact] = (), country: str | None = None) -> str:
    """The text with bullets where a contact stands, as long as it was. ``contacts`` are those known otherwise."""
    spans = sorted((*trace_contacts(text, country), *_known(text, contacts)))
    parts, place = [], 0
    for start, end in spans:
        if end > place:
            parts += [text[place:start], _SIGN.sub(HIDDEN, text[max(start, place) : end])]
            place = end
    return "".join((*parts, text[place:]))


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
    """The assessment with its quotes as the redacted ad reads. Words that it hides make one contribution, without a
    name: each by itself would say what stands under the bullets."""
    shown, hidden = [], 0.0
    for each in assessment.contributions:
        if _is_hidden(each, redacted):
            hidden += each.value
        else:
            shown.append(replace(each, name=hide_contacts(each.name)))
    if hidden:
        shown.append(Contribution(name=HIDDEN_WORDS, value=hidden))
    return replace(
        assessment,
        evidence=tuple(
            replace(each, quote=quote_in(redacted, each.field, each.start, each.end)) for each in assessment.evidence
        ),
        contributions=tuple(sorted(shown, key=lambda each: -abs(each.value))),
    )


def changes_without_contacts(changes: Iterable[AdChange], contacts: Iterable[Contact] = ()) -> tuple[AdChange, ...]:
    """The changes that name no contact; ``contacts`` are the ad's."""
    known = tuple(contacts)
    return tuple(
        replace(
            each,
            before=each.before and hide_contacts(each.before, known),
            after=each.after and hide_contacts(each.after, known),
        )
        for each in changes
        if each.fact != "contact" and each.field not in {"contacts", "apply_url", "url"}
    )


def _read_pay(pay: Salary) -> Salary:
    """What was read of it; the words only where nothing was, since much pay looks like a telephone number."""
    if pay.min is not None or pay.max is not None or pay.raw is None:
        return replace(pay, raw=None)
    return replace(pay, raw=hide_contacts(pay.raw))


def _is_hidden(contribution: Contribution, redacted: JobAd) -> bool:
    """Whether it is of words that the ad shows nowhere, or of a place where a bullet stands."""
    text = getattr(redacted, contribution.field or "", None)
    if isinstance(text, str) and HIDDEN in text[contribution.start : contribution.end]:
        return contribution.indicator is None  # an indicator's title is ours
    if not contribution.name.startswith(WORDS):
        return False
    words = contribution.name.removeprefix(WORDS).rstrip("…").casefold()
    return words not in ad_text(redacted).casefold()


def quote_in(redacted: JobAd, field: str, start: int, end: int) -> str:
    """The same span of the redacted ad; empty where the field is gone."""
    text = getattr(redacted, field, None)
    return text[start:end] if isinstance(text, str) else ""


def _known(text: str, contacts: Iterable[Contact]) -> Iterator[tuple[int, int]]:
    """Where a contact stands that is known otherwise."""
    lowered = text.lower()
    if len(lowered) != len(text):  # some capitals are longer when small; then only the exact writing is looked for
        lowered = text
    for contact in contacts:
        value = contact.value.lower()
        at = lowered.find(value) if len(value) > 2 else -1
        while at >= 0:
            yield at, at + len(value)
            at = lowered.find(value, at + len(value))
