"""Languages of ads, chats and mixed texts. Every sentence is invented."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.language import LANGUAGES, identify

SAMPLES = Path(__file__).parents[2] / "data/samples"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Cần tuyển nhân viên bán hàng tại quận 5", "vi"),
        ("can tuyen nhan vien ban hang, luong thang 7tr, bao an o nha mn", "vi"),
        ("Dibutuhkan karyawan toko, gaji UMR, kirim lamaran ke kantor kami", "id"),
        ("gan ada loker gudang nih, gaji 3jt, minat wa aja ya", "id"),
        ("Jawatan kosong kilang, gaji RM1700 sebulan, asrama disediakan, wasap sekarang", "ms"),
        ("We are looking for a baker who can start early", "en"),
        ("Hiring po kami ng kahera, libre ang tanghalian, pm lang po", "tl"),
        ("hi guys looking po kami ng crew sa store namin, pwede student basta masipag", "tl"),
        ("รับสมัครพนักงานขาย ทำงานที่ห้าง", "th"),
        ("招聘店员，包吃住，月休四天", "zh"),
        ("徵店員，供膳宿，月休四天", "zh"),
        ("ត្រូវការបុគ្គលិកលក់នៅហាង", "km"),
        ("အရောင်းဝန်ထမ်း အလိုရှိသည်", "my"),
        ("ຮັບພະນັກງານຂາຍປະຈຳຮ້ານ", "lo"),
        ("매장 직원을 모집합니다", "ko"),
        ("店舗スタッフを募集しています", "ja"),
        ("Требуется продавец в магазин, график два через два", "ru"),
        ("Потрібен продавець у магазин, графік два через два, є житло", "uk"),
        ("Se busca vendedora para tienda, horario de oficina y pago por semana", "es"),
        ("Vaga para vendedora de loja, com salário fixo e vale transporte", "pt"),
        ("Nous recherchons une vendeuse pour notre boutique en centre-ville", "fr"),
        ("مطلوب بائع للعمل في متجر بدوام كامل", "ar"),
        ("दुकान के लिए सेल्समैन चाहिए, वेतन हर महीने मिलेगा", "hi"),
        ("dukaan ke liye salesman chahiye, salary har mahine milegi, khana free hai", "hi-Latn"),
        ("দোকানের জন্য বিক্রয়কর্মী আবশ্যক", "bn"),
        ("पसलका लागि कामदार चाहियो, बस्ने खाने सुविधा छ, सम्पर्क गर्नुहोस्", "ne"),
        ("Tunahitaji muuzaji wa duka, mshahara kila mwezi na chakula bure", "sw"),
    ],
)
def test_a_sentence_is_read_in_its_language(text: str, language: str) -> None:
    assert identify(text) == language


@pytest.mark.parametrize("text", ["", "   ", "12 345 + 6", "🙂🔥", "\x00\ud800", "https://example.org @someone", "a"])
def test_a_text_without_words_has_no_language(text: str) -> None:
    assert identify(text) is None


def test_brands_and_addresses_do_not_sway_a_text_in_another_script() -> None:
    assert identify("รับสมัคร Sales Executive ประจำ Central World ติดต่อ Line @shop https://example.org/jobs") == "th"


@settings(deadline=None)  # tables and word lists are loaded at first use
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_text_gets_one_of_our_languages_or_none(text: str) -> None:
    assert identify(text) in {None, *LANGUAGES}


def _main(tag: str) -> str:
    return "hi-Latn" if tag == "hi-Latn" else "tl" if tag in ("ceb", "fil") else tag.partition("-")[0]


def test_nineteen_of_twenty_invented_samples_are_read_right() -> None:
    with gzip.open(SAMPLES / "contrast.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows += [json.loads(line) for line in (SAMPLES / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [
        (_main(row["language"]), f"{row.get('title', '')}\n{row['text']}") for row in rows if len(row["text"]) >= 40
    ]
    wrong = [(language, identify(text), text[:60]) for language, text in texts if identify(text) != language]
    assert len(texts) > 1000
    assert len(wrong) <= 0.05 * len(texts), wrong[:20]
