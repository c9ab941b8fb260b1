from hypothesis import given
from hypothesis import strategies as st

from model.assessment import Evidence
from pipeline.web.presenters import Segment, changes, segments


def shown(text, start, end, indicator="debt.advance"):
    return Evidence(indicator=indicator, field="description", start=start, end=end, quote=text[start:end])


def test_a_text_without_evidence_is_one_segment():
    assert segments("plain", ()) == (Segment(text="plain"),)
    assert segments("", ()) == ()


def test_overlapping_evidence_names_every_indicator():
    text = "pay a deposit today"
    found = segments(text, [shown(text, 0, 13), shown(text, 6, 19, "offer.urgency")])
    assert [(each.text, each.indicators) for each in found] == [
        ("pay a ", ("debt.advance",)),
        ("deposit", ("debt.advance", "offer.urgency")),
        (" today", ("offer.urgency",)),
    ]


@given(st.text(), st.lists(st.tuples(st.integers(-5, 300), st.integers(-5, 300))))
def test_the_segments_are_the_text(text, spans):
    found = segments(text, [shown(text, start, end) for start, end in spans])
    assert "".join(each.text for each in found) == text
    assert all(each.text for each in found)


@given(st.text(), st.text())
def test_changes_lead_from_the_old_text_to_the_new(before, after):
    steps = changes(before, after)
    assert "".join(step.text for step in steps if step.act != "added") == before
    assert "".join(step.text for step in steps if step.act != "removed") == after


def test_a_very_long_text_is_compared_line_by_line():
    before = "one two three\n" * 3_000
    steps = changes(before, before + "four\n")
    assert [step.act for step in steps] == ["kept", "added"]
