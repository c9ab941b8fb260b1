"""The audit log: only ever added to, and every way of changing it afterwards is found."""

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, make_ad
from pipeline.accounts.audit_log import BEGINNING, AuditEntry, BrokenLink, Head, entry_hash, follow_chain
from pipeline.store.store import Store
from store_builders import decide, look, open_case_for, open_store, write_batch

TEXT = st.text(max_size=20)


@st.composite
def chains(draw):
    entries, previous = [], BEGINNING
    for number in range(1, draw(st.integers(1, 6)) + 1):
        entry = AuditEntry(
            entry_id=number, at=NOON + timedelta(seconds=number), analyst=draw(st.none() | TEXT), act="saw",
            subject=draw(TEXT), details=draw(st.dictionaries(TEXT, TEXT | st.integers(), max_size=2)),
            previous=previous, hash="",
        )  # fmt: skip
        entries.append(replace(entry, hash=entry_hash(entry)))
        previous = entries[-1].hash
    return entries


@given(chains())
def test_a_chain_as_it_was_written_is_whole(entries):
    assert follow_chain(entries) == Head(entry_id=len(entries), hash=entries[-1].hash)
    assert follow_chain(entries, known=[Head(entry_id=1, hash=entries[0].hash)]) == follow_chain(entries)


@given(chains(), st.data())
def test_the_first_entry_that_was_changed_is_named(entries, data):
    at = data.draw(st.integers(0, len(entries) - 1))
    changed = {"subject": entries[at].subject + "x", "analyst": f"not {entries[at].analyst}", "act": "exported",
               "at": NOON, "details": {"another": 1}, "hash": "f" * 64}  # fmt: skip
    field = data.draw(st.sampled_from(sorted(changed)))
    entries[at] = replace(entries[at], **{field: changed[field]})
    found = follow_chain(entries)
    assert isinstance(found, BrokenLink)
    assert found.entry_id == at + 1


@given(chains(), st.data())
def test_an_entry_that_was_taken_out_or_moved_is_found(entries, data):
    at = data.draw(st.integers(0, len(entries) - 1))
    rest = entries[:at] + entries[at + 1 :]
    if rest[at:]:
        assert follow_chain(rest) == BrokenLink(entry_id=at + 2, why=f"entry {at + 1} is missing before it")
        entries[at], entries[at + 1] = entries[at + 1], entries[at]
        assert isinstance(follow_chain(entries), BrokenLink)
    else:  # the end alone was cut off: only an end that was kept elsewhere tells
        known = [Head(entry_id=at + 1, hash=entries[at].hash)]
        assert not isinstance(follow_chain(rest), BrokenLink)
        assert isinstance(follow_chain(rest, known=known), BrokenLink)


@given(chains())
def test_a_chain_that_was_written_anew_is_found_by_an_end_that_was_kept(entries):
    kept = Head(entry_id=len(entries), hash=entries[-1].hash)
    forged, previous = [], BEGINNING
    for entry in entries:
        another = replace(entry, subject=entry.subject + "!", previous=previous)
        forged.append(replace(another, hash=entry_hash(another)))
        previous = forged[-1].hash
    assert not isinstance(follow_chain(forged), BrokenLink)
    assert follow_chain(forged, known=[kept]) == BrokenLink(
        entry_id=kept.entry_id, why="it is not the entry whose hash was kept"
    )


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        look(opened, make_ad())
        case_id = open_case_for(opened, make_ad())
        opened.audit.record("saw", f"case {case_id}", by="mai", at=NOON, fingerprint="mưa", number=3, none=None)
        decide(opened, case_id)
        yield opened


def test_what_is_recorded_is_read_back_and_whole(store):
    began, saw, decided = store.audit.chain()
    assert (began.act, began.previous, began.details) == ("began", BEGINNING, {"decisions": 0})
    assert (saw.analyst, saw.subject, saw.at) == ("mai", "case 1", NOON)
    assert saw.details == {"fingerprint": "mưa", "number": 3, "none": None}
    assert (decided.act, decided.details["decision"]) == ("decided", 1)
    assert "legitimate" not in str(decided), "whoever gives a second opinion may read this log"
    assert follow_chain(store.audit.chain()) == store.audit.head()
    assert list(store.decisions.unlogged()) == []


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE audit_log SET subject = 'case 2'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE entry_id = (SELECT max(entry_id) FROM audit_log)",
        "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE entry_id = 2",
        "INSERT INTO audit_log SELECT entry_id + 5, at, analyst, act, subject, details, previous, hash FROM audit_log",
        "INSERT INTO audit_log SELECT 4, at, analyst, act, subject, details, previous, hash FROM audit_log LIMIT 1",
    ],
)
def test_the_log_cannot_be_altered_even_from_outside(store, tmp_path, act):
    before = list(store.audit.chain())
    outside = sqlite3.connect(tmp_path / "lurewatch.db")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        outside.execute(act)
    outside.close()
    assert list(store.audit.chain()) == before


def test_an_act_that_fails_leaves_no_entry(store):
    def fail():
        with store.atomic():
            store.audit.record("exported", "labels", by=None, at=NOON)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.audit.head().entry_id == 3


def tamper(path, *acts):
    """What someone with the file and without scruples does."""
    db = sqlite3.connect(path)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    for act in acts:
        db.executescript(act)
    db.commit()
    db.close()


FORGE = (
    "CREATE TABLE other AS SELECT * FROM decisions; UPDATE other SET decision_id = 9;"
    "INSERT INTO decisions SELECT * FROM other"
)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("UPDATE audit_log SET analyst = NULL WHERE entry_id = 2", "entry 2: what it says is not what was written"),
        ("DELETE FROM audit_log WHERE entry_id = 2", "entry 3: entry 2 is missing before it"),
        ("UPDATE decisions SET verdict = 'job_fraud'", "decision 1: it is not what was decided"),
        ("DELETE FROM decisions", "decision 1: it is missing"),
        (
            FORGE,
            "decision 9: it is not in the audit log",
        ),
    ],
)
def test_verify_names_the_first_broken_link(store, run, tmp_path, act, said):
    database = tmp_path / "lurewatch.db"
    assert run("audit", "verify", "--database", database).exit_code == 0
    tamper(database, act)
    shown = run("audit", "verify", "--database", database)
    assert (shown.exit_code, shown.output) == (1, f"broken: {said}\n")
    assert json.loads(run("audit", "verify", "--json", "--database", database).output)["fault"] == said


def test_an_end_that_was_kept_finds_a_log_that_was_cut_off(store, run, tmp_path):
    database = tmp_path / "lurewatch.db"
    end = run("audit", "verify", "--database", database).output.split("end ")[1].strip()
    assert run("audit", "verify", "--head", end, "--database", database).exit_code == 0
    tamper(database, "DELETE FROM audit_log WHERE entry_id = 3", "DELETE FROM decisions")
    (tmp_path / "audit.ends").unlink()  # somebody who can write all files
    assert "was changed itself" in run("audit", "verify", "--database", database).output
    shown = run("audit", "verify", "--head", end, "--database", database)
    assert (shown.exit_code, shown.output) == (1, "broken: entry 2: the record ends here; entry 3 was there once\n")
    assert run("audit", "verify", "--head", "3:abc", "--database", database).exit_code == 2


REBUILD = "DELETE FROM audit_log; DELETE FROM decisions"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("DELETE FROM audit_log WHERE entry_id = 3; DELETE FROM decisions", "entry 3 was there once"),
        (REBUILD, "entry 3 was there once"),
    ],
)
def test_a_log_that_was_cut_or_emptied_in_the_database_alone_is_found_by_the_ends_beside_it(
    store, run, tmp_path, act, said
):
    database = tmp_path / "lurewatch.db"
    assert run("audit", "verify", "--database", database).exit_code == 0
    tamper(database, act)
    shown = run("audit", "verify", "--database", database)
    assert (shown.exit_code, said in shown.output) == (1, True)


def test_an_empty_log_is_never_whole(store, run, tmp_path):
    tamper(tmp_path / "lurewatch.db", REBUILD)
    shown = run("audit", "verify", "--database", tmp_path / "lurewatch.db")
    assert (shown.exit_code, shown.output) == (1, "broken: it is empty; its first entry was made with the database\n")


def test_triggers_that_are_gone_are_named(store, run, tmp_path):
    tamper(tmp_path / "lurewatch.db")
    shown = run("audit", "verify", "--database", tmp_path / "lurewatch.db")
    assert shown.exit_code == 1
    assert "audit_log_is_a_chain" in shown.output
    assert "decisions_are_not_changed" in shown.output


def test_a_log_that_was_begun_anew_is_no_installations_own(home, run):
    local = home / "data" / "local"
    write_batch(local / "batches", [make_ad(ad_id="test:1", url="http://127.0.0.1:1/1")], night=1)
    assert run("intake", local / "batches").exit_code == 0
    assert run("audit", "verify").exit_code == 0
    with Store.open(local / "other.db", create=True):
        pass
    (local / "other.db").replace(local / "lurewatch.db")
    (local / "audit.ends").unlink()
    shown = run("audit", "verify")
    assert (shown.exit_code, shown.output) == (
        1, "broken: entry 1: it is not the one that the installation began with\n"
    )  # fmt: skip


def test_a_backup_notes_the_end_and_a_restored_database_begins_its_own(home, run):
    local = home / "data" / "local"
    write_batch(local / "batches", [make_ad(ad_id="test:1", url="http://127.0.0.1:1/1")], night=1)
    assert run("intake", local / "batches").exit_code == 0
    assert run("backup", "--output", home / "kept").exit_code == 0
    assert len((local / "audit.ends").read_text().splitlines()) == 1
    run("labels", "export")
    assert run("audit", "verify").exit_code == 0
    assert run("restore", home / "kept").exit_code == 0
    assert run("audit", "verify").exit_code == 0


def test_acts_on_the_command_line_are_recorded(run):
    run("analysts", "add", "mai", "--role", "administrator")
    run("analysts", "role", "mai", "analyst")
    run("analysts", "password", "mai")
    run("analysts", "sign-out", "mai")
    run("analysts", "disable", "mai")
    run("labels", "export")
    shown = json.loads(run("audit", "show", "--json").output)
    assert [entry["act"] for entry in reversed(shown)] == [
        "began", "added_account", "changed_role", "reset_password", "signed_out", "disabled_account", "exported",
    ]  # fmt: skip
    assert {entry["analyst"] for entry in shown} == {None}
    assert run("audit", "show", "--act", "exported").output.endswith("command line  exported  labels\n")
    assert run("audit", "show", "--analyst", "mai").output == ""


def test_two_programs_that_record_at_once_make_one_chain(tmp_path):
    import threading

    open_store(tmp_path).close()
    ready = threading.Barrier(3)

    def write():
        with open_store(tmp_path) as mine:
            ready.wait()
            for _ in range(20):
                mine.audit.record("saw", "case 1", by=None, at=NOON)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    with open_store(tmp_path) as store:
        assert follow_chain(store.audit.chain()) == store.audit.head()
        assert store.audit.head().entry_id == 61
