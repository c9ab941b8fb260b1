"""Disk cache of computed values, keyed by input and version of the code.

Values are pickled, and to read a pickle is to run it. So only our own user's cache is read: who can write there could
change the program as well, whose compiled modules Python caches likewise. Where nothing can be cached, all works the
same, a few seconds later.
"""

import gc
import hashlib
import mmap
import os
import pickle
import platform
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, TypeVar

from crawler.errors import BadOutput
from crawler.files import whole_bytes

Made = TypeVar("Made")

_VARIABLE: Final = "LUREWATCH_CACHE"
"""Names another folder; empty: cache nothing."""

_ROOM: Final = 150_000_000
"""Bytes that are cached under a name: several checkouts may be worked on in turn, and small values beside a large one
put it out of no place."""

_ALIGNED: Final = 64
"""Bytes at a multiple of which an array begins in a file."""

_DAMAGE: Final = (
    OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError,
)  # fmt: skip


def cached(name: str, parts: Iterable[bytes], make: Callable[[], Made], *, code: Iterable[Path] = ()) -> Made:
    """What ``make`` gives; not made again while ``parts`` and the modules in ``code`` stay the same.

    They must be all that it depends on: versions of libraries too, where it holds objects of theirs. Its arrays stay in
    the file until they are read, and cannot be written to.
    """
    folder = cache_folder()
    if folder is None:
        return make()
    digest = hashlib.blake2b(f"{sys.version} {platform.machine()}".encode(), digest_size=12)
    for path in code:
        for module in sorted(path.glob("*.py")) if path.is_dir() else (path,):
            digest.update(module.read_bytes())
    for part in parts:
        digest.update(hashlib.blake2b(part).digest())
    file = folder / f"{name}-{digest.hexdigest()}.pickle"
    collects = gc.isenabled()
    gc.disable()  # it would go again and again through what is being made: a third of the time
    try:
        with suppress(*_DAMAGE):
            if _is_ours(file.stat()):
                found: Made = _loaded(file)
                with suppress(OSError):  # of a disk that may only be read
                    os.utime(file)
                return found
        made = make()
        _write(file, made)
        return made
    finally:
        if collects:
            gc.enable()


def cache_folder() -> Path | None:
    """The folder of the cache; None where others could write there."""
    named = os.environ.get(_VARIABLE)
    if named == "":
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        folder = Path(named) if named else (Path(base) if base else Path.home() / ".cache") / "lurewatch"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except (OSError, RuntimeError):
        return None
    return folder if _is_ours(state) else None


def _is_ours(state: os.stat_result) -> bool:
    """True where nobody but us can have written: reading a pickle is running it."""
    return not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o022)


def _loaded(file: Path) -> Any:
    with file.open("rb") as opened:
        sizes = pickle.load(opened)  # noqa: S301 -- of ours, as above
        at = opened.tell()
        whole = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    parts: list[memoryview] = []
    for size in sizes:
        at += -at % _ALIGNED
        parts.append(whole[at : at + size])
        at += size
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 -- of ours, as above


def _write(file: Path, made: Any) -> None:
    """In one step, so that another process never reads half of it; of the name those go that were used least lately.

    A file is a pickle of the sizes of what follows; a pickle without its arrays; the arrays, aligned.
    """
    arrays: list[pickle.PickleBuffer] = []
    head = pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL, buffer_callback=arrays.append)
    parts = [head, *(array.raw().tobytes() for array in arrays)]
    parts = [part + bytes(-len(part) % _ALIGNED) for part in (pickle.dumps([*map(len, parts)]), *parts)]
    with suppress(OSError, BadOutput):
        with whole_bytes(file, private=True) as draft:
            draft.writelines(parts)
        others = [*file.parent.glob(f"{file.stem.rpartition('-')[0]}-*{file.suffix}")]
        others.sort(key=lambda other: other.stat().st_mtime, reverse=True)
        sizes = accumulate(other.stat().st_size for other in others)
        for old, size in zip(others, sizes, strict=True):
            if size > _ROOM and old != file:
                old.unlink(missing_ok=True)
