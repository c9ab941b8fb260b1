"""A whole crawl of one invented board: the outcome of each address, the ads, and the archive."""

import gzip
from collections.abc import Iterator

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.batch.batch import read_batch
from crawler.errors import OUTCOMES
from crawling import CONTACT, LONG, Told, crawl, job_page, packed, sitemap, source, xml
from loopback_site import Answer, Page, Site


def harbour_pages(site: Site) -> dict[str, Page]:
    once: list[int] = []

    def busy() -> Answer:
        once.append(1)
        if len(once) == 1:
            return Answer(status=429, headers={"Retry-After": "1"})
        return Answer(body=job_page("Ferry steward"))

    ads = sitemap(
        *(f"{{site}}/ads/{name}" for name in ("cook", "cook", "cook#apply", "baker", "sail-maker", "busy", "thai")),
        "/ads/net-mender",
        *(
            f"{{site}}/{path}"
            for path in ("board", "moved", "moved-away", "loop", "gone", "missing", "broken", "cut-off")
        ),
        *(f"{{site}}/{path}" for path in ("huge", "bomb", "about", "picture", "private/cook", "text-as-gzip")),
    )
    whole = gzip.compress(job_page("Rigger", text=" ".join(map(str, range(9000)))))
    odd = sitemap(
        "{site}/ads/?id=1&lang=vi",
        "mailto:cook@harbour.example",
        "ftp://harbour.example/",
        "http://[oops/",
        "https://far.example/ad",
    )
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /private/\nSitemap: /sitemap.xml\n", type="text/plain"),
        "/sitemap.xml": xml(
            sitemap("{site}/ads.xml.gz", "{site}/odd.xml", "{site}/no.xml", "{site}/half.xml.gz", root="sitemapindex")
        ),
        "/half.xml.gz": Answer(body=packed(sitemap("{site}/half"), site).body[:-20], type="application/x-gzip"),
        "/half": Answer(body=whole[:9000], headers={"Content-Encoding": "gzip"}),
        "/ads.xml.gz": packed(ads, site),
        "/odd.xml": Answer(body=packed(odd + " " * 17_000_000, site).body, headers={"Content-Encoding": "gzip"}),
        "/no.xml": Answer(body="<html><body>Sorry.</body></html>"),
        "/ads/cook": Answer(body=job_page("Second cook")),
        "/ads/baker": Answer(body=gzip.compress(job_page("Baker")), headers={"Content-Encoding": "gzip"}),
        "/ads/sail-maker": Answer(body=job_page("Sail maker")),
        "/ads/net-mender": Answer(body=job_page("Net mender")),
        "/ads/thai": Answer(body=job_page("พ่อครัวท่าเรือ", charset="tis-620"), type="text/html; charset=utf-8"),
        "/ads/busy": busy,
        "/ads/?id=1&lang=vi": Answer(body=job_page("Harbour clerk")),
        "/moved": Answer(status=301, headers={"Location": "/ads/sail-maker"}),
        "/moved-away": Answer(status=302, headers={"Location": f"http://127.0.0.1:{site.port + 1}/ad"}),
        "/loop": Answer(status=302, headers={"Location": "/loop-2"}),
        "/loop-2": Answer(status=302, headers={"Location": "/loop"}),
        "/gone": Answer(status=410),
        "/broken": Answer(status=500, body="<p>Oh no.</p>"),
        "/cut-off": Answer(body="<p>Only half", headers={"Content-Length": "5000", "Connection": "close"}),
        "/huge": Answer(headers={"Content-Length": str(10**9), "Connection": "close"}),
        "/bomb": Answer(body=gzip.compress(b"0" * 40_000_000), headers={"Content-Encoding": "gzip"}),
        "/text-as-gzip": Answer(body="not packed", headers={"Content-Encoding": "gzip"}),
        "/board": Answer(body=job_page("Deck hand", "Harbour pilot")),
        "/about": Answer(body="<html><head><title>About</title></head><body><p>Our harbour.</p></body></html>"),
        "/picture": Answer(body=b"\x89PNG\r\n", type="image/png"),
        "/private/cook": Answer(body=job_page("Secret cook")),
    }


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """One run of one board that has a page of every sort."""
    with Site() as site:
        site.pages = harbour_pages(site)
        card = source(f"{site.url}/sitemap.xml", name="harbour")
        yield crawl({card: site}, tmp_path_factory.mktemp("batches"))["harbour"]


def test_every_address_of_a_board_has_its_one_outcome(harbour):
    far = f"http://127.0.0.1:{harbour.site.port + 1}/ad"
    expected = {
        "/sitemap.xml": ("listing", "4 addresses"),
        "/ads.xml.gz": ("listing", "22 addresses"),
        "/odd.xml": ("listing", "5 addresses"),
        "/no.xml": ("failed", "not a sitemap (its root is <html>)"),
        "/half.xml.gz": ("failed", "not a sitemap (its end is missing)"),
        "/half": ("failed", "ResponseDataLossError (gzip)"),
        "/ads/cook": ("ad", ""),
        "/ads/baker": ("ad", ""),
        "/ads/sail-maker": ("ad", ""),
        "/ads/net-mender": ("ad", ""),
        "/ads/busy": ("ad", ""),
        "/ads/thai": ("ad", ""),
        "/ads/?id=1&lang=vi": ("ad", ""),
        "/moved": ("ad", f"redirected to {harbour.site.url}/ads/sail-maker; 1 of 1 seen before in this run"),
        "/board": ("ad", ""),
        "/moved-away": ("out_of_scope", f"redirects to {far}: "),
        "/loop": ("failed", "max redirections reached"),
        "/gone": ("failed", "410"),
        "/missing": ("failed", "404"),
        "/broken": ("failed", "500"),
        "/cut-off": ("failed", "ResponseDataLossError"),
        "/huge": ("failed", "too large"),
        "/bomb": ("failed", "too large when unpacked"),
        "/text-as-gzip": ("failed", ""),
        "/about": ("not_an_ad", ""),
        "/picture": ("not_an_ad", "image/png"),
        "/private/cook": ("refused_by_robots", "robots.txt forbids it"),
        "mailto:cook@harbour.example": ("out_of_scope", "only http and https"),
        "ftp://harbour.example/": ("out_of_scope", "only http and https"),
        "http://[oops/": ("out_of_scope", "not a readable address"),
        "https://far.example/ad": ("out_of_scope", "far.example is not a site of this source"),
    }
    assert harbour.outcomes == {address: outcome for address, (outcome, _) in expected.items()}
    for address, (_, detail) in expected.items():
        assert harbour.lines[address]["detail"].startswith(detail), harbour.lines[address]


def test_the_summary_counts_and_names_what_the_ledger_holds(harbour):
    summary = harbour.summary
    assert summary.outcomes == {name: list(harbour.outcomes.values()).count(name) for name in OUTCOMES}
    assert read_batch(harbour.folder).summary == summary
    named = {name for names in summary.addresses_by_outcome.values() for name in names}
    told = {line["address"] for line in harbour.lines.values() if line["outcome"] != "ad"}
    assert named == told
    assert summary.finished


def test_what_robots_txt_forbids_is_never_asked_for(harbour):
    assert "/private/cook" not in harbour.site.paths
    assert harbour.site.paths[0] == "/robots.txt"
    assert harbour.site.paths.count("/robots.txt") == 1


def test_the_crawler_names_itself_and_its_operator(harbour):
    agents = {asked.headers["User-Agent"] for asked in harbour.site.asked}
    (agent,) = agents
    assert agent.startswith("lurewatch/")
    assert agent.endswith(f" (+{CONTACT})")
    assert not any("Cookie" in asked.headers for asked in harbour.site.asked)


def test_one_request_at_a_time_and_a_pause_when_asked(harbour):
    assert harbour.site.most_at_once == 1
    first, second = [n for n, asked in enumerate(harbour.site.asked) if asked.path == "/ads/busy"]
    assert harbour.site.asked[first + 1].started - harbour.site.asked[first].ended >= 0.95
    assert second > first


def test_each_ad_is_taken_once_and_as_it_was_written(harbour):
    ads = {ad.title: ad for ad in harbour.ads}
    assert set(ads) == {
        "Second cook",
        "Baker",
        "Sail maker",
        "Net mender",
        "Ferry steward",
        "พ่อครัวท่าเรือ",
        "Deck hand",
        "Harbour pilot",
        "Harbour clerk",
    }
    assert harbour.summary.ads == len(ads)
    assert ads["Second cook"].hiring_organization == "Harbour Inn"
    assert all(ad.source == "harbour" and LONG.strip() in ad.description for ad in ads.values())


def test_the_ledger_names_the_ads_that_an_address_shows(harbour):
    titles = {ad.ad_id: ad.title for ad in harbour.ads}
    shown = {address: {titles[ad_id] for ad_id in line.get("ads", ())} for address, line in harbour.lines.items()}
    assert shown["/board"] == {"Deck hand", "Harbour pilot"}
    assert shown["/moved"] == shown["/ads/sail-maker"] == {"Sail maker"}
    assert {address for address, line in harbour.lines.items() if "ads" in line} == {
        address for address, outcome in harbour.outcomes.items() if outcome == "ad"
    }


def test_an_ad_leads_to_its_page_in_the_archive(harbour):
    for ad in harbour.ads:
        with (harbour.folder / ad.page.file).open("rb") as file:
            file.seek(ad.page.offset)
            record = next(iter(ArchiveIterator(file, check_digests="raise")))
            assert record.rec_type == "response"
            assert record.rec_headers.protocol == "WARC/1.1"
            assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{ad.page.sha256}"
            body = record.content_stream().read()
        assert ad.title in body.decode("tis-620" if "thai" in ad.url else "utf-8")


def test_the_archive_holds_every_exchange(harbour):
    with (harbour.folder / "pages.warc.gz").open("rb") as file:
        records = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "", record.http_headers)
            for record in ArchiveIterator(file, check_digests="raise")
        ]
    asked = [uri.removeprefix(harbour.site.url) for kind, uri, _ in records if kind == "request"]
    # What was broken off on the way is not there: there was nothing whole to keep.
    assert asked == [path for path in harbour.site.paths if path not in {"/huge", "/cut-off"}]
    agents = {headers.get_header("User-Agent") for kind, _, headers in records if kind == "request"}
    assert agents == {harbour.site.asked[0].headers["User-Agent"]}


def test_a_board_that_fails_too_often_is_held_back(harbour):
    assert not harbour.summary.healthy
    assert harbour.summary.problems == ("11 of 25 addresses failed, expected 20% at most",)
