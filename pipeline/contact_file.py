"""Contacts files: JSON Lines, one contact a line, by its hash."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from crawler.whole_file import dumps_line, whole_file
from pipeline.contact_card import ContactCard
from pipeline.contact_vault import ContactVault

__all__ = ["write_contacts"]


def write_contacts(cards: Iterable[ContactCard], output: str | Path, vault: ContactVault | None) -> int:
    """How many were written; the contacts themselves only with the ``vault`` that can read them."""
    count = 0
    with whole_file(output) as file:
        for card in cards:
            record = {name: value for name, value in asdict(card).items() if name != "sealed"}
            record |= {name: record[name].isoformat() for name in ("first_seen", "last_seen")}
            if vault is not None:
                record["value"] = vault.read(card.sealed)
            file.write(dumps_line(record))
            count += 1
    return count
