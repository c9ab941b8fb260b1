"""The source card that lets the crawler collect the board at the port where it is served."""

import os
from pathlib import Path

__all__ = ["BadCardName", "write_card"]

NAME = "sample-board"

CARD = """\
# The sample board, served on this machine. Written by data/samples/board/board.py.
name = "{name}"
title = "Tamarind Board (sample, all ads invented)"
kind = "sitemap"
start = ["{address}sitemap.xml"]
local = true

[politeness]
delay = 0

[budget]
pages = 1000

[expect]
ads = [1, 1000]
"""


class BadCardName(Exception):
    """Raised when a card is to be written under a name that its source does not have."""


def write_card(path: Path, address: str) -> None:
    """Writes the card whole or not at all. A card's file is called as its source is."""
    if path.name != f"{NAME}.toml":
        raise BadCardName(f"{path}: a source card is called as its source; expected the file name {NAME}.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(CARD.format(name=NAME, address=address), encoding="utf-8")
    unfinished.replace(path)
