import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from crawler.ad import Contact, Salary
from model.assessment import Evidence
from pipeline.web.i18n import in_language, written_score
from pipeline.web.presenters import Segment, changes, employment_words, pay_words, present_ad, segments


def shown(text, start, end, indicator="debt.advance"):
    return Evidence(indicator=indicator, field="description", start=start, end=end, quote=text[start:end])


def test_a_text_without_evidence_is_one_segment():
    assert segments("plain", (), set()) == (Segment(text="plain"),)
    assert segments("", (), set()) == ()


def test_overlapping_evidence_names_every_indicator():
    text = "pay a deposit today"
    found = segments(text, [shown(text, 0, 13), shown(text, 6, 19, "offer.urgency")], set())
    assert [(each.text, each.indicators) for each in found] == [
        ("pay a ", ("debt.advance",)),
        ("deposit", ("debt.advance", "offer.urgency")),
        (" today", ("offer.urgency",)),
    ]
    assert [each.anchor for each in found] == ["debt.advance", "offer.urgency", None]


@given(st.text(), st.lists(st.tuples(st.integers(-5, 300), st.integers(-5, 300))))
def test_the_segments_are_the_text(text, spans):
    found = segments(text, [shown(text, start, end) for start, end in spans], set())
    assert "".join(each.text for each in found) == text
    assert all(each.text for each in found)


@given(st.text(), st.text())
def test_changes_lead_from_the_old_text_to_the_new(before, after):
    steps = changes(before, after)
    assert "".join(step.text for step in steps if step.act != "added") == before
    assert "".join(step.text for step in steps if step.act != "removed") == after


@pytest.mark.parametrize(
    ("language", "pay", "said"),
    [
        ("en", {"min": 1800, "max": 2000, "currency": "AED", "period": "month", "raw": "1800 - 2000 AED MONTH"},
         "AED 1,800 to 2,000 a month"),
        ("vi", {"min": 350_000, "max": 350_000, "currency": "VND", "period": "day"}, "VND 350.000 một ngày"),
        ("id", {"min": 900, "currency": "USD", "period": "week"}, "mulai USD 900 per minggu"),
        ("en", {"raw": "by agreement"}, "by agreement"),
        ("en", {"max": 9, "period": "hour", "raw": "up to nine, paid after each trip"},
         "up to 9 an hour (up to nine, paid after each trip)"),
        ("en", None, ""),
    ],
)  # fmt: skip
def test_pay_is_said_in_numbers_and_words_of_the_language(language, pay, said):
    with in_language(language):
        assert pay_words(pay and Salary(**pay)) == said


def test_kinds_of_employment_are_said_in_words():
    for language, said in (("en", "full time, Sales"), ("id", "penuh waktu, Sales")):
        with in_language(language):
            assert employment_words("FULL_TIME, Sales") == said


def test_a_contact_is_named_once_with_all_its_services():
    number = "+855 11 000 777"
    ad = make_ad(contacts=tuple(Contact(kind=kind, value=number) for kind in ("whatsapp", "phone")))
    with in_language("en"):
        facts = {row.name: "".join(part.text for part in row.segments) for row in present_ad(ad, None).facts}
    assert facts["Contacts"] == f"WhatsApp, phone: {number}"


def test_no_score_reads_as_certain(app):
    with app.test_request_context():
        assert [written_score(score) for score in (1.0, 0.994, 0.004)] == ["0.99+", "0.99", "<0.01"]


def test_a_very_long_text_is_compared_line_by_line():
    before = "one two three\n" * 3_000
    steps = changes(before, before + "four\n")
    assert [step.act for step in steps] == ["kept", "added"]
