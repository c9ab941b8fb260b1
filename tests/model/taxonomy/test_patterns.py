"""The pattern language of docs/analysts/patterns.md, pattern by pattern against sentences."""

import pytest

from model.reading.matcher import Matcher, Wanted, compile_patterns
from model.taxonomy.patterns import BadPattern, read_patterns
from model.text.folding import fold

WORDS = {"papers": ("passport*", "id card"), "giay": ("hộ chiếu", "căn cước")}


def found(pattern: str, text: str, language: str = "en") -> list[str]:
    wanted = [Wanted(language, one.sequences) for one in read_patterns(pattern, language, WORDS)]
    folded = fold(text)
    found = {folded.span(one.start, one.end) for one in Matcher(compile_patterns(wanted)).find(folded)}
    return [text[start:end] for start, end in sorted(found)]


@pytest.mark.parametrize(
    ("pattern", "text", "quotes"),
    [
        ("leave early", "If you leave early, tell us.", ["leave early"]),
        ("leave early", "leave... early", []),
        ("leave early", "leave\nearly", []),
        ("leave early", "They leave earlyish", []),
        ("deposit*", "Two DEPOSITS are due.", ["DEPOSITS"]),
        ("*agence", "l'agence, portagence, agence, qu'agences", ["l'agence", "agence"]),
        ("(kept|held) by", "Papers held by us, kept by them.", ["held by", "kept by"]),
        ("{papers} ..2 kept", "Passports will be kept.", ["Passports will be kept"]),
        ("{papers} ..2 kept", "Passports will be always kept.", []),
        ("{papers} ..2 kept", "Your id card. Kept hot: the soup.", []),
        ("({papers}|phone) gone", "My phone gone, my id card gone", ["phone gone", "id card gone"]),
        ("pay (a)? deposit", "pay deposit or pay a deposit", ["pay deposit", "pay a deposit"]),
        ("from <15-17>", "from 16 on, from 18 on", ["from 16"]),
        ("(take* care of|sort*) ..2 visa", "It takes care of your visa.", ["takes care of your visa"]),
        ("(take* care of|sort*) ..2 visa", "It sorts your visa; take the visa.", ["sorts your visa"]),
        ("all (paid|<50-> usd)", "all paid, all 60 usd, all 40 usd", ["all paid", "all 60 usd"]),
        ("<1000-> usd", "earn 1,500 USD or 900 USD", ["1,500 USD"]),
        ("<number> hours", "12 hours a day", ["12 hours"]),
        ("police &4 embassy", "the embassy, then police", ["embassy, then police"]),
        ("police &4 embassy", "police and the embassy", ["police and the embassy"]),
    ],
)
def test_a_pattern_finds_what_it_describes(pattern: str, text: str, quotes: list[str]) -> None:
    assert found(pattern, text) == quotes


@pytest.mark.parametrize(
    ("pattern", "text", "language", "quotes"),
    [
        ("{giay} ..2 giữ", "Hộ chiếu công ty giữ.", "vi", ["Hộ chiếu công ty giữ"]),
        ("{giay} ..2 giữ", "ho chieu cong ty giu", "vi", ["ho chieu cong ty giu"]),
        ("bán", "Bạn ơi", "vi", []),
        ("khoẻ mạnh", "Cần người khỏe mạnh", "vi", ["khỏe mạnh"]),
        ("护照 ..2 保管", "护照由公司保管。", "zh", ["护照由公司保管"]),
        ("护照 ..2 保管", "护照请自己收好,公司只保管复印件", "zh", []),
        ("เก็บ พาสปอร์ต", "เก็บพาสปอร์ตไว้", "th", []),
        ("เก็บพาสปอร์ต", "บริษัทเก็บพาสปอร์ตไว้", "th", ["เก็บพาสปอร์ต"]),
        ("여권 ..2 보관", "여권을 회사가 보관합니다", "ko", ["여권을 회사가 보관합니다"]),
        ("*جواز", "والجواز لا يستخرجون", "ar", ["والجواز"]),
        ("паспорт* ..2 забира*", "Паспорта мы забираем сразу", "ru", ["Паспорта мы забираем"]),
    ],
)
def test_patterns_work_in_scripts_with_and_without_spaces(
    pattern: str, text: str, language: str, quotes: list[str]
) -> None:
    assert found(pattern, text, language) == quotes


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "at least one word"),
        ("(a)?", "at least one word"),
        ("<number>", "at least one word"),
        ("{nothing} kept", "no word set 'nothing'"),
        ("kept ..30 by", "gap of 30 words"),
        ("kept ..0 by", "gap of 0 words"),
        ("kept ..3", "ends with a gap"),
        ("(kept|held", "cannot be read from"),
        ("kept | held", "cannot be read from"),
        ("<17-15x>", "is not <number>"),
        ("<1-> <2-> usd", "two numbers need a word"),
        ("a &4 b ..2 c", "mixes '&'"),
        ("a &4 b &4 c &4 d", "mixes '&'"),
        ("(a)? (b)? (c)? (d)? (e)? f", "four optional parts"),
        ("!!!", "holds no letters"),
    ],
)
def test_a_pattern_that_is_not_in_the_language_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(BadPattern, match=said.replace("(", r"\(").replace("<", "<")):
        read_patterns(pattern, "en", WORDS)


def test_a_line_with_a_choice_of_several_places_is_several_patterns_of_the_same_writing() -> None:
    line = "(take* care of|sort*|<2->) ..2 visa"
    ways = read_patterns(line, "en", WORDS)
    assert len(ways) == 3
    assert {one.written for one in ways} == {line}
    assert len(read_patterns("{papers} ..2 kept", "en", WORDS)) == 1


@pytest.mark.parametrize("line", ["wom*n wanted", "(wom*n|men) wanted"])
def test_a_star_in_the_middle_of_a_word_is_refused(line: str) -> None:
    with pytest.raises(BadPattern, match="a star or a number inside words"):
        read_patterns(line, "en", WORDS)
