"""The review page in a real browser, on a wide and on a narrow screen."""

import re
import time

import pytest
from flask import request
from playwright.sync_api import expect

from browsing import NARROW, WIDE, browser_path, enter, let_in
from builders import make_ad
from pipeline.store.store import Store
from store_builders import look, open_case_for
from web_acts import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]
OTHER = "lamp-river-stone-24"


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def page(windows, app, request):
    problems = []
    with windows.open(
        app,
        size=request.param,
        pageerror=lambda error: problems.append(str(error)),
        console=lambda message: problems.append(message.text) if message.type == "error" else None,
        dialog=lambda dialog: (problems.append("a dialog opened"), dialog.dismiss()),
    ) as page:
        yield page
        assert problems == []


@pytest.fixture
def plain_page(windows, app):
    """A browser that runs no script."""
    with windows.open(app, has_scripts=False) as page:
        yield page


def sign_in(page, name="mai"):
    let_in(page, name)
    page.goto("/")


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_an_analyst_signs_in_reads_decides_and_meets_the_next_case(page, database):
    enter(page, "mai", at="/")
    page.get_by_role("link", name="Helper for chat work").click()
    expect(page.locator("mark.for").filter(has_text="an advance of 500")).to_have_count(1)
    page.get_by_role("group", name="Money before the work").get_by_label("Agree", exact=True).check()
    page.get_by_text("Tags and note").click()
    page.get_by_label("Note").fill("Asks for money first.")
    page.get_by_role("button", name="Likely recruitment for trafficking").click()
    expect(page.get_by_role("status")).to_have_text(
        "Case 1: Likely recruitment for trafficking. It waits for a second analyst."
    )
    expect(page).to_have_url(re.compile("/case/2"))
    with Store.open(database) as store:
        (decision,) = store.decisions.of_case(1)
    assert (decision.verdict, decision.confirmed) == ("trafficking_recruitment", ("debt.advance",))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_one_key_decides_and_one_takes_it_back(page, database):
    sign_in(page)
    page.goto("/case/1")
    page.keyboard.press("n")
    page.keyboard.type("By keys: 1, 2, 3.")
    page.keyboard.press("Escape")
    with page.expect_navigation(url="**/case/2?decided=1"):
        page.keyboard.press("4")
    with Store.open(database) as store:
        (decision,) = store.decisions.of_case(1)
        assert (decision.note, decision.verdict) == ("By keys: 1, 2, 3.", "legitimate")
        with page.expect_navigation(url="**/case/1"):
            page.keyboard.press("z")
        assert store.cases.get(1).state == "open"
        with page.expect_navigation(url="**/case/2?skipped=1"):
            page.keyboard.press("l")
        assert len(store.decisions.of_case(1)) == 2


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_whoever_turns_single_keys_off_decides_by_buttons_alone_and_may_turn_them_on(page, database):
    sign_in(page)
    page.get_by_role("link", name="mai").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Turn shortcuts off").click()
    expect(page.get_by_text("Keyboard shortcuts are off.")).to_be_visible()
    page.goto("/case/1")
    expect(page.locator("kbd, [data-key], [data-list]")).to_have_count(0)
    page.locator("h2").first.click()
    for key in "123456lutnz":
        page.keyboard.press(key)
    expect(page.locator(":focus")).to_have_count(0)
    expect(page).to_have_url(re.compile("/case/1$"))
    with page.expect_navigation(url="**/case/2?decided=1"):
        page.get_by_role("button", name="Lawful offer").click()
    page.keyboard.press("z")
    with Store.open(database) as store:
        assert [each.verdict for each in store.decisions.of_case(1)] == ["legitimate"]
    page.goto("/account")
    with page.expect_navigation():
        page.get_by_role("button", name="Turn shortcuts on").click()
    page.goto("/case/2")
    with page.expect_navigation(url="**/?decided=2"):
        page.keyboard.press("4")


def test_the_enter_key_gives_no_verdict_by_a_slip(plain_page, database):
    page = plain_page
    sign_in(page)
    page.goto("/case/1")
    page.get_by_text("Tags and note").click()
    page.get_by_label("Tags").fill("odd")
    page.keyboard.press("Enter")
    page.get_by_text("Choose a verdict.").wait_for()
    expect(page.get_by_label("Tags")).to_have_value("odd")
    with Store.open(database) as store:
        assert store.decisions.of_case(1) == ()


@pytest.mark.parametrize("page", [NARROW], indirect=True, ids=["narrow"])
def test_an_analyst_changes_the_password_filters_and_decides_many(page, database):
    sign_in(page)
    page.get_by_role("searchbox").fill("advance")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("a.title")).to_have_text(["Helper for chat work"])
    page.get_by_role("link", name="Decide all 1 result").click()
    page.get_by_label("Verdict").select_option("job_fraud")
    page.get_by_label("Yes, decide every ticked case").check()
    page.get_by_role("button", name="Save the decisions").click()
    expect(page.get_by_role("status")).to_have_text("Saved: 1 case. Likely job fraud.")
    page.get_by_role("link", name="mai").click()
    for label, value in (("Current password", PASSWORD), ("New password (", OTHER), ("New password, again", OTHER)):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Password changed")
    with Store.open(database) as store:
        assert [each.verdict for each in store.decisions.of_case(1)] == ["job_fraud"]


@pytest.mark.parametrize("page", [NARROW], indirect=True, ids=["narrow"])
def test_administrators_and_supervisors_do_their_work(page, database):
    sign_in(page, "a-administrator")
    page.get_by_role("link", name="Accounts").click()
    form = page.locator("form", has=page.get_by_role("button", name="Add account"))
    form.get_by_label("Name").fill("binh")
    form.get_by_label("Role").select_option("researcher")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", name="A new password for binh")).to_be_visible()
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("cell", name="added an account")).to_be_visible()
    with Store.open(database) as store:
        assert store.accounts.get("binh").role == "researcher"


@pytest.fixture
def many(store):
    """Twelve more cases."""
    for number in range(12):
        ad = make_ad(ad_id=f"m:{number}", title=f"Cook {number}", description=f"Kitchen {number} opens on Monday.")
        look(store, ad)
        open_case_for(store, ad, priority=number / 100)
    return store


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_ten_decisions_take_fewer_than_sixty_keys_and_no_mouse(page, many):
    pressed = 0

    def press(*keys):
        nonlocal pressed
        for key in keys:
            page.keyboard.press(key)
            pressed += 1

    page.goto("/")
    while page.evaluate("document.activeElement.id") != "name":
        press("Tab")
    press(*"mai", "Tab", *PASSWORD)
    with page.expect_navigation():
        press("Enter")
    press("j", "j")
    with page.expect_navigation(url="**/case/*"):
        press("o")
    for number in range(10):
        if number == 2:
            with page.expect_navigation():
                press("]")
        with page.expect_navigation():
            press("14"[number % 2])
    assert many.statistics.totals()["decisions"] == 10
    assert pressed < 60


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_the_list_and_its_help_are_worked_by_keys(page, many):
    sign_in(page)
    page.keyboard.press("?")
    expect(page.locator(".key-help")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator(".key-help")).not_to_have_attribute("open", "")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("kitchen")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("a.title")).to_have_count(12)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".rows input:checked")).to_have_count(2)


def test_a_mark_and_its_line_lead_to_each_other(page):
    sign_in(page)
    page.goto("/case/1")
    page.locator("mark a").first.click()
    line = page.locator("#reason-debt\\.advance")
    expect(line.locator("details")).to_have_attribute("open", "")
    expect(line).to_be_in_viewport()
    line.get_by_role("link", name="Show in the text").click()
    expect(page.locator("#mark-debt\\.advance")).to_be_in_viewport()


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_the_tags_are_not_sent_by_the_enter_key(page, database):
    sign_in(page)
    page.goto("/case/1")
    page.keyboard.press("t")
    page.keyboard.type("odd")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Tags")).to_have_value("odd")
    page.keyboard.press("4")
    expect(page.get_by_role("status")).to_have_text("Case 1: Lawful offer.")
    with Store.open(database) as store:
        assert [each.tags for each in store.decisions.of_case(1)] == [("odd",)]


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_the_second_press_of_a_double_click_decides_no_case_that_comes_into_view(page, database):
    sign_in(page)
    page.goto("/case/1")
    place = page.get_by_role("button", name="Lawful offer").bounding_box()
    page.mouse.move(place["x"] + 20, place["y"] + 10)
    with page.expect_navigation(url="**/case/2?decided=1"):
        page.mouse.down(click_count=1)
        page.mouse.up(click_count=1)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.goto("/")
    with Store.open(database) as store:
        assert [len(store.decisions.of_case(case)) for case in (1, 2)] == [1, 0]


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_a_key_that_is_pressed_twice_sends_its_form_once(page, app, database):
    @app.after_request
    def answer_late(answer):
        if request.path == "/case/1" and request.method == "POST":
            time.sleep(0.5)
        return answer

    sign_in(page)
    page.goto("/case/1")
    page.keyboard.press("4")
    page.wait_for_timeout(150)
    page.keyboard.press("4")
    page.wait_for_url("**/case/2?decided=1")
    expect(page.get_by_role("status")).to_have_text("Case 1: Lawful offer.")
    with Store.open(database) as store:
        assert [len(store.decisions.of_case(case)) for case in (1, 2)] == [1, 0]


def test_whoever_leaves_a_note_or_a_comment_unsaved_is_asked_first(windows, app):
    asked = []
    with windows.open(app, dialog=lambda dialog: (asked.append(dialog.type), dialog.dismiss())) as page:
        sign_in(page)
        page.goto("/case/1")
        page.get_by_role("textbox", name="Comment").fill("Seen by the hotline too.")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Lawful offer").click()
        expect(page.get_by_role("textbox", name="Comment")).to_have_value("Seen by the hotline too.")
        assert asked == ["beforeunload"]
        page.get_by_role("button", name="Save the comment").click()
        expect(page.get_by_text("Comment saved.")).to_be_visible()
        page.get_by_text("Tags and note").click()
        page.get_by_label("Note").fill("Asks for money first.")
        page.get_by_role("button", name="Skip for now").click()
        expect(page.get_by_label("Note")).to_have_value("Asks for money first.")
        page.get_by_role("button", name="Likely job fraud").click()
        expect(page.get_by_text("Case 1: Likely job fraud.")).to_be_visible()
        assert asked == ["beforeunload"] * 2


@pytest.mark.parametrize("page", [WIDE], indirect=True, ids=["wide"])
def test_twice_as_large_the_verdicts_cover_no_text(page):
    sign_in(page)
    page.set_viewport_size({"width": 640, "height": 450})
    page.goto("/case/1")
    assert page.locator("form.decide").bounding_box()["y"] > 450
    page.set_viewport_size({"width": 640, "height": 900})
    assert page.locator("form.decide").bounding_box()["y"] < 900
