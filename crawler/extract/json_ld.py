"""The JSON-LD blocks of a page, found without parsing the page."""

import re

from crawler.extract.lenient_json import Json, UnreadableJson, loads

__all__ = ["read_json_ld"]

_OPEN = re.compile(
    r"<script\b[^<>]{0,2000}?\btype\s*=\s*[\"']?\s*application/(?:ld\+json|ld&#43;json|ld&#x2b;json)[^<>]{0,2000}>",
    re.IGNORECASE,
)
_CLOSE = re.compile(r"</script", re.IGNORECASE)
_MOST_BLOCKS = 200
_MENTIONED = re.compile(r"job\s*posting", re.IGNORECASE)


def read_json_ld(page: str) -> tuple[tuple[Json, ...], tuple[str, ...]]:
    """The values of the page's JSON-LD scripts, and what was wrong with any that could hold an ad.

    Works on the page's text: most pages need no tree at all. A block inside a comment is not read.
    """
    values: list[Json] = []
    problems: list[str] = []
    at = number = 0
    while number < _MOST_BLOCKS and (opening := _OPEN.search(page, at)):
        closing = _CLOSE.search(page, opening.end())
        at = closing.end() if closing else len(page)
        number += 1
        if _is_commented_out(page, opening.start()):
            continue
        block = page[opening.end() : closing.start() if closing else len(page)]
        try:
            value, repaired = loads(block)
        except UnreadableJson as err:
            if _MENTIONED.search(block[:1_000_000]):
                problems.append(f"JSON-LD block {number} could not be read: {err}")
            continue
        if repaired and _MENTIONED.search(block):
            problems.append(f"JSON-LD block {number} was broken and has been repaired")
        values.append(value)
    return tuple(values), tuple(problems)


def _is_commented_out(page: str, at: int) -> bool:
    start = page.rfind("<!--", max(0, at - 20_000), at)
    return start >= 0 and page.find("-->", start, at) < 0
