"""Unpacking an answer: the short way gives what Scrapy's gives, and leaves it what is odd."""

import gzip
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import DummyStatsCollector

from crawler.fetch.engine import DirectCrawler
from crawler.fetch.middlewares import UnpackMiddleware, _unpack
from crawler.fetch.settings import scrapy_settings
from crawler.spiders.base import SourceSpider
from crawling import source

TEXT = b"The quay needs a night watch. " * 50
WHOLE = gzip.compress(TEXT)


def gzip_with_name() -> bytes:
    packed = BytesIO()
    with gzip.GzipFile("ad.html", "wb", fileobj=packed) as file:
        file.write(TEXT)
    return packed.getvalue()


def unpacked(kind: type[HttpCompressionMiddleware], body: bytes, encoding: str, largest: int) -> bytes | str:
    crawler = DirectCrawler(SourceSpider, Settings(scrapy_settings(source("http://127.0.0.1/"), None)))
    crawler.stats = DummyStatsCollector(crawler)
    request = Request("http://127.0.0.1/", meta={"download_maxsize": largest})
    answer = Response(request.url, headers={"Content-Encoding": encoding}, body=body)
    try:
        found = kind(crawler=crawler).process_response(request, answer)
    except (IgnoreRequest, OSError, EOFError, zlib.error) as err:
        return type(err).__name__
    return bytes(found.body) + repr(sorted(found.headers)).encode()


ANSWERS = {
    "whole": (WHOLE, "gzip"),
    "another name": (WHOLE, "x-gzip"),
    "capitals": (WHOLE, "GZIP"),
    "unknown": (WHOLE, "gzip, rot13"),
    "twice": (gzip.compress(WHOLE), "gzip, gzip"),
    "two members": (WHOLE + WHOLE, "gzip"),
    "something behind": (WHOLE + b"trailing", "gzip"),
    "cut off": (WHOLE[:-20], "gzip"),
    "nothing": (b"", "gzip"),
    "not packed": (TEXT, "gzip"),
    "a flag without a meaning": (WHOLE[:3] + b"\x20" + WHOLE[4:], "gzip"),
    "another method": (WHOLE[:2] + b"\x07" + WHOLE[3:], "gzip"),
    "a wrong sum": (WHOLE[:-8] + bytes(4) + WHOLE[-4:], "gzip"),
    "a wrong length": (WHOLE[:-1] + b"\x01", "gzip"),
    "a name inside": (gzip_with_name(), "gzip"),
    "deflate": (zlib.compress(TEXT), "deflate"),
    "a bomb": (gzip.compress(b"0" * 1_000_000), "gzip"),
    "as it is": (TEXT, "identity"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_short_way_gives_what_scrapys_way_gives(name):
    body, encoding = ANSWERS[name]
    for largest in (len(TEXT) - 1, len(TEXT), 200_000):
        ours, theirs = (
            unpacked(kind, body, encoding, largest) for kind in (UnpackMiddleware, HttpCompressionMiddleware)
        )
        assert ours == theirs


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 7), st.integers(0, len(WHOLE)))
def test_a_damaged_answer_is_never_taken_for_a_whole_one(place, bit, cut):
    damaged = bytearray(WHOLE)
    damaged[place] ^= 1 << bit
    for body in (bytes(damaged), WHOLE[:cut], bytes(damaged)[:cut]):
        assert _unpack(body, 200_000) == _by_zlib(body)


def _by_zlib(body: bytes) -> bytes | None:
    unpacker = zlib.decompressobj(31)
    try:
        content = unpacker.decompress(body, 200_000)
    except zlib.error:
        return None
    return content if unpacker.eof and not unpacker.unused_data else None
