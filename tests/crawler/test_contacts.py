"""Contacts, found in what ads say. Every number, address and handle is invented."""

import tomllib
from pathlib import Path

import pytest

from crawler.extract.contacts import find_contacts

CASES = tomllib.loads((Path(__file__).parent / "cases" / "contacts.toml").read_text("utf-8"))
ROWS = [pytest.param(*row, id=f"{language}: {row[0]}") for language, rows in CASES.items() for row in rows]


@pytest.mark.parametrize(("text", "country", "offered"), ROWS)
def test_contacts_are_what_the_ad_offers_and_nothing_else(text: str, country: str, offered: list[str]) -> None:
    found = [f"{contact.kind} {contact.value}" for contact in find_contacts(text, country or None)]
    assert sorted(found) == sorted(offered)
