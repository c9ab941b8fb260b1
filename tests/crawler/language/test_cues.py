import unicodedata

import pytest

from crawler.language.cues import SCRIPTS, code_points, count_of, scripts_of


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in ("", "han", "kana", "latin", "myanmar")])
def test_a_script_has_the_letters_that_unicode_gives_it(script: str) -> None:
    named = "BENGALI" if script == "bengali" else script.upper()
    letters = [chr(code) for code in range(0x3000) if unicodedata.name(chr(code), "").startswith(f"{named} LETTER")]
    letters += ["가"] if script == "hangul" else []
    found = {SCRIPTS[number] for number in scripts_of(code_points("".join(letters)))}
    assert script in found or not letters
    assert found <= {script, ""}


def test_digits_marks_pictures_and_surrogates_are_in_no_script() -> None:
    assert not scripts_of(code_points("12 ٣४၅ ,.!?。「」🙂 \ud800\x00\U0010ffff")).any()


def test_letters_are_counted_wherever_they_stand() -> None:
    assert count_of("ơđ", code_points("đơn đơ \ud800")) == 4
