"""HTML to text, and bytes to text. Every text is invented."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.html_tree import has_markup, html_to_text
from crawler.extract.page import read_page
from crawler.extract.text import decode, present


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Bread<br>Rolls<br/><br>Cakes", "Bread\nRolls\n\nCakes"),
        ("<p>One</p><p>Two <b>bold</b> words</p>", "One\n\nTwo bold words"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>after", "a\nb\nc\nafter"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<h3>Duties</h3>\n<p>Bake\nbread</p>", "Duties\n\nBake bread"),
        ("<table><tr><td>Pay</td><td>9 million</td></tr><tr><td>Hue</td></tr></table>", "Pay 9 million\nHue"),
        ("plain text\nwith its own\n\n\n\nlines", "plain text\nwith its own\n\nlines"),
        ("text with <b>bold</b> words\nand its own lines", "text with bold words\nand its own lines"),
        (r"written\nwith letters\nfor breaks", "written\nwith letters\nfor breaks"),
        ("&lt;p&gt;Escaped&lt;/p&gt;&lt;p&gt;once&lt;/p&gt;", "Escaped\n\nonce"),
        ("&amp;lt;p&amp;gt;Escaped&amp;lt;/p&amp;gt; twice", "Escaped\n\ntwice"),
        ("<p>&lt;b&gt;Mixed&lt;/b&gt; up</p>", "Mixed up"),
        ("Bread &amp;amp; rolls", "Bread & rolls"),
        ("a<script>steal()</script><style>p{}</style><noscript>on</noscript>b", "ab"),
        ("<p>one<!-- hidden -->two</p>", "onetwo"),
        ("fewer than 5 < 6 & more than 7 > 3", "fewer than 5 < 6 & more than 7 > 3"),
        ("<p>Knows what &lt;div&gt; is for</p>", "Knows what <div> is for"),
        ("<p>open <b>tags <i>everywhere", "open tags everywhere"),
        ("non&nbsp;breaking&#160;space", "non breaking space"),
        ("", ""),
        ("<", "<"),
        ("<p></p><br>", ""),
    ],
)  # fmt: skip
def test_html_reads_as_on_the_page(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_text_is_composed_and_free_of_what_cannot_be_stored() -> None:
    assert html_to_text("<p>Tie\u0302\u0301ng\x00 Vie\u0323\u0302t \ud800</p>") == "Tiếng Việt \ufffd"


@given(st.text())
def test_any_text_is_read_without_an_error_and_in_nfc(html: str) -> None:
    text = html_to_text(html)
    assert unicodedata.is_normalized("NFC", text)
    text.encode("utf-8")


_WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
_TAGS = st.sampled_from(["p", "div", "b", "li", "span", "h2", "td", "strong", "a href='/x'"])


@given(st.lists(st.tuples(_TAGS, _WORDS), min_size=1, max_size=10))
def test_no_markup_is_left_and_no_word_is_lost(parts: list[tuple[str, str]]) -> None:
    text = html_to_text("".join(f"<{tag}>{word}</{tag.split()[0]}>\n" for tag, word in parts))
    assert not has_markup(text)
    assert "<" not in text
    for _, word in parts:
        assert unicodedata.normalize("NFC", word) in text


@given(st.text(st.sampled_from("<>&;/ abpdivlt\n\"'=!-"), max_size=300))
def test_scraps_of_markup_are_read_without_an_error(html: str) -> None:
    html_to_text(html)


THAI = "รับสมัครช่างทำขนมปัง กะดึก หยุดวันอาทิตย์"


@pytest.mark.parametrize(
    ("body", "declared", "text"),
    [
        ("\ufeffbánh mì".encode(), None, "bánh mì"),
        ("bánh mì".encode("utf-16"), "utf-8", "bánh mì"),
        ("bánh mì".encode(), "iso-8859-1", "bánh mì"),
        (THAI.encode("cp874"), "tis-620", THAI),
        (f'<meta charset="windows-874"><p>{THAI}'.encode("cp874"), None, f'<meta charset="windows-874"><p>{THAI}'),
        ("面包房招聘烘焙师".encode("gb18030"), "gb2312", "面包房招聘烘焙师"),
        ("麵包店徵烘焙師".encode("big5"), "big5", "麵包店徵烘焙師"),
        ("パン屋で夜勤".encode("shift_jis"), "Shift_JIS", "パン屋で夜勤"),
        ("パン屋で夜勤".encode("iso2022_jp"), "iso-2022-jp", "パン屋で夜勤"),
        ("прачечная ищет".encode("cp1251"), "windows-1251", "прачечная ищет"),
        (b"na\xefve caf\xe9", None, "naïve café"),
        ((THAI * 3).encode("cp874"), None, THAI * 3),
        ("bánh".encode() + b"\xff", "utf-8", "bánh\ufffd"),
        (b"a\x00b", "no-such-charset", "ab"),
        (b"", None, ""),
    ],
)
def test_bytes_are_read_whatever_they_claim_to_be(body: bytes, declared: str | None, text: str) -> None:
    assert decode(body, declared) == text


@given(
    st.binary(max_size=500), st.sampled_from([None, "utf-8", "utf-16", "gb2312", "utf-7", "hz", "x", "idna", "base64"])
)
def test_any_bytes_are_read_without_an_error(body: bytes, declared: str | None) -> None:
    decode(body, declared).encode("utf-8")


@pytest.mark.parametrize("text", ["nan", "NaN", "NAN", "n/a", "None", "null", " - ", ""])
def test_what_programs_write_for_nothing_is_absent(text: str) -> None:
    assert present(text) is None


def test_the_province_of_nan_is_a_place() -> None:
    place = {"address": {"addressRegion": "Nan", "addressCountry": "TH"}}
    posting = {"@type": "JobPosting", "title": "Cook", "description": "Cook rice.", "jobLocation": place}
    page = f'<html><script type="application/ld+json">{json.dumps(posting)}</script></html>'
    (ad,) = read_page(page.encode(), url="http://board.example/jobs/1").ads
    assert (ad.job_location, ad.country) == ("Nan", "TH")
    assert present("Nan") == "Nan"
