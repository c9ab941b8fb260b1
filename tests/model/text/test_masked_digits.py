"""Masked digits of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text.characters import fill_masks


@pytest.mark.parametrize(
    "text",
    [
        "call 09xx xxx xxx now",
        "+84 9XX XXX XXX",
        "电话xxxxxxxxxxx有意者联系",
        "138****0000",
        "pay 5xxx a month",
        "xxx-xxxx-xxxx",
    ],
)
def test_a_number_is_read_as_if_its_digits_stood_there(text):
    filled = fill_masks(text)
    assert not set("xX*") & set(filled)
    assert len(filled) == len(text), "places in the text stay what they are"
    assert fill_masks(text) == filled


@pytest.mark.parametrize(
    "text", ["XXL shirts", "2x3 m", "love you xxx", "**12** people", "*** hiring ***", "Mexxx", "size 10x", "f***ing"]
)
def test_what_hides_no_digits_stays(text):
    assert fill_masks(text) == text


def test_no_two_places_look_alike():
    """Else the digits would say what the signs did."""
    filled = {fill_masks(f"shop {number}, call xxxxxxxxxx")[-10:] for number in range(50)}
    assert len(filled) == 50


@given(st.text(alphabet=st.sampled_from("xX*0189 .-+aЖ元\n"), max_size=60))
def test_only_signs_change_and_only_to_digits(text):
    for before, after in zip(text, fill_masks(text), strict=True):
        assert before == after or (before in "xX*" and after.isdecimal())
