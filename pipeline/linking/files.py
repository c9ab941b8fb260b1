"""Campaigns and clusters files: JSON Lines of ads."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from crawler.ad import JobAd
from crawler.files import dumps_line, whole_file
from model.datasets.near_copies import PASSAGE_LEVEL, NearCopies
from pipeline.linking.campaigns import THRESHOLD, Campaigns, Placed
from pipeline.settings.console import counted

__all__ = ["PASSAGE_LEVEL", "THRESHOLD", "Found", "whole_text", "write_campaigns", "write_clusters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file came to."""

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


_MOST: Final = 100_000
"""In more ads there is more chance than passage in what chains them."""

_FEWEST: Final = 100
"""Of fewer ads a fifth may well be copies."""

_PART: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClusters:
    """What a file came to."""

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
        if self.ads > _MOST:
            found.append(f"clusters are meant for up to {_MOST} ads; in more, chance chains what has little in common")
        if self.ads >= _FEWEST and self.largest * _PART > self.ads:
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
