"""What several texts show, in order, each piece once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.spans import Spans

SMALL = st.integers(0, 3)
PIECES = st.lists(st.tuples(SMALL, SMALL, SMALL, st.integers(0, 9)), max_size=20)


def spans(pieces: list[tuple[int, ...]]) -> Spans:
    return Spans(*np.array(pieces, dtype=np.int32).reshape(-1, 4).T)


def listed(its: Spans) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in its), strict=True))


@settings(deadline=None)
@given(PIECES, st.randoms(use_true_random=False))
def test_each_piece_stands_once_in_reading_order_as_the_lowest_rank_has_it(pieces, chance):
    rank = chance.sample(range(len(pieces)), len(pieces))
    best: dict[tuple[int, ...], tuple[int, int]] = {}
    for (*piece, language), its in sorted(zip(pieces, rank, strict=True), key=lambda one: -one[1]):
        best[tuple(piece)] = its, language
    ordered = spans(pieces).in_reading_order(np.array(rank, dtype=np.int32))
    assert listed(ordered) == [(*piece, best[piece][1]) for piece in sorted(best)]


@given(PIECES, PIECES)
def test_pieces_beside_others_come_first_and_some_are_chosen_in_their_order(some, others):
    both = spans(some).beside(spans(others))
    assert listed(both) == some + others
    first = np.arange(len(both.start)) < len(some)
    assert listed(both.chosen(first)) == some
    assert listed(both.chosen(~first)) == others
