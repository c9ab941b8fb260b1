"""Pages in the style of boards that no reader was made for. All invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.extract.page import read_page

PAGES = Path(__file__).parents[1] / "pages" / "unseen"
NAMES = sorted(path.stem for path in PAGES.glob("*.html"))
FIELDS = ("title", "hiring_organization", "job_location", "employment_type", "date_posted", "valid_through")


def read(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the page gives, and what a person reads on it."""
    wanted: dict[str, Any] = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    reading = read_page((PAGES / f"{name}.html").read_bytes(), url=wanted["url"])
    found: dict[str, Any] = {"outcome": reading.outcome}
    for ad in reading.ads:
        found |= {field: getattr(ad, field) for field in FIELDS}
        found |= {"pay": ad.base_salary.raw if ad.base_salary else None, "text": ad.description or ""}
    return found, wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_an_unseen_board_is_read_as_a_person_reads_it(name: str) -> None:
    found, wanted = read(name)
    assert found["outcome"] == wanted["outcome"]
    if found["outcome"] == "ad":
        assert {field: found[field] for field in (*FIELDS, "pay")} == {
            field: wanted[field] for field in (*FIELDS, "pay")
        }
        assert all(said in found["text"] for said in wanted["text_has"])
        assert not any(said in found["text"] for said in wanted["text_has_not"])


def test_there_are_pages_enough() -> None:
    assert len(NAMES) >= 20
