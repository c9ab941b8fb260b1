"""Slices of real texts: to be found, to be left alone, and pairs to be ranked."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np

from model.datasets.labels import ACTED_ON, LabelledAd, acts
from model.datasets.readers import WHOLE_ADS
from model.evaluation.facets import language_of
from model.evaluation.metrics import Flags

WARNINGS: Final = frozenset({"awareness", "awareness_or_news"})
"""Sorts of texts that speak of lures and scams instead of making one."""

Belongs = Callable[[LabelledAd], bool]
_CHATS: Final = "telegram-ru"


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the real texts that has figures of its own."""

    key: str
    title: str
    is_found: bool
    """Whether a share flagged is good: these are texts to act on."""

    is_led_with: bool
    """Whether the card's first table has it; the others stand below."""

    belongs: Belongs


def _is_short(row: LabelledAd) -> bool:
    return row.genre in {"chat", "social"} and row.dataset != _CHATS and row.counted is None


def _sent(kind: str) -> Belongs:
    """What people sent: neither quoted on a page nor an ad of a board."""
    return lambda row: _is_short(row) and row.kind == kind


def _quoted(kind: str) -> Belongs:
    return lambda row: row.genre == "quoted" and row.kind == kind


def _of(dataset: str, *kinds: str) -> Belongs:
    return lambda row: row.dataset == dataset and row.kind in kinds


def _further(*kinds: str) -> Belongs:
    return lambda row: row.counted is not None and row.genre != "board" and row.kind in kinds


def _text_messages(language: str) -> Belongs:
    return lambda row: row.sort in {"ordinary_message", "other_spam"} and language_of(row) == language


_LURE, _LAWFUL, _NO_AD = "trafficking_recruitment", "legitimate", "not_an_ad"
_FOUND, _FLAGGED = True, False
_FIRST, _BELOW = True, False
SLICES: Final = (
    Slice("scams", "job scams as they were sent", _FOUND, _FIRST, _sent("job_fraud")),
    Slice("lures", "lures as they were sent", _FOUND, _FIRST, _sent(_LURE)),
    Slice("whole_lures", "whole lures quoted from public pages", _FOUND, _FIRST,
          lambda row: row.genre == "quoted" and row.sort in WHOLE_ADS),
    Slice("quoted_lures", "all quoted lures, phrases included", _FOUND, _FIRST, _quoted(_LURE)),
    Slice("quoted_frauds", "job frauds quoted from public pages", _FOUND, _FIRST, _quoted("job_fraud")),
    Slice("chat_scams", "job scams of Russian chats", _FOUND, _FIRST, _of(_CHATS, *ACTED_ON)),
    Slice("informal_offers", "informal lawful offers", _FLAGGED, _FIRST, _sent(_LAWFUL)),
    Slice("look_alikes", "lawful look-alikes of lures", _FLAGGED, _FIRST, _quoted(_LAWFUL)),
    Slice("warnings", "warnings, advice and news", _FLAGGED, _FIRST, lambda row: row.sort in WARNINGS),
    Slice("work_messages", "messages about work", _FLAGGED, _FIRST,
          lambda row: _is_short(row) and row.sort == "message"),
    Slice("chat_offers", "lawful offers of Russian chats (day labour)", _FLAGGED, _FIRST, _of(_CHATS, _LAWFUL)),
    Slice("chat_spam", "other spam of Russian chats", _FLAGGED, _FIRST, _of(_CHATS, _NO_AD)),
    Slice("messages_vi", "Vietnamese text messages", _FLAGGED, _FIRST, _text_messages("vi")),
    Slice("messages_id", "Indonesian text messages", _FLAGGED, _FIRST, _text_messages("id")),
    Slice("emscad_frauds", "job frauds of EMSCAD", _FOUND, _BELOW, _of("emscad", *ACTED_ON)),
    Slice("emscad_lawful", "lawful ads of EMSCAD", _FLAGGED, _BELOW, _of("emscad", _LAWFUL, _NO_AD)),
    Slice("orfd_frauds", "bait of a Chinese board (ORFD)", _FOUND, _BELOW, _of("zh-orfd", *ACTED_ON)),
    Slice("orfd_lawful", "other ads of that board (ORFD)", _FLAGGED, _BELOW, _of("zh-orfd", _LAWFUL, _NO_AD)),
    Slice("further_dangerous", "scams and lures of further sources", _FOUND, _BELOW, _further(*ACTED_ON)),
    Slice("further_offers", "lawful offers of further sources", _FLAGGED, _BELOW, _further(_LAWFUL)),
    Slice("further_others", "other texts of further sources", _FLAGGED, _BELOW, _further(_NO_AD)),
    Slice("further_ads", "ordinary ads of further boards", _FLAGGED, _BELOW,
          lambda row: row.counted is not None and row.genre == "board"),
    Slice("other_dangerous", "other real texts to act on", _FOUND, _BELOW, lambda row: False),
    Slice("other_lawful", "other real texts", _FLAGGED, _BELOW, lambda row: False),
)  # fmt: skip
"""Of rows with ``real``; a row may be in several. A slice without rows has no figure."""

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
    "further_over_offers": (("further_dangerous",), "further_offers"),
    "further_over_others": (("further_dangerous",), "further_others"),
}
"""What is ranked over what: slices to be found together, and one not to be flagged."""


def masks(rows: Sequence[LabelledAd], ordinary: Set[str]) -> dict[str, Flags]:
    """For each slice the rows in it; real texts that no slice takes, such as decisions of one's own, are two more."""
    truth, real = (np.array(flags, dtype=np.bool_) for flags in (acts(rows), [row.real for row in rows]))
    found = {part.key: real & (truth == part.is_found) & [*map(part.belongs, rows)] for part in SLICES}
    others = real & (truth | [row.dataset not in ordinary for row in rows]) & ~np.any([*found.values()], axis=0)
    return found | {"other_dangerous": others & truth, "other_lawful": others & ~truth}


def by_source(rows: Sequence[LabelledAd]) -> list[str]:
    """The source of each row, with its collection's name where the two differ."""
    return [
        row.source if not row.source or row.source.startswith(row.dataset) else f"{row.dataset}: {row.source}"
        for row in rows
    ]
