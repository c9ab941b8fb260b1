"""The notebooks run from top to bottom on the samples, in their order, and stay thin."""

import ast
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
OPTIONAL = {"04_study_errors": "cleanlab", "06_hold_against_asreview": "asreview"}


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


def test_they_are_numbered_in_reading_order():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, 7)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_what_it_found(notebook, output):
    # Looked for, never imported: a data set that ASReview brings has whoever imports it keep answers of the web.
    if (needed := OPTIONAL.get(notebook.stem)) and not find_spec(needed):
        pytest.skip(f"{needed} is not installed")
    shown = subprocess.run(
        [sys.executable, notebook],
        env={**os.environ, "LUREWATCH_NOTEBOOKS": str(output), "LUREWATCH_HOME": str(ROOT), "PYTHONPATH": str(ROOT)},
        cwd=output,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("\n") >= 3


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin(notebook):
    text = notebook.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 3, node.name
    cells = re.split(r"^# %%", text, flags=re.M)[1:]
    assert cells[0].startswith(" [markdown]\n# # "), "it begins with what it is about"
    assert len([cell for cell in cells if cell.startswith(" Parameters")]) == 1
    last = tree.body[-1]
    assert notebook.stem in {"04_study_errors", "06_hold_against_asreview"} or isinstance(last, ast.Expr), "a picture"
