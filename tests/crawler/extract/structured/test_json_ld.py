"""JobPosting JSON-LD in every state that pages serve it in."""

import json
from typing import Any

import pytest

from crawler.extract.page import read_page
from crawler.extract.raw import PageReading, RawAd

URL = "http://board.test/jobs/night-baker-17"
BAKER: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "JobPosting",
    "title": "Night-shift baker",
    "description": "<p>We bake bread for the old town.</p><ul><li>Nights, 22:00 to 06:00</li><li>Sundays off</li></ul>",
    "datePosted": "2026-10-05",
    "validThrough": "2026-12-01T00:00:00+07:00",
    "employmentType": "FULL_TIME",
    "identifier": {"@type": "PropertyValue", "name": "Lantern Bakery", "value": "B-17"},
    "hiringOrganization": {"@type": "Organization", "name": "Lantern Bakery", "description": "<p>Bread since 1988</p>"},
    "jobLocation": {
        "@type": "Place",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "12 Canal Street",
            "addressLocality": "Hoi An",
            "addressRegion": "Quang Nam",
            "addressCountry": "VN",
        },
    },
    "baseSalary": {
        "@type": "MonetaryAmount",
        "currency": "VND",
        "value": {"@type": "QuantitativeValue", "minValue": 9000000, "maxValue": 12000000, "unitText": "MONTH"},
    },
}
TEXT = "We bake bread for the old town.\n\nNights, 22:00 to 06:00\nSundays off"


def page(*scripts: str, body: str = "<h1>Night-shift baker</h1>", head: str = "") -> bytes:
    blocks = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return (
        f"<!doctype html><html lang='vi'><head><title>x</title>{head}{blocks}</head><body>{body}</body></html>".encode()
    )


def read(*scripts: str, **parts: str) -> PageReading:
    return read_page(page(*scripts, **parts), url=URL)


def only(reading: PageReading) -> RawAd:
    assert reading.outcome == "ad"
    (ad,) = reading.ads
    return ad


def baker(**changed: Any) -> str:
    return json.dumps({**BAKER, **changed})


def test_a_posting_gives_every_field_as_found() -> None:
    ad = only(read(baker()))
    assert ad.reader == "json-ld"
    assert (ad.title, ad.description, ad.identifier) == ("Night-shift baker", TEXT, "B-17")
    assert (ad.hiring_organization, ad.company_profile) == ("Lantern Bakery", "Bread since 1988")
    assert (ad.job_location, ad.country) == ("12 Canal Street, Hoi An, Quang Nam", "VN")
    assert (ad.date_posted, ad.valid_through) == ("2026-10-05", "2026-12-01T00:00:00+07:00")
    assert ad.base_salary is not None
    assert (ad.base_salary.min, ad.base_salary.max) == ("9000000", "12000000")
    assert (ad.base_salary.currency, ad.base_salary.period) == ("VND", "MONTH")
    assert (ad.employment_type, ad.language) == ("FULL_TIME", "vi")


WHOLE = json.dumps(BAKER)
BROKEN = {
    "trailing commas": WHOLE.replace("}", ",}").replace("FULL_TIME", "FULL_TIME"),
    "trailing semicolon": WHOLE + ";",
    "raw line breaks in strings": WHOLE.replace("<ul>", "\n<ul>\n"),
    "raw tabs and control characters": WHOLE.replace("We bake", "\tWe\x0b bake"),
    "escaped as HTML": WHOLE.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;"),
    "inside CDATA": f"//<![CDATA[\n{WHOLE}\n//]]>",
    "inside CDATA and comments": f"/*<![CDATA[*/ {WHOLE} /*]]>*/",
    "inside an HTML comment": f"<!-- {WHOLE} -->",
    "with comments": "/* the ad */ {" + WHOLE[1:-1] + ", // the end\n}",
    "single quotes": str(BAKER),
    "bare keys": WHOLE.replace('"title"', "title").replace('"jobLocation"', "jobLocation"),
    "an assignment in front": f"var posting = {WHOLE};",
    "quotation marks inside a string": WHOLE.replace("old town", 'old "Lantern" town'),
    "a missing comma": WHOLE.replace('"FULL_TIME",', '"FULL_TIME"\n'),
    "an unknown escape": WHOLE.replace("Sundays off", "Sunday\\'s off"),
    "a missing end": WHOLE[:-2],
    "two values in a row": '{"@type": "WebSite", "name": "Board"}\n' + WHOLE,
    "undefined values": WHOLE.replace('"2026-10-05"', "undefined"),
    "a byte order mark": "\ufeff" + WHOLE,
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_broken_block_still_gives_its_ad(script: str) -> None:
    ad = only(read(script))
    assert ad.title == "Night-shift baker"
    assert ad.hiring_organization == "Lantern Bakery"
    assert ad.job_location == "12 Canal Street, Hoi An, Quang Nam"
    assert ad.description is not None
    assert ad.description.replace('"Lantern" ', "").replace("Sunday's", "Sundays") == TEXT


def test_emoji_and_bold_letters_outlive_a_repair() -> None:
    block = json.dumps(BAKER | {"title": "Baker 🔥 𝗡𝗶𝗴𝗵𝘁𝘀"})
    assert "\\ud83d" in block
    assert only(read(block.replace("}", ",}"))).title == "Baker 🔥 𝗡𝗶𝗴𝗵𝘁𝘀"


def test_a_repaired_block_is_named_among_the_problems() -> None:
    assert any("repaired" in problem for problem in read(WHOLE.replace("}", ",}")).problems)
    assert read(WHOLE).problems == ()


def test_one_broken_block_does_not_hide_the_next() -> None:
    assert only(read('{"@type": "BreadcrumbList", ]]', baker())).title == "Night-shift baker"


SHAPES: dict[str, Any] = {
    "a graph": {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "name": "x"}, BAKER]},
    "an array": [{"@type": "BreadcrumbList"}, BAKER],
    "arrays in arrays": [[[BAKER]]],
    "a page's main entity": {"@type": "WebPage", "mainEntity": BAKER},
    "a list of types": {**BAKER, "@type": ["Thing", "JobPosting"]},
    "a full address as type": {**BAKER, "@type": "http://schema.org/JobPosting"},
    "a prefixed type": {**BAKER, "@type": "schema:JobPosting"},
    "full addresses as keys": {f"http://schema.org/{key}" if key[0] != "@" else key: BAKER[key] for key in BAKER},
    "keys in another case": {key[0].upper() + key[1:] if key[0] != "@" else key: BAKER[key] for key in BAKER},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_posting_is_found_wherever_it_stands(shape: Any) -> None:
    ad = only(read(json.dumps(shape)))
    assert (ad.title, ad.hiring_organization, ad.description) == ("Night-shift baker", "Lantern Bakery", TEXT)


def test_the_employer_may_be_a_reference_into_the_graph() -> None:
    graph = [
        {"@type": "Organization", "@id": "http://board.test/#lantern", "name": "Lantern Bakery"},
        {**BAKER, "hiringOrganization": {"@id": "http://board.test/#lantern"}},
    ]
    assert only(read(json.dumps({"@graph": graph}))).hiring_organization == "Lantern Bakery"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Lantern Bakery", "Lantern Bakery"),
        ({"legalName": "Lantern Bakery Ltd"}, "Lantern Bakery Ltd"),
        ([{"name": "Lantern Bakery"}, {"name": "Other"}], "Lantern Bakery"),
        ({"name": ["Lantern Bakery", "LB"]}, "Lantern Bakery"),
        ({"name": "Flour &amp; Salt"}, "Flour & Salt"),
        ({"@type": "Organization", "sameAs": "http://bakery.test"}, None),
        ("N/A", None),
        ("", None),
        (None, None),
        (17, "17"),
    ],
)
def test_the_employer_is_read_whatever_its_type(value: Any, expected: str | None) -> None:
    assert (
        only(read(baker(hiringOrganization=value), body="<h1>Night-shift baker</h1>")).hiring_organization == expected
    )


HANOI = {
    "@type": "PostalAddress",
    "addressLocality": "Ha Noi",
    "addressCountry": {"@type": "Country", "name": "Viet Nam"},
}


@pytest.mark.parametrize(
    ("changed", "place", "country"),
    [
        ({"jobLocation": "Ha Noi"}, "Ha Noi", None),
        ({"jobLocation": {"address": "Ha Noi, Viet Nam"}}, "Ha Noi, Viet Nam", None),
        ({"jobLocation": {"@type": "Place", "address": HANOI}}, "Ha Noi, Viet Nam", "Viet Nam"),
        ({"jobLocation": HANOI}, "Ha Noi, Viet Nam", "Viet Nam"),
        (
            {"jobLocation": [{"address": HANOI}, {"address": {"addressLocality": "Hue"}}]},
            "Ha Noi, Viet Nam; Hue",
            "Viet Nam",
        ),
        ({"jobLocation": {"address": [HANOI]}}, "Ha Noi, Viet Nam", "Viet Nam"),
        ({"jobLocation": {"name": "Lantern Mall"}}, "Lantern Mall", None),
        ({"jobLocation": {"address": {"addressCountry": "KH"}}}, "KH", "KH"),
        ({"jobLocation": {"address": {"streetAddress": "1 Quay, Hue", "addressLocality": "Hue"}}}, "1 Quay, Hue", None),
        ({"jobLocation": "Lantern Bakery", "jobLocationType": "TELECOMMUTE"}, "Remote", None),
        ({"jobLocation": None, "jobLocationType": "TELECOMMUTE"}, "Remote", None),
        (
            {"jobLocation": None, "applicantLocationRequirements": {"@type": "Country", "name": "Philippines"}},
            "Philippines",
            "Philippines",
        ),
        ({"jobLocation": {"address": {"addressLocality": "null", "addressRegion": "Hue"}}}, "Hue", None),
        ({"jobLocation": {"address": {"addressLocality": "UNAVAILABLE", "addressRegion": "Hue"}}}, "Hue", None),
        (
            {
                "jobLocation": [
                    {"address": HANOI},
                    {"address": {"addressLocality": "Battambang", "addressCountry": "KH"}},
                ]
            },
            "Ha Noi, Viet Nam; Battambang",
            None,
        ),
    ],
)
def test_the_place_is_read_whatever_its_type(changed: dict[str, Any], place: str, country: str | None) -> None:
    ad = only(read(baker(**changed)))
    assert (ad.job_location, ad.country) == (place, country)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("9 - 12 million", (None, None, None, None, "9 - 12 million")),
        (9000000, (None, None, None, None, "9000000")),
        (
            {"currency": "USD", "value": {"value": 700, "unitText": "MONTH"}},
            (None, None, "USD", "MONTH", "700 USD MONTH"),
        ),
        ({"currency": "USD", "value": "700", "unitCode": "MON"}, (None, None, "USD", "MON", "700 USD MON")),
        ({"currency": "USD", "minValue": 5, "maxValue": 7}, ("5", "7", "USD", None, "5 - 7 USD")),
        ({"@type": "PriceSpecification", "price": "5", "priceCurrency": "USD"}, (None, None, "USD", None, "5 USD")),
    ],
)
def test_pay_is_read_whatever_its_type(value: Any, found: tuple[str | None, ...]) -> None:
    salary = only(read(baker(baseSalary=value))).base_salary
    assert salary is not None
    assert (salary.min, salary.max, salary.currency, salary.period, salary.raw) == found


def test_parts_of_the_text_kept_beside_the_description_are_part_of_it() -> None:
    benefits = "Free housing near the bakery, two meals a night, a bicycle."
    ad = only(read(baker(jobBenefits=benefits, qualifications="Sundays off")))
    assert ad.description == f"{TEXT}\n\n{benefits}"


def test_description_and_title_may_be_escaped_twice() -> None:
    ad = only(
        read(baker(title="Baker &amp;amp; oven hand", description="&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;"))
    )
    assert (ad.title, ad.description) == ("Baker & oven hand", "One\n\nTwo")


def test_a_script_that_is_commented_out_is_not_read() -> None:
    body = f'<!-- <script type="application/ld+json">{WHOLE}</script> --><p>Nothing here.</p>'
    assert read(body=body).outcome == "not_an_ad"


@pytest.mark.parametrize("attributes", ["type=application/ld+json", "id=x TYPE='application/LD+JSON; charset=utf-8'"])
def test_the_script_tag_may_be_written_in_any_way(attributes: str) -> None:
    html = f"<html><body><SCRIPT {attributes}>{WHOLE}</SCRIPT></body></html>"
    assert only(read_page(html.encode(), url=URL)).title == "Night-shift baker"


# Several postings on one page


def other(number: int, *, long: bool = True, **changed: Any) -> dict[str, Any]:
    text = f"Shop number {number} wants a seller. " + "Mornings and some Saturdays, paid weekly. " * (6 if long else 0)
    return {**BAKER, "title": f"Seller {number}", "description": text, "url": f"/jobs/seller-{number}", **changed}


def test_beside_a_main_ad_related_ads_do_not_count() -> None:
    reading = read(WHOLE, json.dumps([other(1), other(2), other(3)]))
    assert only(reading).title == "Night-shift baker"


def test_the_ad_that_the_page_is_titled_for_is_the_main_one() -> None:
    assert only(read(json.dumps([other(1), BAKER, other(2)]))).title == "Night-shift baker"


def test_a_list_of_teasers_is_a_listing() -> None:
    entries = [{"@type": "ListItem", "position": n, "item": other(n, long=False)} for n in range(5)]
    reading = read(json.dumps({"@type": "ItemList", "itemListElement": entries}), body="<h1>Jobs in Hoi An</h1>")
    assert (reading.outcome, reading.ads) == ("listing", ())


def test_entries_of_a_list_without_addresses_are_its_ads_or_are_counted() -> None:
    """Their texts stand nowhere else, however short."""
    short = [other(n, long=False, url=None) for n in range(1, 4)]
    bare = [other(n, url=None, description=None) for n in range(4, 6)]
    for items, outcome, ads, unread in (
        (short, "ad", 3, ()),
        ([*short, *bare], "ad", 3, ("2 ads of its markup have neither an address nor a whole text",)),
        (bare, "listing", 0, ("2 ads of its markup have neither an address nor a whole text",)),
    ):
        entries = [{"@type": "ListItem", "position": n, "item": item} for n, item in enumerate(items)]
        reading = read(json.dumps({"@type": "ItemList", "itemListElement": entries}), body="<h1>Jobs in Hoi An</h1>")
        assert (reading.outcome, len(reading.ads), reading.problems) == (outcome, ads, unread)
        assert len({ad.url for ad in reading.ads}) == ads
        assert all(ad.url and ad.url.startswith(f"{URL}#") for ad in reading.ads)


def test_a_list_with_one_teaser_is_a_listing_too() -> None:
    script = json.dumps({"@type": "ItemList", "itemListElement": [other(1, long=False)]})
    assert read(script, body="<h1>Jobs in Hoi An</h1>").outcome == "listing"


def test_postings_that_are_all_there_in_full_are_several_ads() -> None:
    entries = [other(n) for n in range(1, 4)]
    reading = read(json.dumps({"@type": "ItemList", "itemListElement": entries}), body="<h1>Work at our shops</h1>")
    assert [ad.title for ad in reading.ads] == ["Seller 1", "Seller 2", "Seller 3"]
    assert [ad.url for ad in reading.ads] == [f"http://board.test/jobs/seller-{n}" for n in range(1, 4)]


def test_ads_without_addresses_of_their_own_get_different_ones() -> None:
    reading = read(json.dumps([other(n, url=None) for n in range(1, 4)]), body="<h1>Work at our shops</h1>")
    assert len({ad.url for ad in reading.ads}) == 3


def test_one_posting_repeated_for_each_place_is_one_ad() -> None:
    places = [{**BAKER, "jobLocation": city} for city in ("Hue", "Da Nang", "Hue")]
    assert only(read(json.dumps(places))).job_location == "Hue; Da Nang"


def test_a_posting_without_a_description_takes_the_page_s_text() -> None:
    text = "We bake bread for the old town and look for one more baker. " * 4
    body = f"<h1>Night-shift baker</h1><div class='job-description'><p>{text}</p></div>"
    ad = only(read(baker(description=None), body=body))
    assert (ad.reader, ad.description) == ("json-ld", text.strip())
