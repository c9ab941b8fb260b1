"""Registers: lines, versions, and the store of imported ones.

Each version is a file that never changes, ``<folder>/<name>/<day>-<digest>.jsonl.gz``: a first line with what is known
of the version and its map, then a line for each line of the register.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from crawler.batch.ad_json import from_plain
from crawler.files import dumps_line, open_bytes, whole_file
from pipeline.errors import BadRegister
from pipeline.licences.names import name_words
from pipeline.licences.register_map import RegisterMap, Status, map_from_values

FORMAT: Final = 1
_HOST: Final = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a register: an agency with its licence, or a job order that was approved for one."""

    row: int
    """Where it stands in the file, from 1."""

    names: tuple[str, ...]
    """The agency's name as registered, then others that the register gives it."""

    numbers: tuple[str, ...] = ()
    """Numbers in their plain form, as ``NumberFormat`` writes them."""

    status: Status = "active"
    valid_until: date | None = None
    countries: tuple[str, ...] = ()
    """Countries that the line names, ISO 3166-1 alpha-2; empty where it names none, which limits nothing."""

    work: tuple[str, ...] = ()
    """``land``, ``sea``; empty where it names none, which limits nothing."""

    positions: tuple[str, ...] = ()
    """Work that a job order was approved for, as written."""

    phones: tuple[str, ...] = ()
    """E.164."""

    emails: tuple[str, ...] = ()
    webs: tuple[str, ...] = ()
    """Host names without ``www.``."""

    has_unread_contacts: bool = False
    """Whether a telephone, mail or web cell held something that could not be read: then nothing follows from a contact
    that is not among the others."""

    def is_valid_on(self, day: date) -> bool:
        """Whether the line says that the licence stood on that day."""
        return self.status == "active" and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedIn:
    """A register's version, as a fact names it."""

    name: str
    title: str
    publisher: str
    address: str
    """Where the publisher shows the list."""

    as_of: date
    """The day of the list itself, as the publisher dates it."""

    good_for_days: int
    """After so many days the list is old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterVersion(LookedIn):
    """What is known of one import, without its lines."""

    country: str
    imported_at: datetime
    file: str
    digest: str
    """SHA-256 of the file and its map: the same file under the same map is the same version."""

    rows: int
    passed_over: tuple[int, ...] = ()
    """Rows that hold a single cell or nothing in the needed columns, such as headings and sums."""

    statuses: Mapping[str, int]
    repeated: tuple[str, ...] = ()
    """Rows that say what an earlier row says of the same licence number, one sentence each; they do not count."""

    contradictions: tuple[str, ...] = ()
    """Licence numbers of which several rows say different things, one sentence each; all these rows count."""

    @property
    def stored_as(self) -> str:
        """The name of its file in the folder of the register."""
        return f"{self.as_of}-{self.digest[:16]}.jsonl.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One version with its map and its lines."""

    version: RegisterVersion
    map: RegisterMap
    lines: tuple[Listed, ...]


def web_host(address: str) -> str | None:
    """The host of an address, with or without ``https://``, without ``www.``; None for what is no address."""
    try:
        host = (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return None
    host = host.removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


def is_stale(as_of: date, good_for_days: int, on: date) -> bool:
    """Whether a list of that day is too old to lean on."""
    return on - as_of > timedelta(days=good_for_days)


def contradictions(lines: Iterable[Listed]) -> Iterator[str]:
    """A sentence on each number whose rows differ in holder, status or last day; branches may differ in all else."""
    by_number: dict[str, list[Listed]] = {}
    for line in lines:
        for number in line.numbers:
            by_number.setdefault(number, []).append(line)
    for number, some in by_number.items():
        facts: dict[str, set[object]] = {
            "name": {" ".join(name_words(line.names[0])) for line in some},
            "status": {line.status for line in some},
            "last day": {line.valid_until for line in some},
        }
        if differing := [fact for fact, values in facts.items() if len(values) > 1]:
            rows = ", ".join(str(line.row) for line in some)
            yield f"number {number}: rows {rows} differ in {', '.join(differing)}"


class RegisterStore:
    """The folder of one installation's registers; it need not be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, register: Register) -> bool:
        """Whether the version is new; the same file under the same map and day is kept once."""
        version = register.version
        path = self._folder / version.name / version.stored_as
        if path.is_file():
            return False
        head = {"format": FORMAT, "version": _plain(asdict(version)), "map": register.map.values}
        with whole_file(path) as file:
            file.write(dumps_line(head))
            file.writelines(dumps_line(_plain(asdict(line))) for line in register.lines)
        return True

    def versions(self) -> tuple[RegisterVersion, ...]:
        """Every version, by name, the newest of each name first."""
        return tuple(version for version, *_ in self._heads())

    def newest(self) -> tuple[Register, ...]:
        """The newest version of each register, by name, with its lines."""
        registers = []
        for _, heads in groupby(self._heads(), key=lambda head: head[0].name):
            version, values, path = next(heads)
            try:
                with open_bytes(path) as file:
                    file.readline()
                    lines = tuple(from_plain(Listed, json.loads(line)) for line in file)
            except (OSError, EOFError, ValueError, KeyError, TypeError) as err:
                raise _damaged(path, err) from err
            if len(lines) != version.rows:
                raise _damaged(path, f"{len(lines)} of {version.rows} lines")
            registers.append(Register(version=version, map=map_from_values(values, where=str(path)), lines=lines))
        return tuple(registers)

    def _heads(self) -> list[tuple[RegisterVersion, dict[str, Any], Path]]:
        found = []
        for path in sorted(self._folder.glob("*/[!.]*.jsonl.gz")):
            try:
                with open_bytes(path) as file:
                    head = json.loads(file.readline())
                if head["format"] != FORMAT:
                    expected = f"expected {FORMAT}: written by another lurewatch"
                    raise BadRegister(f"{path}: format {head['format']!r}; {expected}")
                found.append((from_plain(RegisterVersion, head["version"]), head["map"], path))
            except (OSError, EOFError, ValueError, KeyError, TypeError) as err:
                raise _damaged(path, err) from err
        found.sort(key=lambda head: (head[0].as_of, head[0].imported_at), reverse=True)
        return sorted(found, key=lambda head: head[0].name)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """The record as JSON knows it; what is empty is left out."""
    written = {name: value.isoformat() if isinstance(value, date) else value for name, value in record.items()}
    return {name: value for name, value in written.items() if value not in (None, (), False)}


def _damaged(path: Path, why: object) -> BadRegister:
    return BadRegister(f"{path}: not a kept register, or a damaged one ({why}); expected it imported anew")
