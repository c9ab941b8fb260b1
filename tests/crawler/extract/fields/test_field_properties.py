"""Properties of pay, dates and contacts: read back, any text, hostile text.

Every number and handle is invented. No deadlines: the first example loads lists of words and numbering plans.
"""

import time
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOON
from crawler.extract.fields.contacts import spot_contacts
from crawler.extract.fields.countries import read_employment
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.pay import read_pay
from crawler.extract.raw import RawSalary
from crawler.extract.text import read_number
from crawler.extract.vocabulary import plain

DIGITS = {
    "th": "๐๑๒๓๔๕๖๗๘๙", "km": "០១២៣៤៥៦៧៨៩", "my": "၀၁၂၃၄၅၆၇၈၉", "lo": "໐໑໒໓໔໕໖໗໘໙", "ar": "٠١٢٣٤٥٦٧٨٩",
    "hi": "०१२३४५६७८९", "ne": "०१२३४५६७८९", "bn": "০১২৩৪৫৬৭৮৯", "wide": "０１２３４５６７８９",
}  # fmt: skip


def written_in(text: str, script: str) -> str:
    return text.translate(str.maketrans("0123456789", DIGITS.get(script, "0123456789")))


def dotted(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def indian(amount: int) -> str:
    head, tail = str(amount)[:-3], str(amount)[-3:]
    while len(head) > 2:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    return f"{head},{tail}" if head else tail


# Language, how a month's pay is written, its currency, the country, the least and the greatest amount.
PAY = [
    ("vi", lambda n: f"{dotted(n)} đ/tháng", "VND", "VN", 10**6, 10**9),
    ("vi", lambda n: f"Lương {n / 10**6:g} triệu một tháng", "VND", "VN", 10**6, 10**8),
    ("vi", lambda n: f"luong {n // 10**6}tr/thang", "VND", "VN", 10**6, 10**8),
    ("id", lambda n: f"Rp {dotted(n)} per bulan", "IDR", "ID", 10**5, 10**9),
    ("id", lambda n: f"{n // 10**6} juta sebulan", "IDR", "ID", 10**6, 10**8),
    ("ms", lambda n: f"RM {n:,} sebulan", "MYR", "MY", 500, 50_000),
    ("en", lambda n: f"${n:,} per month", "USD", "KH", 100, 50_000),
    ("en", lambda n: f"USD {n}/month", "USD", "KH", 100, 50_000),
    ("tl", lambda n: f"₱{n:,}.00 kada buwan", "PHP", "PH", 500, 10**6),
    ("th", lambda n: f"เดือนละ {n:,} บาท", "THB", "TH", 500, 10**6),
    ("zh", lambda n: f"月薪{n}元", "CNY", "CN", 500, 10**6),
    ("zh", lambda n: f"月薪{n // 10_000}万", "CNY", "CN", 10**4, 10**6),
    ("zh-Hant", lambda n: f"月薪 NT${n:,}", "TWD", "TW", 500, 10**6),
    ("km", lambda n: f"{n:,} រៀល ក្នុងមួយខែ", "KHR", "KH", 10**4, 10**8),
    ("my", lambda n: f"လစာ {n:,} ကျပ်", "MMK", "MM", 10**4, 10**8),
    ("lo", lambda n: f"{dotted(n)} ກີບ/ເດືອນ", "LAK", "LA", 10**4, 10**8),
    ("ko", lambda n: f"월급 {n // 10_000}만원", "KRW", "KR", 10**4, 10**7),
    ("ja", lambda n: f"月給{n // 10_000}万円", "JPY", "JP", 10**4, 10**7),
    ("ru", lambda n: f"{n:,} ₽ в месяц".replace(",", " "), "RUB", "RU", 1000, 10**6),
    ("uk", lambda n: f"{n} грн на місяць", "UAH", "UA", 1000, 10**6),
    ("es", lambda n: f"{dotted(n)} pesos mensuales", "COP", "CO", 10**5, 10**8),
    ("pt", lambda n: f"R$ {dotted(n)},00 por mês", "BRL", "BR", 500, 10**6),
    ("fr", lambda n: f"{n:,} € par mois".replace(",", "\u202f"), "EUR", "FR", 500, 10**6),
    ("ar", lambda n: f"{n} درهم شهريا", "AED", "AE", 500, 10**6),
    ("hi", lambda n: f"₹{indian(n)} प्रति माह", "INR", "IN", 500, 10**7),
    ("hi-Latn", lambda n: f"salary {n} rupaye mahina", "INR", "IN", 500, 10**6),
    ("bn", lambda n: f"{indian(n)} টাকা মাসিক", "BDT", "BD", 500, 10**7),
    ("ne", lambda n: f"मासिक रु {indian(n)}", "NPR", "NP", 500, 10**7),
    ("sw", lambda n: f"KSh {n:,} kwa mwezi", "KES", "KE", 500, 10**6),
]  # fmt: skip


@pytest.mark.parametrize(("language", "render", "currency", "country", "least", "most"), PAY)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_pay_that_is_written_is_read_back(language, render, currency, country, least, most, data) -> None:
    amount = data.draw(st.integers(1, most // least)) * least
    text = written_in(render(amount), language)
    pay = read_pay(RawSalary(raw=text), country)
    assert pay is not None
    assert (pay.min, pay.max, pay.currency, pay.period) == (amount, amount, currency, "month"), text


@pytest.mark.parametrize("between", ["-", " - ", "–", "~", " ~ "])
@settings(max_examples=25, deadline=None)
@given(low=st.integers(1, 40), more=st.integers(1, 40))
def test_a_range_is_read_with_its_multiplier_at_one_end_or_both(between: str, low: int, more: int) -> None:
    for unit, country, factor in (("tr", "VN", 10**6), (" juta", "ID", 10**6), ("万", "CN", 10**4), ("k", "PH", 10**3)):
        for text in (f"{low}{between}{low + more}{unit}", f"{low}{unit}{between}{low + more}{unit}"):
            pay = read_pay(RawSalary(raw=text), country)
            assert pay is not None
            assert (pay.min, pay.max) == (low * factor, (low + more) * factor), text


MONTHS = tomllib.loads((Path(__file__).parents[2] / "cases" / "months.toml").read_text("utf-8"))


def month(language: str, day: date) -> str:
    return MONTHS[language].split()[day.month - 1]


DATES = [
    ("vi", "VN", lambda d: f"{d.day:02}/{d.month:02}/{d.year}"),
    ("vi", "VN", lambda d: f"Ngày {d.day} tháng {d.month} năm {d.year}"),
    ("id", "ID", lambda d: f"{d.day} {month('id', d)} {d.year}"),
    ("ms", "MY", lambda d: f"{d.day} {month('ms', d)} {d.year}"),
    ("en", "GB", lambda d: d.strftime("%d %B %Y")),
    ("en", "US", lambda d: d.strftime("%m/%d/%Y")),
    ("en", None, lambda d: d.strftime("%b %d, %Y")),
    ("en", None, lambda d: d.strftime("%a, %d %b %Y 08:00:00 +0000")),
    ("en", None, lambda d: d.isoformat()),
    ("tl", "PH", lambda d: f"ika-{d.day} ng {month('tl', d)} {d.year}"),
    ("th", "TH", lambda d: f"{d.day} {month('th', d)} {d.year + 543}"),
    ("th", "TH", lambda d: f"{d.day}/{d.month}/{d.year + 543}"),
    ("zh", "CN", lambda d: f"{d.year}年{d.month}月{d.day}日"),
    ("zh-Hant", "TW", lambda d: f"民國{d.year - 1911}年{d.month}月{d.day}日"),
    ("km", "KH", lambda d: f"ថ្ងៃទី{d.day} ខែ{month('km', d)} ឆ្នាំ{d.year}"),
    ("my", "MM", lambda d: f"{d.year} ခုနှစ် {month('my', d)} {d.day} ရက်"),
    ("lo", "LA", lambda d: f"ວັນທີ {d.day} {month('lo', d)} {d.year}"),
    ("ko", "KR", lambda d: f"{d.year}년 {d.month}월 {d.day}일"),
    ("ja", "JP", lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日"),
    ("ru", "RU", lambda d: f"{d.day} {month('ru', d)} {d.year} г."),
    ("uk", "UA", lambda d: f"{d.day} {month('uk', d)} {d.year} р."),
    ("es", "MX", lambda d: f"{d.day} de {month('es', d)} de {d.year}"),
    ("pt", "BR", lambda d: f"{d.day} de {month('pt', d)} de {d.year}"),
    ("fr", "FR", lambda d: f"{d.day} {month('fr', d)} {d.year}"),
    ("ar", "SA", lambda d: f"{d.day} {month('ar', d)} {d.year}"),
    ("hi", "IN", lambda d: f"{d.day} {month('hi', d)} {d.year}"),
    ("bn", "BD", lambda d: f"{d.day} {month('bn', d)} {d.year}"),
    ("ne", "NP", lambda d: f"{d.day} {month('ne', d)} {d.year}"),
    ("sw", "KE", lambda d: f"{d.day} {month('sw', d)} {d.year}"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "country", "render"), DATES)
@settings(max_examples=40, deadline=None)
@given(day=st.dates(date(2020, 1, 1), date(2031, 12, 31)))
def test_a_date_that_is_written_is_read_back(language, country, render, day) -> None:
    text = written_in(render(day), language)
    assert read_date(text, seen_at=NOON, country=country) == day, text


@settings(max_examples=60, deadline=None)
@given(seconds=st.integers(1_577_836_800, 1_925_000_000), ahead=st.integers(-11, 13))
def test_a_moment_is_one_day_however_its_zone_is_written(seconds: int, ahead: int) -> None:
    """In Viet Nam it is seven hours later than in UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    expected = (moment + timedelta(hours=7)).date()
    elsewhere = moment + timedelta(hours=ahead)
    if (elsewhere.hour, elsewhere.minute) == (23, 59) or (moment.hour, moment.minute) == (23, 59):
        return
    for text in (
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        str(int(moment.timestamp())),
        f"{elsewhere:%Y-%m-%dT%H:%M:%S}{ahead:+03}:00",
    ):
        assert read_date(text, seen_at=NOON, country="VN") == expected, text


@settings(max_examples=60, deadline=None)
@given(days=st.integers(1, 99))
def test_days_ago_and_days_left_count_from_when_the_ad_was_seen(days: int) -> None:
    for ago in (
        "{} days ago",
        "{} ngày trước",
        "{} hari yang lalu",
        "{} วันที่แล้ว",
        "{}天前",
        "{} дня назад",
        "hace {} días",
    ):
        assert read_date(ago.format(days), seen_at=NOON) == NOON.date() - timedelta(days=days)
    for left in (
        "{} days left",
        "còn {} ngày",
        "sisa {} hari",
        "เหลือ {} วัน",
        "还剩{}天",
        "осталось {} дней",
        "quedan {} días",
    ):
        assert read_date(left.format(days), seen_at=NOON, deadline=True) == NOON.date() + timedelta(days=days)


# Country: a mobile number at home from nine free digits, and what stands before it in E.164.
PHONES = {
    "VN": ("090{:07}", "+8490{:07}"), "ID": ("0812{:08}", "+62812{:08}"), "TH": ("081{:07}", "+6681{:07}"),
    "PH": ("0917{:07}", "+63917{:07}"), "MY": ("019{:07}", "+6019{:07}"), "CN": ("138{:08}", "+86138{:08}"),
    "TW": ("0912{:06}", "+886912{:06}"), "RU": ("8900{:07}", "+7900{:07}"), "UA": ("050{:07}", "+38050{:07}"),
    "SA": ("050{:07}", "+96650{:07}"), "BD": ("0170{:07}", "+880170{:07}"), "KE": ("0712{:06}", "+254712{:06}"),
    "FR": ("061{:07}", "+3361{:07}"), "LA": ("0205{:07}", "+856205{:07}"), "GB": ("07400{:06}", "+447400{:06}"),
}  # fmt: skip
SCRIPTS = ["latin", *DIGITS]


def _grouped(digits: str, mark: str, size: int) -> str:
    return mark.join(digits[place : place + size] for place in range(0, len(digits), size))


@pytest.mark.parametrize("country", PHONES)
@settings(max_examples=30, deadline=None)
@given(
    free=st.integers(550_000, 559_999),
    mark=st.sampled_from(["", " ", ".", "-"]),
    size=st.sampled_from([3, 4]),
    script=st.sampled_from(SCRIPTS),
)
def test_a_phone_is_read_back_however_it_is_grouped(country, free, mark, size, script) -> None:
    home, code = (form.format(free) for form in PHONES[country])
    written = written_in(_grouped(home, mark, size) if mark else home, script)
    text = f"HR: {written}\n"
    assert ("phone", code) in {(one.kind, one.value) for one in spot_contacts(text, country)}, text
    assert ("phone", code) in {(one.kind, one.value) for one in spot_contacts(f"HR: {code}", None)}
    # Without the country nobody knows whose it is.
    assert not [one for one in spot_contacts(text, None) if one.kind == "phone"]


PIECES = st.sampled_from(
    [
        "Zalo ", "zalo.me/", "0900 000 001", "+84 900 000 002", "t.me/", "@bake_shop", "tele ", "LINE ID: ",
        "bakeshop88", "hr@bakery.example", " (at) ", "微信", "：", "ไลน์", "\n", " - ", "15.000.000 đ", "lương ",
        "15tr/tháng", "https://bakery.example/a", "０９", "0️⃣", "ဝ၉", "l", "O", "01/11/2026", "\u200b", "İ", "ﬁ",
        "👉", "\x00",
    ]
)  # fmt: skip
ANY_TEXT = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=14).map("".join))


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT, st.sampled_from([None, "VN", "PH", "CN", "US", "XX", ""]), st.sampled_from([None, "KH", "XX"]))
def test_a_contact_stands_where_it_was_spotted(text: str, country: str | None, source: str | None) -> None:
    for one in spot_contacts(text, country, source_country=source):
        said = text[one.start : one.end]
        assert 0 <= one.start < one.end <= len(text)
        assert said == said.strip()
        # The words themselves give the contact again, wherever they stand.
        if one.kind == "web":
            assert one.value.split("/")[0] in said.lower()
        if one.kind == "email":
            assert one.value.split("@")[0] in plain(said)
        if one.kind == "phone" and one.value.startswith("+") and "." not in said:
            assert len([char for char in plain(said) if char.isalnum()]) >= 7


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT, st.sampled_from([None, "VN", "PH", "CN", "US", "XX", ""]))
def test_any_text_is_read_or_is_none(text: str, country: str | None) -> None:
    assert len(plain(text)) == len(text)
    assert plain(plain(text)) == plain(text)
    read_date(text, seen_at=NOON, country=country, language="vi", deadline=True)
    read_employment(text)
    pay = read_pay(RawSalary(raw=text, min=text[:9], max=text[2:9], currency=text[:4], period=text), country, country)
    assert pay is None or pay.raw


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_a_number_is_the_same_with_any_marks_between_its_thousands(number: int) -> None:
    for mark in ",. '":
        found = read_number(f"{number:,}".replace(",", mark))
        assert found in (None, number)
        assert found == number or number < 1000
    assert read_number(indian(number)) in (number, None)


HOSTILE = [
    "1", ".", "1.", "(", "+84", "1 ", "0 ", "@", "a@", "a.", "a at ", "z.", "zalo ", "line id: ", "wa 08",
    "http://", "t.me/a", "1tr", "$", "1 to ", "1,", "một ", "lương 1 ", "0900 ", "8 8", "一", "ဝ", "ဝ1,",
    "ต.ค.", " ", "x (at) x ", "o", "o1", "1'", "-", "/", "www.", "x@y.", "không ", "0️⃣", "5 ngày ", "1/",
    "2026-", "\u200b", "a-", "微信", "1万", "tháng ", "{", "\n", "1\n",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_of_anything_is_read_soon(unit: str) -> None:
    """Work is bounded: a page's worth of a text is read, and no pattern goes back over more than a line of it."""
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    spot_contacts(text, "VN", source_country="KH")
    read_pay(RawSalary(raw=text), "VN")
    read_date(text, seen_at=NOON, country="VN")
    read_employment(text)
    # Half a second at most here. Quadratic time would be minutes.
    assert time.process_time() - started < 6
