"""The web archives at a place: WARC files, those inside WACZ packages, and folders of both."""

import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from crawler.captures import Capture, read_capture
from crawler.errors import DamagedWarc
from crawler.warc_reader import WarcReader

__all__ = ["ArchiveFile", "find_archives"]

WARC_NAMES = (".warc", ".warc.gz")
PACKAGE = ".wacz"


def find_archives(places: Iterable[str]) -> Iterator[Path]:
    """The archives that these paths name, by name within a folder; a path without any is given as it is."""
    names = (*WARC_NAMES, PACKAGE)
    for place in map(Path, places):
        found = sorted(file for file in place.rglob("*") if file.name.lower().endswith(names) and file.is_file())
        yield from found or [place]


class ArchiveFile:
    """One archive, read from its beginning to its end, once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.member = ""
        """In a package, the WARC file that is being read."""

        self._reader: WarcReader | None = None
        self._offset = self._told = 0

    def captures(self, *, sites: Collection[str], now: datetime) -> Iterator[Capture | None]:
        """Every look that the archive holds; ``None`` in between is a moment to look at the clock.

        Raises ``DamagedWarc`` where the rest, or all of it, cannot be read.
        """
        if self.path.is_dir():
            raise DamagedWarc(0, f"expected archives in the folder ({', '.join((*WARC_NAMES, PACKAGE))}), found none")
        try:
            with _warc_files(self.path) as files:
                for self.member, file in files:
                    self._reader, self._told = WarcReader(file), 0
                    for record in self._reader:
                        if record:
                            self.records, self._offset = self.records + 1, record.offset
                        yield read_capture(record, sites=sites, now=now) if record else None
        except OSError as err:
            raise DamagedWarc(self._offset, err.strerror or str(err)) from err

    @property
    def where(self) -> str:
        """Where the record lies that was read last."""
        return f"{self._named(self.path.name)} at byte {self._offset}"

    def why_failed(self, error: DamagedWarc) -> str:
        """Why the rest could not be read, and where it begins."""
        why = self._named(str(error))
        return f"{why}; {self.records} records before it were read" if self.records else why

    def _named(self, text: str) -> str:
        return f"{self.member} {text}" if self.member else text

    def newly_read(self) -> int:
        """Bytes taken from the file since this was last asked, as stored."""
        position = self._reader.position if self._reader else 0
        new, self._told = position - self._told, position
        return new


@contextmanager
def _warc_files(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    if not path.name.lower().endswith(PACKAGE):
        with path.open("rb") as file:
            yield iter([("", file)])
        return
    try:
        with ZipFile(path) as package:
            yield _members(package)
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as err:  # or locked with a password
        raise DamagedWarc(0, f"expected a WACZ package ({err})") from err


def _members(package: ZipFile) -> Iterator[tuple[str, IO[bytes]]]:
    for name in sorted(package.namelist()):
        if name.startswith("archive/") and name.lower().endswith(WARC_NAMES):
            with package.open(name) as file:
                yield name, file
