"""A batch that is damaged on its way into the store: named, dropped or released, and its ads read anew."""

import json
import os
import shutil

import pytest
from night_board import opened_board
from source_cards import write_card

from crawler.batch.batch import reseal
from pipeline.store.store import Store
from tiny_model import LAWFUL, LURE

WHO = ("--by", "mai", "--reason", "The disk was at fault.")


def count_ads(home):
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        return store.statistics.totals()["ads"]


@pytest.fixture(scope="module")
def crawl(tmp_path_factory, made_home, commands):
    """The data of a home that has had a crawl, whose board is still served."""
    with pytest.MonkeyPatch.context() as patch, opened_board(tmp_path_factory.mktemp("shown") / "board") as board:
        home = made_home(tmp_path_factory.mktemp("crawl"), patch)
        board(baker=LAWFUL, campus=LURE, waiter="A cafe seeks a waiter for weekends. Written contract.")
        write_card(home, "board-a", f"{board.address}/sitemap.xml")
        assert commands(home)("crawl", home / "data" / "sources" / "board-a.toml").exit_code == 0
        patch.undo()
        yield home / "data"


@pytest.fixture
def waiting(home, crawl):
    """The whole batch of that crawl, which was not taken in, in a home of its own."""
    shutil.copytree(crawl, home / "data")
    (folder,) = (home / "data" / "local" / "batches" / "board-a").iterdir()
    return folder


def cut(folder, name="ads.jsonl"):
    os.truncate(folder / name, (folder / name).stat().st_size // 2)


def test_a_damaged_batch_is_named_and_its_ads_are_read_anew_in_the_same_night(home, run, waiting):
    cut(waiting)
    night = run("nightly")
    assert night.exit_code == 1
    assert f"problem    board-a/{waiting.name}: {waiting}: ads.jsonl holds" in night.output
    assert count_ads(home) == 3
    listed = run("batches", "list")
    assert (listed.exit_code, "held back" in listed.output, "ads.jsonl holds" in listed.output) == (1, True, True)
    assert "ads.jsonl holds" in run("status").output
    assert run("batches", "drop", waiting, *WHO).exit_code == 0
    assert run("nightly").exit_code == 0
    assert run("batches", "list").exit_code == 0


def test_damage_to_any_file_of_a_batch_is_noticed_before_it_is_taken_in(home, run, waiting):
    for name in ("pages.warc.gz", "raw.jsonl.gz", "known.jsonl.gz", "gone.jsonl", "ledger.jsonl.gz", "summary.json"):
        whole = (waiting / name).read_bytes()
        (waiting / name).write_bytes(whole or b"{}\n")
        cut(waiting, name)
        for done in (run("intake", waiting), run("batches", "verify")):
            assert (done.exit_code, name in done.output) == (1, True), name
        (waiting / name).write_bytes(whole)
    cut(waiting, "pages.warc.gz")
    night = run("nightly")
    assert (night.exit_code, count_ads(home), "pages.warc.gz" in night.output) == (1, 3, True), night.output
    assert run("batches", "drop", f"board-a/{waiting.name}", *WHO).exit_code == 0
    assert run("nightly").exit_code == 0


def test_whole_batches_are_verified(run, waiting):
    verified = run("batches", "verify")
    assert (verified.exit_code, verified.output) == (0, "1 batches, 0 faults\n")


def test_a_text_that_was_changed_inside_the_database_is_named(home, run, waiting):
    """SQLite takes the file for whole."""
    assert run("intake", waiting).exit_code == 0
    assert run("batches", "verify").output == "1 batches, 0 faults\n"
    database = home / "data" / "local" / "lurewatch.db"
    whole = database.read_bytes()
    for right, wrong in (("keep your passport", b"0"), ("border campus", b"\xff"), ("Campus", b"0")):
        assert right.encode() in whole
        database.write_bytes(whole.replace(right.encode(), right[:-1].encode() + wrong))
        with Store.open(database) as store:
            assert store.torn() == ()
        verified = run("batches", "verify")
        assert verified.exit_code == 1
        assert verified.output.count("its text is not the one that was taken in") == 1, right


def test_a_released_damaged_batch_gives_what_can_be_read(home, run, waiting):
    cut(waiting)
    released = run("batches", "release", waiting, *WHO)
    assert (released.exit_code, count_ads(home)) == (0, 1), released.output
    night = run("nightly", "--json")
    assert count_ads(home) == 3, night.output
    assert run("nightly").exit_code == 0


def test_a_batch_whose_ledger_a_disk_has_garbled_can_be_released(home, run, waiting):
    ledger = waiting / "ledger.jsonl.gz"
    content = bytearray(ledger.read_bytes())
    content[20:60] = b"\xff" * 40
    ledger.write_bytes(content)
    released = run("batches", "release", waiting, *WHO)
    assert (released.exit_code, count_ads(home)) == (0, 3), released.output
    night = run("nightly")
    assert night.exit_code == 0, night.output


def test_a_batch_that_rests_on_a_lost_one_is_neither_taken_in_nor_remembered(home, run, waiting):
    second = run("crawl", home / "data" / "sources" / "board-a.toml")
    assert second.exit_code == 0
    shutil.rmtree(waiting)
    night = run("nightly")
    assert "rests on run" in night.output
    assert count_ads(home) == 3


def test_ads_that_stand_unchanged_and_are_not_held_are_a_problem_and_read_anew(home, run, waiting):
    """As after a release of a batch that went without the one it rests on."""
    assert run("crawl", home / "data" / "sources" / "board-a.toml").exit_code == 0
    shutil.rmtree(waiting)
    (second,) = (home / "data" / "local" / "batches" / "board-a").iterdir()
    released = run("batches", "release", second, *WHO)
    assert (released.exit_code, count_ads(home)) == (0, 0)
    assert "3 ads stand unchanged and are not in the store" in released.output
    night = run("nightly", "--json")
    assert json.loads(night.stdout)["counts"]["new"] == 3
    assert count_ads(home) == 3
    assert run("nightly").exit_code == 0


def test_a_batch_whose_file_was_changed_is_refused_until_it_is_sealed_again(run, waiting):
    (waiting / "ads.jsonl").write_text((waiting / "ads.jsonl").read_text().replace("Baker", "Miller"))
    assert run("intake", waiting).exit_code == 1
    reseal(waiting)
    assert run("intake", waiting).exit_code == 0
