"""A message's element to its text, exactly as it was posted."""

from lxml import etree

from crawler.extract.plain_text import clean_text, cut

__all__ = ["message_text"]

_BLOCKS = frozenset({"blockquote", "pre", "div", "p"})
_LONGEST = 200_000


def message_text(element: etree._Element | None) -> str | None:
    """The text with its line breaks, spaces and emoji; None where there is none.

    Nothing is tidied: three empty lines or a row of spaces are a way to write, and copies are known by them.
    """
    if element is None:
        return None
    parts: list[str] = []
    for event, one in etree.iterwalk(element, events=("start", "end")):
        is_literal = one.tag == "pre" or any(above.tag == "pre" for above in one.iterancestors())
        if event == "start":
            parts += ["\n"] if one.tag == "br" or _opens_a_line(one, element, parts) else []
            # Custom emoji were pictures once; their text is the character that they stand for.
            parts.append(one.get("alt") or "" if one.tag == "img" else _as_shown(one.text, literal=is_literal))
        elif one is not element:
            is_block = one.tag in _BLOCKS and bool((one.tail or "").strip())
            parts += ["\n"] if is_block and not "".join(parts[-1:]).endswith("\n") else []
            parts.append(_as_shown(one.tail, literal=is_literal and one.tag != "pre"))
    return cut(clean_text("".join(parts)).strip(), _LONGEST) or None


def _opens_a_line(one: etree._Element, whole: etree._Element, parts: list[str]) -> bool:
    return one.tag in _BLOCKS and one is not whole and bool(parts) and not parts[-1].endswith("\n")


def _as_shown(text: str | None, *, literal: bool) -> str:
    """A line break in the page's source is a space to a reader, but in a block of code."""
    return (text or "") if literal else (text or "").replace("\r", "").replace("\n", " ")
