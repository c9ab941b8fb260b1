"""Decisions as labels: what analysts decided, in a file that training reads. Labels travel as files; the model never
reads the database."""

from collections.abc import Iterator
from pathlib import Path

from crawler.whole_file import dumps_line, whole_file
from pipeline.review_queue import ReviewQueue

__all__ = ["export_labels"]


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
        }
