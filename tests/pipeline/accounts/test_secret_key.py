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
