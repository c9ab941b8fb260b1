"""Changes of an ad by field: requirements, facts of the offer, news. Pure.

Requirements are found by words, not by meaning: lines that speak of age, schooling, experience, language and papers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from crawler.ad import JobAd, Salary
from crawler.extract.text import fold as fold_short
from crawler.files import read_word_list
from model.text.folding import fold

__all__ = [
    "FACTS", "AdChange", "Fact", "FieldChange", "Fresh", "changed_fields", "find_news", "find_requirements", "in_words",
    "pay_text",
]  # fmt: skip

_LONGEST: Final = 400
_MOST: Final = 40
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

TEXTS = ("title", "description", "company_profile")
LONG = {"description", "company_profile"}
"""The versions hold these texts in full; a change says only that they differ."""


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
    for name in TEXTS:
        old, new = getattr(before, name) or None, getattr(after, name) or None
        if old != new:
            shown = (None, None) if name in LONG else (old, new)
            found.append(FieldChange(field=name, before=shown[0], after=shown[1]))
    found += _facts(before, after)
    asked = [find_requirements(ad.description) for ad in (before, after)]
    if [_folded(line) for line in asked[0]] != [_folded(line) for line in asked[1]]:
        differing = [
            "; ".join(line for line in lines if line not in common) or None
            for lines, common in zip(asked, asked[::-1], strict=True)
        ]
        found.append(FieldChange(field="requirements", fact="requirement", before=differing[0], after=differing[1]))
    kinds = [ad.employment_type or None for ad in (before, after)]
    if kinds[0] != kinds[1]:
        found.append(FieldChange(field="employment_type", before=kinds[0], after=kinds[1]))
    if before.valid_through != after.valid_through:
        found.append(
            FieldChange(field="valid_through", before=_day(before.valid_through), after=_day(after.valid_through))
        )
    return tuple(sorted(found, key=lambda change: FACTS.index(change.fact) if change.fact else len(FACTS)))


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


def _facts(before: JobAd, after: JobAd) -> Iterator[FieldChange]:
    rows: tuple[tuple[str, Fact, Callable[[JobAd], object], Callable[[JobAd], str | None]], ...] = (
        ("country", "destination", lambda ad: ad.country, lambda ad: ad.country),
        ("job_location", "destination", lambda ad: _folded(ad.job_location), lambda ad: ad.job_location or None),
        (
            "hiring_organization",
            "employer",
            lambda ad: _folded(ad.hiring_organization),
            lambda ad: ad.hiring_organization or None,
        ),
        ("base_salary", "salary", lambda ad: _pay(ad.base_salary), lambda ad: pay_text(ad.base_salary) or None),
        (
            "contacts",
            "contact",
            lambda ad: frozenset(ad.contacts),
            lambda ad: "; ".join(sorted(f"{each.kind}: {each.value}" for each in ad.contacts)) or None,
        ),
        ("apply_url", "contact", lambda ad: _host(ad.apply_url), lambda ad: ad.apply_url),
    )
    for name, fact, meaning, words in rows:
        # Another order of contacts is no change at all; another spelling is one of words.
        means_otherwise = meaning(before) != meaning(after)
        values = [words(ad) if name == "contacts" else getattr(ad, name) or None for ad in (before, after)]
        if means_otherwise or values[0] != values[1]:
            yield FieldChange(
                field=name, fact=fact if means_otherwise else None, before=words(before), after=words(after)
            )


def _pay(pay: Salary | None) -> object:
    if pay is None:
        return None
    read = (pay.min, pay.max, pay.currency, pay.period)
    return read if pay.min is not None or pay.max is not None else _folded(pay.raw)


def _host(address: str | None) -> str | None:
    try:
        return urlsplit(address).hostname if address else None
    except ValueError:
        return address


def _folded(text: str | None) -> str | None:
    return fold_short(text) if text else None


def _day(day: object) -> str | None:
    return str(day) if day else None


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
        yield "contact", f"{contact.kind} {contact.value.casefold()}", f"{contact.kind}: {contact.value}"
    place = ", ".join(each for each in (ad.job_location, ad.country) if each)
    if place:
        yield "destination", " ".join(place.casefold().split()), place
    pay = ad.base_salary
    if pay is not None and pay_text(pay):
        amount = f"{pay.min} {pay.max} {pay.currency} {pay.period}" if pay.min or pay.max else pay_text(pay).casefold()
        yield "salary", " ".join(amount.split()), pay_text(pay)
