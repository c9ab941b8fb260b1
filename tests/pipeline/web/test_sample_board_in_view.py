"""A quarter of the sample board's cases: the verdict is in view without scrolling, on a desktop and on a phone."""

import re
from pathlib import Path

import pytest

from browsing import browser_path, enter, serve
from model.batches import in_batches
from model.taxonomy.loader import load_taxonomy
from pipeline.case import VERDICTS
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]
ROOT = Path(__file__).parents[3]
SHARES_IN_VIEW = """pages => {
  const links = page => [...page.querySelectorAll("link[rel=stylesheet]")];
  const sheets = page => links(page).map(each => each.getAttribute("href")).join();
  const show = html => {
    const next = new DOMParser().parseFromString(html, "text/html");
    if (sheets(next) !== sheets(document)) throw new Error("another style sheet");
    for (const {name, value} of next.documentElement.attributes) document.documentElement.setAttribute(name, value);
    document.body.replaceWith(document.adoptNode(next.body));
    scrollTo(0, 0);
  };
  const share = button => {
    const whole = button.getBoundingClientRect();
    let {left, top, right, bottom} = whole;
    const cut = (box) => {
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    };
    for (let at = button.parentElement; at && at !== document.documentElement; at = at.parentElement)
      if (getComputedStyle(at).overflow !== "visible") cut(at.getBoundingClientRect());
    cut({left: 0, top: 0, right: innerWidth, bottom: innerHeight});
    return Math.max(0, right - left) * Math.max(0, bottom - top) / (whole.width * whole.height);
  };
  return pages.map(html => {
    if (html !== null) show(html);
    return [...document.querySelectorAll(".verdicts button")].map(share);
  });
}"""
"""The share of each button that neither the window nor a box that scrolls cuts off, on several pages. Null is the page
that is shown; others of the same style sheets are put in its place, one after another, since to go to each takes ten
times as long."""

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def board(tmp_path_factory, made_home, commands, browser):
    """A page without scripts on which somebody is signed in who may decide all that the demo has queued, and those
    cases' pages."""
    with pytest.MonkeyPatch.context() as patch:
        home = made_home(tmp_path_factory.mktemp("demo"), patch)
        (home / "data").mkdir()
        for part in ("samples", "exports"):
            (home / "data" / part).symlink_to(ROOT / "data" / part)
        with (home / "lurewatch.toml").open("a") as file:
            file.write("[triage]\nthreshold = 0.0\n")  # the small model knows no lure: every text is to be read
        password = re.search(r"Sign in as analyst with (\S+)", commands(home)("demo").output)[1]
    settings = load_settings(home)
    with Store.open(settings.database) as store:
        cases = [case.case_id for case in store.queue.cases(limit=200)][::4]
    assert len(cases) > 40
    app = create_app(
        PageSetup(database=settings.database, taxonomy=load_taxonomy(settings.taxonomy), secret_key=b"k" * 32)
    )
    with serve(app) as address:
        context = browser.new_context(base_url=address, java_script_enabled=False, viewport=SIZES["desktop"])
        page = context.new_page()
        enter(page, "analyst", password)
        yield page, {case_id: context.request.get(f"/case/{case_id}").text() for case_id in cases}
        context.close()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_verdict_is_in_view_without_a_script(board, size):
    page, texts = board
    page.set_viewport_size(size)
    for some in in_batches(texts, 20):
        page.goto(f"/case/{some[0]}")
        found = page.evaluate(SHARES_IN_VIEW, [None, *(texts[case_id] for case_id in some[1:])])
        for case_id, shares in zip(some, found, strict=True):
            assert len(shares) == len(VERDICTS), f"case {case_id}"
            assert min(shares) > 1 - 1e-9, f"case {case_id}"
    assert page.locator("kbd").count() > 6
    assert not page.locator("kbd:visible").count(), "without a script no key does anything"
