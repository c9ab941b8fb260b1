"""Forgotten ads, by hashes of their ids: never taken in again."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from crawler.files import whole_bytes

__all__ = ["add_forgotten", "is_forgotten", "read_forgotten"]

FILE = "forgotten.txt"
"""In `data/local`, one hash a line; keep it with the keys."""


def read_forgotten(local: Path) -> frozenset[str]:
    """The hashes; none where nothing was ever forgotten."""
    path = local / FILE
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def add_forgotten(local: Path, ad_ids: Collection[str]) -> None:
    """Keep the hashes of these, too."""
    known = read_forgotten(local) | {_hash(ad_id) for ad_id in ad_ids}
    with whole_bytes(local / FILE) as file:
        file.write("".join(f"{each}\n" for each in sorted(known)).encode())


def is_forgotten(ad_id: str, forgotten: Collection[str]) -> bool:
    """Whether the ad is one of them."""
    return bool(forgotten) and _hash(ad_id) in forgotten


def _hash(ad_id: str) -> str:
    return hashlib.sha256(ad_id.encode("utf-8", "surrogatepass")).hexdigest()
