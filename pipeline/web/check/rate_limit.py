"""A limit on how often somebody may ask, in the memory of one server."""

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

__all__ = ["RateLimit"]

_MOST_NAMES: Final = 10_000


class RateLimit:
    """So many requests in a stretch of time for each name."""

    def __init__(self, most: int, per: timedelta) -> None:
        self.most = most
        self._per = per
        self._asked: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, name: str, *, at: datetime, count: int = 1) -> timedelta:
        """How long this name must wait; nothing where the request is within the limit, which then counts."""
        with self._lock:
            asked = self._asked.setdefault(name, deque())
            while asked and asked[0] <= at - self._per:
                asked.popleft()
            if len(asked) + count > self.most:
                return asked[max(0, len(asked) + count - self.most - 1)] + self._per - at if asked else self._per
            asked.extend([at] * count)
            if len(self._asked) > _MOST_NAMES:
                self._asked = {key: times for key, times in self._asked.items() if times and times[-1] > at - self._per}
        return timedelta()
