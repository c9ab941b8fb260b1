"""Saved pages in the manner of many boards, and their ads. All invented."""

import json
import sys
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import pytest

from crawler.extract.page import read_page
from crawler.extract.raw import PageReading

PAGES = Path(__file__).parents[1] / "pages"
SAVED = sorted(path.stem for path in PAGES.glob("*.html"))

CARDS = "".join(
    f"""<div class="job-card"><h3><a href="/jobs/{n}-seller">Seller for shop {n}</a></h3><span>Shop {n} Ltd</span>
    <span>Hue</span><span>Salary 8 - 10 million</span><p>Mornings and some Saturdays.</p>
    <a href="/apply">Apply</a></div>"""
    for n in range(12)
)


def whole(title: str, body: str, *, head: str = "") -> bytes:
    menu = '<nav><ul><li><a href="/jobs">Jobs in your town</a></li><li><a href="/login">Sign in</a></li></ul></nav>'
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{menu}{body}</body></html>".encode()


def read(page: bytes, path: str = "/jobs/17-night-baker") -> PageReading:
    return read_page(page, url=f"http://board.test{path}")


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_page_gives_what_a_person_reads_on_it(name: str) -> None:
    wanted = expected(name)
    reading = read_page((PAGES / f"{name}.html").read_bytes(), url=wanted["url"])
    assert reading.outcome == wanted["outcome"]
    assert len(reading.ads) == ("ad" in wanted)
    for ad in reading.ads:
        assert {field: getattr(ad, field) for field in wanted["ad"]} == wanted["ad"]
        assert (ad.base_salary.raw if ad.base_salary else None) == wanted["pay"]
        assert ad.description is not None
        assert ad.description.splitlines() == wanted["description"]
        assert list(reading.problems) == wanted["problems"]


@pytest.mark.parametrize(
    "title", ["Jobs in Hue", "12 jobs for sellers", "Việc làm tại Huế", "Sellers wanted", "招聘信息"]
)
def test_a_page_of_cards_is_a_listing(title: str) -> None:
    body = f"<h1>{title}</h1><p>Showing 1 to 12 of 340</p><div>{CARDS}</div><a href='?page=2'>Next page</a>"
    reading = read(whole(f"{title} | Board", body), "/jobs")
    assert (reading.outcome, reading.ads) == ("listing", ())


def test_an_ad_s_address_that_now_shows_the_list_is_a_listing() -> None:
    body = f"<h1>This job is no longer available</h1><p>Have a look at these instead.</p><div>{CARDS}</div>"
    reading = read(whole("Jobs | Board", body))
    assert (reading.outcome, reading.ads) == ("listing", ())


def test_a_list_without_results_is_still_a_listing() -> None:
    page = whole("Search results | Board", "<h1>Search results</h1><p>Nothing was found for welder in Hue.</p>")
    assert read(page, "/search?q=welder").outcome == "listing"


NO_PAGES = {
    "a server error": b"<h1>500 Internal Server Error</h1><p>Something went wrong, please try again later.</p>",
    "a robot check": whole("Just a moment...", "<h1>Checking your browser</h1><p>Please wait while we verify you.</p>"),
    "a bare fragment": b"<p>We bake bread and look for a baker.</p><p>Salary by agreement, apply soon.</p>",
    "nothing": b"",
    "JSON": b'{"title": "Baker"}',
    "a feed": b"<?xml version='1.0'?><rss><channel><item><title>Baker</title></item></channel></rss>",
    "a PDF": b"%PDF-1.7 \x00\x01\x02",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
}


@pytest.mark.parametrize("page", NO_PAGES.values(), ids=NO_PAGES)
def test_what_is_no_ad_gives_none(page: bytes) -> None:
    reading = read(page)
    assert (reading.outcome, reading.ads) == ("not_an_ad", ())


def test_an_ad_whose_text_a_script_loads_is_none_and_says_why() -> None:
    reading = read(whole("Detail", "<div id='app'></div>", head='<meta property="og:title" content="Night baker">'))
    assert (reading.outcome, reading.ads) == ("not_an_ad", ())
    assert any("script" in problem for problem in reading.problems)


POST = """We are hiring two bakers for our new shop in Hue. Start next week.
Salary: 8 - 10 million a month. Working hours: 3am to noon, one day off a week.
No experience needed, we train you. Send your CV to oven@bakery.example before Friday."""


def test_a_post_that_a_script_shows_is_read_as_it_is_told_to_machines() -> None:
    head = f'<meta property="og:title" content="Night baker"><meta property="og:description" content="{POST}{{}}">'
    (ad,) = read(whole("View @ovens", "<p>Join right away.</p>", head=head.format(""))).ads
    assert ad.description == POST
    cut = read(whole("View @ovens", "<p>Join right away.</p>", head=head.format("...")))
    assert (cut.outcome, cut.ads) == ("not_an_ad", ())


def test_related_ads_in_a_page_s_state_are_not_the_page_s_ad() -> None:
    related = [{"title": "Waiter", "company": "Pier", "location": "Hue", "description": "Carry plates. " * 30}]
    state = f'<script type="application/json">{json.dumps({"related": related})}</script>'
    assert read(whole("Night baker | Board", f"<h1>Night baker</h1>{state}")).ads == ()


def test_nuxt_s_flat_state_is_read() -> None:
    flat = [["ShallowReactive", 1], {"data": 2}, {"name": 3, "company": 4, "locations": 6, "description": 8},
            "Barista", {"name": 5}, "Kopi Senja", [7], {"city": 9}, "<p>" + "Serve coffee. " * 12, "Cebu"]  # fmt: skip
    state = f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(flat)}</script>'
    (ad,) = read(whole("Barista | Board", state)).ads
    assert (ad.reader, ad.title, ad.hiring_organization, ad.job_location) == ("api", "Barista", "Kopi Senja", "Cebu")


def modules_of(page: bytes) -> set[str]:
    """The modules of the crawler that run when a page is read once more."""
    found: set[str] = set()
    read(page)
    before = sys.getprofile()

    def note(frame: FrameType, _event: str, _argument: object) -> None:
        found.add(frame.f_globals.get("__name__", ""))

    sys.setprofile(note)
    try:
        read(page)
    finally:
        sys.setprofile(before)
    return {name for name in found if name.startswith("crawler.")}


def marked_up(**changed: str) -> bytes:
    """A page with complete JSON-LD, rows of label and value, and another ad in its state."""
    posting = {
        "@type": "JobPosting", "title": "Night baker", "description": "Bake bread from midnight to eight. " * 20,
        "hiringOrganization": {"name": "Harbour Bakery"}, "jobLocation": "Hue", "datePosted": "1 November 2026",
        "validThrough": "19 November 2026", "employmentType": "FULL_TIME", **changed,
    }  # fmt: skip
    rows = "<p>Deadline: 24/11/2026</p><p>Location: Hue, Vietnam</p><p>Salary: 9 million VND</p>"
    other = {"title": "Waiter", "company": "Pier", "location": "Hue", "description": "Carry plates. " * 30}
    rows += f'<script type="application/json">{json.dumps({"related": [other]})}</script>'
    head = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
    return whole("Night baker | Board", f"<h1>Night baker</h1>{rows}<p>{posting['description']}</p>", head=head)


MARKED_UP = (
    marked_up(),
    marked_up(validThrough="1 December 2026"),
    marked_up(jobLocation="Vietnam"),
    marked_up(baseSalary="0"),
    marked_up(validThrough="1 December 2026", jobLocation="Vietnam", baseSalary="0"),
    marked_up(hiringOrganization="board.test"),
)
"""With nothing to doubt, and with what a template fills in: then the rest of the page is read too."""


def test_a_page_passes_at_most_fifteen_modules_on_its_way_to_an_ad() -> None:
    unmarked = [(PAGES / f"{name}.html").read_bytes() for name in SAVED if "ad" in expected(name)]
    for pages, most in ((unmarked, 20), (MARKED_UP, 21)):
        ways = [len(modules_of(page)) for page in pages]
        assert len(ways) > 5
        assert median(ways) <= 15
        assert max(ways) <= most


def test_what_a_template_fills_in_gives_way_to_what_the_page_shows() -> None:
    (ad,) = read(MARKED_UP[4]).ads
    assert (ad.reader, ad.valid_through, ad.job_location) == ("json-ld", "24/11/2026", "Hue, Vietnam")
    assert ad.base_salary is not None
    assert ad.base_salary.raw == "9 million VND"
    assert ad.doubted == "base_salary: 0; job_location: Vietnam; valid_through: 1 December 2026"


@pytest.mark.parametrize("size", [4_900_000, 5_100_000, 11_000_000])
def test_of_a_long_page_the_ledger_says_how_far_it_was_read(size):
    body = b"<title>Baker</title><p>" + b"x " * (size // 2)
    reading = read_page(body, url="http://board.example/jobs/1")
    said = f"a page of {len(body):,} bytes, read up to 5,000,000"
    assert (said in reading.problems) == (size > 5_000_000)
