"""Unpacking an answer: the short way gives what Scrapy's gives, and leaves it what is odd."""

import gzip
import zlib

import pytest
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import DummyStatsCollector

from crawler.answer_unpacking import UnpackMiddleware
from crawler.engine import DirectCrawler
from crawler.settings import scrapy_settings
from crawler.spiders.source_spider import SourceSpider
from crawling import source

TEXT = b"The quay needs a night watch. " * 50
WHOLE = gzip.compress(TEXT)


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
