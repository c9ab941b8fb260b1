"""No regular expression of the program takes more than linear time, whatever text it is given."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pattern_attacks
import pytest

CPU_SECONDS = 40


def test_every_pattern_takes_linear_time_over_texts_made_of_its_own_parts():
    program = Path(pattern_attacks.__file__)
    before = os.times().children_user
    run = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(run.stdout)
    assert found["slow"] == {}
    assert os.times().children_user - before < CPU_SECONDS
    assert len(found["patterns"]) > 300
    rooms = {".".join(where.split(".")[:3]) for where in found["patterns"]}
    assert {"crawler.extract.fields", "pipeline.linking.redaction", "pipeline.store.queue"} <= rooms


@pytest.mark.parametrize(
    "bad",
    [
        r"[\w.+-]+@[\w-]+",
        r"a+b",
        r"(?:a|aa)+$",
        r"\b[\w-]+(?:\.[\w-]+)*\.(?:[a-z]{2,6})/\S+",
        r"(?:from|to)\s*[:]?\s*\Z",
        rb"<a\s+[^>]*href",
    ],
)
def test_a_pattern_in_more_than_linear_time_is_found(bad):
    assert pattern_attacks.attack(re.compile(bad)) is not None


def test_a_pattern_that_is_tried_at_one_place_is_judged_there():
    once = re.compile(r"\s*a+b")
    assert pattern_attacks.attack(once, frozenset({"match"})) is None
    assert pattern_attacks.attack(once, frozenset({"search"})) is not None
