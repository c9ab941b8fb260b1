"""Raw ads to JobAds. Every text, phone and handle is invented."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ad import Contact, JobAd, PageRef, Salary
from crawler.errors import NotAnAd
from crawler.extract.fields.contacts import find_contacts
from crawler.extract.fields.countries import country_code, country_in_place
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.pay import read_pay
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.text import clean_text, one_line

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
URL = "http://board.test/jobs/17?utm_source=x&page=2"


def make(*, url: str = URL, language: str | None = None, country: str | None = None, **raw: Any) -> JobAd:
    found = RawAd(**{"title": "Night baker", "description": "We bake.", "reader": "json-ld", **raw})
    return normalise(found, source="board", seen_at=NOON, url=url, language=language, country=country, page=None)


def test_every_field_is_read() -> None:
    page = PageRef(file="pages.warc.gz", offset=7, sha256="0" * 64)
    raw = RawAd(
        title="Night baker",
        description="We bake.\nCall 0241 234 5678.",
        identifier="17",
        date_posted="2026-10-05T08:00:00+07:00",
        valid_through="01/12/2026",
        hiring_organization="Lantern Bakery",
        company_profile="Bread since 1988.",
        job_location="Hoi An, Quang Nam, Việt Nam",
        base_salary=RawSalary(min="9000000", max="12000000", currency="VND", period="MONTH", raw="9 - 12"),
        employment_type="FULL_TIME",
        apply_url="/apply/17",
        language="vi_vn",
        reader="json-ld",
    )
    ad = normalise(raw, source="board", seen_at=NOON, url=URL, language="en", country="KH", page=page)
    assert (ad.source, ad.seen_at, ad.url, ad.page) == ("board", NOON, URL, page)
    assert (ad.title, ad.description) == ("Night baker", "We bake.\nCall 0241 234 5678.")
    assert (ad.date_posted, ad.valid_through) == (date(2026, 10, 5), date(2026, 12, 1))
    assert (ad.hiring_organization, ad.company_profile) == ("Lantern Bakery", "Bread since 1988.")
    assert (ad.job_location, ad.country) == ("Hoi An, Quang Nam, Việt Nam", "VN")
    assert ad.base_salary == Salary(min=9e6, max=12e6, currency="VND", period="month", raw="9 - 12")
    assert (ad.employment_type, ad.apply_url, ad.language) == ("FULL_TIME", "http://board.test/apply/17", "vi-VN")


def test_what_has_neither_title_nor_text_is_no_ad() -> None:
    with pytest.raises(NotAnAd, match=r"board\.test.*expected a title or a description"):
        make(title=" ", description=None)
    assert make(title=None).title == ""
    assert make(description=None).description == ""


def test_absent_is_none_and_never_a_word_for_it() -> None:
    ad = make(
        hiring_organization="N/A", job_location="", employment_type="null", date_posted="soon", apply_url="mailto:x"
    )
    empty = (ad.hiring_organization, ad.job_location, ad.employment_type, ad.date_posted, ad.apply_url, ad.base_salary)
    assert empty == (None,) * 6
    assert (ad.country, ad.contacts) == (None, ())


VIETNAMESE = "Tiệm bánh nhỏ trong phố cổ cần một thợ làm bánh ca đêm, chủ nhật được nghỉ, ăn trưa tại tiệm."


@pytest.mark.parametrize(
    ("text", "page", "source", "tag"),
    [
        (VIETNAMESE, "en", "en", "vi"),
        (VIETNAMESE, "vi_vn", None, "vi-VN"),
        (VIETNAMESE, "en", "vi-VN", "vi-VN"),
        (VIETNAMESE, None, None, "vi"),
        ("Thợ bánh", "en-GB", "vi", "en-GB"),
        ("12 - 15", None, "th", "th"),
        ("12 - 15", None, None, None),
    ],
)
def test_the_language_of_a_text_overrules_that_of_its_page_where_it_is_plain(
    text: str, page: str | None, source: str | None, tag: str | None
) -> None:
    found = RawAd(title="", description=text, language=page, reader="json-ld")
    ad = normalise(found, source="board", seen_at=NOON, url=URL, language=source, country=None, page=None)
    assert ad.language == tag


def test_one_ad_has_one_id_however_its_address_was_come_by() -> None:
    assert make().ad_id == make(url="http://BOARD.test/jobs/17?page=2&fbclid=abc").ad_id
    assert make().ad_id != make(url="http://board.test/jobs/18").ad_id
    assert make(identifier="1").ad_id != make(identifier="2").ad_id
    assert make().ad_id.startswith("board:")


def test_the_ad_s_own_country_goes_before_the_source_s() -> None:
    assert make(country="VN").country == "VN"
    assert make(country="VN", job_location="Bavet, Campuchia").country == "KH"
    assert make(country="VN", job_location="Huế").country == "VN"
    assert normalise(
        RawAd(title="Baker", country="Cambodia", job_location="Bavet", reader="api"),
        source="s", seen_at=NOON, url=URL, country="VN",
    ).country == "KH"  # fmt: skip


def test_text_is_nfc_and_otherwise_as_collected() -> None:
    ad = make(title="Tie\u0302\u0301ng", description="  Ba\u0301nh  mi\u0300 \n\n  No\u0301ng \x00")
    assert (ad.title, ad.description) == ("Tiếng", "Bánh  mì \n\n  Nóng")


DATES: list[tuple[str, str | None, date | None]] = [
    ("2026-10-05", None, date(2026, 10, 5)),
    ("2026-10-05T23:59:59.000Z", None, date(2026, 10, 5)),
    ("2020-10-20 20:28:32 UTC", None, date(2020, 10, 20)),
    ("2026/10/5", None, date(2026, 10, 5)),
    ("2026年10月5日", "CN", date(2026, 10, 5)),
    ("Mon, 05 Oct 2026 08:00:00 +0700", None, date(2026, 10, 5)),
    ("October 5, 2026", None, date(2026, 10, 5)),
    ("5th October 2026", None, date(2026, 10, 5)),
    ("05/10/2026", "VN", date(2026, 10, 5)),
    ("5.10.2026", "CZ", date(2026, 10, 5)),
    ("05/10/2026", "PH", date(2026, 5, 10)),
    ("05/10/2026", None, None),
    ("25/10/2026", None, date(2026, 10, 25)),
    ("10/25/2026", "US", date(2026, 10, 25)),
    ("05/05/2026", None, date(2026, 5, 5)),
    ("Ngày 5 tháng 10 năm 2026", "VN", date(2026, 10, 5)),
    ("5 Oktober 2026", "ID", date(2026, 10, 5)),
    ("5 Agustus 2026", "ID", date(2026, 8, 5)),
    ("5 ต.ค. 2569", "TH", date(2026, 10, 5)),
    ("5 ตุลาคม 2569", "TH", date(2026, 10, 5)),
    ("05/10/2569", "TH", date(2026, 10, 5)),
    ("1791187200", None, date(2026, 10, 5)),
    ("1791187200000", None, date(2026, 10, 5)),
    ("today", None, date(2026, 11, 2)),
    ("Hôm qua", "VN", date(2026, 11, 1)),
    ("3 days ago", None, date(2026, 10, 30)),
    ("5 giờ trước", "VN", date(2026, 11, 2)),
    ("3 hari yang lalu", "ID", date(2026, 10, 30)),
    ("3天前", "CN", date(2026, 10, 30)),
    ("3 วันที่แล้ว", "TH", date(2026, 10, 30)),
    ("30+ days ago", None, None),
    ("2 weeks ago", None, None),
    ("2 months ago", None, None),
    ("31/02/2026", "VN", None),
    ("0000-00-00", None, None),
    ("until filled", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("text", "country", "day"), DATES)
def test_dates(text: str, country: str | None, day: date | None) -> None:
    assert read_date(text, seen_at=NOON, country=country) == day


PAY: list[tuple[str, str | None, tuple[float | None, float | None, str | None, str | None]]] = [
    ("10 - 15 triệu", "VN", (10e6, 15e6, "VND", None)),
    ("10-15tr/tháng", "VN", (10e6, 15e6, "VND", "month")),
    ("Từ 10 triệu", "VN", (10e6, None, "VND", None)),
    ("Tới 20 triệu VND", "VN", (None, 20e6, "VND", None)),
    ("15.000.000 - 20.000.000 đ", "VN", (15e6, 20e6, "VND", None)),
    ("1,5 triệu", "VN", (1.5e6, 1.5e6, "VND", None)),
    ("200k/giờ", "VN", (200e3, 200e3, "VND", "hour")),
    ("Up to $2,000", "VN", (None, 2000, "USD", None)),
    ("Rp 5.000.000 – Rp 7.500.000 per bulan", "ID", (5e6, 7.5e6, "IDR", "month")),
    ("Rp5jt – 7jt", "ID", (5e6, 7e6, "IDR", None)),
    ("₱18,000.00 - ₱20,000.00 / month", "PH", (18e3, 20e3, "PHP", "month")),
    ("15,000 - 18,000 บาท/เดือน", "TH", (15e3, 18e3, "THB", "month")),
    ("2หมื่น-3หมื่น", "TH", (2e4, 3e4, "THB", None)),
    ("8千-1.2万·13薪", "CN", (8e3, 12e3, "CNY", None)),
    ("1-1.5万/月", "CN", (1e4, 1.5e4, "CNY", "month")),
    ("150元/天", "CN", (150, 150, "CNY", "day")),
    ("RM 3,000 - RM 4,500", "MY", (3000, 4500, "MYR", None)),
    ("S$2,500", "SG", (2500, 2500, "SGD", None)),
    ("3.5 lakh per annum", "IN", (350e3, 350e3, "INR", "year")),
    ("$300-$500/month", "KH", (300, 500, "USD", "month")),
    ("$18 per hour", None, (18, 18, None, "hour")),
    ("50 000 – 80 000 Kč", "CZ", (50e3, 80e3, "CZK", None)),
    # What can be read in two ways is not read.
    ("50-80.000 Kč", "CZ", (None, None, "CZK", None)),
    ("1.500 triệu", "VN", (None, None, None, None)),
    ("lương cứng 8 triệu, tổng 15 - 20 triệu", "VN", (None, None, None, None)),
    ("Thỏa thuận", "VN", (None, None, None, None)),
    ("面议", "CN", (None, None, None, None)),
    ("2 năm kinh nghiệm", "VN", (None, None, None, None)),
]


@pytest.mark.parametrize(("text", "country", "found"), PAY)
def test_pay(text: str, country: str | None, found: tuple[float | None, float | None, str | None, str | None]) -> None:
    pay = read_pay(RawSalary(raw=text), country)
    assert pay is not None
    assert (pay.min, pay.max, pay.currency, pay.period) == found
    assert pay.raw == text


def test_pay_in_parts_is_read_part_by_part() -> None:
    pay = read_pay(RawSalary(min="5.5", currency="usd", period="HOUR", raw="5.5 usd HOUR"), None)
    assert pay == Salary(min=5.5, max=None, currency="USD", period="hour", raw="5.5 usd HOUR")
    assert read_pay(None, "VN") is None
    assert read_pay(RawSalary(currency="VND"), "VN") is None


CONTACTS: list[tuple[str, str | None, set[tuple[str, str]]]] = [
    ("Gọi 0900 000 001 gặp chị Hoa", "VN", {("phone", "+84900000001")}),
    ("Gọi 0900 000 001", None, set()),
    ("Call +66 81 000 0000", None, {("phone", "+66810000000")}),
    ("mail HR@bakery.example.", None, {("email", "hr@bakery.example")}),
    ("t.me/bake_shop hoặc https://telegram.me/s/bake_two", None, {("telegram", "bake_shop"), ("telegram", "bake_two")}),
    ("Telegram: @bake_shop", None, {("telegram", "bake_shop")}),
    ("Zalo 0900 000 001", "VN", {("phone", "+84900000001"), ("zalo", "+84900000001")}),
    ("zalo.me/0900000001", "VN", {("zalo", "+84900000001"), ("phone", "+84900000001")}),
    ("wa.me/628120000000", "ID", {("whatsapp", "+628120000000"), ("phone", "+628120000000")}),
    ("LINE ID: @bakeshop", "TH", {("line", "bakeshop")}),
    ("ไลน์ไอดี bakeshop", "TH", {("line", "bakeshop")}),
    ("微信：bake_shop88", "CN", {("wechat", "bake_shop88")}),
    ("facebook.com/bake.shop", None, {("facebook", "bake.shop")}),
    ("facebook.com/sharer/sharer.php?u=1", None, set()),
    ("assembly line: operators wanted", "PH", set()),
    ("lương 15.000.000 - 20.000.000", "VN", set()),
    # No valid numbers, and offered as numbers all the same.
    ("WhatsApp: +63 900 000 0033", None, {("phone", "+639000000033"), ("whatsapp", "+639000000033")}),
    ("call 0900 000 043", "PH", {("phone", "0900000043")}),
    ("code 0900000431", "PH", set()),
    ("phone: 10.000.000", "VN", set()),
]


@pytest.mark.parametrize(("text", "country", "found"), CONTACTS)
def test_contacts(text: str, country: str | None, found: set[tuple[str, str]]) -> None:
    assert {(contact.kind, contact.value) for contact in find_contacts(text, country)} == found


def test_contacts_beside_the_text_count_too() -> None:
    ad = make(contact="bake@bakery.example", apply_url="https://t.me/bake_shop")
    assert ad.contacts == (
        Contact(kind="email", value="bake@bakery.example"),
        Contact(kind="telegram", value="bake_shop"),
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("VN", "VN"), ("vn", "VN"), ("UK", "GB"), ("Viet Nam", "VN"), ("Việt Nam", "VN"), ("越南", "VN"),
        ("Kamboja", "KH"),
        ("Campuchia", "KH"), ("กัมพูชา", "KH"), ("Pilipinas", "PH"), ("ประเทศไทย", "TH"), ("Česko", "CZ"), ("UAE", "AE"),
        ("Anywhere", None), ("Hà Nội", None), ("XX", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_countries_by_name_and_code(name: str | None, code: str | None) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Da Nang, Vietnam", "VN"), ("Bavet - Campuchia", "KH"), ("Praha, Česko; Brno, Česko", "CZ"),
        ("马来西亚", "MY"),
        ("Sacramento, CA", None), ("Atlanta, Georgia", None), ("Hà Nội", "VN"), ("Quận 7, TP. Hồ Chí Minh", "VN"),
        ("Sihanoukville", "KH"), ("Phnom Penh; Kampot", "KH"), ("Bavet; Mae Sot", None), ("Bavet, Long An", None),
        ("แม่สอด", "TH"), ("妙瓦底", "MM"), ("ວຽງຈັນ", "LA"), ("San Jose", None), (None, None),
    ],
)  # fmt: skip
def test_a_place_names_its_country_last(place: str | None, code: str | None) -> None:
    assert country_in_place(place) == code


_TEXTS = [field.name for field in fields(RawAd) if field.name not in ("reader", "base_salary")]


@given(
    st.dictionaries(st.sampled_from(_TEXTS), st.text(max_size=60)),
    st.text(max_size=40),
    st.sampled_from([None, "VN", "PH", "XX", ""]),
)
def test_any_raw_ad_is_normalised_or_is_none(texts: dict[str, str], pay: str, country: str | None) -> None:
    raw = RawAd(**texts, base_salary=RawSalary(raw=pay, currency=pay[:4], min=pay), reader="page")
    try:
        normalise(raw, source="s", seen_at=NOON, url=URL, country=country)
    except NotAnAd:
        assert not one_line(texts.get("title", ""))
        assert not clean_text(texts.get("description", "")).strip()


@pytest.mark.parametrize("said", ["\x1b", "\x1b\x00", " ", "\n"])
def test_what_nothing_is_left_of_is_no_ad(said: str) -> None:
    with pytest.raises(NotAnAd, match="expected a title or a description"):
        normalise(RawAd(title=said, description=said, reader="page"), source="s", seen_at=NOON, url=URL)


def test_a_place_to_break_a_word_is_no_part_of_a_line():
    assert one_line("Crate\u00ad porter at the har\u00adbour") == "Crate porter at the harbour"
