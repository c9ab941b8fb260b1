"""Rules of the house that no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for wing in ("crawler", "model", "pipeline") for path in (ROOT / wing).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "misc"}
MACHINE_PATH = re.compile(r"(^|[^\w.])/(work|root|home/\w+)/|registry\.npm|python" + r"hosted\.|pypi" + r"\.org")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of tracked files")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_one_idea(module):
    lines = module.read_text().count("\n")
    assert lines <= 400, f"{lines} lines: look for the second idea"
    assert module.stem not in FORBIDDEN_NAMES | (sys.stdlib_module_names - {"__init__", "__main__"})


def test_an_init_holds_a_docstring_and_nothing_else():
    for module in MODULES:
        if module.name == "__init__.py":
            assert re.fullmatch(r'"""[^"]+"""\n', module.read_text()), module


def test_no_tracked_text_names_a_machine_or_a_registry():
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.name}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert not found


def test_the_locks_pin_every_package_and_name_no_address():
    for name in ("requirements.lock.txt", "requirements-dev.lock.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.match(r"[A-Za-z0-9_.\[\],-]+==[\w.]+( ;.*)?$", line), line


def test_importing_the_record_loads_no_heavy_library():
    code = "import sys, crawler.ad; print([m for m in ('scrapy','spacy','sklearn','numpy','lxml') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
