"""Words are found however they are typed, in every script. All texts are invented."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from pipeline.store.queue.case_filter import search_query, searchable

TEXTS = {
    1: "Việc nhẹ lương cao, được bao ăn ở tại cửa khẩu",
    2: "รับสมัครงานออนไลน์ที่ปอยเปต เงินเดือนสูง",
    3: "ការងារធ្វើតាមអនឡាញ ប្រាក់ខែខ្ពស់ នៅប៉ោយប៉ែត",
    4: "အွန်လိုင်းအလုပ် လစာကောင်း မြဝတီ",
    5: "高薪招聘客服，包机票，西港",
    6: "Recruiting bakers: night-shift, 1,200 a month",
    7: "V.i.ệ.c nhẹ ở xa",
}


@pytest.fixture(scope="module")
def index():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE case_words USING fts5 (words, content='', tokenize='ascii')")
    for number, text in TEXTS.items():
        words = searchable(make_ad(title=f"Ad {number}", description=text))
        db.execute("INSERT INTO case_words (rowid, words) VALUES (?, ?)", [number, words])
    yield db
    db.close()


def found(index, typed):
    query = search_query(typed)
    if query is None:
        return None
    return {row[0] for row in index.execute("SELECT rowid FROM case_words WHERE case_words MATCH ?", [query])}


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("viec nhe", {1, 7}),
        ("VIỆC NHẸ", {1, 7}),
        ('"luong cao"', {1}),
        ('"cao luong"', set()),
        ("cao lương", {1}),
        ("duoc", {1}),
        ("ปอยเปต", {2}),
        ("เงินเดือน", {2}),
        ("เปต", {2}),
        ("ប៉ោយប៉ែត", {3}),
        ("ខ្ពស់", {3}),
        ("မြဝတီ", {4}),
        ("လစာ", {4}),
        ("客服", {5}),
        ("港", {5}),
        ("招", {5}),
        ("聘招", set()),
        ("招聘 西港", {5}),
        ("recruit", set()),
        ("recruit*", {6}),
        ("night-shift", {6}),
        ("1200", set()),
        ("1,200", {6}),
        ("bakers viec", set()),
        ('bakers" OR "viec', set()),
        ("bakers) OR (viec", set()),
        ("words: bakers", set()),
        ("", None),
        ('"', None),
        ("*", None),
        ("- ,", None),
    ],
)
def test_a_text_is_found_by_its_words(index, typed, numbers):
    assert found(index, typed) == numbers


@given(st.text(max_size=60))
def test_nothing_that_is_typed_is_an_error(index, typed):
    found(index, typed)


@given(st.sampled_from(sorted(set(TEXTS) - {7})), st.data())
def test_every_part_between_two_spaces_finds_its_text(index, number, data):
    word = data.draw(st.sampled_from(TEXTS[number].split()))
    assert number in (found(index, word) or {number})


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_where_no_spaces_part_words_any_stretch_finds_its_text(index, number):
    word = max(TEXTS[number].replace("，", " ").split(), key=len)
    for start in range(len(word) - 1):
        for end in range(start + 2, len(word) + 1):
            # A vowel sign alone is no beginning that anyone can type.
            if word[start : start + 1].isalpha():
                assert number in found(index, word[start:end]), word[start:end]
