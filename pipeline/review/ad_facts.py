"""Ad facts for the model: changes, reposts, and the reach of contacts, at a moment."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from model.ad_facts import AdFacts
from pipeline.store.contacts import NO_CASE, Reach
from pipeline.store.store import Store

if TYPE_CHECKING:
    pass

__all__ = ["FactCounter", "facts_of"]


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
