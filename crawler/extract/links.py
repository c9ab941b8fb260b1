"""Links in a text: to somebody's place in an application, and to pages."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode

from crawler.extract.contact_words import load_contact_words
from crawler.extract.number_plan import e164

__all__ = ["Link", "find_links"]

_ADDRESS = r"[!#-&(-;=?-\[\]_a-z~]"
_NAMED_HOST = re.compile(r"(?<=[\s:])[a-z]\w{3,31}\.t\.me(?![\w.])")
_TRAILING = ".,;:!?)]*_~'"
_BEFORE = re.compile(r"[\w@.-]")
"""In front of a link's beginning it is part of something longer."""

_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,18}")


@dataclass(frozen=True, slots=True)
class Link:
    """What one link leads to, and where it stands."""

    kind: str
    value: str
    start: int
    end: int


def find_links(
    text: str, line: str, regions: Sequence[str], own_hosts: Set[str]
) -> list[tuple[int, int, tuple[Link, ...]]]:
    """Every link's place, and the contacts that it is: several for a phone in an application, none for a picture.

    ``line`` is the text in its plain form. Pages of ``own_hosts`` are where the ad stands, not whom it names.
    """
    found = []
    patterns = _patterns(line)
    for match in (match for pattern in patterns for match in pattern.finditer(line)):
        if _BEFORE.match(line, match.start() - 1) and match.start():
            continue
        end = match.start() + len(match[0].rstrip(_TRAILING))
        written = text[match.start() : end]
        links = tuple(Link(kind, value, match.start(), end) for kind, value in _contacts(written, regions, own_hosts))
        found.append((match.start(), end, links))
    return found


def _patterns(line: str) -> tuple[re.Pattern[str], ...]:
    """What a link in this text can look like."""
    named = (_NAMED_HOST,) if ".t.me" in line else ()
    if load_contact_words().link_host_end.search(line):
        return (_with_hosts(), *named)
    return (_SCHEME, *named) if "://" in line or "www." in line else named


_SCHEME = re.compile(rf"(?:https?://|viber://|whatsapp://|tg://|www\.){_ADDRESS}{{3,400}}")


@cache
def _with_hosts() -> re.Pattern[str]:
    return re.compile(rf"{_SCHEME.pattern}|{load_contact_words().link_host}/{_ADDRESS}{{2,300}}")


def _contacts(written: str, regions: Sequence[str], own_hosts: Set[str]) -> Iterator[tuple[str, str]]:
    scheme, _, rest = written.rpartition("://")
    cut = re.search(r"[/?#]", rest)
    host, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    host = host.lower().rpartition("@")[2].partition(":")[0]
    for prefix in ("www.", "m.", "web.", "vi-vn.", "th-th.", "id-id."):
        host = host if host in load_contact_words().links else host.removeprefix(prefix)
    if host.endswith(".t.me"):
        host, path = "t.me", f"/{host.removesuffix('.t.me')}"
    rules = load_contact_words().links.get(host, ())
    if rules:
        yield from (one for rule in rules for one in _in_application(rule.kind, rule.paths, path, regions))
    elif scheme.lower() in {"", "http", "https"}:
        page = _page(host, path, own_hosts)
        if page:
            yield "web", page


def _in_application(
    kind: str, paths: Sequence[re.Pattern[str]], path: str, regions: Sequence[str]
) -> Iterator[tuple[str, str]]:
    inside = unquote(path.removeprefix("/")).rstrip("/")
    for pattern in paths:
        found = pattern.fullmatch(inside) or pattern.fullmatch(path.removeprefix("/").rstrip("/"))
        if found is None:
            continue
        (name, value), *_ = ((name, value) for name, value in found.groupdict().items() if value)
        if name == "number":
            number = next(
                (one for region in (None, *regions) if (one := e164(value if region else f"+{value}", region))), None
            )
            if number:
                yield kind, number
                yield "phone", number
                return
            # An account's number is no phone's, and a local one without its country may be anybody's.
            if value.startswith("0"):
                return
            value = value if kind != "whatsapp" else ""
        value = {
            "invite": f"+{value}" if kind == "telegram" else value,
            "group": f"groups/{value}" if kind == "facebook" else f"g/{value}",
        }.get(name, value.lower().lstrip("@~").rstrip(".-"))
        if value and value.split("/")[0].lower() not in load_contact_words().not_a_handle:
            yield kind, value
        return


def _page(host: str, path: str, own_hosts: Set[str]) -> str | None:
    """Host and path without what only says how the page was come by."""
    words = load_contact_words()
    if not _HOST.fullmatch(host) or host in own_hosts:
        return None
    parents = {host, *(host.split(".", depth)[-1] for depth in range(1, host.count(".")))}
    place, _, query = path.partition("#")[0].partition("?")
    if parents & words.not_web or place.lower().endswith(words.not_web_endings):
        return None
    kept = [pair for pair in parse_qsl(query[:300], keep_blank_values=True) if not words.tracking.fullmatch(pair[0])]
    return host + place.rstrip("/") + (f"?{urlencode(kept)}" if kept else "")
