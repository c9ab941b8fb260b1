"""The graph of contacts: who is the same, what connects, what is stored, and what an export says. All invented."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, make_ad
from crawler.ad import Contact, fingerprint
from pipeline.cli import cli
from pipeline.errors import StoreError
from pipeline.linking.contacts import (
    MOST_CAMPAIGNS,
    ContactVault,
    Identity,
    connects,
    find_identities,
    is_like,
    possible_identities,
)
from pipeline.linking.describe import MOST_DRAWN, WIDTH, draw_lifetimes, draw_neighbourhood
from pipeline.nightly.pending import gather_campaigns, link_contacts
from store_builders import decide, look, open_store

VAULT = ContactVault(b"k" * 32)
NUMBER = "+85511000777"


def ad(name, *contacts, **fields):
    some = tuple(Contact(kind=kind, value=value) for kind, value in contacts)
    return replace(make_ad(ad_id=name, contacts=some, url="https://jobs.board.example/1"), **fields)


def kinds(made):
    return [(one.kind, one.value) for one in find_identities(made)]


def test_a_number_is_the_same_whichever_service_it_is_used_with():
    assert kinds(ad("a", ("whatsapp", NUMBER), ("phone", NUMBER))) == [("phone", NUMBER)]


def test_a_mail_address_brings_its_domain_unless_many_share_it():
    assert kinds(ad("a", ("email", "Jobs@Crane.example"))) == [
        ("domain", "crane.example"),
        ("email", "jobs@crane.example"),
    ]
    assert kinds(ad("a", ("email", "crane@gmail.com"))) == [("email", "crane@gmail.com")]


def test_the_boards_own_address_and_platforms_connect_nothing():
    assert kinds(ad("a", ("web", "https://jobs.board.example/apply"), ("web", "https://facebook.com/x"))) == []
    board = ad("a", ("web", "apply.jobs.board.example/7"), ("web", "board.example."), ("web", "otherboard.example"))
    assert kinds(board) == [("domain", "otherboard.example")], "other hosts of the board are the board's own too"


def test_wallets_and_sound_ibans_in_the_text_are_accounts():
    said = "Deposit to GB82 WEST 1234 5698 7654 32 or GB83 WEST 1234 5698 7654 32 or 0x" + "ab" * 20
    assert kinds(ad("a", description=said)) == [("account", "0x" + "ab" * 20), ("account", "GB82WEST12345698765432")]


def test_a_number_in_many_unlike_ads_of_several_names_connects_nothing_and_a_recruiters_does():
    assert not connects(campaigns=500, employers=40)
    assert connects(campaigns=MOST_CAMPAIGNS, employers=12)
    assert connects(campaigns=500, employers=1)
    assert not connects(campaigns=500, employers=1, all_named=False)
    assert not connects(campaigns=500, employers=0, all_named=False)


@given(st.text(min_size=1), st.text(min_size=1))
def test_hashes_are_equal_for_equal_contacts_alone_and_values_come_back(one, other):
    first, second = Identity("line", one), Identity("line", other)
    assert (VAULT.hash_of(first) == VAULT.hash_of(second)) == (one == other)
    assert VAULT.read(VAULT.seal(first)) == one


def test_another_key_gives_other_hashes_and_reads_nothing():
    contact, others = Identity("phone", NUMBER), ContactVault(b"x" * 32)
    assert others.hash_of(contact) != VAULT.hash_of(contact)
    with pytest.raises(StoreError, match="expected the key"):
        others.read(VAULT.seal(contact))


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        look(
            opened,
            ad("a", ("phone", NUMBER), hiring_organization="Blue Crane", job_location="Lanbay", country="KH"),
            ad("b", ("zalo", NUMBER), ("email", "x@crane.example"), hiring_organization="Red Heron", source="other"),
            ad("c", ("phone", "+85512345678"), description="A bakery with an oven seeks someone for the early hours."),
        )
        gather_campaigns(opened, at=NOON)
        link_contacts(opened, VAULT)
        yield opened


def test_a_contact_knows_its_reach(store):
    card = store.contacts.get(VAULT.hash_of(Identity("phone", NUMBER)))
    assert (card.ads, card.campaigns, card.employers, card.sources, card.countries) == (2, 1, 2, 2, 1)
    assert card.is_specific
    assert [one.ad_id for one in store.contacts.ads(card.hash)] == ["a", "b"]
    assert {link.kind for link in store.contacts.links(card.hash)} == {"domain", "email"}


def test_a_decision_on_a_campaign_counts_for_the_contacts_of_all_its_copies(store):
    case_id = store.cases.open(fingerprint(store.ads.get("a")), reason="score", priority=1.0, at=NOON)
    decide(store, case_id, verdict="job_fraud")
    mail = store.contacts.get(VAULT.hash_of(Identity("email", "x@crane.example")))
    assert (mail.harmful_cases, mail.lawful_cases) == (1, 0)


def test_linking_twice_is_once_and_a_contact_that_was_dropped_is_remembered(store):
    assert store.contacts.unlinked_versions() == ()
    look(store, ad("a", ("phone", "+85577777777"), seen_at=NOON + timedelta(days=1)))
    assert len(store.contacts.unlinked_versions()) == 1
    link_contacts(store, VAULT)
    found = store.contacts.ads(VAULT.hash_of(Identity("phone", NUMBER)))
    assert {one.ad_id: one.has_it_now for one in found} == {"a": False, "b": True}


def test_ads_that_leave_take_only_their_own_contacts_along(store):
    store.contacts.remove_ads(["b"])
    assert {card.kind for card in store.contacts.all()} == {"phone"}
    assert store.contacts.get(VAULT.hash_of(Identity("phone", NUMBER))).ads == 1


def test_the_graph_holds_no_contact_in_the_clear(store, tmp_path):
    with closing(sqlite3.connect(tmp_path / "lurewatch.db")) as plain:
        rows = [*plain.execute("SELECT * FROM contacts"), *plain.execute("SELECT * FROM contact_ads")]
    assert rows
    assert NUMBER[3:] not in str(rows)
    assert "crane.example" not in str(rows)


def test_an_export_holds_hashes_and_values_only_where_asked_for_and_permitted(store, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "data" / "local").mkdir(parents=True)
    monkeypatch.setenv("LUREWATCH_HOME", str(home))
    (home / "data" / "local" / "contacts.key").write_bytes(b"k" * 32)
    (home / "data" / "local" / "contacts.key").chmod(0o600)
    command = ["contacts", "export", "--database", str(tmp_path / "lurewatch.db"), "--output"]
    assert CliRunner().invoke(cli, [*command, str(tmp_path / "plain.jsonl")]).exit_code == 0
    plain = (tmp_path / "plain.jsonl").read_text()
    assert NUMBER not in plain
    assert len(plain.splitlines()) == 4
    refused = CliRunner().invoke(cli, [*command, str(tmp_path / "open.jsonl"), "--with-values"])
    assert refused.exit_code == 2
    assert not (tmp_path / "open.jsonl").exists()
    (home / "lurewatch.toml").write_text('[contacts]\nexport = "values"\n')
    assert CliRunner().invoke(cli, [*command, str(tmp_path / "open.jsonl"), "--with-values"]).exit_code == 0
    assert NUMBER in {json.loads(line)["value"] for line in (tmp_path / "open.jsonl").read_text().splitlines()}
    logged = [(each.subject, dict(each.details)) for each in store.audit.entries(act="exported")]
    assert logged == [("contacts", {"contacts": whole, "number": 4}) for whole in (True, False)]


@given(st.integers(0, 20), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20)), max_size=60))
def test_a_neighbourhood_draws_each_link_and_no_line_through_a_box(campaigns, links):
    named = [(f"c{at}", f"Campaign with a long title that does not fit {at}") for at in range(campaigns)]
    rest = [("other", f"k{key}", f"+8551100{key:04}", f"c{at}") for key, at in links]
    picture = draw_neighbourhood("+85511000777", named, rest)
    assert all(box.x >= 0 and box.x + box.width <= WIDTH and box.y >= 0 for box in picture.boxes)
    assert all(box.y + box.height <= picture.height for box in picture.boxes)
    tops = sorted((box.x, box.y) for box in picture.boxes)
    assert all(x != beside or top + 26 < below for (x, top), (beside, below) in pairwise(tops)), "boxes overlap"
    for line in picture.lines:  # level at both ends and between the two columns: it can meet no other box
        ends = [box for box in picture.boxes if (line.x1, line.y1) == (box.x + box.width, box.y + box.height // 2)]
        starts = [box for box in picture.boxes if (line.x2, line.y2) == (box.x, box.y + box.height // 2)]
        assert len(ends) == len(starts) == 1
        assert all(box.x + box.width <= line.x1 or box.x >= line.x2 for box in picture.boxes)
    shown = {box.key for box in picture.boxes}
    drawn = {(key, at) for kind, key, _words, at in rest if {key, at} <= shown}
    assert len(picture.lines) == min(campaigns, MOST_DRAWN) + len(drawn)
    known = {at for at, _title in named[:MOST_DRAWN]}
    around = {key for _kind, key, _words, at in rest if at in known}
    assert len(picture.boxes) - 1 + picture.left_out == campaigns + len(around)
    assert all(len(box.words) <= 29 for box in picture.boxes)


def test_a_strip_shows_from_when_to_when():
    day = NOON.date()
    spans = draw_lifetimes([("b", "B", day + timedelta(days=5), day + timedelta(days=10)), ("a", "A", day, day)])
    assert [(span.key, span.start) for span in spans] == [("a", 0), ("b", 50)]
    assert spans[0].length == 1.5
    assert spans[1].length == 50
    assert draw_lifetimes([]) == ()


@pytest.mark.parametrize("typed", ["011 444 222", "855 11 444 222", "+855-11-444-222", "00855 11444222"])
def test_a_number_is_found_as_an_ad_prints_it(typed):
    known = possible_identities(typed, ("phone", "telegram"), countries=("VN", "KH"))
    assert Identity("phone", "+85511444222") in known


@pytest.mark.parametrize(
    ("typed", "value", "like"),
    [
        ("444222", "+85511444222", True), ("011 444", "+85511444222", True), ("crane", "bluecrane_desk", True),
        ("@BlueCrane", "bluecrane_desk", True), ("42", "+85511444222", False), ("crane1144", "+85511444222", False),
        ("9999", "+85511444222", False),
    ],
)  # fmt: skip
def test_a_contact_is_found_by_a_part(typed, value, like):
    assert is_like(typed, value) is like
