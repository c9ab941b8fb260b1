"""TF-IDF of hashed n-grams is what a plain count gives, and scikit-learn's vectoriser but for shared buckets."""

from collections import Counter
from functools import cache
from math import log

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from training_texts import ROWS, whole

from model.classifier import ngrams
from model.classifier.ngrams import NgramTfidf

BITS = 64
EVERY = [" ".join(whole(row).split()) for rows in ROWS.values() for row in rows]
CORPUS = EVERY[:: len(EVERY) // 300]
ODD = ["", "a", "ab", "\ud83d\ude00", "\ud800", "İstanbul İŞ", "ΟΔΟΣ", "ΣΣ", "\0\0", "\t\n", "ß", "é", "月薪5000"]
TEXTS = st.lists(st.text(max_size=20) | st.sampled_from(ODD) | st.sampled_from(CORPUS), max_size=8)


@cache
def fitted() -> NgramTfidf:
    return NgramTfidf().fit([*CORPUS, *ODD, *ODD])


def plain_ngrams(text: str, shortest: int = 2, longest: int = 5) -> list[str]:
    """In small letters, each as long as the one it stands for; white space and both small sigmas are read as one."""
    small = [letter if len(letter := char.lower()) == 1 else char for char in text]
    line = "".join(" " if char in "\t\n\r\x0b\x0c\xa0\u3000" else char for char in small).replace("ς", "σ")
    return [
        line[start : start + length]
        for length in range(shortest, longest + 1)
        for start in range(len(line) - length + 1)
    ]


def plain_bucket(ngram: str, bits: int) -> int:
    hashed = ord(ngram[0])
    for char in ngram[1:]:
        hashed = hashed * 0x9E3779B97F4A7C15 % 2**BITS ^ ord(char)
    return (hashed ^ hashed >> 32) * 0xD6E8FEB86659FD93 % 2**BITS >> BITS - bits


def plain_rows(learnt: list[str], texts: list[str], *, bits: int, min_df: int, **lengths: int) -> list[dict]:
    """Each text's buckets with their values."""

    def counts(text):
        return Counter(plain_bucket(ngram, bits) for ngram in plain_ngrams(text, **lengths))

    in_texts = Counter(bucket for text in learnt for bucket in counts(text))
    idf = {bucket: log((1 + len(learnt)) / (1 + n)) + 1 for bucket, n in in_texts.items() if n >= min_df}
    rows = []
    for text in texts:
        row = {bucket: (log(n) + 1) * idf[bucket] for bucket, n in counts(text).items() if bucket in idf}
        norm = sum(value * value for value in row.values()) ** 0.5
        rows.append({bucket: value / norm for bucket, value in row.items()})
    return rows


def rows_of(tfidf: NgramTfidf, texts: list[str]) -> list[dict]:
    found = tfidf.transform(texts)
    assert found.shape == (len(texts), len(tfidf.buckets_))
    return [dict(zip(tfidf.buckets_[row.indices].tolist(), row.data.tolist(), strict=True)) for row in found]


@settings(deadline=None, max_examples=40)
@given(TEXTS, TEXTS, st.sampled_from([8, 22]), st.integers(1, 3), st.sampled_from([(2, 5), (1, 3), (1, 1), (4, 4)]))
def test_rows_are_those_of_a_plain_count(learnt, texts, bits, min_df, lengths):
    shortest, longest = lengths
    tfidf = NgramTfidf(shortest=shortest, longest=longest, bits=bits, min_df=min_df).fit(learnt)
    plain = plain_rows(learnt, texts, bits=bits, min_df=min_df, shortest=shortest, longest=longest)
    for row, expected in zip(rows_of(tfidf, texts), plain, strict=True):
        assert row == pytest.approx(expected, rel=1e-5)


def test_texts_are_as_alike_as_scikit_learns_vectoriser_finds_them():
    """The bounds are twice what shared buckets make of these texts; most pairs of texts share next to nothing."""
    theirs = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), sublinear_tf=True, min_df=2).fit_transform(CORPUS)
    ours = NgramTfidf(min_df=2).fit_transform(CORPUS)
    apart = np.abs((ours @ ours.T - theirs @ theirs.T).toarray())
    assert apart.mean() < 0.002
    assert np.quantile(apart, 0.999) < 0.08
    assert np.allclose((ours @ ours.T).diagonal(), 1)


@settings(deadline=None, max_examples=60)
@given(TEXTS)
@example(["ΟΔΟΣ", "Α", "İ"])
@example(["", "", "a"])
def test_a_texts_row_is_the_same_whatever_stands_beside_it(texts):
    together = fitted().transform(texts)
    for text, row in zip(texts, together, strict=True):
        alone = fitted().transform([text])
        assert (alone.indices.tolist(), alone.data.tolist()) == (row.indices.tolist(), row.data.tolist())


@pytest.mark.parametrize("size", [1, 3, 7])
def test_batches_of_any_size_learn_and_give_the_same(monkeypatch, size):
    whole_batch = fitted().transform(CORPUS[:40])
    monkeypatch.setattr(ngrams, "_BATCH", size)
    in_batches = NgramTfidf().fit([*CORPUS[:40], *ODD])
    monkeypatch.setattr(ngrams, "_BATCH", 512)
    at_once = NgramTfidf().fit([*CORPUS[:40], *ODD])
    assert np.array_equal(in_batches.buckets_, at_once.buckets_)
    assert np.array_equal(in_batches.idf_, at_once.idf_)
    monkeypatch.setattr(ngrams, "_BATCH", size)
    assert (fitted().transform(CORPUS[:40]) != whole_batch).nnz == 0


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40) | st.sampled_from([*ODD, *CORPUS]))
def test_occurrences_are_the_n_grams_that_transform_counts_each_at_its_place(text):
    found = fitted().occurrences(text)
    (row,) = fitted().transform([text])
    counts = np.bincount(found.column, minlength=len(fitted().buckets_))
    assert np.flatnonzero(counts).tolist() == sorted(row.indices.tolist())
    values = (np.log(counts[row.indices]) + 1) * fitted().idf_[row.indices]
    assert row.data == pytest.approx(values / max(1e-9, np.linalg.norm(values)), rel=1e-5)
    for start, length, column in zip(*(part.tolist() for part in found), strict=True):
        assert 0 <= start < start + length <= len(text)
        (ngram,) = plain_ngrams(text[start : start + length], length, length)
        assert plain_bucket(ngram, 22) == fitted().buckets_[column]


def test_of_too_many_n_grams_those_of_most_texts_are_learnt():
    few = NgramTfidf(max_features=50).fit(CORPUS)
    assert len(few.buckets_) == len(few.idf_) == 50
    every = NgramTfidf().fit(CORPUS)
    assert few.idf_.max() <= np.sort(every.idf_)[49]
    assert set(few.buckets_.tolist()) <= set(every.buckets_.tolist())


def test_it_is_an_estimator_like_any_other():
    tfidf = NgramTfidf(min_df=3)
    assert clone(tfidf.set_params(bits=20)).get_params() == {
        "shortest": 2, "longest": 5, "min_df": 3, "max_features": 400_000, "bits": 20,
    }  # fmt: skip
    with pytest.raises(NotFittedError):
        tfidf.transform(["a"])
    names = fitted().get_feature_names_out()
    assert len(set(names)) == fitted().transform([]).shape[1] == len(names)


def test_no_text_is_kept_in_what_is_saved():
    state = fitted().__getstate__()
    assert not any(isinstance(value, str) and len(value) > 20 for value in state.values())
    assert "_column_of" not in state
