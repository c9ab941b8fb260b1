"""Campaigns of a corpus that workers have signed: joined in one process, as on one machine."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict

from pipeline.exports.cluster.output import Output, schema_of
from pipeline.linking.campaigns import Campaigns, Placed, SignedAd
from pipeline.linking.files import Found

__all__ = ["join_signed"]


def join_signed(folder: str, *, threshold: float, progress: Callable[[int], None]) -> Found:
    """What was found, written into ``campaigns/part-00000.parquet`` of the folder, in the order of the ads.

    Signing a text takes ten times as long as joining it, so the signatures alone are worth other machines; joining
    needs some four kilobytes of memory a text here.
    """
    output = Output(folder)
    placed = Campaigns(threshold=threshold).add_signed(_signed(output, progress)).placed
    Output(f"{folder.rstrip('/')}/campaigns").write(0, schema_of(Placed), map(asdict, placed))
    sizes = Counter(each.campaign_id for each in placed)
    return Found(ads=len(placed), campaigns=len(sizes), copied=sum(size > 1 for size in sizes.values()))


def _signed(output: Output, progress: Callable[[int], None]) -> Iterator[SignedAd]:
    for row in output.read():
        progress(1)
        yield SignedAd(**row)
