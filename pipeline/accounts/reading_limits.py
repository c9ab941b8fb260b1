"""Reading limits: ads read by one person, time without a pause. Pure.

Nothing here counts what somebody achieves. It counts what they were exposed to, for them alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

__all__ = ["LEAST_BREAK", "WINDOW", "Care", "Dose", "ReadingAct", "measure_dose"]

WINDOW: Final = timedelta(hours=14)
"""What counts as today: a working day and the night's beginning. It moves with the clock, so that nobody's day starts
anew in the middle of their shift, wherever on earth they sit."""

PAUSE: Final = timedelta(minutes=10)
"""So long without opening or deciding a case is a pause."""

LEAST_BREAK: Final = 5
"""Minutes after which a break may be suggested at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What holds for one person."""

    most: int
    """Cases that they may read today."""

    break_minutes: int
    """Minutes of reading after which a break is suggested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAct:
    """One case opened or decided."""

    act: Literal["saw", "decided"]
    case_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """What one person has read today."""

    case_ids: tuple[int, ...]
    """Cases that were opened, each once, the one opened last at the end."""

    minutes: int
    """Since the last pause; 0 in one."""

    care: Care

    def is_enough_for(self, case_id: int) -> bool:
        """Whether this case is to wait: the limit is reached, and it was not opened before."""
        return len(self.case_ids) >= self.care.most and case_id not in self.case_ids

    def opening(self, case_id: int) -> "Dose":
        """What it is once this case is opened, in the same moment."""
        others = tuple(each for each in self.case_ids if each != case_id)
        return replace(self, case_ids=(*others, case_id))

    @property
    def wants_break(self) -> bool:
        """Whether it is time for one."""
        return self.minutes >= self.care.break_minutes


def measure_dose(acts: Sequence[ReadingAct], care: Care, *, now: datetime) -> Dose:
    """The dose from what was done today, the oldest first."""
    began = last = now
    for moment in sorted((each.at for each in acts), reverse=True):
        if last - moment >= PAUSE:
            break
        began = last = moment
    latest = {each.case_id: number for number, each in enumerate(acts) if each.act == "saw"}
    return Dose(
        case_ids=tuple(sorted(latest, key=lambda case_id: latest[case_id])),
        minutes=int((now - began).total_seconds() // 60),
        care=care,
    )
