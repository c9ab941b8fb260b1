"""A store in which two people agree on case 1."""

import pytest

from referral_samples import EXPORTS, agree, filled_queue
from tiny_model import write_tiny_taxonomy


@pytest.fixture
def undecided(tmp_path):
    with filled_queue(tmp_path) as store:
        yield store


@pytest.fixture
def store(undecided):
    agree(undecided)
    return undecided


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A fresh home with a small taxonomy; nothing here asks a model."""
    places = f'taxonomy = "{write_tiny_taxonomy(tmp_path / "taxonomy")}"\nexports = "{EXPORTS}"\n'
    (tmp_path / "lurewatch.toml").write_text(f'[places]\n{places}[export]\norganisation = "Example Desk"\n')
    monkeypatch.setenv("LUREWATCH_HOME", str(tmp_path))
    return tmp_path
