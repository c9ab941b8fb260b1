"""Messages of a public channel, and posts that list several vacancies."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from crawler.extract.fields.lexicon import load_pay_words
from crawler.extract.fields.pay import find_offers
from crawler.extract.html_document import LEADS_OUT
from crawler.extract.html_tree import outermost, parse_html, tree_depth_and_size
from crawler.extract.raw import RawAd, digest_of
from crawler.extract.text import clean_text, cut, decode, fold, one_line, present, weight
from crawler.extract.visible.words import load_words
from crawler.extract.vocabulary import plain

_BLOCKS = frozenset({"blockquote", "pre", "div", "p"})


def _message_text(element: etree._Element | None) -> str | None:
    """The text with its line breaks, spaces and emoji; None where there is none.

    Nothing is tidied: three empty lines or a row of spaces are a way to write, and copies are known by them.
    """
    if element is None:
        return None
    parts: list[str] = []
    for event, part in etree.iterwalk(element, events=("start", "end")):
        is_literal = part.tag == "pre" or any(above.tag == "pre" for above in part.iterancestors())
        is_block = part.tag in _BLOCKS and part is not element
        if event == "start":
            if part.tag == "br" or (is_block and parts and not parts[-1].endswith("\n")):
                parts.append("\n")
            # Custom emoji were pictures once; their text is the character that they stand for.
            parts.append(part.get("alt") or "" if part.tag == "img" else _as_shown(part.text, literal=is_literal))
        elif part is not element:
            if is_block and (part.tail or "").strip() and not "".join(parts[-1:]).endswith("\n"):
                parts.append("\n")
            parts.append(_as_shown(part.tail, literal=is_literal and part.tag != "pre"))
    return cut(clean_text("".join(parts)).strip(), 200_000) or None


def _as_shown(text: str | None, *, literal: bool) -> str:
    """A line break in the page's source is a space to a reader, but in a block of code."""
    return (text or "") if literal else (text or "").replace("\r", "").replace("\n", " ")


_MOST = (200, 60_000)
"""How deep a preview may be, and how many elements it may have; real ones come to a tenth of that."""

_HOME = "https://t.me/"
_LONGEST_NUMBER = 15
_POST = re.compile(rf"\w{{1,64}}/\d{{1,{_LONGEST_NUMBER}}}")
_CHANNEL_S = re.compile(r"https?://t(?:elegram)?\.me/\w+/\d+")
"""The address of a channel's message: a person's has no number."""


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


def read_channel(body: bytes, *, url: str) -> ChannelPage:
    """The page's messages as ads; never raises, whatever the bytes.

    A message has no title; its text is the description, exactly as posted. What it was answering to, previews of links
    and the platform's own words are not the message's. Its identity is the channel and its number, also when edited.
    """
    root = parse_html(decode(body[:10_000_000]))
    if root is None or any(size > most for size, most in zip(tree_depth_and_size(root), _MOST, strict=True)):
        return ChannelPage(is_channel=False)
    messages = (element for element in root.iter("div") if "tgme_widget_message" in _classes(element))
    found = [*outermost(element for element in messages if _POST.fullmatch(element.get("data-post", "")))]
    if not found:
        return ChannelPage(is_channel=next(_named(root, "tgme_channel_info", "tgme_channel_history"), None) is not None)
    spoken = [element for element in found if "service_message" not in _classes(element)]
    texts = [(element, text) for element in spoken if (text := _message_text(_text_of(element)))]
    names = {element.get("data-post", "").rpartition("/")[0] for element in found}
    moments: list[datetime] = []
    for element in found:
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(_stamp(element) or "")
            moments.append(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))

    # The page before this one, from its own address: the preview's links may name another host than it was read from.
    # The number always falls, whatever the page says, so that paging back comes to an end.
    more = next((link.get("data-before") for link in root.iter("a") if link.get("data-before")), None)
    linked = next((link.get("href", "") for link in root.iter("link") if link.get("rel") == "prev"), "")
    stated = more or dict(parse_qsl(linked.partition("#")[0].partition("?")[2])).get("before", "")
    oldest = min(map(_number, found))
    before = min(int(stated), oldest) if stated.isdecimal() and len(stated) <= _LONGEST_NUMBER else oldest
    older = None
    if stated and before > 1:
        parts = urlsplit(url)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] not in {"before", "after"}]
        older = urlunsplit((*parts[:3], urlencode([*query, ("before", str(before))]), ""))

    return ChannelPage(
        is_channel=True,
        messages=tuple(_message(element, text) for element, text in texts),
        without_text=len(spoken) - len(texts),
        service=len(found) - len(spoken),
        numbers=tuple(sorted({_number(element) for element in found})),
        prefix=f"{_HOME}{names.pop()}/" if len(names) == 1 else "",
        older=older,
        newest=max(moments, default=None),
    )


def _message(element: etree._Element, text: str) -> RawAd:
    post = element.get("data-post", "")
    buttons = [link.get("href", "") for link in _named(element, "tgme_widget_message_inline_button")]
    applies = next((address for address in buttons if address.startswith(("http://", "https://"))), None)
    spoken = _text_of(element)
    links = [*(spoken.iter("a") if spoken is not None else ()), *_named(element, "tgme_widget_message_link_preview")]
    # Addresses behind words and pictures that the text does not spell out.
    behind = [one_line(link.get("href", "")) for link in links]
    behind = [address for address in behind if address.partition(":")[2].strip("/") not in text]
    leads_to = dict.fromkeys(address for address in (*behind, *buttons) if address.startswith(LEADS_OUT))
    # The channel that it was forwarded from, by name and address; never a person's name.
    origin = next(_named(element, "tgme_widget_message_forwarded_from_name"), None)
    address = one_line(origin.get("href", "")) if origin is not None else ""
    channel = present("".join(map(str, origin.itertext()))) if origin is not None else None
    private = "a person or a private channel" if origin is not None else None
    forwarded = f"{channel}, {address}" if channel and _CHANNEL_S.match(address) else private
    return RawAd(
        description=text,
        url=_HOME + post,
        identifier=post,
        date_posted=_stamp(element),
        apply_url=applies,
        contact="; ".join(leads_to) or None,
        forwarded_from=forwarded,
        reader="channel",
    )


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


def _stamp(message: etree._Element) -> str | None:
    """When it was posted, as the page says it to machines; an edit does not change it."""
    for link in (*_named(message, "tgme_widget_message_date"), message):
        stamp = next((time.get("datetime") for time in link.iter("time") if time.get("datetime")), None)
        if stamp:
            return present(stamp)
    return None


_RULE = re.compile(r"([^\w\s])(?:\s?\1\ufe0f?){2,100}")
"""A line of one sign over and over."""

_NUMBERED = re.compile(r"\s{0,8}(?:\(?\d{1,2}\s?[.)、．:：]|\d\ufe0f?\u20e3|[①-⑳]|\d{1,2}\s?[-–]\s)\s{0,4}(?=\S)")
_LABEL = re.compile(r"\W{0,8}([^:：\n]{2,40})[:：]")
_MOST_PARTS = 30
_LONGEST_POST = 20_000
_EDGES = " \t-–—:：*•·.,()+/"


@dataclass(frozen=True, slots=True)
class _Parting:
    head: str
    parts: tuple[str, ...]
    tail: str


def part_post(post: RawAd) -> tuple[RawAd, ...]:
    """The post's vacancies, each with what is said of all of them; the post itself where it is one, or in doubt.

    A list of duties or of what is paid looks alike: only where every part names a job and its pay are they parted.
    """
    text = post.description or ""
    lines = text[:_LONGEST_POST].splitlines()
    named = ((parting, {fold(part.splitlines()[0]) for part in parting.parts if part}) for parting in _partings(lines))
    several = (parting for parting, names in named if 1 < len(parting.parts) == len(names))
    found = next((parting for parting in several if all(map(_is_vacancy, parting.parts))), None)
    if found is None or len(text) > _LONGEST_POST:
        return (post,)
    return tuple(
        replace(
            post,
            description="\n\n".join(text for text in (found.head, part, found.tail) if text),
            url=f"{post.url}#{digest_of(part)}" if post.url else None,
            identifier=f"{post.identifier}#{digest_of(part)}" if post.identifier else None,
        )
        for part in found.parts
    )


def _partings(lines: list[str]) -> Iterator[_Parting]:
    """The ways in which the lines may be parted, the surest first."""
    # Between lines of signs; what stands first and last may be said of all.
    ruled: list[list[str]] = [[]]
    for line in lines:
        if _RULE.fullmatch(line.strip()):
            ruled.append([])
        else:
            ruled[-1].append(line)
    texts = [text for block in ruled if (text := "\n".join(block).strip())]
    if 1 < len(texts) <= _MOST_PARTS:
        start = 0 if _is_vacancy(texts[0]) else 1
        end = len(texts) if _is_vacancy(texts[-1]) else len(texts) - 1
        if end - start > 1:
            yield _Parting("\n\n".join(texts[:start]), tuple(texts[start:end]), "\n\n".join(texts[end:]))

    # Where lines begin alike.
    words = load_words()
    labels = [(at, label) for at, line in enumerate(lines) if (label := _LABEL.match(line))]
    titled = [at for at, label in labels if fold(label[1]) in words.title_labels]  # "Position: baker"
    numbered = [at for at, line in enumerate(lines) if _NUMBERED.match(line)]
    by_sign: dict[str, list[int]] = {}  # but for those that stand for a label
    for at, line in enumerate(lines):
        first = line.lstrip()[:1]
        if first and first not in words.signs and unicodedata.category(first)[0] in "SP" and first not in "@#\"'(（【[":
            by_sign.setdefault(first, []).append(at)

    # The last part ends at an empty line, unless others have one inside too.
    for starts in (titled, numbered, *by_sign.values()):
        if not 1 < len(starts) <= _MOST_PARTS:
            continue
        blocks = [lines[start:end] for start, end in pairwise([*starts, len(lines)])]
        tail: list[str] = []
        wholes = ["\n".join(block).strip().splitlines() for block in blocks[:-1]]
        if all(line.strip() for whole in wholes for line in whole):
            longest = max(map(len, wholes))
            last = blocks[-1]
            cut = next((number for number, line in enumerate(last) if not line.strip()), None)
            cut = longest if cut is None and longest > 1 else 1 if cut is None else cut
            blocks[-1], tail = last[:cut], last[cut:]
        parts = tuple("\n".join(block).strip() for block in blocks)
        yield _Parting("\n".join(lines[: starts[0]]).strip(), parts, "\n".join(tail).strip())


def _is_vacancy(part: str) -> bool:
    """Whether a part says what is paid, and in its first line more than that, when and for how long."""
    if not find_offers(plain(part), None):
        return False
    words, pay = load_words(), load_pay_words()
    line = _NUMBERED.sub("", part.splitlines()[0], count=1)
    label = _LABEL.match(line)
    is_fact = label is not None and fold(label[1]) in words.labels and fold(label[1]) not in words.title_labels
    left = plain(line)
    paid = pay.stated_before.search(left)
    if is_fact or len(line) > 160 or (paid and (paid["other"] or not left[: paid.start()].strip(_EDGES))):
        return False
    for offer in find_offers(left, None):
        left = left[: offer.start] + " " * (offer.end - offer.start) + left[offer.end :]
    for words_of_pay in (pay.paid, pay.stated_before):
        left = words_of_pay.sub(lambda found: " " * len(found[0]), left)
    rest = "".join(char if left_char.strip() else " " for char, left_char in zip(line, left, strict=False))
    letters = "".join(filter(str.isalpha, words.no_job.sub(" ", fold(rest))))
    return weight(letters) >= 4
