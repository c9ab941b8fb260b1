"""Changes of an ad by field: requirements, facts of the offer, news. Pure.

Requirements are found by words, not by meaning: lines that speak of age, schooling, experience, language and papers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from crawler.ad import Contact, JobAd, Salary
from crawler.extract.text import fold as fold_short
from crawler.files import read_word_list
from model.text.folding import fold

_LONGEST: Final = 400
_MOST: Final = 40
_NUMBER: Final = re.compile(r"\+?\d{7,15}")
_BULLETS: Final = " \t-•*·–—+>▪◦✅✔☑"


def find_requirements(description: str) -> tuple[str, ...]:
    """The lines that say what is asked, as they stand, without their bullets."""
    found: list[str] = []
    listing = False
    for written in description.split("\n"):
        line = written.strip(_BULLETS)
        folded = _folded_line(line)
        if not folded.strip():
            listing = False
            continue
        opens = any(folded.startswith(f" {word}") and len(folded) <= len(word) + 4 for word in _words()["headings"])
        if opens:
            listing = True
        elif (
            listing
            or any(folded.startswith(f" {word} ") for word in _words()["headings"])
            or any((f" {word} " if word.isascii() else word) in folded for word in _words()["words"])
        ):
            found.append(line[:_LONGEST])
    return tuple(found[:_MOST])


def _folded_line(line: str) -> str:
    return fold(line).text.replace(",", " ").replace("\n", " ")


@cache
def _words() -> dict[str, tuple[str, ...]]:
    table = read_word_list("requirement_words")
    return {name: tuple(dict.fromkeys(_folded_line(word).strip() for word in words)) for name, words in table.items()}


Fact = Literal["destination", "employer", "salary", "contact", "requirement"]
"""What a recruiter who changes it while the ad runs changes about the offer itself, not about its words."""

FACTS: tuple[Fact, ...] = get_args(Fact)

_FIELDS: Final[dict[str, Fact | None]] = {
    "title": None, "description": None, "company_profile": None,
    "country": "destination", "job_location": "destination", "hiring_organization": "employer",
    "base_salary": "salary", "contacts": "contact", "apply_url": "contact",
    "employment_type": None, "valid_through": None,
}  # fmt: skip
"""What makes an ad's content, and the fact that it states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of an ad that reads otherwise."""

    field: str
    fact: Fact | None = None
    """None where only words changed: another spelling, another order."""

    before: str | None = None
    """None where the ad said nothing, and for long texts."""

    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdChange(FieldChange):
    """A change as the store keeps it."""

    ad_id: str
    changed_at: datetime
    """When the new version was seen."""


def changed_fields(before: JobAd, after: JobAd) -> tuple[FieldChange, ...]:
    """Every field that differs, of those that make an ad's content; facts first. None for two looks that agree."""
    found = []
    for name, fact in _FIELDS.items():
        words = _text_of(before, name), _text_of(after, name)
        # Another order of contacts is no change at all; another spelling is one of words.
        old, new = words if name == "contacts" else (getattr(ad, name) or None for ad in (before, after))
        if old != new:
            is_same = fact is None or _meaning(before, name) == _meaning(after, name)
            found.append(FieldChange(field=name, fact=None if is_same else fact, before=words[0], after=words[1]))
    asked = [find_requirements(ad.description) for ad in (before, after)]
    if list(map(fold_short, asked[0])) != list(map(fold_short, asked[1])):
        differing = [
            "; ".join(line for line in lines if line not in common) or None
            for lines, common in zip(asked, asked[::-1], strict=True)
        ]
        found.append(FieldChange(field="requirements", fact="requirement", before=differing[0], after=differing[1]))
    return tuple(sorted(found, key=lambda change: FACTS.index(change.fact) if change.fact else len(FACTS)))


def _text_of(ad: JobAd, field: str) -> str | None:
    """What the ad says in the field. The versions hold long texts in full; a change says only that they differ."""
    match field:
        case "description" | "company_profile":
            return None
        case "base_salary":
            return pay_text(ad.base_salary) or None
        case "contacts":
            return "; ".join(sorted(f"{each.kind}: {each.value}" for each in ad.contacts)) or None
        case _:
            value = getattr(ad, field)
            return str(value) if value else None


def _meaning(ad: JobAd, field: str) -> object:
    """The fact that the field states, however it is spelt."""
    match field:
        case "contacts":
            return frozenset(map(_reached, ad.contacts))
        case "apply_url":
            try:
                return urlsplit(ad.apply_url or "").hostname
            except ValueError:
                return ad.apply_url
        case "base_salary":
            pay = ad.base_salary
            if pay is not None and (pay.min is not None or pay.max is not None):
                return pay.min, pay.max, pay.currency, pay.period
            text = pay and pay.raw
        case _:
            text = getattr(ad, field)
    return fold_short(text) if text else None


def _reached(contact: Contact) -> str:
    """Whom the contact reaches: a number is one whichever service it is used with."""
    value = contact.value.casefold()
    return value if _NUMBER.fullmatch(value) else f"{contact.kind} {value}"


def in_words(changes: tuple[FieldChange, ...]) -> str:
    """The changes in one line: the fields, and the facts among them."""
    facts = dict.fromkeys(change.fact for change in changes if change.fact)
    names = ", ".join(change.field for change in changes)
    return f"{names} ({', '.join(facts)} changed)" if facts else names


def pay_text(pay: Salary | None) -> str:
    """The pay in the ad's own words where they were kept, and in numbers otherwise."""
    if pay is None:
        return ""
    if pay.raw:
        return pay.raw
    numbers = " to ".join(f"{each:,.0f}" for each in dict.fromkeys((pay.min, pay.max)) if each is not None)
    return f"{numbers} {pay.currency or ''}{f' a {pay.period}' if pay.period else ''}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """One fact that is new in its campaign."""

    fact: Literal["contact", "destination", "salary", "rule"]
    before: str | None
    """What the copies before it had said; None where they said nothing."""

    after: str


def find_news(ad: JobAd, earlier: Iterable[JobAd]) -> tuple[Fresh, ...]:
    """Contacts, destination and pay that no earlier copy had. Where nothing is said there is no news."""
    known: dict[str, dict[str, str]] = {"contact": {}, "destination": {}, "salary": {}}
    for copy in earlier:
        for fact, key, words in _named_facts(copy):
            known[fact].setdefault(key, words)
    return tuple(
        Fresh(fact=fact, before="; ".join(sorted(set(known[fact].values()))[:20]) or None, after=words)
        for fact, key, words in _named_facts(ad)
        if key not in known[fact]
    )


def _named_facts(ad: JobAd) -> Iterator[tuple[Literal["contact", "destination", "salary"], str, str]]:
    """Each fact as it is compared, and in words."""
    for contact in dict.fromkeys(ad.contacts):
        yield "contact", _reached(contact), f"{contact.kind}: {contact.value}"
    place = ", ".join(each for each in (ad.job_location, ad.country) if each)
    if place:
        yield "destination", " ".join(place.casefold().split()), place
    pay = ad.base_salary
    if pay is not None and pay_text(pay):
        amount = f"{pay.min} {pay.max} {pay.currency} {pay.period}" if pay.min or pay.max else pay_text(pay).casefold()
        yield "salary", " ".join(amount.split()), pay_text(pay)
