"""Speed of ``lurewatch score``, with evidence and reasons, beside the plain recipe on the same ads in one run.

Each is a command of its own, from its start to the written file: seconds of the clock, seconds of processor time, memory.
The ads are ordinary ones of the boards on this machine, or invented ones where there are none; no two are the same.
"""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from sklearn.exceptions import ConvergenceWarning

from bench.timing import ROOT, rate
from crawler.ad import JobAd
from crawler.batch.ad_json import ad_to_record
from crawler.batch.ads_file import read_ads
from model.assessment import assessment_line
from model.datasets.catalogue import find_dataset, read_catalogue, read_dataset
from model.evaluation.plain_recipe import plain_recipe, plain_weights
from model.reading.reader import ReadAd
from pipeline.review.model_in_service import load_assessor
from pipeline.settings.loader import load_settings

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ADS, NIGHT, ROUNDS, CHUNK = 10_000, 100_000, 3, 256
START, AFTER_EDIT, TWICE, MINUTES, MEGABYTES = 1.5, 5, 1.8, 4, 800
"""What is asked for: seconds of a start, and of one after an edit of the taxonomy; times one worker; minutes; memory."""

SETTINGS = load_settings(ROOT)


@dataclass(frozen=True, slots=True)
class Run:
    """What one command took."""

    wall: float
    processor: float
    """Without that of workers, which a server of their own starts."""

    megabytes: float
    """The most that it and its workers held at one time, shared pages counted once."""


def compare_scoring() -> None:
    """Measure, and print a line each. ``BENCH_ADS`` and ``BENCH_NIGHT`` are how many ads are compared on, and a night has."""
    size, night = (int(os.environ.get(*one)) for one in (("BENCH_ADS", ADS), ("BENCH_NIGHT", NIGHT)))
    with TemporaryDirectory() as folder:
        bench = _Bench(Path(folder), ordinary_ads())
        bench.measure_start()
        bench.measure_parts()
        bench.compare(size)
        bench.measure_night(night)


class _Bench:
    def __init__(self, folder: Path, ordinary: list[JobAd]) -> None:
        self._folder, self._ordinary = folder, ordinary
        self._scored = folder / "scored.jsonl"
        length = sum(len(ad.title) + len(ad.description) for ad in ordinary) / len(ordinary)
        print(f"{len(ordinary):,} ordinary ads of {length:,.0f} characters, load {os.getloadavg()[0]:.1f}")

    def measure_start(self) -> None:
        """One ad: where nothing is cached, as it is every day, and after an edit of the taxonomy."""
        home, one = self._folder / "home", self._ads(1)
        shutil.copytree(SETTINGS.taxonomy, home / "data" / "taxonomy")
        first = self._score(one, 1, home)
        again = min((self._score(one, 1, home) for _ in range(ROUNDS)), key=lambda run: run.wall)
        with (home / "data" / "taxonomy" / "words.toml").open("a", encoding="utf-8") as file:
            file.write('\n[added_by_the_bench]\nen = ["blue elephant"]\n')
        edited = self._score(one, 1, home)
        for name, run, asked in (
            ("first", first, None), ("unchanged", again, START), ("after an edit", edited, AFTER_EDIT)
        ):  # fmt: skip
            told = f" (asked: {asked:g})" if asked else ""
            print(f"start      {name}: {run.wall:.2f} s, {run.processor:.2f} s of processor time{told}")

    def measure_parts(self) -> None:
        """Where the time of an ad goes, on one core in this process; each part with those before it."""
        assessor, ads = load_assessor(SETTINGS), list(islice(unlike(self._ordinary), 3_000))
        parts: dict[str, Callable[[], object]] = {
            "reading": lambda: list(assessor._reader.read(ads)),
            "features": lambda: [
                assessor._features.transform(list(assessor._reader.read(some))) for some in chunks(ads)
            ],
            "score and reasons": lambda: list(assessor.assess(ads, assessed_at=NOW)),
            "line": lambda: [assessment_line(one) for one in assessor.assess(ads, assessed_at=NOW)],
        }
        seconds = {part: len(ads) / rate(work, len(ads)) for part, work in parts.items()}
        print("an ad      " + ", ".join(f"{part} {1000 * took / len(ads):.2f} ms" for part, took in seconds.items()))

    def compare(self, size: int) -> None:
        """The same ads: the plain recipe, one worker, two workers, each in its turn."""
        ads, recipe = self._ads(size), self._folder / "plain.pickle"
        recipe.write_bytes(pickle.dumps(fit_plain_recipe()))
        plain_command = [sys.executable, __file__, str(recipe), str(ads), str(self._scored)]
        runs: dict[str, list[Run]] = {"plain": [], "one": [], "two": []}
        for _ in range(ROUNDS):
            runs["plain"].append(run_command(plain_command, self._environment()))
            runs["one"].append(self._score(ads, 1))
            runs["two"].append(self._score(ads, 2))
        plain, one, two = (min(some, key=lambda run: run.wall) for some in runs.values())
        for name, run in (("plain", plain), ("one worker", one), ("two", two)):
            print(f"{name:10} {size / run.wall:7,.0f} ads a second, {run.megabytes:.0f} MB (asked: {MEGABYTES})")
        asked = f"{plain.processor / one.processor:.2f} by processor time (asked: 1)"
        print(f"{'':10} one worker is {plain.wall / one.wall:.2f} times the plain recipe by the clock, {asked}")
        print(f"{'':10} two workers are {one.wall / two.wall:.2f} times one (asked: {TWICE})")

    def measure_night(self, size: int) -> None:
        """Minutes for a long night of ordinary ads on two workers."""
        run = self._score(self._ads(size), 2)
        print(
            f"night      {size:,} ads, two workers: {run.wall / 60:.1f} minutes (asked: {MINUTES} for {NIGHT:,}), "
            f"{run.megabytes:.0f} MB (asked: {MEGABYTES}); load {os.getloadavg()[0]:.1f}"
        )

    def _ads(self, size: int) -> Path:
        path = self._folder / f"{size}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(ad_to_record(ad)) + "\n" for ad in islice(unlike(self._ordinary), size))
        return path

    def _score(self, ads: Path, workers: int, home: Path = ROOT) -> Run:
        command = [sys.executable, "-m", "pipeline.cli", "score", str(ads), "--output", str(self._scored)]
        words = ["--workers", str(workers), "--model", str(SETTINGS.model_folder())]
        run = run_command(command + words, self._environment() | {"LUREWATCH_HOME": str(home)})
        with self._scored.open("rb") as lines, ads.open("rb") as given:
            assert sum(1 for _ in lines) == sum(1 for _ in given), "a run that lost an ad is no measurement"
        return run

    def _environment(self) -> dict[str, str]:
        """As on a machine where it has run: modules are compiled, the cache is this bench's own."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "support" / "texts")))
        return kept | {"LUREWATCH_CACHE": str(self._folder / "cache"), "PYTHONPATH": path}


def run_command(command: list[str], environment: dict[str, str]) -> Run:
    """What a command and all that it starts take."""
    over, most = Event(), [0.0]
    start = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    watcher = Thread(target=_watch, args=(child.pid, over, most))
    watcher.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    over.set()
    watcher.join()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command[:5])} ended with {child.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, most[0])


def _watch(process: int, over: Event, most: list[float]) -> None:
    while not over.wait(0.2):
        most[0] = max(most[0], sum(_megabytes(each) for each in _family(process)))


def _family(process: int) -> Iterator[int]:
    """The process and its descendants."""
    yield process
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(file).split():
            yield from _family(int(child))


def _megabytes(process: int) -> float:
    _, _, rest = _read(Path(f"/proc/{process}/smaps_rollup")).partition("\nPss:")
    return int(rest.split()[0]) / 1024 if rest else 0.0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:  # it has ended meanwhile
        return ""


def ordinary_ads() -> list[JobAd]:
    """Of boards, where they are on this machine."""
    cards = read_catalogue(ROOT / "data" / "datasets.toml")
    real = [card for card in cards if card.ordinary and find_dataset(card, ROOT)]
    invented = [card for card in cards if card.name.startswith(("boards", "ordinary-ads"))]
    return [row.ad for card in real or invented for row in read_dataset(card, ROOT, seed=1)]


def unlike(ads: list[JobAd]) -> Iterator[JobAd]:
    """Ads without end, each with a number of its own at its beginning."""
    for number, ad in zip(count(), cycle(ads), strict=False):
        yield replace(ad, ad_id=f"bench:{number}", title=f"{number} {ad.title}")


def chunks(ads: Iterable[JobAd]) -> Iterator[list[JobAd]]:
    """As many at a time as the model reads together."""
    left = iter(ads)
    while some := list(islice(left, CHUNK)):
        yield some


def fit_plain_recipe() -> object:
    """The plain recipe on the invented collections, which are on every machine."""
    cards = [card for card in read_catalogue(ROOT / "data" / "datasets.toml") if not card.real]
    rows = [row for card in cards for row in read_dataset(card, ROOT, seed=1)]
    kinds = [row.kind for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops after 100 steps on purpose
        return plain_recipe().fit(rows, kinds, classifier__sample_weight=plain_weights(rows))


def score_plainly(recipe: Path, ads: Path, output: Path) -> None:
    """What anybody would write with the plain recipe: an id and four probabilities a line."""
    fitted = pickle.loads(recipe.read_bytes())
    with output.open("w", encoding="utf-8") as file:
        for some in chunks(read_ads(str(ads), seen_at=NOW)):
            kinds = fitted.predict_proba([ReadAd(ad=ad) for ad in some]).tolist()
            file.writelines(json.dumps([ad.ad_id, *row]) + "\n" for ad, row in zip(some, kinds, strict=True))


if __name__ == "__main__":  # the process that ``compare`` starts
    score_plainly(*map(Path, sys.argv[1:]))
