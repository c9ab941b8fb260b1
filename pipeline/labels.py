"""Decisions as labels: what analysts decided, in a file that training reads. Labels travel as files; the model never
reads the database."""

from collections.abc import Iterator
from pathlib import Path

from crawler.whole_file import dumps_line, whole_file
from model.ad_facts import facts_to_record
from model.doubts import Doubt
from pipeline.ad_facts import judged_facts
from pipeline.case import Decision
from pipeline.review_queue import ReviewQueue

__all__ = ["disagreements", "export_labels"]


def export_labels(queue: ReviewQueue, path: str | Path) -> int:
    """How many labels were written, one object a line in the fields of ``model.datasets.decided``.

    The last decision of each case counts. Who decided and what was noted stay in the house: a note may name people.
    """
    count = 0
    with whole_file(path) as file:
        for record in _records(queue):
            file.write(dumps_line(record))
            count += 1
    return count


def _records(queue: ReviewQueue) -> Iterator[dict[str, object]]:
    for decision, reason, ad in queue.decided_texts():
        yield {
            "ad_id": ad.ad_id,
            "source": ad.source,
            "language": ad.language,
            "title": ad.title,
            "description": ad.description,
            "verdict": decision.verdict,
            "confirmed": list(decision.confirmed),
            "rejected": list(decision.rejected),
            "reason": reason,
            "decided_at": decision.decided_at.isoformat(),
            "fingerprint": decision.fingerprint,
            "facts": facts_to_record(judged_facts(queue, decision, ad.ad_id)),
        }


def disagreements(queue: ReviewQueue) -> tuple[Doubt, ...]:
    """Cases of which the same text was judged differently, the last decision against those before it.

    A verdict that changed with the text, or from ``cannot_tell``, is no disagreement.
    """
    found = []
    for last, before in queue.judged_twice():
        others = [one for one in before if one.fingerprint == last.fingerprint and one.verdict != last.verdict]
        if others := [one for one in others if one.verdict != "cannot_tell"]:
            found.append(_disagreement(last, others))
    return tuple(found)


def _disagreement(last: Decision, others: list[Decision]) -> Doubt:
    return Doubt(
        ad_id=f"case {last.case_id}",
        why="decisions_disagree",
        label=last.verdict,
        instead=others[-1].verdict,
        certainty=0.5,
        others=tuple(one.decided_at.isoformat() for one in others),
    )
