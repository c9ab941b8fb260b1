"""Sets of ads whose campaigns are known, and how far found groups agree with them: invented ones by a grammar, and EMSCAD's.

An invented ad is put together from sentences of data/samples in one language, some employer's paragraph, a board's
footer, a place, a pay and a contact. Sentences stand in many ads, as they do on boards. Copies change what copies change.
EMSCAD's groups are those of its duplicates.
"""

import csv
import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import comb
from typing import NamedTuple

from bench.timing import ROOT
from crawler.ad import JobAd


class Agreement(NamedTuple):
    """Over pairs: the share of the known that is found, the share of the found that is known, and the adjusted Rand index."""

    recall: float
    precision: float
    rand: float


def agreement(known: Sequence[Hashable], found: Sequence[Hashable]) -> Agreement:
    right, asked, given = (pairs(some) for some in (zip(known, found, strict=True), known, found))
    chance = asked * given / comb(len(known), 2)
    return Agreement(right / asked, right / given, (right - chance) / ((asked + given) / 2 - chance))


def pairs(names: Iterable[Hashable]) -> int:
    """How many pairs have one name."""
    return sum(comb(count, 2) for count in Counter(names).values())


NOW = datetime(2026, 11, 2, tzinfo=UTC)
EMSCAD = ROOT.parent / "shared" / "corpora" / "emscad_dev.csv.gz"
COPIES, FAMILY = 0.05, 5
"""The share of ads that are copies, and copies an original."""

LEAST_SENTENCES = 60
TOWNS = (
    "Lanbay Kestwick Oromar Phu Linh Tarsova Benmouth Sungai Lama Quelling Vanh Thi Dorrick Maewan Hollin Baru".split()
)

Known = list[tuple[JobAd, str]]
"""Ads, and which campaign each belongs to."""


def invented(size: int, seed: int = 1) -> Known:
    """``size`` ads in random order; one of ``FAMILY + 1`` of a campaign, the others alone."""
    chance = random.Random(seed)
    pools = [*_sentences().items()]
    weights = [len(pool) for _, pool in pools]
    copies = int(size * COPIES)
    out: Known = []
    while len(out) < size - copies:
        language, pool = chance.choices(pools, weights)[0]
        out.append((_ad(len(out), *_drawn(language, pool, chance)), f"g{len(out)}"))
    for original, group in chance.sample(out, copies // FAMILY):
        out.extend((_ad(len(out), *_copied(original, chance)), group) for _ in range(FAMILY))
    chance.shuffle(out)
    return out


def emscad() -> Known:
    """EMSCAD's development part, what the board showed as one text, with its own groups of duplicates."""
    with gzip.open(EMSCAD, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    parts = ("description", "requirements", "benefits")
    texts = ["\n".join(row[part] for part in parts if row[part]) for row in rows]
    ads = [_ad(at, row["title"], text, row["job_id"]) for at, (row, text) in enumerate(zip(rows, texts, strict=True))]
    return [
        (replace(ad, company_profile=row["company_profile"] or None), row["dup_group"])
        for ad, row in zip(ads, rows, strict=True)
    ]


def _ad(number: int, title: str, text: str, name: str | None = None) -> JobAd:
    seen = NOW + timedelta(seconds=number)
    return JobAd(ad_id=name or f"bench:{number}", source="bench", seen_at=seen, title=title, description=text)


def _sentences() -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for file in sorted((ROOT / "data" / "samples").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = row.get("text") or row.get("description") or ""
            for part in re.split(r"\n+|(?<=[.!?;])\s+|(?<=[。！？；])", text):
                if len(part) >= 25:
                    found[(row.get("language") or "en").partition("-")[0]][part.strip()] = None
    return {language: [*some] for language, some in found.items() if len(some) >= LEAST_SENTENCES}


def _drawn(language: str, pool: list[str], chance: random.Random) -> tuple[str, str]:
    """A title and a text of three to nine sentences of its own, with facts, and often with passages that others have."""
    shared = random.Random(f"{language} {chance.randrange(40)}")
    parts = chance.sample(pool, chance.randint(3, 9))
    parts.append(_facts(chance))
    if chance.random() < 0.4:  # an employer's paragraph
        parts.insert(0, " ".join(shared.sample(pool, 3)))
    if chance.random() < 0.4:  # a board's footer
        parts.append(" ".join(shared.sample(pool, 2)))
    return parts[1][:50], "\n".join(parts)


def _facts(chance: random.Random) -> str:
    pay, phone = chance.randrange(200, 9000), chance.randrange(10**8, 10**9)
    return f"{chance.choice(TOWNS)}: {pay} USD, +84 {phone}, @{_name(chance)}"


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(("ba", "ko", "li", "mu", "ra", "te", "vi", "zo")) for _ in range(4))


def _copied(ad: JobAd, chance: random.Random) -> tuple[str, str]:
    """The ad with another contact and town, some words changed, often with a sentence or two less."""
    lines = ad.description.split("\n")
    facts = next(at for at, line in enumerate(lines) if " USD, +84 " in line)
    lines[facts] = _facts(chance)
    for _ in range(chance.choice((0, 1, 1, 2) if len(lines) > 6 else (0, 0, 1))):
        lines.pop(chance.randrange(len(lines)))
    changed = chance.uniform(0.0, 0.06)
    return ad.title, "\n".join(_edited(line, changed, chance) for line in lines)


def _edited(line: str, share: float, chance: random.Random) -> str:
    words = line.split(" ") if " " in line else re.findall(".{1,3}", line)
    out = []
    for word in words:
        draw = chance.random()
        if draw < share / 2:
            continue
        out.append(chance.choice(words) if draw < share else word)
    return (" " if " " in line else "").join(out)
