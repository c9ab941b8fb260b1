import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import worth
from model.folding import code_points, fold_texts
from model.classifier.grams import BUCKETS, read_grams
from model.steps import RARITY_STEPS, WEIGHT_STEPS
from model.text.folding import fold

HEADS = 3
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


def make_board():
    return worth.Board(
        np.zeros(BUCKETS, dtype=np.int32),
        np.zeros(10_000, dtype=np.int32),
        np.zeros(BUCKETS),
        np.zeros(10_000, dtype=np.int64),
    )


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_machine_code_does_what_is_written(weighed, pairs):
    text, edges = folded(pairs)
    by_machine = weighed.of(text, edges, 2)
    board, found = make_board(), np.zeros(len(pairs) * HEADS)
    texts = worth.Texts(text, edges, len(text), len(pairs), 2)
    worth._weigh.function(weighed._known.arrays, board, texts, found)
    assert by_machine == pytest.approx(found.reshape(-1, HEADS))
    assert not board.times.any()


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_the_same_n_grams_are_counted_as_one_by_one(pairs):
    text, edges = folded(pairs)
    board = make_board()
    for ad, (title, description) in enumerate(pairs):
        count = worth._count(board, worth.Texts(text, edges, len(text), len(pairs), 2), ad)
        there = board.filled[:count]
        times = np.bincount(read_grams(fold(title).text + fold(description).text).bucket, minlength=BUCKETS)
        assert board.times[there].tolist() == times[there].tolist()
        assert board.times[there].sum() == times.sum()
        board.times[there] = 0


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_what_an_n_gram_adds_is_shared_out_over_its_letters(weighed, pairs):
    text, edges = folded(pairs)
    known, board = (one.arrays for one in weighed.known_and_board(len(text)))
    texts = worth.Texts(text, edges, len(text), len(pairs), 2)
    for ad, (title, description) in enumerate(pairs):
        start, end = edges[2 * ad], edges[2 * ad + 2]
        letters = np.zeros(end - start + 2)
        worth.share_out(known, board, texts, ad, letters, 1)
        letters = letters[:-2]
        assert letters.sum() == pytest.approx(weighed.of(text, edges, 2)[ad, 1])
        said = "".join(map(chr, text[start:end]))
        assert not letters[[at for at, letter in enumerate(said) if letter in " ,\n"]].any()
        whole = fold(title).text + fold(description).text
        assert by_hand(weighed, whole) == pytest.approx([added for added in letters if added], abs=1e-9)


def by_hand(weighed, text):
    """What each letter of a folded text adds to the second head, n-gram by n-gram."""
    steps = np.array([RARITY_STEPS, *[WEIGHT_STEPS] * HEADS])
    grams, rows = read_grams(text), weighed._known.arrays.rows.reshape(-1, 1 + HEADS) / steps
    times = np.bincount(grams.bucket, minlength=BUCKETS)[grams.bucket]
    value = (1 + np.log(times)) * rows[grams.bucket, 0]
    length = np.sqrt((value * value / times).sum()) or 1.0
    added = value * rows[grams.bucket, 2] / (times * length)
    letters = np.zeros(len(text))
    for start, end, part in zip(grams.start, grams.end, added, strict=True):
        solid = [at for at in range(start, end) if text[at] not in " ,\n"]
        letters[solid] += part / len(solid)
    return [each for each in letters.tolist() if each]
