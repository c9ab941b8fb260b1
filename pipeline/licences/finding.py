"""Finds the lines of registers that a person asks for by a name or a number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.licences.book import Book
from pipeline.registers.licence_numbers import plain_view
from pipeline.registers.register import Listed, Register, RegisterVersion

__all__ = ["FoundLine", "find_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line, and the register's version that it stands in."""

    version: RegisterVersion
    line: Listed
    score: float | None
    """How alike the names are; None where the number is the same."""


def find_lines(words: str, registers: Iterable[Register]) -> list[FoundLine]:
    """The lines with this number, then those of names like this one, the likest first."""
    found = [each for register in registers for each in _in_register(words, Book(register))]
    return sorted(found, key=lambda one: (one.score is not None, -(one.score or 0.0)))


def _in_register(words: str, book: Book) -> Iterator[FoundLine]:
    for number in _numbers(words, book.register):
        for line in book.with_number(number):
            yield FoundLine(version=book.version, line=line, score=None)
    for named in book.named(words):
        yield FoundLine(version=book.version, line=named.line, score=named.score)


def _numbers(words: str, register: Register) -> dict[str, None]:
    """The plain forms that the words may be, as an ad or as the register writes them."""
    found: dict[str, None] = {}
    for one in register.map.numbers:
        if number := one.of_cell(words):
            found[number] = None
        found.update((each.number, None) for each in one.find(plain_view(words)))
    return found
