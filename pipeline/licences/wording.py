"""Look-ups in words that an analyst can quote: what was looked up, where, in which list, and what it does not say."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipeline.licences.lookup import LicenceFact, LicenceLookup, LookedIn, Result
from pipeline.registers.register import is_stale

__all__ = ["RESULT_WORDS", "FactWords", "fact_words", "lookup_lines"]

RESULT_WORDS: Final[dict[Result, str]] = {
    "licensed": "listed as licensed and active",
    "other_work_or_country": "licensed, but not for this work or country",
    "lapsed": "listed as expired, suspended or cancelled",
    "contact_differs": "the listing fits, the contact does not",
    "not_found": "not found in the register",
    "nothing_claimed": "no licence claimed",
}

PROVES_NOTHING: Final = (
    "Not being listed proves nothing: lists lag behind, names are spelt in several ways, and some work needs no agency."
)
COPIED: Final = (
    "Numbers and names of licensed agencies are copied by others; a direct call to the listed contact settles it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactWords:
    """One fact in words."""

    result: Result
    title: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    """What limits it: an old list, and what does not follow."""


def fact_words(fact: LicenceFact, *, looked_at: date, on: date) -> FactWords:
    """The fact as it reads on a day: a list that has grown old since says so."""
    return FactWords(
        result=fact.result,
        title=RESULT_WORDS[fact.result],
        sentences=(_looked_up(fact, looked_at), *_holder(fact), *fact.notes),
        warnings=tuple(_warnings(fact, on)),
    )


def lookup_lines(lookup: LicenceLookup, *, on: date) -> Iterator[str]:
    """The whole look-up as lines of text."""
    if not lookup.facts and not lookup.unanswered:
        yield RESULT_WORDS["nothing_claimed"]
    for fact in lookup.facts:
        words = fact_words(fact, looked_at=lookup.looked_at.date(), on=on)
        yield words.title
        yield from (f"  {sentence}" for sentence in (*words.sentences, *words.warnings))
    yield from lookup.unanswered


def _looked_up(fact: LicenceFact, looked_at: date) -> str:
    said = _listed(f"“{claim.said}” ({_where(claim.field)})" for claim in fact.claims)
    return f"The ad says {said}. Looked up on {looked_at} in {_listed(map(_register, fact.looked_in))}."


def _register(one: LookedIn) -> str:
    return f"“{one.title}” as published by {one.publisher} ({one.address}), list of {one.as_of}"


def _holder(fact: LicenceFact) -> Iterator[str]:
    holder = fact.holder
    if holder is None:
        return
    number = f", {_listed(holder.numbers)}" if holder.numbers else ""
    until = f", valid until {holder.valid_until}" if holder.valid_until else ""
    yield f"Row {holder.row} of the list: {holder.name}{number}, {holder.status}{until}."
    if fact.score is not None:
        yield f"The names are alike to {fact.score:.0f} of 100."


def _warnings(fact: LicenceFact, on: date) -> Iterator[str]:
    for one in fact.looked_in:
        if is_stale(one.as_of, one.good_for_days, on):
            age = (on - one.as_of).days
            yield f"The list “{one.title}” is {age} days old, older than {one.good_for_days}: a newer one may differ."
    if fact.result == "not_found":
        yield PROVES_NOTHING
    if fact.result == "contact_differs":
        yield COPIED


def _where(field: str) -> str:
    return {"hiring_organization": "employer", "description": "text", "company_profile": "profile"}.get(field, field)


def _listed(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
