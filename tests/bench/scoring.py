"""Scoring ads: the first look against two usual recipes, two workers against one, and a long night with both looks."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np

from bench.timing import ROOT, rates_in_turn, report
from crawler.ad import JobAd
from crawler.ad_record import ad_to_record
from crawler.collecting import collect_seldom
from model.assessor import Assessor
from model.classifier.features import SignReader
from model.classifier.fitting import Recipe, build_design, fit_classifier, read_logits
from model.datasets.catalogue import find_dataset, read_catalogue, read_dataset, read_datasets
from model.datasets.labels import LabelledAd, acts
from model.embedding.encoder import NONE
from model.evaluation.evaluate import fold_numbers
from model.evaluation.metrics import average_precision
from model.reading.reader import EvidenceReader
from model.taxonomy.loader import load_taxonomy

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ADS = 3_000
NIGHT = 100_000
FASTER, MINUTES, TWICE = 15, 12, 1.8
"""What is asked for: times the reference, minutes for a long night, times one worker."""

IN_TURN = 5
OURS = "first look"

TO_ACT_ON = 0.025
"""Of a night: 50 of 2,000, as the model is measured on drawn ones."""

Score = Callable[[list[str]], Any]
Some = TypeVar("Some")

MODEL = ROOT / "data" / "models" / (ROOT / "data" / "models" / "current").read_text().strip()
TAXONOMY = ROOT / "data" / "taxonomy"


def compare_scoring() -> None:
    """Measure, and print a line each. ``BENCH_NIGHT`` is how many ads the long night has."""
    rows = rows_of("datasets.toml")
    ads = list(islice(cycle(row.ad for row in rows[:: max(1, len(rows) // ADS)]), ADS))
    length = sum(len(ad.title) + len(ad.description) for ad in ads) / len(ads)
    print(f"{len(ads)} ads, {length:.0f} characters on average, one core, best of {IN_TURN} in turn")
    start = time.perf_counter()
    assessor = Assessor.load(MODEL, TAXONOMY, NONE)
    collect_seldom()  # as ``lurewatch score`` does
    print(f"load       the shipped model, first look, in {time.perf_counter() - start:.2f} s (asked: 1)")
    ordinary = [row.ad for row in rows_of("datasets.toml", ordinary=True)]
    compare_recipes(assessor, ads, rows, ordinary)
    compare_workers(ordinary)
    measure_night(ordinary, int(os.environ.get("BENCH_NIGHT", NIGHT)))


def compare_recipes(assessor: Assessor, ads: list[JobAd], rows: list[LabelledAd], ordinary: list[JobAd]) -> None:
    """Speed beside what others use, each trained on the same rows, on what was learnt from, of which half is to act on, and
    on a night; and what each is worth on held-out texts, and on nights of ordinary ads that none has learnt from."""
    held = rows_of("invented_checks.toml")
    recipes = learn_each(rows)
    scores = {name: score([whole(row.ad) for row in held]) for name, score in recipes.items()}
    scores[OURS] = [one.score for one in assessor.assess((row.ad for row in held), assessed_at=NOW)]
    truth = np.array(acts(held))
    worth = {name: average_precision(truth, np.array(its)) for name, its in scores.items()}
    night = night_of(ordinary[:: max(1, len(ordinary) // ADS)], [row.ad for row in to_act_on(held)])
    for which, some, worths in (("labelled texts", ads, worth), ("ads of a night", night, worth_by_night(held))):
        speed = rates_in_turn(works_of(assessor, recipes, some), len(some), rounds=IN_TURN)
        print(f"{OURS} average precision {worths[OURS]:.3f} on {len(some)} {which}")
        for name, (asked, _) in REFERENCES.items():
            told = f"{name} on {len(some)} {which} (asked: {asked}; its average precision {worths[name]:.3f})"
            report(OURS, told, speed[OURS], speed[name])


def learn_each(rows: Sequence[LabelledAd]) -> dict[str, Score]:
    """The other recipes, each learnt from some rows."""
    texts, truth = [whole(row.ad) for row in rows], acts(rows)
    return {name: learn(texts, truth) for name, (_, learn) in REFERENCES.items()}


def night_of(ordinary: list[Some], act: list[Some]) -> list[Some]:
    """Ordinary ads, and as many to act on as a night has, spread among them."""
    some = act[:: max(1, round(len(act) / (TO_ACT_ON * len(ordinary))))]
    every = [*ordinary, *some]
    return [every[place] for place in np.random.default_rng(1).permutation(len(every))]


def to_act_on(rows: Sequence[LabelledAd]) -> list[LabelledAd]:
    return [row for row, is_one in zip(rows, acts(rows), strict=True) if is_one]


def worth_by_night(held: list[LabelledAd]) -> dict[str, float]:
    """The average precision of each recipe, and of the first look, on a night whose ordinary ads none has learnt from,
    and no block of texts like them: half of what there is."""
    cards = [card for card in read_catalogue(ROOT / "data" / "datasets.toml") if find_dataset(card, ROOT)]
    rows, plain = read_datasets(cards, ROOT, seed=1), {card.name for card in cards if card.ordinary}
    halves = fold_numbers(rows, 1) % 2
    away = [row.dataset in plain and half == 0 for row, half in zip(rows, halves, strict=True)]
    kept = [row for row, is_away in zip(rows, away, strict=True) if not is_away]
    night = night_of([row for row, is_away in zip(rows, away, strict=True) if is_away], to_act_on(held))
    scores = {name: score([whole(row.ad) for row in night]) for name, score in learn_each(kept).items()}
    taxonomy = load_taxonomy(TAXONOMY)
    design = build_design([*kept, *night], EvidenceReader(taxonomy).read, SignReader(taxonomy))
    emphasis = {card.name: card.emphasis for card in cards}
    fitted = fit_classifier(design, np.arange(len(kept)), Recipe(), emphasis, seed=1, heads=("act",))
    scores[OURS] = read_logits(fitted, design, np.arange(len(kept), len(design.rows)))["act"]
    truth = np.array(acts(night))
    return {name: average_precision(truth, np.array(its)) for name, its in scores.items()}


def works_of(assessor: Assessor, recipes: Mapping[str, Score], some: list[JobAd]) -> dict[str, Callable[[], object]]:
    """The first look at some ads, and each of other recipes' scores of them."""
    texts = [whole(ad) for ad in some]
    works: dict[str, Callable[[], object]] = {name: partial(score, texts) for name, score in recipes.items()}
    return works | {OURS: lambda: sum(1 for _ in assessor.assess(some, assessed_at=NOW))}


def compare_workers(ordinary: list[JobAd]) -> None:
    """Seconds on the wall: two workers against one, both looks, starting up included."""
    seconds = [score_seconds(ordinary, 20_000, workers) for workers in (1, 2)]
    print(
        f"workers    two take {seconds[1]:.0f} s, one {seconds[0]:.0f} s: {seconds[0] / seconds[1]:.2f} times (asked: {TWICE})"
    )


def measure_night(ordinary: list[JobAd], size: int) -> None:
    """Minutes on the wall for a long night of ordinary ads on two workers, no two of them the same."""
    minutes = score_seconds(ordinary, size, workers=2) / 60
    print(
        f"night      {size:,} ordinary ads, both looks, two workers: {minutes:.1f} minutes (asked: {MINUTES} for {NIGHT:,})"
    )


def score_seconds(ordinary: list[JobAd], size: int, workers: int) -> float:
    """Of ``lurewatch score`` on a machine where it has run once, and has seen none of these ads."""
    with TemporaryDirectory() as folder:
        few, many, scored = (Path(folder) / name for name in ("few.jsonl", "many.jsonl", "scored.jsonl"))
        write_ads(few, islice(unlike(ordinary), 1))
        write_ads(many, islice(unlike(ordinary), size))
        run_score(few, scored, 1, folder)
        start = time.perf_counter()
        run_score(many, scored, workers, folder)
        return time.perf_counter() - start


def run_score(ads: Path, scored: Path, workers: int, cache: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "score",
        str(ads),
        "--output",
        str(scored),
        "--workers",
        str(workers),
    ]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"LUREWATCH_CACHE": cache}, capture_output=True)


def write_ads(path: Path, ads: Iterable[JobAd]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(ad_to_record(ad)) + "\n" for ad in ads)


def unlike(ads: list[JobAd]) -> Any:
    """Ads without end, each with a number of its own at its beginning, so that no vector serves twice."""
    for number, ad in zip(count(), cycle(ads), strict=False):
        yield JobAd(
            ad_id=f"bench:{number}",
            source="bench",
            seen_at=NOW,
            title=f"{number} {ad.title}",
            description=ad.description,
        )


def learn_tfidf(texts: list[str], truth: list[bool]) -> Score:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    reference = make_pipeline(make_union(words, letters), LogisticRegression(max_iter=200)).fit(texts, truth)
    return lambda some: reference.predict_proba(some)[:, 1]


def learn_fasttext(texts: list[str], truth: list[bool]) -> Score:
    import fasttext

    with TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        lines = (f"__label__{int(one)} {line(text)}\n" for text, one in zip(texts, truth, strict=True))
        file.write_text("".join(lines), encoding="utf-8")
        model = fasttext.train_supervised(
            str(file), minn=3, maxn=5, wordNgrams=2, epoch=15, thread=1, verbose=0, loss="softmax"
        )

    def score(some: list[str]) -> list[float]:
        labels, shares = model.predict([line(text) for text in some])
        return [
            share[0] if label[0].endswith("1") else 1 - share[0] for label, share in zip(labels, shares, strict=True)
        ]

    return score


REFERENCES: dict[str, tuple[int, Callable[[list[str], list[bool]], Score]]] = {
    "TfidfVectorizer word 1-2 + char_wb 3-5, LogisticRegression": (FASTER, learn_tfidf),
    "fastText, n-grams of 3 to 5 characters": (1, learn_fasttext),
}
"""Other recipes: how many times as fast as they are is asked for, and how each is learnt."""


def line(text: str) -> str:
    return " ".join(text.lower().split())


def whole(ad: JobAd) -> str:
    return f"{ad.title}\n{ad.description}"


def rows_of(catalogue: str, *, ordinary: bool = False) -> list[LabelledAd]:
    """The labelled ads of a catalogue's collections that are on this machine."""
    cards = [card for card in read_catalogue(ROOT / "data" / catalogue) if card.ordinary or not ordinary]
    return [row for card in cards if find_dataset(card, ROOT) for row in read_dataset(card, ROOT, seed=1)]
