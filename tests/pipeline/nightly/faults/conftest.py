"""An installation that has had one night, and the next one undisturbed: what every disturbed night must come to."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from night_server import NightServer
from source_cards import write_card

from builders import make_ad
from campaign_copies import COPIES
from crawler.ad import JobAd
from crawling import job_page, sitemap, xml
from licence_samples import sample
from loopback_site import Answer, Site
from pipeline.accounts.analysts import Analyst
from pipeline.licences.register import RegisterStore
from pipeline.review.decisions import Decider, Judgement, Seen, decide
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from store_builders import write_batch
from tiny_model import LAWFUL, LURE

PAGES = 8
PARTNER = "partner"


def publish(site: Site, night: int) -> None:
    """The board: on the second night an ad is gone, two are changed and three are new."""
    pages = {f"/{number}": LURE if number % 3 else LAWFUL for number in range(PAGES + 3 if night > 1 else PAGES)}
    if night > 1:
        del pages["/2"]
        pages["/3"] += " The hours are other ones now."
        pages["/4"] += " We keep your passport."
    site.pages = {
        path: Answer(body=job_page(f"Helper {path}", text=f"Hall {path}. {text} " * 3)) for path, text in pages.items()
    }
    listed = sitemap(*(f"{{site}}{path}" for path in pages))
    for path in ("/3", "/4") if night > 1 else ():
        listed = listed.replace(f"{path}</loc><lastmod>2026-10-30", f"{path}</loc><lastmod>2026-11-03")
    site.pages["/sitemap.xml"] = xml(listed)


def partner_ads(night: int) -> tuple[JobAd, ...]:
    """Copies of a campaign with contacts, claims of licences, and plain ads."""
    copies = (
        replace(ad, source=PARTNER, description=f"{ad.description} {LURE}", url=f"http://127.0.0.1:1/{ad.ad_id}")
        for ad in COPIES[: night + 1]
    )
    claims = (
        make_ad(ad_id=f"p:{number}", source=PARTNER, description=f"GP 987{number}/LĐTBXH-GP {LAWFUL}", country="JP",
                language="vi", url=f"http://127.0.0.1:1/{number}")
        for number in range(2 * night)
    )  # fmt: skip
    return *copies, *claims


def contents(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, without the ciphers, which are other ones each time, and without the index of words."""
    with closing(sqlite3.connect(home / "data" / "local" / "lurewatch.db")) as db:
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("sqlite_", "case_words"))
        ]  # fmt: skip
        rows = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    return {name: sorted((tuple(map(_plain, row)) for row in found), key=repr) for name, found in rows.items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return b""
    return _SEALED.sub("", value) if isinstance(value, str) else value


_SEALED = re.compile(r',"sealed":"[^"]*"|^gAAAAA[\w=-]+$')
"""What is encrypted in an ad's record, and a contact."""


FACTS = {
    "ads": "SELECT a.ad_id, a.url, a.gone_why, a.missed, v.content_hash FROM ads a JOIN ad_versions v "
    "USING (version_id)",
    "versions": "SELECT ad_id, content_hash, fingerprint, title FROM ad_versions",
    "changes": "SELECT ad_id, field, fact, before, after FROM ad_changes",
    "scores": "SELECT v.ad_id, v.content_hash, m.score, m.rule FROM assessments m JOIN ad_versions v "
    "USING (version_id)",
    "cases": "SELECT c.fingerprint, c.reason, ca.ad_id FROM cases c JOIN case_ads ca USING (case_id) "
    "WHERE c.reason NOT IN ('audit', 'uncertain')",  # which the day draws
    "decisions": "SELECT analyst, verdict, fingerprint FROM decisions",
    "outcomes": "SELECT source, outcome FROM batches",
}


def facts(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the store holds, without moments and numbers: a crawl reads pages in another order each time."""
    with closing(sqlite3.connect(home / "data" / "local" / "lurewatch.db")) as db:
        return {name: sorted(db.execute(sql).fetchall(), key=repr) for name, sql in FACTS.items()}


def counts(home: Path, at: datetime) -> dict[str, int]:
    """The night of this moment in numbers, as the report has it."""
    report = home / "data" / "local" / "reports" / f"{at:%Y%m%dT%H%M%SZ}.json"
    return json.loads(report.read_text())["counts"]


@dataclass(frozen=True, kw_only=True)
class Nights:
    """Homes to copy, and what the second night came to."""

    server: NightServer
    begun: Path
    """After the first night, before the second."""

    crawled: Path
    """The same, with the whole batches of the second night."""

    at: datetime
    contents: dict[str, list[tuple[object, ...]]]
    facts: dict[str, list[tuple[object, ...]]]
    counts: dict[str, int]
    """In the report of the second night."""

    steps: int
    bytes: int
    """Of the largest file that the night writes."""

    pages: int
    """Of the database, at the second night's end."""

    contents_of, facts_of = staticmethod(contents), staticmethod(facts)
    counts_of, partner_ads = staticmethod(counts), staticmethod(partner_ads)

    def second(self, home: Path, *words: str, **disturbed: object):
        """The second night in this home, by the clock of the undisturbed one."""
        return self.server.run(home, self.at, *words, **disturbed)

    def ends_well(self, home: Path) -> None:
        """A new start ends well, and the store is what the undisturbed night made it."""
        with Store.open(home / "data" / "local" / "lurewatch.db") as store:
            has_ended = len(store.runs.latest()) == 2 and store.runs.latest()[0].ended_at is not None
        if not has_ended:  # else the next start would be the next night
            night = self.second(home)
            assert night.code == 0, night.output
        assert contents(home) == self.contents
        self.nothing_is_wrong(home)

    def nothing_is_wrong(self, home: Path) -> None:
        check = self.second(home, "status", "--check")
        assert (check.code, check.output) == (0, "nothing is wrong\n")
        assert (home / "data" / "local" / "reports" / f"{self.at:%Y%m%dT%H%M%SZ}.json").is_file()
        # A night that is killed as it writes the audit's ends, after its own end, leaves a draft to the next one.
        assert not [*(home / "data" / "local").rglob("[!.]*.partial"), *(home / "data").rglob(".[!a]*.partial")]


@pytest.fixture(scope="session")
def nights(tmp_path_factory, tiny_home, assessor):
    places = {name: str(tiny_home / "data" / name) for name in ("taxonomy", "models")}
    lines = [f"{name} = {json.dumps(place)}\n" for name, place in places.items()]
    settings = "".join(["[places]\n", *lines, "[night]\nbackup_days = 0\nfree_mb = 1\n[triage]\nthreshold = 0.3\n"])
    root = tmp_path_factory.mktemp("nights")
    begun = root / "begun"
    begun.mkdir()
    (begun / "lurewatch.toml").write_text(settings)
    local = begun / "data" / "local"
    first = datetime.now(UTC).replace(microsecond=0)
    with NightServer(load_settings(begun).model_folder(), tiny_home / "data" / "taxonomy") as server, Site() as site:
        publish(site, 1)
        write_card(begun, "quay", f"{site.url}/sitemap.xml")
        with (begun / "data" / "sources" / "quay.toml").open("a") as card:
            card.write("\n[revisit]\ndays = 0\n")
        write_batch(local / "batches", partner_ads(1), night=1, source=PARTNER)
        RegisterStore(load_settings(begun).imported_registers).keep(sample("sample-vn"))
        night = server.run(begun, first)
        assert night.code == 0, night.output
        _decide_some(local / "lurewatch.db", first)
        publish(site, 2)
        write_batch(local / "batches", partner_ads(2), night=2, source=PARTNER)
        second, undisturbed, crawled = first + timedelta(seconds=20), root / "undisturbed", root / "crawled"
        shutil.copytree(begun, undisturbed)
        night = server.run(undisturbed, second)
        assert night.code == 0, night.output
        shutil.copytree(begun, crawled)
        run = f"quay/{second:%Y%m%dT%H%M%SZ}"
        shutil.copytree(undisturbed / "data" / "local" / "batches" / run, crawled / "data" / "local" / "batches" / run)
        with Store.open(undisturbed / "data" / "local" / "lurewatch.db") as store:
            pages = store.db.count("PRAGMA page_count")
        known = Nights(
            server=server, begun=begun, crawled=crawled, at=second, contents=contents(undisturbed),
            facts=facts(undisturbed), counts=counts(undisturbed, second), steps=0, pages=pages, bytes=pages * 4096,
        )  # fmt: skip
        again = shutil.copytree(crawled, root / "again")
        steps = known.second(again).steps
        assert contents(again) == known.contents
        known.nothing_is_wrong(again)
        yield replace(known, steps=steps)


def _decide_some(database: Path, at: datetime) -> None:
    """Two analysts decide some cases: what they said must outlast every disturbance."""
    with Store.open(database) as store:
        for name in ("mai", "putu"):
            store.accounts.add(Analyst(name=name, role="analyst", password_hash="none"), at=at)
        cases = [case.case_id for case in store.queue.cases(limit=50)]
        assert len(cases) >= 4
        for case_id in cases[1::2]:
            seen = Seen(case_id=case_id, fingerprint=store.cases.get(case_id).fingerprint, decisions=0)
            verdict = Judgement(verdict="trafficking_recruitment")
            decide(store, seen, verdict, by=Decider(name="mai"), at=at)


@pytest.fixture
def begun(nights, tmp_path):
    return shutil.copytree(nights.begun, tmp_path / "home")


@pytest.fixture
def crawled(nights, tmp_path):
    return shutil.copytree(nights.crawled, tmp_path / "home")
