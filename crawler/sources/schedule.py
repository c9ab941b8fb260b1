"""Schedule of a source: whether it is due, by its card and its last batch. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["EVERY", "EVERY_LIKE", "is_due"]

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

EVERY: Final = rf"[1-9]\d?d|({'|'.join(WEEKDAYS)})( ({'|'.join(WEEKDAYS)}))*"
EVERY_LIKE: Final = 'days between two runs such as "3d", or weekdays such as "mon thu"'

SLACK: Final = timedelta(hours=6)
"""By which a night may begin earlier than another one did."""


def is_due(every: str | None, last: datetime | None, *, at: datetime) -> bool:
    """Whether a run is due at this moment, when the last one began then.

    A weekday, in UTC, whose night did not run is made up for in the next night. A last run in the future comes of a
    clock that was ahead, and says nothing.
    """
    if every is None or last is None or last > at:
        return True
    if days := re.fullmatch(r"(\d+)d", every):
        return at - last >= timedelta(days=int(days[1])) - SLACK
    today = at.astimezone(UTC).date()
    since = (today - last.astimezone(UTC).date()).days
    return any(WEEKDAYS[(today - timedelta(days=ago)).weekday()] in every.split() for ago in range(min(since, 7)))
