"""Intake of a batch, beside raw inserts of the rows that it writes: the same tables, indexes and triggers, no questions.

``BENCH_ADS`` is the size of the batch.
"""

import os
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.night import write_file
from crawler.run.runner import crawl_sources
from crawler.sources.loader import source_from_card
from pipeline.nightly.intake import take_in
from pipeline.store.store import Store

SIZE, ASKED = 11_000, 0.8
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def compare_intake() -> None:
    """Measure, and print a line."""
    size = int(os.environ.get("BENCH_ADS", SIZE))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(folder / "ads.jsonl", size)
        card = {"name": "partner", "title": "Partner", "kind": "drop", "start": [str(folder / "ads.jsonl")]}
        (summary,) = crawl_sources([source_from_card(card, where="bench")], folder / "out", contact=None, now=NOW)
        batch = folder / "out" / summary.source / summary.run
        with Store.open(folder / "ours.db", create=True) as store:
            start = time.process_time()
            (taken,) = take_in(store, [batch], gone_after_batches=3, now=NOW)
            ours = time.process_time() - start
        Store.open(folder / "raw.db", create=True).close()
        raw = insert_raw(folder / "ours.db", folder / "raw.db")
    assert taken.ads == size, taken
    print(
        f"intake   {size / ours:9,.0f} ads a second, {raw / ours:4.2f} of raw sqlite3 inserts of the same rows "
        f"({size / raw:,.0f}; asked: {ASKED}); {size:,} ads"
    )


def insert_raw(source: Path, target: Path) -> float:
    """Processor seconds of one transaction with a statement for each row of a database."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, isolation_level=None)) as new:
        kinds = old.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'")
        names = [name for name, kind in kinds if kind == "table" and not name.startswith("sqlite_")]
        rows = {name: old.execute(f"SELECT * FROM {name}").fetchall() for name in names}
        there = {name for name in names if new.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()}
        start = time.process_time()
        new.execute("BEGIN")
        for name in rows.keys() - there:
            for row in rows[name]:
                new.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
        new.execute("COMMIT")
        return time.process_time() - start
