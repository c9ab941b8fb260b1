"""What tests of web archives have in common: a card, and the captures in a file."""

from datetime import timedelta
from pathlib import Path

from warc_making import CAPTURED

from crawler.archive.captures import Capture
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from crawler.spiders.archive import ArchiveFile

QUAY = "https://quay.example"
LATER = CAPTURED + timedelta(days=30)


def source(*start: Path, name: str = "quay-archive", **keys: object) -> Source:
    values = {"name": name, "title": name, "kind": "archive", "start": [str(path) for path in start]}
    return source_from_card(values | keys, where=f"{name}.toml")


def captures(path: Path, **keys: object) -> list[Capture]:
    found = ArchiveFile(path).captures(**{"sites": frozenset(), "now": LATER} | keys)
    return [capture for capture in found if capture]
