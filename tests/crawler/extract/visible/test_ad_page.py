"""Parts of a page by how they look and read, not by how they are named."""

import time

import pytest

from crawler.extract.html_document import open_page, short_text
from crawler.extract.html_tree import parse_html
from crawler.extract.page import read_page
from crawler.extract.visible.facts import is_employment, read_icon_rows, read_label_rows, read_labelled_lines
from crawler.extract.visible.head import read_head
from crawler.extract.visible.main_text import drop_menus, drop_unseen, find_related, without_foot
from crawler.extract.visible.surroundings import lines_after_title
from crawler.extract.visible.title import find_title


def tree(html):
    root = parse_html(html)
    assert root is not None
    return root


def page(html):
    return open_page(tree(html), "http://board.example/jobs/1")


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<li><i class="fa fa-map-marker"></i> Quiet Harbour</li>', {"job_location": "Quiet Harbour"}),
        ('<li><span class="bi bi-geo-alt-fill"></span><span>Hue</span></li>', {"job_location": "Hue"}),
        ('<p><i class="fas fa-coins"></i>400 baht a day</p>', {"base_salary": "400 baht a day"}),
        ('<p><i class="fas fa-coins"></i>Rewards</p>', {}),
        ('<p><i class="fa fa-clock-o"></i>Part time</p>', {"employment_type": "Part time"}),
        ('<p><i class="fa fa-clock-o"></i>9 to 5</p>', {}),
        ('<p><span class="location"></span>Hue</p>', {}),
        ('<p><i class="fa fa-map-marker">Hue</i> Da Nang</p>', {}),
        ('<p><i class="fa fa-map-marker"></i>Location</p>', {}),
    ],
)
def test_an_icon_introduces_a_line_as_a_label_would(html, found):
    assert read_icon_rows(tree(html)) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<dd><h3>WAGE / SALARY</h3><p>450</p></dd>", {"base_salary": "450"}),
        ("<dd><h3>Date updated</h3><p>8 Sep 2027</p></dd>", {"date_posted": "8 Sep 2027"}),
        (
            "<div><p>Company</p></div><div><p>Job type</p><p>Full time</p></div><div><p>Company</p><p>Mill</p></div>",
            {"employment_type": "Full time", "hiring_organization": "Mill"},
        ),
        ("<ul><li><a href='/companies'>Company</a></li><li><a href='/campus'>Campus</a></li></ul>", {}),
        ("<ul><ul><li><a href='/companies'>Company</a></li></ul><ul><li>Campus</li></ul></ul>", {}),
    ],
)
def test_a_label_s_value_is_no_other_pair_and_a_menu_s_step_is_no_label(html, found):
    assert read_label_rows(tree(html)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Salary (baht): 13,000 - 15,500", {"base_salary": "13,000 - 15,500 (baht)"}),
        ("Salary (gross): THB 13,000", {"base_salary": "THB 13,000"}),
        ("Gaji per bulan: Rp3.000.000", {"base_salary": "Rp3.000.000"}),
        ("お給料：時給1,100円", {"base_salary": "時給1,100円"}),
        ("刊登日期：2026-11-15　瀏覽：86次", {"date_posted": "2026-11-15"}),
        ("Closing date: 5 May 2027 at 11:30", {"valid_through": "5 May 2027 at 11:30"}),
        ("Employer: Acme | Posted: 3 May 2027", {"hiring_organization": "Acme", "date_posted": "3 May 2027"}),
        ("Country: Qatar", {"country": "Qatar"}),
        ("Salary talk: not here", {}),
    ],
)
def test_a_label_may_say_more_and_a_line_may_hold_several(text, found):
    assert read_labelled_lines(text) == found


def test_a_row_takes_the_unit_from_its_label():
    rows = read_label_rows(tree("<div><div><b>เงินเดือน (บาท)</b></div><div>13,000 - 15,500</div></div>"))
    assert rows == {"base_salary": "13,000 - 15,500 (บาท)"}


def test_other_ads_go_with_the_heading_over_them_and_the_title_stays():
    root = tree(
        "<div><h1>Baker</h1><p>Bake bread.</p><b>Similar jobs</b><table><tr><td><a href='/2'>Cook</a></td></tr></table>"
        "<p>Sundays off.</p><div><h3>Việc làm tương tự</h3><a href='/3'>Waiter</a></div></div>"
    )
    assert [short_text(element) for element in find_related(root, "Baker")] == [
        "Similar jobs", "Cook", "Việc làm tương tự Waiter",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "html",
    [
        "<div><h1>Similar jobs</h1><a href='/2'>Cook</a></div>",
        "<div><h1>Baker</h1><p>Similar jobs</p><p>are what we all look for.</p></div>",
        "<div><h1>Baker</h1><p>You will do similar jobs in our two other shops, as the week asks.</p></div>",
    ],
)
def test_words_about_other_ads_are_no_heading_over_links(html):
    root = tree(html)
    assert not find_related(root, short_text(next(root.iter("h1"))))


def test_what_consists_of_links_is_a_menu():
    root = tree(
        "<div><ul><li><a>Cars</a></li><li><a>Rooms</a></li><li><a>Jobs</a></li></ul><h1>Baker</h1>"
        "<p>See <a>one</a>, <a>two</a> and <a>three</a> of the many breads that we bake in our shop.</p></div>"
    )
    drop_menus(root, "Baker")
    assert short_text(root) == "Baker See one , two and three of the many breads that we bake in our shop."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bake bread.\n© 2027 Board", "Bake bread."),
        ("Bake bread.\nBản quyền 2027 Board\nTerms", "Bake bread."),
        ("© 2027 Board", "© 2027 Board"),
        ("Bake bread.\nCopyright 2027\n" + "and then more of the ad. " * 30, None),
    ],
)
def test_the_foot_of_a_page_is_no_part_of_a_text(text, left):
    assert without_foot(text) == (text if left is None else left)


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Board 24 - Night baker wanted - Ad 7</title><b>Night baker wanted</b>", "Night baker wanted"),
        ("<title>江北网--招聘：叉车工</title><b>叉车工</b>", "叉车工"),
        ("<title>[Hue] Night baker - Board</title><h2>Night baker</h2>", "Night baker"),
        ("<title>Board</title><h1><a href='/index.php'>Board</a></h1><h2>Night baker</h2>", "Night baker"),
        ("<title>Board</title><h2>Night baker</h2><h2>Apply</h2>", "Night baker"),
        (
            "<title>Night baker | Q</title><h1>Q</h1><h2><a href='./1?t=7'>Night baker</a></h2><h3>Night baker</h3>",
            "Night baker",
        ),
    ],
)
def test_a_title_need_not_be_a_first_heading(html, title):
    assert find_title(page(f"<html><head>{html.replace('</title>', '</title></head><body>')}</body></html>")) == title


@pytest.mark.parametrize(
    ("html", "employer"),
    [
        ("<h1>Baker</h1><p>Công ty TNHH Lúa Vàng</p>", "Công ty TNHH Lúa Vàng"),
        ("<h1>Baker</h1><p>Công ty bao ăn ở, có xe đưa đón</p>", None),
        ("<p>PT Roti Contoh</p><h1>Baker</h1>", "PT Roti Contoh"),
        ("<title>Baker - River Mill - Board</title><h1>Baker</h1><h3>River Mill</h3>", "River Mill"),
        ("<title>Baker - River Mill - Board</title><a href='/river'>River Mill</a><h1>Baker</h1>", None),
        ("<title>Baker - Board</title><h1>Baker</h1><h3>Board</h3>", None),
        ("<title>Baker - Hanoi - Board</title><h1>Baker</h1><h3>Hanoi</h3>", None),
        ("<h1>Baker</h1><div class='company'><p><a>Website</a> <b>River Mill</b></p></div>", "River Mill"),
        ("<title>Baker - Rivers Jobs</title><h1>Baker</h1><p>River Mill</p><p>Hue, Vietnam</p>", "River Mill"),
        ("<h1>Baker</h1><p>by</p><p>mira77</p>", None),
        ("<h1>Baker</h1><p><a href='./company?id=36'>River Mill</a></p><b class='recruiter-name'>Bo</b>", "River Mill"),
    ],
)
def test_who_hires_stands_beside_the_title(html, employer):
    seen = page(html)
    assert read_head(seen, "Baker", lines_after_title(seen.root, "Baker"), {}).hiring_organization == employer


@pytest.mark.parametrize(
    ("html", "posted"),
    [
        ("<h1>Baker</h1><p>Posted 3 days ago</p>", "Posted 3 days ago"),
        ("<h1>Baker</h1><p>11月12日更新</p>", "11月12日更新"),
        ("<h1>Baker</h1><p>Posted to a shop with 3 ovens, you bake bread and sell it in the morning too</p>", None),
        ("<div>9 de setembro de 2027</div><h1>Baker</h1>", "9 de setembro de 2027"),
        ("<div>September 9, 2027</div><h1>Baker</h1>", "September 9, 2027"),
        (
            "<h1>Baker</h1><h2>River Mill</h2><p>08.09.2027 <b>|</b></p><p>Closing date</p><p>09.10.2027</p>",
            "08.09.2027",
        ),
        ("<h1>Baker</h1><p>Closing date</p><p>09.10.2027</p>", None),
        ("<h1>Baker</h1><p>Closing date: 9 Oct 2027</p>", None),
        ("<h1>Baker</h1><p>Bake.</p><span class='timeUpdate'>08.09.2027</span>", "08.09.2027"),
    ],
)
def test_since_when_an_ad_stands(html, posted):
    seen = page(html)
    assert read_head(seen, "Baker", lines_after_title(seen.root, "Baker"), {}).date_posted == posted


def test_several_ways_to_be_employed_stand_on_one_line():
    assert is_employment("パート・アルバイト")
    assert is_employment("Full-time / Part-time")
    assert not is_employment("Full-time / Hue")


NESTED = {
    "bold": "<title>A long title - Board</title>{}",
    "related": "<title>Baker</title><h1>Baker</h1>{}",
    "icons": "<title>Baker</title><h1>Baker</h1>{}",
    "flat icons": "<title>Baker</title><h1>Baker</h1>{}",
}
PIECES = {
    "bold": "<b><i></i>",
    "related": "<div>Similar jobs<a href=/2>Cook</a>",
    "icons": "<div><i class='fa fa-map-marker'></i>",
    "flat icons": "<i class='fa fa-map-marker'></i>",
}


@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_a_thousand_deep_is_looked_at_in_bounded_time(name):
    html = NESTED[name].format(PIECES[name] * 10_000)
    start = time.process_time()
    seen = page(f"<html><body>{html}</body></html>")
    title = find_title(seen)
    find_related(seen.root, title)
    read_icon_rows(seen.root)
    drop_menus(seen.root, title)
    # Measured: 0.1 to 0.3 seconds. Reading each element whole takes ten.
    assert time.process_time() - start < 2


def test_a_window_that_opens_on_a_click_is_not_seen_until_it_is_open():
    root = tree(
        "<body><div class='modal fade'>Beware</div><div class='modal fade show'>Night baker</div>"
        "<div class='modal-body fade'>Hue</div></body>"
    )
    drop_unseen(root)
    assert short_text(root) == "Night baker Hue"


@pytest.mark.parametrize(
    ("title", "text", "rows", "apply"),
    [
        ("Omborchi", "Bizga tajribali xodim kerak. Talablar: halollik.", "Maosh: 5 000 000", "Ariza yuborish"),
        ("Қоймашы", "Жұмысқа тәжірибесі бар қызметкер қажет. Талаптар: ұқыптылық.", "Жалақы: 300 000", "Өтінім беру"),
        ("Anbardar", "Təcrübə və məsuliyyət vacibdir. Tələblər: diqqətli namizəd.", "Əmək haqqı: 800", "Müraciət et"),
        ("انباردار", "استخدام نیروی با سابقه کار. شرایط احراز: دقت و نظم.", "حقوق: توافقی", "ارسال رزومه"),
        ("Mtunza ghala", "Nafasi ya kazi kwa mwombaji. Majukumu: kutunza mali.", "Mshahara: 30,000", "Omba kazi"),
    ],
)  # fmt: skip
def test_an_ad_is_known_in_the_languages_of_many_boards(title, text, rows, apply):
    body = f"<h1>{title}</h1><p>{rows}</p><div><p>{text * 4}</p></div><button>{apply}</button>"
    reading = read_page(f"<html><body><main>{body}</main></body></html>".encode(), url="http://board.example/e/1")
    assert [ad.title for ad in reading.ads] == [title]
