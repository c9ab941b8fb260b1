"""Kinds of pages, and doubt in their markup. Every text is invented."""

import json

import pytest

from crawler.extract.page import read_page
from crawler.extract.visible.listing import read_listing

URL = "http://127.0.0.1/page"
DUTIES = "You will clean and repair the boats of our harbour, keep the tools in order and help on the pier. " * 5
CARD = '<div class="c"><h3><a href="/o/{n}">{title}</a></h3><p>Quay Foods, Hue</p><p>{n},500,000 VND a month</p></div>'
TRADES = ("Deck hand", "Night baker", "Line cook", "Porter", "Welder", "Driver", "Nurse", "Cleaner")
CARDS = "".join(CARD.format(n=1_000 + n, title=title) for n, title in enumerate(TRADES))


def read(body: str, title: str = "") -> tuple[str, str]:
    reading = read_page(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode(), url=URL)
    return reading.outcome, reading.kind


def test_cards_of_one_shape_make_a_listing_whatever_it_is_called():
    outcome, kind = read(f"<h1>Harbour town</h1>{CARDS}", "Harbour town")
    assert outcome == "listing"
    assert "8 links of one shape" in kind


def test_an_ad_beside_cards_is_one_ad():
    ad = f"<h1>Boat hand</h1><p>Salary: 9,000,000 VND</p><p>{DUTIES}</p><a href='/apply'>Apply now</a>"
    assert read(f"{ad}<section><h2>Similar jobs</h2>{CARDS}</section>", "Boat hand")[0] == "ad"
    assert read(f"{ad}<section>{CARDS}</section>", "Boat hand")[0] == "ad"


def test_an_ad_among_many_others_is_known_by_its_pay_and_the_one_act_that_its_heads_repeat():
    act = "<a href='/talk'>立即沟通</a>"
    head = f"<h1>船厂焊工</h1><p>9-14K·13薪</p>{act}<div>船厂焊工 {act}</div>"
    duties = (
        "<h3>职位描述</h3><p>负责船体焊接与修补，保持工具整洁，协助码头装卸，服从班组长安排，遵守安全规程。</p>" * 2
    )
    others = "".join(
        f"<li><a href='/job/{n}'>钳工{n}</a><p>5-8K</p><p>某船厂的介绍：我们修船造船，也培训学徒。</p></li>"
        for n in range(100, 140)
    )
    about = f"<h3>公司介绍</h3><p>{'本厂在海边修船造船，也培训学徒。' * 30}</p>"
    assert read(f"{head}{duties}<ul>{others}</ul>{about}", "船厂焊工招聘")[0] == "ad"


def test_a_page_with_no_heading_but_the_site_s_logo_is_no_ad():
    programme = f"<b>Age</b><span>19 to 39</span><b>Education</b><span>Any</span><p>{DUTIES}</p><h3>Requirements</h3>"
    heading = "<h1><a href='/main.do'>{}Harbour youth</a></h1>"
    picture = "<img src='/img/logo.png' alt=''>"
    assert read(f"{heading.format('')}{programme}", "Harbour youth")[0] == "ad"
    assert read(f"{heading.format(picture)}{programme}", "Harbour youth")[0] == "not_an_ad"


def test_a_title_for_anybody_is_an_ad_s():
    text = (
        f"<h2>River Mill</h2><p>{'The mill stands by the river and grinds what the fields around it yield. ' * 5}</p>"
    )
    page = "<h1>Miller{}</h1>" + text + "<p>Full-time</p><p>miller@mill.example</p>"
    assert read(page.format(""), "Miller")[0] == "not_an_ad"
    assert read(page.format(" (m/f/d)"), "Miller (m/f/d)")[0] == "ad"


def test_cards_with_a_whole_text_and_a_button_each_are_a_listing():
    openings = "".join(
        f"<li><h3>{title}</h3><p>{DUTIES}</p><a href='https://apply.example/{n}/apply'>Apply now</a></li>"
        for n, title in enumerate(TRADES[:3], 100)
    )
    page = f"<html><head><title>Careers</title></head><body><h2>Open positions</h2><ul>{openings}</ul></body></html>"
    assert read_page(page.encode(), url=URL).outcome == "listing"
    assert len(read_listing(page.encode(), url=URL, home=URL, select={}).links) == 3


@pytest.mark.parametrize(
    "controls",
    [
        "<p>1 result</p><label>Sort by</label>",
        "<p><b>1 - 10</b> of <b>33</b></p><select><option>Sort by day</option></select>",
        "<p>1 resultado</p><p>Ordenar por:</p>",
    ],
)
def test_a_count_and_a_control_to_sort_head_a_listing_of_one_ad(controls: str) -> None:
    facts = "<p>Salary: 9,000,000 VND</p><p>Job type: Full-time</p>"
    ad = f"<h2>Boat hand</h2>{facts}<p>{DUTIES}</p><a href='/apply'>Apply</a>"
    assert read(f"<h1>Work at the pier</h1>{controls}{ad}", "Work at the pier")[0] != "ad"
    one = controls.split(">", 1)[1].split("<", 1)[0]
    assert read(f"<h1>Boat hand</h1><p>{one}</p>{ad}", "Boat hand")[0] == "ad"


@pytest.mark.parametrize("title", ["0 jobs found", "Tuyển dụng 0 việc làm Kế toán", "검색결과가 없습니다"])
def test_what_is_suggested_below_an_empty_result_is_not_led_to(title: str) -> None:
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><h2>For you</h2>{CARDS}</body></html>"
    reading = read_page(page.encode(), url=URL)
    assert reading.ads == ()
    assert reading.kind.startswith("taken for an empty result")
    assert read_listing(page.encode(), url=URL, home=URL, select={}).links == ()


def test_an_employer_s_page_is_no_ad():
    facts = "".join(
        f"<dt>{name}</dt><dd>{value}</dd>" for name, value in (("Founded", "1969"), ("Revenue", "12 million"))
    )
    outcome, kind = read(f"<h1>Quay Foods</h1><dl>{facts}</dl><p>{DUTIES}</p>", "Quay Foods")
    assert outcome == "not_an_ad"
    assert kind.startswith("taken for an employer's page")


def test_a_wall_is_no_ad():
    outcome, kind = read(f"<h1>Verify you are human</h1><p>{DUTIES}</p>", "One moment")
    assert (outcome, kind.partition(":")[0]) == ("not_an_ad", "taken for a wall")


@pytest.mark.parametrize(
    "link",
    [
        "<a href=\"javascript:openWindow('job/view?id=10{n}', 800, 600)\">{title}</a>",
        '<a role="button" hx-get="/job/10{n}/">{title}</a>',
        "<div onclick=\"location.href='/job/10{n}'\"><b>{title}</b></div>",
        '<div data-href="/job/10{n}"><b>{title}</b></div>',
    ],
)
def test_links_that_only_a_script_follows_are_links(link: str) -> None:
    rows = "".join(f"<li>{link.format(n=n, title=title)}<p>Hue, full-time</p></li>" for n, title in enumerate(TRADES))
    listing = read_listing(f"<html><body><ul>{rows}</ul></body></html>".encode(), url=URL, home=URL, select={})
    assert len(listing.links) == len(TRADES)


def marked(body: str = "", **more: object) -> str:
    posting = {
        "@type": "JobPosting",
        "title": "Boat hand",
        "description": DUTIES,
        "hiringOrganization": {"@type": "Organization", "name": "Quay Foods"},
        "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Hue"}},
        "datePosted": "2026-10-02",
        **more,
    }
    script = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
    head = f"<head><title>Boat hand</title>{script}</head>"
    return f"<html>{head}<body><h1>Boat hand</h1>{body}<p>{DUTIES}</p></body></html>"


def ad_of(page: str):
    (ad,) = read_page(page.encode(), url="http://quay-board.example/jobs/1").ads
    return ad


def test_pay_of_nothing_gives_way_to_what_the_page_shows():
    nothing = {"@type": "MonetaryAmount", "currency": "VND", "value": {"minValue": 0, "maxValue": 0}}
    ad = ad_of(marked("<dl><dt>Salary</dt><dd>9,000,000 - 12,000,000 VND</dd></dl>", baseSalary=nothing))
    assert ad.base_salary.raw == "9,000,000 - 12,000,000 VND"
    assert ad.doubted == "base_salary: 0 - 0 VND"
    assert ad_of(marked(baseSalary=nothing)).base_salary is None


def test_a_deadline_that_a_template_counts_gives_way_to_the_one_that_is_shown():
    page = marked("<dl><dt>Deadline</dt><dd>31 December 2026</dd></dl>", validThrough="2026-11-02")
    assert (ad_of(page).valid_through, ad_of(page).doubted) == ("31 December 2026", "valid_through: 2026-11-02")
    assert ad_of(marked(validThrough="2026-11-02")).valid_through == "2026-11-02"


def test_the_board_as_the_employer_gives_way_to_the_one_that_is_shown():
    board = {"@type": "Organization", "name": "Quay-Board"}
    ad = ad_of(marked("<dl><dt>Company</dt><dd>River Mart</dd></dl>", hiringOrganization=board))
    assert (ad.hiring_organization, ad.doubted) == ("River Mart", "hiring_organization: Quay-Board")


def test_markup_without_a_doubt_is_taken_as_it_is():
    ad = ad_of(marked("<dl><dt>Company</dt><dd>River Mart</dd></dl>", validThrough="2026-11-24"))
    assert (ad.hiring_organization, ad.valid_through, ad.doubted) == ("Quay Foods", "2026-11-24", None)


def test_a_title_that_heads_a_list_outweighs_a_way_to_apply_and_a_pay():
    facts = f"<p>Salary: from 1,000 USD</p><p>{DUTIES}</p><a href='/apply'>Apply</a>"
    titles = {"Jobs at the pier": "listing", "Job opportunities at Quay Foods": "listing", "Boat hand": "ad"}
    for title, outcome in titles.items():
        page = f"<div><h1>{title}</h1>{facts}</div>{CARDS}<section><h2>Our harbour</h2><p>{DUTIES * 2}</p></section>"
        assert read(page, title)[0] == outcome


def test_the_one_type_of_all_of_a_site_s_pages_is_nothing_against_an_ad_that_one_can_answer():
    page = (
        "<html><head><title>Sellers</title><meta property='og:type' content='article'></head><body><h1>Sellers</h1>"
        "<p>Type of contract: Other</p><p>Sector: Telephones</p><p>We look for many sellers in town who live near the "
        "pier and know its shops, its boats and its people, and who like to walk from door to door.</p>{}</body></html>"
    )
    url = "https://quay.example/sellers-1"
    assert read_page(page.format("<a href='#form'>Apply</a>").encode(), url=url).outcome == "ad"
    assert read_page(page.format("").encode(), url=url).outcome == "not_an_ad"


def test_a_form_that_asks_for_a_file_is_a_way_to_apply():
    form = (
        "<form><input name='name'><input name='mail'><textarea name='letter'></textarea>{}<button>Send</button></form>"
    )
    page = f"<h1>Boat hand</h1><p>Salary: from 1,000 USD</p><p>{DUTIES}</p>{form}"
    assert read(page.format("<input type='file'>"), "Boat hand")[0] == "ad"
    assert read(page.format(""), "Boat hand")[0] == "not_an_ad"


def test_two_links_alike_about_one_ad_make_no_list():
    def link(slug: str) -> str:
        return f"<a href='/jobs/{slug}/K2047'>Quay Foods</a>"

    facts = f"<div><b>Place: </b>Hue <b>Company: </b>{link('quay-foods')}</div>"
    page = f"<div><h1>Boat hand</h1>{link('quay')}<p>{DUTIES}</p><a href='/apply'>Apply now</a></div>{facts}"
    html = f"<html><head><title>Boat hand</title></head><body>{page}</body></html>"
    (ad,) = read_page(html.encode(), url=URL).ads
    assert (ad.hiring_organization, ad.job_location) == ("Quay Foods", "Hue")


@pytest.mark.parametrize("code", ["kbquay", "quay01P2"])
def test_what_a_system_calls_its_customer_gives_way_to_the_name_that_is_shown(code):
    named = {"@type": "Organization", "name": code}
    ad = ad_of(marked("<dl><dt>Company</dt><dd>Quay Foods</dd></dl>", hiringOrganization=named))
    assert (ad.hiring_organization, ad.doubted) == ("Quay Foods", f"hiring_organization: {code}")
    assert ad_of(marked(hiringOrganization=named)).hiring_organization == code


def test_an_employer_on_its_own_site_does_not_give_way_to_its_name_and_something_more():
    own = {"@type": "Organization", "name": "Quay-Board"}
    logo = '<img class="company-logo" alt="Boat hand - Quay-Board Ltd" src="/1.png">'
    ad = ad_of(marked(logo, hiringOrganization=own))
    assert (ad.hiring_organization, ad.doubted) == ("Quay-Board", None)


def test_codes_in_capitals_end_addresses_of_one_shape():
    codes = ("3E.F71", "B8.204", "D1.9A6", "70.C3E", "E4.118", "2F.B0D")
    rows = "".join(
        f"<li><a href='/jobs/{title}/{code}'>{title}</a><p>Hue</p></li>"
        for title, code in zip(TRADES, codes, strict=False)
    )
    listing = read_listing(f"<html><body><ul>{rows}</ul></body></html>".encode(), url=URL, home=URL, select={})
    assert len(listing.links) == len(codes)


CAREERS = (
    "<html><head><title>Careers - Ropewalk House</title></head><body><h2>Why work at Ropewalk House?</h2>"
    "<p>We carry crates from the quay to the store before the tide turns, and share what we earn.</p>"
    "<h3>Benefits</h3><p>Bonus and insurance.</p><h3>Crate porter</h3>"
    "<p>Carry crates, note their weight and mend the nets when the boats are late.</p>"
    "<h3>Net mender</h3><p>Mend the nets of the whole coast and teach the young how a knot is tied.</p>"
    "<p>Full time. Mail crew@ropewalk.example to apply.</p><a href='/apply'>Apply now</a></body></html>"
)


def test_an_employer_s_careers_page_is_no_ad():
    assert read_page(CAREERS.encode(), url="http://ropewalk.example/careers/").outcome != "ad"


def test_a_job_that_was_not_found_is_no_ad():
    html = CAREERS.replace("Careers - ", "Job - ").replace("<h2>Why work at", "<h1>Job not found</h1><h2>Why work at")
    assert read_page(html.encode(), url="http://ropewalk.example/jobs/12").outcome != "ad"


def test_thanks_for_an_application_are_no_title():
    html = CAREERS.replace("<h2>Why work at Ropewalk House?</h2>", "<h2>Thank you for your application.</h2>")
    reading = read_page(html.encode(), url="http://ropewalk.example/jobs/12")
    assert "Thank you for your application." not in [ad.title for ad in reading.ads]
