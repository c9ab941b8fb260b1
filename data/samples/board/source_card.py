"""Source cards of the board and of its other faces, at the port that serves them."""

import os
from collections.abc import Mapping
from pathlib import Path

from faces import FACES

NAME = "sample-board"

CARD = """\
# {title}, served on this machine. Written by data/samples/board/board.py.
name = "{name}"
title = "{title} (sample, all ads invented)"
kind = "{kind}"
start = ["{start}"]
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


def write_cards(path: Path, address: str) -> None:
    """Writes each card whole or not at all, those of the other faces beside ``path``."""
    if path.name != f"{NAME}.toml":
        raise BadCardName(f"{path}: a source card is called as its source; expected the file name {NAME}.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    for card in _cards(address):
        file = path.with_name(f"{card['name']}.toml")
        unfinished = path.with_name(f".{file.name}.{os.getpid()}")
        unfinished.write_text(CARD.format_map(card), encoding="utf-8")
        unfinished.replace(file)


def _cards(address: str) -> list[Mapping[str, str]]:
    board = {"name": NAME, "title": "Tamarind Board", "kind": "sitemap", "start": f"{address}sitemap.xml"}
    further = [
        {"name": f"{NAME}-{face}", "title": title, "kind": "board", "start": f"{address}{face}/jobs"}
        for face, title in FACES.items()
    ]
    return [board, *further]
