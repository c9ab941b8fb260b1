"""Listings of many boards: links to ads and next pages. All invented."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.html_document import join
from crawler.extract.urls import LinkShape
from crawler.extract.visible.listing import Listing, read_listing

PAGES = Path(__file__).parents[2] / "pages" / "listing"
SAVED = sorted(path.stem for path in PAGES.glob("*.html"))
HOME = "https://quay.example/jobs"


def read(body: str, at: str = HOME, known: LinkShape | None = None, **select: str) -> Listing:
    tried = {name: (css,) for name, css in select.items()}
    return read_listing(body.encode(), url=at, home=HOME, select=tried, known=known)


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_listing_leads_to_its_ads_and_its_next_page(name):
    wanted = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    listing = read((PAGES / f"{name}.html").read_text("utf-8"), at=wanted["url"])
    assert list(listing.links) == wanted["links"]
    assert list(listing.next_pages) == wanted["next"]
    assert listing.is_empty == (not wanted["links"] and not wanted["next"])


def test_the_card_s_selectors_go_before_what_a_listing_looks_like():
    body = (PAGES / "vi_cards.html").read_text("utf-8")
    listing = read(body, ad_links=".logo::attr(href)", next_page="li.next a")
    assert listing.links == tuple(f"https://quay.example/cong-ty/xuong-{n}" for n in range(1, 5))
    assert listing.next_pages == ("https://quay.example/viec-lam?page=2",)
    assert read(body, next_page=".none").next_pages == ()


def test_a_long_listing_is_taken_up_whole():
    body = "".join(f'<p><a class="ad" href="/x/{n}">Cook</a></p>' for n in range(1_500))
    assert len(read(body, ad_links="a.ad").links) == 1_500


def test_an_ad_alone_on_a_page_is_known_by_the_shape_of_those_before():
    one = '<html><body><h1>Openings</h1><a href="/o/2391">Stoker</a> <a href="/about-us">About</a></body></html>'
    assert read(one).links == ()
    shape = LinkShape.of([f"https://quay.example/o/{n}" for n in (12, 13, 14)])
    assert read(one, known=shape).links == ("https://quay.example/o/2391",)


def test_a_short_list_of_openings_is_known_by_its_addresses():
    links = "".join(f'<li><a href="/careers/{name}">{name}</a></li>' for name in ("cook", "porter"))
    listing = read(f'<html><body><h1>Careers</h1><ul>{links}<li><a href="/team/anna">Us</a></li></ul></body></html>')
    assert listing.links == ("https://quay.example/careers/cook", "https://quay.example/careers/porter")


ROWS = "".join(
    f'<li class="job"><h3>Deck hand {n}</h3><p>Paint and rope, every day of the week.<br>Bring boots.</p>{link}</li>'
    for n, link in enumerate(['<a href="/d/1">Details</a>', "", ""], 1)
)


def test_ads_that_stand_whole_in_a_list_are_read_one_by_one():
    listing = read(f"<ul>{ROWS}</ul>", ads="li.job", title="h3", description="p", url="a")
    assert [ad.title for ad in listing.ads] == ["Deck hand 1", "Deck hand 2", "Deck hand 3"]
    assert {ad.description for ad in listing.ads} == {"Paint and rope, every day of the week.\nBring boots."}
    assert listing.ads[0].url == "https://quay.example/d/1"
    assert {ad.reader for ad in listing.ads} == {"select"}
    assert listing.links == ()


def test_an_ad_without_an_address_keeps_its_identity_on_another_page():
    first, second = (
        read(f"<ul>{ROWS}</ul>", at=f"{HOME}?page={n}", ads="li.job", title="h3", description="p") for n in (1, 2)
    )
    assert [ad.url for ad in first.ads] == [ad.url for ad in second.ads]
    assert len({ad.url for ad in first.ads}) == 3
    assert all(ad.url.startswith(f"{HOME}#") for ad in first.ads)


def test_an_element_without_selectors_inside_is_an_ad_as_it_reads():
    (ad, *_) = read(f"<ul>{ROWS}</ul>", ads="li.job").ads
    assert ad.description == "Deck hand 1\n\nPaint and rope, every day of the week.\nBring boots.\n\nDetails"


@pytest.mark.parametrize(
    ("pager", "following"),
    [
        ('<a href="?p=2">Tiếp theo</a>', ["?p=2"]),
        ('<a href="?p=2"><span>Selanjutnya</span> <i>&raquo;</i></a>', ["?p=2"]),
        ('<a href="?p=2" title="Susunod"><img></a>', ["?p=2"]),
        ('<a href="?p=2">ບໍ່ແມ່ນ</a><a href="?p=3">ຕໍ່ໄປ</a>', ["?p=3"]),
        ('<a class="pagination-next" href="?p=2">2 of 9</a>', ["?p=2"]),
        ('<a href="?p=4">2</a><a href="?p=9">3</a><a href="/other/7">7</a>', ["?p=4", "?p=9"]),
        ('<a href="/jobs/page/2/">2</a><a href="/jobs-p3.html">3</a>', ["/jobs/page/2/", "/jobs-p3.html"]),
        ('<a href="/jobs/2">2</a><a href="/jobs/index_3.html">3</a>', ["/jobs/2", "/jobs/index_3.html"]),
        ('<a href="/events/2026/11/2">2</a><a href="/jobs/2026/11/3">3</a>', []),
        ('<a href="?p=2">２</a>', ["?p=2"]),
        ('<a href="#" class="next">Next</a>', []),
        ('<a href="javascript:go()">Next</a>', []),
        ('<a href="" rel="next">Next</a>', []),
        ('<a href="https://far.example/2" rel="next">Next</a>', []),
        ('<a class="next disabled" href="?p=2">Next</a>', []),
        ('<a href="/story">What happens next</a>', []),
        ('<a href="/blog/9">42</a>', []),
    ],
)
def test_the_next_page_is_known_by_word_arrow_name_or_number(pager, following):
    found = read(f"<html><body>{pager}</body></html>").next_pages
    assert list(found) == [join(HOME, address) for address in following]


def test_links_of_one_kind_have_a_shape():
    shape = LinkShape.of([f"https://a.example/job/x-{n}.html?from=list" for n in range(3)])
    assert shape.fits("https://a.example/job/y-7.html?from=list&b=1")
    for other in (
        "job/y-7.html",
        "job/y.html?from=list",
        "job/y-7?from=list",
        "jobs/y-7.html?from=list",
        "x/job/y-7.html",
    ):
        assert not shape.fits(f"https://a.example/{other}")
    assert LinkShape.of(["https://a.example/1"]) is None
    assert LinkShape.of(["https://a.example/1", "https://a.example/1"]) is None


@given(st.text(), st.text())
def test_any_written_link_is_an_address_or_none(base, written):
    address = join(base, written)
    assert address is None or address.startswith(("http://", "https://"))


@given(
    st.lists(st.sampled_from(["<a href='", "?p=2'>", "2</a>", "<li>", "<div class='next'>", "<nav>", "é"])).map("".join)
)
def test_no_listing_is_too_broken_to_be_read(body):
    assert isinstance(read(body), Listing)


def test_thousands_of_elements_within_each_other_are_read_once():
    deep = "<div class='job'>Deck hand wanted " * 3_000
    assert len(read(f"<html><body>{deep}", ads=".job").ads) == 1


def test_cards_in_a_nav_of_the_main_part_are_a_list_and_a_menu_is_none():
    cards = "".join(
        f'<a href="/ads/stoker-{n}0417"><h2>Stoker {n}</h2><p>Quay {n}</p><p>Feeds the boiler.</p></a>'
        for n in range(1, 6)
    )
    menu = "".join(f'<a href="/ads/area-{n}0000">Area {n}</a>' for n in range(1, 6))
    listing = read(f"<html><body><nav>{menu}</nav><main><h1>Work</h1><nav>{cards}</nav></main></body></html>")
    assert listing.links == tuple(f"https://quay.example/ads/stoker-{n}0417" for n in range(1, 6))


def test_a_card_leads_to_its_ad_and_not_to_its_employer_or_place():
    cards = "".join(
        f'<article><h3><a href="/opening-stoker-at-pier-{n}0417.html">Stoker at pier {n}</a></h3>'
        f'<p><a href="/house-{n}0211.html">House {n}</a> <a href="/around-harbour-{n}00.html">Harbour {n}</a></p>'
        "<p>Feeds the boiler at night and banks it in the morning.</p></article>"
        for n in range(1, 7)
    )
    listing = read(f"<html><body><main><h1>Work</h1>{cards}</main></body></html>")
    assert listing.links == tuple(f"https://quay.example/opening-stoker-at-pier-{n}0417.html" for n in range(1, 7))


def test_an_ad_that_is_filed_twice_or_led_to_from_two_boxes_is_one():
    box = '<section>{}</section><section class="top">{}</section>'
    one, two = (
        "".join(
            f'<div class="row"><h3><a href="{folder}/stoker-pier-{n}0417?from={name}">Stoker at pier {n}</a></h3>'
            "<p>Feeds the boiler at night.</p></div>"
            for n in range(1, 6)
        )
        for folder, name in (("/jobs/detail", "list"), ("/jobs/details", "top"))
    )
    listing = read(f"<html><body><main><h1>Work</h1>{box.format(one, two)}</main></body></html>")
    assert listing.links == tuple(
        f"https://quay.example/jobs/detail/stoker-pier-{n}0417?from=list" for n in range(1, 6)
    )


def test_a_card_leads_to_one_page_however_often_and_whatever_it_is_written_on():
    card = (
        '<div class="card" href="/jobs/{n}0417?from=card"><h3><a href="/jobs/{n}0417?from=title">Stoker {n}</a></h3>'
        '<p>Feeds the boiler at night.</p><a href="/jobs/company-quay-{n}a">Quay {n}</a></div>'
    )
    listing = read(f"<main><h1>Work</h1>{''.join(card.format(n=n) for n in range(1, 6))}</main>")
    assert listing.links == tuple(f"https://quay.example/jobs/{n}0417?from=card" for n in range(1, 6))


def test_cards_built_alike_lead_to_ads_however_their_addresses_are_built():
    places = ("", "", "east/", "", "west-bank/", "")
    cards = "".join(
        f'<div class="box"><article><h2><a class="t" href="/job/stoker-{n}/{place}quay-job{n}0417">Stoker {n}</a></h2>'
        "<p>Feeds the boiler at night.</p></article></div>"
        for n, place in enumerate(places, 1)
    )
    listing = read(f"<main><h1>Work</h1>{cards}<div class='box'><a href='/alerts'>Alert me</a></div></main>")
    assert listing.links == tuple(
        f"https://quay.example/job/stoker-{n}/{place}quay-job{n}0417" for n, place in enumerate(places, 1)
    )


def test_parts_of_an_ad_s_own_page_are_no_other_ads():
    bids = "".join(
        f'<div class="offer"><h3><a href="/jobs/40417-stoker?bid=90{n}17">Offer {n}</a></h3>'
        f"<p>I can feed it for {n}00.</p></div>"
        for n in range(1, 6)
    )
    head = '<head><link rel="canonical" href="https://quay.example/jobs/40417-stoker"></head>'
    body = f"<html>{head}<body><h1>Stoker</h1>{bids}</body></html>"
    assert read(body, at="https://quay.example/jobs/40417").links == ()


def test_the_list_in_a_page_s_data_says_which_of_its_links_are_the_ads():
    items = [{"@type": "ListItem", "url": f"https://quay.example/place/stoker-pier-{n}0417"} for n in range(1, 6)]
    data = json.dumps({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items})
    cards = "".join(
        f'<li><h2><a href="/place/stoker-pier-{n}0417?seen=7">Stoker {n}</a></h2><p>Night shift at the boiler</p></li>'
        for n in range(1, 6)
    )
    areas = "".join(
        f'<p><a href="/jobs/stokers-and-firemen/{n}001">Stokers and firemen of harbour {n}</a> and vacancies nearby</p>'
        for n in range(1, 9)
    )
    head = f'<head><script type="application/ld+json">{data}</script></head>'
    listing = read(f"<html>{head}<body><h1>Work</h1><ul>{cards}</ul><div>{areas}</div></body></html>")
    assert listing.links == tuple(f"https://quay.example/place/stoker-pier-{n}0417" for n in range(1, 6))


def test_where_one_applies_is_no_ad_though_the_card_names_it_first():
    cards = "".join(
        f'<div><a href="/vi/ho-so/apply?job_id=9{n}"><b>Thợ mộc {n}</b></a><p>Xưởng Bến Sông, lương 9 triệu</p>'
        f'<h3><a href="/vi/tim-viec-lam/tho-moc.9{n}C.html">Lương 9 triệu, ở gần bến</a></h3></div>'
        for n in range(101, 107)
    )
    listing = read(f"<html><body><main><h1>Việc làm</h1>{cards}</main></body></html>")
    assert listing.links == tuple(f"https://quay.example/vi/tim-viec-lam/tho-moc.9{n}C.html" for n in range(101, 107))


def test_an_identifier_in_a_page_s_data_is_an_address_only_where_the_page_links_to_no_ad():
    records = [
        {"id": f"ab{n}", "title": f"Rigger {n}", "location": "Port Ember", "employmentType": "FullTime"}
        for n in range(9)
    ]
    data = f'<script type="application/json">{json.dumps({"jobs": records})}</script>'
    guessed = tuple(f"{HOME}/ab{n}" for n in range(9))
    assert read(f"<html><body><div id='app'></div>{data}</body></html>").links == guessed
    cards = "".join(f'<li><a href="/jobs/rigger-at-pier-{n}">Rigger at pier {n}</a> Port Ember</li>' for n in range(4))
    shown = read(f"<html><body><main><h1>Jobs</h1><ul>{cards}</ul></main>{data}</body></html>").links
    assert shown == tuple(f"https://quay.example/jobs/rigger-at-pier-{n}" for n in range(4))
