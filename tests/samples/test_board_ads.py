"""The sample board's text sources: what they hold, and what the loader says of a spoilt one."""

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

BOARD = Path(__file__).resolve().parents[2] / "data/samples/board"
AD_FILES = sorted((BOARD / "ads").glob("*.toml"))
LANGUAGES = {"vi", "id", "en", "tl", "th", "zh"}
FRAUDULENT = {"lure", "fraud"}


def tables_of(file: Path) -> list[dict]:
    return tomllib.loads(file.read_text(encoding="utf-8"))["ad"]


@pytest.mark.parametrize("file", AD_FILES, ids=lambda file: file.stem)
def test_every_file_has_a_real_share_of_each_look(file):
    looks = Counter(table["look"] for table in tables_of(file))
    assert file.stem in LANGUAGES
    assert looks["ordinary"] > looks.total() / 2
    assert looks["lookalike"] >= 3
    assert 0.04 <= sum(looks[look] for look in FRAUDULENT) / looks.total() <= 0.13


def test_the_board_holds_240_ads_in_six_languages_of_which_a_few_are_lures_or_frauds(tables):
    if {file.stem for file in AD_FILES} != LANGUAGES:
        pytest.skip("some languages are not written yet")
    looks = Counter(table["look"] for table in tables.values())
    assert looks.total() >= 240
    assert 0.06 <= sum(looks[look] for look in FRAUDULENT) / looks.total() <= 0.10
    assert len({table["exploitation"] for table in tables.values() if table["look"] in FRAUDULENT}) >= 6


def test_neither_length_nor_a_missing_employer_tells_lures_from_lawful_ads(tables):
    lures = [table for table in tables.values() if table["look"] in FRAUDULENT]
    lawful = [table for table in tables.values() if table["look"] not in FRAUDULENT]
    assert (
        {bool(table["employer"]) for table in lures} == {bool(table["employer"]) for table in lawful} == {True, False}
    )
    lengths = {}
    for table in lawful:
        lengths.setdefault(table["id"][:2], []).append(len(table["body"]))
    for table in lures:
        usual = lengths[table["id"][:2]]
        assert min(usual) * 0.5 <= len(table["body"]) <= max(usual) * 1.3, table["id"]


def test_addresses_in_ads_can_belong_to_nobody(tables):
    for table in tables.values():
        for host in re.findall(r"(?:@|https?://)([a-z0-9-]+(?:\.[a-z0-9-]+)+)", table["body"]):
            assert re.search(r"(^|\.)example(\.(com|org|net))?$", host), (table["id"], host)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ('country = "PH"', "ad en-001: 'country' is missing"),
        ('sector = "manufacturing"', "ad en-001: 'sector' is missing"),
        ('id = "en-001"', "ad number 1: 'id' is missing"),
    ],
)
def test_a_missing_key_is_named_with_its_file_and_ad(tmp_path, broken, message):
    assert f"en.toml: {message}" in refusal(tmp_path, lambda text: text.replace(broken, "", 1))


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('look = "ordinary"', 'look = "odd"', "look is 'odd'; expected one of fraud, lookalike, lure, ordinary"),
        ("posted = 12", 'posted = "12"', "posted is '12'; expected whole days from 0 to 60"),
        ('truth = "legitimate"', 'truth = "job_fraud"', "truth is 'job_fraud'; expected legitimate"),
        ('country = "PH"', 'country = "Philippines"', "country is 'Philippines'; expected an ISO 3166-1 alpha-2 code"),
        ("min = 15600", "min = 99999", "pay has min 99999 above max 18200"),
        ('exploitation = ""', 'exploitation = ""\nmood = "fine"', "unknown key 'mood'"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(tmp_path, right, wrong, message):
    assert f"en.toml: ad en-001: {message}" in refusal(tmp_path, lambda text: text.replace(right, wrong, 1))


def refusal(tmp_path, spoil) -> str:
    """What the loader says of the English ads once they have been spoilt."""
    (tmp_path / "en.toml").write_text(spoil((BOARD / "ads/en.toml").read_text(encoding="utf-8")), encoding="utf-8")
    code = "import sys; from pathlib import Path; from sample_ads import read_ads; read_ads(Path(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(BOARD)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    return done.stderr
