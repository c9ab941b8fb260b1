"""Settings are read strictly, and secrets are refused where others may read them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import BadSettings
from pipeline.settings.loader import (
    KEYS,
    PLACES,
    SECTIONS,
    find_home,
    keep_private,
    load_settings,
    refuse_if_others_may_read,
)

ROOT = Path(__file__).parents[3]


def with_file(folder, text):
    (folder / "lurewatch.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_everything_written_lies_under_data_local(tmp_path):
    settings = load_settings(tmp_path)
    assert settings.database == tmp_path / "data/local/lurewatch.db"
    assert settings.triage.threshold is None
    for place in (settings.batches, settings.reports, settings.local_models):
        assert place.is_relative_to(tmp_path / "data/local")


def test_what_is_set_is_taken(tmp_path):
    settings = load_settings(
        with_file(
            tmp_path,
            '\ufeffcontact = "desk@example.org"\n[places]\nlocal = "var"\nbatches = "/srv/batches"\n'
            "[triage]\nthreshold = 0.3\naudit_share = 0\n[review]\nport = 9000\n",
        )
    )
    assert settings.contact == "desk@example.org"
    assert (settings.triage.threshold, settings.triage.audit_share, settings.review.port) == (0.3, 0, 9000)
    assert settings.database == tmp_path / "var/lurewatch.db", "what is not named follows what it lies in"
    assert settings.batches == Path("/srv/batches")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threshold = 0.3", 'unknown key "threshold": expected one of contact'),
        ("[triage]\nthresold = 0.3", 'unknown key "triage.thresold": did you mean "threshold"'),
        ("[triage]\nthreshold = '0.3'", 'key "triage.threshold": expected a number from 0 to 1'),
        ("[triage]\nthreshold = 3", 'key "triage.threshold": expected a number from 0 to 1, found 3'),
        ("[triage]\nthreshold = nan", 'key "triage.threshold": expected a number'),
        (
            "[intake]\ngone_after_batches = 2.5",
            'key "intake.gone_after_batches": expected a whole number from 1 to 1000, found 2.5',
        ),
        ("[score]\nembedding = 'none'", 'unknown key "score.embedding": expected one of workers'),
        ("[score]\nworkers = true", 'key "score.workers": expected a whole number'),
        ("[places]\ndatabase = 4", 'key "places.database": expected a path, not beginning with "~", found 4'),
        ("[places]\nlocal = '~/desk'", 'key "places.local": expected a path, not beginning with "~"'),
        ("[places]\ndata = 'x'", 'unknown key "places.data": did you mean "database"'),
        ("[review]\nhost = ''", 'key "review.host": expected a text'),
        ("contact = 1", 'key "contact": expected a text that is not empty, found 1'),
        ("triage = 1", 'key "triage": expected a table'),
        ("[triage", "expected TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(tmp_path, text, said):
    with pytest.raises(BadSettings) as raised:
        load_settings(with_file(tmp_path, text))
    assert str(tmp_path / "lurewatch.toml") in str(raised.value)
    assert said in str(raised.value)


def test_settings_behind_a_link_that_leads_nowhere_are_not_no_settings(tmp_path):
    (tmp_path / "lurewatch.toml").symlink_to(tmp_path / "absent.toml")
    with pytest.raises(BadSettings, match="No such file"):
        load_settings(tmp_path)


def test_home_is_what_is_named_or_around_or_where_the_program_is(tmp_path):
    (tmp_path / "data" / "taxonomy").mkdir(parents=True)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert find_home({}, tmp_path / "deep" / "er") == tmp_path.resolve()
    assert find_home({"LUREWATCH_HOME": str(tmp_path / "deep")}, Path("/")) == (tmp_path / "deep").resolve()
    assert find_home({}, Path("/")) == ROOT
    with pytest.raises(BadSettings, match="not a folder"):
        find_home({"LUREWATCH_HOME": str(tmp_path / "absent")}, tmp_path)


def test_the_model_in_service_is_the_installations_own_or_the_one_that_came_along(tmp_path):
    settings = load_settings(tmp_path)
    with pytest.raises(BadSettings, match="names the model in service"):
        settings.model_folder()
    for folder, name in ((settings.models, "shipped"), (settings.local_models, "own")):
        (folder / name).mkdir(parents=True)
        (folder / "current").write_text(f"{name}\n")
        assert settings.model_folder() == folder / name
    (settings.local_models / "current").write_text("shipped\n")
    assert settings.model_folder() == settings.models / "shipped", "an installation may go back"
    (settings.local_models / "current").write_text("lost\n")
    with pytest.raises(BadSettings, match="'lost'"):
        settings.model_folder()


def test_every_setting_is_in_the_documentation():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    for key in ("contact", *(name.partition(".")[2] for name in KEYS), *PLACES, *SECTIONS, "host"):
        assert f"`{key}`" in page or f"[{key}]" in page, key


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
    refused = run(tmp_path, "analysts", "list")
    assert refused.returncode == 2
    assert "others may read this database (rights 644); expected 600" in refused.stderr


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
