"""Run: one night's work, as the store remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One night: when it ran, what came of it, what went wrong."""

    run_id: int
    started_at: datetime
    ended_at: datetime | None
    """None while it runs, or when it was cut short."""

    counts: Mapping[str, int]
    """``crawled``, ``new``, ``changed``, ``unchanged``, ``not_seen``, ``gone``, ``scored``, ``opened``, ``audit``,
    ``unflagged``."""

    problems: tuple[str, ...]
    """One line each, naming the source."""
