"""Vectors of texts that were seen before, kept from one run to the next: making one takes a tenth of a second."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from crawler.kept import cache_folder
from model.embedding.encoder import Embedder, Vectors

__all__ = ["KeptVectors"]

_KEY_BYTES: Final = 16
_TOGETHER: Final = 32
"""Texts whose vectors are made, and kept, at a time: a run that is killed loses no more."""

_MOST: Final = 100_000
"""Vectors kept from one start to the next, some 80 MB; past that the older half is forgotten."""


class KeptVectors:
    """An embedder that remembers, in a file of the user's cache that holds no text: a checksum and a vector each.

    Vectors are kept, and given, in half precision: a score is the same whether its vectors were made or remembered.
    Processes that run side by side know what each of them made. Where nothing can be kept, all works the same and takes
    longer.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.size = embedder.name, embedder.size
        self._record = np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", "<f2", (self.size,))])
        folder = cache_folder()
        self._file = folder / f"vectors-{embedder.name.replace(' ', '-')}.bin" if folder else None
        self._known = dict(self._read(self._file)) if self._file else {}
        self._seen = len(self._known) * self._record.itemsize
        """So many bytes of the file are known."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text; only those never seen are made."""
        keys = [self._key(text) for text in texts]
        if self._file and not self._known.keys() >= set(keys):
            self._catch_up(self._file)
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        unseen = list(unknown.items())
        for start in range(0, len(unseen), _TOGETHER):
            self._make(dict(unseen[start : start + _TOGETHER]))
        found = np.zeros((len(keys), self.size), dtype=np.float32)
        for row, key in enumerate(keys):
            found[row] = self._known[key]
        return found

    def _make(self, texts: dict[bytes, str]) -> None:
        records = np.zeros(len(texts), dtype=self._record)
        records["vector"] = self._embedder.embed(list(texts.values()))
        for place, key in enumerate(texts):
            records["key"][place] = np.void(key)
            self._known[key] = records["vector"][place]
        if self._file:
            self._append(self._file, records.tobytes())

    def _append(self, file: Path, content: bytes) -> None:
        """In one write, so that processes that append side by side do not mix."""
        try:
            with file.open("ab", buffering=0) as kept:
                kept.write(content)
        except OSError:
            self._file = None

    def _catch_up(self, file: Path) -> None:
        """Know what other processes have kept since; a record that one is still writing is left for the next time."""
        with suppress(OSError), file.open("rb") as kept:
            kept.seek(self._seen)
            content = kept.read()
            whole = len(content) - len(content) % self._record.itemsize
            self._known.update(self._records(content[:whole]))
            self._seen += whole

    def _read(self, file: Path) -> Iterator[tuple[bytes, np.ndarray]]:
        """What is kept. A record that a crash cut short shifts those behind it: then all is forgotten."""
        try:
            content = file.read_bytes()
        except OSError:
            return
        if len(content) % self._record.itemsize:
            file.unlink(missing_ok=True)
            return
        if len(content) > _MOST * self._record.itemsize:
            content = content[-(_MOST // 2) * self._record.itemsize :]
            self._replace(file, content)
        yield from self._records(content)

    def _records(self, content: bytes) -> Iterator[tuple[bytes, np.ndarray]]:
        records = np.frombuffer(content, dtype=self._record)
        for key, vector in zip(records["key"], records["vector"], strict=True):
            yield bytes(key), vector

    @staticmethod
    def _replace(file: Path, content: bytes) -> None:
        with suppress(OSError):
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as draft:
                draft.write(content)
            Path(draft.name).replace(file)

    @staticmethod
    def _key(text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
