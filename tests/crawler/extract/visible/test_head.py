"""Employer, place and day around an ad's title, where nothing names them.

Every text is invented.
"""

import pytest

from crawler.extract.page import read_page

TEXT = "<h2>Duties</h2>" + "".join(
    f"<p>You carry crate {number} from the quay to the store before the tide turns and note its weight.</p>"
    for number in range(8)
)
PAGE = (
    "<html><head>{head}</head><body>{before}<main><div>{above}<h1>Crate porter</h1>{below}</div>{text}{foot}</main>"
    "</body></html>"
)


def read(head="", before="", above="", below="", foot="<a href='/apply/1'>Apply now</a>"):
    html = PAGE.format(head=head, before=before, above=above, below=below, text=TEXT, foot=foot)
    reading = read_page(html.encode(), url="https://quay.example/jobs/1")
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
