"""Benchmark of real boards' pages: kinds, fields, links and records by board.

The pages lie in ``../shared/boards`` and ``../shared/pages`` and never in the project. Each is read by the functions
that the spiders call, once as served on this machine and once at the address of its board, where the index names one.
"""

import csv
import json
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import ROOT
from crawler.errors import NotAnAd
from crawler.extract.normalise import normalise
from crawler.extract.page import read_page
from crawler.extract.raw import PageReading, RawAd
from crawler.extract.records.feed import read_feed
from crawler.extract.text import fold
from crawler.extract.visible.listing import read_listing

SHARED = ROOT.parent / "shared"
GOLDENS = ROOT / "tests" / "crawler" / "goldens"
SEEN_AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
FIELDS = ("title", "employer", "place", "pay", "date")
PAGES = frozenset({"detail", "listing", "company", "other", "fragment"})
KINDS = {"job_detail": "detail", "api_json": "api"}
"""What ``../shared/pages`` calls them, as ``../shared/boards`` does."""

_ADDRESS = re.compile(r"https?://\S+")
_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b|\b(\d\d)/(\d\d)/(\d{4})\b")
_WORD = re.compile(r"\w+")
_LEGAL = frozenset("công ty tnhh cổ phần cp pt cv ltd limited pvt inc llc gmbh co corp company sro as".split())


@dataclass(kw_only=True)
class Row:
    """One page of an index."""

    path: Path
    board: str
    kind: str
    is_marked: bool
    address: str | None
    wanted: dict[str, str]
    ads: int | None


@dataclass
class Tally:
    """Right and asked, by what was asked."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, right: float, asked: float = 1) -> None:
        """Count one answer, or a share of several."""
        self.right[what] += right
        self.asked[what] += asked

    def line(self, names: tuple[str, ...]) -> str:
        """Each name with right of asked; a dash where nothing was asked."""
        return "".join(
            f"{f'{self.right[name]:g}/{self.asked[name]:g}' if self.asked[name] else '-':>11}" for name in names
        )


def compare_boards() -> None:
    """Print the table by board, the totals and what was read wrongly."""
    rows = [*board_rows(), *page_rows()]
    if not rows:
        print("boards: ../shared/boards and ../shared/pages are not there")
        return
    for where in ("on this machine", "at the board's address"):
        print(f"\nboards, {where}")
        report(rows, own=where != "on this machine")


def report(rows: list[Row], *, own: bool) -> None:
    """Read all rows and print what came out."""
    boards: dict[str, Tally] = defaultdict(Tally)
    groups: dict[str, Tally] = defaultdict(Tally)
    wrong: list[str] = []
    for row in rows:
        before = Tally()
        for what, right, asked, detail in answers(row, own=own):
            before.add(what, right, asked)
            if right > 0 if what == "false" else right < asked:
                wrong.append(f"  {row.path.name[:60]:60} {row.kind:8} {what:9} {detail}"[:230])
        group = f"{'with' if row.is_marked else 'without'} markup" if row.kind == "detail" else row.kind
        for tally in (boards[row.board], groups[group]):
            tally.right += before.right
            tally.asked += before.asked
    names = ("kind", *FIELDS, "links", "false", "records")
    for title, tallies in (("board", boards), ("pages", groups)):
        print(f"{title:24}" + "".join(f"{name:>11}" for name in names))
        for name, tally in sorted(tallies.items()):
            print(f"{name[:24]:24}{tally.line(names)}")
    print("\n".join(wrong))


def answers(row: Row, *, own: bool) -> list[tuple[str, float, float, str]]:
    """What is asked of one page: name, right, asked, and what was found instead; of ``false``, how many of all found.

    Which links are ads nobody noted, only how many: those beyond that number are false.
    """
    body, url = row.path.read_bytes(), f"http://127.0.0.1:8000/{row.path.name}"
    url = row.address or url if own else url
    if row.kind in PAGES:
        reading = read_page(body, url=url)
        found = [kind_answer(row, reading)]
        if row.kind == "detail" and (row.wanted or reading.ads):
            found += field_answers(row, reading.ads[0] if len(reading.ads) == 1 else None, url)
        if row.kind == "listing" and row.ads is not None:
            listing = read_listing(body, url=url, home=url, select={})
            count = max(len(listing.links), len(listing.ads))
            detail = f"{count} of {row.ads} {listing.links[:2]}"
            found.append(("links", min(count, row.ads), row.ads, detail))
            found.append(("false", max(0, count - row.ads), count, detail))
        return found
    if row.kind in {"feed", "api"} and row.ads:
        feed = read_feed(body, url=url)
        count = len(feed.entries) + len(feed.links)
        return [("records", min(count, row.ads) - max(0, count - row.ads), row.ads, f"{count} of {row.ads}")]
    return []


def kind_answer(row: Row, reading: PageReading) -> tuple[str, float, float, str]:
    """Whether the page was taken for what it is: one ad for a detail page, none for any other."""
    taken = reading.outcome if len(reading.ads) < 2 else f"{len(reading.ads)} ads"
    expected = {"detail": ("ad",), "listing": ("listing", "not_an_ad")}.get(row.kind, ("listing", "not_an_ad"))
    detail = f"{taken}: {'; '.join(reading.problems)} {reading.ads[0].title if reading.ads else ''}"
    return "kind", float(taken in expected), 1, detail


def field_answers(row: Row, raw: RawAd | None, url: str) -> list[tuple[str, float, float, str]]:
    """The fields that a person read, each right or wrong."""
    try:
        ad = normalise(raw, source="boards", seen_at=SEEN_AT, url=url) if raw else None
    except NotAnAd:
        ad = None
    pay = raw.base_salary.raw if raw and raw.base_salary else None
    values = {
        "title": ad and ad.title,
        "employer": ad and ad.hiring_organization,
        "place": ad and ad.job_location,
        "pay": pay,
        "date": ad and ad.date_posted and ad.date_posted.isoformat(),
    }
    return [
        (name, float(agrees(name, values[name], wanted)), 1, f"{values[name]!r}, expected {wanted!r}")
        for name, wanted in row.wanted.items()
    ]


def agrees(name: str, found: str | None, wanted: str) -> bool:
    """Whether a value says what a person read; how much else a place or a pay may say is bounded."""
    if not found:
        return False
    if name == "title":
        return fold(found) == fold(wanted)
    if name == "date":
        return found == wanted
    if name == "pay":
        ours, theirs = sorted(numbers(found)), sorted(numbers(wanted))
        alike = (math.isclose(one, other, rel_tol=1e-3) for one, other in zip(ours, theirs, strict=False))
        return len(ours) == len(theirs) > 0 and all(alike)  # $165.5K is 165450
    said, asked = set(_WORD.findall(fold(found))), set(_WORD.findall(fold(wanted)))
    if name == "employer":
        said, asked = said - _LEGAL or said, asked - _LEGAL or asked
        return said <= asked or (asked <= said and len(said) <= len(asked) + 2)
    return bool(said & asked) and len(said) <= len(asked) + 8


def numbers(pay: str) -> set[float]:
    """The amounts in a pay, in units: ``25K`` is 25000, ``80 triệu`` 80."""
    plain = re.sub(r"(?<=\d)[,   ](?=\d{3}\b)", "", pay.split("(")[0])
    found = re.findall(r"(\d+(?:\.\d+)?)\s*([kK])?", plain)
    amounts = {float(number) * (1000 if thousand else 1) for number, thousand in found}
    return {amount / 1_000_000 if amount >= 1_000_000 else amount for amount in amounts}


def board_rows() -> list[Row]:
    """The pages of ``../shared/boards``, whose fields a person has read."""
    folder = SHARED / "boards"
    return [
        Row(
            path=folder / "files" / row["file"],
            board=row["file"].partition("__")[0],
            kind=row["kind"],
            is_marked=row["has_jobposting_jsonld"] == "yes",
            address=address_in(f"{row['url_or_board']} {row['notes']}"),
            wanted=wanted_fields(row) if row["kind"] == "detail" else {},
            ads=int(row["n_ads"]) if row["n_ads"] else None,
        )
        for row in read_index(folder)
    ]


def page_rows() -> list[Row]:
    """The pages of ``../shared/pages``; their fields are what a person has checked in the goldens."""
    folder = SHARED / "pages"
    return [
        Row(
            path=folder / row["file"],
            board=row["file"].split(".")[0].rpartition("__")[0] or "pages",
            kind=KINDS.get(row["kind"], row["kind"]),
            is_marked=row["json_ld"].startswith("json-ld"),
            address=None,
            wanted=golden_fields(row["file"]) if row["kind"] == "job_detail" else {},
            ads=None,
        )
        for row in read_index(folder)
        if row["kind"] != "job_detail" or golden_fields(row["file"])
    ]


def read_index(folder: Path) -> list[dict[str, str]]:
    index = folder / "index.csv"
    return list(csv.DictReader(index.open(encoding="utf-8", newline=""))) if index.is_file() else []


def address_in(text: str) -> str | None:
    found = _ADDRESS.findall(text)
    return found[-1] if found else None


def wanted_fields(row: dict[str, str]) -> dict[str, str]:
    """What a person read, but for what the board itself hides."""
    values = {name: row[name] for name in ("title", "employer", "place", "pay")}
    day = _DAY.findall(row["posted"])
    if day:
        year, month, number, *other = day[0]
        values["date"] = f"{year}-{month}-{number}" if year else f"{other[2]}-{other[1]}-{other[0]}"
    return {name: value for name, value in values.items() if value and not value.startswith("(hidden")}


def golden_fields(name: str) -> dict[str, str]:
    """Title and employer of a page whose ad is there; a page without one is asked nothing."""
    path = GOLDENS / f"{name}.json"
    golden = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    ads = golden.get("ads", [])
    if not ads:
        return {}
    return {key: ads[0][key] for key in ("title", "employer") if key in ads[0] and "sha256" not in ads[0][key]}
