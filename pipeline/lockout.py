"""How long a name must wait after sign-ins that failed. Pure policy."""

from datetime import timedelta
from typing import Final

__all__ = ["FREE_TRIES", "LONGEST_PAUSE", "pause_after"]

FREE_TRIES: Final = 5
"""Failed tries in a row before a name must wait."""

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
"""The pause doubles up to here: some 30 guesses a day for one name, and whoever was locked out by a stranger works on
within the hour."""


def pause_after(failed: int) -> timedelta:
    """The wait after so many failed tries in a row."""
    if failed < FREE_TRIES:
        return timedelta()
    doublings = min(failed - FREE_TRIES, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
