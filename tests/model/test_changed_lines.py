"""Which lines are others out of disguise, and what is no disguise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.changed_lines import ChangedLines
from model.text.disguise import PASSED_OVER, undisguise
from model.together import Together

ODD = "aAbеВ1340@!$.-_ \n\u0301\u0338กิក្中हिз×Éw:/"
TEXTS = st.text(alphabet=st.sampled_from(ODD), max_size=60) | st.text(max_size=40)
PIECES = st.sampled_from(
    [
        "a@b.example",
        "h1gh",
        "v.i.ệ.c",
        "K P C",
        "https://",
        "www.",
        "x1y",
        "\n",
        " ",
        "!Go",
        "pаss",
        "ស.វ.ស",
        "4B",
        "คืน",
    ]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(TEXTS | st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=4))
def test_reading_the_lines_that_could_be_others_is_as_good_as_reading_all(texts):
    its = Together(texts)
    changed = ChangedLines(its.whole, its.given, range(len(texts)))
    for number, text in enumerate(texts):
        assert changed.clear(text, its.starts[number]) == undisguise(text)


@pytest.mark.parametrize(
    "text",
    [
        "CV to hr4you@our-firm.example or careers1a@mail.firm.example.",
        "Form: https://forms.example/r/a1b2c3d4 and www.firm.example/p4ge",
        "Apply today!Send your CV. WE ARE HIRING!Please call.",
        "Ticket #URL_0fa3f7c5e23a16de16a841e368006cae",
        "工作8小时，每月4千至7千，3天试用",
        "ម្ហូប-ភេសជ្ជៈ ថ្ងៃច័ន្ទ-សុក្រ",
        "থাকা-খাওয়া ফ্রি",
    ],
)
def test_addresses_codes_numbers_and_compounds_are_in_no_disguise(text):
    assert undisguise(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("h1gh s4lary", "high salary"),
        ("v1ệc nhẹ", "việc nhẹ"),
        ("H!GH p@y, write to me@home.example", "HiGH pay, write to me@home.example"),
        ("k.p.c", f"k{PASSED_OVER}p{PASSED_OVER}c"),
    ],
)
def test_letters_in_disguise_are_put_right(text, plain):
    assert undisguise(text) == plain
