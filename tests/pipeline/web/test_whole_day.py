"""A whole day at the desk in a real browser: in three languages, on wide and narrow screens, with and without scripts.

A day is a row of acts, each a function below. Another act is a function and a place in ``ACTS``.
"""

import re
from dataclasses import dataclass
from gettext import NullTranslations

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import NARROW, WIDE, browser_path, enter, serve
from pipeline.accounts.audit_log import follow_chain
from pipeline.store.store import Store
from pipeline.web.i18n import _catalogue
from prepared_desk import KITCHENS, PreparedDesk
from referral_samples import EXPORT_DESK
from web_acts import make_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]
LURE, FRAUD, IRREGULAR, LAWFUL = "1", "2", "3", "4"
"""Verdicts by their keys."""

NOTE = "Asks for money first."


@dataclass(frozen=True, kw_only=True)
class Day:
    """A browser in which somebody works in some language."""

    page: Page
    desk: PreparedDesk
    catalogue: NullTranslations
    language: str
    has_keys: bool

    def say(self, message: str, **values: object) -> str:
        return self.catalogue.gettext(message) % values if values else self.catalogue.gettext(message)

    def press(self, key: str, leads_to: str) -> None:
        """What a key does, by the key where there are scripts and by its button elsewhere."""
        with self.page.expect_navigation(url=leads_to):
            if self.has_keys:
                self.page.locator("body").press(key)
            else:
                self.page.locator(f'[data-key="{key}"]').click()

    def told(self) -> Locator:
        return self.page.get_by_role("status").first

    def click(self, role: str, message: str) -> None:
        """Click what leads to another page, and arrive there."""
        self.follow(self.page.get_by_role(role, name=self.say(message)).first)

    def follow(self, link: Locator) -> None:
        with self.page.expect_navigation():
            link.click()

    def open_lane(self, lane: str) -> list[str]:
        """The cases that wait there."""
        self.click("link", "Queue")
        self.follow(
            self.page.get_by_role("navigation", name=self.say("Queues")).get_by_role("link", name=self.say(lane))
        )
        return self.page.locator("a.title").all_inner_texts()


def sign_in_in_ones_language(day):
    day.page.goto("/sign-in")
    day.follow(day.page.locator(f"button[lang={day.language}]"))
    expect(day.page.locator("html")).to_have_attribute("lang", day.language)
    day.page.get_by_label(day.say("Name")).fill("mai")
    enter(day.page, "mai")
    expect(day.page.get_by_role("heading", name=day.say("Cases to review"))).to_be_visible()


def filter_and_decide_by_keys(day):
    day.page.locator(".more summary").click()
    day.page.get_by_label(day.say("Source")).select_option("kitchens")
    day.click("button", "Apply")
    expect(day.page.locator("a.title")).to_have_count(KITCHENS)
    first = day.desk.cases["kitchen 0"]
    day.follow(day.page.get_by_role("link", name="Cook 0"))
    day.press(LAWFUL, f"**/case/{first + 1}?source=kitchens&decided={first}")
    said = day.say("Case %(number)s: %(verdict)s.", number=first, verdict=day.say("Lawful offer"))
    expect(day.told()).to_have_text(said)


def undo_and_decide_again(day):
    first = day.desk.cases["kitchen 0"]
    day.press("z", f"**/case/{first}?source=kitchens")
    expect(day.told()).to_have_text(day.say("Decision on case %(number)s undone.", number=first))
    day.press(FRAUD, f"**/case/*?source=kitchens&decided={first}")
    day.press("l", "**/case/*")


def decide_many(day):
    day.page.goto("/?source=kitchens")
    day.follow(day.page.locator(".acts a[href^='/bulk']"))
    day.page.get_by_label(day.say("Verdict")).select_option("legitimate")
    day.page.locator("[name=number_confirmed]").check()
    day.click("button", "Save the decisions")
    expect(day.told()).to_contain_text(str(KITCHENS - 1))


def refer(day):
    day.page.goto(f"/case/{day.desk.cases['waiting']}")
    reason = day.page.get_by_role("group", name="Money before the work")
    reason.get_by_label(day.say("Agree"), exact=True).check()
    day.page.locator(".remarks summary").click()
    day.page.locator("#note").fill(NOTE)
    day.page.locator("h2").first.click()
    day.press(LURE, "**decided=*")


def give_a_second_opinion(day):
    hand_over(day, "putu")
    assert "Helper for chat work" in day.open_lane("Second opinion")
    day.follow(day.page.get_by_role("link", name="Helper for chat work"))
    told = day.say("A second opinion is needed. The first one is not shown.")
    expect(day.page.get_by_text(told)).to_be_visible()
    shown = day.page.locator("main").inner_text()
    assert NOTE not in shown
    for choice in day.page.locator("main select").all_inner_texts():  # anybody may be asked for help
        shown = shown.replace(choice, "")
    assert re.search(r"\bmai\b", shown) is None
    day.press(LAWFUL, "**decided=*")


def settle(day):
    hand_over(day, "a-supervisor")
    assert "Helper for chat work" in day.open_lane("Disagreement")
    day.follow(day.page.get_by_role("link", name="Helper for chat work"))
    expect(day.page.locator("main")).to_contain_text(NOTE)
    day.press(IRREGULAR, "**decided=*")
    assert "Helper for chat work" not in day.open_lane("Disagreement")


def export_what_two_agree_on(day):
    number = day.desk.cases["agreed"]
    day.page.goto(f"/case/{number}")
    day.click("link", "Export this case for a partner")
    day.page.get_by_label(day.say("table (CSV)")).check()
    with day.page.expect_download() as download:
        day.page.get_by_role("button", name=day.say("Export"), exact=True).click()  # in Vietnamese "out" ends so too
    assert download.value.suggested_filename == "cases.csv"
    assert download.value.path().stat().st_size > 0


def sign_out(day):
    day.click("button", "Sign out")
    day.page.goto("/")
    expect(day.page.get_by_role("heading", name=day.say("Sign in"))).to_be_visible()


def hand_over(day, name):
    """One leaves and another comes, who works in the same language."""
    sign_out(day)
    enter(day.page, name)


ACTS = (
    sign_in_in_ones_language, filter_and_decide_by_keys, undo_and_decide_again, decide_many, refer,
    give_a_second_opinion, settle, export_what_two_agree_on, sign_out,
)  # fmt: skip

DAYS = {
    "en-wide": ("en", WIDE, True), "vi-narrow": ("vi", NARROW, True),
    "id-narrow-no-script": ("id", NARROW, False), "en-wide-no-script": ("en", WIDE, False),
}  # fmt: skip


@pytest.fixture(params=DAYS.values(), ids=DAYS)
def day(request, browser, own_desk, taxonomy):
    language, size, has_keys = request.param
    app = make_app(own_desk.database, taxonomy, exports=EXPORT_DESK)
    with serve(app) as address:
        context = browser.new_context(base_url=address, viewport=size, java_script_enabled=has_keys)
        page, problems = context.new_page(), []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append("a dialog opened"), dialog.dismiss()))
        yield Day(page=page, desk=own_desk, catalogue=_catalogue(language), language=language, has_keys=has_keys)
        context.close()
    assert problems == []


def test_a_whole_day(day):
    for act in ACTS:
        act(day)
    with Store.open(day.desk.database) as store:
        said = {name: [each.verdict for each in store.decisions.of_case(case)] for name, case in day.desk.cases.items()}
        assert said["kitchen 0"] == ["legitimate", "legitimate", "job_fraud"], "the second takes the first back"
        assert [said[f"kitchen {number}"] for number in range(1, KITCHENS)] == [["legitimate"]] * (KITCHENS - 1)
        assert said["waiting"] == ["trafficking_recruitment", "legitimate", "irregular_recruitment"]
        assert store.decisions.opinion_state(day.desk.cases["waiting"]).standing == "settled"
        assert [each.subject for each in store.audit.entries(act="exported")] == [f"case {day.desk.cases['agreed']}"]
        assert list(store.decisions.unlogged()) == []
        assert follow_chain(store.audit.chain()) == store.audit.head()
