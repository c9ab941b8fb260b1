"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for wing in ("crawler", "model", "pipeline") for path in (ROOT / wing).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "misc"}
MACHINE_PATH = re.compile(r"(^|[^\w.])/(work|root|home/\w+)/|registry\.npm|python" + r"hosted\.|pypi" + r"\.org")


MOST_ENTRIES = 14
TOO_WIDE = {"crawler"}
"""Folders that hold more for now: the crawl's record maker goes."""


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of tracked files")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def _dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {_dotted(module) for module in MODULES}


def _imports(module: Path) -> set[str]:
    """The modules of ours that a module imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{name.name}" for name in node.names}
            found |= (whole & NAMES) or {node.module}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return (found & NAMES) - {_dotted(module)}


def _room(name: str) -> str:
    """The folder of a wing, or the module that lies in none."""
    return ".".join(name.split(".")[:2])


def test_modules_are_named_for_what_they_are():
    wrong = FORBIDDEN_NAMES | (sys.stdlib_module_names - {"__init__", "__main__"})
    parts_of_the_store = {ROOT / "pipeline/store/queue.py", ROOT / "pipeline/store/statistics.py"}
    assert [
        str(module.relative_to(ROOT)) for module in MODULES if module.stem in wrong and module not in parts_of_the_store
    ] == []


def test_no_folder_holds_more_than_a_reader_takes_in_at_a_glance():
    """An exception that is mended is struck off the list."""
    entries = defaultdict(set)
    for module in MODULES:
        for part in (module, *module.parents):
            entries[part.parent].add(part)
    wide = {str(folder.relative_to(ROOT)) for folder in entries
            if folder.is_relative_to(ROOT) and folder != ROOT and len(entries[folder]) > MOST_ENTRIES}  # fmt: skip
    assert wide == TOO_WIDE


def test_no_two_rooms_of_a_wing_import_each_other():
    """In a circle of rooms none can be read, or changed, without the others."""
    rooms = defaultdict(set)
    for module in MODULES:
        room = _room(_dotted(module))
        rooms[room] |= {_room(name) for name in _imports(module)} - {room}
    list(TopologicalSorter(rooms).static_order())  # raises CycleError, which names the circle
    assert len(rooms) > 30


def test_no_two_modules_import_each_other():
    inside_the_store = {name for name in NAMES if name.startswith("pipeline.store")}
    imports = {_dotted(module): _imports(module) for module in MODULES}
    for name in inside_the_store:
        imports[name] -= inside_the_store
    list(TopologicalSorter(imports).static_order())


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
