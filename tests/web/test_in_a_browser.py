"""The review page in a real browser, on a wide and on a narrow screen."""

import pytest

from browsing import browser_path, open_browser, serve
from pipeline.review_queue import ReviewQueue
from web_acts import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def page(browser, app, request):
    with serve(app) as address:
        context = browser.new_context(viewport=request.param, base_url=address)
        context.set_default_timeout(10_000)
        page = context.new_page()
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (problems.append("a dialog opened"), dialog.dismiss()))
        yield page
        assert problems == []
        context.close()


def sign_in(page):
    page.goto("/")
    page.get_by_label("Name").fill("mai")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_analyst_signs_in_reads_decides_and_meets_the_next_case(page, database):
    sign_in(page)
    page.get_by_role("link", name="Helper for chat work").click()
    assert page.locator("mark.for").filter(has_text="an advance of 500").count() == 1
    page.locator("fieldset", has_text="Money before the work").get_by_label("true of this offer").check()
    page.get_by_label("Likely recruitment for trafficking").check()
    page.get_by_label("Note").fill("Asks for money first.")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved: case 1."
    assert page.url.endswith("/case/2")
    with ReviewQueue.open(database) as queue:
        (decision,) = queue.decisions(1)
    assert (decision.verdict, decision.confirmed) == ("trafficking_recruitment", ("debt.advance",))
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", name="Sign in").is_visible()


def test_a_hostile_ad_runs_nothing_and_asks_for_nothing(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page)
    page.goto("/case/2")
    assert page.locator("article h1").inner_text().startswith("<script>alert(1)</script>")
    assert page.locator("article").is_visible()
    assert all(url.startswith(page.url[: page.url.index("/", 8)]) for url in asked)


def test_no_page_is_wider_than_its_screen(page):
    sign_in(page)
    for path in ("/", "/case/1", "/case/2"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_the_keyboard_alone_reaches_the_decision(page, database):
    sign_in(page)
    page.goto("/case/1")
    page.get_by_label("Lawful offer").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("By keys.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/2")
    with ReviewQueue.open(database) as queue:
        assert queue.decisions(1)[0].note == "By keys."
