"""Contacts become bullets, and whatever may lead to one is traced. All texts are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad, make_assessment
from crawler.ad import Contact, Salary
from model.assessment import Contribution, Evidence
from pipeline.linking.redaction import (
    HIDDEN_WORDS,
    LONGEST,
    ad_without_contacts,
    assessment_without_contacts,
    hide_contacts,
)

WAYS = {
    "telegram boss99x": "boss99x",
    "tele boss99x": "boss99x",
    "Telegram: bosslady": "bosslady",
    "TELEGRAM 👉 boss_lady": "boss_lady",
    "tg @boss99x": "boss99x",
    "tg: boss99x": "boss99x",
    "https://t.me/+AbCdEfGh1": "AbCdEfGh1",
    "t.me/bosslady": "bosslady",
    "t . me / bosslady": "bosslady",
    "t[.]me/bosslady": "bosslady",
    "DM @boss.lady": "boss.lady",
    "line hrmaid7": "hrmaid7",
    "LINE ID hrmaid": "hrmaid",
    "Line : @hrmaid": "hrmaid",
    "ไลน์ไอดี hrmaid": "hrmaid",
    "fb: boss99": "boss99",
    "Facebook: crane.hiring": "crane.hiring",
    "m.me/crane.hiring": "crane.hiring",
    "viber://chat?number=%2B85511000501": "85511000501",
    "signal boss.42": "boss.42",
    "wechat: craneboss": "craneboss",
    "vx craneboss88": "craneboss88",
    "加V craneboss88": "craneboss88",
    "微信craneboss": "craneboss",
    "QQ 847593": "847593",
    "QQ群：84759321": "84759321",
    "discord boss#1234": "boss#1234",
    "discord.gg/boss99": "boss99",
    "skype live:boss99": "boss99",
    "kakao: craneboss": "craneboss",
    "카톡 craneboss7": "craneboss7",
    "imo 0912 345 678": "345",
    "botim: +971 50 000 0123": "000",
    "zalo o9o9 l23 456": "456",
    "zalo 0912'345'678": "345",
    "Zalo: 09.12.34.56.78": "34.56",
    "0 9 1 2 3 4 5 6 7 8": "4 5 6",
    "0️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣": "4️⃣5️⃣",
    "①③⑧⓪⓪⓪⓪①②③④": "⓪①②",
    "一三八零零零零一二三四": "一二三",
    "zero nine one two three four five six seven": "four five",
    "không chín một hai ba bốn năm sáu bảy tám": "bốn năm",
    "0912–345–678": "345",
    "+855 (0)11-000 501": "000",
    "0912_345_678": "345",
    "wa.me/85511000501": "85511000501",
    "whatsapp 85511": "85511",
    "boss99 (at) gmail (dot) com": "boss99",
    "boss.lady at gmail.com": "boss.lady",
    "boss99 [at] crane [dot] example": "boss99",
    "boss99 gmail com": "boss99",
    "boss99@ crane.example": "boss99",
    "hxxps://crane-jobs.example/apply": "apply",
    "crane-jobs.vip": "crane-jobs",
    "www.crane-jobs.example": "crane-jobs",
}
"""The text, and what of it nobody may read who sees no contact."""

ORDINARY = (
    "Pay 12.400.000 - 15.000.000 VND, 8000-12000 a month, RM 2,500 to RM 3,500, ₱100,000.00 net",
    "From 01/02/2026 - 28/02/2026, shifts 09.00-18.00, batch 2024/2025",
    "Production line 2: line leader for 12 workers, on line 3 from 8am. Signal processing with React.js/Vue.js",
    "Telegram: apply here. Facebook and LinkedIn posts, e-mail: triage, assess and answer",
    "Facebook page with 1,200 followers. We are at Kestwick, near gate 7, Mondays at noon. Pay on Fridays",
    "Sales Manager at Blue Crane. Node.js/Python, C++, ISO 9001, B2B. and 24/7 care, 5 days a week",
    "月薪6000-8000元，五险一金，一周六天，早九晚六",
    "Lương 7 triệu, hai ba ngày nghỉ, ca 1 từ 6h đến 14h",
)


def hidden(text: str) -> bool:
    """Whether the text is read without what it may not show."""
    return WAYS[text] not in hide_contacts(text)


def test_common_ways_of_writing_a_contact_are_hidden():
    seen = [text for text in WAYS if not hidden(text)]
    assert len(WAYS) >= 50
    assert seen == []


@pytest.mark.parametrize("around", ["Kitchen help wanted. {} for more. Free rooms.", "Ask:\n{}\nRooms are free"])
def test_they_are_hidden_between_other_words_too(around):
    seen = [text for text, secret in WAYS.items() if secret in hide_contacts(around.format(text))]
    assert seen == []


def test_behind_a_long_text_nothing_is_left_to_read():
    before = "Kitchen help is wanted by the lake. " * 1_500
    assert len(before) > 50_000
    for text, secret in WAYS.items():
        shown = hide_contacts(f"{before}{text}")
        assert secret not in shown, text
        assert len(shown) == len(before) + len(text)
        assert shown[:LONGEST] == before[:LONGEST]


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_offer_stays_as_it_is(text):
    assert hide_contacts(text) == text


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
