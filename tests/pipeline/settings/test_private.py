"""What the program writes is its owner's alone, and an open database is refused."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import BadSettings
from pipeline.settings.loader import keep_private, refuse_if_others_may_read

ROOT = Path(__file__).parents[3]


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def run(home, *command):
    """A command as another program starts it, with the rights that are usual for what is written."""
    return subprocess.run(
        ["/bin/sh", "-c", 'umask 022; exec "$@"', "sh", sys.executable, "-m", "pipeline.cli", *command],
        env=os.environ | {"LUREWATCH_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_whatever_a_command_writes_is_its_owners_alone_and_an_open_database_is_refused(tmp_path):
    local = tmp_path / "data" / "local"
    local.mkdir(parents=True)
    local.chmod(0o755)
    added = run(tmp_path, "analysts", "add", "mai")
    assert added.returncode == 0, added.stderr
    assert rights(local) == 0o700
    database = local / "lurewatch.db"
    assert {rights(path) for path in local.iterdir()} == {0o600}
    database.chmod(0o644)
    for command in (("analysts", "list"), ("evidence", "a:1", "--output", str(tmp_path / "a.wacz"))):
        refused = run(tmp_path, *command)
        assert refused.returncode == 2
        assert "others may read this database (rights 644); expected 600" in refused.stderr
    database.chmod(0o600)
    assert run(tmp_path, "analysts", "list").returncode == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_any_right_of_others_is_one_too_many(tmp_path, mode):
    path = tmp_path / "secret"
    path.touch()
    path.chmod(mode)
    with pytest.raises(BadSettings, match="others may read this key"):
        refuse_if_others_may_read(path)


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    keep_private(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
