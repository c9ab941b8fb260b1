"""Common ways of writing a contact are hidden, and ordinary offers stay as they are. Everything is invented."""

import pytest

from pipeline.linking.redaction import LONGEST, hide_contacts

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
