"""One open store a request, kept open for the next one."""

import threading
import weakref
from pathlib import Path
from typing import Final

from flask import Flask, current_app, g

from pipeline.review_queue import ReviewQueue

__all__ = ["KeptQueues", "keep_queues", "open_queue"]

_KEPT: Final = "lurewatch_queues"


class KeptQueues:
    """Open stores that no request is using, for the next ones.

    Opening one asks which steps it has had; closing the last one writes everything back and waits for the disk. Both
    took longer than most of what a request does in between.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[ReviewQueue, object]] = []
        self._lock = threading.Lock()
        self._turns = threading.Lock()

    def take(self) -> ReviewQueue:
        """A store that nobody else uses. One of another file, or of other tables than there are now, is let go."""
        while (kept := self._pop()) is not None:
            queue, was = kept
            if was == self._what_it_is(queue):
                return queue
            queue.close()
        return ReviewQueue.open(self._path, turns=self._turns)

    def give_back(self, queue: ReviewQueue) -> None:
        """Keep it for the next request; what was left unfinished is undone."""
        queue.leave()
        now = self._what_it_is(queue)
        with self._lock:
            self._idle.append((queue, now))

    def close(self) -> None:
        """Let go of all that nobody uses."""
        while (kept := self._pop()) is not None:
            kept[0].close()

    def _pop(self) -> tuple[ReviewQueue, object] | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _what_it_is(self, queue: ReviewQueue) -> object:
        """Another one once a file was put in the place of the database, or a newer program has changed its tables."""
        try:
            file = self._path.stat()
        except FileNotFoundError:
            return object()  # like nothing else: it is not used again
        return file.st_dev, file.st_ino, queue.schema_version()


def open_queue() -> ReviewQueue:
    """The review queue of this request; taken when first asked for, given back when the answer is sent."""
    if "lurewatch_queue" not in g:
        g.lurewatch_queue = _kept(current_app).take()
    queue: ReviewQueue = g.lurewatch_queue
    return queue


def keep_queues(app: Flask, database: Path) -> None:
    """Have the app keep stores of this database open from one request to another, as long as it is there itself."""
    kept = app.extensions[_KEPT] = KeptQueues(database)
    weakref.finalize(app, kept.close)

    @app.teardown_appcontext
    def give_back(_: BaseException | None) -> None:
        queue = g.pop("lurewatch_queue", None)
        if queue is not None:
            kept.give_back(queue)


def _kept(app: Flask) -> KeptQueues:
    kept: KeptQueues = app.extensions[_KEPT]
    return kept
