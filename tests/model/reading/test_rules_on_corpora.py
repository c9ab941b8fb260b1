"""Lures of the corpora meet a rule; their lawful twins, look-alikes, warnings and ordinary ads hardly ever do."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from training_texts import ROWS

from builders import make_ad
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

ROOT = Path(__file__).parents[3]
CORPORA = ROOT.parent / "shared" / "corpora"
TAXONOMY = load_taxonomy(ROOT / "data" / "taxonomy")
CONTRAST = ROWS["contrast.jsonl.gz"]
WHOLE = {"verbatim_ad", "synthetic_example", "person_sale_ad"}
"""Kinds of quotation that are an offer from beginning to end."""

needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not beside the project")


@cache
def reader():
    return AdReader.from_taxonomy(TAXONOMY)


def lines_of(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def share_met(rows, body="text"):
    ads = [
        make_ad(ad_id=f"t:{number}", title=row.get("title") or "", description=row.get(body) or "")
        for number, row in enumerate(rows)
    ]
    assert ads
    return sum(read.rule is not None for read in reader().read(ads)) / len(ads)


def test_blatant_and_medium_lures_of_the_contrast_groups_meet_a_rule_and_their_twins_hardly_ever():
    lures = [row for row in CONTRAST if row["truth"] == "trafficking_recruitment"]
    assert share_met([row for row in lures if row["strength"] in {"blatant", "medium"}]) >= 0.7
    assert share_met([row for row in CONTRAST if row["truth"] == "legitimate"]) <= 0.06
    assert share_met([row for row in CONTRAST if row["truth"] == "not_an_ad"]) <= 0.05


@needs_corpora
def test_quoted_lures_that_are_whole_meet_a_rule_and_look_alikes_and_news_hardly_ever():
    quoted = lines_of(CORPORA / "lures_dev.jsonl.gz")
    assert share_met([row for row in quoted if row["label"] == "lure" and row["kind"] in WHOLE]) >= 0.9
    lawful = [row for row in quoted if row["label"] == "legit"]
    assert share_met([row for row in lawful if row["kind"] != "awareness_or_news"]) <= 0.1
    assert share_met([row for row in lawful if row["kind"] == "awareness_or_news"]) <= 0.1


@needs_corpora
def test_next_to_no_ordinary_ad_meets_a_rule():
    ordinary = [row for path in sorted(CORPORA.glob("legit_*.jsonl.gz")) for row in lines_of(path)[::3]]
    assert len(ordinary) > 3_000
    assert share_met(ordinary, body="body") <= 0.005
