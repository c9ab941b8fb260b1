"""The JSON-LD scripts in a page's bytes, found without building a tree; or nothing, wherever there is any doubt.

A page is walked from one place that matters to the next: comments, scripts and the other elements whose content is not
markup. Each such place must lie between two tags beyond doubt, and be written as plainly as nearly all pages do.
Everything odd is left to the parser.
"""

import re
from dataclasses import dataclass
from html import unescape

__all__ = ["JSON_LD", "Scan", "scan_scripts"]

JSON_LD = re.compile(r"\A\s*application/ld\+json", re.IGNORECASE)
"""What a script's type begins with when it holds JSON-LD."""

_PLACE = re.compile(
    rb"<(?=[!sStTxXiInNhHpP][-cCtTiIeEmMfFoOlL])"  # what most tags fail at once
    rb"(?:(!--(?![^<>-]{0,200}-->))|(?i:script|style|title|textarea|xmp|iframe|noembed|noframes|html|plaintext))"
)
"""Comments without markup in them are stepped over, as they make no difference wherever they stand."""

_CODED = re.compile(rb"&(?:#|plus;)")
"""A type can be written with character references; behind the last one and the last mention there is no JSON-LD."""

_MOST_SIGNS = 200
_AMPERSAND = ord("&")

_SPACE = rb"[ \t\n\r\f]"
_TAG = re.compile(
    rb"<([a-zA-Z][\w:.-]*+)"
    rb"(?:" + _SPACE + rb"++[a-zA-Z_@:][\w:.@-]*+"
    rb"(?:" + _SPACE + rb"*+=" + _SPACE + rb"*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=`]++))?+)*+" + _SPACE + rb"*+/?>"
)
_PLAIN_RUN = re.compile(
    rb"(?:[^<]++|</[a-zA-Z][\w:.-]*+" + _SPACE + rb"*+>"
    rb"|(?!<(?i:script|style|title|textarea|xmp|iframe|noembed|noframes|html|plaintext)(?![\w:.-]))"
    + _TAG.pattern
    + rb")*+"
)
"""Text and tags that are written beyond doubt, however long."""

_ATTRIBUTE = re.compile(
    r"[ \t\n\r\f]([a-zA-Z_@:][\w:.@-]*+)(?:[ \t\n\r\f]*+=[ \t\n\r\f]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>=`]++)))?+"
)
_SCRIPT_END = re.compile(b"</script|<!--", re.IGNORECASE)
_SCRIPT_AGAIN = re.compile(b"</?script", re.IGNORECASE)
_TEXT_END = re.compile(rb"</(style|title|textarea|xmp|iframe|noembed|noframes)", re.IGNORECASE)
_TEXTS = frozenset({b"style", b"title", b"textarea", b"xmp", b"iframe", b"noembed", b"noframes"})

_COMMENT_END = re.compile(b"--!?>")
_PROLOGUE = re.compile(
    rb"\A(?:[ \t\n\r\f]++|<!--(?!-?>)[^-]*+(?:-(?!->|-!>)[^-]*+)*+-->|<!doctype[^<>\"']*(?:\"[^<>\"]*\"[^<>\"']*)*>)*+",
    re.IGNORECASE,
)
_EQUALS = ord("=")
_SPACES = b" \t\n\r\f\v"
_MOST_PLACES = 5_000
_LONGEST_ROOT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a page's bytes hold beyond doubt."""

    scripts: tuple[bytes, ...]
    """The content of the JSON-LD scripts, in order."""

    language: str | None
    """The root's ``lang``."""


class _Doubt(Exception):
    """Raised where only a parser can tell, from the steps of ``scan_scripts``."""


def scan_scripts(page: bytes) -> Scan | None:
    """What the page holds, or None where that is not beyond doubt. ``page`` is valid UTF-8."""
    try:
        return _scan(page)
    except _Doubt:
        return None


def _scan(page: bytes) -> Scan:
    prologue = _PROLOGUE.match(page)
    at = prologue.end() if prologue else 0
    language: str | None = None
    first = _TAG.match(page, at)
    if first and first[1].lower() == b"html":
        if len(first[0]) > _LONGEST_ROOT or first[0].endswith(b"/>"):
            raise _Doubt
        language = _attribute(first[0], "lang")
        at = first.end()
    scripts: list[bytes] = []
    last = _last_mention(page, at)
    for _ in range(_MOST_PLACES):
        place = _PLACE.search(page, at, last) if at < last else None
        if place is None:
            return Scan(scripts=tuple(scripts), language=language)
        start = place.start()
        if first is None and page[start + 1 : start + 5].lower() == b"html":
            raise _Doubt  # behind another element a root counts for nothing; behind anything else, who knows
        if not _is_between_tags(page, at, start):
            at = _behind_tag_around(page, at, start)
            continue
        at = _behind_comment(page, start) if place[1] else _behind_element(page, start, scripts)
    raise _Doubt


def _last_mention(page: bytes, at: int) -> int:
    """Where ``+json`` stands last, or the page's end where a character reference behind that could be part of it."""
    plus = page.rfind(b"+", at)
    while plus >= 0 and page[plus + 1 : plus + 5].lower() != b"json":
        plus = page.rfind(b"+", at, plus)
    return len(page) if _has_coded(page, max(at, plus)) else plus


def _has_coded(page: bytes, at: int) -> bool:
    """Whether a character reference that could be a plus or a letter follows: what ``_CODED`` finds, sooner."""
    if page.rfind(b"&plus;", at) >= 0:
        return True
    for _ in range(_MOST_SIGNS):
        at = page.find(b"#", at + 1)
        if at < 0 or page[at - 1] == _AMPERSAND:
            return at >= 0
    return bool(_CODED.search(page, at))


def _is_between_tags(page: bytes, at: int, start: int) -> bool:
    """Whether the place cannot be inside a tag: in an attribute's value or between attributes.

    Inside a quoted value the last quote before the place would have opened it, behind an equals sign. Outside of
    quotes a tag's last ``>`` would have ended it. ``at`` is known to be outside.
    """
    above = page.rfind(b">", at, start) + 1
    between = page[above or at : start]
    if between and (b"<" in between or b'"' in between or b"'" in between):
        return False
    for quote in (b'"', b"'"):
        last = page.rfind(quote, at, start)
        if last > at and (page[last - 1] == _EQUALS or _opens_a_value(page, at, last)):
            return False
    return True


def _behind_tag_around(page: bytes, at: int, start: int) -> int:
    """Behind the tag that holds the place in an attribute's value; raises unless all from ``at`` to there is plain."""
    run = _PLAIN_RUN.match(page, at)
    if run is None or run.end() <= start:
        raise _Doubt
    return run.end()


def _opens_a_value(page: bytes, at: int, quote: int) -> bool:
    return page[quote - 1] in _SPACES and page[at:quote].rstrip().endswith(b"=")


def _behind_comment(page: bytes, start: int) -> int:
    end = _COMMENT_END.search(page, start + 4)
    if end is None or page.startswith((b"<!-->", b"<!--->"), start):
        raise _Doubt
    return end.end()


def _behind_element(page: bytes, start: int, scripts: list[bytes]) -> int:
    """Behind the end of an element whose content is no markup; JSON-LD is taken along."""
    tag = _TAG.match(page, start)
    if tag is None:
        raise _Doubt
    name = tag[1].lower()
    if tag[0].endswith(b"/>"):
        raise _Doubt  # libxml2 takes the element for closed, unless the slash belongs to a value
    if name == b"script":
        end = _script_end(page, tag.end())
        if _is_json_ld(tag[0]):
            scripts.append(page[tag.end() : end])
        return end + len(b"</script>")
    if name in _TEXTS:
        return _text_end(page, tag.end(), name)
    if name == b"plaintext":
        raise _Doubt
    return tag.end()  # a name that only begins like one of them


def _text_end(page: bytes, at: int, name: bytes) -> int:
    for end in _TEXT_END.finditer(page, at):
        if end[1].lower() == name:
            if page[end.end() : end.end() + 1] != b">":
                raise _Doubt
            return end.end() + 1
    raise _Doubt


def _script_end(page: bytes, at: int) -> int:
    end = _SCRIPT_END.search(page, at)
    if end is not None and end[0] == b"<!--":
        # In a script, a comment can hide the end of a script that it begins itself.
        end = _SCRIPT_AGAIN.search(page, end.end())
    if end is None or not end[0].startswith(b"</") or page[end.end() : end.end() + 1] != b">":
        raise _Doubt
    return end.start()


def _is_json_ld(tag: bytes) -> bool:
    if b"json" not in tag.lower() and b"&" not in tag:
        return False
    return bool(JSON_LD.match(_attribute(tag, "type") or ""))


def _attribute(tag: bytes, name: str) -> str | None:
    """The first attribute of that name."""
    for found in _ATTRIBUTE.finditer(tag.decode("utf-8", "replace")):
        if found[1].lower() == name:
            return unescape(found[2] or found[3] or found[4] or "")
    return None
