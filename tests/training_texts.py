"""The invented training texts, by file, for the tests that hold them to what they promise."""

import gzip
import json
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "data/samples"
FURTHER = ("messages_more", "warnings_more", "board_ads", "lures_wild", "frauds_more", "lookalikes_more")
NEAR = ("warnings_wide", "messages_beside", "lures_more", "offers_lawful")
WIDE = ("boards_wide",)
NEARER = ("warnings_near", "lures_near", "offers_near")
CHINESE = ("boards_zh", "boards_zh_more", "contrast_zh", "contrast_zh_plain")
WIDER = ("frauds_wide", "offers_wide")
VOICES = ("warnings_voices", "messages_near")
PLAIN = ("messages_phone", "warnings_plain", "boards_far")
OFFERS = ("boards_english", "titles", "offers_plain")
"""Files that hold dangerous offers and lawful ones, not told as twins."""

FLAT = (
    "messages", "warnings", "frauds", "lookalikes", *FURTHER, *NEAR, *WIDE, *NEARER, "boards_zh", *WIDER, *VOICES,
    "boards_zh_more", *PLAIN, *OFFERS,
)  # fmt: skip
FRAUDS = ("contrast_frauds", "contrast_frauds_more")
LURES = ("contrast_lures",)
PARTLY = ("contrast_frauds_plain", "contrast_chats", "boards_english")
"""Files that leave languages to others."""

PLAIN_TWINS = ("contrast_plain", "contrast_frauds_plain", "contrast_zh_plain", "contrast_chats")
GROUPED = ("contrast_more", "contrast_wide", *FRAUDS, *LURES, "contrast_zh", *PLAIN_TWINS)
FILES = {f"{name}.jsonl": SAMPLES / f"{name}.jsonl" for name in (*FLAT, *GROUPED)}
FILES["contrast.jsonl.gz"] = SAMPLES / "contrast.jsonl.gz"


def read(name: str) -> list[dict[str, str]]:
    opened = gzip.open if name.endswith(".gz") else open
    with opened(FILES[name], "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


ROWS = {name: read(name) for name in FILES}
TWINS = {name: ROWS[f"{name}.jsonl"] for name in GROUPED}
FRAUDS_WIDE, OFFERS_WIDE = (ROWS[f"{name}.jsonl"] for name in WIDER)
STYLES = [("lures_more", "offers_lawful", "warnings_wide"), ("lures_near", "offers_near", "warnings_near")]
"""Lures, the lawful offers written beside them, and the warnings that quote such lures."""


def alphabetic(row: dict[str, str]) -> bool:
    return main_language(row) not in {"zh", "ja", "ko", "th", "lo", "km", "my"}


def main_language(row: dict[str, str]) -> str:
    return "tl" if row["language"] == "ceb" else row["language"].partition("-")[0]
