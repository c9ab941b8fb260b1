"""Labels from decisions, as a file that training reads, and facts of ads. The model never reads the database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.ad import fingerprint
from crawler.files import dumps_line, whole_file
from model.ad_facts import AdFacts, facts_to_record
from pipeline.linking.redaction import ad_without_contacts
from pipeline.store.contacts import NO_CASE, Reach
from pipeline.store.decisions import Decisions
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.training.label_errors import Doubt

__all__ = ["FactCounter", "disagreements", "export_labels", "facts_of", "label_lines"]


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
    common: dict[int, datetime] = {}
    for decision, reason, whole in store.decisions.decided_texts(awaited=awaited):
        # Facts as they stood when the text was judged: neither decisions on the case itself nor later ones are among
        # them, or a model would learn to see what it is asked for.
        version = store.ads.first_version(whole.ad_id, decision.fingerprint)
        counter = FactCounter(store, at=decision.decided_at, apart_from=decision.case_id, common=common)
        facts = counter.count({version: whole.ad_id})[whole.ad_id] if version else AdFacts()
        ad = whole if contacts else ad_without_contacts(whole)
        label = {
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
            "facts": facts_to_record(facts),
        }
        if not contacts:
            # Another id and fingerprint: numbers could be tried out against a hash of the whole text. Of the moment the
            # day is left, by which nobody's working hours are told.
            label |= {
                "ad_id": f"{ad.source}:case-{decision.case_id}",
                "fingerprint": fingerprint(ad),
                "decided_at": decision.decided_at.astimezone(UTC).date().isoformat(),
            }
        yield dumps_line(label)


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


class FactCounter:
    """Facts as they stood at one moment, leaving out what was decided of one case. Each contact is looked up once."""

    def __init__(
        self, store: Store, *, at: datetime, apart_from: int = NO_CASE, common: dict[int, datetime] | None = None
    ) -> None:
        """``common`` are contacts that connected nothing at some moment, and so do not at any later one."""
        self._store, self._at, self._apart_from = store, at, apart_from
        self._known: dict[int, Reach | None] = {}
        self._common = {} if common is None else common

    def count(self, versions: Mapping[int, str]) -> dict[str, AdFacts]:
        """The facts of some versions of ads, each with its ad's id, by that id."""
        ads = list(versions.values())
        changes = self._store.changes.counts(ads, at=self._at)
        reposts = self._store.changes.repost_counts(ads, at=self._at)
        contacts = self._store.contacts.of_versions(versions)
        return {
            ad_id: AdFacts(
                **{f"{fact}_changed": count for fact, count in changes.get(ad_id, {}).items()},
                **reposts.get(ad_id, {}),
                **self._reach(contacts.get(ad_id, ())),
            )
            for ad_id in ads
        }

    def _reach(self, contacts: Iterable[int]) -> dict[str, int]:
        """How far those of an ad's contacts reach that connect anything."""
        reaches = (self._reach_of(contact) for contact in contacts)
        specific = [reach for reach in reaches if reach and reach.is_specific]
        if not specific:
            return {}
        return {
            "contact_harmful_cases": max(reach.harmful_cases for reach in specific),
            "contact_lawful_cases": min(reach.lawful_cases for reach in specific),
            "contact_employers": max(reach.employers for reach in specific),
            "contact_countries": max(reach.countries for reach in specific),
            "contact_days": min(max(0, (self._at - reach.first_seen).days) for reach in specific),
        }

    def _reach_of(self, contact: int) -> Reach | None:
        if contact in self._known:
            return self._known[contact]
        if contact in self._common and self._common[contact] <= self._at:
            return None
        reach = self._known[contact] = self._store.contacts.reach(contact, at=self._at, apart_from=self._apart_from)
        if not reach.is_specific:
            self._common[contact] = self._at
        return reach


def facts_of(store: Store, ad_id: str, *, at: datetime) -> AdFacts:
    """The facts of an ad, as it was last seen, as they stand at that moment."""
    version = store.ads.current_version(ad_id)
    return FactCounter(store, at=at).count({version: ad_id})[ad_id] if version else AdFacts()
