"""A corpus of inputs that no friend writes: whole ones of each kind, broken in ways that are drawn by seed, and shapes
made by hand. Every text is invented; the same inputs come each time."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from tiny_model import LAWFUL, LURE, TAXONOMY


@dataclass(frozen=True, slots=True)
class Input:
    """One input: what it is given to, its name in the corpus, the name of its file, and its bytes."""

    kind: str
    name: str
    file: str
    content: bytes


POSTING = {
    "@context": "https://schema.org", "@type": "JobPosting", "title": "Night porter", "description": f"<p>{LAWFUL}</p>",
    "datePosted": "2026-10-30", "validThrough": "2026-12-01T00:00", "employmentType": ["FULL_TIME"],
    "hiringOrganization": {"@type": "Organization", "name": "Reed Inn"},
    "jobLocation": {"@type": "Place", "address": {"addressLocality": "Kestwick", "addressCountry": "KH"}},
    "baseSalary": {"@type": "MonetaryAmount", "currency": "USD", "value": {"minValue": 700, "unitText": "MONTH"}},
}  # fmt: skip


def page(*scripts: object, body: str = "") -> bytes:
    """A page of one ad, with these scripts of structured data."""
    written = "".join(
        f'<script type="application/ld+json">{each if isinstance(each, str) else json.dumps(each)}</script>'
        for each in scripts
    )
    rows = "<table><tr><th>Employer</th><td>Reed Inn</td></tr><tr><th>Pay</th><td>700 USD</td></tr></table>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Night porter</title>{written}</head><body>'
        f"<h1>Night porter</h1>{rows}<p>{LURE} Call +855 11 000 777 or a@b.example.</p>{body}</body></html>"
    ).encode()


RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Jobs</title><item><title>Cook</title><link>/1</link>'
    f"<description>&lt;p&gt;{LAWFUL}&lt;/p&gt;</description><pubDate>Mon, 02 Nov 2026 12:00:00 +0000</pubDate></item>"
    "</channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Cook</title><link href="/1"/>'
    f"<content>{LAWFUL}</content><updated>2026-11-02T12:00:00Z</updated></entry></feed>"
)
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1",
                        "items": [{"id": "1", "url": "/1", "title": "Cook", "content_html": LAWFUL}]})  # fmt: skip
SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://127.0.0.1/1</loc>'
    "<lastmod>2026-11-02</lastmod></url></urlset>"
)
HTTP = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page(POSTING).decode()}"
WARC = (
    "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://127.0.0.1/1\r\nWARC-Date: 2020-06-01T00:00:00Z\r\n"
    f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(HTTP.encode())}\r\n\r\n{HTTP}\r\n\r\n"
).encode()
ADS_CSV = (
    f'title,description,url,country\nCook,"{LAWFUL}",http://a.example/1,KH\nClerk,"{LURE}",http://a.example/2,TH\n'
)
ADS_JSON = "".join(json.dumps({"title": f"Cook {n}", "description": LAWFUL, "url": f"http://a.example/{n}",
                               "contacts": [{"kind": "phone", "value": "+85511000777"}],
                               "base_salary": {"min": 1.5, "currency": "USD"}}) + "\n" for n in range(3))  # fmt: skip
CARD = (
    'name = "quay"\ntitle = "Quay"\nkind = "board"\nstart = ["http://127.0.0.1:9/jobs"]\nlocal = true\nlanguage = "vi"'
    '\ncountry = "VN"\n[politeness]\ndelay = 1.5\n[budget]\npages = 20\nminutes = 3\n[expect]\nads = [1, 9]\n'
    '[revisit]\ndays = 3\n[select]\ntitle = "h1"\ndescription = [".text", "article > p"]\n'
)
SETTINGS = (
    'contact = "watch@operator.example"\n[places]\nbatches = "data/batches"\n[night]\nfree_mb = 100\nquiet_nights = 3\n'
    '[triage]\nthreshold = 0.4\naudit_share = 0.1\n[retain]\nundecided_days = 30\n[notify]\nping = "https://a.example/p"\n'
    '[review]\nport = 8765\n'
)  # fmt: skip
REGISTER = "Name,Licence,Status,Valid until\nReed Agency,A-17,active,2027-01-01\nHill Agency,A-9,expired,2024-05-05\n"
REGISTER_MAP = """
name = "made-up"
title = "An invented register"
kind = "agencies"
country = "KH"
publisher = "An invented office"
address = "https://register.example/"
good_for_days = 60
calling = "+855"
languages = ["en"]
claims = ["licensed by the invented office"]
dates = ["%Y-%m-%d"]
needed = ["name", "number"]
[columns]
name = ["Name"]
number = ["Licence"]
status = ["Status"]
valid_until = ["Valid until"]
[status]
active = ["active"]
expired = ["expired"]
[numbers.made-up]
role = "licence"
says = "invented licence"
like = "A-17"
form = "A-{n}"
column = "number"
in_ads = ["A-(?P<n>[0-9]{1,3})"]
"""


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file that is the same each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def workbook(rows: str) -> bytes:
    """The rows as a spreadsheet."""
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    book.properties.created = book.properties.modified = datetime(2026, 11, 2)  # noqa: DTZ001 - as the library has it
    for row in rows.splitlines():
        book.active.append(row.split(","))
    book.save(file)
    with zipfile.ZipFile(file) as packed:
        return zipped({name: packed.read(name) for name in packed.namelist() if name != "docProps/core.xml"})


@cache
def bases() -> dict[str, tuple[tuple[str, bytes], ...]]:
    """For each kind whole inputs, with the names of their files."""
    return {
        "page": (("a.html", page(POSTING)), ("b.html", page(body='<p><a href="/1">Cook</a></p>' * 20))),
        "feed": (("a.rss", RSS.encode()), ("a.atom", ATOM.encode()), ("a.json", JSON_FEED.encode())),
        "sitemap": (("sitemap.xml", SITEMAP.encode()), ("sitemap.xml.gz", gzip.compress(SITEMAP.encode(), mtime=0))),
        "archive": (("a.warc", WARC * 3), ("a.warc.gz", gzip.compress(WARC, mtime=0) * 3)),
        "ads": (("a.csv", ADS_CSV.encode()), ("a.jsonl", ADS_JSON.encode()),
                ("a.csv.gz", gzip.compress(ADS_CSV.encode(), mtime=0))),
        "card": (("quay.toml", CARD.encode()),),
        "taxonomy": tuple((f"{name}.toml", text.encode()) for name, text in TAXONOMY.items()),
        "register": (("a.csv", REGISTER.encode()), ("a.xlsx", workbook(REGISTER)), ("made-up.toml", REGISTER_MAP.encode())),
        "settings": (("lurewatch.toml", SETTINGS.encode()),),
    }  # fmt: skip


KINDS = tuple(bases())
COUNTS = {"page": 45, "feed": 30, "sitemap": 15, "archive": 30, "ads": 40, "card": 35, "taxonomy": 35, "register": 30,
          "settings": 30}  # fmt: skip
"""Drawn inputs of each kind, beside those made by hand."""

TOKENS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e".encode(), b"\r", b"\n\n", b'"', b"'", b"]]>",
    b"<!--", b"&a;", b"{", b"}", b"[[", b"\\u", b"=", b"1e999", b"-0", b"nan", b"9" * 400,
    b"(" * 300, b"a." * 300, b"%s%n", b"${x}",
    b"../../x", b"9999-99-99", b"0001-01-01", b"true", b"null", b"''''''", b'"""', b"\x1b[31m", "٣".encode(), b"\t" * 50,
)  # fmt: skip
"""What is put somewhere into a whole input."""


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content, broken once or a few times."""
    for _ in range(chance.randrange(1, 4)):
        at, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        way = chance.randrange(8)
        if way == 0:
            content = content[:at]
        elif way == 1:
            content = content[:at] + content[end:]
        elif way == 2:
            content = content[:at] + content[at:end] * 3 + content[end:]
        elif way in {3, 4, 5}:
            content = content[:at] + chance.choice(TOKENS) + content[at:]
        elif way == 6:
            flipped = bytearray(content)
            for place in chance.choices(range(len(flipped) or 1), k=1 + len(flipped) // 100):
                flipped[place : place + 1] = bytes([chance.randrange(256)])
            content = bytes(flipped)
        else:
            content = content.decode("utf-8", "replace").encode(
                chance.choice(("utf-16", "utf-8-sig", "utf-7", "cp1258")), "replace"
            )
    return content


def _deep(opening: str, inside: str, closing: str, times: int) -> str:
    return opening * times + inside + closing * times


def _by_hand() -> Iterator[tuple[str, str, bytes]]:
    many = [POSTING | {"title": f"Porter {n}"} for n in range(3000)]
    for body in (
        _deep("<div>", "x", "</div>", 60_000), _deep("<table><tr><td>", "x", "", 8_000), "<b>" * 40_000, "<p " + "a=b " * 90_000,
        "&" * 200_000, "<!--" * 50_000, "<a href='" + "x" * 900_000, "<select>" + "<option>x" * 40_000, "\0" * 300_000,
        "<svg><foreignObject>" * 9_000, "<template>" * 20_000, "<h1>" + "word " * 200_000, "<style>" + "{" * 200_000,
        "<h1>" * 30_000, "<h3><i>" * 20_000, "<h2>" * 300 + "<i></i>" * 100_000, "<h1><a href=/>" * 5_000, "<dl><dt>" * 9_000,
    ):  # fmt: skip
        yield "page", "a.html", page(body=body)
    for script in (
        _deep("[", "1", "]", 90_000), _deep('{"a":', "1", "}", 60_000), '{"@type": "JobPosting", "title": ' + "9" * 9_000 + "}",
        json.dumps(many), '{"@graph": [' * 5_000, "\\u" * 90_000, '{"@type": "JobPosting", "title": "\\ud800", "description": "\\udfff"}',
        json.dumps(POSTING | {"baseSalary": {"value": 1e308, "currency": "X" * 999}, "datePosted": "-999999-01-01"}),
        json.dumps(POSTING | {"description": [[["x"]]], "title": {"a": None}, "hiringOrganization": 7, "jobLocation": [[], 3]}),
        json.dumps(POSTING | dict.fromkeys(("title", "description"), "x\u202e\0\x1b[2J" * 4_000)), "//" * 90_000, '"' * 150_001,
    ):  # fmt: skip
        yield "page", "a.html", page(script)
    entities = '<!DOCTYPE r [<!ENTITY a "xxxxxxxxxx">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for text in (
        f"{entities}]><rss><channel><item><title>&i;</title></item></channel></rss>", _deep("<a>", "x", "</a>", 90_000),
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><channel><item><title>&x;</title></item></channel></rss>',
        RSS.replace("</channel>", "<item><title>x</title><link>http://[</link></item>" * 4_000 + "</channel>"), "", " ", "null", "3",
    ):  # fmt: skip
        yield "feed", "a.rss", text.encode()
        yield "sitemap", "sitemap.xml", text.replace("rss>", "urlset>").encode()
    yield "sitemap", "sitemap.xml.gz", gzip.compress(b" " * 60_000_000, mtime=0)
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: "
    for content in (
        head + b"99999999999999\r\n\r\nx", head + b"-1\r\n\r\n", head + b"9" * 40 + b"\r\n\r\n", head, b"WARC/1.1\r\n" + b"a: b\r\n" * 90_000,
        gzip.compress(b"\0" * 50_000_000, mtime=0), b"\x1f\x8b" * 9_000, WARC.replace(b"2020-06", b"9999-99"),
        WARC.replace(b"200 OK", b"999999999999 " + b"x" * 90_000), WARC.replace(b"http://127.0.0.1/1", b"http://[::1"),
    ):  # fmt: skip
        yield "archive", "a.warc", content
    wide = "title," + ",".join(f"c{n}" for n in range(30_000))
    for name, text in (
        ("a.csv", "title,description\n" + '"' * 400_001), ("a.csv", wide), ("a.csv", "title;title;title\na;b;c\n"), ("a.csv", ""),
        ("a.csv", "title,description\n" + "x,y\n" * 20_000 + 'x,"'), ("a.jsonl", _deep("[", "", "]", 90_000)),
        ("a.jsonl", '{"title": "a", "description": "b", "base_salary": {"min": 1e999}}'), ("a.jsonl", '{"title": "\\ud800"}'),
        ("a.jsonl", '{"title": "a", "description": "b", "contacts": [{"kind": "phone"}]}'), ("a.jsonl", "[]\n{}\n3\nnull\n"),
        ("a.jsonl", '{"title": "a", "title": "b", "description": "c", "ad_id": "\\u0000"}'), ("a.jsonl", '{"a":' * 90_000),
    ):  # fmt: skip
        yield "ads", name, text.encode()
    for text in (
        "a." * 30_000 + "b = 1", "[a]\n" * 5_000, "x = " + "[" * 60_000, 'name = "' + "\\u0000" * 10 + '"', CARD.replace("1.5", "nan"),
        CARD.replace("1.5", "inf"), CARD.replace("20", "1" * 300), CARD.replace("http://127.0.0.1:9/jobs", "http://[/\\r\\nHost: x"),
        CARD.replace('"h1"', '"' + ":not(" * 4_000 + '"'), CARD.replace('"h1"', '"' + "a > " * 9_000 + '"'), "",
    ):  # fmt: skip
        yield "card", "quay.toml", text.encode()
        yield "settings", "lurewatch.toml", text.encode()
        yield "taxonomy", "control.toml", text.encode()
        yield "register", "made-up.toml", text.encode()
    yield "register", "a.xlsx", zipped({"xl/worksheets/sheet1.xml": b" " * 60_000_000})
    yield "register", "a.xlsx", zipped({"xl/workbook.xml": b" " * 60_000_000})
    yield "register", "a.csv", REGISTER.encode("utf-8-sig") + b"\x80"
    yield "register", "a.csv", ("Name,Licence,Status\n" + "x,y,active\n" * 30_000).encode()


def corpus() -> tuple[Input, ...]:
    """All of them, the same each time."""
    made = [
        Input(kind, f"{kind}-hand-{number}", file, content) for number, (kind, file, content) in enumerate(_by_hand())
    ]
    for kind, whole in bases().items():
        for number in range(COUNTS[kind]):
            chance = random.Random(f"{kind} {number}")
            file, content = whole[number % len(whole)]
            made.append(Input(kind, f"{kind}-{number}", file, mutated(content, chance)))
    return tuple(made)
