"""Of which kind each source is, by its card: what a brief may say of where offers were found."""

from pathlib import Path

from crawler.errors import BadSourceCard
from crawler.sources import read_source

__all__ = ["read_source_kinds"]


def read_source_kinds(folder: Path) -> dict[str, str]:
    """The kind of each source by its name; a card that cannot be read has none here, and says so when it is crawled."""
    kinds: dict[str, str] = {}
    for card in sorted(folder.glob("*.toml")):
        try:
            source = read_source(card, reviewed=False)
        except BadSourceCard:
            continue
        kinds[source.name] = source.kind
    return kinds
