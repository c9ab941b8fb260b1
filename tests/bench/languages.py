"""How often the language of a text is told right, by language and length, and what it costs."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator

from bench.timing import ROOT, rate
from crawler.language.identify import read_language

_END = re.compile(r"[\r\n]+|(?<=[.!?;])\s+|(?<=[。！？；])")
BINS = {"20-40": (20, 40), "40-80": (40, 80), "80+": (80, 10**6)}
AD = (
    "Dibutuhkan karyawan toko untuk cabang baru kami di Bekasi, jujur dan mau belajar. Gaji dibayar setiap akhir "
    "bulan, makan siang disediakan. Kirim lamaran ke kantor kami atau datang langsung pada jam kerja.\n"
)


def compare_languages() -> None:
    """Print how many of single sentences, samples and held-out texts are right, by language, and the confusions."""
    held_out = [*_held_out()]
    parted = [(tag, part.strip()) for tag, text in held_out for part in _END.split(text)]
    kinds = {"sentences": [*_sentences()], "samples": [*_samples()], "held out": held_out, "... parted": parted}
    for name, texts in kinds.items():
        seen: Counter[tuple[str, str, bool]] = Counter()
        confused: Counter[str] = Counter()
        for tag, text in texts:
            found = read_language(text).language
            for bin_name, (least, limit) in BINS.items():
                if least <= len(text) < limit:
                    seen[tag, bin_name, found == tag] += 1
            if found != tag and len(text) >= BINS["40-80"][0]:
                confused[f"{tag} as {found}"] += 1
        _table(name, seen)
        print("at 40 characters and more:", ", ".join(f"{pair} {count}" for pair, count in confused.most_common(12)))
    ad = (AD * 12)[:2000]
    print(
        f"identify {rate(lambda: [read_language(ad) for _ in range(500)], 500):9,.0f} texts of 2,000 characters a second"
    )


def _table(name: str, seen: Counter[tuple[str, str, bool]]) -> None:
    print(f"{name:10}", *(f"{bin_name:>12}" for bin_name in BINS))
    for tag in [*sorted({tag for tag, *_ in seen}), "all"]:
        cells = []
        for bin_name in BINS:
            right, wrong = (
                sum(count for (one, place, is_right), count in seen.items()
                    if place == bin_name and is_right is wanted and tag in (one, "all"))
                for wanted in (True, False)
            )  # fmt: skip
            cells.append(f"{right:>5} of {right + wrong:>4}" if right + wrong else " " * 12)
        print(f"{tag:10}", *cells)


def _sentences() -> Iterator[tuple[str, str]]:
    lines = (ROOT / "tests/crawler/cases/languages.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        if row["register"] != "foreign":
            yield _tag(row["language"]), row["text"]


def _samples() -> Iterator[tuple[str, str]]:
    with gzip.open(ROOT / "data/samples/contrast.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield _tag(row["language"]), f"{row.get('title', '')}\n{row['text']}"
    for name in ("ordinary_messages", "warnings_plain", "lookalikes", "offers_plain", "contrast_plain"):
        for line in (ROOT / f"data/samples/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield _tag(row["language"]), f"{row.get('title', '')}\n{row['text']}"


def _held_out() -> Iterator[tuple[str, str]]:
    lines = (ROOT / "data/samples/invented_checks/texts.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        yield _tag(row["language"]), f"{row.get('title') or ''}\n{row['text']}"


def _tag(tag: str) -> str:
    return tag if tag == "hi-Latn" else "tl" if tag in ("ceb", "fil") else tag.partition("-")[0]
