"""A store of so many invented cases, made once and kept among the machine's temporary files."""

import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from builders import NOON, make_ad, make_assessment
from crawler.ad import JobAd
from crawler.batch.ad_json import ad_to_record
from crawler.files import dumps_line
from model.assessment import Evidence, assessment_line
from pipeline.accounts.analysts import Analyst
from pipeline.store.connection import from_moment
from pipeline.store.queue.case_filter import searchable
from pipeline.store.store import SCHEMA_VERSION, Store

WORDS = MappingProxyType({
    "vi": "tuyển dụng việc nhẹ lương cao bao ăn ở không cần kinh nghiệm đi ngay nhân viên chăm sóc khách hàng nước ngoài "
    "hợp đồng thử việc làm ca đêm nhà máy bếp quán công trình kho hàng phỏng vấn hồ sơ tháng thưởng nghỉ phép",
    "id": "lowongan kerja luar negeri gaji besar tanpa pengalaman makan tempat tinggal gratis admin layanan pelanggan "
    "kontrak pabrik restoran gudang sopir perawat malam bonus cuti wawancara berangkat segera paspor",
    "en": "worker wanted abroad good salary no experience needed meals room free customer service contract factory kitchen "
    "warehouse driver night shift bonus leave interview ticket paid passport office team sales garden bakery",
    "th": "รับสมัครงานออนไลน์ เงินเดือนสูง ไม่มีประสบการณ์ ที่พักฟรี พนักงานบริการลูกค้า สัญญา โรงงาน ครัว คนขับ กะดึก โบนัส ปอยเปต",
    "km": "ការងារ ប្រាក់ខែខ្ពស់ មិនត្រូវការបទពិសោធន៍ ស្នាក់នៅឥតគិតថ្លៃ បុគ្គលិក រោងចក្រ ចម្ការ អ្នកបើកបរ ប៉ោយប៉ែត",
    "my": "အလုပ် လစာကောင်း အတွေ့အကြုံမလို နေစရာအခမဲ့ ဝန်ထမ်း စက်ရုံ မီးဖိုချောင် ယာဉ်မောင်း မြဝတီ",
    "zh": "高薪招聘 客服 包吃住 机票 无需经验 工厂 厨师 司机 夜班 奖金 合同 面试 西港 办公室 销售",
})  # fmt: skip
COUNTRIES = ("KH", "MM", "LA", "TH", "VN", "ID", "MY", "PH", "AE", "TW", None)
INDICATORS = tuple(f"bench.indicator_{number:02}" for number in range(40))
ANALYSTS = ("mai", "putu", "binh")
CHUNK = 20_000
CACHE_KB = 2_000_000
"""Indexes of a million cases grow in random order: with SQLite's usual 2 MB each page is written a hundred times."""

TEXTS = 20_000
"""Different texts; a word behind each is in no other."""

_FILL_QUEUE = (
    """INSERT INTO queue_rows (case_id, fingerprint, version_id, state, waiting, priority, opened_at, reason, lane, blind,
        title, language, source, country, place, employer, score, kind, copies, analyst, first_analyst, verdict,
        decided_at)
        SELECT case_id, fingerprint, version_id, state, waiting, priority, opened_at, reason, lane, blind, title,
        language, source, country, place, employer, score, kind, copies, analyst, first_analyst, verdict, decided_at
        FROM queue_rows_now""",
    "INSERT INTO facet_values (facet, value) SELECT DISTINCT facet, value FROM queue_facets_now",
    """INSERT INTO facet_cases (value_id, waiting, priority, case_id)
        SELECT v.value_id, r.waiting, r.priority, r.case_id
        FROM queue_facets_now f JOIN queue_rows r USING (case_id) JOIN facet_values v USING (facet, value)
        ORDER BY 1, 2, 3 DESC, 4""",
    """UPDATE facet_values SET
        waiting = (SELECT count(*) FROM facet_cases m WHERE m.value_id = facet_values.value_id AND m.waiting = 1),
        decided = (SELECT count(*) FROM facet_cases m WHERE m.value_id = facet_values.value_id AND m.waiting = 0)""",
)
"""What the triggers would write, for all cases at once."""


def desk_store(count: int) -> Path:
    """The database of that many cases."""
    path = Path(tempfile.gettempdir()) / f"lurewatch-desk-{count}-schema-{SCHEMA_VERSION}.db"
    if path.is_file():
        return path
    making = path.with_suffix(".making")
    making.unlink(missing_ok=True)
    with Store.open(making, create=True) as store:
        _fill(store, count)
    making.rename(path)
    return path


def _fill(store: Store, count: int) -> None:
    """In an installation triggers fill the queue; for a million cases at once that would take hours."""
    db = store.db
    for name in ANALYSTS:
        store.accounts.add(Analyst(name=name, role="analyst", password_hash="none"), at=NOON)
    triggers = db.rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND (name LIKE 'queue%' OR name LIKE 'facet%')"
    )
    db.run("PRAGMA foreign_keys = OFF")  # an ad names its version, and the version its ad
    db.run("PRAGMA journal_mode = OFF")  # a fill that fails is thrown away
    db.run("PRAGMA synchronous = OFF")
    db.run(f"PRAGMA cache_size = -{CACHE_KB}")
    with store.atomic():
        for trigger in triggers:
            db.run(f"DROP TRIGGER {trigger['name']}")
        for table, rows in _tables(count):
            if not rows:
                continue
            marks = ", ".join("?" * len(rows[0]))
            db.run_many(f"INSERT INTO {table} VALUES ({marks})", rows)
    with store.atomic():
        for statement in _FILL_QUEUE:
            db.run(statement)
        words = [searchable(text.ad) for text in _texts()]
        db.run_many(
            "INSERT INTO case_words (rowid, words) VALUES (?, ?)",
            ((number, words[number % TEXTS]) for number in range(1, count + 1)),
        )
        for trigger in triggers:
            db.run(trigger["sql"])
    db.run("PRAGMA journal_mode = WAL")


@dataclass(frozen=True, slots=True)
class _Text:
    """One invented ad and what is stored of it; many cases carry it, each under a number of its own."""

    ad: JobAd
    record: str
    assessment: tuple[Any, ...]


@cache
def _texts() -> tuple[_Text, ...]:
    chance = random.Random(7)
    ads = [_ad(number, chance) for number in range(TEXTS)]
    return tuple(_Text(ad, dumps_line(ad_to_record(ad)), _assessment(ad, chance)) for ad in ads)


def _tables(count: int) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    chance, texts = random.Random(8), _texts()
    for start in range(1, count + 1, CHUNK):
        cases = [(number, texts[number % TEXTS], _at(number)) for number in range(start, min(start + CHUNK, count + 1))]
        yield "ads", [(f"ad:{n}", text.ad.source, None, at, at, n, 0, None, None) for n, text, at in cases]
        yield (
            "ad_versions",
            [
                (n, f"ad:{n}", None, at, f"{n:x}", f"{n:032x}", text.ad.title, text.ad.language, text.record, 0)
                for n, text, at in cases
            ],
        )
        yield (
            "assessments",
            [(n, n, "m1", "t1", *text.assessment[:3], at, at, text.assessment[3]) for n, text, at in cases],
        )
        reasons = chance.choices(("score", "indicator_rule", "audit", "resurfaced"), (60, 20, 15, 5), k=len(cases))
        yield (
            "cases",
            [
                (n, f"{n:032x}", reason, round(chance.random(), 6), at, n, int(reason == "audit"))
                for (n, _, at), reason in zip(cases, reasons, strict=True)
            ],
        )
        yield "case_ads", [(n, f"ad:{n}", at, None) for n, _, at in cases]
        yield "decisions", [_decision(n, at, chance) for n, _, at in cases if n % 3 == 0]


def _ad(number: int, chance: random.Random) -> JobAd:
    language = chance.choices(tuple(WORDS), (30, 25, 25, 8, 4, 3, 5))[0]
    words = WORDS[language].split()
    return make_ad(
        source=f"board-{int(37 * chance.random() ** 2)}",
        title=" ".join(chance.choices(words, k=5)),
        description=" ".join(chance.choices(words, k=45)) + f" rare{number}",
        language=language,
        country=chance.choice(COUNTRIES),
        job_location=f"Town {int(3_000 * chance.random() ** 3)}",
        hiring_organization=f"Employer {int(50_000 * chance.random() ** 3)}",
    )


def _assessment(ad: JobAd, chance: random.Random) -> tuple[Any, ...]:
    shown = {INDICATORS[int(40 * chance.random() ** 3)] for _ in range(4)}
    evidence = tuple(Evidence(indicator=key, field="title", start=0, end=3, quote=ad.title[:3]) for key in shown)
    share = chance.random()
    kinds = {"trafficking_recruitment": share, "job_fraud": 1 - share, "legitimate": 0.0, "not_an_ad": 0.0}
    made = make_assessment(evidence=evidence, kinds=kinds, score=share)
    return (share, max(kinds, key=lambda one: kinds[one]), None, assessment_line(made))


def _decision(number: int, at: str, chance: random.Random) -> tuple[Any, ...]:
    tags = json.dumps([chance.choice(("to-report", "known-group", "ask-partner"))] if number % 30 == 0 else [])
    return (None, number, chance.choice(ANALYSTS), "legitimate", "[]", "[]", "", f"{number:032x}", "m1", 0.5, at, tags, None, 0)  # fmt: skip


def _at(number: int) -> str:
    """Cases come over some three years."""
    return from_moment(NOON + timedelta(seconds=90 * number))
