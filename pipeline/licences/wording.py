"""Wording of look-ups, for an analyst to quote: claim, list, finding, limits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipeline.licences.records import LicenceFact, LicenceLookup, LookedIn, Result
from pipeline.licences.register import is_stale
from pipeline.settings.messages import ENGLISH, Translator, mark

__all__ = ["RESULT_WORDS", "FactWords", "fact_words", "lookup_lines"]

RESULT_WORDS: Final[dict[Result, str]] = {
    "licensed": mark("listed as licensed and active"),
    "other_work_or_country": mark("licensed, but not for this work or country"),
    "lapsed": mark("listed as expired, suspended or cancelled"),
    "contact_differs": mark("the listing fits, the contact does not"),
    "not_found": mark("not found in the register"),
    "nothing_claimed": mark("no licence claimed"),
}

PROVES_NOTHING: Final = mark(
    "Not being listed proves nothing: lists lag behind, names are spelt in several ways, and some work needs no agency."
)
COPIED: Final = mark(
    "Numbers and names of licensed agencies are copied by others; a direct call to the listed contact settles it."
)


_FIELDS: Final = {
    "hiring_organization": mark("employer"),
    "description": mark("text"),
    "company_profile": mark("profile"),
    "title": mark("title"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactWords:
    """One fact in words."""

    result: Result
    title: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    """What limits it: an old list, and what does not follow."""


def fact_words(fact: LicenceFact, *, looked_at: date, on: date, translator: Translator = ENGLISH) -> FactWords:
    """The fact as it reads on a day: a list that has grown old since says so."""
    return FactWords(
        result=fact.result,
        title=translator.say(RESULT_WORDS[fact.result]),
        sentences=(_looked_up(fact, looked_at, translator), *_holder(fact, translator), *fact.notes),
        warnings=tuple(_warnings(fact, on, translator)),
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


def _looked_up(fact: LicenceFact, looked_at: date, translator: Translator) -> str:
    return translator.say(
        mark("The ad says %(claims)s. Looked up on %(day)s in %(lists)s."),
        claims=_listed((f"“{each.said}” ({_where(each.field, translator)})" for each in fact.claims), translator),
        day=translator.day(looked_at),
        lists=_listed((_register(source, translator) for source in fact.looked_in), translator),
    )


def _register(source: LookedIn, translator: Translator) -> str:
    return translator.say(
        mark("“%(title)s” as published by %(publisher)s (%(address)s), list of %(day)s"),
        title=source.title, publisher=source.publisher, address=source.address, day=translator.day(source.as_of),
    )  # fmt: skip


def _holder(fact: LicenceFact, translator: Translator) -> Iterator[str]:
    holder = fact.holder
    if holder is None:
        return
    number = f", {_listed(holder.numbers, translator)}" if holder.numbers else ""
    until = holder.valid_until and translator.say(mark(", valid until %(day)s"), day=translator.day(holder.valid_until))
    yield translator.say(
        mark("Row %(row)s of the list: %(holder)s."),
        row=holder.row, holder=f"{holder.name}{number}, {holder.status}{until or ''}",
    )  # fmt: skip
    if fact.score is not None:
        yield translator.say(mark("The names are alike to %(score)s of 100."), score=f"{fact.score:.0f}")


def _warnings(fact: LicenceFact, on: date, translator: Translator) -> Iterator[str]:
    for source in fact.looked_in:
        if is_stale(source.as_of, source.good_for_days, on):
            yield translator.say(
                mark("The list “%(title)s” is %(age)s days old, older than %(limit)s: a newer one may differ."),
                title=source.title, age=(on - source.as_of).days, limit=source.good_for_days,
            )  # fmt: skip
    if fact.result == "not_found":
        yield translator.say(PROVES_NOTHING)
    if fact.result == "contact_differs":
        yield translator.say(COPIED)


def _where(field: str, translator: Translator) -> str:
    return translator.say(_FIELDS[field]) if field in _FIELDS else field


def _listed(parts: Iterable[str], translator: Translator) -> str:
    *most, last = parts
    return translator.say(mark("%(most)s and %(last)s"), most=", ".join(most), last=last) if most else last
