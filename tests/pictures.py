"""Takes the pictures in the docs: runs the demonstration's two nights in a folder of its own and photographs the page.

.venv/bin/python tests/pictures.py        (make pictures)
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsing import open_browser, serve  # noqa: E402 - the paths above come first
from model.taxonomy import load_taxonomy  # noqa: E402
from pipeline.review_queue import ReviewQueue  # noqa: E402
from pipeline.web.app import create_app  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 900}
SHARED_PARTS = ("taxonomy", "samples", "models")


def main() -> None:
    """Write ``queue.png`` and ``case.png``."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        for part in SHARED_PARTS:
            (home / "data" / part).symlink_to(ROOT / "data" / part)
        password = [run_demo(home), run_demo(home)][0]
        database = home / "data" / "local" / "lurewatch.db"
        taxonomy = load_taxonomy(ROOT / "data" / "taxonomy")
        app = create_app(database=database, taxonomy=taxonomy, secret_key=os.urandom(32))
        with open_browser() as browser, serve(app) as address:
            page = browser.new_page(base_url=address, viewport=SIZE)
            take(page, password, best_case(database))


def run_demo(home: Path) -> str:
    """The password that the demonstration printed, or nothing from the second night on."""
    shown = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "demo"],
        cwd=ROOT, env=os.environ | {"LUREWATCH_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"Sign in as \S+ with (\S+)", shown.stdout)
    return found[1] if found else ""


def best_case(database: Path) -> int:
    """The waiting English case with the most evidence: a picture that most readers can read."""
    with ReviewQueue.open(database) as queue:
        cases = queue.cases(language="en", limit=50)
        scored = ((queue.assessment(case.case_id), case.case_id) for case in cases)
        return max(scored, key=lambda pair: len(pair[0].evidence) if pair[0] else 0)[1]


def take(page: Page, password: str, case_id: int) -> None:
    """Sign in as the demonstration says, and photograph."""
    page.goto("/")
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.screenshot(path=PICTURES / "queue.png")
    page.goto(f"/case/{case_id}")
    page.screenshot(path=PICTURES / "case.png")


if __name__ == "__main__":
    main()
