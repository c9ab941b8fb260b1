from hypothesis import given
from hypothesis import strategies as st

from model.batches import in_batches


@given(st.lists(st.integers()), st.integers(1, 10))
def test_batches_are_the_stream_in_full_pieces_but_the_last(items, size):
    batches = list(in_batches(iter(items), size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(batches)


def test_no_more_of_the_stream_is_read_than_a_batch():
    stream = iter(range(10))
    assert next(in_batches(stream, 4)) == [0, 1, 2, 3]
    assert next(stream) == 4
