"""The page on coverage is true, and no language loses what it covers."""

from pathlib import Path

import pytest

from model.taxonomy.check import ORDER, coverage_page, share_of_strong
from model.taxonomy.loader import load_taxonomy

ROOT = Path(__file__).parents[3]
TAXONOMY = load_taxonomy(ROOT / "data" / "taxonomy")
WHOLE = {"vi", "id", "ms", "en", "tl", "th", "zh", "ko", "ru", "uk", "es", "pt", "fr", "ar", "hi"}
"""Languages that have every strong indicator."""


def test_the_page_is_that_of_the_shipped_taxonomy() -> None:
    assert (ROOT / "docs" / "reference" / "coverage.md").read_text("utf-8") == coverage_page(TAXONOMY)


@pytest.mark.parametrize("language", ORDER)
def test_strong_indicators_are_covered(language: str) -> None:
    assert share_of_strong(TAXONOMY, language, surely=False) >= (1.0 if language in WHOLE else 0.85)


def test_what_is_surely_covered_is_covered() -> None:
    for language in ORDER:
        surely = share_of_strong(TAXONOMY, language, surely=True)
        assert surely <= share_of_strong(TAXONOMY, language, surely=False)
