"""What is logged of a library's errors: enough to find the cause, and nothing of an ad."""

import json
import logging

import pytest
import structlog
from scrapy import Request

from crawler.errors import LibraryErrors


@pytest.fixture
def lines():
    with structlog.testing.capture_logs() as caught:
        yield caught


def raise_and_log(number):
    try:
        int("call 012 847 593")
    except ValueError:
        args = {"request": Request(f"http://board.example/{number}"), "referer": None}
        logging.getLogger("scrapy.core.scraper").exception("Spider error processing %(request)s", args)


def test_an_error_names_source_address_class_and_place_and_the_rest_is_counted(lines, monkeypatch):
    monkeypatch.setattr(logging.getLogger("scrapy"), "propagate", False)  # a command that ran before listens, too
    handler = LibraryErrors(logging.ERROR, structlog.get_logger(source="board-a"), most=2)
    logging.getLogger("scrapy").addHandler(handler)
    try:
        for number in range(5):
            raise_and_log(number)
        logging.getLogger("scrapy.engine").warning("not an error")
        handler.finish()
    finally:
        logging.getLogger("scrapy").removeHandler(handler)
    assert [line["event"] for line in lines] == ["library error", "library error", "library errors"]
    first, _, rest = lines
    assert (first["source"], first["error"]) == ("board-a", "ValueError")
    assert first["address"] == "http://board.example/0"
    assert first["where"].startswith("test_errors.py:")
    assert (rest["more"], rest["error"], rest["source"]) == (3, "ValueError", "board-a")
    assert "847 593" not in json.dumps(lines)
