"""Feeds and API answers. Every text is invented."""

import json
import unicodedata
from typing import Any

import pytest

from crawler.extract.raw import FeedReading, RawAd
from crawler.extract.records.feed import read_feed

URL = "http://board.test/feed"


def read(body: str | bytes | dict[str, Any] | list[Any]) -> FeedReading:
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    return read_feed(body.encode() if isinstance(body, str) else body, url=URL)


def only(reading: FeedReading) -> RawAd:
    (ad,) = reading.entries
    return ad


RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:job="http://board.test/ns"><channel><title>Board</title><language>vi</language>
  <item><title>Night baker &amp;amp; oven hand</title><link>/jobs/17</link><guid isPermaLink="false">b-17</guid>
    <pubDate>Mon, 05 Oct 2026 08:00:00 +0700</pubDate><description>Short.</description>
    <content:encoded><![CDATA[<p>We bake bread.</p><ul><li>Sundays off</li></ul>]]></content:encoded>
    <media:content><media:title>A picture</media:title></media:content>
    <job:company>Lantern Bakery</job:company><job:location>Hoi An</job:location></item>
  <item><title>Welder</title><link>http://board.test/jobs/18</link><description>&lt;p&gt;Weld.&lt;/p&gt;</description></item>
</channel></rss>"""


def test_rss_gives_its_entries_in_order() -> None:
    reading = read(RSS)
    first, second = reading.entries
    assert (first.title, first.description) == ("Night baker & oven hand", "We bake bread.\n\nSundays off")
    assert (first.url, first.identifier) == ("http://board.test/jobs/17", "b-17")
    assert (first.hiring_organization, first.job_location) == ("Lantern Bakery", "Hoi An")
    assert (first.date_posted, first.language) == ("Mon, 05 Oct 2026 08:00:00 +0700", "vi")
    assert (second.title, second.description, second.hiring_organization) == ("Welder", "Weld.", None)
    assert reading.problems == ()


def test_a_guid_is_the_link_of_an_item_that_has_none() -> None:
    guid = "<guid>http://board.test/jobs/18</guid>"
    bare = RSS.replace("<link>http://board.test/jobs/18</link>", guid).replace("<link>/jobs/17</link>", "<link/>")
    assert [ad.url for ad in read(bare).entries] == [None, "http://board.test/jobs/18"]


def test_bare_ampersands_are_read_as_they_stand() -> None:
    feed = RSS.replace("Welder<", "R&D welder<").replace("jobs/18", "job?id=18&lang=vi").replace("We bake", "B&B bakes")
    first, second = (reading := read(feed)).entries
    assert (second.title, second.url) == ("R&D welder", "http://board.test/job?id=18&lang=vi")
    assert first.description == "B&B bakes bread.\n\nSundays off"
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("stated", "written", "told"),
    [
        ("iso-8859-1", "utf-8", None),
        ("UTF-8", "windows-1258", "windows-1258"),
        ("windows-1258", "windows-1258", None),
        ("UTF-16", "utf-16-le", None),
    ],
)
def test_a_feed_is_decoded_as_pages_are_whatever_it_says_of_its_charset(stated: str, written: str, told: str) -> None:
    body = RSS.replace("UTF-8", stated).replace("Welder", "Thợ hàn" if "utf" in written else "Thơ\u0323 ha\u0300n")
    entries = read_feed(body.encode(written), url=URL, encoding=told).entries
    assert unicodedata.normalize("NFC", entries[1].title or "") == "Thợ hàn"


def test_the_employer_is_not_guessed_from_a_title() -> None:
    ad = only(read(RSS.replace("Welder", "Anchor Boatyard: Welder").replace("<item><title>Night", "<x><title>Night")))
    assert (ad.title, ad.hiring_organization) == ("Anchor Boatyard: Welder", None)


def test_the_employer_is_read_from_the_title_where_the_feed_is_known_to_write_it_there() -> None:
    feed = RSS.replace("<title>Board</title>", "<title>We Work Remotely: All Jobs</title>")
    ad = read(feed.replace("Welder", "Anchor Boatyard: Welder: night shift")).entries[1]
    assert (ad.title, ad.hiring_organization) == ("Welder: night shift", "Anchor Boatyard")


def test_atom_gives_the_alternate_link_and_the_content() -> None:
    ad = only(
        read(
            """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Board</title><entry>
            <title type="html">Baker</title>
      <link rel="self" href="http://board.test/api/17"/><link rel="alternate" href="http://board.test/jobs/17"/><id>tag:17</id>
      <published>2026-10-05T08:00:00Z</published><summary>Short.</summary>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>We bake.</p><p>Sundays off.</p></div></content>
      </entry></feed>"""
        )
    )
    assert (ad.title, ad.url, ad.description) == ("Baker", "http://board.test/jobs/17", "We bake.\n\nSundays off.")
    assert (ad.identifier, ad.date_posted, ad.language) == ("tag:17", "2026-10-05T08:00:00Z", "en")


def test_json_feed() -> None:
    item = {"id": "17", "url": "http://board.test/jobs/17", "title": "Baker", "content_html": "<p>We bake.</p>"}
    ad = only(read({"version": "https://jsonfeed.org/version/1.1", "title": "Board", "items": [item]}))
    assert (ad.reader, ad.title, ad.description, ad.url) == ("feed", "Baker", "We bake.", item["url"])


XML_JOBS = {
    "jobs": """<source><publisher>Board</publisher><job><title><![CDATA[Baker]]></title><date>2026-10-05</date>
      <referencenumber>17</referencenumber><url><![CDATA[http://board.test/jobs/17]]></url>
      <company>Lantern Bakery</company>
      <city>Hoi An</city><country>VN</country><description><![CDATA[<p>We bake.</p>]]></description></job></source>""",
    "offers": """<offers><offer><id>17</id><position>Baker</position><cities><city>Hoi An</city></cities>
      <startup>Lantern Bakery</startup><description>&lt;p&gt;We bake.&lt;/p&gt;</description>
      <url> http://board.test/jobs/17 </url></offer></offers>""",
    "positions": """<list><position_list><vacancy><job_title>Baker</job_title><link>http://board.test/jobs/17</link>
      <id>17</id><employer><name>Lantern Bakery</name></employer><location>Hoi An</location>
      <job-description>We bake.</job-description></vacancy></position_list></list>""",
}


@pytest.mark.parametrize("body", XML_JOBS.values(), ids=XML_JOBS)
def test_an_xml_job_feed_of_any_make(body: str) -> None:
    ad = only(read(body))
    assert (ad.title, ad.hiring_organization, ad.job_location) == ("Baker", "Lantern Bakery", "Hoi An")
    assert (ad.description, ad.url, ad.identifier) == ("We bake.", "http://board.test/jobs/17", "17")


def test_xml_in_another_charset_with_mistakes_is_read_as_far_as_it_goes() -> None:
    body = """<?xml version="1.0" encoding="windows-874"?><rss><channel><item><title>ช่างทำขนมปัง & อบ</title>
      <link>http://board.test/1</link><description>นวดแป้ง</description></channel></rss>"""
    reading = read(body.encode("cp874"))
    assert only(reading).title == "ช่างทำขนมปัง & อบ"
    assert any("broken" in problem for problem in reading.problems)


API: dict[str, Any] = {
    "a list": [
        {"legal": "Link back to us."},
        {"id": 17, "position": "Baker", "company": "Lantern Bakery", "location": "Hoi An", "url": "http://board.test/17",
         "description": "We bake."},
    ],
    "a list by name": {"total": 1, "jobs": [
        {"jobId": 17, "jobTitle": "Baker", "companyName": "Lantern Bakery", "locations": [{"name": "Hoi An"}],
         "jobUrl": "http://board.test/17", "jobDescription": "<p>We bake.</p>"},
    ]},
    "one ad, deep": {"data": {"widget": {"jobAd": {
        "id": "17", "title": "Baker", "content": {"htmlContent": "<p>We bake.</p>"}, "url": "http://board.test/17",
        "employer": {"contact": {"name": "A person"}, "companyName": "Lantern Bakery"},
        "locations": [{"city": "Hoi An", "country": None}],
    }}}},
    "by language": {
        "id": "17", "name": {"vi": "Baker", "en": "B"}, "description": {"vi": "<p>We bake.</p>"},
        "company": {"name": "Lantern Bakery"}, "locations": {"vi": [{"expanded": "Hoi An"}]}, "url": "http://board.test/17",
    },
}  # fmt: skip


@pytest.mark.parametrize("body", API.values(), ids=API)
def test_an_api_answer_of_any_make(body: Any) -> None:
    ad = only(read(body))
    assert (ad.reader, ad.title, ad.hiring_organization, ad.job_location) == (
        "api",
        "Baker",
        "Lantern Bakery",
        "Hoi An",
    )
    assert (ad.description, ad.url, ad.identifier) == ("We bake.", "http://board.test/17", "17")


@pytest.mark.parametrize(
    ("fields", "raw"),
    [
        ({"salary": "9 - 12 triệu"}, "9 - 12 triệu"),
        ({"salary": {"min": 9, "max": 12, "currency": "VND", "period": "month"}}, "9 - 12 VND month"),
        ({"salary_min": 900, "salary_max": 1200, "salary_currency": "USD"}, "900 - 1200 USD"),
        ({"minSalary": 900, "currency": "USD"}, "900 USD"),
        ({"salary": {"text": "by agreement"}}, "by agreement"),
    ],
)
def test_pay_of_any_make(fields: dict[str, Any], raw: str) -> None:
    ad = only(read([{"title": "Baker", "company": "Lantern", "url": "http://board.test/1", **fields}]))
    assert ad.base_salary is not None
    assert ad.base_salary.raw == raw


@pytest.mark.parametrize("fields", [{}, {"salary": None}, {"salary_min": 0, "salary_max": 0}, {"salary": ""}])
def test_no_pay_is_none(fields: dict[str, Any]) -> None:
    assert only(read([{"title": "Baker", "company": "L", "url": "http://board.test/1", **fields}])).base_salary is None


def test_entries_that_are_only_addresses_are_links() -> None:
    reading = read({"offers": [{"id": "1", "url": "http://board.test/1"}, {"id": "2", "url": "/2"}]})
    assert (reading.entries, reading.links) == ((), ("http://board.test/1", "http://board.test/2"))
    rss = "<rss><channel><item><link>http://board.test/9</link></item></channel></rss>"
    assert read(rss).links == ("http://board.test/9",)


@pytest.mark.parametrize("broken", ["http://[x/1", "//[x"])
def test_an_entry_whose_only_address_is_broken_does_not_cost_the_others(broken: str) -> None:
    rss = f"<rss><channel><item><link>{broken}</link></item><item><link>/9</link></item></channel></rss>"
    assert read(rss).links == ("http://board.test/9",)


NO_FEEDS: dict[str, str | bytes] = {
    "nothing": b"",
    "HTML": "<!doctype html><html><body><p>Not here.</p></body></html>",
    "text": "Service unavailable",
    "other JSON": '{"users": [{"name": "A", "url": "http://x.test"}]}',
    "an error as JSON": '{"error": {"message": "no such feed"}}',
    "deep JSON": "[" * 200_000,
    "a picture": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("body", NO_FEEDS.values(), ids=NO_FEEDS)
def test_what_is_no_feed_gives_no_entry_and_says_so(body: str | bytes) -> None:
    reading = read(body)
    assert (reading.entries, reading.links) == ((), ())
    assert reading.problems


def test_entities_are_never_expanded_and_files_never_read() -> None:
    body = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
      <!ENTITY f SYSTEM "file:///etc/hostname">]><rss><channel><item><title>T &b; &f;</title>
      <link>/1</link></item></channel></rss>"""
    title = only(read(body)).title
    assert title is not None
    assert "aaaaaaaaaaaa" not in title
    assert len(title) < 20


def test_a_feed_larger_than_any_is_refused() -> None:
    assert "at most" in read(b"[" + b" " * 64_000_001).problems[0]


def test_the_entries_of_a_list_that_is_only_named_beside_the_text_are_lines() -> None:
    text = "You do:🍞 Bake breadSell it\nCome by"
    blocks = [(0, 7, "com.example.Paragraph"), (7, 13, "com.example.ListItem"), (20, 7, "com.example.ListItem")]
    kinds = [{"start": start, "length": length, "type": {kind: {}}} for start, length, kind in blocks]
    kinds.append({"start": 9, "length": 4, "type": {"com.example.Bold": {}}})
    job = {"title": "Baker", "description": {"text": text, "attributes": kinds}, "company": "River Mill"}
    (ad,) = read_feed(json.dumps(job).encode(), url="http://board.example/api").entries
    assert ad.description == "You do:\n🍞 Bake bread\nSell it\nCome by"


def test_what_a_record_wraps_once_more_is_read_and_another_ad_inside_it_is_not() -> None:
    job = {
        "title": "Baker",
        "description": "Bake bread.",
        "company": "River Mill",
        "parameters": {"employmentTypes": ["Full-time"]},
        "applyMethod": {"offsite": {"companyApplyUrl": "http://mill.example/apply"}},
        "companyDescription": {"text": "A mill by the river."},
        "next": {"title": "Cook", "description": "Cook rice.", "city": "Hue", "jobType": "Part-time"},
    }
    (ad,) = read_feed(json.dumps(job).encode(), url="http://board.example/api").entries
    assert (ad.employment_type, ad.apply_url) == ("Full-time", "http://mill.example/apply")
    assert ad.company_profile == "A mill by the river."
    del job["parameters"]
    (ad,) = read_feed(json.dumps(job).encode(), url="http://board.example/api").entries
    assert ad.employment_type is None
