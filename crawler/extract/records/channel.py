"""Messages on a page of a public channel's web preview, as posted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from crawler.extract.html.decode import decode
from crawler.extract.html.tree import outermost, parse_html, tree_depth_and_size
from crawler.extract.raw import RawAd
from crawler.extract.text import clean_text, cut, one_line, present

__all__ = ["ChannelPage", "message_text", "read_channel"]

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


_LARGEST = 10_000_000
_MOST = (200, 60_000)
"""How deep a preview may be, and how many elements it may have; real ones come to a tenth of that."""

_HOME = "https://t.me/"
_LONGEST_NUMBER = 15
_POST = re.compile(rf"\w{{1,64}}/\d{{1,{_LONGEST_NUMBER}}}")
_CHANNEL_S = re.compile(r"https?://t(?:elegram)?\.me/\w+/\d+")
"""The address of a channel's message: a person's has no number."""

_LEADS_OUT = ("http://", "https://", "tg://", "mailto:", "tel:")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPage:
    """What one page of a preview holds."""

    is_channel: bool
    """False where the page is something else: a landing page, an error, a check for robots."""

    messages: tuple[RawAd, ...] = ()
    """Those with text, oldest first."""

    without_text: int = 0
    """Pictures, polls and the like that say nothing in words."""

    service: int = 0
    """What the platform itself says: "channel created", "message pinned"."""

    numbers: tuple[int, ...] = ()
    """Of all the messages that it shows, service messages included, oldest first."""

    prefix: str = ""
    """Of the messages' addresses, up to their numbers; empty where they are not all of one channel."""

    older: str | None = None
    """Where the messages before these are, on the same site as the page."""

    newest: datetime | None = None


def read_channel(body: bytes, *, url: str, encoding: str | None = None) -> ChannelPage:
    """The page's messages as ads; never raises, whatever the bytes.

    A message has no title; its text is the description, exactly as posted. What it was answering to, previews of links
    and the platform's own words are not the message's. Its identity is the channel and its number, also when edited.
    """
    root = parse_html(decode(body[:_LARGEST], encoding))
    if root is None or any(size > most for size, most in zip(tree_depth_and_size(root), _MOST, strict=True)):
        return ChannelPage(is_channel=False)
    found = [*outermost(element for element in root.iter("div") if _is_message(element))]
    if not found:
        return ChannelPage(is_channel=next(_named(root, "tgme_channel_info", "tgme_channel_history"), None) is not None)
    spoken = [element for element in found if "service_message" not in _classes(element)]
    texts = [(element, text) for element in spoken if (text := message_text(_text_of(element)))]
    names = {element.get("data-post", "").rpartition("/")[0] for element in found}
    moments = [moment for element in found if (moment := _moment(_stamp(element)))]
    return ChannelPage(
        is_channel=True,
        messages=tuple(_message(element, text) for element, text in texts),
        without_text=len(spoken) - len(texts),
        service=len(found) - len(spoken),
        numbers=tuple(sorted({_number(element) for element in found})),
        prefix=f"{_HOME}{names.pop()}/" if len(names) == 1 else "",
        older=_older(root, url, min(_number(element) for element in found)),
        newest=max(moments, default=None),
    )


def _message(element: etree._Element, text: str) -> RawAd:
    post = element.get("data-post", "")
    buttons = [link.get("href", "") for link in _named(element, "tgme_widget_message_inline_button")]
    applies = next((address for address in buttons if address.startswith(("http://", "https://"))), None)
    leads_to = dict.fromkeys(
        [*_links_behind(element, text), *(button for button in buttons if button.startswith(_LEADS_OUT))]
    )
    return RawAd(
        description=text,
        url=_HOME + post,
        identifier=post,
        date_posted=_stamp(element),
        apply_url=applies,
        contact="; ".join(leads_to) or None,
        forwarded_from=_forwarded_from(element),
        reader="channel",
    )


def _is_message(element: etree._Element) -> bool:
    return "tgme_widget_message" in _classes(element) and _POST.fullmatch(element.get("data-post", "")) is not None


def _number(message: etree._Element) -> int:
    return int(message.get("data-post", "").rpartition("/")[2])


def _classes(element: etree._Element) -> list[str]:
    return (element.get("class") or "").split()


def _named(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The elements below that have one of these classes."""
    for element in root.iter("div", "a", "span", "section"):
        if not set(names).isdisjoint(_classes(element)):
            yield element


def _text_of(message: etree._Element) -> etree._Element | None:
    """The element with the message's own words; the same class stands on the words that it answers to."""
    for element in _named(message, "tgme_widget_message_text"):
        classes = {name for above in (element, *element.iterancestors()) for name in _classes(above)}
        if not classes & {"js-message_reply_text", "tgme_widget_message_reply", "tgme_widget_message_link_preview"}:
            return element
    return None


def _links_behind(message: etree._Element, text: str) -> Iterator[str]:
    """Addresses behind words and pictures of the message that its text does not spell out."""
    spoken = _text_of(message)
    links = [*(spoken.iter("a") if spoken is not None else ()), *_named(message, "tgme_widget_message_link_preview")]
    for link in links:
        address = one_line(link.get("href", ""))
        if address.startswith(_LEADS_OUT) and address.partition(":")[2].strip("/") not in text:
            yield address


def _forwarded_from(message: etree._Element) -> str | None:
    """The channel that the message was forwarded from, by name and address; never a person's name."""
    name = next(_named(message, "tgme_widget_message_forwarded_from_name"), None)
    if name is None:
        return None
    address = one_line(name.get("href", ""))
    channel = present(_words(name)) if _CHANNEL_S.match(address) else None
    return f"{channel}, {address}" if channel else "a person or a private channel"


def _words(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def _stamp(message: etree._Element) -> str | None:
    """When it was posted, as the page says it to machines; an edit does not change it."""
    for link in (*_named(message, "tgme_widget_message_date"), message):
        stamp = next((time.get("datetime") for time in link.iter("time") if time.get("datetime")), None)
        if stamp:
            return present(stamp)
    return None


def _moment(stamp: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _older(root: etree._Element, url: str, oldest: int) -> str | None:
    """The page before this one, from its own address: the preview's links may name another host than it was read from.

    The number always falls, whatever the page says, so that paging back comes to an end.
    """
    more = next((link.get("data-before") for link in root.iter("a") if link.get("data-before")), None)
    linked = next((link.get("href", "") for link in root.iter("link") if link.get("rel") == "prev"), "")
    stated = more or dict(parse_qsl(linked.partition("#")[0].partition("?")[2])).get("before")
    if not stated:
        return None
    before = min(int(stated), oldest) if stated.isdecimal() and len(stated) <= _LONGEST_NUMBER else oldest
    parts = urlsplit(url)
    retained = [pair for pair in parse_qsl(parts.query) if pair[0] not in {"before", "after"}]
    return urlunsplit((*parts[:3], urlencode([*retained, ("before", str(before))]), "")) if before > 1 else None
