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


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Real texts of one sort."""

    key: str
    title: str
    """In the words of the card."""

    is_found: bool
    """Whether a share flagged is good: these are texts to act on."""

    belongs: Callable[[LabelledAd], bool]
    is_led_with: bool = True
    """Whether the card's first table has it; the others stand below."""


def _acts(row: LabelledAd) -> bool:
    return row.kind in ACTED_ON


def _short(row: LabelledAd) -> bool:
    """What people sent: neither quoted on a page nor an ad of a board."""
    return row.genre in {"chat", "social"} and row.dataset not in _CHATS


SLICES: Final[tuple[Slice, ...]] = (
    Slice(
        key="scams", title="job scams as they were sent", is_found=True,
        belongs=lambda row: _short(row) and row.kind == "job_fraud",
    ),
    Slice(
        key="lures", title="lures as they were sent", is_found=True,
        belongs=lambda row: _short(row) and row.kind == "trafficking_recruitment",
    ),
    Slice(
        key="whole_lures", title="whole lures quoted from public pages", is_found=True,
        belongs=lambda row: row.genre == "quoted" and row.sort in WHOLE_ADS,
    ),
    Slice(
        key="quoted_lures", title="all quoted lures, phrases included", is_found=True,
        belongs=lambda row: row.genre == "quoted" and row.kind == "trafficking_recruitment",
    ),
    Slice(
        key="quoted_frauds", title="job frauds quoted from public pages", is_found=True,
        belongs=lambda row: row.genre == "quoted" and row.kind == "job_fraud",
    ),
    Slice(
        key="chat_scams", title="job scams of Russian chats", is_found=True,
        belongs=lambda row: row.dataset in _CHATS and _acts(row),
    ),
    Slice(
        key="informal_offers", title="informal lawful offers", is_found=False,
        belongs=lambda row: _short(row) and row.kind == "legitimate",
    ),
    Slice(
        key="look_alikes", title="lawful look-alikes of lures", is_found=False,
        belongs=lambda row: row.genre == "quoted" and row.kind == "legitimate",
    ),
    Slice(
        key="warnings", title="warnings, advice and news", is_found=False,
        belongs=lambda row: row.sort in WARNINGS,
    ),
    Slice(
        key="work_messages", title="messages about work", is_found=False,
        belongs=lambda row: _short(row) and row.sort == "message",
    ),
    Slice(
        key="chat_offers", title="lawful offers of Russian chats (day labour)", is_found=False,
        belongs=lambda row: row.dataset in _CHATS and row.kind == "legitimate",
    ),
    Slice(
        key="chat_spam", title="other spam of Russian chats", is_found=False,
        belongs=lambda row: row.dataset in _CHATS and row.kind == "not_an_ad",
    ),
    Slice(
        key="messages_vi", title="Vietnamese text messages", is_found=False,
        belongs=lambda row: _corpus_of_messages(row) and language_of(row) == "vi",
    ),
    Slice(
        key="messages_id", title="Indonesian text messages", is_found=False,
        belongs=lambda row: _corpus_of_messages(row) and language_of(row) == "id",
    ),
    Slice(
        key="emscad_frauds", title="job frauds of EMSCAD", is_found=True, is_led_with=False,
        belongs=lambda row: row.dataset in _LONG_ADS and _acts(row),
    ),
    Slice(
        key="emscad_lawful", title="lawful ads of EMSCAD", is_found=False, is_led_with=False,
        belongs=lambda row: row.dataset in _LONG_ADS and not _acts(row),
    ),
    Slice(
        key="orfd_frauds", title="bait of a Chinese board (ORFD)", is_found=True, is_led_with=False,
        belongs=lambda row: row.dataset in _CHINESE_ADS and _acts(row),
    ),
    Slice(
        key="orfd_lawful", title="other ads of that board (ORFD)", is_found=False, is_led_with=False,
        belongs=lambda row: row.dataset in _CHINESE_ADS and not _acts(row),
    ),
    Slice(
        key="other_dangerous", title="other real texts to act on", is_found=True, is_led_with=False,
        belongs=lambda row: False,
    ),
    Slice(
        key="other_lawful", title="other real texts", is_found=False, is_led_with=False, belongs=lambda row: False,
    ),
)  # fmt: skip
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
    """The language of each row."""
    return [language_of(row) for row in rows]


def by_source(rows: Sequence[LabelledAd]) -> list[str]:
    """The source of each row, with its collection's name where the two differ."""
    return [
        row.source if not row.source or row.source.startswith(row.dataset) else f"{row.dataset}: {row.source}"
        for row in rows
    ]
