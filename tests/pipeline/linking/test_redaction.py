"""Contacts hidden, offsets kept. Every number, name and address is invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad, make_assessment
from crawler.ad import Contact, Salary
from model.assessment import Contribution, Evidence
from pipeline.linking.redaction import HIDDEN_WORDS, ad_without_contacts, assessment_without_contacts, hide_contacts


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Gọi 0900 000 123 gặp chị quản lý", "000"),
        ("call +84 900-000-123 now", "900"),
        ("write to jobs.desk@blue-crane.example today", "blue-crane"),
        ("Telegram: @blue_crane_jobs", "blue_crane"),
        ("see https://blue-crane.example/apply?x=1", "apply"),
        ("t.me/bluecranejobs", "bluecrane"),
        ("โทร ๐๘๑ ๐๐๐ ๐๑๒๓", "๐๘๑"),
        ("微信: bluecrane_hr", "bluecrane_hr"),
    ],
)
def test_a_contact_is_hidden_and_the_words_around_it_stay(text, secret):
    hidden = hide_contacts(text, country="VN")
    assert secret not in hidden
    assert len(hidden) == len(text)
    assert hidden.split()[0] == text.split()[0] or text.startswith("t.me")


def test_a_contact_that_is_known_otherwise_is_hidden_however_it_is_cased():
    contacts = [Contact(kind="line", value="bluecrane")]
    assert hide_contacts("Ask for BlueCrane or bluecrane", contacts) == "Ask for ••••••••• or •••••••••"


@pytest.mark.parametrize("text", ["Pay 1,200 USD", "10 workers, 8 hours a day", "from 2026-11-02 on?", "Phnom Penh"])
def test_what_is_no_contact_stays(text):
    assert hide_contacts(text).startswith(text[:8])


@given(st.text(), st.text(max_size=5))
def test_the_redacted_text_is_as_long_and_says_nothing_else(text, value):
    hidden = hide_contacts(text, [Contact(kind="web", value=value)])
    assert len(hidden) == len(text)
    assert all(new in (old, "•") for old, new in zip(text, hidden, strict=True))
    assert hide_contacts(hidden) == hidden or "•" in hidden


def test_an_ad_keeps_its_evidence_in_place_and_loses_its_contacts():
    ad = make_ad(
        title="Cook, call 0900000123", description="An advance is paid. Ask @blue_crane_jobs.",
        contacts=(Contact(kind="phone", value="+84900000123"), Contact(kind="telegram", value="blue_crane_jobs")),
        url="http://127.0.0.1/ads/1", apply_url="http://127.0.0.1/apply", country="VN",
    )  # fmt: skip
    redacted = ad_without_contacts(ad)
    evidence = (
        Evidence(indicator="a.b", field="description", start=0, end=10, quote="An advance"),
        Evidence(indicator="a.c", field="description", start=24, end=40, quote="@blue_crane_jobs"),
    )
    seen = assessment_without_contacts(make_assessment(evidence=evidence), redacted)
    assert [each.quote for each in seen.evidence] == ["An advance", "•" * 16]
    assert all(each.quote == redacted.description[each.start : each.end] for each in seen.evidence)
    assert "0900000123" not in repr(redacted)
    assert "blue_crane" not in repr(redacted)
    assert "127.0.0.1" not in repr(redacted)


@given(
    st.sampled_from(
        ["title", "description", "company_profile", "hiring_organization", "job_location", "employment_type", "pay"]
    ),
    st.integers(min_value=10_000_000, max_value=99_999_999),
    st.sampled_from(["call +855 {}", "({})", "tel:{}", "{} a month", "@crane{}", "a{}@crane.example"]),
)
def test_no_field_of_an_ad_keeps_a_number(field, number, said):
    text = said.format(number)
    ad = make_ad(base_salary=Salary(raw=text)) if field == "pay" else make_ad(**{field: text})
    assert str(number) not in repr(ad_without_contacts(ad))


def test_pay_that_was_read_stays_in_numbers_and_its_words_go():
    pay = ad_without_contacts(make_ad(base_salary=Salary(min=1500, raw="1500 a month, call 85511000777"))).base_salary
    assert (pay.min, pay.raw) == (1500, None)


def test_words_under_the_bullets_make_one_contribution_without_a_name():
    ad = make_ad(title="Cook", description="Ask at https://t.me/canarylink5 today. Meals are free.")
    redacted = ad_without_contacts(ad)
    at = ad.description.index("canarylink5")
    contributions = (
        Contribution(name="words: canarylink5", value=1.0, field="description", start=at, end=at + 11),
        Contribution(name="words: canarylink", value=0.5),  # of an older model, without a place
        Contribution(name="words: free", value=-0.25, field="description", start=42, end=46),
        Contribution(name="base", value=-1.0),
        Contribution(name="Asks by link", value=2.0, indicator="a.b", field="description", start=at, end=at + 5),
    )
    seen = assessment_without_contacts(make_assessment(contributions=contributions), redacted).contributions
    assert [(each.name, each.value) for each in seen] == [
        ("Asks by link", 2.0), (HIDDEN_WORDS, 1.5), ("base", -1.0), ("words: free", -0.25)
    ]  # fmt: skip
    assert "canary" not in repr(seen)
