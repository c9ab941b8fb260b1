"""Saved pages of a channel's preview, in the markup of ``t.me/s/NAME``, and posts that list several vacancies.

Channel, names and texts are invented.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd
from crawler.extract.records.channel import ChannelPage, part_post, read_channel

PAGES = Path(__file__).parents[2] / "pages" / "channel"
SAVED = sorted(path.stem for path in PAGES.glob("*.html"))


def saved(name: str) -> tuple[dict[str, Any], ChannelPage]:
    wanted = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    return wanted, read_channel((PAGES / f"{name}.html").read_bytes(), url=wanted["url"])


def said(ad: RawAd) -> dict[str, Any]:
    return {name: value for name in RawAd.__slots__ if (value := getattr(ad, name)) is not None and name != "reader"}


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_preview_gives_the_messages_that_a_person_reads_on_it(name):
    wanted, page = saved(name)
    assert page.is_channel is not wanted.get("not_a_channel", False)
    if not page.is_channel:
        return
    assert [said(ad) for ad in page.messages] == wanted["messages"]
    assert (page.without_text, page.service, page.older) == (wanted["without_text"], wanted["service"], wanted["older"])
    assert (page.newest.isoformat() if page.newest else None) == wanted["newest"]


def test_a_message_is_an_ad_without_a_title_and_the_same_one_when_edited():
    body = (PAGES / "messages.html").read_text("utf-8")
    edited = body.replace("Album: three rooms", "Album: two rooms")
    before, after = (
        {
            ad.ad_id: ad
            for raw in read_channel(one.encode(), url="http://127.0.0.1/s/pier_work").messages
            for ad in [normalise(raw, source="pier", seen_at=NOON, url="http://127.0.0.1/s/pier_work")]
        }
        for one in (body, edited)
    )
    assert before.keys() == after.keys()
    assert [before[key].url for key in before if before[key] != after[key]] == ["https://t.me/pier_work/107"]
    assert {ad.title for ad in before.values()} == {""}
    assert str(next(iter(before.values())).date_posted) == "2026-11-01"


def test_where_a_link_leads_is_a_contact_though_the_text_does_not_say():
    raw = next(ad for ad in saved("messages")[1].messages if ad.forwarded_from)
    ad = normalise(raw, source="pier", seen_at=NOON, url="http://127.0.0.1/s/pier_work")
    assert ("telegram", "ferry_desk_example") in {(contact.kind, contact.value) for contact in ad.contacts}


@pytest.mark.parametrize(
    "name",
    [
        '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/anna_example">Anna Example</a>',
        '<span class="tgme_widget_message_forwarded_from_name">Anna Example</span>',
    ],
)
def test_the_name_of_a_person_is_not_kept(name):
    text = '<div class="tgme_widget_message_text">Cook wanted</div>'
    body = f'<div class="tgme_widget_message" data-post="pier_work/1">Forwarded from {name}{text}</div>'
    (ad,) = read_channel(body.encode(), url="http://127.0.0.1/s/pier_work").messages
    assert ad.forwarded_from == "a person or a private channel"


@given(st.binary())
def test_any_bytes_are_a_channel_or_not(body):
    assert not read_channel(body, url="http://127.0.0.1/s/pier_work").messages


def test_a_preview_that_no_channel_has_is_left():
    deep = '<div class="tgme_widget_message" data-post="a/1"><div class="tgme_widget_message_text">x' * 5_000
    assert not read_channel(deep.encode(), url="http://127.0.0.1/s/a").is_channel
    wide = '<div class="tgme_widget_message" data-post="a/1"></div>' * 70_000
    assert not read_channel(wide.encode(), url="http://127.0.0.1/s/a").is_channel


@pytest.mark.parametrize(
    "older", ['<link rel="prev" href="//[x?before=5">', '<a data-before="{}"></a>'.format("9" * 5_000)]
)
def test_a_broken_link_to_older_messages_costs_none_of_the_page(older):
    text = '<div class="tgme_widget_message_text">Cook wanted</div>'
    body = f'{older}<div class="tgme_widget_message" data-post="pier_work/7">{text}</div>'
    page = read_channel(body.encode(), url="http://127.0.0.1/s/pier_work")
    assert [ad.description for ad in page.messages] == ["Cook wanted"]
    assert page.older is not None
    assert int(page.older.rpartition("=")[2]) <= 7


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "soon"])
def test_a_moment_that_is_none_in_utc_costs_none_of_the_page(stamp):
    text = '<div class="tgme_widget_message_text">Cook wanted</div>'
    body = f'<div class="tgme_widget_message" data-post="pier_work/7">{text}<time datetime="{stamp}"></time></div>'
    page = read_channel(body.encode(), url="http://127.0.0.1/s/pier_work")
    assert [(ad.description, ad.date_posted) for ad in page.messages] == [("Cook wanted", stamp)]
    assert page.newest is None


def parts(text: str) -> list[str]:
    post = RawAd(description=text, url="https://t.me/example/1", identifier="example/1", reader="channel")
    return [ad.description or "" for ad in part_post(post)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (
            "Tuyển người tại Bavet:\n1. Sale chat - lương 1000$\n2. Kế toán - 800$/tháng\n3. Bảo vệ: 600$\n\nGọi Mẫu",
            3,
        ),
        (
            "招聘\n➖➖➖➖\n岗位：客服\n薪资：8000-12000元\n➖➖➖➖\n岗位：司机\n薪资：6000元\n➖➖➖➖\n联系人 样例",
            2,
        ),
        ("Our hotel hires.\n\nPosition: Cook\nSalary: 9 million VND\n\nPosition: Waiter\nSalary: 7 million VND", 2),
        ("Hiring!\n🔹 Driver – $500 per month\n🔹 Cleaner – $300 per month\n📍 Da Nang", 2),
        ("Требуются:\n1) Сварщик — 120 000 руб\n2) Водитель — 90 000 руб\nЖильё даём.", 2),
        ("รับสมัคร\n1. พนักงานขาย เงินเดือน 15,000 บาท\n2. แม่บ้าน เงินเดือน 12,000 บาท", 2),
        ("Tuyển nhân viên quán\n- Lương cứng: 7 triệu\n- Thưởng: 2 triệu\n- Phụ cấp: 500k", 1),
        ("Cần người phụ quán\n1. Ca sáng: 200k\n2. Ca đêm: 300k", 1),
        ("Baker wanted, $500 a month\n1. Bake bread\n2. Clean the oven\n3. Sell", 1),
        ("Loader. Pay:\n- first month 400$\n- after 600$", 1),
        ("Cook\n- Salary: $500\n- Place: Hue\n- Bonus: $50", 1),
        ("", 1),
    ],
)
def test_a_post_is_parted_only_where_every_part_names_a_job_and_its_pay(text: str, count: int) -> None:
    assert len(parts(text)) == count


def test_what_is_said_of_all_goes_with_each() -> None:
    assert parts("Hiring!\n🔹 Driver – $500 per month\n🔹 Cleaner – $300 per month\n📍 Da Nang") == [
        "Hiring!\n\n🔹 Driver – $500 per month\n\n📍 Da Nang",
        "Hiring!\n\n🔹 Cleaner – $300 per month\n\n📍 Da Nang",
    ]


def test_each_part_has_a_name_of_its_own_that_an_edit_of_another_does_not_change() -> None:
    def names(text: str) -> list[str | None]:
        post = RawAd(description=text, url="https://t.me/example/1", identifier="example/1", reader="channel")
        return [ad.url for ad in part_post(post)]

    before = names("Hiring!\n1. Driver – $500\n2. Cleaner – $300")
    after = names("Hiring!\n1. Driver – $500\n2. Cleaner – $350")
    assert len({*before, *after}) == 3
    assert before[0] == after[0]
