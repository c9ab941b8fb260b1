"""Restore as one command, rotation, and the units that run it all."""

import json
import shutil
import subprocess
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from builders import NOON, make_ad
from pipeline.accounts.credentials import read_secret_key
from pipeline.errors import BadSettings
from pipeline.nightly.backup import MANIFEST, Backup, rotate
from pipeline.nightly.installation import units_of
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from store_builders import spoil, write_batch


@pytest.fixture
def local(home, run):
    """A home with one ad in its store and a backup of that, with keys."""
    local = home / "data" / "local"
    write_batch(local / "batches", [make_ad(ad_id="test:1", url="http://127.0.0.1:1/1")], night=1)
    assert run("intake", local / "batches").exit_code == 0
    read_secret_key(local / "contacts.key")
    assert run("backup", "--output", home / "kept", "--with-keys").exit_code == 0
    return local


def count(local):
    with Store.open(local / "lurewatch.db") as store:
        return store.statistics.totals()["ads"]


def add_another(run, local):
    write_batch(local / "batches", [make_ad(ad_id="test:2", url="http://127.0.0.1:1/2")], night=2)
    assert run("intake", local / "batches").exit_code == 0


def test_a_backup_takes_the_place_of_what_stands_there_which_is_kept(home, run, local):
    add_another(run, local)
    key = (local / "contacts.key").read_bytes()
    (local / "contacts.key").write_bytes(b"x" * 32)
    restored = run("restore", home / "kept", "--with-keys", "--json")
    assert restored.exit_code == 0, restored.output
    told = json.loads(restored.stdout)
    assert (count(local), (local / "contacts.key").read_bytes(), len(told["replaced"])) == (1, key, 2)
    assert all(Path(place).exists() for place in told["replaced"])
    assert run("audit", "verify").exit_code == 0
    assert run("intake", local / "batches").exit_code == 0, "what came after the backup is taken in again"
    assert count(local) == 2


@pytest.mark.parametrize("harm", ["gone", "empty", "spoilt", "garbage"])
def test_a_database_that_is_lost_or_damaged_is_restored(home, run, local, harm):
    database = local / "lurewatch.db"
    match harm:
        case "gone":
            database.unlink()
        case "empty":
            database.write_bytes(b"")
        case "spoilt":
            spoil(database)
        case "garbage":
            database.write_bytes(b"no database at all" * 999)
    assert run("restore", home / "kept").exit_code == 0
    assert count(local) == 1


def test_nothing_is_restored_while_somebody_has_the_database_open(home, run, local):
    add_another(run, local)
    with Store.open(local / "lurewatch.db") as store:
        assert store.statistics.totals()["ads"] == 2
        refused = run("restore", home / "kept")
        assert (refused.exit_code, "has it open" in refused.output) == (2, True)
    assert count(local) == 2


def test_a_backup_that_was_changed_is_not_restored(home, run, local):
    with (home / "kept" / "lurewatch.db").open("ab") as file:
        file.write(b"x")
    assert run("restore", home / "kept").exit_code == 2
    assert run("restore", local).exit_code == 2
    assert count(local) == 1


def test_a_backup_of_another_installation_is_taken_over_by_restoring_it(home, run, local, tmp_path):
    Store.open(tmp_path / "other" / "lurewatch.db", create=True).close()
    assert run("backup", "--database", tmp_path / "other" / "lurewatch.db", "--output", home / "foreign").exit_code == 0
    assert run("restore", home / "foreign").exit_code == 0
    (home / "data" / "sources").mkdir(parents=True)
    assert run("nightly").exit_code == 0


def test_only_the_newest_backups_are_kept_where_that_is_asked(home, run, local):
    folder = home / "backups"
    for number in range(4):
        assert run("backup", "--output", folder / f"b{number}").exit_code == 0
    (folder / "notes").mkdir()
    kept = run("backup", "--output", folder / "b4", "--keep", "2")
    assert kept.exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["b3", "b4", "notes"]
    assert kept.output.count("removed:") == 3


def test_one_backup_of_each_week_and_month_stays_where_that_is_asked(tmp_path):
    """A backup a day for half a year: the manifest alone says when it was made."""
    for day in range(180):
        made_at = NOON - timedelta(days=day)
        folder = tmp_path / f"{made_at:%Y-%m-%d}"
        folder.mkdir()
        backup = Backup(made_at=made_at.isoformat(), files={}, store={}, audit_head=None)
        (folder / MANIFEST).write_text(json.dumps(asdict(backup)))
    removed = rotate(tmp_path, keep=7, weekly=4, monthly=3)
    left = sorted((path.name for path in tmp_path.iterdir()), reverse=True)
    assert left == [  # NOON is on Monday, 2 November 2026
        "2026-11-02", "2026-11-01", "2026-10-31", "2026-10-30", "2026-10-29", "2026-10-28", "2026-10-27",
        "2026-10-25", "2026-10-18",  # Sundays: with 2 and 1 November, four weeks
        "2026-09-30",  # with 2 November and 31 October, three months
    ]  # fmt: skip
    assert len(removed) == 170
    (tmp_path / ".mine.removed").mkdir()
    killed = tmp_path / ".2026-06-01.removed"  # by a rotation that was killed
    killed.mkdir()
    (killed / "lurewatch.db").write_bytes(b"texts")
    assert rotate(tmp_path, keep=7, weekly=4, monthly=3) == (), "twice is once"
    assert (killed.exists(), (tmp_path / ".mine.removed").exists()) == (False, True)


@pytest.fixture
def identity(home, run):
    """A home whose backups are encrypted, and the file with the secret key."""
    made = run("backup", "--new-identity", home / "backup.identity")
    assert made.exit_code == 0
    with (home / "lurewatch.toml").open("a") as settings:
        settings.write(made.output)
    return home / "backup.identity"


def test_an_encrypted_backup_shows_nothing_and_is_restored_by_its_key(home, local, run, identity):
    sealed = run("backup", "--output", home / "sealed", "--with-keys")
    assert (sealed.exit_code, "encrypted for age1" in sealed.output) == (0, True)
    assert {path.name for path in (home / "sealed").iterdir()} == {
        "backup.json", "lurewatch.db.age", "contacts.key.age",
    }  # fmt: skip
    held = b"".join(path.read_bytes() for path in (home / "sealed").iterdir())
    assert b"SQLite format 3" not in held
    assert (local / "contacts.key").read_bytes() not in held
    assert "not opened" in run("backup", "--verify", home / "sealed").output
    assert "not opened" not in run("backup", "--verify", home / "sealed", "--identity", identity).output
    key = (local / "contacts.key").read_bytes()
    add_another(run, local)
    (local / "contacts.key").unlink()
    refused = run("restore", home / "sealed")
    assert (refused.exit_code, "--identity" in refused.output, count(local)) == (2, True, 2)
    restored = run("restore", home / "sealed", "--with-keys", "--identity", identity)
    assert restored.exit_code == 0, restored.output
    assert (count(local), (local / "contacts.key").read_bytes()) == (1, key)
    assert list(local.glob(".backup-*")) == [], "nothing stays in clear"


def test_another_key_and_a_changed_file_open_nothing(home, local, run, identity):
    assert run("backup", "--output", home / "sealed").exit_code == 0
    run("backup", "--new-identity", home / "other.identity")
    for wrong in (home / "other.identity", home / "lurewatch.toml"):
        wrong.chmod(0o600)
        refused = run("restore", home / "sealed", "--identity", wrong)
        assert (refused.exit_code, "Traceback" in refused.output, count(local)) == (2, False, 1)
    assert run("backup", "--new-identity", identity).exit_code == 2, "a key is never overwritten"
    identity.chmod(0o644)
    assert "others may read" in run("restore", home / "sealed", "--identity", identity).output
    identity.chmod(0o600)
    with (home / "sealed" / "lurewatch.db.age").open("r+b") as file:
        file.seek(500)
        file.write(b"other")
    assert "was changed" in run("restore", home / "sealed", "--identity", identity).output


def test_age_itself_reads_what_is_encrypted(home, local, run, identity):
    """The format is a standard: nobody depends on this program to open a backup."""
    assert run("backup", "--output", home / "sealed").exit_code == 0
    sealed = (home / "sealed" / "lurewatch.db.age").read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n-> X25519 ")
    secret = x25519.Identity.from_str(identity.read_text().splitlines()[-1])
    assert pyrage.decrypt(sealed, [secret]).startswith(b"SQLite format 3")


def test_a_recipient_that_is_none_is_refused_before_anything_is_written(home, local, run):
    with (home / "lurewatch.toml").open("a") as settings:
        settings.write('[backup]\nrecipient = "age1nonsense"\n')
    refused = run("backup", "--output", home / "sealed")
    assert (refused.exit_code, "backup.recipient" in refused.output, (home / "sealed").exists()) == (2, True, False)


def test_units_are_printed_or_written_and_systemd_accepts_them(home, run, tmp_path):
    printed = run("install", "systemd")
    assert (printed.exit_code, "OnCalendar=*-*-* 02:00:00" in printed.output) == (0, True)
    assert run("install", "systemd", "--output", tmp_path / "units", "--at", "03:30").exit_code == 0
    names = {path.name for path in (tmp_path / "units").iterdir()}
    assert {"lurewatch-nightly.service", "lurewatch-nightly.timer", "lurewatch-failed@.service"} <= names
    night = (tmp_path / "units" / "lurewatch-nightly.service").read_text()
    for line in ("OnFailure=lurewatch-failed@%n.service", "ProtectSystem=strict", "SuccessExitStatus=1"):
        assert line in night
    assert "SuccessExitStatus" not in (tmp_path / "units" / "lurewatch-check.service").read_text()
    analyze = shutil.which("systemd-analyze")
    if analyze:
        units = [str(path) for path in (tmp_path / "units").iterdir() if "@" not in path.name]
        checked = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
        assert "Unknown" not in checked.stderr
        assert "Failed to parse" not in checked.stderr


def test_cron_lines_hold_the_time_and_the_home(home, run):
    printed = run("install", "cron", "--at", "03:05")
    assert f"LUREWATCH_HOME={home}" in printed.output
    assert "5 3 * * * " in printed.output
    assert run("install", "cron", "--at", "25:00").exit_code == 2


def test_a_place_with_blanks_and_percent_signs_is_quoted(tmp_path):
    home = tmp_path / "a 100% home"
    home.mkdir()
    night = units_of("systemd", load_settings(home), hour="02:00")["lurewatch-nightly.service"]
    assert f'Environment="LUREWATCH_HOME={str(home).replace("%", "%%")}"' in night
    # What is not there before the first night must not keep it from starting.
    local = str(home / "data" / "local").replace("%", "%%")
    assert f'ReadWritePaths="-{local}" "-{local}/batches" "-{local}/reports"\n' in night
    with pytest.raises(BadSettings):
        units_of("cron", load_settings(home), hour="2")
