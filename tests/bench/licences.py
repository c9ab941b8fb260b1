"""Licences: which names of agencies are known again and which are wrongly taken for one, and how long a night takes."""

import random
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from bench.timing import report
from crawler.ad import JobAd
from invented_agencies import POOLS, TRADE, agencies, asked
from pipeline.licences.lookup import RegisterIndex
from pipeline.licences.names import LEAST_ALIKE, NameIndex
from pipeline.licences.register import Listed, Register, RegisterVersion
from pipeline.licences.register_map import read_map

ADS, AGENCIES = 10_000, 5_000
SEEDS = (1, 2, 3)
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def compare_licences() -> None:
    """Measure, and print a line each."""
    for pool in POOLS:
        for least in (LEAST_ALIKE, 90, 95, 100):
            recall, precision = judge_names(pool, least)
            print(f"licences   names, pool {pool}, from {least:g} on: recall {recall:.3f}, precision {precision:.3f}")
        for name in ("token_sort_ratio", "token_set_ratio", "WRatio"):
            recall, precision = judge_rapidfuzz(pool, name, 90)
            print(f"licences   names, pool {pool}, rapidfuzz {name} from 90 on: {recall:.3f}, {precision:.3f}")
    measure_night()


def judge_names(pool: str, least: float) -> tuple[float, float]:
    """Recall and precision of the likest name from a likeness on, ``LEAST_ALIKE`` at least."""
    answers: list[tuple[str | None, str | None]] = []
    for seed in SEEDS:
        registered = agencies(pool, seed, size=400)
        names, questions = list(registered), list(asked(registered, pool, seed + 1))
        index = NameIndex(names)
        found = [[best for best in index.find(each.written) if best[1] >= least] for each in questions]
        answers += [
            (each.stands_for, names[best[0][0]] if best else None) for each, best in zip(questions, found, strict=True)
        ]
    return rates(answers)


def judge_rapidfuzz(pool: str, name: str, least: float) -> tuple[float, float]:
    """The same for one of rapidfuzz's own scorers over the names as written."""
    answers: list[tuple[str | None, str | None]] = []
    for seed in SEEDS:
        registered = agencies(pool, seed, size=400)
        for each in asked(registered, pool, seed + 1):
            scorer = getattr(fuzz, name)
            best = process.extractOne(each.written, list(registered), scorer=scorer, processor=utils.default_process)
            answers.append((each.stands_for, best[0] if best and best[1] >= least else None))
    return rates(answers)


def rates(answers: Iterable[tuple[str | None, str | None]]) -> tuple[float, float]:
    """Recall and precision of pairs of what was meant and what was found."""
    pairs = list(answers)
    right = sum(meant is not None and meant == found for meant, found in pairs)
    return right / sum(meant is not None for meant, _ in pairs), right / sum(found is not None for _, found in pairs)


def measure_night() -> None:
    """Processor seconds for many ads against a large register, beside rapidfuzz's cdist over the names alone."""
    draw = random.Random(7)
    names = large_register(draw)
    desk_of, ads = desk_factory(names), list(invented_ads(names, draw))
    start = time.process_time()
    desk = desk_of()
    results = [lookup.result for lookup in desk.look_up(ads, now=NOW)]
    took = time.process_time() - start
    found = len(results) - results.count("not_found") - results.count("nothing_claimed")
    print(
        f"licences   {len(ads):,} ads against {len(names):,} agencies in {took:.1f} s, {found:,} found (asked: seconds)"
    )
    start = time.process_time()
    employers = list({str(ad.hiring_organization) for ad in ads})
    process.cdist(employers, names, scorer=fuzz.token_sort_ratio, processor=utils.default_process, score_cutoff=85)
    plain = time.process_time() - start
    report("licences", "cdist with token_sort_ratio over the names alone", len(ads) / took, len(ads) / plain)


def large_register(draw: random.Random) -> list[str]:
    """Names of two or three telling words from all pools, and words of the trade."""
    words = sorted(
        {word for pool in POOLS.values() for listed in pool.values() for word in listed.replace(",", " ").split()}
    )
    trade = [each for listed in TRADE.values() for each in listed]
    found: set[str] = set()
    while len(found) < AGENCIES:
        found.add(" ".join([*draw.sample(words, draw.randint(2, 3)), draw.choice(trade), "JSC"]))
    return sorted(found)


def desk_factory(names: list[str]):
    vn = read_map(ROOT / "data" / "registers" / "vn-dolab.toml")
    lines = tuple(Listed(row=row, names=(name,), numbers=(f"{row}/LĐTBXH-GP",)) for row, name in enumerate(names, 1))
    version = RegisterVersion(
        name=vn.name, title=vn.title, country=vn.country, publisher=vn.publisher, address=vn.address,
        as_of=date(2026, 11, 1), good_for_days=90, imported_at=NOW, file="-", digest="-", rows=len(lines), passed_over=(),
        statuses={"active": len(lines)},
    )  # fmt: skip
    return lambda: RegisterIndex([Register(version=version, map=vn, lines=lines)], {}, free_mail=frozenset())


def invented_ads(names: list[str], draw: random.Random) -> Iterable[JobAd]:
    """Ads for work abroad: a third of a registered agency, a third of another, a third with its number."""
    text = (
        "Tuyển lao động đi làm việc tại Nhật Bản, hợp đồng ba năm, phỏng vấn tại văn phòng, chi phí theo hợp đồng. "
        * 12
    )
    for number in range(ADS):
        kind, name = number % 3, draw.choice(names)
        other = " ".join(reversed(name.split()[:3])) + " JSC"
        said = f"{text} Giấy phép số {draw.randint(1, 2 * AGENCIES)}/LĐTBXH-GP." if kind == 2 else text
        yield JobAd(
            ad_id=f"bench:{number}", source="bench", seen_at=NOW, title="Đơn hàng Nhật Bản", description=said,
            hiring_organization=other if kind == 1 else name, country="JP", language="vi",
        )  # fmt: skip
