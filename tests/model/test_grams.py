import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.grams import BUCKETS, CHAR_BUCKETS, read_grams
from model.text import fold

TEXTS = st.text(max_size=60)


def covered(texts):
    grams = read_grams(texts)
    whole = "".join(texts)
    return [whole[start:end] for start, end in zip(grams.start, grams.end, strict=True)]


def test_characters_are_taken_within_words_and_the_spaces_around_them():
    assert sorted(covered([" ab c "])) == sorted(
        [" a", "ab", "b ", " c", "c ", " ab", "ab ", " c ", " ab ", "ab", "c", "ab c"]
    )


def test_the_same_words_fall_into_the_same_buckets_wherever_they_stand():
    alone, beside = read_grams([" passport "]), read_grams([" bread ", " passport "])
    assert sorted(alone.bucket) == sorted(beside.bucket[beside.text == 1])


def test_numbers_count_by_their_length_alone():
    assert sorted(read_grams([" pay 900 "]).bucket) == sorted(read_grams([" pay 123 "]).bucket)
    assert sorted(read_grams([" pay 900 "]).bucket) != sorted(read_grams([" pay 9000 "]).bucket)


def test_a_run_of_letters_without_spaces_is_no_word():
    grams = read_grams([f" {'x' * 25} "])
    assert (grams.bucket < CHAR_BUCKETS).all()


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_every_occurrence_lies_in_its_text_and_in_a_bucket(texts):
    folded = [fold(text).text for text in texts]
    grams = read_grams(folded)
    assert ((grams.bucket >= 0) & (grams.bucket < BUCKETS)).all()
    assert (grams.start >= grams.offsets[grams.text]).all()
    assert (grams.end <= grams.offsets[grams.text + 1]).all()
    assert np.array_equal(np.sort(np.concatenate([read_grams([one]).bucket for one in folded])), np.sort(grams.bucket))
