"""Evidence of some nights, for the tests that write extracts and those that tamper with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_nights import Nights, crawled_nights

from builders import NOON
from crawler.batch.wacz import write_extract


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with crawled_nights(tmp_path_factory.mktemp("home")) as nights:
        yield nights


@pytest.fixture
def extract(nights: Nights, tmp_path: Path) -> Path:
    path = tmp_path / "cook.wacz"
    write_extract(path, [nights.proof()], now=NOON)
    return path
