"""Texts invented for lurewatch, each with the reason for its label: contrast groups, and single texts.

A contrast group is one offer told four times: a lure or a fraud and its lawful twin, each as a chat message and as a
board ad, so that neither genre nor trade nor place tells them apart.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from model.assessment import KINDS, Kind
from model.datasets.labels import Genre, LabelledAd, near_duplicate_key
from model.datasets.records import read_json_lines, text_ad

__all__ = ["GENRES", "read_contrast", "read_held_out", "read_texts"]

_CONTRAST: Final = frozenset(
    {"id", "group", "kind", "language", "truth", "genre", "strength", "exploitation", "origin", "destination",
     "target", "title", "text", "why"}
)  # fmt: skip
_TEXTS: Final = frozenset({"id", "language", "genre", "truth", "kind", "text", "why"})
_HELD_OUT: Final = frozenset(
    {"id", "group", "language", "truth", "genre", "strength", "exploitation", "title", "text", "why"}
)
_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in KINDS}
GENRES: Final[dict[str, Genre]] = {"chat": "chat", "board": "board", "social": "social", "news": "news"}


def read_contrast(path: Path, dataset: str) -> Iterator[LabelledAd]:
    for row in read_json_lines(path, _CONTRAST):
        group, title, text = row.text("group"), row.text("title"), row.text("text")
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title=title, description=text, language=row.text("language")),
            kind=row.one_of("truth", _KINDS), dataset=dataset, sort=row.text("kind"), genre=row.one_of("genre", GENRES),
            group=f"{dataset}:{group or row.text('id')}", twins=group if group and row.text("kind") != "none" else None,
        )  # fmt: skip


def read_texts(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Single texts: ordinary messages, warnings, news, frauds, lawful ads with the look of a lure. Two that tell one
    offer, dangerous and lawful, name the same ``group``, be it in two files."""
    for row in read_json_lines(path, _TEXTS, {"title", "exploitation", "group"}):
        title, text, group = row.text("title"), row.text("text"), row.text("group")
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title=title, description=text, language=row.text("language")),
            kind=row.one_of("truth", _KINDS),
            dataset=dataset,
            sort=row.text("kind"),
            genre=row.one_of("genre", GENRES),
            group=f"group:{group}" if group else f"{dataset}:{near_duplicate_key(title + text)}",
            twins=group or None,
        )


def read_held_out(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Texts for measuring alone: lures, frauds, their lawful twins, warnings and messages. Never trained on."""
    for row in read_json_lines(path, _HELD_OUT):
        kind, genre = row.one_of("truth", _KINDS), row.one_of("genre", GENRES)
        group = f"{dataset}:{row.text('group') or row.text('id')}"
        title, text = row.text("title"), row.text("text")
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title=title, description=text, language=row.text("language")),
            kind=kind, dataset=dataset, sort="news" if genre == "news" else "held_out", genre=genre, group=group,
            twins=group if kind != "not_an_ad" else None,
        )  # fmt: skip
