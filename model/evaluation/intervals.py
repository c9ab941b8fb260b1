"""How sure a share of so many is: 95 % intervals, or of another confidence where that is asked for."""

import math

from scipy.special import betaincinv

__all__ = ["clopper_pearson", "newcombe", "wilson"]


def wilson(share: float, count: float, *, errors: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share of so many (Wilson, 1927), or one of as many standard errors as are asked for."""
    z2 = errors**2
    middle, wide = share + z2 / (2 * count), errors * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return (middle - wide) / (1 + z2 / count), (middle + wide) / (1 + z2 / count)


def newcombe(
    share: float, count: float, other: float, other_count: float, *, errors: float = 1.96
) -> tuple[float, float]:
    """The interval of how much a share is above another one, from the two Wilson intervals (Newcombe, 1998)."""
    low, high = wilson(share, count, errors=errors)
    other_low, other_high = wilson(other, other_count, errors=errors)
    difference = share - other
    return (
        difference - math.hypot(share - low, other_high - other),
        difference + math.hypot(high - share, other - other_low),
    )


def clopper_pearson(share: float, count: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """The interval that is never too narrow, whatever the share (Clopper and Pearson, 1934).

    ``count`` need not be whole: a weighted sample stands for as many as its effective size (Korn and Graubard, 1998).
    """
    tail, found = (1 - confidence) / 2, share * count
    low = float(betaincinv(found, count - found + 1, tail)) if found > 0 else 0.0
    high = float(betaincinv(found + 1, count - found, 1 - tail)) if found < count else 1.0
    return low, high
