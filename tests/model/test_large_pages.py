import os
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.large_pages import in_large_pages


class Inner(NamedTuple):
    one: np.ndarray
    other: np.ndarray


class Outer(NamedTuple):
    first: np.ndarray
    inner: Inner
    last: np.ndarray


SOME = st.sampled_from([np.uint8, np.int16, np.int32, np.float64]).flatmap(
    lambda kind: arrays(kind, st.integers(0, 90))
)


@given(SOME, SOME, SOME, SOME)
def test_copies_say_the_same_and_lie_apart(first, one, other, last):
    copied = in_large_pages(Outer(first, Inner(one, other), last))
    assert isinstance(copied.inner, Inner)
    pairs = [(first, copied.first), (one, copied.inner.one), (other, copied.inner.other), (last, copied.last)]
    for given_one, its in pairs:
        assert its.dtype == given_one.dtype
        np.testing.assert_array_equal(its, given_one)
    for number, (_, its) in enumerate(pairs):
        assert its.ctypes.data % 64 == 0
        assert its.flags.c_contiguous
        its[...] = number
    assert all((its == number).all() for number, (_, its) in enumerate(pairs))


def test_what_a_forked_process_writes_stays_its_own():
    copied = in_large_pages(Inner(np.zeros(9), np.zeros(9)))
    child = os.fork()
    if not child:
        copied.one[...] = 1
        os._exit(0)
    os.waitpid(child, 0)
    assert not copied.one.any()
