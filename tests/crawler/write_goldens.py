"""Writes what is read from the real pages, for a person to check before it becomes what the test expects.

    python tests/crawler/write_goldens.py ../shared/pages          # write tests/crawler/goldens
    python tests/crawler/write_goldens.py ../shared/pages --show   # print titles and first lines, write nothing

Of a description only its length, lines and digest are kept: no sentence of those pages may enter the project.
"""

import argparse
import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.extract.normalise import normalise
from crawler.extract.page import read_page
from crawler.extract.raw import RawAd
from crawler.extract.records.feed import read_feed

GOLDENS = Path(__file__).parent / "goldens"
SEEN_AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
MOST_ADS = 10
"""Of a feed's ads so many are kept one by one, of all of them one digest."""

SENTENCE = re.compile(r"[!?…]|\w{4}[.] |.{160}")
"""Titles, employers and places are facts; what may be a sentence is kept as a digest only."""


def read(path: Path) -> dict[str, Any]:
    """Outcome and ads of one page, feed or API answer, without any sentence of theirs."""
    outcome, ads, problems, links = _read(path)
    facts = [_facts(ad, path.name) for ad in ads]
    found: dict[str, Any] = {"outcome": outcome, "count": len(ads), "links": links, "problems": problems}
    return {**found, "ads": facts[:MOST_ADS], "all": _digest(json.dumps(facts, ensure_ascii=False))}


def _read(path: Path) -> tuple[str, tuple[RawAd, ...], list[str], int]:
    body, url = path.read_bytes(), f"http://127.0.0.1/{path.name}"
    if path.suffix == ".html":
        page = read_page(body, url=url)
        return page.outcome, page.ads, list(page.problems), 0
    feed = read_feed(body, url=url)
    return "feed", feed.entries, list(feed.problems), len(feed.links)


def _facts(raw: RawAd, name: str) -> dict[str, Any]:
    ad = normalise(raw, source="golden", seen_at=SEEN_AT, url=f"http://127.0.0.1/{name}")
    pay = ad.base_salary
    facts = {
        "reader": raw.reader, "title": ad.title, "employer": ad.hiring_organization, "place": ad.job_location,
        "country": ad.country, "posted": raw.date_posted, "date_posted": str(ad.date_posted or ""),
        "valid_through": str(ad.valid_through or ""), "employment_type": ad.employment_type,
        "salary": [pay.min, pay.max, pay.currency, pay.period, pay.raw] if pay else None,
        "contacts": sorted(contact.kind for contact in ad.contacts),
    }  # fmt: skip
    kept = {key: _fact(value) for key, value in facts.items() if value}
    text = ad.description
    digest = {"length": len(text), "lines": len(text.splitlines()), "sha256": _digest(text)}
    return {**kept, "description": digest}


def _fact(value: object) -> object:
    return f"sha256 {_digest(value)}" if isinstance(value, str) and SENTENCE.search(value) else value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _show(path: Path) -> None:
    outcome, ads, problems, links = _read(path)
    sys.stdout.write(f"\n{path.name}: {outcome}, {len(ads)} ads, {links} links {problems}\n")
    for ad in ads:
        sys.stdout.write(f"  {ad.title} | {ad.hiring_organization} | {ad.job_location}\n")
        for line in [*(ad.description or "").splitlines()[:3], "...", *(ad.description or "").splitlines()[-2:]]:
            sys.stdout.write(f"      {line[:150]}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    GOLDENS.mkdir(exist_ok=True)
    for path in sorted(arguments.pages.iterdir()):
        if path.name in {"README.md", "index.csv"}:
            continue
        if arguments.show:
            _show(path)
            continue
        target = GOLDENS / f"{path.name}.json"
        half = target.with_suffix(".part")
        half.write_text(json.dumps(read(path), ensure_ascii=False, indent=1) + "\n", "utf-8")
        half.replace(target)


if __name__ == "__main__":
    main()
