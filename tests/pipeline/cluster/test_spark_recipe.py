"""The recipe for Spark in docs/researchers/cluster.md: on frames as Spark gives them, and whole where pyspark is."""

import json
import os
import re
import subprocess
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cluster_acts import ROOT, rows, write_lines

PAGE = (ROOT / "docs" / "researchers" / "cluster.md").read_text(encoding="utf-8")
(RECIPE,) = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "mapInPandas" in block]


@pytest.fixture
def place(run, tmp_path, tiny_home, monkeypatch):
    """A folder as the recipe expects it, and the scores of its ads by ``lurewatch score``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(tiny_home / "data")
    write_lines(tmp_path / "ads.jsonl", rows(30))
    assert run("score", "ads.jsonl", "--output", "scored.jsonl").exit_code == 0
    lines = map(json.loads, (tmp_path / "scored.jsonl").read_text().splitlines())
    return tmp_path, {line["ad_id"]: (line["score"], line["rule"] and line["rule"]["rule"]) for line in lines}


def as_scored(found):
    return {row["ad_id"]: (round(row["score"], 6), row["rule"]) for row in found}


def test_its_function_scores_frames_as_the_command_scores_files(place):
    _, scored = place
    names = {}
    exec(RECIPE.partition("spark = ")[0].replace("from pyspark.sql import SparkSession\n", ""), names)
    texts = pd.DataFrame(rows(30))[["ad_id", "title", "description"]]
    found = pd.concat(names["assess"](iter([texts[:20], texts[20:]])))
    assert as_scored(found.astype(object).where(found.notna(), None).to_dict("records")) == scored


def test_the_whole_recipe_runs_on_spark(place):
    pytest.importorskip("pyspark")
    folder, scored = place
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    subprocess.run([sys.executable, "-c", RECIPE], cwd=folder, env=environment, check=True, timeout=300)
    assert as_scored(pq.read_table(folder / "scored").to_pylist()) == scored
