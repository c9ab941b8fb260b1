"""Every case of the sample board: the verdict is in view without scrolling, on a desktop and on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browsing import browser_path, enter, serve
from model.taxonomy.loader import load_taxonomy
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from pipeline.web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]
ROOT = Path(__file__).parents[3]
SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


def test_the_verdict_is_in_view_on_every_case_without_a_script(home, run, browser):
    (home / "data").mkdir()
    for part in ("samples", "exports"):
        (home / "data" / part).symlink_to(ROOT / "data" / part)
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[triage]\nthreshold = 0.0\n")  # the small model knows no lure: every text is to be read
    password = re.search(r"Sign in as analyst with (\S+)", run("demo").output)[1]
    settings = load_settings(home)
    with Store.open(settings.database) as store:
        cases = [case.case_id for case in store.queue.cases(limit=200)]
    assert len(cases) > 30
    app = create_app(database=settings.database, taxonomy=load_taxonomy(settings.taxonomy), secret_key=b"k" * 32)
    with serve(app) as address:
        context = browser.new_context(base_url=address, java_script_enabled=False, viewport=SIZES[0])
        page = context.new_page()
        enter(page, "analyst", password)
        for case_id in cases:
            page.goto(f"/case/{case_id}")
            for size in SIZES:
                page.set_viewport_size(size)
                for button in page.locator(".verdicts button").all():
                    expect(button, f"case {case_id} at {size}").to_be_in_viewport(ratio=1)
        context.close()
