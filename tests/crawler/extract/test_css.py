"""A card's selectors on pages with and without structured data. All invented."""

import json

import pytest

from crawler.extract.css import BadSelector, compile_selector
from crawler.extract.page import read_page
from crawler.extract.raw import PageReading, RawAd
from crawler.extract.structured.job_posting import with_whole_text

LONG = "Mend nets on the quay, in all weathers, with two others. " * 14
PAGE = """<!doctype html><html lang="en"><head><title>Ad 17 | Quay</title><meta name="by" content="Quay Nets Ltd">
{head}</head><body><h1>Welcome</h1><div class="x1">Net mender</div><div class="x2"><p>{text}</p>
<ul><li>Boots</li></ul></div>
<span class="pay">9 - 11 million a month</span><ul class="at"><li>Hue</li><li>Da Nang</li></ul>
<time class="on" datetime="2026-11-01">yesterday</time><a class="chat" href="https://zalo.me/0900000000">Chat</a>
<a class="go" href="/apply/17">Apply</a></body></html>"""
SELECT = {
    "title": (".none", ".x1"),
    "description": (".x2",),
    "hiring_organization": ("meta[name=by]",),
    "job_location": (".at li",),
    "base_salary": (".pay",),
    "date_posted": (".on",),
    "contact": ("a.chat",),
    "apply_url": ("a.go",),
    "employment_type": (".none",),
}


def posting(**terms: object) -> str:
    value = {"@context": "https://schema.org", "@type": "JobPosting", **terms}
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def read(head: str = "", text: str = LONG, select: dict[str, tuple[str, ...]] | None = None) -> PageReading:
    page = PAGE.format(head=head, text=text)
    return read_page(page.encode(), url="https://quay.example/p/17", select=SELECT if select is None else select)


def test_selectors_make_an_ad_of_a_page_that_says_nothing_to_machines():
    assert read(select={}).ads == ()
    reading = read()
    (ad,) = reading.ads
    assert (reading.outcome, ad.reader, ad.title) == ("ad", "select", "Net mender")
    assert ad.description == f"{LONG.strip()}\n\nBoots"
    assert (ad.hiring_organization, ad.job_location) == ("Quay Nets Ltd", "Hue; Da Nang")
    assert ad.base_salary is not None
    assert (ad.base_salary.raw, ad.date_posted) == ("9 - 11 million a month", "2026-11-01")
    assert (ad.contact, ad.apply_url) == ("Chat; https://zalo.me/0900000000", "https://quay.example/apply/17")
    assert (ad.employment_type, ad.language) == (None, "en")


def test_structured_data_goes_first_and_selectors_fill_what_it_lacks():
    reading = read(posting(title="Mender of nets", description=LONG * 2, hiringOrganization={"name": "Nets & Sons"}))
    (ad,) = reading.ads
    assert (ad.reader, ad.title, ad.hiring_organization) == ("json-ld", "Mender of nets", "Nets & Sons")
    assert ad.description == (LONG * 2).strip()
    assert ad.job_location == "Hue; Da Nang"
    assert ad.base_salary is not None


def test_the_selectors_go_before_the_general_reader():
    head = posting(title="Mender of nets", description=LONG)
    assert read(head, select={}).ads[0].date_posted == "2026-11-01"
    assert read(head, select={"date_posted": (".at li",)}).ads[0].date_posted == "Hue"


def test_a_whole_text_replaces_the_teaser_in_structured_data():
    teaser = posting(title="Mender of nets", description=LONG[:150] + "…")
    assert read(teaser).ads[0].description == f"{LONG.strip()}\n\nBoots"


@pytest.mark.parametrize(
    ("said", "selected", "wins"),
    [
        (LONG[:300], LONG, "selected"),  # the beginning, cut without a mark
        (LONG[:700] + "...", LONG + "More.", "selected"),
        ("Mend our nets!", LONG, "selected"),  # another, much shorter text
        ("Mend our nets! " * 30 + "…", LONG, "selected"),
        (LONG, "Related ads. " + LONG, "said"),  # the selector took in a little more than the ad
        (LONG, LONG[:100], "said"),
        ("Another text altogether. " * 30, LONG * 2, "said"),
        ("Mend our nets! " * 30, LONG, "said"),
    ],
)
def test_of_two_descriptions_the_whole_one_stands(said, selected, wins):
    ad = with_whole_text(RawAd(description=said, reader="json-ld"), RawAd(description=selected, reader="select"))
    assert ad.description == {"said": said, "selected": selected}[wins]


def test_a_title_alone_is_enough_for_an_ad_and_other_fields_are_not():
    assert read(text="", select={"title": (".x1",)}).ads[0].title == "Net mender"
    assert read(text="", select={"base_salary": (".pay",)}).ads == ()


def test_attributes_and_texts_can_be_selected():
    select = {"title": (".x1::text",), "contact": ("a.chat::attr(href)",), "description": ("p::text",)}
    (ad,) = read(select=select).ads
    assert (ad.title, ad.contact, ad.description) == ("Net mender", "https://zalo.me/0900000000", LONG.strip())


@pytest.mark.parametrize("css", ["li[", "", "a::attr(", "a::hover-text", "a:nonsense(2)", "!!", "a >"])
def test_what_is_no_selector_says_why(css):
    with pytest.raises(BadSelector, match=r"\w+"):
        compile_selector(css)
