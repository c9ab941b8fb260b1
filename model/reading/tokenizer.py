"""A tokeniser for every script: words where there are spaces, single letters where there are none.

spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
"""

import re
from collections.abc import Callable
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

__all__ = ["Words"]

_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff"
_MARKS: Final = "\u0300-\u036f\u0900-\u0dff\u200b-\u200f"
"""Signs that belong to a word and are no letters to ``re``: accents, vowel signs, invisible joiners."""

_TOKEN: Final = re.compile(rf"((?:[^\W\d_{_UNSPACED}]|[{_MARKS}])+|\d+|[{_UNSPACED}]|.)( ?)", re.DOTALL)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Words:
    """A spaCy tokeniser. ``doc.text`` equals the text, but for lone surrogates, which spaCy cannot hold: they become
    U+FFFD, so that offsets stay true."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        pairs = _TOKEN.findall(_SURROGATES.sub("\ufffd", text))
        return Doc(self.vocab, words=[word for word, _ in pairs], spaces=[bool(space) for _, space in pairs])


@registry.tokenizers("lurewatch.words.v1")  # type: ignore[untyped-decorator]
def _make_words() -> Callable[[Language], Words]:
    return lambda nlp: Words(nlp.vocab)
