"""An ad for the page: segments to mark, facts, reasons, licences. No markup."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, Literal

from crawler.ad import JobAd, Salary
from model.assessment import Assessment, Evidence
from model.reading.offer_facts import MANY_CONTACTS
from pipeline.licences.results import FactWords, LicenceLookup, fact_words
from pipeline.linking.changes import pay_text
from pipeline.nightly.triage import band_of
from pipeline.review.explain import Finding, findings_of
from pipeline.settings.messages import mark
from pipeline.web.i18n import PAGE, WORDS, _, country_name, word, written_day, written_number
from pipeline.web.setup import page_taxonomy, request_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    text: str
    indicators: tuple[str, ...] = ()
    """Taxonomy keys; empty for plain text."""

    anchor: str | None = None
    """The indicator whose first mark this is: its line in the list of reasons leads here."""


def segments(text: str, evidence: Iterable[Evidence], marked: set[str]) -> tuple[Segment, ...]:
    """The whole text in order, cut wherever evidence begins or ends; joined, the segments are the text again.

    Overlapping evidence is kept: a segment names every indicator that covers it. The first of an indicator that is not
    ``marked`` yet is its anchor, and marks it.
    """
    spans = [each for each in evidence if 0 <= each.start < each.end <= len(text)]
    cuts = sorted({0, len(text)} | {each.start for each in spans} | {each.end for each in spans})
    found = []
    for start, end in pairwise(cuts):
        shown = tuple(dict.fromkeys(each.indicator for each in spans if each.start <= start and end <= each.end))
        anchor = next((key for key in shown if key not in marked), None)
        if anchor:
            marked.add(anchor)
        found.append(Segment(text=text[start:end], indicators=shown, anchor=anchor))
    return tuple(found)


_PIECES: Final = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 4_000
"""Words compared in detail; difflib's time grows with the square, and an ad of this length is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of text that was kept, added or removed."""

    act: Literal["kept", "added", "removed"]
    text: str


def changes(before: str, after: str) -> tuple[Change, ...]:
    """The way from one text to the other; the kept and removed parts make ``before``, the kept and added ``after``."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(old), len(new)) > LONGEST:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Change] = []
    for act, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        found.append(Change(act="kept" if act == "equal" else "removed", text="".join(old[i1:i2])))
        if act != "equal":
            found.append(Change(act="added", text="".join(new[j1:j2])))
    return tuple(step for step in found if step.text)


_SIDES: Final = ("risk", "context", "mitigating")
STRENGTHS: Final = {"strong": 0, "medium": 1, "weak": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A labelled fact of an ad, its text in segments."""

    name: str
    segments: tuple[Segment, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    title: tuple[Segment, ...]
    text: tuple[Segment, ...]
    facts: tuple[FactRow, ...]
    reasons: tuple[Finding, ...]
    """Strongest first, those that speak against last."""

    hints: tuple[Finding, ...]
    """Soft hints: reasons of the family ``hint``, which say little each."""

    anchored: frozenset[str]
    """Indicators that are marked somewhere in the ad."""

    weights: tuple[tuple[str, float, int], ...]
    """What each reason added to the score: its name, how much, and the length of its bar from 0 to 100."""

    wording: tuple[str, ...]
    """Where no indicator of risk is shown and the score is not low: the words that raised it most."""


def present_ad(ad: JobAd, assessment: Assessment | None) -> CaseView:
    """The view of an ad as it stands now, in the page's language; without an assessment nothing is marked."""
    marks: dict[str, list[Evidence]] = {}
    for each in assessment.evidence if assessment else ():
        marks.setdefault(each.field, []).append(each)
    unknown = _("This indicator is not in the taxonomy in use; the ad was read with another one.")
    found = findings_of(assessment, page_taxonomy()) if assessment else ()
    rows = sorted(
        (replace(each, why=each.why or unknown, polarity=each.polarity or "risk") for each in found),
        key=lambda row: (_SIDES.index(row.polarity), STRENGTHS.get(row.strength, 3), row.indicator),
    )
    weights = assessment.contributions if assessment else ()
    largest = max((abs(each.value) for each in weights), default=0.0) or 1.0
    wording: list[str] = []
    if assessment and band_of(assessment.score) != "low" and all(row.polarity != "risk" for row in rows):
        raised = sorted((each for each in weights if each.field and each.value > 0), key=lambda each: -each.value)
        wording = [each.name.removeprefix("words: ") for each in raised]
    marked: set[str] = set()
    return CaseView(
        title=segments(ad.title, marks.get("title", ()), marked),
        facts=_facts(ad, marks, marked),
        text=segments(ad.description, marks.get("description", ()), marked),
        reasons=tuple(row for row in rows if not row.indicator.startswith("hint.")),
        hints=tuple(row for row in rows if row.indicator.startswith("hint.")),
        anchored=frozenset(marked),
        weights=tuple((each.name, each.value, round(100 * abs(each.value) / largest)) for each in weights),
        wording=tuple(dict.fromkeys(wording))[:5],
    )


def _facts(ad: JobAd, marks: Mapping[str, list[Evidence]], marked: set[str]) -> tuple[FactRow, ...]:
    services: dict[str, list[str]] = {}  # by which each contact is reached
    for each in ad.contacts:
        services.setdefault(each.value, []).append(word(each.kind, "contact"))
    facts = (
        (mark("Employer"), ad.hiring_organization, "hiring_organization"),
        (mark("Place"), ad.job_location, "job_location"),
        (mark("Country"), ad.country and country_name(ad.country), ""),
        (mark("Pay"), pay_words(ad.base_salary), ""),
        (mark("Employment"), ad.employment_type and employment_words(ad.employment_type), ""),
        (mark("Contacts"), "; ".join(f"{', '.join(kinds)}: {value}" for value, kinds in services.items()), ""),
        (mark("Posted"), ad.date_posted and written_day(ad.date_posted), ""),
        (mark("Valid through"), ad.valid_through and written_day(ad.valid_through), ""),
        (mark("About the employer"), ad.company_profile, "company_profile"),
        (mark("Apply at"), ad.apply_url, ""),
        (mark("URL"), ad.url, ""),
    )
    return tuple(
        FactRow(
            name=name, segments=segments(text, marks.get(field, ()), marked),
            warning=FLOODED if name == "Contacts" and len(ad.contacts) > MANY_CONTACTS else "",
        )
        for name, text, field in facts if text
    )  # fmt: skip


FLOODED: Final = mark(
    "So many contacts in one ad hide the real one. Look in the text for the one beside words such as call or Telegram."
)


def pay_words(pay: Salary | None) -> str:
    """The pay with the separators and words of the page's language: *AED 1,800 to 2,000 a month*. As the ad prints it
    where it could not be read, and beside the numbers where it says more than these."""
    if pay is None or pay.min is pay.max is None:
        return pay_text(pay)
    amounts = [written_number(each, "#,##0.##") for each in dict.fromkeys((pay.min, pay.max)) if each is not None]
    if pay.currency:
        amounts[0] = f"{pay.currency} {amounts[0]}"
    words = _("%(least)s to %(most)s", least=amounts[0], most=amounts[1]) if amounts[1:] else amounts[0]
    if pay.max is None:
        words = _("from %(least)s", least=words)
    elif pay.min is None:
        words = _("up to %(most)s", most=words)
    words = _(WORDS["period"][pay.period], pay=words) if pay.period in WORDS["period"] else words
    # Two words are a currency and a period; where there are more, they say something.
    return f"{words} ({pay.raw})" if pay.raw and len(re.findall(r"[^\W\d_]{2,}", pay.raw)) > 2 else words


def employment_words(kind: str) -> str:
    """Schema.org's words in the page's language; any other label as it is."""
    return ", ".join(word(part.strip(), "employment") for part in kind.split(","))


def licence_facts(lookup: LicenceLookup) -> Iterator[FactWords]:
    """What the registers say of an ad as of today, in the page's language."""
    looked_at, today = lookup.looked_at.date(), request_time().date()
    return (fact_words(fact, looked_at=looked_at, on=today, translator=PAGE) for fact in lookup.facts)
