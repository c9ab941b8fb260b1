"""What holds for every test: machines are shared and slow at times, so no property is judged by a clock; and crawls are
started in a fifth of the time."""

import csv
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from crawl_server import CrawlServer
from hypothesis import settings

from crawler.run import runner

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

# A shell has what it starts in the background ignore this signal, and so would every program that a test stops by it.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.umask(0o077)  # as every command of ours has it: a database that others may read is refused


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is about the whole tree comes first: at the end one of several workers would be alone with it."""
    items.sort(key=lambda item: item.path.parent != Path(__file__).parent)


@pytest.fixture(autouse=True)
def limit_of_csv_cells() -> Iterator[None]:
    """Each reader of a table sets the limit of the whole process: a test that has it set low leaves it as it was."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


@pytest.fixture(scope="session")
def crawl_server() -> Iterator[CrawlServer]:
    with CrawlServer() as server:
        yield server


@pytest.fixture(autouse=True, scope="module")
def forked_crawls(crawl_server: CrawlServer) -> Iterator[None]:
    """Crawls of this process are forked; where it is the crawl itself that is tested, another fixture of this name
    lets them start as they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_start", crawl_server.start)
        yield
