"""Posts of channels that list several vacancies. Every text is invented."""

import pytest

from crawler.extract.raw import RawAd
from crawler.extract.records.channel import part_post


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
