"""Scoring an ad, against the usual scikit-learn recipe."""

import time
from datetime import UTC, datetime
from itertools import cycle, islice

from bench.timing import ROOT, ROUNDS, rate, report
from crawler.ad import JobAd
from model.assessor import Assessor
from model.datasets.catalogue import find_dataset, read_catalogue, read_dataset

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ADS = 3_000


def compare_scoring() -> None:
    """lurewatch with evidence and exact reasons, against the usual scikit-learn recipe without any."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    ads = sample_ads()
    length = sum(len(ad.title) + len(ad.description) for ad in ads) / len(ads)
    print(f"{len(ads)} ads, {length:.0f} characters on average, one core, best of {ROUNDS}")
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


def sample_ads() -> list[JobAd]:
    """Ads in the mix of the catalogue's collections on this machine, at least the invented ones."""
    cards = read_catalogue(ROOT / "data" / "datasets.toml")
    rows = [row.ad for card in cards if find_dataset(card, ROOT) for row in read_dataset(card, ROOT, seed=1)]
    return list(islice(cycle(rows[:: max(1, len(rows) // ADS)]), ADS))
