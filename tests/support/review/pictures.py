"""Pictures of every page, on a desktop and a phone, light and dark, after two nights of the sample board.

.venv/bin/python tests/support/review/pictures.py        (make pictures)

Those that the docs show go to docs/pictures, all others to build/pictures, where one looks at them.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), *map(str, (ROOT / "tests" / "support").iterdir())]

from browsing import NARROW, WIDE, enter, open_browser, serve
from model.taxonomy.loader import load_taxonomy
from pipeline.accounts.analysts import Analyst
from pipeline.exports.export import maker_of
from pipeline.review.brief import read_source_kinds
from pipeline.review.decisions import Decider, Judgement, Seen, decide
from pipeline.settings.loader import load_settings
from pipeline.settings.messages import FOLDER, read_translations
from pipeline.store.store import Store
from pipeline.web.app import create_app
from pipeline.web.checker import Checker
from pipeline.web.setup import PageSetup

PICTURES, OTHERS = ROOT / "docs" / "pictures", ROOT / "build" / "pictures"
SHARED_PARTS = ("taxonomy", "samples", "models", "exports", "sources")

OUTSIDE = {"sign-in": "/sign-in"}
PAGES = {
    "queue": "/", "case": "/case/{case}", "many": "/bulk?source=sample-board", "campaign": "/campaign/{campaign}",
    "contact": "/contact/{contact}", "criteria": "/criteria", "overview": "/overview", "brief": "/brief?month={month}",
    "export": "/export?state=decided&kind=trafficking_recruitment", "archived": "/case/{case}/page/1",
    "check": "/check", "ad": "/ad?ad_id={ad}", "mine": "/mine", "feedback": "/feedback", "practice": "/practice",
    "practice-case": "/practice/1", "agreement": "/agreement", "audit": "/audit",
    "accounts": "/analysts", "account": "/account",
}  # fmt: skip
"""Each picture's name, and the page that it shows."""

FASHIONS = {"": (WIDE, "light"), "-phone": (NARROW, "light"), "-dark": (WIDE, "dark"), "-phone-dark": (NARROW, "dark")}
IN_THE_DOCS = {*OUTSIDE, *PAGES, "queue-phone", "case-phone", "queue-dark"}

JUDGED = 32
"""Cases that two invented analysts decide first, so that there is something to count."""


def main() -> None:
    """Write a picture of each main page."""
    OTHERS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        for part in SHARED_PARTS:
            (home / "data" / part).symlink_to(ROOT / "data" / part)
        password = [run_demo(home), run_demo(home)][0]
        settings = load_settings(home)
        shown = prepare(settings.database)
        taxonomy = load_taxonomy(settings.taxonomy)
        app = create_app(PageSetup(
            database=settings.database, taxonomy=taxonomy, secret_key=os.urandom(32),
            exports=maker_of(settings, taxonomy), batches=settings.batches,
            source_kinds=read_source_kinds(settings.sources), checker=Checker(settings),
            samples=home / "data" / "samples",
            translations=read_translations(settings.taxonomy / FOLDER, taxonomy),
        ))  # fmt: skip
        with open_browser() as browser, serve(app) as address:
            take(browser, address, password, shown)


def run_demo(home: Path) -> str:
    """The password that the demonstration printed, or nothing from the second night on."""
    shown = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "demo"],
        cwd=ROOT, env=os.environ | {"LUREWATCH_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"Sign in as \S+ with (\S+)", shown.stdout)
    return found[1] if found else ""


def prepare(database: Path) -> dict[str, str]:
    """What the addresses are filled with, once some cases are decided."""
    with Store.open(database) as store:
        cases = [case.case_id for case in store.queue.cases(limit=100)]
        best = best_case(store)
        ad = next(ad for case in cases for ad in store.cases.ads(case) if is_in_a_campaign(store, ad.ad_id))
        judge([case for case in cases if case != best][:JUDGED], store)
        contact = max(store.contacts.of_ad(ad.ad_id), key=lambda card: (card.is_specific, card.ads))
        return {
            "case": str(best), "campaign": str(store.campaigns.of_ad(ad.ad_id)), "contact": contact.hash,
            "month": f"{datetime.now(UTC):%Y-%m}", "ad": quote(ad.ad_id),
        }  # fmt: skip


def best_case(store: Store) -> int:
    """The waiting English case with the most evidence: a picture that most readers can read."""
    scored = (
        (store.assessments.of_case(case.case_id), case.case_id) for case in store.queue.cases(language="en", limit=50)
    )
    return max(scored, key=lambda pair: len(pair[0].evidence) if pair[0] else 0)[1]


def is_in_a_campaign(store: Store, ad_id: str) -> bool:
    """Whether the ad has several copies, and a contact to look at."""
    campaign = store.campaigns.of_ad(ad_id)
    return campaign is not None and store.campaigns.size(campaign) > 1 and bool(store.contacts.of_ad(ad_id))


def judge(cases: Sequence[int], store: Store) -> None:
    """Two invented analysts decide these; of one case in five they say different things."""
    people = ("mai", "putu")
    for name in people:
        store.accounts.add(Analyst(name=name, role="analyst", password_hash="none"), at=datetime.now(UTC))
    for number, case_id in enumerate(cases):
        for made, name in enumerate(people):
            judged = Judgement(verdict="job_fraud" if made and number % 5 == 0 else "trafficking_recruitment")
            seen = Seen(case_id=case_id, fingerprint=store.cases.get(case_id).fingerprint, decisions=made)
            decide(store, seen, judged, by=Decider(name=name), at=datetime.now(UTC))


def take(browser: Browser, address: str, password: str, shown: dict[str, str]) -> None:
    """Sign in as the demonstration says, and photograph."""
    for ending, (size, scheme) in FASHIONS.items():
        is_phone = size == NARROW
        page = browser.new_context(
            base_url=address, viewport=size, color_scheme=scheme, has_touch=is_phone, is_mobile=is_phone
        ).new_page()
        photograph(page, OUTSIDE, shown, ending)
        enter(page, "analyst", password)
        photograph(page, PAGES, shown, ending)
        page.context.close()


def photograph(page: Page, pages: dict[str, str], shown: dict[str, str], ending: str) -> None:
    """A picture of each of these pages: the window for the docs, the whole page for whoever looks it over."""
    for name, path in pages.items():
        page.goto(path.format(**shown))
        if name + ending in IN_THE_DOCS:
            page.screenshot(path=PICTURES / f"{name}{ending}.png")
        page.screenshot(path=OTHERS / f"{name}{ending}.png", full_page=True)


if __name__ == "__main__":
    main()
