"""The JSON-LD of a page: its scripts' texts to values."""

import re
from collections.abc import Iterable

from lxml import etree

from crawler.extract.lenient_json import Json, UnreadableJson, loads
from crawler.extract.script_scan import JSON_LD

__all__ = ["json_ld_scripts", "read_json_ld"]

_MOST_BLOCKS = 200
_MENTIONED = re.compile(r"job\s*posting", re.IGNORECASE)


def json_ld_scripts(root: etree._Element) -> list[str]:
    """The texts of the tree's JSON-LD scripts, also of those in ``noscript`` and ``template``: some pages are built of
    templates whole."""
    return [script.text or "" for script in root.iter("script") if JSON_LD.match(script.get("type", ""))]


def read_json_ld(scripts: Iterable[str]) -> tuple[tuple[Json, ...], tuple[str, ...]]:
    """The values of the scripts, and what was wrong with any that could hold an ad."""
    values: list[Json] = []
    problems: list[str] = []
    for number, block in enumerate(scripts, 1):
        if number > _MOST_BLOCKS:
            break
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
