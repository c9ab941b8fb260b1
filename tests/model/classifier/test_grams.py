from hypothesis import given
from hypothesis import strategies as st

from model.classifier.grams import BUCKETS, CHAR_BUCKETS, read_grams
from model.text.folding import fold

TEXTS = st.text(max_size=60)


def covered(text):
    grams = read_grams(text)
    return [text[start:end] for start, end in zip(grams.start, grams.end, strict=True)]


def test_characters_are_taken_within_words_and_the_spaces_around_them():
    assert sorted(covered(" ab c ")) == sorted([" a", "ab", "b ", " c", "c ", " ab ", "ab", "c", "ab c"])


def test_the_same_word_falls_into_the_same_buckets_wherever_it_stands():
    alone, beside = read_grams(" passport "), read_grams(" bread passport ")
    assert set(alone.bucket) < set(beside.bucket)


def test_numbers_count_by_their_length_alone():
    assert sorted(read_grams(" pay 900 ").bucket) == sorted(read_grams(" pay 123 ").bucket)
    assert sorted(read_grams(" pay 900 ").bucket) != sorted(read_grams(" pay 9000 ").bucket)


def test_a_run_of_letters_without_spaces_is_no_word():
    assert (read_grams(f" {'x' * 25} ").bucket < CHAR_BUCKETS).all()


@given(TEXTS)
def test_every_occurrence_lies_in_the_text_and_in_a_bucket(text):
    folded = fold(text).text
    grams = read_grams(folded)
    assert ((grams.bucket >= 0) & (grams.bucket < BUCKETS)).all()
    assert ((grams.start >= 0) & (grams.start < grams.end) & (grams.end <= len(folded))).all()
