"""Every page held to axe-core, and gone through by the Tab key: three languages, wide and narrow, light and dark."""

import re
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect
from pyotp import TOTP

from browsing import NARROW, WIDE, browser_path, enter, serve
from builders import NOON
from pipeline.accounts.openid import Provider
from pipeline.settings.loader import load_settings
from pipeline.settings.records import OpenIDSettings
from pipeline.store.store import Store
from pipeline.web.checker import Checker
from pipeline.web.i18n import LANGUAGES
from referral_samples import EXPORT_DESK
from store_builders import copy_store
from web_acts import PASSWORD, make_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
READER = "a-administrator"
"""Who sees every page."""

STANDINGS = ("hostile", "awaited", "disagreed", "agreed", "reopened", "taken back", "held")
SAMPLES = Path(__file__).parents[3] / "data" / "samples"
ADDRESSES = {
    "/": ("/?decided=5", "/?state=all&words=advance", "/?state=decided&sort=decided", "/?state=mine&skipped=5"),
    "/case/<int:case_id>": ("/case/{waiting}", *(f"/case/{{{standing}}}" for standing in STANDINGS), "/case/999"),
    "/campaign/<campaign_id>": ("/campaign/{campaign}",),
    "/contact/<digest>": ("/contact/{contact}",),
    "/ad": ("/ad?ad_id=c:1",),
    "/check": ("/check",),
    "/mine": ("/mine",),
    "/feedback": ("/feedback",),
    "/practice": ("/practice",),
    "/practice/<int:number>": ("/practice/1", "/practice/11"),
    "/bulk": ("/bulk?source=kitchens", "/bulk?source=none", "/bulk?case={waiting}"),
    "/account": ("/account",),
    "/criteria": ("/criteria", "/criteria?search=money", "/criteria?search=zzz"),
    "/overview": ("/overview?of=confirmed",),
    "/brief": ("/brief",),
    "/export": ("/export?case={agreed}", "/export?state=decided&source=kitchens", "/export?case=999"),
    "/agreement": ("/agreement",),
    "/audit": ("/audit",),
    "/analysts": ("/analysts",),
    "/sign-in": ("/sign-in",),
}
"""What to ask each route for. In other languages than English its first address says enough: the parts are the same."""

FILES = {
    "/static/<path:filename>", "/overview/<key>.<any(csv,svg,png):ending>", "/brief.<ending>",
    "/labels.jsonl", "/queue.csv", "/healthz", "/metrics",
    "/case/<int:case_id>/page/<int:number>",  # in a sandbox, where no script looks at it
}  # fmt: skip
ON_THE_WAY = {
    "/sign-in/openid", "/sign-in/openid/callback", "/case/<int:case_id>/previous",
    "/case/<int:case_id>/following",
    "/sign-in/code",  # on the way to a second factor
}  # fmt: skip
"""What only leads on."""

LOOKS = ((WIDE, "light"), (NARROW, "dark"), (NARROW, "light"))
"""A colour has no language, and what a narrow screen shows in dark a wide one shows too. A word too long shows on the
narrow one, the last."""

OUTSIDE = {"/sign-in"}
"""What is shown to whoever is not signed in."""


def open_app(desk, taxonomy):
    return make_app(
        desk.database,
        taxonomy,
        exports=EXPORT_DESK,
        samples=SAMPLES,
        checker=Checker(load_settings(SAMPLES.parents[1])),
        openid=Provider(OpenIDSettings(issuer="https://id.example", client_id="desk"), "x"),
    )


@pytest.fixture(scope="module")
def desk(prepared, tmp_path_factory):
    return replace(prepared, database=copy_store(prepared.database, tmp_path_factory.mktemp("read")))


@pytest.fixture(scope="module")
def pages(browser, desk, taxonomy):
    """A page on which somebody is signed in, and one on which nobody is."""
    with serve(open_app(desk, taxonomy)) as address:
        contexts = [browser.new_context(base_url=address, viewport=WIDE) for _ in range(2)]
        inside, outside = (context.new_page() for context in contexts)
        enter(inside, READER)
        yield inside, outside
        for context in contexts:
            context.close()


def fill(address, desk):
    return address.format(campaign=desk.campaign, contact=desk.contact, **desk.cases)


def wrong_on(page):
    """What axe finds on the page as it stands, of any gravity."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)")
    return [
        (each["impact"], each["id"], node["html"][:200], node["failureSummary"])
        for each in found
        for node in each["nodes"]
    ]


def test_the_table_has_every_page(desk, taxonomy):
    rules = open_app(desk, taxonomy).url_map.iter_rules()
    assert {rule.rule for rule in rules if "GET" in rule.methods} == ADDRESSES.keys() | FILES | ON_THE_WAY


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("route", ADDRESSES)
def test_axe_finds_nothing_wrong(pages, desk, route, language):
    page = pages[route in OUTSIDE]
    with Store.open(desk.database) as store:
        store.accounts.set_language(READER, language)
    if route in OUTSIDE:
        page.goto("/sign-in")
        with page.expect_navigation():
            page.locator(f"button[lang={language}]").click()
    for address in ADDRESSES[route][: None if language == "en" else 1]:
        page.goto(fill(address, desk))
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.evaluate(AXE)
        for size, scheme in LOOKS if language == "en" else LOOKS[-1:]:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            assert wrong_on(page) == [], (address, size, scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (address, size)


def test_a_second_factor_is_set_up_and_used_in_a_browser_and_axe_finds_nothing_wrong(browser, own_desk, taxonomy):
    with serve(open_app(own_desk, taxonomy)) as address:
        context = browser.new_context(base_url=address, viewport=NARROW)
        page, refused = context.new_page(), []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

        def press(form, **typed):
            assert_clean(page)
            for field, value in typed.items():
                page.locator(f"{form} [name={field}]").fill(value)
            with page.expect_navigation():
                page.locator(f"{form} button").first.click()

        enter(page, "mai")
        page.goto("/account")
        press("form[action='/account/second-factor']", password=PASSWORD)
        drawn = page.locator("svg.segno").bounding_box()
        assert min(drawn["width"], drawn["height"]) > 150
        press("main form", code=TOTP(page.locator("code.password").inner_text()).at(NOON))
        codes = page.locator("code.password").all_inner_texts()
        assert len(codes) == 10
        assert_clean(page)
        page.goto("/account")
        assert "10 recovery codes are left" in page.locator("main").inner_text()
        context.clear_cookies()
        enter(page, "mai", at="/case/1")
        expect(page).to_have_url(f"{address.rstrip('/')}/sign-in/code")
        press("main form", code=codes[0])
        expect(page).to_have_url(f"{address.rstrip('/')}/case/1")
        assert refused == [], "the policy refuses nothing of ours"
        context.close()


def assert_clean(page):
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert wrong_on(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_axe_sees_what_is_wrong(pages):
    """A check that cannot fail would be none."""
    page = pages[0]
    page.goto("/account")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/icon.svg\">')")
    page.evaluate(AXE)
    assert [rule for _, rule, *_ in wrong_on(page)] == ["image-alt"]


STOPS = """() => {
    const seen = (one) => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0 && !one.disabled;
    const first = (one) => one.type !== 'radio' || one.checked;
    const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
    return [...document.querySelectorAll(all)].filter((one) => seen(one) && first(one)).map((one, at) => {
        one.dataset.stop = at;
        return at;
    });
}"""
"""All that can be reached, in the order of the page; of radio buttons the chosen one."""

HERE = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), look = getComputedStyle(one);
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let ground = one.parentElement;
    const clear = (colour) => ['rgba(0, 0, 0, 0)', 'transparent'].includes(colour);
    while (ground.parentElement && clear(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    const [a, b] = [light(look.outlineColor), light(getComputedStyle(ground).backgroundColor)];
    return {
        stop: one.dataset.stop === undefined ? null : Number(one.dataset.stop),
        html: one.outerHTML.slice(0, 160),
        ring: look.outlineStyle === 'none' ? 0 : parseFloat(look.outlineWidth),
        contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
        unnamed: one.matches('.scroll') && !one.ariaLabel && !one.getAttribute('aria-labelledby'),
    };
}"""
"""Where the focus is, and whether one can see that."""


@pytest.mark.parametrize("route", ADDRESSES)
def test_the_tab_key_goes_everywhere_in_order_and_one_sees_where_it_is(pages, desk, route):
    page = pages[route in OUTSIDE]
    page.set_viewport_size(NARROW)
    page.goto(fill(ADDRESSES[route][0], desk))
    stops, met = page.evaluate(STOPS), []
    page.locator(".skip").focus()
    for _ in range(len(stops) + 4 * page.locator("[type=date]").count()):
        here = page.evaluate(HERE)
        assert here["ring"] >= 2, here
        assert here["contrast"] >= 3, here
        assert here["inside"], here
        assert not here["unnamed"], here
        met += [here["stop"]] if here["stop"] not in met[-1:] else []  # a date has several parts
        page.keyboard.press("Tab")
        if met[-1] == stops[-1]:
            break
    assert met == stops
    assert page.evaluate(HERE)["stop"] in {None, 0}, "no trap: behind the last comes the browser's own bar"


def test_the_first_stop_skips_to_the_content(pages, desk):
    page = pages[0]
    page.goto(fill("/case/{waiting}", desk))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_no_key_does_anything_while_one_types_or_chooses(pages, desk):
    page = pages[0]
    page.goto(fill("/case/{waiting}", desk))
    address = page.url
    page.locator(".remarks summary").click()
    for field in ("#tags", "#note"):
        page.locator(field).focus()
        page.keyboard.type("123456lunzt")
        expect(page.locator(field)).to_have_value("123456lunzt")
    for keys in ("Control+1", "Alt+2", "Meta+3"):
        page.locator("h2").first.click()
        page.keyboard.press(keys)
    page.goto("/?state=all")
    page.locator(".more summary").click()
    for field in ("select[name=state]", "input[name=typed]"):
        page.locator(field).focus()
        page.keyboard.press("z")
    expect(page).to_have_url(re.compile(r"/\?state=all$"))
    with Store.open(desk.database) as store:
        assert store.decisions.of_case(desk.cases["waiting"]) == ()
    assert address.endswith(str(desk.cases["waiting"]))


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "risk"), ("vi", "rủi ro"), ("id", "risiko")],
)
def test_a_mark_says_in_words_what_its_colour_says(pages, desk, language, spoken):
    page = pages[0]
    with Store.open(desk.database) as store:
        store.accounts.set_language(READER, language)
    page.goto(fill("/case/{waiting}", desk))
    mark = page.locator("article .text mark.for")
    expect(mark).to_have_count(1)
    heard = mark.aria_snapshot()
    assert "an advance of 500" in heard
    assert spoken in heard
    assert "Money before the work" in heard
    expect(mark.locator(".unseen")).to_have_attribute("lang", language)
    expect(mark.locator(".unseen [lang=en]")).to_have_text("Money before the work")
