"""Which cases are asked for: by number, by the desk's filters, by campaign, verdict and day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.case import VERDICTS, Verdict
from pipeline.case_filter import CaseFilter
from pipeline.covering import HARMFUL
from pipeline.errors import CannotExport
from pipeline.review_queue import ReviewQueue

__all__ = ["MOST_CASES", "Choice", "choose_cases", "read_filter"]

MOST_CASES: Final = 2_000
"""Cases of one package. One takes some 10 ms to gather, hide and write."""

_GROUNDS: Final = tuple(verdict for verdict in VERDICTS if verdict in HARMFUL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Cases by number, and those of which all the rest holds."""

    numbers: tuple[int, ...] = ()
    wanted: CaseFilter | None = None
    campaign_id: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    since: datetime | None = None
    """Decided then or later."""

    most: int = MOST_CASES
    """How many may be chosen at once."""

    @property
    def by_what_holds(self) -> bool:
        """Whether anything but numbers is asked for."""
        return bool(self.wanted or self.campaign_id or self.verdicts or self.since)


def choose_cases(queue: ReviewQueue, choice: Choice) -> tuple[int, ...]:
    """The numbers, each once: those that were named first. Raises ``CannotExport`` where they are more than one
    package takes."""
    found = dict.fromkeys((*choice.numbers, *(_held(queue, choice) if choice.by_what_holds else ())))
    if len(found) > choice.most:
        raise CannotExport(f"more than {choice.most} cases were chosen; expected fewer: narrow the choice")
    return tuple(found)


def read_filter(given: Mapping[str, str]) -> CaseFilter:
    """The filter of a query string of the queue; of decided cases, where it does not say which."""
    return CaseFilter.of({"state": "decided"} | dict(given))


def _held(queue: ReviewQueue, choice: Choice) -> tuple[int, ...]:
    # Of a campaign all are named: which are left out for their verdict must not tell a second analyst the first one's.
    verdicts = choice.verdicts or (VERDICTS if choice.campaign_id else _GROUNDS)
    decided = queue.decided_cases(verdicts=verdicts, since=choice.since, campaign_id=choice.campaign_id)
    if choice.wanted is None:
        return decided
    of_filter = queue.case_numbers(choice.wanted, limit=choice.most + 1)
    if not (choice.verdicts or choice.since or choice.campaign_id):
        return of_filter
    others = set(decided)
    return tuple(number for number in of_filter if number in others)
