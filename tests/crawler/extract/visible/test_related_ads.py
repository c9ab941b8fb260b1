"""Ads beside other ads: a list of related ones, of any length and build, changes nothing of the page's own ad."""

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.page import read_page

URL = "http://board.test/jobs/7/kitchen-help"
AD = """<div class="main"><h1>Kitchen help</h1><p>Linden House Ltd</p><p>Hoi An, Vietnam</p>
<table><tr><td>Salary</td><td>8,000,000 VND</td></tr></table><h2>Job description</h2>
<p>You help in the kitchen of a small hotel by the river: washing, cutting and cleaning, six days a week.</p>
<p>The shift starts at seven and ends at four, with a meal and a break of one hour in between.</p>
<p>Nobody pays a fee. Bring your card to the front desk and ask for the head of the kitchen.</p>
<a href="/apply/7">Apply now</a></div>"""
SEARCH = """<form><label>Job title</label><input name="q"><label>Location</label><input name="l"><label>Salary</label>
<input name="s"><button>Search</button></form>"""
ENTRY = """<div><p>Full name *</p><input><p>Company</p><input><p>Location</p><select><option>Paris</option>
<option>Rome</option></select><p>Phone</p><input></div>"""
TEASER = "Guests come from many places and our team greets each of them with a smile every day of the year. "

cards = st.builds(
    lambda count, sentences, build: "".join(
        build.format(
            link=f'<a href="/jobs/{1000 + number}/porter-{number}">Porter at house {number}</a>',
            facts=f"<p>House {number} Ltd</p><p>Hue</p><p>{number + 5},000,000 VND</p><p>{TEASER * sentences}</p>",
        )
        for number in range(count)
    ),
    st.sampled_from([2, 3, 5, 8, 30]),
    st.integers(0, 4),
    st.sampled_from(
        [
            "<li><h3>{link}</h3>{facts}</li>",
            '<div class="card"><h4>{link}</h4>{facts}</div>',
            "<article><span>{link}</span>{facts}</article>",
            "<table><tr><td><b>{link}</b></td><td>{facts}</td></tr></table>",
        ]
    ),
)
heads = st.sampled_from(["<h2>Similar jobs</h2>", "<h2>Other vacancies</h2>", "<h2>Việc làm liên quan</h2>", ""])
orders = st.sampled_from(
    [
        "{search}{ad}{related}", "{ad}{related}{entry}", "{related}{ad}", "{ad}{entry}{related}",
        '{search}<div class="row"><div>{related}</div><div>{ad}</div></div>',
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(cards, heads, orders)
def test_related_ads_and_forms_change_nothing_of_a_page_s_ad(cards, head, order):
    related = f'<div class="block">{head}<div>{cards}</div></div>'
    body = order.format(ad=AD, related=related, search=SEARCH, entry=ENTRY)
    page = f"<html><head><title>Kitchen help | Harbour Board</title></head><body>{body}</body></html>"
    (ad,) = read_page(page.encode(), url=URL).ads
    assert (ad.title, ad.hiring_organization, ad.job_location) == (
        "Kitchen help",
        "Linden House Ltd",
        "Hoi An, Vietnam",
    )
    assert ad.base_salary.raw == "8,000,000 VND"
    assert "You help in the kitchen" in ad.description
    assert "House 1 Ltd" not in ad.description
    assert TEASER.strip() not in ad.description


@given(st.sampled_from(["Salary", "Location", "Company", "Lương", "Deadline"]), st.sampled_from(["input", "select"]))
def test_what_a_form_asks_for_is_no_fact(label, tag):
    field = f"<{tag}><option>Rome</option></{tag}>" if tag == "select" else f"<{tag}>"
    form = f"<div><p>{label}</p>{field}<p>Write to us soon</p></div>"
    page = (
        f"<html><head><title>Kitchen help</title></head><body>{AD.replace('<table>', form + '<table>')}</body></html>"
    )
    (ad,) = read_page(page.encode(), url=URL).ads
    values = (ad.hiring_organization, ad.job_location, ad.base_salary.raw, ad.valid_through)
    assert "Write to us soon" not in values
    assert "Rome" not in values
