"""Labels from decisions, as a file that training reads.

The model never reads the database.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.ad import JobAd, fingerprint
from crawler.files import dumps_line, whole_file
from model.ad_facts import AdFacts, facts_to_record
from pipeline.case import Decision, Reason
from pipeline.linking.redaction import ad_without_contacts
from pipeline.review.ad_facts import FactCounter
from pipeline.store.decisions import Decisions
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.training.label_errors import Doubt

__all__ = ["disagreements", "export_labels", "label_lines"]


def export_labels(store: Store, path: str | Path, *, contacts: bool = True) -> int:
    """How many labels were written, one object a line in the fields of ``model.datasets.readers``.

    The last decision of each case counts. Who decided and what was noted stay in the house: a note may name people.
    Without ``contacts`` bullets stand for them, and nothing is left that was computed from them.
    """
    count = 0
    with whole_file(path) as file:
        for line in label_lines(store, contacts=contacts):
            file.write(line)
            count += 1
    return count


def label_lines(store: Store, *, contacts: bool, awaited: bool = True) -> Iterator[str]:
    """The labels, a line each; those that await a second opinion too, unless they are ``awaited``."""
    make = _record if contacts else _record_without_contacts
    common: dict[int, datetime] = {}
    for decision, reason, ad in store.decisions.decided_texts(awaited=awaited):
        # Facts as they stood when the text was judged: neither decisions on the case itself nor later ones are among
        # them, or a model would learn to see what it is asked for.
        version = store.ads.first_version(ad.ad_id, decision.fingerprint)
        counter = FactCounter(store, at=decision.decided_at, apart_from=decision.case_id, common=common)
        facts = counter.count({version: ad.ad_id})[ad.ad_id] if version else AdFacts()
        yield dumps_line(make(decision, reason, ad) | {"facts": facts_to_record(facts)})


def _record(decision: Decision, reason: Reason, ad: JobAd) -> dict[str, object]:
    return {
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


def _record_without_contacts(decision: Decision, reason: Reason, ad: JobAd) -> dict[str, object]:
    """The id and the fingerprint are other ones: numbers could be tried out against a hash of the whole text. Of the
    moment the day is left, by which nobody's working hours are told."""
    hidden = ad_without_contacts(ad)
    return _record(decision, reason, hidden) | {
        "ad_id": f"{ad.source}:case-{decision.case_id}",
        "fingerprint": fingerprint(hidden),
        "decided_at": decision.decided_at.astimezone(UTC).date().isoformat(),
    }


def disagreements(decisions: Decisions) -> "tuple[Doubt, ...]":
    """Cases of which the same text was judged differently, the last decision against those before it.

    A verdict that changed with the text, or from ``cannot_tell``, is no disagreement.
    """
    from model.training.label_errors import Doubt  # scikit-learn, seconds that a night has no use for

    found = []
    for last, before in decisions.judged_twice():
        others = [
            decision
            for decision in before
            if decision.fingerprint == last.fingerprint and decision.verdict not in {last.verdict, "cannot_tell"}
        ]
        if others:
            found.append(
                Doubt(
                    ad_id=f"case {last.case_id}", why="decisions_disagree", label=last.verdict,
                    instead=others[-1].verdict, certainty=0.5,
                    others=tuple(decision.decided_at.isoformat() for decision in others),
                )
            )  # fmt: skip
    return tuple(found)
