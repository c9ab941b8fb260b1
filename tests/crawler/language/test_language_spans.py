"""Texts that change language in the middle. Every sentence is invented."""

import json
import random
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.language.spans import spans

CASES = Path(__file__).parents[1] / "cases/languages.jsonl"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)
SENTENCES = st.sampled_from(
    [
        "Tuyển nhân viên bán hàng, lương 8 triệu. ",
        "We need someone for our shop!\n",
        "招聘店员，包吃住。",
        "ត្រូវការបុគ្គលិកលក់នៅហាង\n",
        "Требуется продавец; ",
        "\x00\ud800",
        "012 345 678\n",
        " / ",
    ]
)


def parts(text: str) -> list[tuple[str, str | None]]:
    return [(text[span.start : span.end], span.language) for span in spans(text)]


def test_sentences_in_turn_are_told_apart() -> None:
    assert parts("Tuyển nhân viên bán hàng, lương 8 triệu. We need someone for our shop. Liên hệ 0900 000 000") == [
        ("Tuyển nhân viên bán hàng, lương 8 triệu. ", "vi"),
        ("We need someone for our shop. ", "en"),
        ("Liên hệ 0900 000 000", "vi"),
    ]


def test_a_script_that_changes_inside_a_line_parts_it() -> None:
    assert parts("ត្រូវការបុគ្គលិកលក់នៅហាង we need shop assistants who can speak English well ទាក់ទងមក 012 345") == [
        ("ត្រូវការបុគ្គលិកលក់នៅហាង ", "km"),
        ("we need shop assistants who can speak English well ", "en"),
        ("ទាក់ទងមក 012 345", "km"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "รับสมัคร Sales Executive ประจำ Central World ติดต่อ Line @shop",
        "招聘Java开发工程师，熟悉Spring Boot，薪资面谈",
        "Dibutuhkan karyawan toko.\nPosisi: kasir\nMinimal SMA\nHP 0812 0000 000",
    ],
)
def test_names_numbers_and_short_lines_go_with_what_is_around_them(text: str) -> None:
    assert len(spans(text)) == 1


@pytest.mark.parametrize(("text", "found"), [("", []), ("12 345", [("12 345", None)]), ("\ud800", [("\ud800", None)])])
def test_a_text_without_words_has_no_language(text: str, found: list[tuple[str, str | None]]) -> None:
    assert parts(text) == found


@settings(deadline=None)  # tables and word lists are loaded at first use
@given(ANY_TEXT | st.lists(SENTENCES | ANY_TEXT, max_size=6).map("".join))
def test_spans_cover_any_text_in_order_and_neighbours_differ(text: str) -> None:
    found = spans(text)
    assert "".join(text[span.start : span.end] for span in found) == text
    assert all(span.start < span.end for span in found)
    assert all(one.end == two.start and one.language != two.language for one, two in pairwise(found))


@pytest.mark.parametrize("separator", ["\n", ". "])
def test_nearly_every_letter_of_a_mixed_text_is_in_its_language(separator: str) -> None:
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["register"] != "foreign"]
    draw = random.Random(7)
    right = letters = 0
    for _ in range(300):
        text, truth = "", []
        for row in draw.sample(rows, 3):
            text += row["text"] + separator
            truth += [row["language"].removesuffix("-Hant")] * (len(text) - len(truth))
        for span in spans(text):
            at = [place for place in range(span.start, span.end) if text[place].isalpha()]
            letters += len(at)
            right += sum(truth[place] == span.language for place in at)
    assert right >= 0.95 * letters


@pytest.mark.parametrize("unit", ["a. ", "中a", "\n", ". \n", "- - ", " ", "\ud800", "Hiring po kami ng kahera. "])
def test_five_megabytes_take_seconds(unit: str) -> None:
    text = unit * (5_000_000 // len(unit))
    start = time.process_time()
    found = spans(text)
    assert time.process_time() - start < 10
    assert found[-1].end == len(text)
