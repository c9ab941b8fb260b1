"""The registers that are kept, ready to be looked up by number and by name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.licences.lookup import LookedIn
from pipeline.licences.name_index import NameIndex
from pipeline.registers.register import Listed, Register, RegisterVersion

__all__ = ["Book", "NamedLine", "looked_in"]


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
        return [NamedLine(line=self._named[one.at], score=one.score) for one in self._names.find(written)]

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
