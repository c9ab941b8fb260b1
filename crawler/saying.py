"""What a run says on the way, as structured log lines."""

import sys
from typing import Literal

__all__ = ["say"]


def say(event: str, *, level: Literal["info", "warning", "error"] = "info", **fields: object) -> None:
    """Log a stable message with its fields; what only informs is for a program that has made a place for such lines.

    structlog loads rich and Twisted too, a third of a second in which a crawl reads a hundred pages. Whoever wants
    lines has loaded it already; for a warning or an error it is loaded here.
    """
    if level == "info" and "structlog" not in sys.modules:
        return
    import structlog

    getattr(structlog.get_logger(), level)(event, **fields)
