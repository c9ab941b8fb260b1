"""Campaigns: clusters of ads with one text under changing names and numbers.

A night's ads are compared with all stored ones by their signatures; no stored text is read again. Groups are
connected components, and do not depend on the order of ads within one night. A campaign's id never changes; where a new
ad joins two campaigns, the older one's id stays and the merge is recorded.

A changed word spoils all shingles around it. The common subsequence of words tells a copy with some words changed,
which still has nearly all of the shorter text, from two ads that merely share some paragraphs.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self

import numpy as np

from crawler.ad import JobAd
from crawler.files import dumps_line, whole_file
from model.batches import in_batches
from model.datasets.near_copies import NearCopies, connected
from pipeline.linking.describe import CampaignName, NamedTexts, SignedText
from pipeline.linking.near_duplicates import (
    SIGNED_BY,
    Pairs,
    Passages,
    Rows,
    Shares,
    TextIndex,
    pack,
    shingle_all,
    sign,
    similar_pairs,
    words_shared,
)
from pipeline.settings.console import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where one ad belongs."""

    ad_id: str
    campaign_id: str
    similarity: float
    """To the most similar other text of its campaign: 1.0 where another ad reads the same but for its numbers, 0.0 for
    an ad that stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two campaigns turned out to be one."""

    campaign_id: str
    """The older one, whose id stays."""

    merged_id: str
    """The one whose ads it took over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a night's ads came to."""

    placed: tuple[Placed, ...]
    """In the order of the ads."""

    merges: tuple[Merge, ...]

    keys: Sequence[int]
    """The key of each ad's text, in the order of the ads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAd:
    """What an ad is compared by; it may be signed in another process than the one that compares."""

    ad_id: str
    seen_at: datetime
    key: int
    size: int
    signature: bytes
    words: str


def sign_ads(ads: Iterable[JobAd]) -> Iterator[SignedAd]:
    """The ads as ``Campaigns.add_signed`` takes them, in their order."""
    for chunk in in_batches(ads, _CHUNK):
        texts = shingle_all(chunk)
        for ad, text, signature in zip(chunk, texts, sign([text.hashes for text in texts]), strict=True):
            yield SignedAd(
                ad_id=ad.ad_id, seen_at=ad.seen_at, key=text.key, size=len(text.hashes),
                signature=pack(signature), words=text.words,
            )  # fmt: skip


THRESHOLD: Final = 0.9
"""The share of the shorter text's words that must stand in the other in the same order."""

STRICT: Final = 0.8
"""So alike in their shingles, two texts are one template whatever they share it with."""

UNCOMMON: Final = 0.65
"""So much of the shorter text must stand in the other where passages that many texts have count little."""

_LEAST_PLAIN: Final = 0.2
"""What two texts must agree in at all before anything else of them is compared."""

METHOD: Final = f"3 {SIGNED_BY}"
"""What texts are cut, signed and met by; where it is another than a store's, its texts must be read again."""

_CHUNK: Final = 256
_STORED: Final = 10_000


class Campaigns:
    """All campaigns so far: signatures of texts, which of them are one, and which ads have them; no text itself.

    What was signed is in a temporary file in ``folder``, by default where the system has such files.
    """

    def __init__(self, *, threshold: float = THRESHOLD, folder: Path | None = None) -> None:
        self._threshold = threshold
        self._texts = TextIndex(folder)
        self._roots = np.empty(0, dtype=np.intp)  # of each text the first one of its campaign
        self._names: list[CampaignName | None] = []  # of this first text
        self._unlike = np.empty(0, dtype=np.intp)
        self._nearest = np.empty(0, dtype=np.float32)
        self._bearers: list[str | None] = []  # of each text an ad; None where it came before any was added
        self._repeated: set[int] = set()

    def restore(self, batches: Iterable[NamedTexts]) -> None:
        """Take up texts that were signed and named before, each of some ad, before any ad is added."""
        roots: dict[CampaignName, int] = {}
        rows = array("q")
        for batch in batches:
            self._texts.keep(text for text, _ in batch)
            rows.extend(roots.setdefault(name, row) for row, (_, name) in enumerate(batch, len(rows)))
        self._grow(rows)
        for name, row in roots.items():
            self._names[row] = name
        self._bearers = [None] * len(rows)
        self._unlike = np.array([*roots.values()], dtype=np.intp)

    def since(self, first: int) -> Iterator[NamedTexts]:
        """What is stored of the texts from the ``first`` on, some thousands at a time."""
        rows = range(first, len(self._texts))
        for some in in_batches(zip(rows, islice(self._texts.rows, first, None), strict=True), _STORED):
            yield [(self._texts.signed(row, key), self._name_of(row)) for row, key in some]

    def add(self, ads: Iterable[JobAd]) -> Joined:
        """Where each of a night's ads belongs. An ad that is there already changes nothing."""
        return self.add_signed(sign_ads(ads))

    def add_signed(self, ads: Iterable[SignedAd]) -> Joined:
        """The same for ads that were signed, in another process perhaps."""
        first = len(self._texts)
        ad_ids: list[str] = []
        moments: list[datetime] = []
        rows = array("q")
        for chunk in in_batches(ads, _CHUNK):
            fresh = {ad.key: ad for ad in chunk if ad.key not in self._texts.rows}
            self._texts.keep(SignedText(ad.key, ad.size, ad.signature, ad.words) for ad in fresh.values())
            self._bearers += [ad.ad_id for ad in fresh.values()]
            for ad in chunk:
                row = self._texts.rows[ad.key]
                if self._bearers[row] != ad.ad_id:
                    self._repeated.add(row)
                ad_ids.append(ad.ad_id)
                moments.append(ad.seen_at)
                rows.append(row)
        merged = self._link(first)
        self._name(zip(moments, ad_ids, rows, strict=True))
        keys = self._texts.keys
        merges = {Merge(campaign_id=self._name_of(row).campaign_id, merged_id=name) for row, name in merged}
        return Joined(
            placed=tuple(
                Placed(
                    ad_id=ad_id,
                    campaign_id=self._name_of(row).campaign_id,
                    similarity=1.0 if row in self._repeated else round(float(self._nearest[row]), 3),
                )
                for ad_id, row in zip(ad_ids, rows, strict=True)
            ),
            merges=tuple(sorted(merges, key=lambda merge: (merge.campaign_id, merge.merged_id))),
            keys=array("q", (keys[row] for row in rows)),
        )

    def _grow(self, roots: Sequence[int] | Rows) -> None:
        """Take in texts by their roots."""
        self._roots = np.append(self._roots, np.asarray(roots, dtype=np.intp))
        self._names += [None] * len(roots)
        self._nearest = np.append(self._nearest, np.zeros(len(roots), dtype=np.float32))

    def _link(self, first: int) -> list[tuple[int, str]]:
        """Join what is alike among the texts from ``first`` on and those before; a row and the lost id a merge."""
        texts = self._texts
        if len(texts) == first:
            return []
        fresh = np.arange(first, len(texts))
        self._grow(fresh)
        pairs, plain = similar_pairs(texts, since=first, least=_LEAST_PLAIN)
        surely = plain >= STRICT
        lost = self._join(pairs.where(surely), plain[surely])
        # Of each group that has none from before, one row: the one whose text sorts first.
        alone = fresh[self._roots[fresh] >= first]
        alone = alone[np.argsort(texts.keys[alone])]
        _, chosen = np.unique(self._roots[alone], return_index=True)
        self._unlike = np.append(self._unlike, alone[chosen])
        rest = pairs.where(~surely)
        del pairs, plain, surely  # there are several a text
        rest = rest.where(Passages(texts, self._unlike).shared(rest) >= UNCOMMON)
        likeness = (
            words_shared(texts.words(left), texts.words(right))
            for left, right in zip(rest.left.tolist(), rest.right.tolist(), strict=True)
        )
        shared = np.fromiter(likeness, dtype=np.float32, count=len(rest))
        alike = shared >= self._threshold
        return lost + self._join(rest.where(alike), shared[alike])

    def _join(self, pairs: Pairs, likeness: Shares) -> list[tuple[int, str]]:
        np.maximum.at(self._nearest, pairs.left, likeness)
        np.maximum.at(self._nearest, pairs.right, likeness)
        before, rows = self._roots, np.arange(len(self._roots))
        self._roots = connected([(rows, before), (pairs.left, pairs.right)], len(rows))
        lost: list[tuple[int, str]] = []
        for row in np.flatnonzero((before == rows) & (self._roots != rows)).tolist():
            if (name := self._names[row]) is not None:
                # A group takes over the name of another; the younger of two is lost.
                root = int(self._roots[row])
                own = self._names[root]
                self._names[row], self._names[root] = None, min(own or name, name)
                if own is not None:
                    lost.append((root, max(own, name).campaign_id))
        return lost

    def _name(self, come: Iterable[tuple[datetime, str, int]]) -> None:
        """New campaigns are named after their earliest ad. An ad is a moment, an id and the row of its text."""
        keys = self._texts.keys
        earliest: dict[int, tuple[datetime, str, int]] = {}
        for moment, ad_id, row in come:
            if self._names[root := int(self._roots[row])] is None:
                age = moment, ad_id, int(keys[row])
                earliest[root] = min(age, earliest.get(root, age))
        for root, (since, ad_id, key) in earliest.items():
            content = f"{ad_id}\x1f{key}".encode("utf-8", "surrogatepass")
            self._names[root] = CampaignName(since, f"c{hashlib.blake2b(content, digest_size=8).hexdigest()}")

    def _name_of(self, row: int) -> CampaignName:
        name = self._names[int(self._roots[row])]
        assert name is not None, "every group is named once its ads have come"
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file's campaigns came to."""

    ads: int
    campaigns: int
    copied: int
    """Campaigns of more than one ad."""

    @classmethod
    def of(cls, placed: Sequence[Placed]) -> Self:
        """The counts of placed ads."""
        sizes = Counter(each.campaign_id for each in placed)
        return cls(ads=len(placed), campaigns=len(sizes), copied=sum(size > 1 for size in sizes.values()))


def write_campaigns(
    ads: Iterable[JobAd], output: str | Path, *, threshold: float, progress: Callable[[int], None]
) -> Found:
    """What was found. The file is in the order of the ads, and there whole or not at all."""
    placed = Campaigns(threshold=threshold).add(counted(ads, progress)).placed
    with whole_file(output) as file:
        file.writelines(dumps_line(asdict(each)) for each in placed)
    return Found.of(placed)


_MOST_CLUSTERED: Final = 100_000
"""In more ads there is more chance than passage in what chains them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClusters:
    """What a file's clusters came to."""

    ads: int
    clusters: int
    shared: int
    """Clusters of more than one ad."""

    largest: int
    """How many ads the largest one has."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why not to take the clusters as they are."""
        found = []
        if self.ads > _MOST_CLUSTERED:
            found.append(
                f"clusters are meant for up to {_MOST_CLUSTERED} ads; in more, chance chains what has little in common"
            )
        if self.ads >= 100 and self.largest * 5 > self.ads:  # of fewer ads a fifth may well be copies
            found.append(
                f"one cluster holds {self.largest} of the ads: a chain, or what all of them have; raise --level"
            )
        return tuple(found)


def write_clusters(
    ads: Iterable[JobAd], output: str | Path, *, level: float, progress: Callable[[int], None]
) -> FoundClusters:
    """What was found. The file is in the order of the ads, and there whole or not at all."""
    named: list[tuple[str, str]] = []
    found = NearCopies(_named_texts(ads, named, progress)).clusters(level)
    sizes = Counter(found)
    first: dict[int, tuple[str, str]] = {}
    for number, name in zip(found, named, strict=True):
        first[number] = min(name, first.get(number, name))
    with whole_file(output) as file:
        for number, (ad_id, _) in zip(found, named, strict=True):
            line = {"ad_id": ad_id, "cluster_id": f"k{first[number][1]}", "ads": sizes[number]}
            file.write(dumps_line(line))
    shared = sum(size > 1 for size in sizes.values())
    return FoundClusters(ads=len(found), clusters=len(sizes), shared=shared, largest=max(sizes.values(), default=0))


def whole_text(ad: JobAd) -> str:
    """All that an ad says, of its employer too."""
    return "\n".join(part for part in (ad.title, ad.company_profile, ad.description) if part)


def _named_texts(ads: Iterable[JobAd], named: list[tuple[str, str]], progress: Callable[[int], None]) -> Iterator[str]:
    """The ads' whole texts; ``named`` gets its id and a sign of both."""
    for ad in ads:
        text = whole_text(ad)
        content = f"{ad.ad_id}\x1f{text}".encode("utf-8", "surrogatepass")
        named.append((ad.ad_id, hashlib.blake2b(content, digest_size=8).hexdigest()))
        progress(1)
        yield text
