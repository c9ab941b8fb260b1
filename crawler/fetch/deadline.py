"""A limit of time for one exchange after another, with one timer for many of them."""

import asyncio
from types import TracebackType

__all__ = ["Deadline"]


class Deadline:
    """``with deadline.of(seconds):`` ends what takes longer with ``TimeoutError``, as ``asyncio.timeout`` does.

    That one sets a timer for each exchange and strikes it out again, which takes as long as writing the request. Here
    a timer that goes off looks whether the exchange of now still has time, and waits for the rest of it. Only one task
    may be inside at a time; ``is_taken`` says whether one is.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._ends = 0.0
        self._seconds = 0.0
        self._cancelled = 0
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_taken(self) -> bool:
        """True while a task is inside."""
        return self._task is not None

    def of(self, seconds: float) -> "Deadline":
        """The same, for the next exchange."""
        self._seconds = seconds
        return self

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        if task is None or self._task is not None:
            raise RuntimeError("expected one task inside at a time")
        loop = asyncio.get_running_loop()
        self._task, self._cancelled, self._is_over = task, task.cancelling(), False
        self._ends = loop.time() + self._seconds
        if self._timer is None or self._timer.when() > self._ends:
            self._set(loop)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        # Whoever else has cancelled the task gets his way.
        if self._is_over and task and task.uncancel() <= self._cancelled and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def close(self) -> None:
        """Set no timer any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _set(self, loop: asyncio.AbstractEventLoop) -> None:
        self.close()
        self._timer = loop.call_at(self._ends, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._task is None:
            return
        if loop.time() < self._ends:
            self._set(loop)
        else:
            self._is_over = True
            self._task.cancel()
