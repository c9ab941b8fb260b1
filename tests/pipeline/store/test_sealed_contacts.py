"""Contacts stand in the database encrypted alone, and what happens without their key. Every text is invented."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from builders import NOON, make_ad
from crawler.ad import Contact, fingerprint
from pipeline.cli import cli
from pipeline.errors import StoreError
from pipeline.linking.changes import find_news
from pipeline.nightly.pending import gather_campaigns, link_contacts
from pipeline.store.store import Store
from store_builders import look, open_store

STATED = (Contact(kind="phone", value="+84900777111"), Contact(kind="line", value="sealedmaid7"))
AD = make_ad(
    ad_id="s:1", title="Typist", description="An office by the lake. Call 0912 345 678.", country="VN",
    contacts=STATED, apply_url="https://sealedform.example/apply",
)  # fmt: skip
LATER = replace(
    AD, contacts=(Contact(kind="telegram", value="sealedlater8"),), apply_url="https://sealedother.example/apply",
    seen_at=NOON + timedelta(days=1),
)  # fmt: skip


@pytest.fixture
def home(tmp_path):
    with open_store(tmp_path) as store:
        look(store, AD)
        case = store.cases.open(fingerprint(AD), reason="score", priority=0.9, at=NOON)
        look(store, LATER)
        gather_campaigns(store, at=NOON)
        link_contacts(store, store.vault)
        for _ in range(2):  # twice is once
            store.cases.record_resurfacing(case, AD.ad_id, find_news(LATER, [AD]), at=NOON)
        store.db.copy_to(tmp_path / "copy.db")
    return tmp_path


def test_no_file_of_the_store_has_a_stated_contact_in_clear(home):
    for path in home.glob("*.db*"):
        content = path.read_bytes()
        assert b"An office by the lake" in content or path.suffix != ".db"
        for value in (b"84900777111", b"sealedmaid7", b"sealedlater8", b"sealedform", b"sealedother"):
            assert value not in content, (path.name, value)


def test_whoever_has_the_key_reads_them(home):
    with Store.open(home / "lurewatch.db") as store:
        assert store.ads.versions(AD.ad_id) == (AD, LATER)
        changed = {each.field: (each.before, each.after) for each in store.changes.of_ads([AD.ad_id])}
        assert changed["contacts"] == ("line: sealedmaid7; phone: +84900777111", "telegram: sealedlater8")
        assert changed["apply_url"] == (AD.apply_url, LATER.apply_url)
        (news,) = store.cases.resurfacings(1)
        assert (news.fact, news.after) == ("contact", "telegram: sealedlater8")


@pytest.mark.parametrize("key", [None, b"x" * 32])
def test_without_the_key_that_is_said_and_no_other_is_made(home, key):
    (home / "contacts.key").unlink()
    if key:
        (home / "contacts.key").write_bytes(key)
        (home / "contacts.key").chmod(0o600)
    with Store.open(home / "lurewatch.db") as store:
        for act in (store.check_key, lambda: store.ads.get(AD.ad_id), lambda: store.cases.resurfacings(1)):
            with pytest.raises(StoreError, match=r"contacts\.key.*contacts discard"):
                act()
        assert store.statistics.totals()["ads"] == 1
    assert (home / "contacts.key").exists() == bool(key)


def test_a_lost_key_costs_what_no_text_shows_and_nothing_else(home):
    command = ["contacts", "discard", "--by", "Mai", "--reason", "lost", "--database", str(home / "lurewatch.db")]
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code == 2
    assert "nothing was discarded" in refused.output
    (home / "contacts.key").unlink()
    assert CliRunner().invoke(cli, command).exit_code == 0
    with Store.open(home / "lurewatch.db") as store:
        assert store.ads.get(AD.ad_id) == replace(
            LATER, contacts=(Contact(kind="phone", value="+84912345678"),), apply_url=None
        )
        link_contacts(store, store.vault)
        assert store.contacts.of_ad(AD.ad_id)
        (entry,) = store.audit.entries(act="discarded_contacts")
        assert entry.details["reason"] == "lost"
