"""Container and compose file: what they copy, start and mount is there; built and run where an engine is."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest
import yaml
from click.testing import CliRunner

from model.taxonomy.loader import load_taxonomy
from pipeline.cli import cli
from pipeline.settings.records import ReviewSettings
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "every-night"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def instructions():
    """The Containerfile's instructions with their arguments, each with its stage."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    stage = -1
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            stage += name == "FROM"
            yield stage, name, rest


def copied():
    """What each COPY from the project takes, and where to."""
    for _, name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            yield from ((source, target) for source in sources)


def is_ignored(path):
    """As .dockerignore says: the last pattern that fits the path or a folder around it."""
    places = [path, *(str(parent) for parent in PurePosixPath(path).parents)][:-1]
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        deep = pattern.startswith("**/")
        if any(
            fnmatch(place.split("/")[-1] if deep else place, pattern.removeprefix("**/"))
            and (deep or place.count("/") == pattern.count("/"))
            for place in places
        ):
            ignored = not line.startswith("!")
    return ignored


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The project's files as the build has them before `scripts/setup`."""
    folder = tmp_path_factory.mktemp("image")
    for source, target in copied():
        origin, place = ROOT / source, folder / target
        if origin.is_dir():
            left_out = lambda where, names: [
                name for name in names if is_ignored(str((Path(where) / name).relative_to(ROOT)))
            ]
            shutil.copytree(origin, place, ignore=left_out)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, place)
    return folder


def test_what_is_copied_is_there_tracked_and_sent_to_the_builder():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout: there is no list of tracked files")
    names = tracked.stdout.splitlines()
    for source, _ in copied():
        assert any(name == source or name.startswith(f"{source}/") for name in names), source
        assert not is_ignored(source)
    for secret in ("data/local/contacts.key", "data/local", ".git/config", "lurewatch.toml", ".venv/bin/python"):
        assert is_ignored(secret), secret


def test_the_image_has_all_that_setup_and_the_program_read(image):
    setup = (image / "scripts" / "setup").read_text()
    for named in ("pyproject.toml", "requirements.lock.txt", "scripts/uv.lock.txt"):
        assert named in setup
        assert (image / named).is_file()
    assert os.access(image / "scripts" / "setup", os.X_OK)
    assert os.access(image / "scripts" / "every-night", os.X_OK)
    built = subprocess.run([sys.executable, "-m", "hatchling", "metadata"], cwd=image, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    environ = {**os.environ, "PYTHONPATH": str(image), "LUREWATCH_HOME": str(image)}
    asked = [sys.executable, "-P", "-m", "pipeline.cli", "check", "--json", "Pay the fee before you fly to Dubai."]
    checked = subprocess.run(asked, cwd="/", env=environ, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "score" in json.loads(checked.stdout)


def test_the_image_runs_as_nobody_special_and_starts_the_program():
    last = [(name, rest) for stage, name, rest in instructions() if stage == 1]
    users = [rest for name, rest in last if name == "USER"]
    assert users == ["10001"]
    assert all("useradd" not in rest or "--uid 10001" in rest for name, rest in last if name == "RUN")
    (entry,) = [json.loads(rest) for name, rest in last if name == "ENTRYPOINT"]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert entry[0] in scripts
    (command,) = [json.loads(rest) for name, rest in last if name == "CMD"]
    assert_known(command)


def assert_known(words):
    """Such a command with such options exists."""
    shown = CliRunner().invoke(cli, [*words, "--help"])
    assert shown.exit_code == 0, shown.output


def test_the_compose_file_mounts_what_is_written_and_nothing_else_can_be():
    (volumes,) = [json.loads(rest) for _, name, rest in instructions() if name == "VOLUME"]
    assert set(COMPOSE["services"]) == {"night", "page"}
    for service in COMPOSE["services"].values():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert (ROOT / service["build"]["dockerfile"]).is_file()
        named = [each.split(":") for each in service["volumes"] if isinstance(each, str)]
        assert [place for _, place in named] == volumes
        assert {name for name, _ in named} == COMPOSE["volumes"].keys()
        bound = [each for each in service["volumes"] if isinstance(each, dict)]
        assert all(each["read_only"] and not each["bind"]["create_host_path"] for each in bound)


def test_what_the_services_run_exists(tmp_path):
    page, night = COMPOSE["services"]["page"], COMPOSE["services"]["night"]
    assert_known(page["command"])
    assert (ROOT / night["entrypoint"][0]) == SCRIPT
    commands = re.findall(r"^ *run lurewatch (.+)$", SCRIPT.read_text(), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert_known(shlex.split(command))
    (port,) = page["ports"]
    assert port == f"127.0.0.1:{ReviewSettings().port}:{ReviewSettings().port}", "from this machine alone"
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", page["healthcheck"]["test"][-1])
    assert int(asked[1]) == ReviewSettings().port
    app = create_app(
        PageSetup(
            database=tmp_path / "missing.db", taxonomy=load_taxonomy(ROOT / "data" / "taxonomy"), secret_key=b"k" * 32
        )
    )
    assert app.test_client().get(asked[2]).status_code == 503, "no database yet"
    kind, command = page["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    assert compile(shlex.split(command)[-1], "healthcheck", "exec")


@pytest.fixture
def program(home):
    """The environment of a container: the program by its name, a home with the small model."""
    (home / "data" / "sources").mkdir(parents=True)
    (home / "bin").mkdir()
    command = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pipeline.cli "$@"\n'
    (home / "bin" / "lurewatch").write_text(command)
    (home / "bin" / "lurewatch").chmod(0o755)
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "LUREWATCH_HOME": str(home), "TZ": "UTC"}


def test_a_night_runs_at_its_time_with_a_backup_and_a_signal_ends_the_wait(home, program):
    at = datetime.now(UTC) + timedelta(seconds=2)
    process = subprocess.Popen([SCRIPT, f"{at:%H:%M:%S}"], env=program, stderr=subprocess.DEVNULL)
    local, deadline = home / "data" / "local", time.monotonic() + 60
    try:
        while not list(local.glob("backups/*/backup.json")) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list(local.glob("reports/*.json"))
        assert list(local.glob("backups/*/backup.json"))
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 143
    finally:
        process.kill()
        process.wait()


def test_a_time_of_day_that_is_none_is_refused(program):
    assert subprocess.run([SCRIPT, "25:99"], env=program, capture_output=True, check=False).returncode == 2


def engine():
    """The container engine that works here and has the base image, or None."""
    for name in ("podman", "docker"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0:
            base = next(rest for _, word, rest in instructions() if word == "FROM").split()[0]
            if subprocess.run([name, "pull", base], capture_output=True, check=False).returncode == 0:
                return name
    return None


def test_the_image_is_built_and_the_page_answers():
    """Where podman or docker is: the only test that takes minutes."""
    if (name := engine()) is None:
        pytest.skip("neither podman nor docker works here, or the base image cannot be had")
    subprocess.run([name, "build", "--tag", "lurewatch:test", "--file", "Containerfile", "."], cwd=ROOT, check=True)
    shared = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--volume", "lurewatch-test:/app/data/local"]
    run = [name, "run", "--rm", *shared]
    try:
        subprocess.run([*run, "lurewatch:test", "analysts", "add", "mai"], check=True)
        detached = [
            *run,
            "--detach",
            "--name",
            "lurewatch-test",
            "lurewatch:test",
            *COMPOSE["services"]["page"]["command"],
        ]
        page = subprocess.run(detached, check=True, capture_output=True, text=True)
        probe = [name, "exec", page.stdout.strip(), "sh", "-c", COMPOSE["services"]["page"]["healthcheck"]["test"][-1]]
        deadline = time.monotonic() + 60
        while subprocess.run(probe, capture_output=True, check=False).returncode and time.monotonic() < deadline:
            time.sleep(1)
        subprocess.run(probe, check=True)
        assert subprocess.run([*run, "lurewatch:test", "nightly"], check=False).returncode in {0, 1}
    finally:
        subprocess.run([name, "rm", "--force", "lurewatch-test"], capture_output=True, check=False)
        subprocess.run([name, "volume", "rm", "lurewatch-test"], capture_output=True, check=False)
