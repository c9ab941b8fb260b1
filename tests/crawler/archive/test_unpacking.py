"""Bodies as they were sent: unpacked up to a limit, or named as what cannot be."""

import gzip
import zlib
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archive.warc_reader import Unpackable, unpack_body, zstd

PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_packed_body_is_unpacked_up_to_the_limit(encoding):
    body = b"the harbour " * 100_000
    packed = PACKED[encoding](body)
    assert unpack_body(packed, {"content-encoding": encoding.upper()}, most=len(body)) == body
    with pytest.raises(Unpackable, match="more than 1199999 bytes"):
        unpack_body(packed, {"content-encoding": encoding}, most=len(body) - 1)
    assert body.startswith(unpack_body(packed[: len(packed) // 2], {"content-encoding": encoding}, most=10**7))


def test_layers_of_packing_are_taken_off_in_turn_but_not_without_end():
    body = b"the harbour"
    twice = brotli.compress(gzip.compress(body))
    assert unpack_body(twice, {"content-encoding": "gzip, br"}, most=100) == body
    with pytest.raises(Unpackable, match="packed 4 times"):
        unpack_body(body, {"content-encoding": "gzip, gzip, gzip, gzip"}, most=100)
    with pytest.raises(Unpackable, match="'rot13'"):
        unpack_body(body, {"content-encoding": "rot13"}, most=100)


def test_a_body_that_was_unpacked_before_it_was_archived_is_taken_as_it_is():
    page = b"<html>harbour</html>"
    assert unpack_body(page, {"transfer-encoding": "chunked", "content-encoding": "gzip"}, most=100) == page


@given(st.binary(max_size=400), st.sampled_from(["", "gzip", "deflate", "br", "zstd"]), st.booleans())
def test_unpacking_gives_bytes_or_says_why_not(body, encodings, chunked):
    with suppress(Unpackable):
        headers = {"transfer-encoding": "chunked" if chunked else "", "content-encoding": encodings}
        assert len(unpack_body(body, headers, most=10_000)) <= 10_000
