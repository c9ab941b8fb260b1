"""Progress and logs on standard error; foreign text made safe for terminals."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, Protocol, TypeVar

import click

from crawler.errors import LibraryErrors

_Item = TypeVar("_Item")


QUIET_SECONDS = 10.0
"""How often a plain line tells that work goes on."""


class Advance(Protocol):
    """Tells that so many more are done, and what is being done now."""

    def __call__(self, more: int, /, *, doing: str = "") -> None: ...


def open_logs(*, verbose: bool, form: str = "text") -> None:
    """Send log lines to standard error: from warnings on, or all of them; as text or as one JSON object a line."""
    import structlog  # takes as long as all other commands together, and no worker that reads ads logs anything

    text = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False) if form == "json" else text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        # Looked up for each logger: standard error may be another one by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What libraries say goes the same way: one stream, in one form.
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, LibraryErrors)]
    root.addHandler(LibraryErrors(logging.WARNING, structlog.get_logger()))


@contextmanager
def progress(label: str, *, total: int | None = None) -> Iterator[Advance]:
    """A bar on standard error where that is a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines(label, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)

        def advance(more: int, /, *, doing: str = "") -> None:
            bar.update(task, advance=more, description=f"{label}, {doing}" if doing else label)

        yield advance


def counted(items: Iterable[_Item], advance: Callable[[int], None]) -> Iterator[_Item]:
    """The items, each counted as it is taken."""
    for item in items:
        advance(1)
        yield item


class _Lines:
    def __init__(self, label: str, total: int | None) -> None:
        self._label, self._of = label, f" of {total}" if total is not None else ""
        self._done, self._printed_at = 0, monotonic()
        context = click.get_current_context(silent=True)  # here, since a worker's thread has none
        self._asked = context.find_root().params if context else {}

    def __call__(self, more: int, /, *, doing: str = "") -> None:
        self._done += more
        if monotonic() - self._printed_at < QUIET_SECONDS:
            return
        self._printed_at = monotonic()
        if self._asked.get("log_format") != "json":
            click.echo(f"{self._label}: {self._done}{self._of}{f', {doing}' if doing else ''}", err=True)
        elif self._asked.get("verbose"):  # as all that only informs
            import structlog

            structlog.get_logger().info("progress", of=self._label, done=self._done)


# A terminal obeys control characters: an ad could clear the screen, write over what stands there, set a window's title,
# or have the rest of a line run from right to left. Each becomes one sign that can be seen: places in the text stay.
_HARMLESS: Final = "\n\t"
_PICTURES: Final = 0x2400
"""Where Unicode has a picture of each control character of ASCII."""

_UNSEEN: Final = "\ufffd"
_ODD: Final = (*range(0x80, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Control characters of C1, two that end a line, and those that turn the direction of what follows."""

_SHOWN: Final = (
    {code: chr(_PICTURES + code) for code in range(0x20) if chr(code) not in _HARMLESS}
    | {0x7F: "\u2421"}
    | dict.fromkeys(_ODD, _UNSEEN)
)


def harmless(text: str) -> str:
    """The same text, as long as it was, without anything that a terminal would obey but line ends and tabs."""
    return text.translate(_SHOWN)


def in_one_line(text: str) -> str:
    """The text as part of a line of ours: it cannot begin another one."""
    return harmless(" ".join(text.split()))
