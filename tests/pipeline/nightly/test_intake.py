"""Batches as the crawler writes them, taken into real SQLite."""

import gzip
import itertools
import shutil
from datetime import timedelta

import pytest

from builders import NOON, make_ad
from crawler.batch.batch import reseal
from crawler.errors import BadBatch
from pipeline.nightly.intake import batch_folders, take_in
from pipeline.store.store import Store
from store_builders import NIGHT, decide, open_case_for, open_store, write_batch


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def ad_at(number, **fields):
    fields = {"title": f"Cook {number}", "url": f"http://127.0.0.1:1/job/{number}"} | fields
    return make_ad(ad_id=f"test:{number}", **fields)


def take(store, *places, looks=3):
    return list(take_in(store, batch_folders(places), gone_after_batches=looks, now=NOON + 60 * NIGHT))


def contents(store):
    ads = sorted(row["ad_id"] for row in store.db.rows("SELECT ad_id FROM ads"))
    return {
        ad_id: (store.ads.get(ad_id).title, tuple(sorted(each.title for each in store.ads.versions(ad_id))))
        for ad_id in ads
    }


def test_intake_twice_is_once(store, tmp_path):
    folder = write_batch(tmp_path / "batches", [ad_at(1), ad_at(2)], night=1)
    (first,) = take(store, tmp_path / "batches")
    assert (first.outcome, first.new, first.unchanged) == ("taken", 2, 0)
    before = store.statistics.totals()
    (second,) = take(store, folder)
    assert second.outcome == "known"
    assert store.statistics.totals() == before


def test_a_second_night_names_what_changed_and_what_it_did_not_show(store, tmp_path):
    write_batch(tmp_path, [ad_at(1), ad_at(2), ad_at(3)], night=1)
    write_batch(tmp_path, [ad_at(1), ad_at(2, title="Head cook"), ad_at(4)], night=2)
    _, second = take(store, tmp_path)
    assert (second.new, second.changed, second.unchanged, second.not_seen, second.gone) == (
        1, ("test:2",), 1, ("test:3",), (),
    )  # fmt: skip
    assert [ad.title for ad in store.ads.versions("test:2")] == ["Cook 2", "Head cook"]
    assert store.ads.get("test:3").title == "Cook 3", "it stays in the store"


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_the_store_comes_to_the_same_in_whatever_order_nights_are_taken(store, tmp_path, order):
    titles = {1: "Cook", 2: "Head cook", 3: "Cook for a ship"}
    folders = {
        night: write_batch(tmp_path, [ad_at(1, title=titles[night]), ad_at(night + 1)], night=night) for night in titles
    }
    for night in order:
        take(store, folders[night])
    assert contents(store) == {
        "test:1": ("Cook for a ship", ("Cook", "Cook for a ship", "Head cook")),
        "test:2": ("Cook 2", ("Cook 2",)),
        "test:3": ("Cook 3", ("Cook 3",)),
        "test:4": ("Cook 4", ("Cook 4",)),
    }


def test_an_old_batch_taken_late_reopens_nothing(store, tmp_path):
    old = write_batch(tmp_path / "old", [ad_at(1, title="Head cook")], night=1)
    new = write_batch(tmp_path / "new", [ad_at(1)], night=2)
    take(store, new)
    case_id = open_case_for(store, ad_at(1))
    decide(store, case_id)
    (late,) = take(store, old)
    assert (late.outcome, late.changed) == ("taken", ())
    assert store.cases.get(case_id).state == "decided"
    assert [ad.title for ad in store.ads.versions("test:1")] == ["Head cook", "Cook 1"]


def test_an_ad_is_gone_after_so_many_looks_and_comes_back(store, tmp_path):
    write_batch(tmp_path, [ad_at(1), ad_at(2)], night=1)
    for night in (2, 3, 4):
        write_batch(tmp_path, [ad_at(1)], night=night)
    taken = take(store, tmp_path)
    assert [batch.not_seen for batch in taken] == [(), ("test:2",), ("test:2",), ("test:2",)]
    assert [batch.gone for batch in taken] == [(), (), (), ("test:2",)]
    assert store.statistics.totals()["gone"] == 1
    write_batch(tmp_path, [ad_at(1), ad_at(2)], night=5)
    assert take(store, tmp_path)[-1].unchanged == 2
    assert store.statistics.totals()["gone"] == 0


@pytest.mark.parametrize(
    ("address", "outcome", "detail"),
    [
        ("http://127.0.0.1:1/job/2", "failed", "503"),
        ("http://127.0.0.1:1/job/2", "refused_by_robots", ""),
        ("http://127.0.0.1:1/list?page=9", "not_inspected", "pages"),
    ],
)
def test_an_ad_that_nobody_could_look_at_is_not_missed(store, tmp_path, address, outcome, detail):
    write_batch(tmp_path, [ad_at(1), ad_at(2)], night=1)
    write_batch(tmp_path, [ad_at(1)], night=2, ledger={address: (outcome, detail)})
    last = take(store, tmp_path, looks=1)[-1]
    assert (last.not_seen, last.gone) == ((), ())


def test_another_source_says_nothing_about_this_one(store, tmp_path):
    write_batch(tmp_path, [ad_at(1)], night=1)
    write_batch(tmp_path, [make_ad(ad_id="other:1", source="other")], night=2, source="other")
    assert [batch.not_seen for batch in take(store, tmp_path, looks=1)] == [(), ()]


def test_an_unhealthy_batch_is_held_back_and_the_others_are_not(store, tmp_path):
    write_batch(tmp_path, [ad_at(1)], night=1, problems=("expected 100 ads at least, found 1",))
    write_batch(tmp_path, [make_ad(ad_id="other:1", source="other")], night=1, source="other")
    outcomes = {batch.source: (batch.outcome, batch.problems) for batch in take(store, tmp_path)}
    assert outcomes == {
        "test": ("held_back", ("expected 100 ads at least, found 1",)),
        "other": ("taken", ()),
    }
    assert store.statistics.totals()["ads"] == 1


def test_a_batch_that_breaks_off_leaves_nothing(store, tmp_path):
    folder = write_batch(tmp_path, [ad_at(1), ad_at(2)], night=1)
    first, _ = (folder / "ads.jsonl").read_text().splitlines()
    (folder / "ads.jsonl").write_text(f'{first}\n{{"title": 7}}\n')
    reseal(folder)
    (held,) = take(store, tmp_path)
    assert held.outcome == "held_back"
    assert "line 2" in held.problems[0]
    assert (store.statistics.totals()["ads"], store.statistics.totals()["batches"]) == (0, 0)


def test_a_broken_ledger_is_told(store, tmp_path):
    folder = write_batch(tmp_path, [ad_at(1)], night=1)
    (folder / "ledger.jsonl.gz").write_bytes(gzip.compress(b"not json\n"))
    (held,) = take(store, tmp_path)
    assert held.outcome == "held_back"
    assert "ledger.jsonl.gz" in held.problems[0]


def test_a_copy_below_another_name_is_the_same_batch(run, home, tmp_path):
    folder = write_batch(tmp_path / "out", [make_ad()], night=0)
    copies = [shutil.copytree(folder, tmp_path / name / folder.name) for name in ("copy", "another")]
    taken = [run("intake", place) for place in (*copies, folder)]
    assert [night.exit_code for night in taken] == [0, 0, 0], [night.output for night in taken]
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert (store.statistics.totals()["batches"], store.runs.batches_of("test")) == (1, (folder.name,))


def test_a_place_is_a_batch_a_source_or_a_folder_of_sources(tmp_path):
    first = write_batch(tmp_path / "b", [ad_at(1)], night=1)
    second = write_batch(tmp_path / "b", [ad_at(1)], night=2)
    assert batch_folders([first]) == (first,)
    assert batch_folders([first.parent]) == (first, second)
    assert batch_folders([tmp_path / "b", first]) == (first, second)


def test_a_place_without_batches_is_named(tmp_path):
    with pytest.raises(BadBatch, match="no such folder"):
        batch_folders([tmp_path / "absent"])
    with pytest.raises(BadBatch, match="holds no finished batch"):
        batch_folders([tmp_path])


def test_a_change_of_the_ad_is_followed_into_its_case(store, tmp_path):
    take(store, write_batch(tmp_path, [ad_at(1)], night=1))
    case_id = open_case_for(store, ad_at(1))
    decide(store, case_id, at=NOON + timedelta(days=1, hours=3))
    take(store, write_batch(tmp_path, [ad_at(1, title="Head cook")], night=2))
    assert store.cases.get(case_id).state == "reopened"
