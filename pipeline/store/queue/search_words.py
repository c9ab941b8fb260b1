"""Search words of texts and queries, in every script. Pure.

Letters are folded as evidence is found: one case, no accents, obfuscation undone. A script that puts no spaces between
words (Thai, Lao, Khmer, Burmese, Chinese, Japanese) gives overlapping pairs of characters, so that any part of a text
is a phrase of pairs: nobody needs to know where its words end.
"""

import re
from collections.abc import Iterator
from typing import Final

from crawler.ad import JobAd
from model.text.characters import undisguise
from model.text.folding import fold, without_repeats
from pipeline.linking.redaction import HIDDEN

__all__ = ["MAX_CHARACTERS", "search_query", "searchable"]

MAX_CHARACTERS: Final = 20_000
"""Characters of an ad that are searched; what comes after them is no longer an offer."""

_UNSPACED: Final = re.compile(
    "([\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uaa60-\uaa7f\uf900-\ufaff"
    "\U00020000-\U0003ffff]+)"
)
_TERM: Final = re.compile('["\u201c\u201d]([^"\u201c\u201d]*)["\u201c\u201d]?|([^\\s"\u201c\u201d]+)')
_MAX_TERMS: Final = 12


def searchable(ad: JobAd) -> str:
    """The ad's words as the index takes them, parted by spaces; a bullet that hides a contact is no word."""
    parts = (ad.title, ad.description[:MAX_CHARACTERS], ad.hiring_organization, ad.job_location)
    return " ".join(_tokens("\n".join(part for part in parts if part).replace(HIDDEN, " ")))


def search_query(typed: str, *, whole: bool = False) -> str | None:
    """What was typed as a query of FTS5, or None where nothing in it can be searched for.

    All words must be there; words in quotes in that order; a ``*`` behind a word means any ending, unless only
    ``whole`` words are searched for. Nothing of the query's own language gets through: every term is a quoted string.
    """
    terms = [_term(found[1] or found[2] or "", whole) for found in list(_TERM.finditer(typed))[:_MAX_TERMS]]
    return " AND ".join(term for term in terms if term) or None


def _term(typed: str, whole: bool) -> str:
    tokens = list(_tokens(typed, is_query=True))
    if not tokens:
        return ""
    is_one_character = len(tokens) == 1 and len(tokens[0]) == 1 and _UNSPACED.fullmatch(tokens[0]) is not None
    beginning = is_one_character or typed.rstrip().endswith("*")
    return '"' + " ".join(tokens) + '"' + ("*" if beginning and not whole else "")


def _tokens(text: str, *, is_query: bool = False) -> Iterator[str]:
    for word in _folded(text).replace(",", " ").split():
        for part in _UNSPACED.split(word):
            if not _UNSPACED.fullmatch(part):
                yield from filter(None, (part,))
                continue
            yield from (part[at : at + 2] for at in range(len(part) - 1))
            if not is_query or len(part) == 1:
                yield part[-1]  # so that the last character can be found by itself


def _folded(text: str) -> str:
    # Short words too, which folding leaves as they are: the beginning of a word has to read like that of the word.
    return without_repeats(fold(undisguise(text)).text)
