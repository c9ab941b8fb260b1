"""Files that only grow, in few large writes, and that know their size and whether all of it was written."""

from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Any

__all__ = ["AppendOnly"]

AT_ONCE = 1 << 16
"""Bytes that are written together."""


class AppendOnly(BufferedWriter):
    """A file to append to. Its first error is kept: what follows a torn piece would not be readable."""

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path, "a"), AT_ONCE)
        self.error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """The bytes that were taken; raises ``OSError`` where the disk is full, and always does afterwards."""
        try:
            self._go_on()
            return super().write(data)
        except OSError as err:
            self.error = self.error or err
            raise

    def settle(self) -> int:
        """The file's size, after all of it has reached the operating system; raises ``OSError`` where it has not."""
        self._go_on()
        self.flush()
        return self.tell()

    def _go_on(self) -> None:
        if self.error:
            raise self.error
