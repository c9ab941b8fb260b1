"""Slices of real texts: what should be found, what should not be flagged, and which pairs are ranked."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np

from model.datasets.labels import ACTED_ON, LabelledAd, acts
from model.datasets.real_texts import WHOLE_ADS
from model.evaluation.facets import language_of
from model.evaluation.metrics import Flags

__all__ = ["PAIRS", "SLICES", "Slice", "by_language", "by_source", "masks"]

WARNINGS: Final = frozenset({"awareness", "awareness_or_news"})
"""Sorts of texts that speak of lures and scams instead of making one."""

_LONG_ADS: Final = frozenset({"emscad"})
_CHINESE_ADS: Final = frozenset({"zh-orfd"})
_CHATS: Final = frozenset({"telegram-ru"})


@dataclass(frozen=True, slots=True)
class Slice:
    key: str
    title: str
    is_found: bool
    """Whether a share flagged is good: these are texts to act on."""

    is_led_with: bool
    """Whether the card's first table has it; the others stand below."""

    belongs: Callable[[LabelledAd], bool]


def _acts(row: LabelledAd) -> bool:
    return row.kind in ACTED_ON


def _short(row: LabelledAd) -> bool:
    """What people sent: neither quoted on a page nor an ad of a board."""
    return row.genre in {"chat", "social"} and row.dataset not in _CHATS


SLICES: Final = (
    Slice("scams", "job scams as they were sent", True, True, lambda row: _short(row) and row.kind == "job_fraud"),
    Slice(
        "lures",
        "lures as they were sent",
        True,
        True,
        lambda row: _short(row) and row.kind == "trafficking_recruitment",
    ),
    Slice(
        "whole_lures",
        "whole lures quoted from public pages",
        True,
        True,
        lambda row: row.genre == "quoted" and row.sort in WHOLE_ADS,
    ),
    Slice(
        "quoted_lures",
        "all quoted lures, phrases included",
        True,
        True,
        lambda row: row.genre == "quoted" and row.kind == "trafficking_recruitment",
    ),
    Slice(
        "quoted_frauds",
        "job frauds quoted from public pages",
        True,
        True,
        lambda row: row.genre == "quoted" and row.kind == "job_fraud",
    ),
    Slice("chat_scams", "job scams of Russian chats", True, True, lambda row: row.dataset in _CHATS and _acts(row)),
    Slice(
        "informal_offers", "informal lawful offers", False, True, lambda row: _short(row) and row.kind == "legitimate"
    ),
    Slice(
        "look_alikes",
        "lawful look-alikes of lures",
        False,
        True,
        lambda row: row.genre == "quoted" and row.kind == "legitimate",
    ),
    Slice("warnings", "warnings, advice and news", False, True, lambda row: row.sort in WARNINGS),
    Slice("work_messages", "messages about work", False, True, lambda row: _short(row) and row.sort == "message"),
    Slice(
        "chat_offers",
        "lawful offers of Russian chats (day labour)",
        False,
        True,
        lambda row: row.dataset in _CHATS and row.kind == "legitimate",
    ),
    Slice(
        "chat_spam",
        "other spam of Russian chats",
        False,
        True,
        lambda row: row.dataset in _CHATS and row.kind == "not_an_ad",
    ),
    Slice(
        "messages_vi",
        "Vietnamese text messages",
        False,
        True,
        lambda row: _corpus_of_messages(row) and language_of(row) == "vi",
    ),
    Slice(
        "messages_id",
        "Indonesian text messages",
        False,
        True,
        lambda row: _corpus_of_messages(row) and language_of(row) == "id",
    ),
    Slice("emscad_frauds", "job frauds of EMSCAD", True, False, lambda row: row.dataset in _LONG_ADS and _acts(row)),
    Slice(
        "emscad_lawful", "lawful ads of EMSCAD", False, False, lambda row: row.dataset in _LONG_ADS and not _acts(row)
    ),
    Slice(
        "orfd_frauds",
        "bait of a Chinese board (ORFD)",
        True,
        False,
        lambda row: row.dataset in _CHINESE_ADS and _acts(row),
    ),
    Slice(
        "orfd_lawful",
        "other ads of that board (ORFD)",
        False,
        False,
        lambda row: row.dataset in _CHINESE_ADS and not _acts(row),
    ),
    Slice("other_dangerous", "other real texts to act on", True, False, lambda row: False),
    Slice("other_lawful", "other real texts", False, False, lambda row: False),
)
"""Of rows with ``real``; a row may be in several. A slice without rows has no figure."""


def _corpus_of_messages(row: LabelledAd) -> bool:
    return row.sort in {"ordinary_message", "other_spam"}


_SENT: Final = ("scams", "lures")
PAIRS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    **{
        f"sent_over_{flagged}": (_SENT, flagged)
        for flagged in ("informal_offers", "work_messages", "warnings", "messages_vi", "messages_id")
    },
    "quoted_over_look_alikes": (("quoted_lures", "quoted_frauds"), "look_alikes"),
    "quoted_over_warnings": (("quoted_lures", "quoted_frauds"), "warnings"),
    "chat_scams_over_chat_offers": (("chat_scams",), "chat_offers"),
    "chat_scams_over_chat_spam": (("chat_scams",), "chat_spam"),
    "emscad": (("emscad_frauds",), "emscad_lawful"),
    "orfd": (("orfd_frauds",), "orfd_lawful"),
}
"""What is ranked over what: slices to be found together, and one not to be flagged."""


def masks(rows: Sequence[LabelledAd], ordinary: Set[str]) -> dict[str, Flags]:
    """For each slice the rows in it; real texts that no slice takes, such as decisions of one's own, are two more."""
    found = {one.key: np.array([row.real and one.belongs(row) for row in rows], dtype=np.bool_) for one in SLICES}
    taken = np.any([*found.values()], axis=0)
    others = np.array([row.real and row.dataset not in ordinary for row in rows], dtype=np.bool_) & ~taken
    truth = np.array(acts(rows), dtype=np.bool_)
    return found | {"other_dangerous": others & truth, "other_lawful": others & ~truth}


def by_language(rows: Sequence[LabelledAd]) -> list[str]:
    return [language_of(row) for row in rows]


def by_source(rows: Sequence[LabelledAd]) -> list[str]:
    """The source of each row, with its collection's name where the two differ."""
    return [
        row.source if not row.source or row.source.startswith(row.dataset) else f"{row.dataset}: {row.source}"
        for row in rows
    ]
