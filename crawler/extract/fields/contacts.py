"""Contacts in an ad's text: mail, phones, links, names in applications."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode

from crawler.ad import Contact
from crawler.extract.fields.lexicon import LINK, load_contact_words
from crawler.extract.fields.phones import Phone, e164, find_phones
from crawler.extract.vocabulary import plain

_SCHEME = re.compile(LINK)
_NAMED_HOST = re.compile(r"(?<=[\s:])[a-z]\w{3,31}\.t\.me(?![\w.])")
_TRAILING = ".,;:!?)]*_~'"
_BEFORE = re.compile(r"[\w@.-]")
"""In front of a link's beginning it is part of something longer."""

_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,18}")


@dataclass(frozen=True, slots=True)
class SpottedContact:
    """A contact and where it stands: ``text[start:end]`` is the words that it was read from."""

    kind: str
    value: str
    start: int
    end: int


def _find_links(
    text: str, line: str, regions: Sequence[str], own_hosts: Set[str]
) -> Iterator[tuple[int, int, list[SpottedContact]]]:
    """Every link's place, and the contacts that it is: several for a phone in an application, none for a picture.

    ``line`` is the text in its plain form. Pages of ``own_hosts`` are where the ad stands, not whom it names.
    """
    words = load_contact_words()
    patterns = [_NAMED_HOST] if ".t.me" in line else []
    if words.link_host_end.search(line):
        patterns.append(words.link)
    elif "://" in line or "www." in line:
        patterns.append(_SCHEME)
    for match in (match for pattern in patterns for match in pattern.finditer(line)):
        start, end = match.start(), match.start() + len(match[0].rstrip(_TRAILING))
        if not start or not _BEFORE.match(line, start - 1):
            contacts = _contacts(text[start:end], regions, own_hosts)
            yield start, end, [SpottedContact(kind, value, start, end) for kind, value in contacts]


def _contacts(written: str, regions: Sequence[str], own_hosts: Set[str]) -> Iterator[tuple[str, str]]:
    words = load_contact_words()
    scheme, _, rest = written.rpartition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(host) :]
    host = host.lower().rpartition("@")[2].partition(":")[0]
    for prefix in ("www.", "m.", "web.", "vi-vn.", "th-th.", "id-id."):
        host = host if host in words.links else host.removeprefix(prefix)
    if host.endswith(".t.me"):
        host, path = "t.me", f"/{host.removesuffix('.t.me')}"
    if rules := words.links.get(host):
        yield from (item for kind, paths in rules for item in _in_application(kind, paths, path, regions))
    elif scheme.lower() in {"", "http", "https"}:
        # Host and path without what only says how the page was come by.
        parents = {host, *(host.split(".", depth)[-1] for depth in range(1, host.count(".")))}
        place, _, query = path.partition("#")[0].partition("?")
        is_other = _HOST.fullmatch(host) and host not in own_hosts and not parents & words.not_web
        if is_other and not place.lower().endswith(words.not_web_endings):
            pairs = parse_qsl(query[:300], keep_blank_values=True)
            retained = urlencode([pair for pair in pairs if not words.tracking.fullmatch(pair[0])])
            yield "web", host + place.rstrip("/") + (f"?{retained}" if retained else "")


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
            tried = (e164(value if region else f"+{value}", region) for region in (None, *regions))
            if number := next(filter(None, tried), None):
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


_HAS_SIGN = re.compile(r"[\d_.]")
_ONLY_MARKS = re.compile(r"[\s:：=./()\-–—]{0,5}(?:(?:no|nomor|id|number)\.?[\s:.]{1,3})?")
_REACH = 45
_TAKEN = "\x00"
"""Stands in a line for what was read already: a name before it belongs to that."""

_BEHIND = re.compile(r"[ \t]?[(\[/,\-–|&+]?[ \t]?")


def _find_handles(line: str, names: Sequence[SpottedContact]) -> Iterator[SpottedContact]:
    """The identifiers that stand right behind an application's name, and say by their form or place what they are."""
    words = load_contact_words()
    for name in names:
        pattern = words.handles.get(name.kind)
        between = words.before_handle.match(line, name.end)
        found = pattern.match(line, between.end()) if pattern and between else None
        handle = found["handle"].rstrip("._-") if found else ""
        if not (between and found) or handle in words.not_a_handle or handle in words.kinds or len(handle) < 3:
            continue
        # One behind "@", behind a word for it, or where a mark leads to what is no plain word.
        has_mark, has_sign = bool(between["mark"]), bool(_HAS_SIGN.search(found["handle"]))
        is_foreign = not name.value.isascii()
        is_sure = (
            found["at"]
            or (name.value in words.id_words and (has_mark or is_foreign or has_sign))
            or (is_foreign and any(map(str.isdigit, found["handle"])))
            or (between["said"] or "").strip() in words.identifies
            or (has_mark and _HAS_SIGN.search(handle))
        )
        if is_sure:
            start = found.start("at") if found["at"] else found.start("handle")
            yield SpottedContact(name.kind, handle, start, found.start("handle") + len(handle))


def _before(line: str, names: Sequence[SpottedContact], phone: Phone, previous: int) -> Iterator[SpottedContact]:
    """Zalo/Viber: 0900..., from the nearest name back to the first that it is joined to."""
    words = load_contact_words()
    start, is_first = phone.start, True
    if line[max(0, start - 1) : start] in ("+", "("):
        start -= 1
    for name in reversed(
        [name for name in names if previous <= name.start and name.end <= start and start - name.end <= _REACH]
    ):
        between = line[name.end : start]
        joins = words.before_number if is_first else words.joined
        if "\n" in between.strip() or not joins.fullmatch(between):
            return
        # A name of two letters is also a word, "wa" in Swahili: only a mark may stand between it and its number.
        if is_first and name.value.isascii() and len(name.value) <= 2 and not _ONLY_MARKS.fullmatch(between):
            return
        if name.kind in words.numbered:
            yield name
        start, is_first = name.start, False


def _behind(line: str, names: Sequence[SpottedContact], phone: Phone, following: int) -> Iterator[SpottedContact]:
    """0900... (zalo, viber), as long as the name does not introduce the next number."""
    words = load_contact_words()
    end = phone.end
    for name in names:
        if name.start < end or name.start - end > _REACH:
            continue
        between = line[end : name.start]
        if "\n" in between or not (_BEHIND.fullmatch(between) or words.joined.fullmatch(between)):
            return
        is_others = words.before_number.fullmatch(line, name.end, following) and following - name.end < _REACH
        if is_others or _TAKEN in line[name.end : name.end + 12]:
            return
        if name.kind in words.numbered:
            yield name
        end = name.end


_NAME = re.compile(r"(?<![\w.+%-])([a-z0-9][a-z0-9._+%-]{0,63})\s?\Z")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,24}")
_GLUED = re.compile(r"(?<=\.[a-z]{2}|[a-z]{3})[A-Z](?=[a-z]+$)")


def find_contacts(
    text: str,
    country: str | None,
    *,
    source_country: str | None = None,
    language: str | None = None,
    own_hosts: Set[str] = frozenset(),
) -> tuple[Contact, ...]:
    """Phones, mail addresses, handles and pages in the text, in reading order, each once. However many there are: a
    bound would let decoys hide the real one."""
    spotted = spot_contacts(text, country, source_country=source_country, language=language, own_hosts=own_hosts)
    found = dict.fromkeys((contact.kind, contact.value) for contact in spotted)
    return tuple(Contact(kind=kind, value=value) for kind, value in found)


def spot_contacts(
    text: str,
    country: str | None,
    *,
    source_country: str | None = None,
    language: str | None = None,
    own_hosts: Set[str] = frozenset(),
) -> tuple[SpottedContact, ...]:
    """Every contact in the text with its place, in reading order; a number in an application is a phone besides.

    A number without a code is read as dialled in the ad's country or the source's, and where both have such a number
    its plain digits stay. Where no number is found so, those of the language's home are read: who recruits for work
    abroad has a number there. Without either only numbers that name their own country are read. Names of persons are
    never taken.
    """
    text = text[:50_000]
    line = plain(text)
    regions = tuple(dict.fromkeys(region for region in (country, source_country) if region))
    spotted = [*_mails(text, line)]
    rest = _blanked(line, [(contact.start, contact.end) for contact in spotted])
    links = list(_find_links(text, rest, regions, own_hosts))
    spotted += [link for *_, found in links for link in found]
    rest = _blanked(rest, [(start, end) for start, end, _ in links])
    words = load_contact_words()
    names = [
        SpottedContact(words.kinds[found[0]], found[0], *found.span())
        for found in words.name.finditer(rest)
        if found[0] in words.kinds
    ]
    names += [
        SpottedContact(kind, found[0], *found.span())
        for kind, pattern in words.scattered
        for found in pattern.finditer(rest)
    ]
    names.sort(key=lambda name: name.start)
    handles = list(_find_handles(rest, names))
    rest = _blanked(rest, [(item.start, item.end) for item in handles])
    home = words.home.get((language or "").partition("-")[0])
    phones = find_phones(rest, regions) or (find_phones(rest, (home,)) if home and home not in regions else [])
    spotted += [SpottedContact("phone", phone.value, phone.start, phone.end) for phone in phones]
    spotted += handles
    phones.sort(key=lambda phone: phone.start)
    for place, phone in enumerate(phones):  # in an application too, where its name stands before or right behind
        following = phones[place + 1].start if place + 1 < len(phones) else len(rest) + _REACH
        previous = phones[place - 1].end if place else 0
        beside = (*_before(rest, names, phone, previous), *_behind(rest, names, phone, following))
        spotted += [SpottedContact(name.kind, phone.value, phone.start, phone.end) for name in beside]
    return tuple(sorted(spotted, key=lambda contact: (contact.start, contact.end)))


def _mails(text: str, line: str) -> Iterator[SpottedContact]:
    words = load_contact_words()
    for found in words.mail.finditer(line):
        name = _NAME.search(line, max(0, found.start() - 66), found.start())
        if name is None:
            continue
        at = words.mail_at.match(line, name.end(1))
        end = found.start() + len(found[0].rstrip(".-"))
        # Pages that lost a line break go on with a capital, as in ``bakery.exampleTelegram``.
        glued = _GLUED.search(text, found.start(), end)
        end = glued.start() if glued else end
        domain = words.mail_dot.sub(".", line[at.end() : end]) if at else ""
        if _DOMAIN.fullmatch(domain) and domain.rpartition(".")[2] not in words.not_domains:
            yield SpottedContact("email", f"{name[1]}@{domain}", name.start(1), end)


def _blanked(line: str, spans: list[tuple[int, int]]) -> str:
    """The line with what was read already out of the way, as long as it was."""
    parts, place = [], 0
    for start, end in sorted(spans):
        if start < place:
            continue
        parts += [line[place:start], _TAKEN * (end - start)]
        place = end
    return "".join(parts) + line[place:] if parts else line
