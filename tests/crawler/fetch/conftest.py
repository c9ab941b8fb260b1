"""Crawls start here as the program starts them: it is the crawl itself that is tested."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def forked_crawls() -> None:
    """They are not."""
