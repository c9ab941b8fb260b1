"""Campaigns files: JSON Lines, one ad a line with the campaign that it belongs to."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from crawler.ad import JobAd
from crawler.whole_file import dumps_line, whole_file
from pipeline.campaigns import Campaigns

__all__ = ["Found", "write_campaigns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file came to."""

    ads: int
    campaigns: int
    copied: int
    """Campaigns of more than one ad."""


def write_campaigns(
    ads: Iterable[JobAd], output: str | Path, *, threshold: float, progress: Callable[[int], None]
) -> Found:
    """What was found. The file is in the order of the ads, and there whole or not at all."""
    placed = Campaigns(threshold=threshold).add(_told(ads, progress)).placed
    with whole_file(output) as file:
        file.writelines(dumps_line(asdict(each)) for each in placed)
    sizes = Counter(each.campaign_id for each in placed)
    return Found(ads=len(placed), campaigns=len(sizes), copied=sum(size > 1 for size in sizes.values()))


def _told(ads: Iterable[JobAd], progress: Callable[[int], None]) -> Iterator[JobAd]:
    for ad in ads:
        progress(1)
        yield ad
