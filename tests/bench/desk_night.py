"""A night in a store that others use: batches taken in, campaigns gathered, ads scored, the queue filled.

``python desk_night.py FILE NUMBER PAUSE``: each line that it prints is an act that wrote, and how many milliseconds it
took. All is as on any night, but that the model is a pause between two writes of scores.
"""

import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent), *map(str, (TESTS / "support").iterdir())]

from builders import NOON, make_ad
from crawler.ad import JobAd
from pipeline.nightly.intake import take_in
from pipeline.nightly.pending import gather_campaigns
from pipeline.nightly.queueing import fill_queue
from pipeline.store.store import Store
from store_builders import POLICY, assess, write_batch

SOURCES, ADS = 8, 300
"""Batches, and ads in each."""

SCORED = 100
"""Written together, as a night does."""

YEARS = timedelta(days=5_000)
"""Later than anything in the store."""

FLAGGED = 20
"""One ad in so many."""


def main(database: Path, night: int, pause: float) -> None:
    """One night."""
    with Store.open(database) as store, tempfile.TemporaryDirectory() as folder:
        batches = [
            write_batch(
                Path(folder), _ads(f"bench-{source}", night), night=YEARS.days + night, source=f"bench-{source}"
            )
            for source in range(SOURCES)
        ]
        for batch in batches:
            with _told("intake"):
                list(take_in(store, [batch], gone_after_batches=3, now=NOON))
        with _told("campaigns"):
            gather_campaigns(store, at=NOON)
        for pending in store.assessments.pending("m1", "t1", chunk=SCORED):
            time.sleep(pause)
            with _told("scores"), store.atomic():
                for number, each in enumerate(pending):
                    store.assessments.add(each.version_id, assess(each.ad, 0.1 if number % FLAGGED else 0.9))
        with _told("queue"):
            fill_queue(store, POLICY, night=f"night {night}", now=NOON + YEARS)


def _ads(source: str, night: int) -> Iterator[JobAd]:
    for number in range(ADS):
        words = _unlike(f"{source} {night} {number}")
        yield make_ad(
            ad_id=f"{source}:{night}-{number}", source=source, url=f"https://night.example/{source}/{night}/{number}",
            title=f"Keeper of {words[:8]}", description=words,
        )  # fmt: skip


def _unlike(seed: str) -> str:
    """Some words that no other text has: ads that are alike are found to be a campaign, at a price of its own."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return " ".join(hashlib.sha256(f"{seed} {at}".encode()).hexdigest()[:7].translate(letters) for at in range(40))


@contextmanager
def _told(act: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{act} {1000 * (time.perf_counter() - start):.0f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
