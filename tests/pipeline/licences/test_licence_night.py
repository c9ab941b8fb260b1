"""A night's look-ups, kept beside the ads. Agencies and ads are invented."""

from dataclasses import replace

import pytest

from builders import NOON, make_ad
from licence_samples import ROOT, sample
from pipeline.licences.register import RegisterStore
from pipeline.nightly.pending import look_up_pending, registers_key
from store_builders import NIGHT, look, open_store

MAPS = ROOT / "data" / "registers"
CLAIMING = {"description": "GP 9871/LĐTBXH-GP", "country": "JP", "language": "vi"}


@pytest.fixture
def kept(tmp_path):
    RegisterStore(tmp_path / "registers").keep(sample("sample-vn"))
    return tmp_path / "registers"


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as store:
        look(store, make_ad(), make_ad(ad_id="test:2", **CLAIMING))
        yield store


def look_up(store, kept, now=NOON):
    return look_up_pending(store, kept, MAPS, free_mail=frozenset(), now=now)


def test_each_ad_is_looked_up_once(store, kept):
    first = look_up(store, kept)
    assert (first.ads, first.registers, dict(first.results)) == (2, 1, {"licensed": 1, "nothing_claimed": 1})
    assert look_up(store, kept).ads == 0
    assert store.licences.of_ad("test:2").result == "licensed"
    assert store.licences.of_ad("test:1").result == "nothing_claimed"
    assert store.licences.of_ad("test:3") is None


def test_a_text_that_changed_and_a_newer_list_are_looked_up_again(store, kept):
    look_up(store, kept)
    look(store, make_ad(ad_id="test:2", **CLAIMING | {"description": "GP 9873/LĐTBXH-GP"}, seen_at=NOON + NIGHT))
    assert look_up(store, kept).ads == 1
    assert store.licences.of_ad("test:2").result == "lapsed"
    newer = sample("sample-vn")
    version = replace(newer.version, digest="f" * 64, imported_at=NOON + NIGHT)
    RegisterStore(kept).keep(replace(newer, version=version))
    assert look_up(store, kept, now=NOON + NIGHT).ads == 2
    assert store.db.row("SELECT count(*) AS n FROM licence_lookups")["n"] == 5, "older facts stay"


def test_an_ad_that_is_removed_takes_its_look_ups_with_it(store, kept):
    look_up(store, kept)
    with store.atomic():
        store.db.run("UPDATE ads SET version_id = NULL WHERE ad_id = 'test:2'")
        store.db.run("DELETE FROM ad_versions WHERE ad_id = 'test:2'")
    assert store.db.row("SELECT count(*) AS n FROM licence_lookups")["n"] == 1


def test_without_a_register_nothing_is_looked_up(store, tmp_path):
    done = look_up(store, tmp_path / "absent")
    assert (done.ads, done.registers, done.problems) == (0, 0, ())


def test_a_register_that_cannot_be_read_is_a_problem_and_costs_no_night(store, kept):
    (path,) = (kept / "sample-vn").iterdir()
    path.write_bytes(b"no register")
    done = look_up(store, kept)
    assert done.ads == 0
    assert "no licence was looked up" in done.problems[0]


def test_an_old_list_is_named(store, kept):
    assert look_up(store, kept, now=NOON + 200 * NIGHT).stale == ("sample-vn of 2026-11-01",)


def test_the_same_versions_have_one_key_in_any_order():
    one, other = sample("sample-vn").version, sample("sample-id").version
    assert registers_key([one, other]) == registers_key([other, one]) != registers_key([one])
