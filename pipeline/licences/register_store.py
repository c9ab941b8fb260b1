"""Store of imported registers: a file for each version, never changed.

``<folder>/<name>/<day>-<digest>.jsonl.gz``: a first line with what is known of the version and its map, then a line for
each line of the register.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from crawler.batch.ad_json import from_plain
from crawler.files import dumps_line, open_bytes, whole_file
from pipeline.errors import BadRegister, RegisterError
from pipeline.licences.register import Listed, Register, RegisterVersion, map_from_values

__all__ = ["RegisterStore"]

FORMAT: Final = 1


class RegisterStore:
    """The folder of one installation's registers; it need not be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, register: Register) -> bool:
        """Whether the version is new; the same file under the same map and day is kept once."""
        version = register.version
        path = self._folder / version.name / f"{version.as_of}-{version.digest[:16]}.jsonl.gz"
        if path.is_file():
            return False
        head = {"format": FORMAT, "version": _plain(asdict(version)), "map": register.map.values}
        with whole_file(path) as file:
            file.write(dumps_line(head))
            file.writelines(dumps_line(_plain(asdict(line))) for line in register.lines)
        return True

    def versions(self) -> tuple[RegisterVersion, ...]:
        """Every version, by name, the newest of each name first."""
        found = [_read_head(path)[0] for path in self._paths()]
        return tuple(
            sorted(found, key=lambda each: (each.name, -each.as_of.toordinal(), -each.imported_at.timestamp()))
        )

    def newest(self) -> tuple[Register, ...]:
        """The newest version of each register, by name, with its lines."""
        best: dict[str, tuple[RegisterVersion, Path]] = {}
        for path in self._paths():
            version, _ = _read_head(path)
            known = best.get(version.name)
            if known is None or (known[0].as_of, known[0].imported_at) < (version.as_of, version.imported_at):
                best[version.name] = version, path
        return tuple(_read(best[name][1]) for name in sorted(best))

    def _paths(self) -> Iterator[Path]:
        return iter(sorted(self._folder.glob("*/[!.]*.jsonl.gz")))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """The record as JSON knows it; what is empty is left out."""
    written = {name: value.isoformat() if isinstance(value, date) else value for name, value in record.items()}
    return {name: value for name, value in written.items() if value not in (None, (), False)}


def _read_head(path: Path) -> tuple[RegisterVersion, dict[str, Any]]:
    try:
        with open_bytes(path) as file:
            head = json.loads(file.readline())
        if head["format"] != FORMAT:
            raise BadRegister(f"{path}: format {head['format']!r}; expected {FORMAT}: written by another lurewatch")
        return from_plain(RegisterVersion, {"passed_over": (), **head["version"]}), head["map"]
    except RegisterError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError) as err:
        raise _damaged(path, err) from err


def _read(path: Path) -> Register:
    version, values = _read_head(path)
    try:
        with open_bytes(path) as file:
            file.readline()
            lines = tuple(from_plain(Listed, json.loads(line)) for line in file)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as err:
        raise _damaged(path, err) from err
    if len(lines) != version.rows:
        raise _damaged(path, f"{len(lines)} of {version.rows} lines")
    return Register(version=version, map=map_from_values(values, where=str(path)), lines=lines)


def _damaged(path: Path, why: object) -> BadRegister:
    return BadRegister(f"{path}: not a kept register, or a damaged one ({why}); expected it imported anew")
