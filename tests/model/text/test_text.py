"""Folding keeps the way back to the text as collected, whatever the text."""

import itertools
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import make_ad
from model.text.characters import one_script, undisguise
from model.text.folding import BREAK, CLAUSE, SPACE, ad_text, field_span, fold, views

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
NASTY = st.text(
    st.sampled_from(
        "aAàạbвкoо0 1@.,\n\t\x00\u200b\u200d\ufeff\u0301\u0323\u202e\u2066\ud800\udfffﬁß㎏ｗİǅ한ก็ำ中が🙂🇻🇳👨‍👩‍👧ا۝"
    ),
    max_size=60,
)


@settings(deadline=None)  # tables and word lists are loaded at first use
@given(st.one_of(ANY_TEXT, NASTY))
@example("\ud83d")
@example("")
@example("\x00\x00")
@example("\u0301a")
def test_every_view_of_any_text_leads_back_into_the_text(text: str) -> None:
    for folded in views(text):
        assert len(folded.marked) == len(folded.text)
        for at in range(len(folded.text)):
            start, end = folded.span(at, at + 1)
            assert 0 <= start <= end <= len(text)


@settings(deadline=None)  # tables and word lists are loaded at first use
@given(st.one_of(ANY_TEXT, NASTY))
def test_the_way_back_never_runs_backwards(text: str) -> None:
    folded = fold(text)
    index = list(map(folded.origin, range(len(folded.text))))
    assert index == sorted(index)


@settings(deadline=None)  # tables and word lists are loaded at first use
@given(st.one_of(ANY_TEXT, NASTY))
def test_neighbouring_words_have_exactly_one_separator_between_them(text: str) -> None:
    folded = fold(text).text
    separators = SPACE + CLAUSE + BREAK
    assert folded[0] == folded[-1] == SPACE
    inner = folded[1:-1]
    assert not any(a in separators and b in separators for a, b in itertools.pairwise(inner))


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Việc nhẹ lương cao", "viec nhe luong cao"),
        ("Ｗｏｒｋ", "work"),
        ("𝗪𝗼𝗿𝗸 𝓪𝓫𝓻𝓸𝓪𝓭", "work abroad"),
        ("pass\u200bport", "pasport"),
        ("gooood pay", "god pay"),
        ("mmn, mn, see all", "mmn,mn,see all"),
        ("nhận 10tr", "nhan 10 tr"),
        ("Straße", "strase"),
        ("ЗАГРАНПАСПОРТ", "загранпаспорт"),
    ],
)
def test_a_text_reads_the_same_however_it_is_typed(typed: str, plain: str) -> None:
    assert fold(typed).text.strip() == plain


@pytest.mark.parametrize(
    ("disguised", "word"),
    [
        ("pаsspоrt", "pasport"),  # Cyrillic а and о
        ("p.a.s.s.p.o.r.t", "pasport"),
        ("p a s s p o r t", "pasport"),
        ("p🔥a🔥s🔥s🔥p🔥o🔥r🔥t", "pasport"),
        ("p4ssp0rt", "pasport"),
        ("v.i.ệ.c", "viec"),
        ("2OO", "200"),
    ],
)
def test_disguised_letters_are_read_as_what_they_stand_for(disguised: str, word: str) -> None:
    text = f"we keep your {disguised} safe"
    readings = list(views(text))
    found = next(view for view in readings if f" {word} " in view.text)
    at = found.text.index(f" {word} ") + 1
    start, end = found.span(at, at + len(word))
    assert text[start:end] == disguised


@pytest.mark.parametrize(
    ("disguised", "clear"),
    [
        ("тeмa", "тема"),  # Latin e and a: nothing in the word says which script it is in, but the text does
        ("бepeм", "берем"),
        ("ҕeз σпытa", "без опыта"),
        ("ⲣⲁботⲁ", "работа"),
        ("ᴩᴀбᴏᴛᴀ", "работа"),
        ("Ра6ота", "Работа"),
        ("3аработок", "3аработок"),  # at a word's beginning a digit may be one
        ("крипт0валюта", "криптовалюта"),
        ("IT-отдел", "IT-отдел"),
        ("Google", "Google"),
    ],
)
def test_a_word_of_a_russian_text_is_cyrillic(disguised: str, clear: str) -> None:
    assert undisguise(f"Для всех желающих: {disguised}, звоните") == f"Для всех желающих: {clear}, звоните"


@pytest.mark.parametrize(
    ("disguised", "clear"),
    [("jоb", "job"), ("ᴊᴏʙ", "job"), ("Ꮃork", "Work"), ("mоnеу", "money"), ("rаtе", "rate"), ("𝚓𝚘b", "job")],
)
def test_a_word_of_a_latin_text_is_latin(disguised: str, clear: str) -> None:
    text = f"The firm will give you a {disguised} soon"
    assert undisguise(text).lower() == f"the firm will give you a {clear.lower()} soon"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("စိတ်၀င်စား", "စိတ်ဝင်စား"), ("၀ယ်သူ", "ဝယ်သူ"), ("၁၀ယောက်", "၁၀ယောက်"), ("ဖုန်း ၀၉၇", "ဖုန်း ၀၉၇")],
)
def test_a_burmese_zero_in_a_word_is_a_letter(typed: str, meant: str) -> None:
    assert one_script(typed) == meant


@given(st.one_of(ANY_TEXT, NASTY))
def test_a_text_in_one_script_is_as_long_as_it_was(text: str) -> None:
    assert len(one_script(text)) == len(text)


@pytest.mark.parametrize("text", ["send k p c now", "k p c now", "now send k p c", "k p c"])
def test_three_single_letters_are_a_word_wherever_they_stand(text: str) -> None:
    assert undisguise(text) != text
    assert undisguise(text.replace("k p", "kp")) == text.replace("k p", "kp")


def test_putting_letters_right_is_linear_in_the_length_of_a_word() -> None:
    start = time.process_time()
    list(views("a" * 2_000_000 + "1б"))
    assert time.process_time() - start < 20


def test_a_quote_takes_the_marks_of_its_last_letter_along() -> None:
    text = unicodedata.normalize("NFD", "giữ hộ chiế chiếu")
    folded = fold(text)
    start, end = folded.span(1, folded.text.index(" ", 5))
    assert unicodedata.normalize("NFC", text[start:end]) == "giữ hộ"


def test_a_quote_takes_repeated_last_letters_along() -> None:
    text = "welcome to our companyyyy, friends"
    folded = fold(text)
    at = folded.text.index("company")
    start, end = folded.span(at, at + len("company"))
    assert text[start:end] == "companyyyy"


def test_a_text_of_signs_that_each_stand_for_many_letters_is_folded_whole() -> None:
    one, many = fold("\ufdfa "), fold("\ufdfa " * 5_000)
    assert len(one.text) > 15
    assert many.text == one.text[:-1] * 5_000 + " "
    assert set(map(many.origin, range(len(many.text) - 1))) == set(range(0, 10_000, 2))


def test_full_stops_end_sentences_but_not_numbers() -> None:
    assert BREAK in fold("One. Two").text
    assert "1.500" in fold("pays 1.500 now").text


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Gaji Rp. 200.000 di PT. Roti", "gaji rp 200.000 di pt roti"),
        ("500 руб. за смену", "500 руб за смену"),
        ("500 руб. Звоните", "500 руб\nзвоните"),
        ("500.- ต่อวัน 8 ชม. กะ", fold("500 ต่อวัน 8 ชม กะ").text.strip()),
        ("wa.me/1", "wa me,1"),
        ("8 000 в день", "8.000 в день"),
        ("ไม่จํากัด", fold("ไม่จำกัด").text.strip()),
        ("เเอด", fold("แอด").text.strip()),
    ],
)
def test_a_full_stop_or_space_inside_a_word_parts_nothing(typed: str, folded: str) -> None:
    assert fold(typed).text.strip() == folded


@pytest.mark.parametrize(
    "text",
    [
        "passport " * 600_000,
        "🙂" * 1_500_000,
        "مرحبا hello \u202eabc\u202c " * 200_000,
        "a.b.c.d.e." * 500_000,
        "pаs" * 1_500_000,
        "\ud800" * 2_000_000,
        "\x00" * 5_000_000,
        "0123456789" * 500_000,
    ],
    ids=["words", "emoji", "mixed directions", "split", "two scripts", "surrogates", "NUL", "digits"],
)
def test_five_megabytes_fold_in_bounded_time(text: str) -> None:
    start = time.process_time()
    list(views(text))
    assert time.process_time() - start < 20


@given(st.data())
def test_a_span_of_a_field_holds_the_words_of_the_whole(data):
    ad = make_ad(title="Deck hand", description="We pay the fare.\nWrite to us.")
    text = ad_text(ad)
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    field, first, last = field_span(ad, start, end)
    # A span over the line break belongs to the title, which ends before it does.
    expected = text[start : min(end, len(ad.title))] if field == "title" else text[start:end]
    assert getattr(ad, field)[first:last] == expected
