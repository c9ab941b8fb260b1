"""How often analysts agree beyond chance: Cohen's kappa for two, Krippendorff's alpha for any number. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

__all__ = ["cohens_kappa", "krippendorffs_alpha"]


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Agreement of two people over the same cases; 1 is always, 0 as by chance. None where chance alone would always
    agree, as with no cases or one and the same answer throughout."""
    count = len(pairs)
    if not count:
        return None
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[answer] * second[answer] for answer in first) / count**2
    if by_chance == 1:
        return None
    agreed = sum(one == other for one, other in pairs) / count
    return (agreed - by_chance) / (1 - by_chance)


def krippendorffs_alpha(cases: Iterable[Sequence[Hashable]]) -> float | None:
    """Agreement over cases of which each has the answers of whoever judged it; nominal. Cases with one answer say
    nothing. None where there is nothing to compare, or no two answers differ."""
    judged = [answers for answers in cases if len(answers) > 1]
    totals = Counter(answer for answers in judged for answer in answers)
    count = totals.total()
    expected = (count**2 - sum(each**2 for each in totals.values())) / (count - 1) if count > 1 else 0
    if not expected:
        return None
    observed = sum(
        (len(answers) ** 2 - sum(each**2 for each in Counter(answers).values())) / (len(answers) - 1)
        for answers in judged
    )
    return 1 - observed / expected
