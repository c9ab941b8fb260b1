"""A guard against tags of very many attributes, which cost libxml2 time that grows with their square."""

import re

__all__ = ["without_floods"]

_SUSPECT = re.compile(
    rb"""<[a-zA-Z](?![^\s/>]{0,60}+"""
    rb"""(?:[\s/][^>"'=]{0,80}+(?<![\s/])=(?:"[^"]{0,5000}+"|'[^']{0,5000}+'|[^\s>"'=]++(?=[\s>]))){0,40}+"""
    rb"""[^>"'=]{0,80}+>)"""
)
"""What starts like a tag and is not clearly a short one. As strict about quotes as a parser: a looser look could be
led to see an end where the parser sees none."""

_TAG = re.compile(
    rb"""<[a-zA-Z][^\s/>]*+((?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+|=)*+)"""
)
_ATTRIBUTE = re.compile(rb"""[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+""")
_SHORT = 200
_AFFORDABLE = 100_000_000
"""Squares of attributes in one page that are parsed as they are: a tenth of a second. A text in a script that only
looks like a tag stays whole this way."""

_LOOKED_AT = 20_000_000
"""Bytes of suspects that are looked at; a page that has more is cut there."""


def without_floods(page: bytes) -> bytes:
    """The page without the attributes of those tags that the parser could not afford: nearly always unchanged."""
    spent = looked = at = 0
    kept: list[bytes] = []
    for suspect in _SUSPECT.finditer(page):
        tag = _TAG.match(page, suspect.start()) if suspect.start() >= at else None
        if tag is None or tag.end() - tag.start() < _SHORT:
            continue
        looked += tag.end() - tag.start()
        if looked > _LOOKED_AT:
            return b"".join(kept) + page[at : tag.start()]
        spent += sum(1 for _ in _ATTRIBUTE.finditer(tag[1])) ** 2
        if spent > _AFFORDABLE:
            kept += [page[at : tag.start(1)], b" "]
            at = tag.end(1)
    return b"".join(kept) + page[at:] if kept else page
