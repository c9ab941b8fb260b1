"""Disk cache of values that take seconds to make from the taxonomy.

A value is cached for one content and one version of the code, as plain data (``marshal``): loading it runs nothing.
Only files of our own user are read. Where nothing can be cached, all works the same, some seconds later.
"""

import gc
import hashlib
import marshal
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from crawler.language.disk_cache import cache_folder, is_ours

__all__ = ["cached"]

_MOST: Final = 4
"""So many values are cached under a name: several checkouts may be worked on in turn."""


def cached(name: str, content: Iterable[bytes], code: Iterable[Path], make: Callable[[], Any]) -> Any:
    """What ``make`` gives, plain values alone; made again when the content or a module in ``code`` changes."""
    folder = cache_folder()
    if folder is None:
        with _collector_paused():
            return make()
    digest = hashlib.blake2b(_code_digest(tuple(code)), digest_size=12)
    for part in content:
        digest.update(hashlib.blake2b(part).digest())
    file = folder / f"{name}-{digest.hexdigest()}.marshal"
    with suppress(OSError, EOFError, ValueError, TypeError), _collector_paused():
        if is_ours(file.stat()):
            return marshal.loads(file.read_bytes())  # noqa: S302 -- a file of our own user alone
    with _collector_paused():
        made = make()
        with suppress(OSError):
            _write(file, marshal.dumps(made))
    return made


@contextmanager
def _collector_paused() -> Iterator[None]:
    """The garbage collector would look again and again through what is being made: a third of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _write(file: Path, content: bytes) -> None:
    """In one step, so that another process never reads half of it; the oldest of the name go."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.stem}.", delete=False) as opened:
        opened.write(content)
    Path(opened.name).replace(file)
    others = sorted(file.parent.glob(f"{file.stem.rpartition('-')[0]}-*.marshal"), key=_modified, reverse=True)
    for old in others[_MOST:]:
        old.unlink(missing_ok=True)


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # another process has removed it
        return 0.0


@cache
def _code_digest(code: tuple[Path, ...]) -> bytes:
    digest = hashlib.blake2b(f"{sys.version} {os.name}".encode())
    for path in code:
        for module in sorted(path.glob("*.py")) if path.is_dir() else (path,):
            digest.update(module.read_bytes())
    return digest.digest()
