"""Phrases that lures share, in the taxonomy's own words, for the brief. Pure.

An ad's sentence can hold a name, a number or a place. Only the taxonomy's words stay of it, in their order, with a gap
for all else; so nothing that an advertiser wrote of themselves can get through, whatever it is.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from model.taxonomy.patterns import Literal, Slot
from model.taxonomy.records import Indicator, Signs
from model.text.folding import Folded, fold
from pipeline.review.trends import FEWEST
from pipeline.store.statistics import ConfirmedCase

__all__ = ["Phrase", "find_phrases", "matched_parts"]

_LEAST_LETTERS: Final = 4

_UNSPACED: Final = "\u0900"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words of one indicator that several confirmed cases have in common."""

    indicator: str
    language: str
    words: str
    cases: int


def find_phrases(
    cases: Iterable[ConfirmedCase], indicators: Mapping[str, Indicator], *, most: int, of_each: int
) -> tuple[Phrase, ...]:
    """The commonest phrases, each in five cases at least; ``of_each`` is how many one indicator may have."""
    cases = tuple(cases)
    shown = Counter((key, _language_of(case)) for case in cases for key in case.shown)
    finders = {
        (key, language): _Finder(indicators[key].languages[language])
        for (key, language), count in shown.items()
        if count >= FEWEST and _has_words(indicators.get(key), language)
    }
    found = Counter(chain.from_iterable(set(_of_case(case, finders)) for case in cases))
    taken = Counter[str]()
    phrases: list[Phrase] = []
    for (indicator, language, words), count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        if count < FEWEST or taken[indicator] == of_each or len(phrases) == most:
            continue
        taken[indicator] += 1
        phrases.append(Phrase(indicator=indicator, language=language, words=words, cases=count))
    return tuple(phrases)


def _has_words(indicator: Indicator | None, language: str) -> bool:
    return indicator is not None and indicator.polarity == "risk" and language in indicator.languages


def _language_of(case: ConfirmedCase) -> str:
    return (case.language or "").partition("-")[0]


def _of_case(case: ConfirmedCase, finders: Mapping[tuple[str, str], "_Finder"]) -> Iterator[tuple[str, str, str]]:
    language = _language_of(case)
    for key, quotes in case.shown.items():
        if find := finders.get((key, language)):
            yield from ((key, language, part) for quote in quotes for part in matched_parts(quote, find))


def matched_parts(quote: str, find: Callable[[Folded], Iterable[tuple[int, int]]]) -> Iterator[str]:
    """The parts of the quote that ``find`` tells, in small letters; those that touch each other, or have one space
    between them, are one. Of a word of few letters nothing is kept."""
    folded, part, last = fold(quote), "", 0
    for start, end in find(folded):
        at, to = folded.span(start, end)
        if part and at > last and quote[last:at] != " ":
            yield from _if_enough(part)
            part = ""
        part += (" " if part and at > last else "") + quote[at:to].casefold()
        last = to
    yield from _if_enough(part)


def _if_enough(part: str) -> Iterator[str]:
    if len(part) >= _LEAST_LETTERS or (part >= _UNSPACED and len(part) > 1):
        yield part


class _Finder:
    """Finds the words of one indicator in one language."""

    def __init__(self, signs: Signs) -> None:
        self._literals: dict[str, list[Literal]] = {}
        for literal in _literals(signs):
            self._literals.setdefault(literal.key.strip(), []).append(literal)
        longest_first = sorted(self._literals, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, folded: Folded) -> Iterator[tuple[int, int]]:
        """Where the words stand in the folded text."""
        at = 0
        while found := self._pattern.search(folded.text, at):
            stands = any(_stands(literal, folded, found.start(), found.end()) for literal in self._literals[found[0]])
            if stands:
                yield found.span()
            at = found.end() if stands else found.start() + 1


def _literals(signs: Signs) -> Iterator[Literal]:
    for pattern in signs.patterns:
        for sequence in pattern.sequences:
            yield from (literal for place in sequence.places if isinstance(place, Slot) for literal in place.literals)


def _stands(literal: Literal, folded: Folded, start: int, end: int) -> bool:
    """Whether it is that word: whole where it must be, with its own accents or with none."""
    text = folded.text
    is_whole = (literal.open_left or text[start - 1] in " ,\n") and (literal.open_right or text[end] in " ,\n")
    written = folded.marked[start:end]
    return is_whole and (not literal.marked or written in literal.marked or written == text[start:end])
