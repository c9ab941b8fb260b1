"""What a person decided of a batch that was held back: a small file beside the batch's own, which never change."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from crawler.errors import BadBatch
from crawler.whole_file import whole_file

__all__ = ["Ruling", "counts", "read_ruling", "write_ruling"]

Act = Literal["release", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One decision on one batch."""

    act: Act
    """``release``: take it in although it was held back. ``drop``: never take it in."""

    by: str
    reason: str
    at: datetime


def read_ruling(folder: Path) -> Ruling | None:
    """The newest decision on a batch; None where nobody made one. Both files may be there: people change their mind."""
    found = [_read(folder / f"{act}.json", act) for act in get_args(Act) if (folder / f"{act}.json").is_file()]
    return max(found, key=lambda ruling: ruling.at, default=None)


def write_ruling(folder: Path, ruling: Ruling) -> Path:
    """The place of the decision, which is there whole or not at all. Raises ``BadBatch`` without a reason or name."""
    for name in ("reason", "by"):
        if not getattr(ruling, name).strip():
            raise BadBatch(f"{folder}: expected {name} for the {ruling.act}, found none")
    path = folder / f"{ruling.act}.json"
    with whole_file(path) as file:
        json.dump(asdict(ruling) | {"at": ruling.at.isoformat()}, file, ensure_ascii=False, indent=2)
        file.write("\n")
    return path


def counts(healthy: bool, folder: Path) -> bool:
    """True where a batch is to be taken in: healthy and not dropped, or released."""
    ruling = read_ruling(folder)
    return healthy if ruling is None else ruling.act == "release"


def _read(path: Path, act: Act) -> Ruling:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Ruling(
            act=act, by=str(record["by"]), reason=str(record["reason"]), at=datetime.fromisoformat(record["at"])
        )
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise BadBatch(f"{path}: expected by, reason and at ({err})") from err
