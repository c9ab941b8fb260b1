"""Which messages of a channel were deleted: those that its pages leave out between messages that they show. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

__all__ = ["MessageGaps", "PageOfMessages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfMessages:
    """What one page of a channel's preview says of its messages' numbers. They are posted in their order."""

    prefix: str
    """Of the messages' addresses, up to the number."""

    numbers: tuple[int, ...]
    """Every message that the page shows, whether it is an ad or not, oldest first."""

    before: int | None = None
    """The page was asked for as the one with the newest messages before this number."""

    def record(self) -> dict[str, Any]:
        """As plain values, for the ledger."""
        return {"prefix": self.prefix, "numbers": self.numbers, "before": self.before}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The page that ``record`` gave."""
        return cls(prefix=record["prefix"], numbers=tuple(record["numbers"]), before=record["before"])


@dataclass(slots=True)
class MessageGaps:
    """The pages that one run has read. A message is missed only where a neighbour on either side was seen: what is
    older than the oldest that was read, or newer than the newest, may well stand."""

    _pages: list[PageOfMessages] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _oldest: dict[str, int] = field(default_factory=dict)

    def add(self, page: PageOfMessages) -> None:
        """Take account of a page that was read."""
        if page.numbers:
            self._pages.append(page)
            self._oldest[page.prefix] = min(page.numbers[0], self._oldest.get(page.prefix, page.numbers[0]))
            self._seen.update(f"{page.prefix}{number}" for number in page.numbers)

    def leave_out(self, address: str) -> bool:
        """True for a message that would stand on one of the pages, if it stood."""
        prefix, number = _parted(address)
        if number is None or number <= self._oldest.get(prefix, number) or address in self._seen:
            return False
        return any(page.prefix == prefix and page.numbers[0] < number < self._end(page) for page in self._pages)

    def _end(self, page: PageOfMessages) -> int:
        """The number up to which the page shows all that stands: its newest, or the next page's oldest."""
        newest, before = page.numbers[-1], page.before or 0
        return before if before > newest and f"{page.prefix}{before}" in self._seen else newest


def _parted(address: str) -> tuple[str, int | None]:
    prefix, slash, number = address.rpartition("/")
    return prefix + slash, int(number) if number.isascii() and number.isdigit() else None
