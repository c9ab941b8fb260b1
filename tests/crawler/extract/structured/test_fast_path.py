"""Reading a page from its bytes gives what reading it from its tree gives: the same outcome, every field the same.

Every page here is invented but those beside the project. Mutations are drawn from a fixed seed, so a failure names a
page that can be had again.
"""

import json
import random
from pathlib import Path

import pytest

from crawler.extract.html.decode import to_utf8
from crawler.extract.html.text import render_parsed, render_simple
from crawler.extract.page import _read_scripts_alone, read_parsed_page
from crawler.extract.structured.script_scan import _CODED, _has_coded, scan_scripts

PAGES = Path(__file__).parents[4].parent / "shared" / "pages"
URL = "http://board.test/jobs/1"
MUTATIONS = 3_000

TEXT = (
    "<p>Chúng tôi tìm <strong>thợ làm bánh</strong> &amp; phụ bếp.</p><ul><li>Ca sáng</li><li>Ca tối</li></ul>"
    + "<p>Bếp nhỏ bên bến cũ, làm từ bốn giờ sáng, nghỉ chủ nhật, có cơm trưa và xe đưa đón.</p>" * 6
)
AD = {
    "@context": "https://schema.org",
    "@type": "JobPosting",
    "title": "Thợ làm bánh",
    "description": TEXT,
    "hiringOrganization": {"@type": "Organization", "name": "Lò bánh Bến Cũ"},
    "jobLocation": {"@type": "Place", "address": {"addressLocality": "Huế", "addressCountry": "VN"}},
    "datePosted": "2026-10-30",
    "employmentType": ["FULL_TIME", "PART_TIME"],
    "baseSalary": {"currency": "VND", "value": {"minValue": 9000000, "maxValue": 12000000, "unitText": "MONTH"}},
    "identifier": 12345678901234567890,
}
OTHER = {**AD, "title": "Phụ bếp", "description": "<p>Rửa bát và lau bếp sau ca tối.</p>" * 20, "identifier": "x-2"}


def ld(value: object, tag: str = '<script type="application/ld+json">', *, ascii_only: bool = False) -> str:
    return f"{tag}{json.dumps(value, ensure_ascii=ascii_only)}</script>"


def page(inside: str, *, root: str = '<html lang="vi" class="no-js">', before: str = "<!DOCTYPE html>\n") -> str:
    return (
        f'{before}{root}<head><meta charset="utf-8"><title>Thợ làm bánh | Bến Cũ</title><style>p>a{{color:red}}</style>'
        "<script>if(a<b){document.title='x'}</script></head><body><!-- menu --><nav class='top'>"
        f'<a href="/?a=1&b=2">Việc</a></nav><h1>Thợ làm bánh</h1><p title="a > b">don\'t</p>{inside}'
        '<img alt="" src=x.png><p>Hết.</p></body></html>'
    )


ODD = {
    "clean": page(ld(AD)),
    "in the head": page("").replace("</head>", ld(AD) + "</head>"),
    "escaped to ASCII": page(ld(AD, ascii_only=True)),
    "in a comment": page(f"<!-- {ld(OTHER)} -->{ld(AD)}"),
    "in a comment that ends oddly": page(f"<!-- {ld(OTHER)} --!>{ld(AD)}"),
    "behind an empty comment": page(f"<!-->{ld(AD)}<!-- -->"),
    "in a comment of a dash": page(f"<!--->{ld(AD)}-->"),
    "in a comment that does not end": page(f"{ld(AD)}<!-- {ld(OTHER)}"),
    "in a conditional comment": page(f"<!--[if IE]>{ld(OTHER)}<![endif]--><!--[if !IE]><!-->{ld(AD)}<!--<![endif]-->"),
    "in a template": page(f"<template>{ld(AD)}</template>"),
    "in a noscript": page(f"<noscript>{ld(AD)}</noscript>"),
    "in a textarea": page(f"<textarea>{ld(OTHER)}</textarea>{ld(AD)}"),
    "in a title": page(f"<title>{ld(OTHER)}</title>{ld(AD)}"),
    "in a style": page(f"<style>{ld(OTHER)}</style>{ld(AD)}"),
    "in an iframe": page(f"<iframe>{ld(OTHER)}</iframe>{ld(AD)}"),
    "in xmp, noembed and noframes": page(
        f"<xmp>{ld(OTHER)}</xmp><noembed>{ld(OTHER)}</noembed><noframes>{ld(OTHER)}</noframes>{ld(AD)}"
    ),
    "in plain text": page(f"{ld(AD)}<plaintext>{ld(OTHER)}"),
    "in a script's string": page(f"<script>var a = '{ld(OTHER)}';</script>{ld(AD)}"),
    "in a script's comment": page(f"<script><!-- <script> {ld(OTHER)} --></script>{ld(AD)}"),
    "behind a script's comment": page(f"<script><!-- a() //--></script>{ld(AD)}"),
    "in a double-quoted attribute": page(f'<p data-x="> <script type=application/ld+json>{{}}</script>">a</p>{ld(AD)}'),
    "in a single-quoted attribute": page(f"<div data-x = '> {ld(OTHER)}'>a</div>{ld(AD)}"),
    "in an attribute behind many spaces": page(f"<p data-x =      \n\n                       '> {ld(OTHER)}'>a</p>"),
    "in a tag": page(f"<div {ld(OTHER)}>{ld(AD)}"),
    "in a tag behind a quoted end": page(f'<div title="a>b" {ld(OTHER)}>{ld(AD)}'),
    "in an odd declaration": page(f"<!ELEMENT {ld(OTHER)}>{ld(AD)}<?php echo {ld(OTHER)} ?>"),
    "in CDATA": page(f"<svg><![CDATA[ > {ld(OTHER)} ]]></svg>"),
    "a style in an attribute": page(f"<div data-x='<style>'></div>{ld(AD)}"),
    "a script in an attribute": page(f"<p data-x='{ld(OTHER)}' title=\"<script>\">a</p><a x='<title>'>b</a>{ld(AD)}"),
    "a script in an attribute of an odd tag": page(f"<p data-x='<style>' \"x>a</p>{ld(AD)}<p title=\">"),
    "a script in an attribute without quotes": page(f"<p data-x=a'<style>'>a</p>{ld(AD)}"),
    "a script in an attribute behind a slash": page(f"<p/data-x='<style>'>a</p>{ld(AD)}</style>"),
    "a script in an attribute of an end": page(f"<p>a</p data-x='<style>'>{ld(AD)}</style>"),
    "a script in an attribute of a picture": page(f"<svg><a title='<style>'/><style>{ld(OTHER)}</style></svg>{ld(AD)}"),
    "a script in an attribute behind a sign": page(f"<p>1 < 2 <b title='<style>'>a</b></p>{ld(AD)}"),
    "a comment in an attribute": page(f"<div data-x='<!--'></div>{ld(AD)}<i data-y='-->'></i>"),
    "upper case": page(ld(AD, "<SCRIPT TYPE='Application/LD+JSON'>").replace("</script>", "</SCRIPT>")),
    "no quotes": page(ld(AD, "<script type=application/ld+json>")),
    "a charset": page(ld(AD, '<script type="application/ld+json; charset=utf-8">')),
    "a space in front": page(ld(AD, '<script type=" application/ld+json">')),
    "an escaped plus": page(ld(AD, '<script type="application/ld&#43;json">')),
    "a plus by its name": page(ld(AD, '<script type="application/ld&plus;json">')),
    "a plus by its name, second": page(ld(AD) + ld(OTHER, '<script type="application/ld&plus;json">')),
    "a plus by half its name": page(ld(AD) + ld(OTHER, '<script type="application/ld&plus json">')),
    "an escaped letter behind many signs": page(
        ld(AD) + '<a href="#">a</a>' * 300 + ld(OTHER, '<script type="application/ld+&#106;son">')
    ),
    "an escaped letter, second": page(ld(AD) + ld(OTHER, '<script type="application/ld+&#106;son">')),
    "more attributes": page(ld(AD, '<script id="x" data-a=\'"\' nonce class=y type="application/ld+json" data-react>')),
    "attributes without a space": page(ld(AD, '<script type="application/ld+json"id="x">')),
    "two types": page(ld(AD, '<script type="text/x" type="application/ld+json">')),
    "a quoted end in the tag": page(ld(AD, '<script data-x="</script>" type="application/ld+json">')),
    "a longer name": page(f"<scripture type='application/ld+json'>{{}}</scripture>{ld(AD)}<titles>a</titles>"),
    "an end with a space": page(ld(AD).replace("</script>", "</script >")),
    "an end that is none": page(ld({**AD, "url": "</scripts>"})),
    "an end in a string": page(ld({**AD, "url": "</script>"})),
    "no end": page("") + ld(AD)[:-9],
    "two ads": page(ld(AD) + ld(OTHER)),
    "a list": page(ld([OTHER, {"@type": "ItemList", "itemListElement": [AD]}])),
    "a graph": page(ld({"@graph": [{"@type": "WebPage"}, AD]})),
    "an incomplete ad": page(ld({"@type": "JobPosting", "title": "Thợ làm bánh", "description": TEXT})),
    "CDATA around": page(ld(AD).replace(">{", ">//<![CDATA[\n{").replace("}</", "}\n//]]></")),
    "a comment around": page(ld(AD).replace(">{", "><!--\n{").replace("}</", "}\n--></")),
    "a trailing comma": page(ld(AD).replace("}</s", "},</s")),
    "line breaks": page(ld(AD).replace("</p>", "</p>\r\n\r\n\n")),
    "controls": page(ld({**AD, "title": "Thợ\x01 làm\x0b bánh\x85\ufffe"}).replace("Ca s", "\x02\x0c")),
    "NUL": page(ld(AD).replace("Ca", "C\0a")),
    "a lone surrogate": page(ld(AD, ascii_only=True).replace("Ca ", "\\ud800")),
    "behind the end": page("") + ld(AD),
    "between roots": page("") + "<html lang=en>" + page(ld(AD)),
    "text before the root": page(ld(AD), before="Warning: "),
    "an element before the root": page(ld(AD), before="<!doctype html><notice a='1' />"),
    "an instruction before the root": page(ld(AD), before="<?xml version='1.0'?>\n"),
    "a comment before the root": page(ld(AD), before="<!doctype html><!-- a - b -- <html lang=x> -->\n"),
    "a quoted doctype": page(ld(AD), before='<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/x.dtd">'),
    "an odd root": page(ld(AD), root="<HTML XML:LANG='en' lang = vi dir=ltr>"),
    "two languages": page(ld(AD), root="<html lang='' lang='vi'>"),
    "an escaped language": page(ld(AD), root='<html lang="v&#105;">'),
    "no root": ld(AD) + "<p>x",
    "a fragment": "<p>x</p>" + ld(AD),
    "empty": page(""),
}  # fmt: skip

ENCODINGS = {
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "cp1252 declared as UTF-8": lambda text: text.encode("cp1252", "ignore"),
    "windows-1258": lambda text: text.replace("utf-8", "windows-1258").encode("cp1258", "ignore"),
    "TIS-620": lambda text: text.replace("utf-8", "tis-620").replace("Hết", "จบ").encode("tis-620", "ignore"),
    "GBK": lambda text: text.replace("utf-8", "gb2312").replace("Hết", "职位完").encode("gbk", "ignore"),
    "UTF-8 declared as Latin": lambda text: text.replace("utf-8", "iso-8859-1").encode(),
    "nothing declared": lambda text: text.replace('<meta charset="utf-8">', "").encode(),
    "seven bits": lambda text: text.replace("utf-8", "iso-2022-jp").encode("ascii", "ignore"),
    "a cut character": lambda text: text.encode().replace("ế".encode(), b"\xe1\xba"),
    "a lone lead byte": lambda text: text.encode().replace(b"<", b"\xe1<", 3),
}


def expect_the_same(body: bytes, *, encoding: str | None = None) -> bool:
    """Whether the page could be read from its bytes; then it must give what its tree gives."""
    fast = _read_scripts_alone(body, encoding)
    if fast is not None:
        assert fast == read_parsed_page(to_utf8(body, encoding), url=URL)
    return fast is not None


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_page_gives_the_same_from_its_bytes_and_from_its_tree(text: str) -> None:
    for body in (text.encode(), *(encode(text) for encode in ENCODINGS.values())):
        expect_the_same(body)
        expect_the_same(body, encoding="utf-8")
        expect_the_same(body, encoding="windows-1252")


PLAIN = (
    "clean",
    "in the head",
    "escaped to ASCII",
    "in a comment",
    "upper case",
    "a graph",
    "CDATA around",
    "more attributes",
)


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_beyond_doubt_is_read_from_its_bytes(name: str) -> None:
    assert expect_the_same(ODD[name].encode())


def test_a_title_in_a_comment_or_an_attribute_is_never_the_ad_s() -> None:
    for name, text in ODD.items():
        # libxml2 does not know CDATA in pictures: for it, as for the fast path, that section ends at its first ">".
        if name.startswith("in ") and "Phụ bếp" in text and name != "in CDATA":
            fast = _read_scripts_alone(text.encode(), None)
            assert fast is None or [ad.title for ad in fast.ads] == ["Thợ làm bánh"]


SCRAPS = (
    *("<", ">", '"', "'", "=", "/", "<!--", "-->", "--!>", "<![CDATA[", "]]>", "<script>", "</script>", "<script"),
    *("</script", "<style>", "</style>", "<title>", "</title>", "<textarea>", "<template>", "<noscript>"),
    *("<div data-x='", '<p title="', "<html lang=th>", "</html>", "</body>", "<plaintext>", "<svg>", "<math>"),
    *("&#43;", "&plus;", "#", "<p title='<style>'>", "<b x=\"</script>\">", "<i y='<!--'>", "</p x='>", "< a"),
    *("&quot;", "\\", "\r\n", "\x0c", "\x0b", "\x00", "\x01", "\x85", "\ufeff", "\ud7ff", "é", "ệ", " ", '="', "='"),
    *("<!doctype html>", "<?x", "application/ld+json"),
)  # fmt: skip


def mutate(say: random.Random, body: bytes) -> bytes:
    """The page with one to four things done to it; most of them near what matters."""
    for _ in range(say.randint(1, 4)):
        marks = [
            at for word in (b"<script", b"</script", b"<!--", b"json", b"<html", b"title") for at in _all(body, word)
        ]
        at = say.choice(marks) + say.randint(-8, 30) if marks and say.random() < 0.7 else say.randint(0, len(body))
        at = max(0, min(len(body), at))
        end = min(len(body), at + say.choice((0, 1, 1, 2, 5, 20, 200)))
        match say.randint(0, 5):
            case 0:
                body = body[:at] + body[end:]
            case 1 | 2:
                body = body[:at] + say.choice(SCRAPS).encode() + body[at:]
            case 3:
                body = body[:end] + body[at:end] + body[end:]
            case 4:
                body = body[:at] + bytes([say.randint(0, 255)]) + body[at + 1 :]
            case _:
                other = say.randint(0, len(body))
                body = body[:other] + body[at:end] + body[other:]
    return body


def _all(body: bytes, word: bytes) -> list[int]:
    found = []
    at = body.find(word)
    while at >= 0:
        found.append(at)
        at = body.find(word, at + 1)
    return found


def test_thousands_of_mutated_pages_give_the_same_from_their_bytes_and_from_their_trees() -> None:
    say = random.Random(20261124)
    bodies = [text.encode() for text in ODD.values()] + [encode(ODD["clean"]) for encode in ENCODINGS.values()]
    fast = sum(expect_the_same(mutate(say, say.choice(bodies))) for _ in range(MUTATIONS))
    # A test of nothing but doubts would show nothing.
    assert fast > MUTATIONS / 5


@pytest.mark.shared
@pytest.mark.skipif(not PAGES.is_dir(), reason="the real pages are not beside the project (../shared/pages)")
def test_every_real_page_gives_the_same_whole_and_mutated() -> None:
    say = random.Random(7)
    bodies = [path.read_bytes() for path in sorted(PAGES.glob("*.html"))]
    fast = sum(map(expect_the_same, bodies))
    assert fast >= 3
    for body in bodies:
        if len(body) < 60_000:
            for _ in range(20):
                expect_the_same(mutate(say, body))
        # An ad put into a real page must be found beside all that is there already.
        place = body.find(b"</head>")
        expect_the_same(body[:place] + ld(AD).encode() + body[place:])
        expect_the_same(body + ld(AD).encode())


TEXTS = (
    *("text", "two words", " ", "\n", "\r\n", "\t", "\xa0", "&nbsp;", "&amp;", "&lt;", "&#39;", "&#150;", "&eacute;"),
    *("&", "&am", "p;", "&#x41", ">", "  a  ", "\x01", "\x0b", "\x85", "\u3000", "\u2028", "ệ", "e\u0323", "\ufffe"),
    *("&#8226;", "&quot;", "1.\n"),
)  # fmt: skip
HTML = (
    *("<p>", "</p>", "<ul>", "<li>", "</li>", "</ul>", "<br>", "<br/>", "</br>", "<div>", "</div>", "<strong>"),
    *("</strong>", "<h3>", "</h3>", "<em>", "</em>", '<span style="a">', "</span>", "<table>", "<td>", '<a href="x">'),
    *("</a>", "<!-- x -->", "<P>", "<hr>", "<p/>", "<ol>", "</ol>", "<b>", "</b>", "<script>", "<x-y>", "<"),
    *("<p >", "</p >", "<br/ >", '<a href="a>b">'),
)  # fmt: skip


def test_plain_html_gives_the_same_text_with_and_without_a_tree() -> None:
    say = random.Random(11)
    simple = 0
    for number in range(MUTATIONS):
        html = _description(say)
        if number % 3 == 0:
            at = say.randint(0, len(html))
            html = html[:at] + "".join(say.choices(HTML, k=say.randint(1, 3))) + html[at + say.randint(0, 4) :]
        for keep_breaks in (True, False):
            text = render_simple(html, keep_breaks=keep_breaks, longest=400_000)
            if text is not None:
                simple += 1
                assert text == render_parsed(html, keep_breaks=keep_breaks), html
    assert simple > MUTATIONS


def test_a_return_before_a_break_is_a_line_of_its_own() -> None:
    html = "<div>Bread\r<br>and rice\r\n<br>daily</div>"
    assert render_simple(html, keep_breaks=True, longest=1_000) == render_parsed(html, keep_breaks=True)


def _description(say: random.Random) -> str:
    """HTML as editors write it."""

    def text() -> str:
        said = "".join(say.choices(TEXTS, k=say.randint(1, 5)))
        tag = say.choice(("strong", "em", "b", "span", "", "", "", ""))
        return f"<{tag}>{said}</{tag}>" if tag else said

    def block(depth: int) -> str:
        tag = say.choice(("p", "p", "ul", "ol", "div", "h2", ""))
        gap = say.choice(("", "", "\n", "\n  "))
        if tag in ("ul", "ol"):
            return f"<{tag}>" + gap.join(f"<li>{flow(depth)}</li>" for _ in range(say.randint(0, 3))) + f"{gap}</{tag}>"
        inner = flow(depth) if tag == "div" else say.choice(("", "<br>", "<br />")).join(text() for _ in range(3))
        return f"{gap}<{tag}>{inner}</{tag}>" if tag else inner

    def flow(depth: int) -> str:
        return "".join(block(depth - 1) if depth and say.random() < 0.4 else text() for _ in range(say.randint(0, 3)))

    return "".join(block(2) for _ in range(say.randint(1, 4)))


def test_character_references_are_found_as_by_their_pattern() -> None:
    say = random.Random(5)
    scraps = (b"&", b"#", b"&#", b"&plus;", b"&plus", b"plus;", b"a" * 9, b"# " * 150)
    found = 0
    for _ in range(MUTATIONS):
        body = b"".join(say.choices(scraps, weights=(6, 6, 1, 1, 2, 6, 9, 3), k=say.randint(0, 6)))
        at = say.randint(0, len(body))
        found += _has_coded(body, at)
        assert _has_coded(body, at) == bool(_CODED.search(body, at)), (body, at)
    assert MUTATIONS / 10 < found < MUTATIONS * 9 / 10


def test_a_scan_that_is_in_doubt_says_so() -> None:
    assert scan_scripts(b"<p title=a'<script>'></p><script type='application/ld+json'>{}</script>") is None
    assert scan_scripts(b"<p>a</p><script type='application/ld+json'>{}</script>").scripts == (b"{}",)
