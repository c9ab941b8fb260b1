"""Speed, as ratios against named references in the same run: machines are shared, seconds alone say nothing.

make bench
"""

import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from crawler.ad import JobAd
from crawler.extract.page import read_page
from model.assessor import Assessor
from model.datasets.catalogue import find_dataset, read_catalogue, read_dataset

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 2, tzinfo=UTC)
ADS = 3_000
ROUNDS = 3


def main() -> None:
    """Measure, and print a line each."""
    ads = sample_ads()
    length = sum(len(ad.title) + len(ad.description) for ad in ads) / len(ads)
    print(f"{len(ads)} ads, {length:.0f} characters on average, one core, best of {ROUNDS}")
    compare_scoring(ads)
    compare_extraction()


def sample_ads() -> list[JobAd]:
    """Ads in the mix of the catalogue's collections on this machine, at least the invented ones."""
    cards = read_catalogue(ROOT / "data" / "datasets.toml")
    rows = [row.ad for card in cards if find_dataset(card, ROOT) for row in read_dataset(card, ROOT, seed=1)]
    return list(islice(cycle(rows[:: max(1, len(rows) // ADS)]), ADS))


def compare_scoring(ads: list[JobAd]) -> None:
    """lurewatch with evidence and exact reasons, against the usual scikit-learn recipe without any."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    texts = [f"{ad.title}\n{ad.description}" for ad in ads]
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    reference = make_pipeline(make_union(words, letters), LogisticRegression(max_iter=50))
    reference.fit(texts[::3], [place % 2 for place in range(len(texts[::3]))])  # its speed does not hang on the labels
    current = (ROOT / "data" / "models" / "current").read_text().strip()
    start = time.perf_counter()
    assessor = Assessor.load(ROOT / "data" / "models" / current, ROOT / "data" / "taxonomy")
    print(f"load     the shipped model in {time.perf_counter() - start:.2f} s")
    ours = rate(lambda: sum(1 for _ in assessor.assess(ads, assessed_at=NOW)), len(ads))
    theirs = rate(lambda: reference.predict_proba(texts), len(ads))
    report("score", "TfidfVectorizer word 1-2 + char_wb 3-5, LogisticRegression", ours, theirs)


def compare_extraction() -> None:
    """Our reader on a clean page, against parsel and json on the same page, which read the JSON-LD and no more."""
    import json

    from parsel import Selector

    page = sample_page()

    def theirs() -> None:
        scripts = Selector(page.decode()).xpath("//script[@type='application/ld+json']/text()").getall()
        for script in scripts:
            json.loads(script)

    count = 300
    ours = rate(lambda: [read_page(page, url="http://127.0.0.1/job/1") for _ in range(count)], count)
    report("extract", "parsel and json on a clean page", ours, rate(lambda: [theirs() for _ in range(count)], count))


def sample_page() -> bytes:
    """A board's page around an invented ad: clean JSON-LD in 60 KB of markup."""
    import json

    with (ROOT / "data" / "samples" / "board" / "ads" / "en.toml").open("rb") as file:
        ad = tomllib.load(file)["ad"][0]
    posting = {"@context": "https://schema.org", "@type": "JobPosting", "title": ad["title"], "description": ad["body"]}
    markup = "<div class='row'><a href='/other'><span>Another page of the board</span></a></div>" * 700
    script = f"<script type='application/ld+json'>{json.dumps(posting)}</script>"
    return f"<html><head><title>{ad['title']}</title>{script}</head><body>{markup}</body></html>".encode()


def rate(work: Callable[[], object], count: int) -> float:
    """How many a second in the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return count / best


def report(name: str, reference: str, ours: float, theirs: float) -> None:
    print(f"{name:8} {ours:9,.0f} a second, {ours / theirs:5.1f} times {reference} ({theirs:,.0f})")


if __name__ == "__main__":
    sys.exit(main())
