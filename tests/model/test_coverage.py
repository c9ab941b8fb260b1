"""The page on coverage is true, and the languages cover what was promised."""

from pathlib import Path

import pytest

from model.coverage import FIRST_CLASS, ORDER, coverage_page, share_of_strong
from model.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[2]
TAXONOMY = load_taxonomy(ROOT / "data" / "taxonomy")


def test_the_page_is_that_of_the_shipped_taxonomy() -> None:
    assert (ROOT / "docs" / "coverage.md").read_text("utf-8") == coverage_page(TAXONOMY)


@pytest.mark.parametrize("language", ORDER)
def test_strong_indicators_are_surely_covered(language: str) -> None:
    assert share_of_strong(TAXONOMY, language) >= (1.0 if language in FIRST_CLASS else 0.6)
