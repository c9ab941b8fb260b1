"""What the shipped taxonomy reads in texts. The sentences come from the taxonomy's own files."""

import random
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from crawler.language.cues import LANGUAGES
from model.assessment import Evidence
from model.reading.pipeline import INDICATORS
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

FOLDER = Path(__file__).parents[3] / "data/taxonomy"
TAXONOMY = load_taxonomy(FOLDER)
SENTENCES = [
    (key, language, sentence, kind == "shows")
    for key, indicator in TAXONOMY.indicators.items()
    for language, signs in indicator.languages.items()
    for kind in ("shows", "spares")
    for sentence in getattr(signs, kind)
]
SHOWS = [(key, sentence) for key, _, sentence, shown in SENTENCES if shown]


@cache
def reader() -> AdReader:
    return AdReader.from_taxonomy(TAXONOMY)


def read_text(text: str) -> tuple[Evidence, ...]:
    """Evidence in a text without a title, facts about the offer apart."""
    (read,) = reader().read([make_ad(title="", description=text)])
    return tuple(one for one in read.evidence if not TAXONOMY.indicators[one.indicator].fact)


def read_keys(text: str) -> set[str]:
    return {one.indicator for one in read_text(text)}


@pytest.mark.parametrize("key", sorted(TAXONOMY.indicators))
def test_a_sentence_shows_its_indicator_and_a_near_miss_is_spared(key: str) -> None:
    wrong = [
        (language, sentence, "must show" if shown else "must be spared")
        for of, language, sentence, shown in SENTENCES
        if of == key and (key in read_keys(sentence)) is not shown
    ]
    assert wrong == []


def test_every_indicator_speaks_known_languages_and_spares_something() -> None:
    for indicator in TAXONOMY.indicators.values():
        for language, signs in indicator.languages.items():
            assert language in LANGUAGES, (indicator.key, language)
            assert signs.spares, (indicator.key, language)


def test_evidence_of_an_ad_is_in_reading_order_and_quotes_the_field_it_names() -> None:
    texts = [sentence for _, sentence in SHOWS]
    ads = [
        make_ad(ad_id=f"test:{n}", title=title, description=f"{body}\n{title}")
        for n, (title, body) in enumerate(zip(texts[::7], texts[3::7], strict=False))
    ]
    for ad, read in zip(ads, reader().read(ads), strict=True):
        evidence = read.evidence
        assert all(one.quote == getattr(ad, one.field)[one.start : one.end] for one in evidence)
        assert all(one.quote or TAXONOMY.indicators[one.indicator].fact for one in evidence)
        places = [(one.field == "description", one.start) for one in evidence]
        assert places == sorted(places)
        assert {one.field for one in evidence} <= {"title", "description"}


ODD = st.sampled_from(["\ud800", "\x00", "\u200b", "\u202e", "\u0301", "🙂", "\n", " ", "…", "ﷺ", "ﬁ", "\ufeff", "İ"])
PIECES = st.lists(st.one_of(st.sampled_from([s for _, s in SHOWS]), ODD, st.text(max_size=8)), max_size=8)


@settings(deadline=None)  # tables and word lists are loaded at first use
@given(PIECES, PIECES)
def test_a_quote_is_exactly_the_text_between_its_offsets_whatever_the_text(title: list[str], body: list[str]) -> None:
    ad = make_ad(title="".join(title), description="".join(body))
    (read,) = reader().read([ad])
    for one in (*read.evidence, *read.denied):
        assert one.quote == getattr(ad, one.field)[one.start : one.end]
        assert one.quote or TAXONOMY.indicators[one.indicator].fact


def test_a_denied_sign_is_no_evidence() -> None:
    assert "control.documents_kept" in read_keys("The company keeps your passport.")
    assert "control.documents_kept" not in read_keys("The company never keeps your passport.")


def test_a_word_that_takes_a_sign_away_may_reach_into_it() -> None:
    assert "role.scam_work" in read_keys("园区招狗推，双休。")
    assert "role.scam_work" not in read_keys("搜狗推广专员，双休。")


def test_a_denial_ends_where_its_clause_ends() -> None:
    assert "control.documents_kept" in read_keys("This is not hard, the company keeps your passport.")


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ("Можно без опыта, оплата от 8000 в день", True),
        ("Можно без опыта оплата от 8000 в день", True),
        ("No experience daily pay 90, message me", True),
        ("Никаких 8000 в день не бывает", False),
        ("There is no daily pay here", False),
        ("Осторожно: мошенники обещают 8000 в день", False),
    ],
)
def test_a_promise_of_pay_is_denied_by_the_word_beside_it_alone(text: str, is_shown: bool) -> None:
    assert ("bait.daily_pay" in read_keys(text)) is is_shown


def test_a_sign_said_of_others_is_no_evidence() -> None:
    assert "control.documents_kept" not in read_keys("Beware when a company keeps your passport.")


def test_a_pattern_stays_within_its_sentence() -> None:
    assert "control.documents_kept" not in read_keys(
        "Bring your passport.\nKept by our company since 1950: the recipe."
    )


def test_each_indicator_gives_a_bounded_number_of_pieces() -> None:
    shown = read_text("The company keeps your passport. " * 500)
    assert 0 < sum(one.indicator == "control.documents_kept" for one in shown) <= 20


def test_the_tokeniser_keeps_every_character_in_its_place() -> None:
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
    text = "月薪5000USD รับสมัคร  việc\u0301 \ud800 🙂"
    doc = nlp(text)
    assert len(doc.text) == len(text)
    assert doc.text == text.replace("\ud800", "\ufffd")
    assert [token.text for token in doc[:4]] == ["月", "薪", "5000", "USD"]


def test_the_pipeline_and_the_reader_agree() -> None:
    for _, sentence in SHOWS[::9]:
        doc = reader().nlp(sentence)
        for one in read_text(sentence):
            assert any(
                span.label_ == one.indicator and span.start_char <= one.start and one.end <= span.end_char
                for span in doc.spans[INDICATORS]
            ), (sentence, one)


HOMOGLYPHS = str.maketrans("aeocpxyAEOCPHKMT", "аеосрхуАЕОСРНКМТ")
LEET = str.maketrans("oieastb", "0134578"[:7])


def _within_words(text: str, change: Callable[[str], str], every: int) -> str:
    words = text.split(" ")
    return " ".join(change(w) if n % every == 0 and len(w) > 3 and w.isalpha() else w for n, w in enumerate(words))


def _is_latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(c < "\u0250" or "\u1e00" <= c < "\u1f00" for c in letters) > 0.9 * len(letters)


def _dropped_marks(text: str) -> str:
    bare = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in bare if not "\u0300" <= c <= "\u036f")


DISGUISES: dict[str, tuple[Callable[[str], str], bool]] = {
    "decomposed": (lambda text: unicodedata.normalize("NFD", text) if _is_latin(text) else text, False),
    "capitals": (str.upper, True),
    "small letters": (str.lower, True),
    "full width": (lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text), False),
    "bold": (lambda text: "".join(chr(0x1D5EE + ord(c) - 97) if "a" <= c <= "z" else c for c in text), True),
    "zero width": ("\u200b".join, True),
    "directions": (lambda text: "\u202a" + text.replace(" ", " \u200f") + "\u202c", False),
    "soft hyphens": (lambda text: _within_words(text, lambda w: w[:2] + "\u00ad" + w[2:], 1), True),
    "double spaces": (lambda text: text.replace(" ", "  \u00a0"), False),
    "repeated letters": (lambda text: _within_words(text, lambda w: w[0] + w[1] * 3 + w[2:], 1), True),
    "emoji between words": (lambda text: text.replace(" ", " 🔥 "), True),
    "homoglyphs": (lambda text: _within_words(text, lambda w: w.translate(HOMOGLYPHS), 2), True),
    "digits for letters": (lambda text: _within_words(text, lambda w: w[0] + w[1:-1].translate(LEET) + w[-1], 3), True),
    "dotted letters": (lambda text: _within_words(text, ".".join, 3), True),
    "letters apart": (lambda text: _within_words(text, " ".join, 5), True),
}


@pytest.mark.parametrize(("start", "name"), [*enumerate(DISGUISES)])
def test_a_disguise_keeps_at_least_nineteen_of_twenty_pieces_of_evidence(start: int, name: str) -> None:
    """Each disguise hides another eighth of the sentences: the more indicators there are, the more one can lose."""
    change, latin_only = DISGUISES[name]
    sample = [(key, s) for key, s in SHOWS if not latin_only or _is_latin(s)][start % 8 :: 8]
    assert len(sample) > 300
    lost = [(key, change(s)) for key, s in sample if key not in read_keys(change(s))]
    assert len(lost) <= 0.05 * len(sample), random.Random(1).sample(lost, min(8, len(lost)))


def test_vietnamese_without_its_marks_keeps_at_least_nineteen_of_twenty() -> None:
    sample = [
        (key, sentence)
        for key, indicator in TAXONOMY.indicators.items()
        if "vi" in indicator.languages
        for sentence in indicator.languages["vi"].shows
    ]
    lost = [(key, s) for key, s in sample if key not in read_keys(_dropped_marks(s))]
    assert len(lost) <= 0.05 * len(sample), lost[:10]


@pytest.mark.parametrize("quote", ['"{}"', "“{}”", "«{}»", "「{}」", "'{}'"])
def test_what_is_quoted_is_said_by_others(quote: str) -> None:
    lure = "The company keeps your passport until you have paid."
    around = "My cousin read a post that said {} and asked us at home what we thought of such an offer, so we talked."
    assert "control.documents_kept" not in read_keys(around.format(quote.format(lure)))
    assert "control.documents_kept" in read_keys(quote.format(lure)), "an ad wrapped in quotation marks is still an ad"


def test_a_quoted_hint_is_said_by_others_too() -> None:
    around = "My cousin read a post that said {} and asked us at home what we thought of such an offer, so we talked."
    assert "hint.leaving" in read_keys("Whoever will leave early pays 900.")
    assert "hint.leaving" not in read_keys(around.format('"Whoever will leave early pays 900."'))
