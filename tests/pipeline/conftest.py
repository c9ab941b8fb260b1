"""An installation of its own for a test, with a real small model in service."""

import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from model.assessor import Assessor
from pipeline.cli import cli
from pipeline.settings.loader import load_settings
from pipeline.store import store
from tiny_model import train_tiny_model

ROOT = Path(__file__).parents[2]


class CompiledTemplates(BytecodeCache):
    """Templates as code: every app has an environment of its own, which would compile them all again."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}
vars(store)["SYNCHRONOUS"] = "OFF"  # no test cuts the power; to wait for the disk took a third of those of the page


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory):
    """A home whose model and taxonomy other homes share; training takes some seconds."""
    home = tmp_path_factory.mktemp("tiny")
    train_tiny_model(home)
    return home


@pytest.fixture(scope="session")
def assessor(tiny_home):
    return Assessor.load(load_settings(tiny_home).model_folder(), tiny_home / "data" / "taxonomy")


@pytest.fixture(scope="session")
def made_home(tiny_home):
    """Makes a folder a fresh home with the small model in service, the one that commands work in until the next."""
    places = {name: str(tiny_home / "data" / name) for name in ("taxonomy", "models")}
    lines = [f"{name} = {json.dumps(place)}\n" for name, place in places.items()]

    def make(folder, patch):
        (folder / "lurewatch.toml").write_text("".join(["[places]\n", *lines]))
        patch.setenv("LUREWATCH_HOME", str(folder))
        return folder

    return make


@pytest.fixture
def home(tmp_path, made_home, monkeypatch):
    """A fresh home with the small model in service."""
    return made_home(tmp_path, monkeypatch)


@pytest.fixture
def edited_home(home, tiny_home):
    """A home whose taxonomy has another phrase than the model in service learnt from."""
    taxonomy = shutil.copytree(tiny_home / "data" / "taxonomy", home / "data" / "taxonomy")
    text = (taxonomy / "control.toml").read_text().replace('["keep your passport"]', '["keep your passport", "papers"]')
    (taxonomy / "control.toml").write_text(text)
    (home / "lurewatch.toml").write_text(f'[places]\nmodels = "{tiny_home / "data" / "models"}"\n')
    return home


@pytest.fixture(scope="session")
def commands():
    """Runs commands in a home; no crawl and no night begins in the same second as a run before it."""

    def of(home):
        def invoke(*words, **more):
            if words[0] in {"crawl", "nightly"}:
                runs = [folder.name for folder in (home / "data" / "local" / "batches").glob("*/*")]
                while runs and f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}" <= max(runs):
                    time.sleep(0.02)
            return CliRunner().invoke(cli, [str(word) for word in words], **more)

        return invoke

    return of


@pytest.fixture
def run(home, commands):
    """Runs a command in that home."""
    return commands(home)
