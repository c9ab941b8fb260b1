"""Index of a register's agency names and licence numbers, with misspellings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.licences.names import FUZZY_FROM, LEAST_ALIKE, SLIP, AgencyName, agency_name, likeness
from pipeline.licences.records import LookedIn
from pipeline.licences.register import Listed, Register, RegisterVersion

__all__ = ["Book", "NameIndex", "NameMatch", "NamedLine", "looked_in"]

_AT_ONCE: Final = 512
"""Words that are set against all others at a time: a few megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """A name that another one may stand for."""

    at: int
    """Its place among the names of the index."""

    score: float
    """How alike the two are, 0 to 100."""


class NameIndex:
    """The names of a register, ready to be looked up by whatever an ad calls an agency."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [agency_name(written) for written in names]
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_joined: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self._names):
            for word in dict.fromkeys(name.distinctive):
                self._by_word[word].add(at)
            self._by_joined[name.joined or _of_trade(name)].append(at)
        self._slips: dict[str, tuple[str, ...]] = {}

    def find(self, written: str, *, least: float = LEAST_ALIKE) -> tuple[NameMatch, ...]:
        """The names that this one may stand for, the likest first."""
        return self.find_many([written], least=least)[0]

    def find_many(self, written: Sequence[str], *, least: float = LEAST_ALIKE) -> list[tuple[NameMatch, ...]]:
        """The same for many names at once, which is many times faster."""
        names = [agency_name(text) for text in written]
        self._learn_slips(word for name in names for word in name.distinctive)
        found: dict[AgencyName, tuple[NameMatch, ...]] = {}
        for name in names:
            if name not in found:
                near = self._candidates(name, least)
                best = sorted((-score, at) for at in near if (score := likeness(name, self._names[at])) >= least)
                found[name] = tuple(NameMatch(at=at, score=-score) for score, at in best)
        return [found[name] for name in names]

    def _candidates(self, name: AgencyName, least: float) -> set[int]:
        """Names that share as many of this one's words as such a likeness takes, a slip of the hand apart, or that are
        it without spaces."""
        alike = set(self._by_joined.get(name.joined or _of_trade(name), ()))
        spellings = [(word, *self._slips.get(word, ())) for word in dict.fromkeys(name.distinctive)]
        may_lack = int(len(name.distinctive) * (1 - least / 100))
        rows = sorted((set().union(*(self._by_word.get(each, ()) for each in some)) for some in spellings), key=len)
        # Whoever lacks so many words has one of the others at least: only those of the rarest need be counted.
        for few in rows[: may_lack + 1]:
            alike.update(at for at in few if sum(at in each for each in rows) >= len(rows) - may_lack)
        return alike

    def _learn_slips(self, words: Iterable[str]) -> None:
        """For each word not met before, the words of the index that a slip of the hand makes of it."""
        new = [word for word in dict.fromkeys(words) if _may_slip(word) and word not in self._slips]
        for first in range(0, len(new), _AT_ONCE):
            some = new[first : first + _AT_ONCE]
            alike = process.cdist(some, self._long_words, scorer=OSA.normalized_similarity, score_cutoff=SLIP)
            for word, row in zip(some, alike, strict=True):
                near = (self._long_words[at] for at in row.nonzero()[0].tolist())
                self._slips[word] = tuple(other for other in near if other != word)

    @cached_property
    def _long_words(self) -> list[str]:
        return [word for word in self._by_word if _may_slip(word)]


def _may_slip(word: str) -> bool:
    return len(word) >= FUZZY_FROM and word.isalpha()


def _of_trade(name: AgencyName) -> str:
    return " ".join(sorted(name.trade))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLine:
    """A line whose name is like the one that was asked for."""

    line: Listed
    score: float


class Book:
    """One register, indexed once."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._by_number: dict[str, list[Listed]] = defaultdict(list)
        named: list[tuple[str, Listed]] = []
        for line in register.lines:
            named += [(name, line) for name in line.names]
            for number in line.numbers:
                self._by_number[number].append(line)
        self._named = [line for _, line in named]
        self._names = NameIndex([name for name, _ in named])

    @property
    def version(self) -> RegisterVersion:
        """What is known of the register's version."""
        return self.register.version

    def with_number(self, number: str) -> list[Listed]:
        """The lines that hold exactly this number."""
        return self._by_number.get(number, [])

    def named(self, written: str) -> list[NamedLine]:
        """The lines of agencies whose names are like this one, the likest first."""
        return [NamedLine(line=self._named[match.at], score=match.score) for match in self._names.find(written)]

    def prepare(self, written: Sequence[str]) -> None:
        """Look at many names at once, so that each is then found fast."""
        self._names.find_many(written)


def looked_in(books: Iterable[Book]) -> tuple[LookedIn, ...]:
    """The registers, as facts name them."""
    return tuple(
        LookedIn(
            name=version.name,
            title=version.title,
            publisher=version.publisher,
            address=version.address,
            as_of=version.as_of,
            good_for_days=version.good_for_days,
        )
        for version in (book.version for book in books)
    )
