"""The rows that headline figures are about: what must be found, what be left alone, which twin scores higher."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from model.datasets.quoted import WHOLE_ADS
from model.datasets.labels import LabelledAd

__all__ = ["slices", "twins_in_order"]

_WARNINGS: Final = frozenset({"warning", "news", "advice", "awareness_or_news"})

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def slices(rows: Sequence[LabelledAd], truth: Flags) -> dict[str, Flags]:
    """The rows whose share above a threshold is a headline: what must be found, and what must be left alone."""

    def where(claim: Callable[[LabelledAd], bool]) -> Flags:
        return np.array([claim(row) for row in rows], dtype=np.bool_)

    lawful, no_ad = where(lambda row: row.kind == "legitimate"), where(lambda row: row.kind == "not_an_ad")
    quoted, twin = where(lambda row: row.genre == "quoted"), where(lambda row: row.twins is not None)
    chat, warns = where(lambda row: row.genre == "chat"), where(lambda row: row.sort in _WARNINGS)
    fraud, emscad = where(lambda row: row.kind == "job_fraud"), where(lambda row: row.dataset == "emscad")
    return {
        "found_whole_lures": where(lambda row: row.sort in WHOLE_ADS) & truth,
        "found_quoted_lures": quoted & truth,
        "found_contrast_lures": twin & truth & ~fraud,
        "found_frauds_outside_emscad": fraud & ~emscad,
        "found_emscad_frauds": fraud & emscad,
        "alarm_quoted_look_alikes": quoted & lawful,
        "alarm_invented_look_alikes": lawful & where(lambda row: row.sort == "lookalike"),
        "alarm_lawful_twins_chat": twin & lawful & chat,
        "alarm_lawful_twins_board": twin & lawful & ~chat,
        "alarm_emscad_lawful": lawful & emscad,
        "alarm_ordinary_ads": lawful & ~(quoted | twin | emscad) & where(lambda row: row.sort != "lookalike"),
        "alarm_warnings_and_news": no_ad & warns,
        "alarm_ordinary_messages": no_ad & ~warns,
    }


def twins_in_order(rows: Sequence[LabelledAd], truth: Flags, score: Doubles) -> dict[str, float | None]:
    """How often the dangerous twin scores above the lawful one: in a chat, on a board, on a board against a chat.

    A group that stands among the rows twice, as in a bootstrap, counts twice.
    """
    said: dict[tuple[str, str, bool], float] = {}
    times: Counter[tuple[str, str, bool]] = Counter()
    for row, acted, value in zip(rows, truth.tolist(), score.tolist(), strict=True):
        if row.twins is not None:
            said[row.group, row.genre, acted] = value
            times[row.group, row.genre, acted] += 1
    asked = {
        "twins_chat": ("chat", "chat"),
        "twins_board": ("board", "board"),
        "twins_board_over_chat": ("board", "chat"),
    }
    found: dict[str, float | None] = {}
    for name, (dangerous, lawful) in asked.items():
        pairs = [
            ((group, dangerous, True), (group, lawful, False))
            for group in sorted({group for group, _, _ in said})
            if (group, dangerous, True) in said and (group, lawful, False) in said
        ]
        if pairs:
            won = sum(times[lure] for lure, twin in pairs if said[lure] > said[twin])
            found[name] = won / sum(times[lure] for lure, _ in pairs)
    return found
