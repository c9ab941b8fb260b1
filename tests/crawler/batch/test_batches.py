import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from builders import NOON, make_ad
from crawler.archive.warc_writer import Exchange, WarcFile
from crawler.batch.batch import NAMED_AT_MOST, Ledger, find_batches, free_run, read_batch
from crawler.batch.writer import BatchWriter
from crawler.errors import OUTCOMES, BadBatch
from crawler.extract.raw import RawAd, RawSalary

ROOT = Path(__file__).parents[3]
RUN = "20261102T120000Z"
RAW = RawAd(title="Night-shift baker", base_salary=RawSalary(raw="by agreement"), reader="json-ld")


def writer(folder: Path) -> BatchWriter:
    return BatchWriter(folder, source="test", started_at=NOON)


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def finished(root: Path) -> Path:
    folder = root / "test" / RUN
    batch = writer(folder)
    batch.ledger.see("http://127.0.0.1/1", lastmod="2026-11-01")
    batch.ledger.see("http://127.0.0.1/2")
    batch.add_all([(make_ad(ad_id="test:1"), RAW)])
    batch.ledger.close("http://127.0.0.1/1", "ad", ads=("test:1",))
    batch.ledger.close("http://127.0.0.1/2", "failed", "404")
    batch.finish(ended_at=NOON + timedelta(minutes=2), problems=())
    return folder


def test_a_batch_that_was_written_reads_back(tmp_path):
    folder = finished(tmp_path)
    batch = read_batch(folder)
    assert batch.summary.source == "test"
    assert batch.summary.run == RUN
    assert (batch.summary.started_at, batch.summary.ended_at) == (NOON, NOON + timedelta(minutes=2))
    assert batch.summary.finished
    assert batch.summary.healthy
    assert batch.summary.outcomes == dict.fromkeys(OUTCOMES, 0) | {"ad": 1, "failed": 1}
    assert batch.summary.addresses_by_outcome == {"failed": ("http://127.0.0.1/2",)}
    assert list(batch.ads()) == [make_ad(ad_id="test:1")]


def test_the_raw_twin_and_the_ledger_lie_beside_the_ads(tmp_path):
    folder = finished(tmp_path)
    raw = [json.loads(line) for line in unpacked(folder / "raw.jsonl.gz").splitlines()]
    assert raw == [
        {
            "ad_id": "test:1",
            "raw": {
                "title": "Night-shift baker",
                "base_salary": {"min": None, "max": None, "currency": None, "period": None, "raw": "by agreement"},
                "reader": "json-ld",
            },
        }
    ]
    assert [json.loads(line) for line in unpacked(folder / "ledger.jsonl.gz").splitlines()] == [
        {"address": "http://127.0.0.1/1", "outcome": "ad", "detail": "", "lastmod": "2026-11-01", "ads": ["test:1"]},
        {"address": "http://127.0.0.1/2", "outcome": "failed", "detail": "404"},
    ]


def test_problems_make_a_batch_unhealthy(tmp_path):
    batch = writer(tmp_path / RUN)
    summary = batch.finish(ended_at=NOON, problems=("0 ads, expected 1 to 9",))
    assert not summary.healthy
    assert read_batch(tmp_path / RUN).summary.problems == ("0 ads, expected 1 to 9",)


def test_a_batch_has_no_name_before_it_is_whole(tmp_path):
    batch = writer(tmp_path / "test" / RUN)
    batch.add_all([(make_ad(), RAW)])
    batch.close()
    assert [path.name for path in (tmp_path / "test").iterdir()] == [f".{RUN}.partial"]
    assert find_batches(tmp_path) == ()
    with pytest.raises(BadBatch, match="unfinished"):
        read_batch(tmp_path / "test" / f".{RUN}.partial")


def test_a_batch_is_never_written_twice(tmp_path):
    folder = finished(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(BadBatch, match="found a batch of that name"):
        writer(folder)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_finished_batches_are_found_oldest_first(tmp_path):
    for run in ("20261103T020000Z", "20261102T020000Z"):
        writer(tmp_path / "test" / run).finish(ended_at=NOON, problems=())
    writer(tmp_path / "test" / "20261104T020000Z").close()
    assert [folder.name for folder in find_batches(tmp_path)] == ["20261102T020000Z", "20261103T020000Z"]


@pytest.mark.parametrize("level", ["source", "run"])
def test_batches_that_another_user_owns_are_named_and_not_passed_over(tmp_path, level):
    run = finished(tmp_path)
    locked = run if level == "run" else run.parent
    locked.chmod(0)
    (tmp_path / "lost+found").mkdir(mode=0)
    code = (
        "import sys; from pathlib import Path; from night_server import drop_overrides; drop_overrides()\n"
        "from crawler.batch.batch import find_batches; find_batches(Path(sys.argv[1]))"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support" / "crawl")])
    command, env = [sys.executable, "-c", code, str(tmp_path)], os.environ | {"PYTHONPATH": path}
    found = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    locked.chmod(0o700)
    assert f"BadBatch: {locked}: may not be used by this user" in found.stderr


def test_runs_are_named_in_utc_and_never_alike(tmp_path):
    moment = datetime(2026, 11, 24, 4, 0, tzinfo=timezone(timedelta(hours=2)))
    assert free_run(tmp_path, moment) == "20261124T020000Z"
    (tmp_path / "20261124T020000Z").mkdir()
    (tmp_path / ".20261124T020000Z-2.partial").mkdir()
    assert free_run(tmp_path, moment) == "20261124T020000Z-3"


def rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"finished": False}, '"finished" is false'),
        ({"addresses": 3}, "outcomes add up to 2, expected addresses, 3"),
        ({"ads": 2}, "ads.jsonl holds 1 ads, summary.json says 2"),
        ({"run": "20261103T120000Z"}, "expected the folder's name"),
        ({"outcomes": {"nonsense": 2}}, 'key "outcomes": expected ad, unchanged'),
        ({"outcomes": 5}, "expected a batch summary"),
        ({"started_at": "yesterday"}, "expected a batch summary"),
        ({"surprise": 1}, "expected a batch summary"),
    ],
)
def test_a_summary_that_does_not_add_up_is_refused(tmp_path, changes, message):
    folder = finished(tmp_path)
    rewrite(folder / "summary.json", **changes)
    with pytest.raises(BadBatch, match=message) as error:
        read_batch(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("name", ["summary.json", "ads.jsonl", "raw.jsonl.gz", "ledger.jsonl.gz", "pages.warc.gz"])
def test_a_batch_without_one_of_its_files_is_refused(tmp_path, name):
    folder = finished(tmp_path)
    (folder / name).unlink()
    with pytest.raises(BadBatch, match=f"expected {name}, found none"):
        read_batch(folder)


def test_what_is_no_batch_at_all_is_refused(tmp_path):
    with pytest.raises(BadBatch, match="expected a batch folder"):
        read_batch(tmp_path / "none")
    folder = finished(tmp_path)
    (folder / "summary.json").write_text("[]")
    with pytest.raises(BadBatch, match=r"summary\.json"):
        read_batch(folder)
    (folder / "summary.json").write_text("{}")
    with pytest.raises(BadBatch, match='expected the key "source"'):
        read_batch(folder)


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(OUTCOMES))))
def test_outcomes_add_up_to_the_addresses_whatever_happens(steps):
    file = BytesIO()
    ledger = Ledger(file)
    for number, outcome in steps:
        address = f"http://127.0.0.1/{number}"
        if ledger.see(address) or ledger.is_open(address):
            ledger.close(address, outcome)
    ledger.see("http://127.0.0.1/last")
    ledger.close_rest("not_inspected", "minutes")
    addresses = [json.loads(line)["address"] for line in file.getvalue().splitlines()]
    assert len(addresses) == len(set(addresses)) == len(ledger) == sum(ledger.outcomes.values())


def test_an_address_has_one_outcome_only():
    ledger = Ledger(BytesIO())
    assert ledger.see("http://127.0.0.1/")
    assert not ledger.see("http://127.0.0.1/")
    ledger.close("http://127.0.0.1/", "ad")
    assert not ledger.see("http://127.0.0.1/")
    with pytest.raises(ValueError, match="closed before"):
        ledger.close("http://127.0.0.1/", "listing")
    with pytest.raises(ValueError, match="never seen"):
        ledger.close("http://127.0.0.1/other", "listing")


def test_a_summary_names_only_so_many_addresses():
    ledger = Ledger(BytesIO())
    for number in range(NAMED_AT_MOST + 5):
        ledger.see(str(number))
        ledger.close(str(number), "not_an_ad")
    assert ledger.outcomes["not_an_ad"] == NAMED_AT_MOST + 5
    assert len(ledger.addresses_by_outcome["not_an_ad"]) == NAMED_AT_MOST


def test_a_hostile_header_cannot_break_the_archive(tmp_path):
    warc = WarcFile(tmp_path / "pages.warc.gz", at=NOON)
    place = warc.append(
        Exchange(
            address="http://127.0.0.1/a?b=c",
            at=NOON,
            request_headers=((b"User-Agent", b"lurewatch/0"),),
            status=299,
            protocol="HTTP/1.1",
            response_headers=(
                (b"X-Odd", b"a\r\n\r\nWARC/1.1\r\nb"),
                (b"Transfer-Encoding", b"chunked"),
                ("N\u00e4me".encode("latin-1"), "ü".encode()),
            ),
            body=b"\x00\r\n\r\nWARC/1.1\r\n",
        )
    )
    warc.close()
    with (tmp_path / "pages.warc.gz").open("rb") as file:
        records = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(file, check_digests="raise")]
        assert [kind for kind, _ in records] == ["warcinfo", "response", "request"]
        assert records[1][1] == b"\x00\r\n\r\nWARC/1.1\r\n"
        file.seek(place.offset)
        record = next(iter(ArchiveIterator(file)))
        assert record.http_headers.get_statuscode() == "299"
        assert record.http_headers.get_header("N\u00e4me").encode("latin-1") == "ü".encode()


def test_moments_in_the_archive_are_utc(tmp_path):
    WarcFile(tmp_path / "pages.warc.gz", at=datetime(2026, 11, 2, 12, tzinfo=UTC)).close()
    assert b"WARC-Date: 2026-11-02T12:00:00.000000Z" in unpacked(tmp_path / "pages.warc.gz")
