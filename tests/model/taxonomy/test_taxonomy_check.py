"""A taxonomy that can be read may still be wrong: each kind of fault is told with its file and line."""

from pathlib import Path

import pytest

from builders import make_ad
from model.reading.negation import PatternReader
from model.taxonomy.check import Finding, PatternPlace, TaxonomyCheck
from model.taxonomy.loader import load_taxonomy

FILES = {
    "sources": '[report]\ntitle = "A report"\nurl = "https://example.org/report"\n',
    "words": "",
    "negation": '[en]\nreach = 3\nbefore = ["never"]\n',
    "rules": """[weighing]
never_outweighed = ["control.papers"]
not_an_ad = "control.papers"
not_an_ad_from = 2
""",
    "control": """[papers]
title = "Papers kept"
definition = "Papers are kept."
why = "People without papers cannot leave."
element = ["means"]
strength = "strong"
polarity = "risk"
caveats = "Copies are ordinary."
cite = ["report"]

[papers.languages.en]
patterns = [
    "passport ..3 kept",
    "id card ..3 locked",
]
shows = ["Your passport is kept.", "The passport stays."]
spares = ["Bring a passport.", "A passport well kept."]

[phones]
title = "Phones kept"
definition = "Phones are kept."
why = "Nobody can be asked."
element = ["means"]
strength = "weak"
polarity = "risk"
caveats = "Cinemas ask for it."
cite = ["report"]

[phones.languages.en]
patterns = ["(passport|phone) ..3 kept"]
shows = ["Your phone is kept."]
spares = ["Bring a phone."]
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def _check(folder: Path) -> TaxonomyCheck:
    taxonomy = load_taxonomy(folder)
    return TaxonomyCheck(taxonomy, folder, PatternReader(taxonomy).read)


def _told(folder: Path, findings: list[Finding]) -> list[str]:
    return [str(one).replace(f"{folder}/", "") for one in findings]


def test_patterns_and_sentences_that_do_not_meet_are_told_with_their_lines(folder: Path) -> None:
    assert _told(folder, list(_check(folder).sentences())) == [
        "control.toml:14: control.papers.languages.en: no sentence shows 'id card ..3 locked'",
        "control.toml:16: control.papers.languages.en: 'The passport stays.' does not show it",
        "control.toml:17: control.papers.languages.en: 'A passport well kept.' is not spared",
    ]


def test_two_indicators_that_find_the_same_words_are_told_once(folder: Path) -> None:
    (told,) = _told(folder, list(_check(folder).overlaps()))
    assert told == (
        "control.toml:13: control.papers 'passport ..3 kept' and control.phones '(passport|phone) ..3 kept' find the "
        "same words"
    )


def test_patterns_in_too_many_ordinary_ads_are_told_by_the_strength_of_their_indicator(folder: Path) -> None:
    ads = [make_ad(description="A baker is sought.")] * 95 + [make_ad(description="Your passport is kept.")] * 5
    total, found = _check(folder).corpus(ads)
    (told,) = _told(folder, found)
    assert total == 100
    assert told == (
        "control.toml:13: control.papers.languages.en: 'passport ..3 kept' is found in 5 of 100 ads, 5.00%; a strong "
        "one may be in 0.1%"
    )
    _, found = _check(folder).corpus(ads, {"strong": 1, "medium": 1, "weak": 0.01})
    assert [one.line for one in found] == [30]


def test_what_is_denied_is_not_found(folder: Path) -> None:
    reader = PatternReader(load_taxonomy(folder))
    assert reader.read("A passport is kept.").keys() == {
        PatternPlace("control.papers", "en", 0),
        PatternPlace("control.phones", "en", 0),
    }
    assert not reader.read("We never want a passport kept.")
