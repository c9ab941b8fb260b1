"""The shipped model on the commonest templates of scams and lures, told anew in eight languages, and lawful twins.

They were written for this test and are learnt from by no model.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from training_texts import DANGEROUS, ROWS, Row

from builders import NOON, make_ad
from model.assessor import Assessor

ROOT = Path(__file__).parents[3]
TEMPLATES: list[Row] = [
    json.loads(line) for line in Path(__file__).with_name("templates.jsonl").read_text(encoding="utf-8").splitlines()
]
AT = 0.02
"""Of ordinary ads: a text above the threshold that flags this share of them is found, or flagged."""

LEAST_FOUND = 0.98
MOST_FLAGGED = 0.25
"""What the shipped model reaches (39 of 160); every template found and no twin flagged is the aim."""


@pytest.fixture(scope="module")
def flagged() -> dict[str, bool]:
    """Whether each text is above the threshold or meets a rule, by its id."""
    models = ROOT / "data/models"
    assessor = Assessor.load(models / (models / "current").read_text().strip(), ROOT / "data/taxonomy")
    limit = assessor.thresholds[AT]
    ads = [
        make_ad(ad_id=row["id"], title="", description=row["text"], hiring_organization=None, language=row["language"])
        for row in TEMPLATES
    ]
    return {
        assessment.ad_id: assessment.score > limit or assessment.rule is not None
        for assessment in assessor.assess(ads, assessed_at=NOON)
    }


def test_dangerous_templates_are_found(flagged: dict[str, bool]) -> None:
    dangerous = [row["id"] for row in TEMPLATES if row["truth"] in DANGEROUS]
    missed = [name for name in dangerous if not flagged[name]]
    assert len(missed) <= (1 - LEAST_FOUND) * len(dangerous), f"{len(missed)} of {len(dangerous)}: {' '.join(missed)}"


def test_their_lawful_twins_are_not_flagged(flagged: dict[str, bool]) -> None:
    lawful = [row["id"] for row in TEMPLATES if row["truth"] not in DANGEROUS]
    wrong = [name for name in lawful if flagged[name]]
    assert len(wrong) <= MOST_FLAGGED * len(lawful), f"{len(wrong)} of {len(lawful)}: {' '.join(wrong)}"


def test_twenty_templates_are_told_in_eight_languages_each_beside_a_lawful_twin() -> None:
    cells = Counter((row["template"], row["language"], row["truth"] in DANGEROUS) for row in TEMPLATES)
    assert set(cells.values()) == {1}
    assert len(cells) == 20 * 8 * 2
    assert {row["truth"] for row in TEMPLATES} - DANGEROUS == {"legitimate"}


def test_no_template_is_learnt_from() -> None:
    assert not {row["text"] for row in TEMPLATES} & {row["text"] for rows in ROWS.values() for row in rows}
