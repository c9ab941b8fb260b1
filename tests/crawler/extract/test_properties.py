"""Outcomes for whatever a server sends: never an error, never a long wait."""

import json
import time
import unicodedata
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.page import read_page
from crawler.extract.raw import RawAd
from crawler.extract.records.feed import read_feed
from crawler.extract.structured.json_repair import Unreadable, loads

# On a machine that others work on too, a single example says nothing about time.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

URL = "http://board.test/jobs/1"
HEAD = b"<html><head><title>Baker</title></head><body><h1>Baker</h1>"
LD = b'<script type="application/ld+json">'


def all_text_is_storable(ads: tuple[RawAd, ...]) -> bool:
    said = [getattr(ad, field.name) for ad in ads for field in fields(ad)]
    return all(
        unicodedata.is_normalized("NFC", text.encode("utf-8").decode()) for text in said if isinstance(text, str)
    )


@given(st.binary(max_size=2_000), st.text(max_size=60))
def test_any_bytes_from_any_address_have_an_outcome(body: bytes, url: str) -> None:
    assert all_text_is_storable(read_page(body, url=url).ads)
    assert all_text_is_storable(read_feed(body, url=url).entries)


@given(st.text(max_size=300))
def test_any_text_in_a_page_or_a_feed_has_an_outcome(text: str) -> None:
    inside = text.encode("utf-8", "surrogatepass")
    assert all_text_is_storable(read_page(HEAD + b"<div class='job-description'>" + inside, url=URL).ads)
    read_feed(b"<rss><channel><item><title>" + inside + b"</title></item></channel></rss>", url=URL)


_TERMS = (
    *(
        "@type",
        "@id",
        "@graph",
        "@value",
        "title",
        "name",
        "description",
        "hiringOrganization",
        "jobLocation",
        "address",
    ),
    *(
        "addressLocality",
        "addressCountry",
        "baseSalary",
        "value",
        "minValue",
        "currency",
        "url",
        "identifier",
        "company",
    ),
    *("itemListElement", "employmentType", "datePosted", "jobLocationType", "applicantLocationRequirements", "salary"),
)
_KEYS = st.sampled_from(_TERMS) | st.text(max_size=5)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=30,
)


@given(st.dictionaries(_KEYS, _ANYTHING, max_size=8), _ANYTHING)
def test_a_posting_of_any_shape_has_an_outcome(posting: dict[str, object], beside: object) -> None:
    script = json.dumps([{**posting, "@type": "JobPosting"}, beside]).encode()
    assert all_text_is_storable(read_page(HEAD + LD + script + b"</script>", url=URL).ads)
    assert all_text_is_storable(read_feed(script, url=URL).entries)


@given(st.text(st.sampled_from("{}[]\"',:;/*\\ntrue1-e. \n<!@a"), max_size=200))
def test_scraps_of_json_are_read_or_refused(text: str) -> None:
    try:
        loads(text)
    except Unreadable:
        return


@settings(max_examples=50)
@given(st.data())
def test_a_posting_with_one_character_changed_has_an_outcome(data: st.DataObject) -> None:
    script = json.dumps(
        {"@type": "JobPosting", "title": "Baker", "description": "<p>We bake</p>", "jobLocation": "Hue"}
    )
    at = data.draw(st.integers(0, len(script) - 1))
    changed = script[:at] + data.draw(st.sampled_from(["", '"', "\\", "}", "{", ",", "\n", "\x00"])) + script[at + 1 :]
    read_page(HEAD + LD + changed.encode() + b"</script>", url=URL)


HOSTILE = {
    "nested JSON": HEAD + LD + b"[" * 2_000_000 + b"</script>",
    "nested JSON in a posting": HEAD + LD + b'{"@type": "JobPosting", "name": ' + b'{"a":' * 300_000 + b"</script>",
    "a graph of very many": HEAD + LD + b'{"@graph": [' + b'{"@type": "Thing"},' * 200_000 + b"{}]}</script>",
    "quotation marks": HEAD + LD + b'{"@type": "JobPosting", "title": "' + b'"x" ' * 200_000 + b"</script>",
    "comments that do not end": HEAD + LD + b'{"@type": "JobPosting", ' + b"/* " * 200_000 + b"</script>",
    "tags that do not end": b"<script " * 1_000_000,
    "scripts that do not end": LD * 100_000,
    "markup comments": HEAD + b"<!--" * 1_000_000,
    "nested elements": HEAD + b"<div class='job-description'>" * 100_000 + b"x",
    "a tag of many attributes": HEAD + b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x",
    "many tags of many attributes": HEAD + (b"<p " + b" ".join(b"a%d=1" % n for n in range(150)) + b">") * 2_000,
    "labels": HEAD + b"<div>Salary</div>" * 100_000,
    "cards": HEAD + b"<ul>" + b"<li><a href=/jobs/1>Baker wanted in the old town</a></li>" * 50_000,
    "scopes": HEAD + b'<div itemscope itemtype="http://schema.org/JobPosting" itemprop="title">' * 30_000,
    "nested descriptions": HEAD + b"<div itemscope>" + b'<p><b itemprop="description">' * 1_000 + b"word " * 400_000,
    "nested names": HEAD + b"<div class=location>" * 2_000 + b"<b class=location>x</b>" * 10_000,
    "assignments": b"window.a.b = {" * 300_000,
    "a title, huge": HEAD + LD + b'{"@type": "JobPosting", "title": "' + b"x y " * 900_000 + b'", "url": 1}</script>',
    "escapes": HEAD + b"&lt;" * 1_000_000,
    "white space": HEAD + b" " * 9_000_000,
    "binary": bytes(range(256)) * 20_000,
    "a program": b"\x7fELF\x02\x01\x01\0" + bytes(range(255, -1, -1)) * 20_000,
    "nested JSON, whole": HEAD + LD + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"</script>",
    "nested JSON in a state": HEAD + b'<script type="application/json">' + b'{"jobs":[' * 300_000 + b"</script>",
    "a million attributes": HEAD + b"<p " + b" ".join(b"a%x" % n for n in range(1_000_000)) + b">x",
    "attributes behind a tag in quotes": HEAD + b'<p a="<" ' + b" ".join(b"a%d" % n for n in range(200_000)) + b">x",
    "attributes with ends in quotes": HEAD + b"<p " + b" ".join(b'a%d=">"' % n for n in range(200_000)) + b">x",
    "attributes behind an odd quote": HEAD + b'<p b" ' + b" ".join(b'a%d=">"' % n for n in range(100_000)) + b">x",
    "tags without a space": b"<a" * 2_000_000,
    "a million links": HEAD + b"<a href=/1>x</a>" * 600_000,
    "tables in tables": HEAD + b"<table><tr><td>" * 100_000,
    "formatting that is never closed": HEAD + b"<p><b><i><font>x" * 100_000,
    "a page title of megabytes": b"<title>" + b"Baker " * 500_000 + b"</title><h1>" + b"Cook " * 500_000 + b"</h1>",
    "a heading of megabytes in parts": b"<html><h1>" + b"<b>Baker</b> " * 300_000 + b"</h1><p>" + b"Salary: 5 " * 99,
    "mail addresses": HEAD + b"<div class='job-description'>" + b"a" * 3_000_000,
    "entities": HEAD + b"<div class='job-description'>" + b"&amp;amp;lt;" * 500_000,
    "pictures in the page": HEAD + b"<img src='data:image/png;base64," + b"QUJD" * 2_000_000 + b"'>",
    "refreshing for ever": b"<meta http-equiv=refresh content='0;url=/1'>" * 100_000,
    "roots behind each other": b"<html><body>x</body></html>" * 100_000,
    "text behind the end": HEAD + b"</html>x" * 600_000,
    "control characters": HEAD + b"<nav>a</nav>\x01\x0c b<nav>c</nav>\x1f" * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_has_an_outcome_soon(body: bytes) -> None:
    started = time.process_time()
    reading = read_page(body, url=URL)
    # The worst takes a second here; a slow machine may have five times as long, and quadratic time would not fit.
    assert time.process_time() - started < 8
    assert reading.outcome in {"ad", "listing", "not_an_ad"}
    assert all(len(ad.title or "") <= 1_000 for ad in reading.ads)
    assert all(len(ad.description or "") <= 200_000 for ad in reading.ads)


def test_a_megabyte_long_title_is_cut_where_nobody_reads_on() -> None:
    posting = {
        "@type": "JobPosting",
        "title": "Baker " * 200_000,
        "description": "<p>We bake bread.</p>",
        "hiringOrganization": "Quay Foods " * 100_000,
        "jobLocation": "Hue",
    }
    (ad,) = read_page(HEAD + LD + json.dumps(posting).encode() + b"</script>", url=URL).ads
    assert ad.title == ("Baker " * 200)[:1_000].rstrip()
    assert ad.hiring_organization is not None
    assert len(ad.hiring_organization) <= 1_000


CHARSETS = (
    "utf-8",
    "utf-16",
    "utf-7",
    "x-nope",
    "",
    "base64",
    "idna",
    "rot13",
    "zip",
    "cp037",
    "gbk",
    "big5",
    "tis-620",
    "\0",
    "é",
)


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_that_lies_or_does_not_exist_loses_no_ad(charset: str) -> None:
    posting = {"@type": "JobPosting", "title": "Thợ làm bánh", "description": "<p>Ca sáng và ca tối.</p>"}
    script = LD + json.dumps(posting, ensure_ascii=False).encode() + b"</script>"
    told = f'<meta charset="{charset}">'.encode()
    for encoding in (charset, None):
        (ad,) = read_page(b"<html><head>" + told + script + b"</head><h1>x</h1>", url=URL, encoding=encoding).ads
        assert (ad.title, ad.description) == ("Thợ làm bánh", "Ca sáng và ca tối.")


def test_a_page_beyond_the_limit_is_read_up_to_it() -> None:
    posting = {"@type": "JobPosting", "title": "Baker", "description": "<p>We bake bread.</p>"}
    script = LD + json.dumps(posting).encode() + b"</script></head><body>"
    reading = read_page(b"<html><head>" + script + b"<p>x</p>" * 12_000_000, url=URL)
    assert [ad.title for ad in reading.ads] == ["Baker"]
    assert "96,000" in reading.problems[0]
    reading = read_page(b"<html><head>" + LD + b"[" * 100_000_000, url=URL)
    assert (reading.outcome, reading.ads) == ("not_an_ad", ())


HOSTILE_FEEDS = {
    "nested JSON": b'{"a": [' * 500_000,
    "a hundred megabytes of JSON": b"[" + b'{"a": 1},' * 11_000_000,
    "nested XML": b"<a>" * 1_000_000,
    "nested entries": b"<rss><channel>" + b"<item><title>" * 100_000,
    "laughs": b"<!DOCTYPE rss [<!ENTITY a0 'ha'>"
    + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 20))
    + b"]><rss><channel><item><title>&a19;</title><link>/1</link></item></channel></rss>",
    "laughs in attributes": b"<!DOCTYPE rss [<!ENTITY a0 'ha'>"
    + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 20))
    + b"]><rss><channel><item><link href='&a19;'/><title x='&a19;'>Cook</title></item></channel></rss>",
    "a file of this machine": b"<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss><item><title>&a;</title></item></rss>",
    "attributes of XML": b"<rss><channel><item " + b" ".join(b"a%d='1'" % n for n in range(100_000)) + b"><title>x",
    "a title of megabytes": b"<rss><channel><item><title>" + b"Cook " * 1_000_000 + b"</title></item></channel></rss>",
    "nested JSON, a hundred thousand deep and whole": b'[{"a":' * 100_000 + b"1" + b"}]" * 100_000,
    "very many entries": b"[" + b'{"title": "a", "url": "/x", "company": "c"},' * 50_001 + b"{}]",
}


@pytest.mark.parametrize("body", HOSTILE_FEEDS.values(), ids=HOSTILE_FEEDS)
def test_a_hostile_feed_has_an_outcome_soon(body: bytes) -> None:
    started = time.process_time()
    reading = read_feed(body, url=URL)
    assert time.process_time() - started < 15
    assert len(reading.entries) <= 50_000
    assert all(len(entry.title or "") <= 1_000 for entry in reading.entries)
    assert "root:" not in str(reading)
