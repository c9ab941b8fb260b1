"""The notebooks run from top to bottom on the samples, in their order, from any folder, and stay thin."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home of the project's data, without the corpora beside the project: to read them takes longer than all of the
    notebooks."""
    home = tmp_path_factory.mktemp("home")
    (home / "data").mkdir()
    for each in (ROOT / "data").iterdir():
        if each.name != "local":
            (home / "data" / each.name).symlink_to(each)
    return home


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


def run(*command, output, home=None):
    """In a folder that is no part of the project, as somebody whose shell names this home or none."""
    surroundings = {name: value for name, value in os.environ.items() if name != "LUREWATCH_HOME"}
    named = {"LUREWATCH_HOME": str(home)} if home else {}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        env={**surroundings, **named, "LUREWATCH_NOTEBOOKS": str(output), "PYTHONPATH": str(ROOT)},
        cwd=output, capture_output=True, text=True, check=False, timeout=480,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_they_are_numbered_in_reading_order():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, 6)]


IN_ORDER = """import runpy, sys
for name in sys.argv[1:]:
    print(end="\\f")
    runpy.run_path(name, run_name="__main__")
"""


@pytest.fixture(scope="module")
def said(output, home):
    """What each notebook but the last printed, by its name. One process runs them in their order: to import what they
    need takes as long as most of them."""
    _, *said = run("-c", IN_ORDER, *NOTEBOOKS[:-1], output=output, home=home).split("\f")
    return dict(zip(NOTEBOOKS[:-1], said, strict=True))


@pytest.mark.parametrize("notebook", NOTEBOOKS[:-1], ids=lambda path: path.stem)
def test_a_notebook_says_what_it_found_and_saves_a_picture(notebook, output, said):
    assert said[notebook].count("\n") >= 3
    (picture,) = output.glob(f"{notebook.name[:2]}_*.svg")
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_in_a_kernel_the_last_saves_its_picture_and_shows_it_too(tmp_path):
    # Of a kernel of this environment, started in another folder; there is no ``__file__`` in it.
    written = tmp_path / "executed.ipynb"
    words = ("--to", "ipynb", "--execute", "--set-kernel", "python3", "--run-path", tmp_path, "--output", written)
    run("-m", "jupytext", *words, NOTEBOOKS[-1], output=tmp_path)
    assert len(list(tmp_path.glob("05_*.svg"))) == 1
    cells = json.loads(written.read_text(encoding="utf-8"))["cells"]
    assert any("image/svg+xml" in shown.get("data", {}) for cell in cells for shown in cell.get("outputs", ()))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin(notebook):
    text = notebook.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 3, node.name
    assert not re.search(r'HOME / "(?!data)', text), "a home need hold nothing but data/"
    cells = re.split(r"^# %%", text, flags=re.M)[1:]
    assert cells[0].startswith(" [markdown]\n# # "), "it begins with what it is about"
    assert len([cell for cell in cells if cell.startswith(" Parameters")]) == 1
    assert isinstance(tree.body[-1], ast.Expr), "a picture, which a notebook shows"
