"""What the store's tests build on: an open queue, looks at ads, assessments. Every text is invented."""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from builders import NOON, make_ad, make_assessment
from crawler.ad import JobAd, fingerprint
from crawler.batch.writer import BatchWriter
from crawler.extract.raw import RawAd
from model.assessment import Assessment, RuleMet, assessment_from_record
from pipeline.accounts.analysts import Analyst
from pipeline.case import Decision
from pipeline.nightly.triage import TriagePolicy
from pipeline.store.store import Store

POLICY = TriagePolicy(threshold=0.5, audit_share=0.0, uncertain_share=0.0, blind_share=0.0)
NIGHT = timedelta(days=1)
KEY = b"k" * 32
"""Of the vaults that tests make, too."""


def add_key(folder: Path) -> None:
    """The key that a copy of a database needs beside it."""
    if not (key := folder / "contacts.key").exists():
        folder.mkdir(parents=True, exist_ok=True)
        key.write_bytes(KEY)
        key.chmod(0o600)


def copy_store(database: Path, place: Path) -> Path:
    """A copy of the database, with its key beside it."""
    copied = Path(shutil.copy(database, place))
    add_key(copied.parent)
    return copied


def open_store(folder: Path) -> Store:
    add_key(folder)
    store = Store.open(folder / "lurewatch.db", create=True)
    if store.accounts.get("mai") is None:
        store.accounts.add(Analyst(name="mai", role="analyst", password_hash="none"), at=NOON)
    return store


def assess(ad: JobAd, score: float, *, rule: str | None = None, model: str = "m1") -> Assessment:
    return make_assessment(
        ad_id=ad.ad_id,
        fingerprint=fingerprint(ad),
        score=score,
        kinds={"trafficking_recruitment": score, "job_fraud": 0.0, "legitimate": 1 - score, "not_an_ad": 0.0},
        rule=RuleMet(rule=rule, title="A rule", source="A source", indicators=("a.b",)) if rule else None,
        model_version=model,
    )


def assessment_of(store: Store, ad_id: str) -> Assessment | None:
    """The newest assessment of the ad as it was last seen."""
    record = store.db.value(
        "SELECT record FROM assessments JOIN ads USING (version_id) WHERE ad_id = ? ORDER BY assessment_id DESC",
        [ad_id],
    )
    return assessment_from_record(json.loads(record)) if record else None


def look(store: Store, *ads: JobAd) -> None:
    """One look at each ad, as intake takes it in."""
    for ad in ads:
        if store.ads.record(ad, batch_id=None) != "unchanged":
            store.cases.follow_text(ad.ad_id, at=ad.seen_at)


def decide(
    store: Store, case_id: int, *, verdict: Any = "legitimate", at: datetime = NOON, confirmed: tuple[str, ...] = ()
) -> int:
    return store.decisions.add(
        Decision(
            case_id=case_id,
            analyst="mai",
            verdict=verdict,
            fingerprint=store.cases.get(case_id).fingerprint,
            model_version="m1",
            score=0.9,
            decided_at=at,
            confirmed=confirmed,
        )
    )


def open_case_for(store: Store, ad: JobAd, *, priority: float = 0.9) -> int:
    return store.cases.open(fingerprint(ad), reason="score", priority=priority, at=NOON)


def on_night(number: int, **fields: Any) -> JobAd:
    return make_ad(seen_at=NOON + number * NIGHT, **fields)


def write_batch(
    output: Path,
    ads: Iterable[JobAd],
    *,
    night: int,
    source: str = "test",
    problems: tuple[str, ...] = (),
    ledger: Mapping[str, tuple[Any, str]] = MappingProxyType({}),
) -> Path:
    """A batch of that night as the crawler writes it; ``ledger`` holds further addresses."""
    started_at = NOON + night * NIGHT
    folder = output / source / f"{started_at:%Y%m%dT%H%M%SZ}"
    writer = BatchWriter(folder, source=source, started_at=started_at)
    for ad in ads:
        raw = RawAd(title=ad.title, description=ad.description, reader="page")
        writer.add_all([(replace(ad, seen_at=started_at + timedelta(seconds=1)), raw)])
        writer.ledger.see(str(ad.url))
        writer.ledger.close(str(ad.url), "ad")
    for address, (outcome, detail) in ledger.items():
        writer.ledger.see(address)
        writer.ledger.close(address, outcome, detail)
    writer.finish(ended_at=started_at + timedelta(minutes=1), problems=problems)
    return folder


def spoil(database: Path, table: str = "ads") -> None:
    """Damage the first page of a table, as a disk does."""
    db = sqlite3.connect(database)
    (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x07" * 64)
