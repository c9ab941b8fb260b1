"""Web archives that are broken, hostile or none at all: what came before the damage is read, the rest named."""

import gzip
import random
import subprocess
import sys
import tracemalloc
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from archive_reading import LATER, QUAY, captures, source
from hypothesis import example, given
from hypothesis import strategies as st
from warc_making import Archive, ad_page

from crawler.archive.captures import read_capture
from crawler.archive.warc_reader import WarcReader
from crawler.errors import DamagedWarc
from crawler.run.runner import Job, dump_job
from crawler.spiders.archive import ArchiveFile


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
        [sys.executable, "-c", limited + "from crawler.run.worker import main; sys.exit(main())"],
        input=dump_job(Job(source=wanted, folder=folder, started_at=LATER, contact=None)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 1, child.stderr
    assert "batch not finished" in child.stdout
    assert not folder.exists()


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
@example(b"\xb2", 68_770, False)  # a raised two before the status
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
