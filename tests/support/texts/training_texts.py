"""The invented training texts, by file, as the catalogue names them."""

import gzip
import json
from pathlib import Path

from model.datasets.catalogue import read_catalogue
from model.datasets.readers import DatasetCard

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "data/samples"
DANGEROUS = {"trafficking_recruitment", "job_fraud"}

Row = dict[str, str]


def read(card: DatasetCard) -> list[Row]:
    path = ROOT / card.path
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


CARDS = {Path(card.path).name: card for card in read_catalogue(ROOT / "data/datasets.toml") if not card.real}
ROWS = {name: read(card) for name, card in CARDS.items()}
CONTRAST = {name: ROWS[name] for name, card in CARDS.items() if card.format == "contrast"}
"""Files of one offer told four times: dangerous and lawful, as a chat message and as a board ad."""

FIRST_MESSAGES = {name: ROWS[name] for name, card in CARDS.items() if card.family == "first-messages"}
"""Files of bait alone, each beside a lawful twin of the same surface."""


def offers(rows: list[Row]) -> list[Row]:
    """Those that offer work, dangerous or lawful."""
    return [row for row in rows if row["truth"] != "not_an_ad"]


def whole(row: Row) -> str:
    return f"{row.get('title') or ''}\n{row['text']}"


def main_language(row: Row) -> str:
    return "tl" if row["language"] == "ceb" else row["language"].partition("-")[0]
