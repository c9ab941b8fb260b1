"""Ways to reach whoever placed an ad, found in its text."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from crawler.ad import Contact
from crawler.extract.contact_words import load_contact_words
from crawler.extract.handles import find_handles, find_names, of_numbers
from crawler.extract.links import find_links
from crawler.extract.phones import find_phones
from crawler.extract.word_pattern import letter_runs, plain
from crawler.made_quickly import made_quickly

__all__ = ["SpottedContact", "find_contacts", "spot_contacts"]

_LONGEST = 50_000
_MOST = 50
_NAME = re.compile(r"(?<![\w.+%-])([a-z0-9][a-z0-9._+%-]{0,63})\s?\Z")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,24}")
_GLUED = re.compile(r"(?<=\.[a-z]{2}|[a-z]{3})[A-Z](?=[a-z]+$)")


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class SpottedContact:
    """A contact and where it stands: ``text[start:end]`` is the words that it was read from."""

    kind: str
    value: str
    start: int
    end: int


def find_contacts(
    text: str, country: str | None, *, source_country: str | None = None, own_hosts: Set[str] = frozenset()
) -> tuple[Contact, ...]:
    """Phones, mail addresses, handles and pages in the text, in reading order, each once."""
    spotted = spot_contacts(text, country, source_country=source_country, own_hosts=own_hosts)
    found = dict.fromkeys((one.kind, one.value) for one in spotted)
    return tuple(Contact(kind=kind, value=value) for kind, value in list(found)[:_MOST])


def spot_contacts(
    text: str, country: str | None, *, source_country: str | None = None, own_hosts: Set[str] = frozenset()
) -> tuple[SpottedContact, ...]:
    """Every contact in the text with its place, in reading order; a number in an application is a phone besides.

    A number without a code is read as dialled in the ad's country or the source's, and where both have such a number
    its plain digits stay; without a country only numbers that name their own are read. Names of persons are never
    taken.
    """
    text = text[:_LONGEST]
    line = plain(text)
    regions = tuple(dict.fromkeys(region for region in (country, source_country) if region))
    spotted = [*_mails(text, line)]
    rest = _blanked(line, [(one.start, one.end) for one in spotted])
    links = find_links(text, rest, regions, own_hosts)
    spotted += [
        SpottedContact(kind=one.kind, value=one.value, start=one.start, end=one.end)
        for *_, found in links
        for one in found
    ]
    rest = _blanked(rest, [(start, end) for start, end, _ in links])
    names = find_names(rest)
    handles = list(find_handles(rest, names))
    rest = _blanked(rest, [(one.start, one.end) for one in handles])
    phones = find_phones(rest, regions)
    numbers = [SpottedContact(kind="phone", value=one.value, start=one.start, end=one.end) for one in phones]
    spotted += numbers
    spotted += [
        SpottedContact(kind=one.kind, value=one.value, start=one.start, end=one.end)
        for one in (*handles, *of_numbers(rest, names, sorted(phones, key=lambda phone: phone.start)))
    ]
    return tuple(sorted(spotted, key=lambda one: (one.start, one.end)))


def _mails(text: str, line: str) -> Iterator[SpottedContact]:
    words = load_contact_words()
    is_spelt = _is_spelt(line)
    if not is_spelt and "@" not in line:
        return
    for found in (words.mail if is_spelt else words.mail_sign).finditer(line):
        name = _NAME.search(line, max(0, found.start() - 66), found.start())
        if name is None:
            continue
        at = words.mail_at.match(line, name.end(1))
        end = _end_of_domain(text, found.start(), found.start() + len(found[0].rstrip(".-")))
        domain = words.mail_dot.sub(".", line[at.end() : end]) if at else ""
        if _DOMAIN.fullmatch(domain) and domain.rpartition(".")[2] not in words.not_domains:
            yield SpottedContact(kind="email", value=f"{name[1]}@{domain}", start=name.start(1), end=end)


def _is_spelt(line: str) -> bool:
    """Whether an address may be written with words or brackets for its signs."""
    words = load_contact_words()
    if not words.mail_spelt.isdisjoint(letter_runs(line)) or any(dot in line for dot in words.mail_spelt_unspaced):
        return True
    return any(map(line.__contains__, "([{<")) and words.mail_bracketed.search(line) is not None


def _end_of_domain(text: str, start: int, end: int) -> int:
    """Where the address ends: pages that lost a line break go on with a capital, as in ``bakery.exampleTelegram``."""
    glued = _GLUED.search(text, start, end)
    return glued.start() if glued else end


def _blanked(line: str, spans: list[tuple[int, int]]) -> str:
    """The line with what was read already out of the way, as long as it was."""
    parts, place = [], 0
    for start, end in sorted(spans):
        if start < place:
            continue
        parts += [line[place:start], "\x00" * (end - start)]
        place = end
    return "".join(parts) + line[place:] if parts else line
