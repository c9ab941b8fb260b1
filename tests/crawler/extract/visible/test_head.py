"""Employer, place and day around an ad's title, where nothing names them.

Every text is invented.
"""

import pytest

from crawler.extract.page import read_page

TEXT = "<h2>Duties</h2>" + "".join(
    f"<p>You carry crate {number} from the quay to the store before the tide turns and note its weight.</p>"
    for number in range(8)
)
URL = "https://quay.example/jobs/1"
PAGE = (
    "<html><head>{head}</head><body>{before}<main><div>{above}<h1>Crate porter</h1>{below}</div>{text}{foot}</main>"
    "</body></html>"
)


def read(head="", before="", above="", below="", foot="<a href='/apply/1'>Apply now</a>", url=URL):
    html = PAGE.format(head=head, before=before, above=above, below=below, text=TEXT, foot=foot)
    reading = read_page(html.encode(), url=url)
    assert reading.outcome == "ad"
    return reading.ads[0]


def test_one_line_under_the_title_names_employer_and_place():
    ad = read(below="<p>Ropewalk - Port Ember, D.Q., Port Ember</p>")
    assert (ad.hiring_organization, ad.job_location) == ("Ropewalk", "Port Ember, D.Q., Port Ember")


def test_a_place_may_stand_before_a_department():
    assert read(below="<p>Hue, Vietnam — Night Crew</p>").job_location == "Hue, Vietnam"


def test_a_dash_in_a_sentence_parts_no_employer_from_a_place():
    ad = read(below="<p>Early start - bring boots</p>")
    assert (ad.hiring_organization, ad.job_location) == (None, None)


def test_the_name_in_brackets_of_a_title_that_the_other_says_too_is_the_employer():
    head = (
        '<meta property="og:title" content="[Ropewalk House] Crate porter">'
        "<title>Work: Crate porter - Ropewalk House</title>"
    )
    assert read(head=head).hiring_organization == "Ropewalk House"
    assert read(head=head.replace("- Ropewalk House", "- Boards")).hiring_organization is None


def test_a_link_to_the_employer_s_page_before_the_title_names_it():
    above = '<a href="/companies/ropewalk/">Ropewalk House</a> <a href="/companies/ropewalk/vacancies/">All of them</a>'
    assert read(before=f"<div>{above}</div>").hiring_organization == "Ropewalk House"


@pytest.mark.parametrize(
    "foot",
    [
        '<a href="https://store.example"><img src="/google-play-badge.svg" alt="GooglePlay Logo"></a>',
        "".join(f'<a href="https://{n}.example"><img src="/{n}.svg" alt="Net{n} logo"></a>' for n in range(3)),
    ],
    ids=["app store", "row of networks"],
)
def test_badges_are_no_employer_s_logo(foot):
    assert read(foot=f"<p>{foot}</p><a href='/apply/1'>Apply now</a>").hiring_organization is None


def test_a_strip_of_facts_without_labels_names_the_place():
    strip = "".join(
        f"<div class='chip'><svg></svg><span>{text}</span></div>" for text in ("Port Ember", "$650", "Until 25/03/2026")
    )
    ad = read(below=f"<div>{strip}</div>")
    assert ad.job_location == "Port Ember"
    assert read(below=f"<div>{strip.replace('$650', 'Tidy').replace('25/03/2026', 'noon')}</div>").job_location is None


def test_a_day_right_above_the_title_is_when_it_was_published():
    assert read(above="<div>17 March 2026</div>").date_posted == "17 March 2026"
    assert read(above="<div>Founded in 1926</div>").date_posted is None


def test_an_employer_s_own_site_names_it_at_either_end_of_a_page_s_title():
    assert read(head="<title>Ropewalk Careers - Crate porter</title>").hiring_organization == "Ropewalk"
    assert read(head="<title>Crate porter | Jobs at Ropewalk</title>").hiring_organization == "Ropewalk"
    assert read(head="<title>Quay | Jobs and Careers</title>").hiring_organization is None


@pytest.mark.parametrize(
    ("url", "employer"),
    [
        ("https://careers.ropewalk.example/jobs/1", "Ropewalk"),
        ("https://www.ropewalk.example/careers/jobs/1", "Ropewalk"),
        ("https://ropewalk.quay.example/jobs/1", "Ropewalk"),
        ("https://ropewalk.example/jobs/1", None),
        ("https://ropewalk.com.vn/jobs/1", None),
    ],
)
def test_a_page_whose_address_is_one_employer_s_is_that_one_s(url, employer):
    assert read(head="<title>Crate porter - Ropewalk</title>", url=url).hiring_organization == employer
    assert read(head="<title>Crate porter - Ropewalk.example</title>", url=url).hiring_organization == employer


def test_the_ad_s_title_in_a_logo_s_text_is_no_part_of_the_name():
    logo = '<img class="company-logo" alt="Crate porter - Ropewalk House" src="/1.png">'
    assert read(below=logo).hiring_organization == "Ropewalk House"


@pytest.mark.parametrize("alt", ["Ropewalk (Quay) Logo", "Logo of Ropewalk (Quay)", "Ropewalk (Quay)'s company logo"])
def test_a_logo_s_text_without_the_words_for_a_logo_is_the_name(alt):
    logo = f'<img class="company-logo" alt="{alt}" src="/1.png">'
    assert read(below=logo).hiring_organization == "Ropewalk (Quay)"


@pytest.mark.parametrize("part", ["Berlin", "IT"])
def test_a_part_of_a_board_s_address_for_a_place_or_a_language_is_no_employer(part):
    ad = read(head=f"<title>Crate porter - {part} - Quay 24</title>", url=f"https://{part.lower()}.quay.example/jobs/1")
    assert ad.hiring_organization is None


def test_a_question_s_mark_is_no_part_of_the_name():
    assert read(below="<h2>Why Ropewalk?</h2><p>Tides.</p>").hiring_organization == "Ropewalk"


@pytest.mark.parametrize(
    "said", ["Show the place", "Our crew looks forward to your call.", "Where ▼ Choose one or more Clear all"]
)
def test_what_is_only_named_a_place_gives_way_to_a_known_one_beside_the_title(said):
    ad = read(below=f"<p>Hue, Vietnam</p><div class='location'>{said}</div>")
    assert ad.job_location == "Hue, Vietnam"


def test_a_price_beside_an_ad_is_its_pay():
    price = "<div class='price'><span>100 000</span> <span>FCFA</span></div>"
    assert read(below=price).base_salary.raw == "100 000 FCFA"


def test_breaks_may_part_a_label_from_its_value():
    below = "<p><strong>Pay range</strong><br><br>We pay USD $900 - USD $1,200 a month.<br></p><p>Values</p>"
    assert read(below=below).base_salary.raw == "We pay USD $900 - USD $1,200 a month."


@pytest.mark.parametrize(
    ("below", "until"),
    [
        ("<div><i></i><span>Finaliza el 25/03/2026</span></div>", "Finaliza el 25/03/2026"),
        ("<p><span>Publiée hier</span> - Postulez avant le <b>13/06/2026</b></p>", "13/06/2026"),
        ("<p>Son başvuru <b>13.06.2026</b></p>", "13.06.2026"),
    ],
)
def test_a_short_line_behind_the_title_says_until_when(below, until):
    assert read(below=below).valid_through == until


@pytest.mark.parametrize(
    ("pay", "found"),
    [
        ("面議 (按月)", "面議 (按月)"), ("二万元", "二万元"), ("[$薪資表]", None), ("to", None), ("$$$", None),
        ("Location :", None),
    ],
)  # fmt: skip
def test_what_stands_for_pay_holds_a_number_or_words(pay, found):
    salary = read(below=f"<dl><dt>Salary :</dt><dd>{pay}</dd></dl>").base_salary
    assert (salary and salary.raw) == found


@pytest.mark.parametrize(
    "labels",
    [
        ("Kompaniya", "Ish joyi", "Oylik maosh"), ("Жұмыс беруші", "Жұмыс орны", "Жалақы"),
        ("Иш берүүчү", "Шаар", "Айлык"), ("Ташкилот", "Шаҳар", "Маош"), ("Şirkət", "Ünvan", "Əmək haqqı"),
        ("Mwajiri", "Eneo la kazi", "Mshahara"), ("نام شرکت", "محل کار", "حقوق و مزایا"),
        ("კომპანია", "ქალაქი", "ხელფასი"),
    ],
)  # fmt: skip
def test_labels_are_known_in_the_languages_of_many_boards(labels):
    values = ("Ropewalk", "Port Ember [map]", "4 500 000")
    ad = read(below="".join(f"<p><b>{label}:</b> {value}</p>" for label, value in zip(labels, values, strict=True)))
    assert (ad.hiring_organization, ad.job_location, ad.base_salary.raw) == ("Ropewalk", "Port Ember", "4 500 000")


NUMBER = '<a href="tel:+855 12 000 111">012 000 111</a>'


@pytest.mark.parametrize(
    ("foot", "contact"),
    [
        (f'<div class="item_tel"><ul><li>{NUMBER}</li></ul></div>', "+855 12 000 111"),
        (f'<div class="employer-info"><p>Ropewalk</p>{NUMBER}</div>', "+855 12 000 111"),
        # What may be the board's own.
        (f'<div class="report-box"><div class="phone">Seen a scam? {NUMBER}</div></div>', None),
        (f'<div class="widget"><div class="contact">{NUMBER}</div></div>', None),
        (f'<footer><div class="phone">{NUMBER}</div></footer>', None),
        (f"<p>{NUMBER}</p>", None),
    ],
)
def test_a_number_to_call_in_a_box_named_for_the_advertiser_is_the_contact(foot, contact):
    assert read(foot=f"<a href='/apply/1'>Apply now</a>{foot}").contact == contact


def test_a_link_to_a_map_is_neither_the_place_nor_makes_the_line_before_it_the_employer():
    maps = '(<a href="https://www.google.com/maps/search/Rope">google map</a>)'
    ad = read(below=f'<div class="mapaddress">Ropewalk Lane</div><p class="mapaddress">{maps}</p>')
    assert (ad.hiring_organization, ad.job_location) == (None, "Ropewalk Lane")


def test_a_day_may_stand_behind_its_weekday():
    assert read(below="<div>Senin, 12 Oktober 2026</div>").date_posted == "12 Oktober 2026"


@pytest.mark.parametrize("label", ["Our head office:", "Adresse de notre siège :", "本社"])
def test_the_employer_s_seat_is_no_place_of_work(label):
    foot = f"<div><h2>{label}</h2><span id='address'>Port Ember</span></div><a href='/apply/1'>Apply now</a>"
    assert read(foot=foot).job_location is None
    assert read(foot=foot.replace(label, "Where you work:")).job_location == "Port Ember"


def test_a_firm_that_ends_the_page_s_title_is_the_employer():
    menu = "<p>Home</p><p>News</p><p>Contact</p>"
    firm = read(head="<title>Crate porter – Công ty TNHH Dây Neo</title>", before=menu)
    assert firm.hiring_organization == "Công ty TNHH Dây Neo"
    assert read(head="<title>Crate porter – Dây Neo</title>", before=menu).hiring_organization is None


def test_a_site_whose_owner_the_ad_speaks_of_is_the_employer_s_own():
    head = "<title>Ropewalk House - Careers - Crate porter</title>"
    about = "<p>{name} has stood at the quay for three generations, and it needs another pair of hands.</p>"
    read_text = {
        name: read(head=head, foot=about.format(name=name) + "<a href='/apply/1'>Apply now</a>").hiring_organization
        for name in ("Ropewalk House", "The house", "Mail jobs@Ropewalk House.example, which")
    }
    assert read_text == dict.fromkeys(read_text) | {"Ropewalk House": "Ropewalk House"}


def test_a_board_that_its_page_mentions_at_the_end_is_no_employer():
    head = '<title>Crate porter | Quayside Board</title><meta property="og:site_name" content="Quayside Board">'
    long = "<p>You mend the nets of the whole coast, day after day, knot after knot, until all of them hold.</p>" * 12
    foot = f"{long}<p>Help us to keep what stands on Quayside Board honest.</p><a href='/apply/1'>Apply now</a>"
    assert read(head=head, foot=foot).hiring_organization is None


@pytest.mark.parametrize(
    "below",
    [
        "<p>Sex: man or woman</p><p>Hue, Vietnam</p>",
        "<p>I. Job description</p><p>Hue, Vietnam</p>",
        "<div>by</div><div>quill</div><div>04/11/2025</div><div>Age: Any</div>",
        "<span><i class='fa fa-map-marker-alt'></i>Dry Dock</span><p>Location: Port Ember</p>",
    ],
)
def test_what_is_labelled_numbered_or_behind_an_icon_is_no_employer(below):
    assert read(below=below).hiring_organization is None


def test_a_heading_that_speaks_to_the_reader_names_nobody():
    assert read(foot="<h3>Why You'd Want This Crew</h3><a href='/apply/1'>Apply now</a>").hiring_organization is None
    assert read(foot="<h3>Why Ropewalk</h3><a href='/apply/1'>Apply now</a>").hiring_organization == "Ropewalk"


def test_an_amount_behind_another_label_is_no_pay():
    for label, pay in {"Lunch": None, "Minijob": "Minijob: $5 an hour", "Pay": "$5 an hour"}.items():
        ad = read(below=f"<p>{label}: $5 an hour</p>")
        assert (ad.base_salary.raw if ad.base_salary else None) == pay


def test_a_label_without_a_value_takes_none_from_the_next_line():
    ad = read(below="<div>Salary:<br>Location: Port Ember<br>Deadline: 15/08/2026<br>Experience:</div>")
    assert (ad.base_salary, ad.job_location) == (None, "Port Ember")


def test_a_firm_is_no_place():
    ad = read(below="<span class='location'>Ropewalk Pte Ltd</span><span class='location'>Hue</span>")
    assert ad.job_location == "Hue"


def test_a_title_may_end_in_a_place_that_is_known():
    html = PAGE.format(head="", before="", above="", below="", text=TEXT, foot="<a href='/apply/1'>Apply now</a>")
    titles = {"Crate porter in Hanoi": "Hanoi", "Crate porter in pairs": None}
    for title, place in titles.items():
        reading = read_page(html.replace("Crate porter", title).encode(), url=URL)
        assert reading.ads[0].job_location == place
