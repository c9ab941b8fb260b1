"""Batches that were held back: named, released or dropped by one command, their own files untouched."""

import json

import pytest

from builders import NOON, make_ad
from crawler.batch.batch import KNOWN, Ruling, read_ruling, write_ruling
from crawler.errors import BadBatch
from crawler.files import whole_file
from crawler.history.crawl_state import CrawlState
from crawler.sources.loader import source_from_card
from pipeline.store.store import Store
from store_builders import write_batch

WHO = ("--by", "mai", "--reason", "The board has only three ads this week.")
FEW = ("3 ads, expected 10 to 100",)


@pytest.fixture
def batches(home):
    return home / "data" / "local" / "batches"


@pytest.fixture
def held(batches):
    write_batch(batches, [make_ad(url="http://127.0.0.1:1/1")], night=1)
    return write_batch(batches, [make_ad(url="http://127.0.0.1:1/1", title="Agent")], night=2, problems=FEW)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"} | {
        "summary.json": (folder / "summary.json").read_bytes()
    }


def count(home, what="batches"):
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        return store.statistics.totals()[what]


def test_a_batch_that_was_held_back_is_named_until_somebody_decides(run, held, batches):
    shown = run("batches", "list")
    assert shown.exit_code == 1
    assert shown.output == (
        "test/20261103T120000Z: waiting\n"
        "test/20261104T120000Z: held back: 3 ads, expected 10 to 100\n"
        "2 batches not in the store, 1 wait for a decision\n"
    )
    assert run("intake", batches).exit_code == 1
    assert [each["state"] for each in json.loads(run("batches", "list", "--json").stdout)] == ["held_back"]
    assert [each["state"] for each in json.loads(run("batches", "list", "--all", "--json").stdout)] == [
        "taken",
        "held_back",
    ]
    status = run("status")
    assert "held     test/20261104T120000Z: 3 ads, expected 10 to 100 (lurewatch batches release or drop)" in (
        status.output
    )


def test_a_night_on_which_the_board_was_away_is_nobodys_to_decide_once_it_is_back(run, batches):
    away = ("start address http://127.0.0.1:1/: failed", "0 ads, expected 1 to 10")
    write_batch(batches, [], night=1, problems=away)
    assert (run("batches", "list").exit_code, run("intake", batches).exit_code) == (1, 1)
    write_batch(batches, [make_ad(url="http://127.0.0.1:1/1")], night=2)
    assert run("intake", batches / "test" / "20261104T120000Z").exit_code == 0
    shown = run("batches", "list")
    assert (shown.exit_code, f"test/20261103T120000Z: overtaken: {'; '.join(away)}\n" in shown.output) == (0, True)
    assert "held back" not in run("status", "--check").output


def test_a_released_batch_is_in_the_store_at_once(run, home, held, batches):
    run("intake", batches)
    before = files(held)
    released = run("batches", "release", "test/20261104T120000Z", *WHO)
    assert released.exit_code == 0, released.output
    assert released.output == "test/20261104T120000Z: released; 0 new, 1 changed, 0 unchanged, 0 not seen, 0 gone\n"
    assert files(held) == before
    assert read_ruling(held) == Ruling(
        act="release", by="mai", reason="The board has only three ads this week.", at=read_ruling(held).at
    )
    assert count(home) == 2
    assert run("batches", "list").exit_code == 0
    again = run("batches", "release", "test/20261104T120000Z", *WHO)
    assert (again.exit_code, "taken in already" in again.output) == (2, True)
    assert run("batches", "drop", "test/20261104T120000Z", *WHO).exit_code == 2


def test_a_dropped_batch_is_never_taken_in_unless_somebody_thinks_again(run, home, held, batches):
    before = files(held)
    dropped = run("batches", "drop", held, *WHO)
    assert (dropped.exit_code, dropped.output) == (0, "test/20261104T120000Z: dropped\n")
    taken = run("intake", batches)
    assert (taken.exit_code, count(home)) == (0, 1)
    assert "dropped: dropped by mai: The board has only three ads this week." in taken.output
    assert "dropped by mai" in run("batches", "list").output
    assert files(held) == before
    assert run("batches", "release", "test/20261104T120000Z", *WHO).exit_code == 0
    assert count(home) == 2


@pytest.mark.parametrize("act", ["release", "drop"])
def test_a_decision_needs_a_name_a_reason_and_a_batch(run, held, act):
    assert run("batches", act, held, "--by", "mai").exit_code == 2
    assert run("batches", act, held, "--reason", "So.").exit_code == 2
    empty = run("batches", act, held, "--by", " ", "--reason", "So.")
    assert (empty.exit_code, "expected words, found none" in empty.output) == (2, True)
    absent = run("batches", act, "test/absent", *WHO)
    assert (absent.exit_code, "no such batch" in absent.output) == (2, True)
    assert read_ruling(held) is None


def test_a_healthy_batch_is_not_released(run, held):
    healthy = run("batches", "release", "test/20261103T120000Z", *WHO)
    assert (healthy.exit_code, "is healthy" in healthy.output) == (2, True)


def remember(folder, after=None):
    base = {"run": folder.name, "after": after, "software": "lurewatch/0", "shown": 1, "memory": 1}
    with whole_file(folder / KNOWN) as file:
        file.write(json.dumps(base) + "\n")
    (folder / "gone.jsonl").touch()


def test_a_batch_that_a_later_one_rests_on_is_not_dropped(run, batches):
    first, second = (write_batch(batches, [make_ad()], night=night) for night in (1, 2))
    remember(first)
    remember(second, after=first.name)
    kept = run("batches", "drop", first, *WHO)
    assert (kept.exit_code, f"run {second.name} rests on it" in kept.output) == (2, True)
    assert run("batches", "drop", second, *WHO).exit_code == 0


def test_a_batch_whose_base_is_lost_can_be_released_to_go_without_it(run, home, batches):
    orphan, later = (write_batch(batches, [make_ad(ad_id=f"test:{night}")], night=night) for night in (2, 3))
    remember(orphan, after="20261103T120000Z")
    remember(later, after=orphan.name)
    taken = run("intake", batches)
    assert taken.exit_code == 1
    assert "rests on run 20261103T120000Z, which is neither in the store nor on disk" in taken.output
    assert f"rests on run {orphan.name}, which was not taken in; take that in first" in taken.output
    assert run("batches", "release", orphan, *WHO).exit_code == 0
    assert run("intake", batches).exit_code == 0
    assert count(home) == 2


def test_a_source_remembers_only_what_counts(batches):
    card = {"name": "test", "title": "T", "kind": "sitemap", "start": ["http://127.0.0.1:1/s.xml"], "local": True}
    source = source_from_card(card, where="test.toml")
    first = write_batch(batches, [make_ad()], night=1)
    second = write_batch(batches, [make_ad()], night=2, problems=FEW)
    third = write_batch(batches, [make_ad()], night=3)
    for folder in (first, second, third):
        remember(folder)

    def newest():
        base = CrawlState.load(batches / "test", source, now=NOON.replace(month=12)).base
        return base and base.run

    assert newest() == third.name
    write_ruling(third, Ruling(act="drop", by="mai", reason="Wrong.", at=NOON))
    assert newest() == first.name
    write_ruling(second, Ruling(act="release", by="mai", reason="Right.", at=NOON))
    assert newest() == second.name
    (second / KNOWN).write_bytes(b"not gzip")
    assert newest() == first.name, "a batch that is damaged will not be taken in"
    (first / KNOWN).write_bytes(b"not gzip")
    assert newest() is None, "the run then writes every ad anew, and nothing is lost"
    (second / KNOWN).unlink()
    assert newest() is None, "what an older version wrote holds no memory, and an older memory would miss its changes"


def test_a_broken_decision_is_told(held):
    (held / "release.json").write_text("{}")
    with pytest.raises(BadBatch, match=r"release\.json: expected by, reason and at"):
        read_ruling(held)
