import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import worth
from model.folding import code_points, fold_texts
from model.grams import BUCKETS, read_grams
from model.text import fold

HEADS = 2
PAIRS = st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def weighed():
    random = np.random.default_rng(3)
    rarity = random.uniform(1, 9, BUCKETS).astype(np.float32)
    return worth.Worth(rarity, random.normal(size=(BUCKETS, HEADS)).astype(np.float32))


def folded(pairs):
    texts = [text for pair in pairs for text in pair]
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
    lines = fold_texts(code_points("\n".join([*texts, ""])), starts)
    return lines.text, np.append(lines.edges, len(lines.text)).astype(np.int32)


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_machine_code_does_what_is_written(weighed, pairs):
    text, edges = folded(pairs)
    by_machine = weighed.of(text, edges, 2)
    board = worth.Board(np.zeros(BUCKETS, dtype=np.int32), np.zeros(10_000, dtype=np.int32))
    found = np.zeros(len(pairs) * HEADS)
    texts = worth.Texts(text, edges, len(text), len(pairs), 2)
    worth._weigh.function(weighed._known.arrays, board, texts, found, HEADS)
    assert by_machine == pytest.approx(found.reshape(-1, HEADS))
    assert not board.times.any()


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_the_same_n_grams_are_counted_as_one_by_one(pairs):
    text, edges = folded(pairs)
    board = worth.Board(np.zeros(BUCKETS, dtype=np.int32), np.zeros(10_000, dtype=np.int32))
    for ad, (title, description) in enumerate(pairs):
        texts = worth.Texts(text, edges, len(text), len(pairs), 2)
        count = worth._note_letters(board, texts, edges[2 * ad], edges[2 * ad + 2])
        for part in (2 * ad, 2 * ad + 1):
            count = worth._note_words(board, texts, edges[part], edges[part + 1], count)
        there = board.filled[:count]
        times = np.bincount(read_grams(fold(title).text + fold(description).text).bucket, minlength=BUCKETS)
        assert board.times[there].tolist() == times[there].tolist()
        assert board.times[there].sum() == times.sum()
        board.times[there] = 0
