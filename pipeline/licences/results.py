"""Results of licence look-ups: records, JSON Lines and wording."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from crawler.batch.ad_json import from_plain
from crawler.files import dumps_line, read_word_list
from pipeline.licences.register import LookedIn, is_stale
from pipeline.settings.messages import ENGLISH, Translator

Result = Literal[
    "lapsed", "other_work_or_country", "contact_differs", "not_found", "licensed", "nothing_claimed"
]  # fmt: skip
RESULTS: Final[tuple[Result, ...]] = get_args(Result)
"""What a look-up can come to, the most important first: of several facts it is the ad's.

``licensed``: listed as licensed and active. ``other_work_or_country``: licensed, but not for this work or country.
``lapsed``: listed as expired, suspended or cancelled. ``contact_differs``: number or name is listed, the contact is
not, as on pages that copy an agency's. ``not_found``: not listed, which proves nothing. ``nothing_claimed``: the ad
names no licence and offers no work abroad that a register here could speak of.
"""

_WORDS: Final = read_word_list("page_words")
RESULT_WORDS: Final[Mapping[Result, str]] = _WORDS["licence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the ad says."""

    kind: Literal["number", "name", "words"]
    said: str
    """As the ad writes it."""

    field: str
    """Field of the ad; ``getattr(ad, field)[start:end]`` is what was said."""

    start: int
    end: int
    looked_up: str
    """What was looked for: a number in its plain form, the distinctive words of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The line of the register that a claim met."""

    row: int
    name: str
    numbers: tuple[str, ...]
    status: str
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFact:
    """One claim, or several of one agency, and what the registers say of it."""

    result: Result
    claims: tuple[Claim, ...]
    looked_in: tuple[LookedIn, ...]
    score: float | None = None
    """How alike the names are, 0 to 100; None where the number alone was looked up."""

    holder: Holder | None = None
    notes: tuple[str, ...] = ()
    """More that was seen on the way, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLookup:
    """All that looking up one ad came to."""

    ad_id: str
    result: Result
    facts: tuple[LicenceFact, ...]
    unanswered: tuple[str, ...]
    """Claims that no register here can speak of, a sentence each."""

    looked_at: datetime


def lookup_to_record(lookup: LicenceLookup) -> dict[str, Any]:
    """The look-up as JSON knows it: days and moments as ISO 8601 writes them."""
    record: dict[str, Any] = json.loads(json.dumps(asdict(lookup), default=lambda moment: moment.isoformat()))
    return record


def lookup_line(lookup: LicenceLookup) -> str:
    """The look-up as one line."""
    return dumps_line(lookup_to_record(lookup))


def lookup_from_line(line: str) -> LicenceLookup:
    """The look-up that was written so."""
    return from_plain(LicenceLookup, json.loads(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class FactWords:
    """One fact in words."""

    title: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    """What limits it: an old list, and what does not follow."""


def fact_words(fact: LicenceFact, *, looked_at: date, on: date, translator: Translator = ENGLISH) -> FactWords:
    """The fact as it reads on a day: a list that has grown old since says so."""
    sentence, say = _WORDS["licence_sentence"], translator.say
    # What the ad says, where it was looked up, and what is listed there.
    claims = (f"“{each.said}” ({say(_WORDS['licence_field'].get(each.field, each.field))})" for each in fact.claims)
    lists = (
        say(sentence["list"], title=each.title, publisher=each.publisher, address=each.address,
            day=translator.day(each.as_of))
        for each in fact.looked_in
    )  # fmt: skip
    sentences = [
        say(sentence["looked_up"], claims=_listed(claims, translator), day=translator.day(looked_at),
            lists=_listed(lists, translator))
    ]  # fmt: skip
    if holder := fact.holder:
        number = f", {_listed(holder.numbers, translator)}" if holder.numbers else ""
        until = say(sentence["until"], day=translator.day(holder.valid_until)) if holder.valid_until else ""
        listed = f"{holder.name}{number}, {holder.status}{until}"
        sentences.append(say(sentence["row"], row=holder.row, holder=listed))
        if fact.score is not None:
            sentences.append(say(sentence["alike"], score=f"{fact.score:.0f}"))
    warnings = [
        say(sentence["old"], title=source.title, age=(on - source.as_of).days, limit=source.good_for_days)
        for source in fact.looked_in
        if is_stale(source.as_of, source.good_for_days, on)
    ]
    if limit := _WORDS["licence_limit"].get(fact.result):
        warnings.append(say(limit))
    return FactWords(
        title=say(RESULT_WORDS[fact.result]),
        sentences=(*sentences, *fact.notes),
        warnings=tuple(warnings),
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


def _listed(parts: Iterable[str], translator: Translator) -> str:
    *most, last = parts
    return translator.say(_WORDS["licence_sentence"]["and"], most=", ".join(most), last=last) if most else last
