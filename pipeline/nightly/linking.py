"""Campaigns and contact graph of a night's ads, each version of an ad once."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.linking.campaigns import METHOD, Campaigns, Joined
from pipeline.linking.contacts import ContactVault
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.store import Store

__all__ = ["Gathered", "gather_campaigns", "link_contacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one night came to."""

    versions: int
    """Texts of ads that were placed."""

    joined: int
    """Of these, how many found others of their campaign."""

    merges: int
    splits: int


def gather_campaigns(store: Store, *, at: datetime, count: Callable[[Gathered], None] = lambda _: None) -> Gathered:
    """Place every version that has no campaign yet; written in one act, so that a crash repeats it whole. ``count``
    hears of it within that act.

    What is kept is not read again, unless it was signed in another way than now. Reading what is kept and meeting it
    takes long, so that it is done before the store is locked: whoever decides meanwhile does not wait for it.
    """
    met = _meet(store) if store.campaigns.method() in {None, METHOD} else None
    with store.atomic():
        before = store.campaigns.placed() if store.campaigns.method() not in {None, METHOD} else {}
        if before:
            store.campaigns.clear()
        if met is None or met.beside != store.campaigns.texts_state():  # somebody has kept or removed others since
            met = _meet(store)
        if met is None:
            return Gathered(versions=0, joined=0, merges=0, splits=0)
        versions, joined = met.versions, met.joined
        store.campaigns.set_method(METHOD)
        for merge in joined.merges:
            store.campaigns.record_event("merged", merge.campaign_id, merge.merged_id, at=at)
        for texts in met.campaigns.since(met.beside[0]):
            store.campaigns.add_texts(texts)
        placed = zip(versions, joined.keys, (place.similarity for place in joined.placed), strict=True)
        store.campaigns.place(placed, at=at)
        if not before:
            store.changes.record_reposts(joined_at=at)
        merges, splits = (
            _take_up_names(store.campaigns, versions, joined, before, at=at) if before else (len(joined.merges), 0)
        )
        found = sum(place.similarity > 0 for place in joined.placed)
        gathered = Gathered(versions=len(versions), joined=found, merges=merges, splits=splits)
        count(gathered)
    return gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """Versions that had no campaign, and where they belong beside the texts that were kept at the time."""

    beside: tuple[int, int]
    versions: Sequence[int]
    joined: Joined
    campaigns: Campaigns
    """With their texts, after those that were kept."""


def _meet(store: Store) -> _Met | None:
    """None where every version has its campaign."""
    beside, versions = store.campaigns.texts_state(), store.campaigns.unplaced_versions()
    if not versions:
        return None
    campaigns = Campaigns(folder=store.db.folder)
    campaigns.restore(store.campaigns.signed_texts())
    joined = campaigns.add(store.ads.by_version(versions))
    return _Met(beside=beside, versions=versions, joined=joined, campaigns=campaigns)


def _take_up_names(
    campaigns: StoredCampaigns, versions: Sequence[int], joined: Joined, before: Mapping[int, str], *, at: datetime
) -> tuple[int, int]:
    """Where all was read again: give each campaign the id that most of its ads had, and record what is no more one or
    has become one. Gives how many merged and split."""
    shares: dict[str, Counter[str]] = {}
    for version_id, place in zip(versions, joined.placed, strict=True):
        if version_id in before:
            shares.setdefault(place.campaign_id, Counter())[before[version_id]] += 1
    ranked = sorted(shares, key=lambda new: (-max(shares[new].values()), new))
    taken: dict[str, str] = {}
    names: dict[str, str] = {}
    for new in ranked:
        # An id that another campaign would get by its own earliest ad is left to that one.
        free = [(n, old) for old, n in shares[new].items() if old not in taken and (old == new or old not in shares)]
        names[new] = max(free)[1] if free else new
        taken[names[new]] = new
    campaigns.rename({new: name for new, name in names.items() if new != name})
    splits = [(old, names[new]) for new in ranked for old in shares[new] if names[new] not in shares[new]]
    merges = [(names[new], old) for new in ranked for old in shares[new] if old not in taken]
    for old, new in dict.fromkeys(splits):
        campaigns.record_event("split", old, new, at=at)
    for name, old in {old: (name, old) for name, old in merges}.values():
        campaigns.record_event("merged", name, old, at=at)
    return len(merges), len(splits)


def link_contacts(store: Store, vault: ContactVault) -> int:
    """How many versions were linked; one act, so that a crash repeats it whole."""
    with store.atomic():
        versions = store.contacts.unlinked_versions()
        for version_id, ad in zip(versions, store.ads.by_version(versions), strict=True):
            store.contacts.link(version_id, ad, vault)
    return len(versions)
