"""Backups: whole while a night writes, checked, without keys unless asked for, restored as the documentation says."""

import json
import os
import re
import resource
import shutil
import stat
import threading
from pathlib import Path

import pytest

from builders import NOON, make_ad
from pipeline.errors import BadBackup
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.backup import DATABASE, MANIFEST, back_up, verify_backup
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store
from store_builders import decide, look, open_case_for, open_store

ROOT = Path(__file__).parents[4]


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        look(opened, make_ad())
        decide(opened, open_case_for(opened, make_ad()))
        yield opened


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_backup_holds_what_the_store_held_and_says_so(store, tmp_path):
    made = back_up(store, tmp_path / "one", keys=(), at=NOON)
    assert verify_backup(tmp_path / "one", workspace=tmp_path) == made
    assert made.store == store.statistics.totals()
    assert made.audit_head == "{0.entry_id}:{0.hash}".format(store.audit.head())
    assert {file.name for file in (tmp_path / "one").iterdir()} == {DATABASE, MANIFEST}
    assert rights(tmp_path / "one") == 0o700


def test_the_copy_is_of_one_moment_however_much_is_written_meanwhile(store, tmp_path):
    """Each act of the writer adds an ad with its case: a copy with half an act would hold one without the other."""
    stop = threading.Event()

    def night():
        with Store.open(tmp_path / "lurewatch.db") as writer:
            number = 0
            while not stop.is_set():
                number += 1
                ad = make_ad(ad_id=f"test:n{number}", description=f"Bakers of house {'x' * number} begin early.")
                with writer.atomic():
                    look(writer, ad)
                    open_case_for(writer, ad)

    thread = threading.Thread(target=night)
    thread.start()
    try:
        for number in range(5):
            made = back_up(store, tmp_path / f"b{number}", keys=(), at=NOON)
            with Store.open(tmp_path / f"b{number}" / DATABASE) as copy:
                assert copy.queue.page(CaseFilter(state="all")).total == made.store["ads"]
    finally:
        stop.set()
        thread.join()


def test_what_was_changed_in_a_backup_is_named(store, tmp_path):
    back_up(store, tmp_path / "one", keys=(), at=NOON)
    with (tmp_path / "one" / DATABASE).open("r+b") as file:
        file.seek(5000)
        file.write(b"other")
    with pytest.raises(BadBackup, match=r"lurewatch\.db: was changed"):
        verify_backup(tmp_path / "one", workspace=tmp_path)
    (tmp_path / "one" / DATABASE).unlink()
    with pytest.raises(BadBackup, match=r"lurewatch\.db: is missing"):
        verify_backup(tmp_path / "one", workspace=tmp_path)
    with pytest.raises(BadBackup, match=r"expected the folder of a backup"):
        verify_backup(tmp_path / "nowhere", workspace=tmp_path)


def test_a_backup_without_the_key_asked_for_is_not_begun_and_none_is_overwritten(store, tmp_path):
    with pytest.raises(BadBackup, match=r"expected the key"):
        back_up(store, tmp_path / "backups" / "one", keys=[tmp_path / "none.key"], at=NOON)
    assert not (tmp_path / "backups").exists()
    back_up(store, tmp_path / "backups" / "one", keys=(), at=NOON)
    with pytest.raises(BadBackup, match=r"is there already"):
        back_up(store, tmp_path / "backups" / "one", keys=(), at=NOON)


def test_backups_that_are_made_at_the_same_time_leave_one_another_alone(store, tmp_path):
    faults = []

    def back_up_too():
        with Store.open(tmp_path / "lurewatch.db") as other:
            try:
                back_up(other, tmp_path / "backups" / "one", keys=(), at=NOON)
            except BadBackup as err:
                faults.append(str(err))

    threads = [threading.Thread(target=back_up_too) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["is there already" in fault for fault in faults] == [True, True]
    assert verify_backup(tmp_path / "backups" / "one", workspace=tmp_path).store["ads"] == 1
    assert [each.name for each in (tmp_path / "backups").iterdir()] == ["one"]


def test_what_a_killed_backup_left_is_removed_a_day_later(store, tmp_path):
    for name, age in ((".old.writing", 2 * 86_400), (".new.writing", 60)):
        (tmp_path / "backups" / name).mkdir(parents=True)
        (tmp_path / "backups" / name / DATABASE).touch()
        os.utime(tmp_path / "backups" / name, (NOON.timestamp() - age,) * 2)
    back_up(store, tmp_path / "backups" / "one", keys=(), at=NOON)
    assert {each.name for each in (tmp_path / "backups").iterdir()} == {".new.writing", "one"}


@pytest.mark.parametrize("record", ["[]", '{"made_at": 5, "files": {}}', '{"made_at": "2026-11-01", "files": ["a"]}'])
def test_a_list_of_another_form_is_no_backup(tmp_path, record):
    (tmp_path / MANIFEST).write_text(record)
    with pytest.raises(BadBackup, match="expected the folder of a backup"):
        verify_backup(tmp_path, workspace=tmp_path)


def test_a_backup_that_finds_no_room_names_its_own_place(store, tmp_path):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        with pytest.raises(BadBackup, match=r"backups.one: no copy could be written \(the d"):
            back_up(store, tmp_path / "backups" / "one", keys=(), at=NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_database_whose_audit_log_was_changed_is_not_backed_up_as_whole(store, tmp_path):
    store.db.run("DROP TRIGGER audit_log_is_not_changed")
    store.db.run("UPDATE audit_log SET subject = 'case 9' WHERE entry_id = 2")
    with pytest.raises(BadBackup, match=r"its audit log was changed at entry 2"):
        back_up(store, tmp_path / "backups" / "one", keys=(), at=NOON)
    assert list((tmp_path / "backups").iterdir()) == [], "a backup that fails leaves nothing behind"


def test_keys_come_along_when_they_are_asked_for(run, home):
    local = home / "data" / "local"
    with open_store(local):
        ContactVault.open(local)
    plain = run("backup", "--output", home / "plain")
    assert plain.exit_code == 0
    assert str(local / "contacts.key") in plain.output
    assert not (home / "plain" / "contacts.key").exists()
    run("backup", "--output", home / "full", "--with-keys")
    assert (home / "full" / "contacts.key").read_bytes() == (local / "contacts.key").read_bytes()
    assert rights(home / "full" / "contacts.key") == 0o600
    assert run("backup", "--verify", home / "full").exit_code == 0
    assert run("audit", "show").output.count("backed_up") == 2
    made = json.loads(run("backup", "--json").stdout)
    assert Path(made["folder"]).parent == local / "backups"


def test_a_backup_is_restored_as_the_documentation_says(run, home):
    local = home / "data" / "local"
    with open_store(local) as store:
        vault = ContactVault.open(local)
        look(store, make_ad())
        decide(store, open_case_for(store, make_ad()))
        head = store.audit.head()
    assert run("backup", "--output", home / "kept", "--with-keys").exit_code == 0
    shutil.rmtree(local)
    local.mkdir()
    follow(run, home)
    with Store.open(local / "lurewatch.db") as store:
        assert [each.verdict for each in store.decisions.of_case(1)] == ["legitimate"]
        assert store.audit.head().entry_id == head.entry_id + 1, "that it was restored"
    assert ContactVault.open(local)._for_hashes == vault._for_hashes
    assert run("audit", "verify", "--head", f"{head.entry_id}:{head.hash}").exit_code == 0
    assert run("status").exit_code == 0


def follow(run, home):
    """The step of docs/operators/backup.md that puts a backup back, with its name for the folder."""
    page = (ROOT / "docs" / "operators" / "backup.md").read_text(encoding="utf-8")
    (step,) = re.findall(r"^    \.venv/bin/lurewatch (restore [^#\n]+)", page[page.index("## Restore") :], re.MULTILINE)
    words = [str(home / "kept") if word == "BACKUP" else word for word in step.split()]
    restored = run(*words, "--with-keys")
    assert restored.exit_code == 0, restored.output
