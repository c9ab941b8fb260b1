"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.metadata import packages_distributions, requires
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for wing in ("crawler", "model", "pipeline") for path in (ROOT / wing).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "misc"}
MACHINE_PATH = re.compile(r"(^|[^\w.])/(work|root|home/\w+)/|registry\.npm|python" + r"hosted\.|pypi" + r"\.org")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of tracked files")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def load_script(name):
    """A script of ours as a module."""
    loader = SourceFileLoader(name, str(ROOT / "scripts" / name))
    module = module_from_spec(spec_from_file_location(name, loader.path, loader=loader))
    sys.modules[name] = module  # dataclasses look their module up
    loader.exec_module(module)
    return module


FIGURES = load_script("house_figures")


@pytest.fixture(scope="module")
def house():
    return FIGURES.House.of(ROOT)


def test_modules_are_named_for_what_they_are():
    wrong = FORBIDDEN_NAMES | (sys.stdlib_module_names - {"__init__", "__main__"})
    part_of_the_store = ROOT / "pipeline/store/statistics.py"
    assert [
        str(module.relative_to(ROOT)) for module in MODULES if module.stem in wrong and module != part_of_the_store
    ] == []


def test_no_folder_holds_more_than_a_reader_takes_in_at_a_glance(house):
    assert house.wide_folders() == []


def test_no_two_rooms_of_a_wing_import_each_other(house):
    """In a circle of rooms none can be read, or changed, without the others."""
    assert house.circles_of_rooms() == []
    assert len({".".join(name.split(".")[:2]) for name in house.imports()}) > 30


def test_no_two_modules_import_each_other(house):
    assert house.circles_of_modules() == []


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


LOCKS = ("requirements.lock.txt", "requirements-dev.lock.txt", "scripts/uv.lock.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_by_version_and_hashes_and_names_no_address(name):
    entries = (ROOT / name).read_text().replace(" \\\n", "").splitlines()
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[A-Za-z0-9_.\[\],-]+==[\w.]+( ; [^-]+?)?(    --hash=sha256:[0-9a-f]{64})+", entry), entry


def test_the_two_locks_agree_on_what_both_install():
    """The tests run with what the program runs with."""
    run, dev = (dict(re.findall(r"(?m)^([\w.\[\],-]+)==([\w.]+)", (ROOT / name).read_text())) for name in LOCKS[:2])
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], ("all", "build")), (LOCKS[1], ("dev",))])
def test_a_lock_pins_all_that_the_project_asks_for(lock, extras):
    """Measurements import references that no test does: what a lock has lost shows nowhere else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = dict(re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", (ROOT / lock).read_text()))
    asked, waiting = [Requirement(line) for line in project["dependencies"]], list(extras)
    for extra in waiting:  # extras of ours name others: the list grows
        for requirement in map(Requirement, project["optional-dependencies"][extra]):
            if requirement.name == project["name"]:
                waiting += sorted(requirement.extras)
            else:
                asked.append(requirement)
    assert len(asked) > 30
    for requirement in asked:
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_setup_installs_nothing_whose_hash_is_not_in_a_lock():
    """The project itself is the exception: it lies here."""
    said = (ROOT / "scripts/setup").read_text()
    installs = re.findall(r"^.*(?:\$pip|\$uv) .*$", said, re.MULTILINE)
    assert len(installs) == 4
    for line in installs:
        for part in line.split("&&"):
            assert "--require-hashes --requirement" in part or "--no-deps --no-build-isolation --editable ." in part


@pytest.mark.parametrize("wing", ["run", "dev"])
def test_the_tutorial_borrows_an_environment_that_needs_no_setup(wing, tmp_path):
    """Or setup would install the tutorial's copy into it."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: the tutorial copies what is tracked")
    load_script("tutorial").Copy(tmp_path, Path(sys.prefix))
    asked, is_ready, _ = (ROOT / "scripts/setup").read_text().partition('= "$state" ] && exit 0\n')
    asked = asked.replace('cd "$(dirname "$0")/.."', "")
    shown = subprocess.run(["sh", "-c", f"{asked}{is_ready}exit 1", "setup", wing], cwd=tmp_path, check=False)
    assert is_ready
    assert shown.returncode == 0


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("crawler.ad", {"scrapy", "spacy", "sklearn", "numpy", "lxml"}),
        ("crawler.run.runner", {"scrapy", "spacy", "sklearn"}),
    ],
    ids=["the record", "what starts crawls"],
)
def test_importing_what_every_process_needs_loads_no_heavy_library(module, heavy):
    code = f"import sys, {module}; print([m for m in {sorted(heavy)} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


CEILINGS = {"looks": 2, "said": 1}
"""How often each old word may stand, by ``scripts/house_figures``: as often as it did when it was last counted. Whoever
takes some away lowers the number; a word that is gone is struck off. None may come back."""


def test_old_words_only_go(house):
    """A word that has a better one in STYLE.md: see the glossary in CONTRIBUTING.md."""
    found = {word: len(places) for word, places in house.old_words().items()}
    assert {word: count for word, count in found.items() if count > CEILINGS.get(word, 0)} == {}


def test_figures_count_what_they_name(tmp_path):
    module = tmp_path / "crawler" / "looking_glass.py"
    module.parent.mkdir()
    module.write_text(
        '"""What it told."""\n\n\ndef _once(a, b, c, d, e, f):\n    import json\n    its = json\n    return its\n\n\n'
        "def look_up(deskTop):\n    return _once(1, 2, 3, 4, 5, deskTop)\n"
    )
    house = FIGURES.House.of(tmp_path)
    assert [name for _, _, name in house.helpers_used_once()] == ["_once"]
    assert [name for _, _, name in house.many_parameters()] == ["_once"]
    assert len(house.imports_in_functions()) == 1
    words = {word: len(places) for word, places in house.old_words().items() if places}
    assert words == {"looking": 1, "told": 1, "its": 1, "desk": 1}


def test_figures_find_circles_and_wide_folders(tmp_path):
    for number in range(FIGURES.MOST_ENTRIES + 1):
        module = tmp_path / "model" / f"room_{number % 2}" / f"part_{number}.py"
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(f"def late():\n    from model.room_{(number + 1) % 2} import part_{(number + 1) % 2}\n")
        (tmp_path / "crawler").mkdir(exist_ok=True)
        (tmp_path / "crawler" / f"part_{number}.py").write_text("")
    house = FIGURES.House.of(tmp_path)
    assert house.wide_folders() == [("crawler", FIGURES.MOST_ENTRIES + 1, "")]
    assert len(house.circles_of_rooms()) == 1
    assert len(house.circles_of_modules()) == 1


NEED_AN_EXTRA = {
    "crawler.fetch.rendering", "pipeline.accounts.openid", "pipeline.exports.explorer",
    "pipeline.exports.cluster_files", "pipeline.exports.cluster_run",
}  # fmt: skip
"""Modules that cannot be imported without an extra; nothing imports them before it is known to be there."""


def test_every_other_module_is_imported_without_extras(house):
    """In a process where the extras' libraries are not to be found, though they may be installed."""
    code = (
        "import sys, importlib\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in {'playwright', 'scrapy_playwright', 'datasette', 'cleanlab', 'authlib',"
        " 'joserfc', 'distributed', 'fsspec', 'pyarrow'}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        f"for name in {sorted(house.imports())!r}:\n"
        "    try: importlib.import_module(name)\n"
        "    except ModuleNotFoundError: print(name)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(shown.stdout.split()) == NEED_AN_EXTRA


@pytest.mark.parametrize("wing", ["crawler", "model"])
def test_an_extra_names_what_its_wing_imports(house, wing):
    """A crawling machine needs no model, a researcher no crawler: each extra alone brings what the wing stands on."""
    imports, waiting, read = house.imports(), {name for name in house.imports() if name.startswith(f"{wing}.")}, set()
    while waiting:
        read.add(name := waiting.pop())
        waiting |= imports[name] - read
    trees = [tree for path, tree in house.modules.items() if house.dotted(path) in read]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    found = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    found |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    found = {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"crawler", "model", "pipeline"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras[wing], *extras["render"], *extras["doubts"], *extras["redis"]]
    brought: set[str] = set()
    while wanted:
        need = Requirement(wanted.pop())
        name = canonicalize_name(need.name)
        if name not in brought and (not need.marker or need.marker.evaluate({"extra": ""})):
            brought.add(name)
            wanted += requires(name) or []
    libraries = {name: set(map(canonicalize_name, each)) for name, each in packages_distributions().items()}
    assert {name for name in found & libraries.keys() if not libraries[name] & brought} == set()
