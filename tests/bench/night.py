"""A whole night by stage, from a partner's file to the queue, each stage beside what anybody would write for it.

Processor time is compared, with one worker, since machines are shared; the clock and the memory are those of a night on
all cores. ``BENCH_ADS`` are the sizes of the nights, with commas between; the references read ``BENCH_SAMPLE`` ads.
"""

import gzip
import json
import os
import platform
import random
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from bench.board_server import read_sample_ads
from bench.timing import ROOT

CORPORA = ROOT.parent / "shared" / "corpora"
REAL = ("legit_vi_itviec", "legit_vi_listings", "legit_id_maganghub", "legit_en_ph", "legit_en_kh_camhr")
SIZES, SAMPLE = "11000", 2_000
ASKED_A_MINUTE, ASKED_TIMES, ASKED_MEGABYTES = 45_000, 3, 1_500
PATHS = os.pathsep.join(map(str, (ROOT, ROOT / "tests", *(ROOT / "tests" / "support").iterdir())))
RESULTS = ROOT / "data" / "local" / "bench" / "night.json"
PLAIN = {
    "crawl": "json, dateparser, price-parser, phonenumbers, py3langid",
    "intake": "sqlite-utils row by row",
    "campaigns and contacts": "datasketch",
    "score": "plain TF-IDF recipe",
    "queue and report": "a queue by OFFSET",
}

Row = dict[str, Any]


def compare_night() -> None:
    """Measure, print a table, and write all figures as JSON."""
    sizes = [int(size) for size in os.environ.get("BENCH_ADS", SIZES).split(",")]
    sample = int(os.environ.get("BENCH_SAMPLE", SAMPLE))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nights = [_night(folder, size, workers=1) for size in sizes]
        plain = _plain(folder, sample)
        fast = _night(folder, sizes[-1], workers=len(os.sched_getaffinity(0)))
    _print(nights, fast, plain)
    found = {"machine": _machine(), "nights": nights, "on_all_cores": fast, "references": plain}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _print(nights: list[Row], fast: Row, plain: dict[str, float]) -> None:
    night = nights[0]
    whole = sum(stage["processor"] for stage in night["stages"].values())
    for name, stage in night["stages"].items():
        line = f"night    {name:24} {1e6 * stage['processor'] / night['ads']:7.0f} us an ad, {stage['processor'] / whole:4.0%}"
        if name in plain:
            line += f", {plain[name] / stage['processor'] * night['ads']:5.1f} times {PLAIN[name]}"
        print(line)
    times = sum(plain.values()) * night["ads"] / whole
    print(f"night    all stages: {times:.1f} times the references together (asked: {ASKED_TIMES})")
    for other in nights[1:]:
        each = sum(stage["processor"] for stage in other["stages"].values()) / other["ads"]
        print(
            f"night    an ad of {other['ads']:,} costs {each * night['ads'] / whole:.2f} times one of {night['ads']:,}"
        )
    print(
        f"night    {fast['ads']:,} ads on {fast['workers']} cores: {60 * fast['ads'] / fast['wall']:,.0f} a minute by the "
        f"clock (asked: {ASKED_A_MINUTE:,}), {fast['megabytes']:,.0f} MB (asked: {ASKED_MEGABYTES:,}), "
        f"load {os.getloadavg()[0]:.1f}"
    )


def _machine() -> Row:
    packages = (
        "scrapy", "spacy", "scikit-learn", "sqlite-utils", "rensa", "dateparser", "price-parser", "phonenumbers",
        "py3langid", "datasketch",
    )  # fmt: skip
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version, "system": platform.platform(), "cores": os.cpu_count(),
        "load": os.getloadavg()[0], "versions": {name: version(name) for name in packages},
    }  # fmt: skip


# ---- the file


def partners_rows() -> Iterator[Row]:
    """Rows without end, as a partner's table has them: the real ads first, then ads put together from their sentences
    and words, so that no two say the same and each sentence comes as often as boards repeat theirs."""
    rows = [row for name in REAL for row in _read(CORPORA / f"{name}.jsonl.gz", name)] or list(_invented())
    yield from rows
    chance, sentences, words = random.Random(1), dict[str, list[str]](), dict[str, list[str]]()
    for row in rows:
        sentences.setdefault(row["of"], []).extend(_sentences(row))
        words.setdefault(row["of"], []).extend(row["title"].split())
    for at in count():
        row = rows[at % len(rows)]
        title = chance.choices(words[row["of"]], k=len(row["title"].split()))
        text = chance.choices(sentences[row["of"]], k=len(_sentences(row))) if _sentences(row) else []
        yield row | {"title": " ".join(title), "description": "\n".join(text)}


def _sentences(row: Row) -> list[str]:
    return [part for part in re.split(r"\n+|(?<=[.!?;])\s+", row["description"]) if part]


def _read(path: Path, name: str) -> Iterator[Row]:
    if not path.is_file():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield _row(name, row["title"], row.get("body"), row.get("employer"), row.get("place"), row.get("pay"))


def _invented() -> Iterator[Row]:
    for ad in read_sample_ads():
        yield _row("samples", ad["title"], ad["body"], ad.get("employer"), ad["place"], str(ad.get("pay", "")))


def _row(of: str, title: str, text: str | None, employer: str | None, place: str | None, pay: str | None) -> Row:
    return {
        "of": of, "title": title or "Staff", "description": text or "", "hiring_organization": employer or "",
        "job_location": place or "", "base_salary": pay or "",
    }  # fmt: skip


def write_file(path: Path, size: int) -> None:
    """A table of so many ads; each has a number, and a day as tables write days."""
    with path.open("w", encoding="utf-8") as file:
        for number, row in zip(range(size), partners_rows(), strict=False):
            day = date(2026, 10, 1) + timedelta(days=number % 28)
            written = day.isoformat() if number % 2 else f"{day:%d/%m/%Y}"
            values = {name: value for name, value in row.items() if value and name != "of"}
            file.write(
                json.dumps({"identifier": str(number), "date_posted": written} | values, ensure_ascii=False) + "\n"
            )


# ---- ours


def _night(folder: Path, size: int, *, workers: int) -> Row:
    from bench.scoring import run_command

    table, home = folder / f"{size}.jsonl", folder / f"home-{size}-{workers}"
    if not table.exists():
        write_file(table, size)
    (home / "data").mkdir(parents=True)
    for name in ("taxonomy", "models", "registers", "vocabulary"):
        (home / "data" / name).symlink_to(ROOT / "data" / name)
    (home / "lurewatch.toml").write_text(f"[score]\nworkers = {workers}\n")
    environment = os.environ | {"LUREWATCH_HOME": str(home), "PYTHONPATH": PATHS}
    run = run_command([sys.executable, __file__, str(home), str(table)], environment)
    stages = json.loads((home / "stages.json").read_text())
    return {"ads": size, "workers": workers, "wall": run.wall, "megabytes": run.megabytes, "stages": stages}


def run_night(home: Path, table: Path) -> None:
    """In a process of its own: the night, and what each stage took by the clock and of processors."""
    from crawler.sources.loader import source_from_card
    from pipeline.nightly import night
    from pipeline.settings.loader import load_settings

    begun: list[tuple[str, float, float]] = []
    begin = night._Stages.begin

    def begin_measured(stages: object, name: str) -> None:
        begun.append((name, time.perf_counter(), _processor()))
        begin(stages, name)

    night._Stages.begin = begin_measured

    card = {"name": "partner", "title": "Partner", "kind": "drop", "start": [str(table)], "country": "VN"}
    report = night.run_here(load_settings(home), [source_from_card(card, where="partner.toml")])
    assert not report.problems, report.problems
    begun.append(("end", time.perf_counter(), _processor()))
    stages = {
        name: {"wall": wall_after - wall, "processor": after - before}
        for (name, wall, before), (_, wall_after, after) in pairwise(begun)
    }
    (home / "stages.json").write_text(json.dumps(stages))


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


# ---- theirs


def _plain(folder: Path, sample: int) -> dict[str, float]:
    """Processor seconds an ad of each reference."""
    table = folder / "sample.jsonl"
    with table.open("w", encoding="utf-8") as file:
        rows = list(zip(range(11_000), partners_rows(), strict=False))
        for number, row in random.Random(2).sample(rows, min(sample, len(rows))):
            file.write(json.dumps({"identifier": str(number), "date_posted": "01/11/2026"} | row) + "\n")
    script = [sys.executable, __file__, "--plain", str(table)]
    done = subprocess.run(
        script, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": PATHS}
    )
    return json.loads(done.stdout.splitlines()[-1])


def plain_stack(table: Path) -> dict[str, float]:
    """What a competent person writes of well-known parts, a stage after the other."""
    from bench.campaigns import with_datasketch
    from bench.scoring import fit_plain_recipe
    from builders import make_ad
    from model.reading.reader import ReadAd

    fitted: Any = fit_plain_recipe()
    took: dict[str, float] = {}
    records = _timed(took, "crawl", lambda: [_plain_fields(json.loads(line)) for line in table.open(encoding="utf-8")])
    ads = [make_ad(ad_id=row["id"], title=row["title"], description=row["description"] or "-") for row in records]
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "plain.db"
        _timed(took, "intake", lambda: _plain_intake(database, records))
        _timed(took, "campaigns and contacts", lambda: with_datasketch(ads))
        kinds = _timed(took, "score", lambda: fitted.predict_proba([ReadAd(ad=ad) for ad in ads]).tolist())
        _timed(
            took,
            "queue and report",
            lambda: _plain_queue(database, [(ad.ad_id, 1 - row[0]) for ad, row in zip(ads, kinds, strict=True)]),
        )
    return {name: seconds / len(records) for name, seconds in took.items()}


def _timed(took: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    made = work()
    took[name] = time.process_time() - start
    return made


def _plain_fields(row: Row) -> Row:
    import dateparser
    import phonenumbers
    import py3langid
    from price_parser import Price

    text = f"{row['title']}\n{row['description']}"
    price = Price.fromstring(row["base_salary"])
    posted = dateparser.parse(row["date_posted"])
    return {
        "id": row["identifier"], "title": row["title"], "description": row["description"],
        "employer": row["hiring_organization"], "place": row["job_location"], "posted": posted and posted.isoformat(),
        "pay": price.amount_float, "currency": price.currency, "language": py3langid.classify(text)[0],
        "phones": [phonenumbers.format_number(found.number, 0) for found in phonenumbers.PhoneNumberMatcher(text, "VN")],
    }  # fmt: skip


def _plain_intake(database: Path, records: list[Row]) -> None:
    from sqlite_utils import Database

    table = Database(database)["ads"]
    for record in records:
        table.insert(record, pk="id", replace=True)


def _plain_queue(database: Path, scores: list[tuple[str, float]]) -> None:
    from sqlite_utils import Database

    db = Database(database)
    for ad_id, score in scores:
        db["scores"].insert({"id": ad_id, "score": score}, pk="id", replace=True)
    page = "SELECT * FROM scores JOIN ads USING (id) ORDER BY score DESC LIMIT 50 OFFSET ?"
    for offset in range(0, len(scores), 50):
        list(db.query(page, [offset]))


if __name__ == "__main__":  # in a process that ``compare_night`` starts
    if sys.argv[1] == "--plain":
        print(json.dumps(plain_stack(Path(sys.argv[2]))))
    else:
        run_night(Path(sys.argv[1]), Path(sys.argv[2]))
