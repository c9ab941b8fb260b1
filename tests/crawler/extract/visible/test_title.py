"""Title of the one ad that a page is about. Every page is invented."""

import pytest

from crawler.extract.html_document import open_page
from crawler.extract.html_tree import parse_html
from crawler.extract.page import read_page
from crawler.extract.visible.head import read_head
from crawler.extract.visible.surroundings import lines_after_title
from crawler.extract.visible.title import find_title

ROWS = "<table><tr><td>Location</td><td>Hue</td></tr><tr><td>Salary</td><td>9 million VND</td></tr></table>"


def page(html: str):
    root = parse_html(f"<html>{html}</html>")
    assert root is not None
    return open_page(root, "http://board.example/jobs/1")


@pytest.mark.parametrize(
    "html",
    [
        (
            "<head><title>Work in the public service</title></head><body><div id=header>"
            f"<h1>Work in the public service</h1></div><span id=ctl1_lblJobTitle>Night baker</span>{ROWS}"
            "</body>"
        ),
        (
            "<head><title>Job Posting Details</title></head><body><div class=h1>Job Posting Details</div>"
            f"<div class=pc-h2>Night baker</div>{ROWS}</body>"
        ),
        (
            "<head><title>Acme :: Careers</title></head><body><h1>Careers</h1><table><tr>"
            f"<td class=JobTitle>Night baker</td></tr></table>{ROWS}</body>"
        ),
        (
            "<head><title>Bakers.example</title></head><body><h2>Search jobs near you</h2>"
            f"<strong class=title>Night baker</strong>{ROWS}</body>"
        ),
        (
            "<head><title>Board</title></head><body><ol class=breadcrumb><li>Jobs</li><li>Night baker</li>"
            f"</ol><b>Night baker</b>{ROWS}</body>"
        ),
        (
            "<head><title>Job Application for Night baker at Acme</title>"
            "<meta property='og:title' content='Night baker'></head><body><h2>What you will do</h2><p>Bake."
            "</p></body>"
        ),
        f"<head><title>Night baker - Board</title></head><body><h1><span>Night</span> <b>baker</b></h1>{ROWS}</body>",
        (
            "<head><title>Board</title></head><body><h1 title='Night baker'><div>Acme is hiring"
            f"</div>Night baker</h1>{ROWS}</body>"
        ),
        (
            "<head><title>Board | Jobs</title></head><body><h4>Register as an employer</h4>"
            f"<h4 class=title>Night baker</h4>{ROWS}</body>"
        ),
        (
            "<head><title>Quay – the harbour's best place to work</title><meta property='og:site_name' content='Quay'>"
            "<meta property='og:title' content='Quay – the harbour&#39;s best place to work'></head><body>"
            "<h1>Night baker</h1><p>Bake.</p><h1>Night baker</h1><p>Bake.</p></body>"
        ),
        (
            "<head><title>Night baker wanted-Quay mill bakes-Board 24</title></head><body><div><span>Night baker"
            f"</span></div><span class=job_position>Hanoi</span>{ROWS}</body>"
        ),
        (
            "<head><meta property='og:title' content='Night bak'></head><body><h1>Night baker</h1><h2>River Mill AG"
            f"</h2>{ROWS}<h3>River Mill AG</h3></body>"
        ),
        (
            "<head><title>Job Detail</title></head><body><table><tr><td>Position</td><td>Night baker</td>"
            f"</tr></table>{ROWS}</body>"
        ),
        (
            "<head><title>Board</title></head><body><h2 class=title>Reference no</h2><b>:</b>"
            f"<h2>Night baker</h2>{ROWS}</body>"
        ),
        (
            "<head><title>Night baker job details - Board</title></head><body><h1>Night baker job details"
            f"</h1><p class=detail-title>Night baker</p>{ROWS}</body>"
        ),
        (
            "<head><title>Lowongan Detail - Board</title></head><body><h2>Lowongan Detail</h2>"
            f"<h3>Night baker</h3>{ROWS}</body>"
        ),
        (
            "<head><title>Harbour town - News</title></head><body><h2>Harbour town</h2><p>Home</p><p>Night baker</p>"
            "<h1>Night baker</h1><p>Bake.</p></body>"
        ),
        (
            "<head><title>Night baker - Jobs/Vacancies - Quayland</title></head><body>"
            "<h2>Night baker - Jobs/Vacancies - Quayland</h2><a href='/1'>Night baker</a> by mira<p>Bake.</p></body>"
        ),
        (
            "<head><title>Quay Guide</title></head><body><ul><li><a href='/'>Home</a></li><li>/</li><li>"
            f"<a href='/j'>Jobs</a></li><li>/</li><li>Night baker</li></ul>{ROWS}<h1>Similar jobs</h1></body>"
        ),
        (
            f"<head><title>Jobs-Quayside</title></head><body><h3>Night baker</h3>{ROWS}"
            "<p>You bake bread from midnight to eight and keep the ovens clean.</p><h1>Quayside</h1></body>"
        ),
    ],
)
def test_a_title_is_found_by_what_agrees_with_it_and_what_follows_it(html: str) -> None:
    assert find_title(page(html)) == "Night baker"


@pytest.mark.parametrize(
    ("html", "place"),
    [
        (
            (
                "<h1>Baker</h1><form><label for=a>Location (City) *</label><input id=a><input><input>"
                "</form><p>Hue, Vietnam</p>"
            ),
            "Hue, Vietnam",
        ),
        ("<h1>Baker</h1><span class=location>10115</span><p>Hue, Vietnam</p>", "Hue, Vietnam"),
        ("<h1>Baker</h1><div class=location><b>Location</b> Hue</div>", "Hue"),
        (
            (
                "<ul class=location><li><a>Jobs</a></li><li><a>Firms</a></li><li><a>News</a></li></ul>"
                "<h1>Baker</h1><p>Hue, Vietnam</p>"
            ),
            "Hue, Vietnam",
        ),
        ("<title>Baker in Riverside | Board</title><h1>Baker</h1><p>Bake bread.</p>", "Riverside"),
        ("<h1>Baker</h1><p>Acme - Hue, Vietnam - Full-time</p>", "Hue, Vietnam"),
        ("<h1>Baker</h1><p>Work from home</p>", "Work from home"),
    ],
)
def test_a_place_is_no_postal_code_alone_no_label_of_a_form_and_no_menu(html: str, place: str) -> None:
    seen = page(html)
    assert read_head(seen, "Baker", lines_after_title(seen.root, "Baker"), {}).job_location == place


@pytest.mark.parametrize(
    ("html", "employer"),
    [
        ("<h1>Baker</h1><span>/ Lantern Bakery</span>", "Lantern Bakery"),
        ("<h1>Baker</h1><p>by</p><p>Lantern Bakery</p>", "Lantern Bakery"),
        ("<title>Baker - Lantern Bakery Careers</title><h1>Baker</h1><p>Bake.</p>", "Lantern Bakery"),
        ("<h1>Baker</h1><p>Bake bread.</p><h3>About Lantern Bakery</h3>", "Lantern Bakery"),
        ("<h1>Baker</h1><h3>About us</h3>", None),
        ("<p>Lantern Bakery</p><h1>Baker</h1><p>Bake bread at night.</p>", "Lantern Bakery"),
        ("<h1>Baker</h1><a href=/f/1><img alt='PT Roti Contoh'></a>", "PT Roti Contoh"),
        ("<h1>Baker</h1><p>2 - 3 years</p>", None),
    ],
)
def test_an_employer_is_a_name_and_no_other_fact(html: str, employer: str | None) -> None:
    seen = page(html)
    assert read_head(seen, "Baker", lines_after_title(seen.root, "Baker"), {}).hiring_organization == employer


@pytest.mark.parametrize(
    ("title", "pay"),
    [("Baker, 9 million VND", "9 million VND"), ("Baker for 2 shops", None), ("Sales 3000-6500U", "3000-6500U")],
)
def test_an_amount_in_a_title_is_pay_where_nothing_else_is(title: str, pay: str | None) -> None:
    seen = page(f"<h1>{title}</h1><p>Bake bread.</p>")
    found = read_head(seen, title, lines_after_title(seen.root, title), {}).base_salary
    assert (found and found.raw) == pay


def test_a_heading_with_other_spaces_than_the_page_s_title_is_still_its_title():
    seen = page(
        "<head><title>Night baker (day shift) at River Mill</title></head><body>"
        "<h1>Night baker <span>( day shift )</span></h1><p>River Mill</p></body>"
    )
    assert find_title(seen) == "Night baker (day shift)"
    assert lines_after_title(seen.root, find_title(seen)) == ["River Mill"]


def test_a_name_in_quotation_marks_is_no_title():
    head = "<head><title>Vacancies at the house “First Mate”</title></head>"
    assert find_title(page(f"{head}<body><h1>First Mate</h1><h2>Night baker</h2>{ROWS}</body>")) == "Night baker"


def test_an_open_anchor_that_only_has_a_name_makes_no_logo_of_all_that_follows():
    head = "<head><title>Acme - Job details</title></head>"
    row = "<table><tr><td><span>Job Title</span></td><td><span id='Job Title'>Night baker</span></td></tr></table>"
    assert find_title(page(f"{head}<body><a name='top'><div>{row}{ROWS}</div></body>")) == "Night baker"


def test_strokes_around_a_heading_are_no_part_of_the_title():
    text = "<p>You knead and bake through the night, and clean the oven before the shop opens its doors.</p>" * 3
    html = f"<html><body><h1>Night baker <span>/</span></h1>{ROWS}{text}<a href='/apply'>Apply now</a></body></html>"
    assert [ad.title for ad in read_page(html.encode(), url="http://board.example/jobs/1").ads] == ["Night baker"]
