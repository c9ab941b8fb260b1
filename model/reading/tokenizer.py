"""spaCy tokeniser for every script: words where there are spaces, single letters where there are none.

spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Self

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from model.text.characters import UNSPACED

__all__ = ["Words"]

_MARKS: Final = "\u0300-\u036f\u0900-\u0dff\u200b-\u200f"
"""Signs that belong to a word and are no letters to ``re``: accents, vowel signs, invisible joiners."""

_TOKEN: Final = re.compile(rf"((?:[^\W\d_{UNSPACED}]|[{_MARKS}])+|\d+|[{UNSPACED}]|.)( ?)", re.DOTALL)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Words:
    """A spaCy tokeniser. ``doc.text`` equals the text, but for lone surrogates, which spaCy cannot hold: they become
    U+FFFD, so that offsets stay true. It has no settings: what is saved of it is its name in the pipeline's config."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        pairs = _TOKEN.findall(_SURROGATES.sub("\ufffd", text))
        return Doc(self.vocab, words=[word for word, _ in pairs], spaces=[bool(space) for _, space in pairs])

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Writes nothing."""

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Self:
        """The tokeniser as it is."""
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Nothing."""
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """The tokeniser as it is."""
        return self


@registry.tokenizers("lurewatch.words.v1")  # type: ignore[untyped-decorator]
def _make_words() -> Callable[[Language], Words]:
    return lambda nlp: Words(nlp.vocab)
