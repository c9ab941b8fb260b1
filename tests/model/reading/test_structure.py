"""Facts about how an offer is made: each has offers that show it and lawful ones that do not. All are invented."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from crawler.ad import Contact, Salary
from model.reading.offer_facts import FACTS, Known, WorkWords, names_firm
from model.reading.reader import AdReader
from model.taxonomy import records
from model.taxonomy.loader import load_taxonomy

TAXONOMY = load_taxonomy(Path(__file__).parents[3] / "data" / "taxonomy")
KNOWN = Known(TAXONOMY.countries, WorkWords(TAXONOMY.work))


def pay(low: float, currency: str, period: str = "month", raw: str | None = None) -> Salary:
    return Salary(min=low, max=None, currency=currency, period=period, raw=raw)


def contact(kind: str, value: str) -> tuple[Contact, ...]:
    return (Contact(kind=kind, value=value),)


BAKERY = "Thornbury Bakery Ltd"
SHOWS: list[tuple[str, dict[str, Any]]] = [
    ("pay_above_minimum", {"base_salary": pay(30_000_000, "VND"), "country": "VN"}),
    ("pay_above_minimum", {"base_salary": pay(30_000_000, "VND")}),
    ("pay_above_minimum", {"base_salary": pay(1500, "USD"), "country": "KH"}),
    ("pay_above_minimum", {"base_salary": pay(1500, "USDT"), "language": "vi"}),
    ("pay_above_minimum", {"base_salary": pay(1_000, "THB", "hour"), "country": "TH"}),
    ("no_employer", {"hiring_organization": None, "description": "Ring me for work."}),
    ("messenger_only", {"contacts": contact("telegram", "good_job_now")}),
    ("contact_elsewhere", {"contacts": contact("phone", "+85512000000"), "country": "VN"}),
    ("contact_elsewhere", {"contacts": contact("whatsapp", "+95912000000"), "country": "IN"}),
    ("free_mail", {"contacts": contact("email", "thornbury.jobs@gmail.com"), "hiring_organization": BAKERY}),
    ("look_alike_domain", {"contacts": contact("email", "hr@samsung-careers.com")}),
    ("look_alike_domain", {"contacts": contact("web", "https://vietnamwork.com/apply")}),
    ("look_alike_domain", {"apply_url": "https://www.lazada-job-online.top/x"}),
    ("official_way", {"hiring_organization": BAKERY}),
    ("official_way", {"hiring_organization": None, "description": "Loker PLN: https://rekrutmen.pln.co.id/daftar"}),
    ("official_way", {"hiring_organization": None, "description": "Nộp hồ sơ qua hop.thu@dolab.gov.vn"}),
    ("official_way", {"hiring_organization": None, "apply_url": "https://recruitment.pertamina.com/"}),
    ("many_contacts", {"contacts": tuple(Contact(kind="phone", value=f"+8490{n:07}") for n in range(51))}),
    ("shouting", {"description": "URGENT WORK FOR ALL WHO WANT GOOD MONEY NOW, COME AND RING TODAY"}),
    ("shouting", {"description": "Work 💰💰 ring now 🔥🔥"}),
    ("disguised", {"description": "Рa6oтa нa дoмy, oплaтa cpaзy"}),
    *(
        ("no_word_of_work", {"hiring_organization": None, "title": "", "description": said})
        for said in (
            "Phòng trọ gần chợ, cọc 2 triệu, dọn vào liền.",
            "Sewa motor, DP 100rb dulu.",
            "Парковка, залог 9 000.",
            "Room near the networks museum, deposit two weeks.",
            "房子朝南,押一付三。",
            "ห้องพัก มัดจำ 2,000",
            f"{'- ' * 50_000}We hire cooks.",  # behind what is read
        )
    ),
]
SPARES: list[tuple[str, dict[str, Any]]] = [
    ("pay_above_minimum", {"base_salary": pay(9_000_000, "VND"), "country": "VN"}),
    ("pay_above_minimum", {"base_salary": pay(30_000_000, "VND"), "country": "JP"}),
    ("pay_above_minimum", {"base_salary": pay(30_000_000, "VND", "year"), "country": "VN"}),
    ("pay_above_minimum", {"base_salary": pay(3_000, "EUR")}),
    ("pay_above_minimum", {}),
    ("no_employer", {"hiring_organization": BAKERY}),
    ("no_employer", {"hiring_organization": None, "description": "PT Roti Pagi mencari tukang roti."}),
    ("no_employer", {"hiring_organization": None, "description": "Công ty TNHH Bánh Mì Sáng tuyển thợ."}),
    ("messenger_only", {"contacts": contact("telegram", "thornbury"), "hiring_organization": BAKERY}),
    ("messenger_only", {"contacts": (*contact("zalo", "+84900000000"), *contact("email", "a@thornbury.example"))}),
    ("messenger_only", {}),
    ("contact_elsewhere", {"contacts": contact("phone", "+85512000000"), "country": "KH"}),
    ("contact_elsewhere", {"contacts": contact("phone", "+85512000000")}),
    ("contact_elsewhere", {"contacts": contact("phone", "+84900000000"), "country": "TH"}),
    ("free_mail", {"contacts": contact("email", "jobs@thornbury.example"), "hiring_organization": BAKERY}),
    ("free_mail", {"contacts": contact("email", "a@gmail.com")}),
    ("look_alike_domain", {"contacts": contact("email", "hr@samsung.com")}),
    ("look_alike_domain", {"contacts": contact("email", "hr@careers.samsung.com")}),
    ("look_alike_domain", {"contacts": contact("web", "thornbury-bakery.example")}),
    ("look_alike_domain", {"apply_url": "http://[broken"}),
    ("official_way", {"hiring_organization": None, "description": "Loker PLN: pln.co.id.daftar-kerja.example/daftar"}),
    ("official_way", {"hiring_organization": None, "description": "Loker PLN, hubungi wa.me/628000000000"}),
    ("official_way", {"hiring_organization": None, "description": "Ring me for work."}),
    ("many_contacts", {"contacts": tuple(Contact(kind="phone", value=f"+8490{n:07}") for n in range(50))}),
    ("disguised", {"description": "Ищем cварщика, оплата сразу, IT-отдел поможет"}),
    ("disguised", {"description": "Весна гаряча пора для трудових мiгрантiв на фабрицi"}),
    ("disguised", {"description": "𝐍𝐄𝐖 𝐘𝐄𝐀𝐑 𝐍𝐄𝐖 𝐘𝐎𝐔: tuyển nhân viên 𝗖𝗔̂̉𝗠 𝗟𝗘̣̂"}),
    ("shouting", {"description": "Night-shift baker for a small shop in the old town, NVQ level 2."}),
    *(
        ("no_word_of_work", {"hiring_organization": None, "title": "", "description": said})
        for said in (
            "Tuyển người gấp, cọc 2 triệu.",
            "tuyen nguoi gap coc 2 trieu",
            "LOKER pabrik, DP 100rb dulu.",
            "W.o.r.k at the harbour, fee first.",
            "Нужны рабочие, залог 9 000.",
            "招人,押金三百。",
            "รับคนงาน มัดจำ 2,000",
            "مطلوب سائق، الرسوم أولا",
            "Wir suchen Mitarbeiter, Kaution zuerst.",
            "Cercasi barista, cauzione prima.",
            "Praca od zaraz, zaliczka.",
            "Ek iş, önce depozito.",
            "Ажил санал болгоё, эхлээд барьцаа.",
            "வேலை உண்டு, முதலில் கட்டணம்.",
        )
    ),
    ("no_word_of_work", {"hiring_organization": BAKERY, "title": "", "description": "Fee first."}),
    (
        "no_word_of_work",
        {"hiring_organization": None, "title": "", "description": "-", "base_salary": pay(9, "EUR", "hour")},
    ),
]


@pytest.mark.parametrize(("fact", "fields"), SHOWS)
def test_an_offer_shows_the_fact(fact: str, fields: dict[str, Any]) -> None:
    assert FACTS[fact](make_ad(**fields), KNOWN) is not None


@pytest.mark.parametrize(("fact", "fields"), SPARES)
def test_a_lawful_offer_does_not(fact: str, fields: dict[str, Any]) -> None:
    assert FACTS[fact](make_ad(**fields), KNOWN) is None


def test_every_fact_is_shown_and_spared_here_and_named_by_the_taxonomy() -> None:
    assert {fact for fact, _ in SHOWS} == {fact for fact, _ in SPARES} == FACTS.keys()
    assert {one.fact for one in TAXONOMY.indicators.values() if one.fact} == FACTS.keys() == set(records.FACTS)


def test_a_number_is_found_in_the_text_however_it_is_parted() -> None:
    ad = make_ad(description="Call 855-12.000 000 now", contacts=contact("phone", "+85512000000"), country="VN")
    found = FACTS["contact_elsewhere"](ad, KNOWN)
    assert found is not None
    field, start, end = found
    assert getattr(ad, field)[start:end] == "855-12.000 000"


def test_facts_are_told_only_beside_a_sign_in_the_text() -> None:
    reader = AdReader.from_taxonomy(TAXONOMY)
    telegram = contact("telegram", "good_job_now")
    quiet = make_ad(contacts=telegram)
    loud = make_ad(description="Your passports are kept by the company.", contacts=telegram)
    told = [{one.indicator for one in read.evidence} for read in reader.read([quiet, loud])]
    assert "structure.messenger_only" not in told[0]
    assert "structure.messenger_only" in told[1]


@given(st.text(max_size=80), st.text(max_size=30), st.sampled_from(["phone", "email", "web", "telegram", "zalo"]))
def test_no_text_breaks_a_fact_and_every_quote_is_the_text_at_its_place(text: str, value: str, kind: str) -> None:
    ad = make_ad(
        description=text or "-", contacts=contact(kind, value), country="VN", base_salary=pay(1e9, "VND", raw=value)
    )
    for fact in FACTS.values():
        found = fact(ad, KNOWN)
        if found:
            field, start, end = found
            assert 0 <= start <= end <= len(getattr(ad, field))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Thornbury Bakery Co., Ltd", True), ("sdn bhd", True), ("Sdn. Bhd", True), ("PT Maju", True),
        ("pt maju", False), ("CÔNG TY cổ phần", True), ("(주) 빵집", True), ("㈜", True), ("面包有限公司", True),
        ("有限", False), ("ООО Хлеб", True), ("ооо", False), ("บริษัทขนมปัง", True), ("include an incident", False),
        ("TNHH", True), ("S.A. de", False),
        ("GmbH", True),
    ],
)  # fmt: skip
def test_a_firm_is_known_by_words_that_only_its_name_has(text: str, is_one: bool) -> None:
    assert names_firm(text) is is_one


def test_a_deposit_counts_in_a_rule_only_where_a_text_speaks_of_work() -> None:
    reader = AdReader.from_taxonomy(TAXONOMY)
    said = ("Phòng gần chợ, đóng phí hồ sơ 300k rồi dọn vào.", "Tuyển nhân viên kho, đóng phí hồ sơ 300k rồi đi làm.")
    room, job = reader.read([make_ad(hiring_organization=None, title="", description=text) for text in said])
    for read in (room, job):
        assert "fraud.fee_to_get_job" in {one.indicator for one in read.evidence}
    assert room.rule is None
    assert job.rule is not None
