"""Filters, positions and search words of the queue. Pure.

Letters of words are folded as evidence is found: one case, no accents, obfuscation undone. A script that puts no spaces
between words (Thai, Lao, Khmer, Burmese, Chinese, Japanese) gives overlapping pairs of characters, so that any part of
a text is a phrase of pairs: nobody needs to know where its words end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, Self, get_args

from crawler.ad import JobAd
from model.assessment import KINDS
from model.text.characters import UNSPACED, undisguise
from model.text.folding import fold, without_repeats
from pipeline.case import REASONS, VERDICTS, State
from pipeline.linking.redaction import HIDDEN

Waiting = Literal["waiting", "decided", "all"]

Lane = Literal["trafficking_recruitment", "job_fraud", "resurfaced", "second_opinion", "disagreement"]
"""Where a case waits: by what it reads like, because it changed, or for another's opinion. A case that is read blind
stands in one of the first two by chance."""
LANES: Final[tuple[Lane, ...]] = get_args(Lane)

Facet = Literal[
    "lane", "standing", "reason", "kind", "source", "language", "country", "place", "employer", "indicator", "analyst",
    "tag", "verdict", "second", "blind",
]  # fmt: skip
"""What a case can be found by. ``standing`` is open, decided or reopened; ``place`` and ``employer`` are as written;
``analyst`` is who decided last. Of closed cases ``verdict`` is what was said and ``second`` how a second opinion came
out. ``blind`` has the cases that are read without score and marks."""
FACETS: Final[tuple[Facet, ...]] = get_args(Facet)

LINKS: Final = ("contact", "campaign")
"""What cases are found by that is no facet: who may not see contacts may not ask for it."""

_HASH: Final = re.compile(r"[0-9a-f]{32}")
_CAMPAIGN: Final = re.compile(r"[\w:.-]{1,80}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")

_CLOSED: Final[Mapping[Facet, tuple[str, ...]]] = {
    "lane": LANES, "standing": get_args(State), "reason": REASONS, "kind": KINDS,
    "verdict": VERDICTS,
    "second": ("agreed", "settled", "none"), "blind": ("yes",),
}  # fmt: skip
"""Facets whose values are ours; any other value there is a slip of the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Cases of which all of this holds."""

    state: Waiting = "waiting"
    facets: tuple[tuple[Facet, str], ...] = ()
    opened_from: date | None = None
    opened_to: date | None = None
    """Days of UTC, both included."""

    words: str = ""
    """Searched for in title, text, employer and place."""

    contact: str = ""
    """The keyed hash of a contact that an ad of the case, or of its campaign, has or had."""

    campaign: str = ""

    languages: tuple[str, ...] = ()
    """Any of these; empty for all."""

    without: tuple[int, ...] = ()
    """Waiting cases that are left out; no part of an address."""

    redacted: bool = field(default=False, compare=False)
    """Words are searched for in texts without contacts, and whole; no part of an address."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """The filter of a query string. What it does not know, or cannot read, is left out."""
        state = given.get("state", "")
        return cls(
            state=next((each for each in get_args(Waiting) if each == state), "waiting"),
            facets=tuple(
                (facet, value)
                for facet in FACETS
                if (value := given.get(facet, "").strip()) and value in _CLOSED.get(facet, (value,))
            ),
            opened_from=_day(given.get("opened_from", "")),
            opened_to=_day(given.get("opened_to", "")),
            words=given.get("words", "").strip()[:200],
            contact=_matching(_HASH, given.get("contact", "")),
            campaign=_matching(_CAMPAIGN, given.get("campaign", "")),
            languages=language_codes(given.get("languages", "")),
        )

    def query(self) -> dict[str, str]:
        """The query string that ``of`` reads back, without what is as usual."""
        given = {
            "state": self.state if self.state != "waiting" else "",
            **dict(self.facets),
            "opened_from": str(self.opened_from or ""),
            "opened_to": str(self.opened_to or ""),
            "words": self.words,
            **dict(self.links()),
            "languages": ",".join(self.languages),
        }
        return {name: value for name, value in given.items() if value}

    def links(self) -> tuple[tuple[str, str], ...]:
        """The contact and the campaign that are asked for, by name."""
        return tuple((name, value) for name in LINKS if (value := getattr(self, name)))

    def value_of(self, facet: Facet) -> str | None:
        """What is asked of this facet."""
        return dict[str, str](self.facets).get(facet)

    def flags(self) -> tuple[int, ...]:
        """Waiting or not, as the store keeps it."""
        return {"waiting": (1,), "decided": (0,), "all": (1, 0)}[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a case stands in the queue: largest priority first, then the older case."""

    priority: float
    case_id: int

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The place that was written so, or None."""
        priority, _, case_id = text.partition(",")
        try:
            return cls(priority=float(priority), case_id=int(case_id))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.priority!r},{self.case_id}"


def language_codes(typed: str) -> tuple[str, ...]:
    """The codes of languages in a list such as ``vi, en``; what cannot be one is left out."""
    codes = (each.strip().casefold() for each in typed[:200].split(","))
    return tuple(dict.fromkeys(code for code in codes if _LANGUAGE.fullmatch(code)))[:20]


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


MAX_CHARACTERS: Final = 20_000
"""Characters of an ad that are searched; what comes after them is no longer an offer."""

_UNSPACED: Final = re.compile(f"([{UNSPACED}]+)")
_TERM: Final = re.compile('["\u201c\u201d]([^"\u201c\u201d]*)["\u201c\u201d]?|([^\\s"\u201c\u201d]+)')
_MAX_TERMS: Final = 12


def searchable(ad: JobAd) -> str:
    """The ad's words as the index takes them, parted by spaces; a bullet that hides a contact is no word."""
    parts = (ad.title, ad.description[:MAX_CHARACTERS], ad.hiring_organization, ad.job_location)
    return " ".join(_tokens("\n".join(part for part in parts if part).replace(HIDDEN, " ")))


def search_query(typed: str, *, whole: bool = False) -> str | None:
    """What was typed as a query of FTS5, or None where nothing in it can be searched for.

    All words must be there; words in quotes in that order; a ``*`` behind a word means any ending, unless only
    ``whole`` words are searched for. Nothing of the query's own language gets through: every term is a quoted string.
    """
    terms = []
    for found in list(_TERM.finditer(typed))[:_MAX_TERMS]:
        words = found[1] or found[2] or ""
        if tokens := list(_tokens(words, is_query=True)):
            is_one_character = len(tokens) == 1 and len(tokens[0]) == 1 and _UNSPACED.fullmatch(tokens[0]) is not None
            has_any_ending = not whole and (is_one_character or words.rstrip().endswith("*"))
            terms.append('"' + " ".join(tokens) + '"' + ("*" if has_any_ending else ""))
    return " AND ".join(terms) or None


def _tokens(text: str, *, is_query: bool = False) -> Iterator[str]:
    # Short words too, which folding leaves as they are: the beginning of a word has to read like that of the word.
    for word in without_repeats(fold(undisguise(text)).text).replace(",", " ").split():
        for part in _UNSPACED.split(word):
            if not _UNSPACED.fullmatch(part):
                yield from filter(None, (part,))
                continue
            yield from (part[at : at + 2] for at in range(len(part) - 1))
            if not is_query or len(part) == 1:
                yield part[-1]  # so that the last character can be found by itself
