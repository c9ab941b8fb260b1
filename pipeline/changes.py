"""What an ad says otherwise than before, field by field, and which of that is a fact about the offer. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from unicodedata import normalize
from urllib.parse import urlsplit

from crawler.ad import JobAd, Salary
from pipeline.requirements import find_requirements

__all__ = ["FACTS", "AdChange", "Fact", "FieldChange", "changed_fields", "in_words", "pay_text"]

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
    found = [*_texts(before, after), *_facts(before, after)]
    asked = [find_requirements(ad.description) for ad in (before, after)]
    if [_folded(line) for line in asked[0]] != [_folded(line) for line in asked[1]]:
        said = [
            "; ".join(line for line in lines if line not in common) or None
            for lines, common in zip(asked, asked[::-1], strict=True)
        ]
        found.append(FieldChange(field="requirements", fact="requirement", before=said[0], after=said[1]))
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


def _texts(before: JobAd, after: JobAd) -> Iterator[FieldChange]:
    for name in TEXTS:
        old, new = getattr(before, name) or None, getattr(after, name) or None
        if old != new:
            is_long = name in LONG
            yield FieldChange(field=name, before=None if is_long else old, after=None if is_long else new)


def _facts(before: JobAd, after: JobAd) -> Iterator[FieldChange]:
    rows: tuple[tuple[str, Fact, Callable[[JobAd], object], Callable[[JobAd], str | None]], ...] = (
        ("country", "destination", lambda ad: ad.country, lambda ad: ad.country),
        ("job_location", "destination", lambda ad: _folded(ad.job_location), lambda ad: ad.job_location or None),
        ("hiring_organization", "employer", lambda ad: _folded(ad.hiring_organization), _employer),
        ("base_salary", "salary", lambda ad: _pay(ad.base_salary), lambda ad: pay_text(ad.base_salary) or None),
        ("contacts", "contact", lambda ad: frozenset(ad.contacts), _contacts),
        ("apply_url", "contact", lambda ad: _host(ad.apply_url), lambda ad: ad.apply_url),
    )
    for name, fact, meaning, words in rows:
        # Another order of contacts is no change at all; another spelling is one of words.
        means_otherwise = meaning(before) != meaning(after)
        said = [words(ad) if name == "contacts" else getattr(ad, name) or None for ad in (before, after)]
        if means_otherwise or said[0] != said[1]:
            yield FieldChange(
                field=name, fact=fact if means_otherwise else None, before=words(before), after=words(after)
            )


def _pay(pay: Salary | None) -> object:
    if pay is None:
        return None
    read = (pay.min, pay.max, pay.currency, pay.period)
    return read if pay.min is not None or pay.max is not None else _folded(pay.raw)


def _contacts(ad: JobAd) -> str | None:
    return "; ".join(sorted(f"{each.kind}: {each.value}" for each in ad.contacts)) or None


def _employer(ad: JobAd) -> str | None:
    return ad.hiring_organization or None


def _host(address: str | None) -> str | None:
    try:
        return urlsplit(address).hostname if address else None
    except ValueError:
        return address


def _folded(text: str | None) -> str | None:
    return " ".join(normalize("NFKC", text).casefold().split()) if text else None


def _day(day: object) -> str | None:
    return str(day) if day else None
