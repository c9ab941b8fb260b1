"""Teasers: entries of a feed whose ad is in full only on the page that they link to."""

from crawler.extract.raw import RawAd

__all__ = ["CUT_OFF", "is_teaser"]

WHOLE_TEXT = 600
"""Characters. A shorter text is taken for a teaser: it costs one request to find out, and none of the text is lost."""

CUT_OFF = ("[…]", "[...]", "…", "...")
"""How texts end that were cut; the longer marks first."""


def is_teaser(entry: RawAd) -> bool:
    """True where an entry says only so much of its ad that its page must say the rest."""
    text = (entry.description or "").strip()
    return len(text) < WHOLE_TEXT or text.endswith(CUT_OFF)
