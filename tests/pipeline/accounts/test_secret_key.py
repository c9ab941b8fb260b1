"""Keys and settings on disk: made once, for their owner alone, whole or not at all."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.accounts.credentials import read_secret_key
from pipeline.errors import BadSettings

ROOT = Path(__file__).parents[3]


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "local" / "secret.key"
    key = read_secret_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_secret_key(path) == key


def test_a_key_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "secret.key"
    read_secret_key(path)
    path.chmod(0o644)
    with pytest.raises(BadSettings, match="expected 600"):
        read_secret_key(path)


def test_a_short_key_is_refused(tmp_path):
    path = tmp_path / "secret.key"
    path.touch(mode=0o600)
    path.write_bytes(b"short")
    with pytest.raises(BadSettings, match="expected a key of 32 bytes, found 5"):
        read_secret_key(path)


def test_a_full_disk_leaves_no_half_of_a_key(tmp_path):
    script = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from pipeline.accounts.credentials import read_secret_key\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "read_secret_key(Path(sys.argv[1]))"
    )
    path = tmp_path / "contacts.key"
    full = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, check=False)
    assert (full.returncode, b"File too large" in full.stderr, list(tmp_path.iterdir())) == (1, True, [])
    assert len(read_secret_key(path)) == 32
    assert [each.name for each in tmp_path.iterdir()] == ["contacts.key"]


KILLED = """
import json, os, signal, sys
from pathlib import Path
from crawler.files import whole_bytes
from pipeline.accounts.credentials import read_secret_key

def key(path):
    read_secret_key(path)

def settings(path):
    with whole_bytes(path) as file:
        file.write(b"new" * 5000)

def kill_at(point):
    def count(frame, event, called, left=[point]):
        if event in {"c_call", "c_return"}:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    return count

act, folder, found = {"key": key, "settings": settings}[sys.argv[1]], Path(sys.argv[2]), []
while not found or found[-1][0]:
    place = folder / str(len(found)) / "it"
    place.parent.mkdir()
    if sys.argv[1] == "settings":
        place.write_bytes(b"old")
    if not (child := os.fork()):
        sys.setprofile(kill_at(len(found) + 1))
        act(place)
        sys.setprofile(None)
        os._exit(0)
    found.append((os.WTERMSIG(os.waitpid(child, 0)[1]), str(place)))
print(json.dumps(found))
"""
"""Kills a process of its own at each call into C that the act makes, before it and after it, until one ends."""


@pytest.mark.parametrize("act", ["key", "settings"])
def test_a_kill_at_any_point_leaves_no_half_of_a_file(tmp_path, act):
    shown = subprocess.run(
        [sys.executable, "-c", KILLED, act, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *killed, (signal_of_last, whole) = json.loads(shown.stdout)
    assert (len(killed) > 20, signal_of_last) == (True, 0)
    places = [Path(place) for _, place in killed]
    if act == "settings":
        assert {place.read_bytes() for place in places} == {b"old", b"new" * 5000}
        return
    made = [place for place in places if place.exists()]
    assert {place.stat().st_size for place in [*made, Path(whole)]} == {32}
    assert len(made) < len(places), "some were killed before the key had its name"
    assert all(len(read_secret_key(place)) == 32 for place in places), "what a kill leaves behind stops nothing"
