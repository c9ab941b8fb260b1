"""Web archives as a source: WARC and WACZ files of invented pages, whole and broken, without any network."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from archive_reading import LATER, QUAY, captures, source
from warc_making import CAPTURED, Archive, ad_page, packaged

from crawler.ad import JobAd
from crawler.batch.batch import BatchSummary, read_batch
from crawler.batch.evidence import SeenAd, fetch_record, gather_proof
from crawler.batch.wacz import check_extract, write_extract
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source
from crawler.sources.loader import read_source
from crawler.spiders.archive import find_archives, read_page_of
from pipeline.nightly.intake import take_in
from pipeline.store.store import Store

REVISIT = {
    "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "WARC-Refers-To-Date": "2020-05-04T12:00:00Z",
}


@dataclass(frozen=True)
class Told:
    summary: BatchSummary
    folder: Path

    @property
    def lines(self) -> dict[str, dict[str, str]]:
        with gzip.open(self.folder / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        assert len(lines) == self.summary.addresses == sum(self.summary.outcomes.values())
        return {line["address"].removeprefix(QUAY).rpartition("file:")[2]: line for line in lines}

    def line(self, path: Path) -> tuple[str, str]:
        line = self.lines[path.as_uri().removeprefix("file:")]
        return line["outcome"], line["detail"]

    @property
    def ads(self) -> list[JobAd]:
        return list(read_batch(self.folder).ads())


def read(*wanted: Source, output: Path) -> dict[str, Told]:
    summaries = crawl_sources(wanted, output, contact=None, now=LATER)
    return {
        one.name: Told(summary=summary, folder=output / one.name / summary.run)
        for one, summary in zip(wanted, summaries, strict=True)
    }


def write_segment(path: Path) -> Path:
    """As Common Crawl has them: WARC/1.0, three records a page, the body unpacked with its old headers renamed."""
    segment = Archive(path, version="WARC/1.0")
    for number in range(30):
        address = f"{QUAY}/{number}" if number % 3 else f"https://far{number}.example/"
        segment.add(address, kind="request")
        body = ad_page(f"Hand {number}") if number % 5 == 0 else b"<html><body><p>Tides and weather.</p></body></html>"
        segment.add(
            address,
            body,
            headers={"X-Crawler-Content-Encoding": "gzip", "X-Crawler-Transfer-Encoding": "chunked"},
            warc={"WARC-Identified-Payload-Type": "text/html", "WARC-Truncated": "length"},
        )
        segment.add(address, b"fetchTimeMs: 12\r\n", kind="metadata", mime="application/warc-fields")
    return segment.close()


def write_mixed(folder: Path) -> None:
    """Three files with one capture of every sort; some addresses stand in two of them."""
    first = Archive(folder / "a.warc.gz")
    first.add(f"{QUAY}/cook", ad_page("Cook"), at=CAPTURED)
    first.add(f"{QUAY}/cook", kind="request")
    first.add(f"{QUAY}/baker", ad_page("Baker"), at=CAPTURED)
    first.add(f"{QUAY}/mate", ad_page("Mate"), at=CAPTURED + timedelta(days=2))
    first.add(f"{QUAY}/gone", status="404 Not Found", at=CAPTURED)
    first.add(f"{QUAY}/moved", status="301 Moved", headers={"Location": "/mate"})
    first.add(f"{QUAY}/tides", b"<html><head><title>Tides</title></head><body><p>High at noon.</p></body></html>")
    first.add(f"{QUAY}/gull.png", b"\x89PNG", mime="image/png")
    first.add(f"{QUAY}/typeless", ad_page("Typeless hand"), mime=None)
    first.add("https://far.example/cook", ad_page("Far cook"))
    first.add("dns:quay.example", b"192.0.2.1", kind="resource", mime="text/dns")
    first.add("urn:text:quay", b"plain", kind="resource", mime="text/plain")
    first.add(f"{QUAY}/kept", ad_page("Kept hand"), kind="resource", mime="text/html")
    first.add(f"{QUAY}/wet", b"Cook wanted", kind="conversion", mime="text/plain")
    first.add(f"{QUAY}/tomorrow", ad_page("Tomorrow"), at=datetime(9000, 1, 1, tzinfo=UTC))
    first.add(f"{QUAY}/seen-before", kind="revisit", warc=REVISIT)
    first.close()
    second = Archive(folder / "deep" / "b.warc")
    second.add(f"{QUAY}/cook", ad_page("Cook", pay="90 coins a day, no papers"), at=CAPTURED + timedelta(days=5))
    second.add(f"{QUAY}/baker", kind="revisit", warc=REVISIT, at=CAPTURED + timedelta(days=5))
    second.add(f"{QUAY}/mate", status="410 Gone", at=CAPTURED)
    second.close()
    third = Archive(folder / "c.warc.gz")
    third.add(f"{QUAY}/cook", ad_page("Cook"), at=CAPTURED + timedelta(days=1))
    third.add(f"{QUAY}/bomb", gzip.compress(bytes(40_000_000)), headers={"Content-Encoding": "gzip"})
    third.add(f"{QUAY}/brotli", brotli.compress(ad_page("Brotli hand")), headers={"Content-Encoding": "br"})
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (ad_page("Chunked hand")[:50],))
    rest = ad_page("Chunked hand")[50:]
    chunks += b"%x\r\n%b\r\n0\r\n\r\n" % (len(rest), rest)
    third.add(f"{QUAY}/chunked", chunks, headers={"Transfer-Encoding": "chunked"})
    packaged(third.close(), folder / "c.wacz")
    third.path.unlink()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    home = tmp_path_factory.mktemp("archives")
    write_mixed(home / "mixed")
    segment = write_segment(home / "segment.warc.gz")
    whole = segment.read_bytes()
    (home / "cut.warc.gz").write_bytes(whole[: len(whole) - 100])
    (home / "broken.wacz").write_bytes(b"PK\x03\x04 and then nothing that a package has")
    (home / "empty").mkdir()
    return read(
        source(home / "mixed", hosts=["quay.example"]),
        source(segment, name="segment"),
        source(segment, name="few", budget={"pages": 4}),
        source(segment, name="thin", budget={"bytes": 1}),
        source(home / "cut.warc.gz", home / "none.warc", home / "broken.wacz", home / "empty", name="broken"),
        output=home / "batches",
    )


@pytest.fixture
def mixed(night: dict[str, Told]) -> Told:
    return night["quay-archive"]


def test_every_address_in_the_archives_has_its_one_outcome(mixed):
    expected = {
        "/cook": ("ad", "the newest of 3 captures"),
        "/baker": ("ad", "the newest of 2 captures"),
        "/mate": ("ad", "the newest of 2 captures"),
        "/gone": ("failed", "404"),
        "/moved": ("not_an_ad", "301 to /mate"),
        "/tides": ("not_an_ad", "a title but no text of an ad: it may be loaded by a script"),
        "/gull.png": ("not_an_ad", "image/png"),
        "/typeless": ("ad", ""),
        "https://far.example/cook": ("out_of_scope", "far.example is not a site of this source"),
        "/kept": ("ad", ""),
        "/wet": ("not_an_ad", "made from a page by some program: expected the page itself"),
        "/tomorrow": ("failed", "its WARC-Date is no moment of the past: '9000-01-01T00:00:00Z'"),
        "/seen-before": ("unchanged", "as it was at 2020-05-04T12:00:00Z, which is in none of these archives"),
        "/bomb": ("failed", "more than 16777216 bytes when unpacked"),
        "/brotli": ("ad", ""),
        "/chunked": ("ad", ""),
    }
    found = {address: (line["outcome"], line["detail"]) for address, line in mixed.lines.items()}
    files = {address: told for address, told in found.items() if address.startswith("///")}
    assert {address: told for address, told in found.items() if address not in files} == expected
    assert {Path(address).name: told for address, told in files.items()} == {
        "a.warc.gz": ("listing", "17 records"),
        "b.warc": ("listing", "4 records"),
        "c.wacz": ("listing", "5 records"),
    }


def test_an_ad_was_seen_when_its_page_was_captured(mixed):
    seen = {ad.title: ad.seen_at for ad in mixed.ads if ad.title != "Cook"}
    assert seen["Baker"] == CAPTURED
    assert seen["Mate"] == CAPTURED + timedelta(days=2)
    assert all(ad.url.startswith(QUAY) for ad in mixed.ads)


def test_each_text_that_an_ad_carried_is_kept_once_with_its_own_time(mixed):
    cooks = [(ad.seen_at, "no papers" in ad.description) for ad in mixed.ads if ad.title == "Cook"]
    # The third capture reads as the first did, and adds nothing.
    assert len(cooks) == 2
    assert (CAPTURED + timedelta(days=5), True) in cooks
    assert len({ad.ad_id for ad in mixed.ads if ad.title == "Cook"}) == 1


def test_an_ads_page_lies_in_the_batch_as_it_lay_in_the_archive(mixed):
    for ad in mixed.ads:
        stored = fetch_record(mixed.folder / ad.page.file, ad.page.offset)
        assert stored.sha256 == ad.page.sha256
        assert stored.record.headers["warc-target-uri"] == ad.url
        assert stored.record.headers["warc-date"] == ad.seen_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_extract_of_an_archived_ad_says_where_its_page_was_copied_from(mixed, tmp_path):
    ad = next(ad for ad in mixed.ads if ad.title == "Chunked hand")
    proof = gather_proof(SeenAd(ad=ad, batch=mixed.folder))
    said = next(one.fields() for one in proof.others if one.record.kind == "metadata")
    assert said["copied-from"].startswith("archive/c.warc.gz c.wacz at byte ")
    assert said["source"] == "quay-archive"
    write_extract(tmp_path / "F.wacz", [proof], now=LATER)
    assert check_extract(tmp_path / "F.wacz").ad_id == ad.ad_id


def test_an_archive_in_the_store_gives_each_version_and_misses_nothing(mixed, tmp_path):
    with Store.open(tmp_path / "lurewatch.db", create=True) as store:
        (taken,) = take_in(store, [mixed.folder], gone_after_batches=1, now=LATER)
        cook = next(ad.ad_id for ad in mixed.ads if ad.title == "Cook")
        papers = ["no papers" in ad.description for ad in store.ads.versions(cook)]
        assert papers == [False, True]
        assert "no papers" in store.ads.get(cook).description
    assert (taken.new, taken.not_seen, taken.gone) == (7, (), ())


def test_a_segment_of_the_open_web_gives_the_ads_among_its_pages(night):
    told = night["segment"]
    assert told.summary.healthy
    assert told.summary.outcomes["ad"] == len(told.ads) == 6
    assert told.summary.outcomes["not_an_ad"] == 24
    assert {line["outcome"] for address, line in told.lines.items() if address.startswith("///")} == {"listing"}


def test_a_spent_budget_ends_the_reading_and_is_named(night):
    (line,) = night["thin"].lines.values()
    assert line["detail"] == "bytes: read up to segment.warc.gz at byte 0"
    told = night["few"]
    (line,) = (line for address, line in told.lines.items() if address.startswith("///"))
    assert line["outcome"] == "not_inspected"
    assert line["detail"].startswith("pages: read up to segment.warc.gz at byte ")
    assert told.summary.addresses == 5
    assert told.summary.finished


def test_what_came_before_the_damage_is_kept_and_the_damage_is_named(night):
    told = night["broken"]
    home = told.folder.parents[2]
    outcome, detail = told.line(home / "cut.warc.gz")
    assert outcome == "failed"
    assert detail.startswith("at byte ")
    assert detail.endswith(" records before it were read")
    assert len(told.ads) == 6
    assert told.line(home / "none.warc") == ("failed", "at byte 0: No such file or directory")
    assert told.line(home / "broken.wacz")[1].startswith("at byte 0: expected a WACZ package")
    assert told.line(home / "empty")[1].startswith("at byte 0: expected archives in the folder")
    assert not told.summary.healthy
    assert len([problem for problem in told.summary.problems if str(home) in problem]) == 4


def test_a_feed_gives_ads_only_where_the_card_names_its_site(tmp_path):
    entries = "".join(
        f"<item><title>{title}</title><link>{QUAY}/{title}</link><description>{text}</description></item>"
        for title, text in (("Whole", "The inn at the invented quay needs a hand. " * 20), ("Teaser", "Short…"))
    )
    archive = Archive(tmp_path / "feed.warc.gz")
    feed = f'<rss version="2.0"><channel><title>New</title>{entries}</channel></rss>'.encode()
    archive.add(f"{QUAY}/feed", feed, mime="application/rss+xml")
    (capture,) = captures(archive.close())
    trusted = read_page_of(capture, trusts_feeds=True)
    assert [raw.title for raw in trusted.found] == ["Whole"]
    reading = read_page_of(capture, trusts_feeds=False)
    assert (reading.outcome, reading.found) == ("listing", ())
    assert reading.detail == "2 entries: not read, as the card names no hosts"


def test_a_card_of_an_archive_needs_no_review_no_contact_and_may_be_relative(tmp_path):
    card = tmp_path / "old-quay.toml"
    card.write_text('name = "old-quay"\ntitle = "Old quay"\nkind = "archive"\nstart = ["warcs", "more/a.wacz"]\n')
    found = read_source(card)
    assert found.start == (str(tmp_path / "warcs"), str(tmp_path / "more" / "a.wacz"))
    assert found.is_reviewed
    assert not found.sites


def test_archives_are_found_in_folders_by_name(tmp_path):
    for name in ("b/2.warc.gz", "b/1.warc", "a.wacz", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in find_archives([str(tmp_path)])] == ["a.wacz", "1.warc", "2.warc.gz"]
