"""Batches that are not whole: which are taken up, which are left alone and which are set aside."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from offline_crawl import RUN, source, writer
from structlog.testing import capture_logs

from builders import NOON
from crawler.batch.batch import find_batches
from crawler.batch.journal import GROWING, find_unfinished
from crawler.errors import BadBatch
from crawler.run.runner import card_digest


def test_a_batch_that_somebody_writes_is_not_taken_from_him(tmp_path):
    first = writer(tmp_path / RUN)
    with pytest.raises(BadBatch, match="found one in use"):
        writer(tmp_path / RUN)
    assert find_unfinished(tmp_path, card=card_digest(source()), now=NOON) is None
    first.close()
    assert found(tmp_path) == tmp_path / RUN


def found(home: Path, *, keys: dict[str, object] | None = None, after: timedelta = timedelta()):
    return find_unfinished(home, card=card_digest(source(**keys or {})), now=NOON + after)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"keys": {"language": "vi"}}, "the source's card has changed"),
        ({"after": timedelta(days=4)}, "older than 3 days"),
    ],
)
def test_another_card_or_an_old_batch_begins_afresh(tmp_path, changes, reason):
    home = tmp_path / "quay"
    writer(home / RUN).close()
    with capture_logs() as logs:
        assert found(home, **changes) is None
    assert [entry["reason"] for entry in logs] == [reason]
    assert [path.name for path in home.iterdir()] == [f".{RUN}.partial.abandoned"]
    assert find_batches(tmp_path) == ()
    writer(home / RUN).close()
    assert found(home, **changes) is None
    assert len(list(home.glob("*.abandoned*"))) == 2


def test_the_newest_of_several_is_taken_up(tmp_path):
    for run in ("20261102T120000Z-2", "20261101T120000Z", "20261102T120000Z", "20261102T120000Z-10"):
        writer(tmp_path / run).close()
    assert found(tmp_path) == tmp_path / "20261102T120000Z-10"
    assert len(list(tmp_path.glob("*.abandoned"))) == 3


def test_a_folder_that_was_just_made_is_left_alone(tmp_path):
    made = tmp_path / f".{RUN}.partial"
    made.mkdir()
    os.utime(made, (NOON.timestamp(), NOON.timestamp()))
    assert found(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [f".{RUN}.partial"]
    assert found(tmp_path, after=timedelta(minutes=2)) is None
    assert [path.name for path in tmp_path.iterdir()] == [f".{RUN}.partial.abandoned"]


@pytest.mark.parametrize("rubbish", [b"", b"[]\n", b'{"source":"quay"}\n', b"\x00" * 4096])
def test_a_journal_that_cannot_be_read_is_set_aside_and_its_run_begun_again(tmp_path, rubbish):
    writer(tmp_path / RUN).close()
    (tmp_path / f".{RUN}.partial" / "journal.jsonl").write_bytes(rubbish)
    again = writer(tmp_path / RUN)
    assert (again.unfinished, again.resumed) == (None, 0)
    again.close()
    assert len(list(tmp_path.glob("*.abandoned"))) == 1


@pytest.mark.parametrize("name", GROWING)
def test_a_batch_with_a_file_lost_is_set_aside(tmp_path, name):
    writer(tmp_path / RUN).close()
    (tmp_path / f".{RUN}.partial" / name).unlink()
    again = writer(tmp_path / RUN)
    assert again.unfinished is None
    again.close()
