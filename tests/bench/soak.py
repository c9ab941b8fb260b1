"""Sixty simulated nights of one installation: change, growth, retention, and failures drawn at random.

Each night is ``lurewatch nightly`` in a process of its own, by a clock that goes on a day a night, on a real board and a
partner's files. An analyst decides on the page, which one process serves throughout. After every night the store is
held against what the board showed. ``make soak`` prints the table in docs/maintainers/tests.md.
"""

import csv
import json
import os
import platform
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression, median

from crawling import job_page, xml
from loopback_site import Answer, Site
from model.taxonomy.loader import load_taxonomy
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import hash_password
from pipeline.case import VERDICTS
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup
from tiny_model import train_tiny_model
from web_acts import PASSWORD, decide, sign_in

ROOT = Path(__file__).parents[2]
NIGHTS = 60
SEED = 20
STEADY = 10
"""The night from which memory must be flat: by then nothing is loaded for the first time."""

FLAT = 0.5
"""Megabytes a night by which a peak may grow while the store grows by a few ads."""

FAILURES = ("none",) * 8 + ("kill", "kill", "kill twice", "disk", "disk", "sick", "sick", "locked", "damaged", "two")
TEXTS = (
    "Office work at the border campus in hall {n}. We keep your passport until the debt is paid. No experience needed.",
    "A bakery in street {n} looks for a baker. Written contract, Sundays off, we pay the uniform.",
    "Chat agents wanted for house {n}. Ticket and visa are paid, rooms are free, bring only your passport.",
    "Quay {n} needs a crane driver with a licence. Pay by the hour, shifts as the law has them.",
    "Rate products at home, {n} a day. Pay a small deposit and draw your wage at any time.",
)
CLOCK = """
import datetime as module, os, sys
sys.modules["pandas"] = None  # only a tool of the developers brings it; it cannot bear another clock
real, ahead = module.datetime, module.timedelta(seconds=float(os.environ["SOAK_AHEAD"]))
class Meta(type):
    def __instancecheck__(cls, value): return isinstance(value, real)
class Clock(real, metaclass=Meta):
    __slots__ = ()
    now = staticmethod(lambda tz=None: real.now(tz) + ahead)
for name in ("fromisoformat", "fromtimestamp", "strptime", "combine", "utcfromtimestamp", "fromordinal"):
    setattr(Clock, name, staticmethod(getattr(real, name)))
module.datetime = Clock
"""


@dataclass(kw_only=True)
class Board:
    """What is published: the text of each ad, by its path; and the rows of the partner's files."""

    site: Site
    partner: Path
    texts: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    made: int = 0

    def go_on(self, night: int, chance: random.Random) -> None:
        """New, changed and removed ads of a day; a partner's file of five rows now and then."""
        for path in chance.sample(sorted(self.texts), min(len(self.texts) // 12, 4)):
            del self.texts[path]
        for path in chance.sample(sorted(self.texts), min(len(self.texts), 3)):
            self.texts[path] += f" Changed on day {night}."
        for _ in range(40 if night == 0 else chance.randrange(3, 8)):
            self.made += 1
            text = chance.choice(TEXTS).format(n=self.made if chance.random() < 0.7 else 7)
            self.texts[f"/ads/{self.made}"] = f"{text} Call +8551100{self.made:04}."
        if night % 3 == 0:
            with (self.partner / f"{night:02}.csv").open("w", newline="") as file:
                table = csv.writer(file)
                table.writerow(("title", "description", "url"))
                for _ in range(5):
                    self.rows += 1
                    text = chance.choice(TEXTS).format(n=1000 + self.rows)
                    table.writerow((f"Row {self.rows}", text, f"https://partner.example/{self.rows}"))
        self.publish()

    def publish(self, how: str = "none") -> None:
        pages = {path: Answer(body=job_page(f"Ad {path}", text=text)) for path, text in self.texts.items()}
        rows = "".join(f"<url><loc>{{site}}{path}</loc></url>" for path in pages)
        listing = xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>')
        self.site.pages = pages | {"/sitemap.xml": listing}
        if how == "sick":
            self.site.pages = dict.fromkeys(self.site.pages, Answer(status=500))


@dataclass(kw_only=True)
class Line:
    """One night in the table."""

    night: int
    failure: str
    seconds: float = 0.0
    peak: float = 0.0
    page: float = 0.0
    ads: int = 0
    cases: int = 0
    decided: int = 0
    store: float = 0.0


class Soak:
    """The installation, its board, and its analyst."""

    def __init__(self, home: Path, site: Site) -> None:
        self.home, self.local = home, home / "data" / "local"
        (home / "partner").mkdir()
        (home / "data" / "sources").mkdir(parents=True)
        (home / "clock").mkdir()
        (home / "clock" / "sitecustomize.py").write_text(CLOCK)
        train_tiny_model(home)  # what is read and scored is not what this is about
        (home / "lurewatch.toml").write_text(
            "[night]\nfree_mb = 1\n[retain]\nundecided_days = 10\nlawful_days = 10\n[triage]\nthreshold = 0.5\n"
        )
        head = 'name = "{0}"\ntitle = "{0}"\nkind = "{1}"\nstart = ["{2}"]\n'
        (home / "data" / "sources" / "board.toml").write_text(
            head.format("board", "sitemap", f"{site.url}/sitemap.xml")
            + "local = true\n[politeness]\ndelay = 0\n[revisit]\ndays = 0\n"
        )
        partner = home / "data" / "sources" / "partner.toml"
        partner.write_text(head.format("partner", "drop", home / "partner"))
        self.board = Board(site=site, partner=home / "partner")
        self.settings = load_settings(home)
        self.chance = random.Random(SEED)
        self.first = datetime.now(UTC) - timedelta(days=NIGHTS + 1)
        self.at = self.first
        self.said: list[tuple[int, str]] = []
        self.dropped: list[str] = []
        self.usual, self.client = 6.0, None

    def command(self, *words: str, limit: int = 0) -> subprocess.Popen[bytes]:
        """A command of ours, by the clock of the night; with a limit no file may grow beyond so many bytes."""
        ahead = (self.at - datetime.now(UTC)).total_seconds()
        path = os.pathsep.join((str(self.home / "clock"), str(ROOT)))
        said = (self.home / "said").open("wb")
        with said:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cli", *words], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT,
                env=os.environ | {"LUREWATCH_HOME": str(self.home), "PYTHONPATH": path, "SOAK_AHEAD": str(ahead)},
                start_new_session=True,
            )  # fmt: skip
        if limit:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        return process

    def finish(self, process: subprocess.Popen[bytes]) -> tuple[int, float]:
        """The exit code, and the megabytes that it had at its highest."""
        peak = 0.0
        while process.poll() is None:
            with suppress(OSError):  # it may end between the two
                said = Path(f"/proc/{process.pid}/status").read_text()
                peak = max([peak, *(int(kib) / 1024 for kib in re.findall(r"VmHWM:\s+(\d+)", said))])
            time.sleep(0.05)
        return process.returncode, peak

    def run(self, *words: str, expect: int = 0) -> float:
        code, peak = self.finish(self.command(*words))
        assert code == expect, (words, code, self.said_by_command())
        return peak

    def said_by_command(self) -> str:
        return (self.home / "said").read_text(errors="replace")

    def night(self, number: int) -> Line:
        """One night, with what goes wrong in it, and the morning after."""
        self.at = self.first + timedelta(days=number)
        self.board.go_on(number, self.chance)
        line = Line(night=number + 1, failure=self.chance.choice(FAILURES) if number else "none")
        self.board.publish(line.failure)
        began = time.monotonic()
        is_ill = line.failure in {"sick", "damaged"}
        self.disturb(line.failure)
        night = time.monotonic()
        only = () if number % 3 == 0 else ("--only", "board")  # the partner's files did not change
        line.peak = self.run("nightly", *only, expect=1 if is_ill else 0)
        if line.failure == "none":
            self.usual = time.monotonic() - night
        line.seconds = time.monotonic() - began
        self.at += timedelta(hours=6)
        self.check(line, is_ill=is_ill)
        if number % 3 == 0 or line.failure != "none":
            self.check_status(is_ill=is_ill)
        self.look_after(number, is_ill=is_ill)
        line.decided = self.decide()
        line.page = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
        return line

    def disturb(self, failure: str) -> None:
        """What comes before the night that ends well."""
        if failure in {"kill", "kill twice"}:
            for _ in range(failure.count(" ") + 1):
                self.kill_after(self.chance.random() * self.usual)
        elif failure == "disk":
            code, _ = self.finish(self.command("nightly", limit=self.chance.randrange(20_000, 400_000)))
            assert code in {0, 1, 2}, code
            assert "Traceback" not in self.said_by_command(), self.said_by_command()
        elif failure == "locked":
            other = sqlite3.connect(self.settings.database, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(self.usual, other.close).start()
        elif failure == "two":
            first, second = self.command("nightly"), self.command("nightly")
            assert {self.finish(first)[0], self.finish(second)[0]} <= {0, 2}
        elif failure == "damaged":
            before = set((self.settings.batches / "board").glob("[!.]*"))
            process = self.command("nightly")
            while not (new := set((self.settings.batches / "board").glob("[!.]*")) - before):
                assert process.poll() is None, self.said_by_command()
                time.sleep(0.005)
            os.killpg(process.pid, signal.SIGKILL)
            self.finish(process)
            (folder,) = new
            with closing(sqlite3.connect(self.settings.database)) as db:
                (taken,) = db.execute("SELECT count(*) FROM batches WHERE run = ?", [folder.name]).fetchone()
            assert not taken, "killed before intake"
            os.truncate(folder / "ads.jsonl", (folder / "ads.jsonl").stat().st_size // 2)

    def kill_after(self, seconds: float) -> None:
        process = self.command("nightly")
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        self.finish(process)

    def check(self, line: Line, *, is_ill: bool) -> None:
        """Nothing lost, nothing doubled, decisions kept, status true."""
        with Store.open(self.settings.database) as store:
            assert store.faults() == ()
            standing = store.db.rows(
                "SELECT a.source, a.url, v.record FROM ads a JOIN ad_versions v USING (version_id) "
                "WHERE a.gone_at IS NULL AND v.content_hash <> ''"
            )
            urls = Counter(row["url"] for row in standing)
            assert max(urls.values(), default=1) == 1, "an ad stands twice"
            if not is_ill:
                shown = {self.board.site.url + path: text for path, text in self.board.texts.items()}
                held = {row["url"]: json.loads(row["record"]) for row in standing if row["source"] == "board"}
                assert held.keys() == shown.keys(), (held.keys() ^ shown.keys(), self.said_by_command())
                for url, text in shown.items():
                    assert text in held[url]["description"], url
            assert sum(row["source"] == "partner" for row in standing) == self.board.rows
            scored = "SELECT count(*) FROM ads a LEFT JOIN assessments m USING (version_id) "
            assert store.db.count(f"{scored} WHERE m.version_id IS NULL AND a.gone_at IS NULL") == 0
            kept = Counter(
                (row["case_id"], row["verdict"]) for row in store.db.rows("SELECT case_id, verdict FROM decisions")
            )
            assert kept == Counter(self.said), "decisions"
            line.ads, line.cases = (
                store.db.count("SELECT count(*) FROM ads"),
                store.db.count("SELECT count(*) FROM cases"),
            )
        line.store = self.settings.database.stat().st_size / 1e6

    def check_status(self, *, is_ill: bool) -> None:
        """It names what is wrong, and nothing else."""
        self.finish(self.command("status", "--check"))
        troubles = [each for each in self.said_by_command().splitlines() if "backup" not in each]
        has_enough = any("board" in each for each in troubles)
        assert has_enough if is_ill else troubles in ([], ["nothing is wrong"]), troubles

    def look_after(self, number: int, *, is_ill: bool) -> None:
        """The operator drops what was held back, and clears and backs up each week."""
        if is_ill:
            self.finish(self.command("batches", "list", "--json"))
            for batch in json.loads(self.said_by_command()):
                if batch["state"] == "held_back":
                    name = f"{batch['source']}/{batch['run']}"
                    self.dropped.append(batch["run"])
                    self.run("batches", "drop", name, "--by", "op", "--reason", "It was ill.")
        if number % 7 == 6:
            self.run("retain")
            self.run("backup", "--keep", "2")
            self.finish(self.command("batches", "verify"))
            *faults, _ = self.said_by_command().splitlines()
            assert all(any(run in fault for run in self.dropped) for fault in faults), faults
            self.run("audit", "verify")

    def decide(self) -> int:
        """An analyst signs in, decides up to six cases as their pages show them, and leaves."""
        if self.client is None:
            with Store.open(self.settings.database) as store:
                store.accounts.add(
                    Analyst(name="mai", role="analyst", password_hash=hash_password(PASSWORD)), at=self.at
                )
            app = create_app(PageSetup(
                database=self.settings.database, taxonomy=load_taxonomy(self.settings.taxonomy), secret_key=b"k" * 32,
                clock=lambda: self.at,
            ))  # fmt: skip
            self.client = app.test_client()
        assert sign_in(self.client).status_code == 302
        assert self.client.get("/").status_code == 200
        assert self.client.get("/overview").status_code == 200
        with Store.open(self.settings.database) as store:
            waiting = [case.case_id for case in store.queue.cases(limit=40)]
        decided = 0
        for case_id in waiting[:6]:
            verdict = self.chance.choice(sorted(VERDICTS))
            if decide(self.client, case_id, verdict=verdict).status_code == 302:
                self.said.append((case_id, verdict))
                decided += 1
        return decided


def run_soak(nights: int = NIGHTS) -> None:
    """All nights, and the table."""
    lines: list[Line] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Site() as site:
        soak = Soak(Path(folder), site)
        with suppress(KeyboardInterrupt):  # what was measured until then is said
            for number in range(nights):
                lines.append(soak.night(number))
                print(f"{lines[-1]}", file=sys.stderr, flush=True)
        soak.run("audit", "verify")
    print(table(lines, time.monotonic() - began))
    for name in ("peak", "page"):
        grows = slope(lines, name)
        assert grows < FLAT, f"{name} grows by {grows:.2f} MB a night"


def slope(lines: list[Line], name: str) -> float:
    """Megabytes a night, once all is loaded."""
    steady = [line for line in lines if line.night > STEADY]
    return linear_regression([line.night for line in steady], [getattr(line, name) for line in steady]).slope


def table(lines: list[Line], seconds: float) -> str:
    """As Markdown: every tenth night, the failures, and the slopes."""
    rows = [
        f"| {line.night} | {line.failure} | {line.ads} | {line.cases} | {line.store:.1f} | {line.peak:.0f} | "
        f"{line.page:.0f} | {line.seconds:.0f} |"
        for line in lines if line.night % 10 == 0 or line.night == 1
    ]  # fmt: skip
    drawn = Counter(line.failure for line in lines)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    grows = f"{slope(lines, 'peak'):.2f} MB a night, the page by {slope(lines, 'page'):.2f}"
    peak, decided = median(line.peak for line in lines), sum(line.decided for line in lines)
    head = f"{datetime.now(UTC):%Y-%m-%d}, {machine}, seed {SEED}: {len(lines)} nights in {seconds / 60:.1f} minutes."
    failures = ", ".join(f"{count} {name}" for name, count in sorted(drawn.items()))
    columns = "| night | failure | ads | cases | database MB | night's peak MB | page MB | seconds |"
    foot = (
        f"From night {STEADY} on the peak grows by {grows}; its median is {peak:.0f} MB. {decided} decisions are there."
    )
    return "\n".join((head, "", f"Failures: {failures}.", "", columns, "| --- " * 8 + "|", *rows, "", foot))
