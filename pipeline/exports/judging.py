"""What the people who decided a case said of it, without their names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from pipeline.case import Decision
from pipeline.exports.referral import Judged, Opinion
from pipeline.review_queue import ReviewQueue

__all__ = ["judged_by", "opinions_on"]

Role = Literal["first", "second", "settled"]

_SAID: Final[dict[tuple[bool, bool], Judged]] = {
    (True, False): "confirmed",
    (False, True): "rejected",
    (True, True): "disputed",
}
"""By whether anybody found it true of the offer, and anybody wrongly shown."""


def opinions_on(queue: ReviewQueue, case_id: int) -> tuple[Opinion, ...]:
    """The first opinion, the second, and the decision that settled them where it was needed."""
    numbers = queue.opinion_numbers(case_id)
    if numbers is None:
        return ()
    standing = queue.standing_decision(case_id)
    made = {each.decision_id: each for each in queue.decisions(case_id)}
    roles: list[tuple[Role, Decision | None]] = [
        ("first", made.get(numbers.first)),
        ("second", made.get(numbers.second)),
        ("settled", standing if numbers.standing == "settled" else None),
    ]
    return tuple(_opinion(role, decision) for role, decision in roles if decision is not None)


def judged_by(opinions: Sequence[Opinion]) -> Mapping[str, Judged]:
    """What they said of each indicator that anybody judged; whoever settled it has the last word."""
    return {key: _SAID[answer] for key, answer in _answers(opinions)}


def _answers(opinions: Sequence[Opinion]) -> Iterator[tuple[str, tuple[bool, bool]]]:
    last = [each for each in opinions if each.role == "settled"]
    for key in sorted({key for each in opinions for key in (*each.confirmed, *each.rejected)}):
        heard = [each for each in last if key in each.confirmed or key in each.rejected] or opinions
        yield key, (any(key in each.confirmed for each in heard), any(key in each.rejected for each in heard))


def _opinion(role: Role, decision: Decision) -> Opinion:
    return Opinion(
        role=role,
        verdict=decision.verdict,
        confirmed=decision.confirmed,
        rejected=decision.rejected,
        decided_at=decision.decided_at,
    )
