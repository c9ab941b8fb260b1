import stat

import pytest

from pipeline.accounts.analysts import read_secret_key
from pipeline.errors import BadSettings


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
