"""Web archives as a source: WARC and WACZ files of invented pages, whole and broken, without any network."""

import gzip
import json
import random
import subprocess
import sys
import tracemalloc
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ad import JobAd
from crawler.archive_files import ArchiveFile, find_archives
from crawler.archived_page import read_page_of
from crawler.batches import BatchSummary, read_batch
from crawler.captures import Capture, read_capture
from crawler.crawl import crawl_sources
from crawler.errors import DamagedWarc
from crawler.evidence import SeenAd, gather_proof
from crawler.job import Job, dump_job
from crawler.source import Source
from crawler.sources import read_source, source_from_card
from crawler.stored_record import fetch_record
from crawler.unpacking import Unpackable, unpack_body, zstd
from crawler.wacz import write_extract
from crawler.wacz_check import check_extract
from crawler.warc_reader import WarcReader
from pipeline.intake import take_in
from pipeline.review_queue import ReviewQueue
from warc_making import CAPTURED, Archive, ad_page, packaged

QUAY = "https://quay.example"
LATER = CAPTURED + timedelta(days=30)
REVISIT = {
    "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "WARC-Refers-To-Date": "2020-05-04T12:00:00Z",
}


def source(*start: Path, name: str = "quay-archive", **keys: object) -> Source:
    values = {"name": name, "title": name, "kind": "archive", "start": [str(path) for path in start]}
    return source_from_card(values | keys, where=f"{name}.toml")


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
    write_extract(tmp_path / "F.wacz", [proof], software="lurewatch/0", now=LATER)
    assert check_extract(tmp_path / "F.wacz").ad_id == ad.ad_id


def test_an_archive_in_the_store_gives_each_version_and_misses_nothing(mixed, tmp_path):
    with ReviewQueue.open(tmp_path / "lurewatch.db", create=True) as queue:
        (taken,) = take_in(queue, [mixed.folder], gone_after_looks=1, now=LATER)
        cook = next(ad.ad_id for ad in mixed.ads if ad.title == "Cook")
        papers = ["no papers" in ad.description for ad in queue.versions(cook)]
        assert papers == [False, True]
        assert "no papers" in queue.ad(cook).description
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


def test_a_disk_that_is_full_leaves_no_batch(tmp_path):
    archive = Archive(tmp_path / "a.warc.gz")
    rest = "".join(random.Random(7).choices("abcdefghijklmnop", k=60_000))  # so that packing does not shrink it
    for number in range(20):
        archive.add(f"{QUAY}/{number}", ad_page(f"Hand {number}", pay=rest))
    wanted = source(archive.close())
    folder = tmp_path / "batches" / wanted.name / "20200601T000000Z"
    # Python ignores SIGXFSZ: a file that grows beyond the limit gives an OSError, as a full disk does.
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000));"
    child = subprocess.run(
        [sys.executable, "-c", limited + "from crawler.child import main; sys.exit(main())"],
        input=dump_job(Job(source=wanted, folder=folder, started_at=LATER, contact=None)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 1, child.stderr
    assert "batch not finished" in child.stdout
    assert not folder.exists()


def captures(path: Path, **keys: object) -> list[Capture]:
    found = ArchiveFile(path).captures(**{"sites": frozenset(), "now": LATER} | keys)
    return [capture for capture in found if capture]


def test_an_offset_in_the_detail_is_where_the_broken_record_begins(tmp_path):
    archive = Archive(tmp_path / "a.warc.gz")
    archive.add(f"{QUAY}/cook", ad_page("Cook"))
    offset = archive.add(f"{QUAY}/baker", ad_page("Baker"))
    path = archive.close()
    content = bytearray(path.read_bytes())
    content[offset + 200] ^= 0xFF
    path.write_bytes(content)
    found = []
    with pytest.raises(DamagedWarc) as damage:
        found.extend(ArchiveFile(path).captures(sites=frozenset(), now=LATER))
    assert damage.value.offset == offset


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


PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_packed_body_is_unpacked_up_to_the_limit(encoding):
    body = b"the harbour " * 100_000
    packed = PACKED[encoding](body)
    assert unpack_body(packed, chunked=False, encodings=encoding.upper(), most=len(body)) == body
    with pytest.raises(Unpackable, match="more than 1199999 bytes"):
        unpack_body(packed, chunked=False, encodings=encoding, most=len(body) - 1)
    assert body.startswith(unpack_body(packed[: len(packed) // 2], chunked=False, encodings=encoding, most=10**7))


def test_layers_of_packing_are_taken_off_in_turn_but_not_without_end():
    body = b"the harbour"
    twice = brotli.compress(gzip.compress(body))
    assert unpack_body(twice, chunked=False, encodings="gzip, br", most=100) == body
    with pytest.raises(Unpackable, match="packed 4 times"):
        unpack_body(body, chunked=False, encodings="gzip, gzip, gzip, gzip", most=100)
    with pytest.raises(Unpackable, match="'rot13'"):
        unpack_body(body, chunked=False, encodings="rot13", most=100)


def test_a_body_that_was_unpacked_before_it_was_archived_is_taken_as_it_is():
    page = b"<html>harbour</html>"
    assert unpack_body(page, chunked=True, encodings="gzip", most=100) == page


@given(st.binary(max_size=400), st.sampled_from(["", "gzip", "deflate", "br", "zstd"]), st.booleans())
def test_unpacking_gives_bytes_or_says_why_not(body, encodings, chunked):
    with suppress(Unpackable):
        assert len(unpack_body(body, chunked=chunked, encodings=encodings, most=10_000)) <= 10_000


def test_a_bomb_of_a_record_is_passed_over_in_little_memory(tmp_path):
    path = tmp_path / "bomb.warc.gz"
    size = 100_000_000
    head = f"WARC/1.1\r\nWARC-Type: resource\r\nContent-Type: video/mp4\r\nContent-Length: {size}\r\n\r\n".encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(head))
        for _ in range(100):
            file.write(packer.compress(bytes(size // 100)))
        file.write(packer.compress(b"\r\n\r\n") + packer.flush())
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            given_word = [record is None for record in WarcReader(file)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert given_word.count(False) == 1
    assert given_word.count(True) >= 5, "the clock must be looked at while a long record is passed over"
    assert peak < 2_000_000


@pytest.mark.parametrize(
    "content",
    [
        b"WARC/1.1\r\n" + b"X: " + b"y" * 200_000,
        b"WARC/1.1\r\nContent-Length: many\r\n\r\n",
        b"WARC/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"WARC/1.1\r\nContent-Length: 10\r\n\r\nshort",
        b"filedesc://an.arc 0.0.0.0 20260101000000 text/plain 10\r\n",
        b"\x1f\x8b and no gzip",
        gzip.compress(b"WARC/1.1\r\nContent-Length: 4\r\n\r\nbody\r\n\r\n", mtime=0)[:-3],
    ],
)
def test_a_file_that_is_no_warc_is_said_to_be_none(content):
    with pytest.raises(DamagedWarc, match="at byte 0: "):
        list(WarcReader(BytesIO(content)))


@given(st.binary(max_size=300), st.integers(0, 10**6), st.booleans())
def test_whatever_a_file_holds_it_is_read_or_named_as_damaged(noise, at, packed):
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>quay</p>"
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 2020-05-04T12:00:00Z\r\n"
        f"WARC-Target-URI: {QUAY}/\r\nContent-Length: {len(block)}\r\n\r\n"
    ).encode()
    whole = (head + block + b"\r\n\r\n") * 2
    at %= len(whole)
    mutated = whole[:at] + noise + whole[at + len(noise) // 2 :]
    content = gzip.compress(mutated) if packed else mutated
    with suppress(DamagedWarc):
        for record in WarcReader(BytesIO(content)):
            if record:
                assert 0 <= record.offset < len(content)
                read_capture(record, sites=(), now=LATER)


def test_a_packed_file_filled_up_with_zeros_is_read_to_its_end(tmp_path):
    archive = Archive(tmp_path / "a.warc.gz")
    archive.add(f"{QUAY}/cook", ad_page("Cook"))
    path = archive.close()
    path.write_bytes(path.read_bytes() + bytes(512))
    assert [capture.address for capture in captures(path)] == [f"{QUAY}/cook"]
