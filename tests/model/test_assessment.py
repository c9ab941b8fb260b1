"""Assessments as JSON: what is written is read again, and no number is longer than it needs to be."""

import json
from dataclasses import replace

from builders import make_assessment
from model.assessment import RuleMet, assessment_from_record, assessment_line, assessment_to_record


def test_an_assessment_survives_the_journey():
    rule = RuleMet(rule="r", title="t", source="s", indicators=("debt.advance", "role.scam"))
    for assessment in (make_assessment(), make_assessment(rule=rule)):
        record = json.loads(assessment_line(assessment))
        assert assessment_from_record(record) == assessment


def test_numbers_are_rounded_to_a_millionth():
    record = assessment_to_record(replace(make_assessment(), score=1 / 3))
    assert record["score"] == 0.333333
