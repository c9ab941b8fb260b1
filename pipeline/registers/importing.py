"""A register's file as a version: read whole by its map, or refused with one error."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from pipeline.errors import BadRegister, BadRegisterMap
from pipeline.registers.listed_rows import ListedRows
from pipeline.registers.register import STATUSES, Listed, Register, RegisterVersion
from pipeline.registers.register_map import RegisterMap
from pipeline.registers.table import Columns, cell_text, find_header, read_sheets
from pipeline.registers.workbook import Row

__all__ = ["choose_map", "read_register"]


def read_register(path: Path, register: RegisterMap, *, as_of: date, now: datetime) -> Register:
    """The version that the file holds under this map, dated by its publisher's day."""
    if as_of > now.date():
        raise BadRegister(f"{path}: dated {as_of}, which is yet to come; expected the day of the list")
    sheet, columns = _find_table(path, register)
    rows = ListedRows(str(path), register, columns)
    below = [(number, cells) for number, cells in sheet if number > columns.row]
    read = [(number, rows.read(number, cells)) for number, cells in below if any(map(cell_text, cells))]
    lines = tuple(line for _, line in read if line is not None)
    if not lines:
        raise BadRegister(f"{path}: no row below the names of the columns (row {columns.row}); expected a register")
    return Register(
        version=RegisterVersion(
            name=register.name,
            title=register.title,
            country=register.country,
            publisher=register.publisher,
            address=register.address,
            as_of=as_of,
            good_for_days=register.good_for_days,
            imported_at=now,
            file=path.name,
            digest=_digest(path, register),
            rows=len(lines),
            passed_over=tuple(number for number, line in read if line is None),
            statuses=_count(lines),
        ),
        map=register,
        lines=lines,
    )


def choose_map(path: Path, maps: Mapping[str, RegisterMap]) -> RegisterMap:
    """The one map whose needed columns the file has; asked for where none is named."""
    fitting = [each for each in maps.values() if _table_of(path, each) is not None]
    if len(fitting) != 1:
        found = ", ".join(each.name for each in fitting) or "none"
        known = ", ".join(maps) or "none"
        raise BadRegisterMap(
            f"{path}: maps that fit its columns: {found}; expected --map with one of {known}, or a file"
        )
    return fitting[0]


def _find_table(path: Path, register: RegisterMap) -> tuple[list[Row], Columns]:
    found = _table_of(path, register)
    if found is None:
        names = "; ".join(f"{name}: {', '.join(map(repr, register.columns[name]))}" for name in register.needed)
        raise BadRegister(f"{path}: no row that names the columns of map {register.name}; expected {names}")
    return found


def _table_of(path: Path, register: RegisterMap) -> tuple[list[Row], Columns] | None:
    for sheet in read_sheets(path, register.sheet):
        columns = find_header(sheet, register.columns, register.needed)
        if columns is not None:
            return sheet, columns
    return None


def _digest(path: Path, register: RegisterMap) -> str:
    content = json.dumps(register.values, sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(hashlib.sha256(path.read_bytes()).digest() + content).hexdigest()


def _count(lines: Iterable[Listed]) -> dict[str, int]:
    found = Counter(line.status for line in lines)
    return {status: found[status] for status in STATUSES if found[status]}
