"""Pending ads: campaigns, contacts, assessments, licences, facts of offers."""

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from crawler.ad import JobAd
from crawler.files import read_word_list
from model.evaluation.facets import named_genders, sector_of_text, spaced, word_sign
from pipeline.case import OfferFacts
from pipeline.errors import RegisterError
from pipeline.licences.lookup import open_index
from pipeline.licences.register import RegisterVersion, is_stale
from pipeline.licences.results import RESULTS, Result
from pipeline.linking.campaigns import METHOD, Campaigns, Joined
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.report import LookedUp
from pipeline.review.decisions import FactCounter
from pipeline.review.model_in_service import ADS_AT_ONCE, AdsToScore, Places, score_chunks
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.assessor import Assessor


log = structlog.get_logger()

OFFERS_AT_ONCE: Final = 500

READING = 1
"""Raised when claims are read or judged otherwise: every present ad is then looked up anew."""

CHUNK = 1_000
_READ: Final = 4_000
"""Characters of a description that are looked at."""

_OLD_WAYS: Final = frozenset({"phone", "email", "web", "url", "website"})
"""Kinds of contact that are no messenger and no network: what is not here is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one night came to."""

    versions: int
    joined: int
    """Of these, how many found others of their campaign."""

    merges: int


def gather_campaigns(store: Store, *, at: datetime, run_id: int | None = None) -> Gathered:
    """Place every version that has no campaign yet; written in one act with the counts of the night, so that a crash
    repeats it whole.

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
            return Gathered(versions=0, joined=0, merges=0)
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
        merges = _take_up_names(store.campaigns, versions, joined, before, at=at) if before else len(joined.merges)
        found = sum(place.similarity > 0 for place in joined.placed)
        if run_id is not None:
            store.runs.count_up(run_id, {"copies": found, "campaigns_merged": merges})
    return Gathered(versions=len(versions), joined=found, merges=merges)


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
) -> int:
    """Where all was read again: give each campaign the id that most of its ads had, and record what is no more one or
    has become one. Gives how many merged."""
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
    return len(merges)


def link_contacts(store: Store, vault: ContactVault) -> None:
    """Link every version whose contacts are not in the graph yet; one act, so that a crash repeats it whole."""
    with store.atomic():
        versions = store.contacts.unlinked_versions()
        for version_id, ad in zip(versions, store.ads.by_version(versions), strict=True):
            store.contacts.link(version_id, ad, vault)


def assess_pending(
    store: Store, assessor: "Assessor", *, places: Places, workers: int, now: datetime, progress: Callable[[int], None]
) -> None:
    """Assess the ads of the store that this model has not read; each chunk is kept as soon as it is read.

    ``places`` are the folders that ``assessor`` was loaded from: few ads are read here, of more each worker loads its
    own. ``progress`` hears of each chunk before it is committed.
    """
    counter = FactCounter(store, at=now)
    pending = (
        AdsToScore(
            [each.ad for each in chunk],
            counter.count({each.version_id: each.ad.ad_id for each in chunk}) if assessor.reads_facts else {},
            tuple(each.version_id for each in chunk),
        )
        for chunk in store.assessments.pending(assessor.model_version, assessor.taxonomy_version, chunk=ADS_AT_ONCE)
    )
    for chunk, (rows, _) in score_chunks(pending, places=places, workers=workers, now=now, assessor=assessor):
        with store.atomic():
            store.assessments.add_rows(zip(chunk.versions, rows, strict=True))
            progress(len(rows))


def read_offers(store: Store) -> None:
    """Read the offers of new cases, of changed texts and of new assessments, some at a time.

    The overview counts cases by these facts, so that no page has to read texts.
    """
    while offers := store.assessments.pending_offers(limit=OFFERS_AT_ONCE):
        with store.atomic():
            for version_id, assessment_id, ad, hints in offers:
                store.assessments.set_offer_facts(version_id, assessment_id, read_offer(ad), hints)


def look_up_pending(store: Store, registers: Path, maps: Path, *, free_mail: Container[str], now: datetime) -> LookedUp:
    """What looking up the ads came to; each chunk is kept as soon as it is done. Nothing where no register is here.

    A register that cannot be read is a problem to report, and never costs the night.
    """
    try:
        index = open_index(registers, maps, free_mail=free_mail)
    except RegisterError as err:
        log.error("registers cannot be read", error=type(err).__name__)  # noqa: TRY400 - the report has the message
        return LookedUp(problems=(f"no licence was looked up: {err}",))
    if index is None:
        return LookedUp()
    key = registers_key(index.versions)
    results: Counter[Result] = Counter()
    for chunk in store.licences.pending(key, chunk=CHUNK):
        lookups = list(index.look_up((pending.ad for pending in chunk), now=now))
        with store.atomic():
            for pending, lookup in zip(chunk, lookups, strict=True):
                store.licences.add(pending.version_id, key, lookup)
        results.update(lookup.result for lookup in lookups)
    return LookedUp(
        ads=results.total(),
        registers=len(index.versions),
        results={result: results[result] for result in RESULTS if results[result]},
        stale=tuple(
            f"{each.name} of {each.as_of}"
            for each in index.versions
            if is_stale(each.as_of, each.good_for_days, now.date())
        ),
    )


def registers_key(versions: Sequence[RegisterVersion]) -> str:
    """A name for these very versions: ads are looked up again when one of them changes."""
    versions_line = "\n".join(sorted(f"{each.name} {each.as_of} {each.digest}" for each in versions))
    return hashlib.blake2b(f"{READING}\n{versions_line}".encode(), digest_size=16).hexdigest()


def read_offer(ad: JobAd) -> OfferFacts:
    """The facts of an ad's title and the beginning of its description."""
    text = f"{ad.title}\n{ad.description[:_READ]}"
    words = spaced(text)
    if any(contact.kind not in _OLD_WAYS for contact in ad.contacts):
        reached = "messenger"
    else:
        reached = "other" if ad.contacts or ad.apply_url else "not_said"
    return OfferFacts(
        sector=sector_of_text(text),
        addressed=named_genders(text, ad.language),
        schooling=next((level for level, signs in _levels() if any(sign in words for sign in signs)), "not_said"),
        reached=reached,
    )


@cache
def _levels() -> tuple[tuple[str, tuple[str, ...]], ...]:
    levels = read_word_list("schooling_words")
    return tuple(
        (level, tuple(word_sign(word.strip().casefold(), is_whole=False) for word in words.split(",")))
        for level, words in levels.items()
    )
