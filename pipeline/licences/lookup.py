"""Look-ups of ads, names and numbers in imported registers."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import fuzz, utils

from crawler.ad import JobAd
from crawler.files import whole_file
from pipeline.licences.claims import AdClaims, ClaimReader, NumberClaim
from pipeline.licences.names import NameIndex, load_words, name_words
from pipeline.licences.register import Listed, LookedIn, Register, RegisterStore, RegisterVersion, web_host
from pipeline.licences.register_map import RegisterMap, plain_view, read_maps
from pipeline.licences.results import RESULTS, Claim, Holder, LicenceFact, LicenceLookup, Result, lookup_line

_DIALLED = frozenset({"phone", "whatsapp", "zalo", "viber"})
_FEWEST_DIGITS = 8


class Book:
    """One register, indexed once."""

    def __init__(self, register: Register) -> None:
        self.map, self.version = register.map, register.version
        self.by_number: dict[str, list[Listed]] = defaultdict(list)
        named: list[tuple[str, Listed]] = []
        for line in register.lines:
            named += [(name, line) for name in line.names]
            for number in line.numbers:
                self.by_number[number].append(line)
        self._named = [line for _, line in named]
        self.names = NameIndex([name for name, _ in named])

    def named(self, written: str) -> list[tuple[Listed, float]]:
        """The lines of agencies whose names are like this one, the likest first, and how alike the names are."""
        return [(self._named[at], score) for at, score in self.names.find(written)]


def looked_in(books: Iterable[Book]) -> tuple[LookedIn, ...]:
    """The registers, as facts name them."""
    return tuple(
        LookedIn(**{each.name: getattr(book.version, each.name) for each in fields(LookedIn)}) for book in books
    )


def contacts_agree(ad: JobAd, line: Listed, free_mail: Container[str]) -> bool | None:
    """True where one contact is the agency's; False where none is, though some could be; None where nothing can be
    compared: the ad or the register has no telephone, mail or web address, or not all of the register's was read.

    A mail or web address of the agency's own domain is the agency's; one at a free mail service only as a whole.
    """
    dialled = (contact.value for contact in ad.contacts if contact.kind in _DIALLED)
    phones = {_tail(value) for value in dialled if sum(map(str.isdigit, value)) >= _FEWEST_DIGITS}
    listed_phones = set(map(_tail, line.phones))
    mails = {contact.value.casefold() for contact in ad.contacts if contact.kind == "email"}
    webs = {host for contact in ad.contacts if contact.kind == "web" and (host := web_host(contact.value))}
    listed_mails = {mail.casefold() for mail in line.emails}
    listed_domains = {mail.rpartition("@")[2] for mail in listed_mails}
    own = {domain for domain in listed_domains if domain not in free_mail} | set(line.webs)
    if phones & listed_phones or mails & listed_mails:
        return True
    hosts = (*webs, *(mail.rpartition("@")[2] for mail in mails))
    if any(host == domain or host.endswith(f".{domain}") for host in hosts for domain in own):
        return True
    comparable = (phones and listed_phones) or (mails and (listed_mails or own)) or (webs and own)
    return False if comparable and not line.has_unread_contacts else None


def _tail(number: str) -> str:
    """The digits that a number ends in. A number without a code, in an ad for work abroad, may have been taken for one
    of that country: what comes before is not compared."""
    return "".join(filter(str.isdigit, number))[-_FEWEST_DIGITS:]


_CONTACT_NOTES = {
    True: "A contact in the ad is one that the register lists for it.",
    False: "None of the ad's contacts is among those that the register lists for it.",
    None: "The ad's contacts cannot be held against the register.",
}


def judge_line(
    line: Listed, ad: JobAd, country: str | None, orders: Sequence[Book], free_mail: Container[str]
) -> tuple[Result, tuple[str, ...]]:
    """The result for this line, with what else was seen. What the register does not say limits nothing."""
    agrees = contacts_agree(ad, line, free_mail)
    contact = _CONTACT_NOTES[agrees]
    if not line.is_valid_on(ad.seen_at.date()):
        return "lapsed", (contact,)
    if country and line.countries and country not in line.countries:
        why = f"The register lists it for {', '.join(line.countries)}; the work is in {country}."
        return "other_work_or_country", (why, contact)
    title = f" {' '.join(name_words(ad.title))} " if line.work and "sea" not in line.work else ""
    if any(f" {word} " in title or (not word.isascii() and word in title) for word in load_words()["sea"]):
        why = "The register lists it for work on land; the ad's title is of work at sea."
        return "other_work_or_country", (why, contact)
    # Job orders limit the licence only where no register of them has one for this work.
    ordered = [job_orders(book, line, ad.title, country) for book in orders]
    if ordered and not any(is_ordered for is_ordered, _ in ordered):
        return "other_work_or_country", (ordered[0][1], contact)
    seen = next(((note,) for is_ordered, note in ordered if is_ordered), ())
    return ("contact_differs" if agrees is False else "licensed"), (contact, *seen)


def job_orders(book: Book, line: Listed, title: str, country: str | None) -> tuple[bool, str]:
    """Whether the register of job orders has some of this agency for the country, and a sentence on them."""
    found = {id(order): order for name in line.names for order, _ in book.named(name) if order.status == "active"}
    place = f"“{book.version.title}” of {book.version.as_of}"
    if not found:
        return False, f"{place} lists no job order of this agency."
    there = [order for order in found.values() if country is None or not order.countries or country in order.countries]
    if not there:
        return False, f"{place} lists job orders of this agency, and none for {country}."
    positions = sorted({position for order in there for position in order.positions})
    likeness = partial(fuzz.token_set_ratio, title, processor=utils.default_process)
    near = max(((likeness(position), position) for position in positions), default=None)
    likest = f"; the one most like the ad's title is “{near[1]}” ({near[0]:.0f} of 100)" if near else ""
    return True, f"Job orders of this agency{f' for {country}' if country else ''} in {place}: {len(there)}{likest}."


@dataclass(slots=True, kw_only=True)
class Matching:
    """One ad's claims before one register; ``run`` fills the facts and what stays unanswered."""

    ad: JobAd
    claimed: AdClaims
    book: Book
    orders: Sequence[Book]
    """Registers of job orders of the same country."""

    free_mail: Container[str]
    facts: list[LicenceFact] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Numbers first: they are exact. Names then add to what a number found, or stand for themselves."""
        missing = [each.claim for each in self.claimed.numbers if not self._number(each)]
        unmatched = []
        for name in self.claimed.names:
            matches = self.book.named(name.said)
            scores = {line.row: score for line, score in reversed(matches)}
            if not matches:
                unmatched.append(name)
            elif not self._joined([line for line, _ in matches], name, scores):
                best = matches[0][1]
                self._found([line for line, score in matches if score == best], name, best)
        if unmatched:
            # Where a number alone led to a holder, the ad names somebody else.
            others = ", ".join(f"“{name.said}”" for name in unmatched)
            note = f"The ad names {others}; the register lists the number for another name."
            self.facts = [
                fact
                if fact.holder is None or any(claim.kind == "name" for claim in fact.claims)
                else replace(fact, notes=(*fact.notes, note))
                for fact in self.facts
            ]
        if missing:
            self._not_found(missing)
        elif unmatched and not self.facts:
            self._not_found(unmatched)
        if self.claimed.words and not self.facts and not self.unanswered:
            quote = self.claimed.words[0].said
            self.unanswered.append(f"The ad says “{quote}” and names neither a number nor an agency to look up.")

    def _number(self, number: NumberClaim) -> bool:
        """Whether the number is done with; False where it should be listed and is not."""
        if lines := self.book.by_number.get(number.claim.looked_up):
            if not self._joined(lines, number.claim):
                self._found(lines, number.claim)
            return True
        match number.format.role:
            case "domestic" if self.claimed.is_abroad or self.claimed.words:
                says = f"A number so written is a {number.format.says}"
                note = f"{says}: it allows no placement abroad. It was looked up nowhere."
                self.facts.append(
                    LicenceFact(
                        result="other_work_or_country", claims=(number.claim,), looked_in=looked_in([self.book]),
                        notes=(note,),
                    )
                )  # fmt: skip
            case "permit":
                listed = f"“{self.book.version.title}” lists none of these."
                self.unanswered.append(f"“{number.claim.said}” reads like a {number.format.says}. {listed}")
        return number.format.role != "licence"

    def _joined(
        self, lines: Sequence[Listed], claim: Claim, scores: Mapping[int, float] = MappingProxyType({})
    ) -> bool:
        """Whether the claim is one more of an agency that a fact has met already, to which it is then added."""
        rows = {line.row for line in lines}
        for at, fact in enumerate(self.facts):
            if fact.holder is not None and fact.holder.row in rows:
                score = scores.get(fact.holder.row, fact.score)
                same = [line for line in lines if scores.get(line.row) == score] if scores else []
                notes = [*fact.notes]
                # The ad may state an old number of an agency that has a newer licence.
                if fact.result == "lapsed":
                    active = [line.row for line in same if line.is_valid_on(self.ad.seen_at.date())]
                    notes += [f"The list has an active licence of the same name, row {row}." for row in active[:1]]
                self.facts[at] = replace(fact, claims=(*fact.claims, claim), score=score, notes=tuple(notes))
                return True
        return False

    def _found(self, lines: Sequence[Listed], claim: Claim, score: float | None = None) -> None:
        country = self.claimed.country if self.claimed.is_abroad else None
        judged = [(line, judge_line(line, self.ad, country, self.orders, self.free_mail)) for line in lines]
        # Of lines that fit equally well the one that speaks best for the ad: it may be the one meant.
        line, (result, notes) = max(judged, key=lambda pair: RESULTS.index(pair[1][0]))
        holder = Holder(
            row=line.row, name=line.names[0], numbers=line.numbers, status=line.status, valid_until=line.valid_until
        )
        self.facts.append(
            LicenceFact(
                result=result,
                claims=(claim,),
                looked_in=looked_in((self.book, *self.orders)),
                score=score,
                holder=holder,
                notes=notes,
            )
        )

    def _not_found(self, claims: Sequence[Claim]) -> None:
        note = f"The ad itself claims no licence; its work is abroad ({self.claimed.country})."
        notes = () if self.claimed.says_so else (note,)
        books = looked_in([self.book])
        self.facts.append(LicenceFact(result="not_found", claims=tuple(claims), looked_in=books, notes=notes))


class RegisterIndex:
    """Looks ads up in registers; made once for the registers of a night."""

    def __init__(
        self, registers: Sequence[Register], maps: Mapping[str, RegisterMap], *, free_mail: Container[str]
    ) -> None:
        """``maps`` are further maps, by which claims are recognised that no register here covers."""
        books = [Book(each) for each in registers]
        self._agencies = {book.version.name: book for book in books if book.map.kind == "agencies"}
        self._orders = [book for book in books if book.map.kind == "job_orders"]
        imported = {book.map.country for book in self._agencies.values()}
        others = (each for each in maps.values() if each.country not in imported)
        self._reader = ClaimReader((*(book.map for book in self._agencies.values()), *others))
        self._free_mail = free_mail
        self.versions: tuple[RegisterVersion, ...] = tuple(book.version for book in books)

    def look_up(self, ads: Iterable[JobAd], *, now: datetime) -> Iterator[LicenceLookup]:
        """What looking up each ad came to, in their order."""
        for ad in ads:
            facts: list[LicenceFact] = []
            unanswered: list[str] = []
            for claimed in self._reader.read(ad):
                book = self._agencies.get(claimed.register.name)
                if book is None:
                    # An employer alone claims no licence.
                    numbers = [each.claim.said for each in claimed.numbers]
                    quotes = numbers or [each.said for each in claimed.words[:1]]
                    why = f"no list for “{claimed.register.title}” is kept here, so it was not looked up."
                    unanswered += [f"The ad says “{quote}”; {why}" for quote in quotes]
                    continue
                country = book.map.country
                orders = [each for each in self._orders if each.map.country == country]
                matching = Matching(ad=ad, claimed=claimed, book=book, orders=orders, free_mail=self._free_mail)
                matching.run()
                facts += matching.facts
                unanswered += matching.unanswered
            yield LicenceLookup(
                ad_id=ad.ad_id,
                result=min((fact.result for fact in facts), key=RESULTS.index, default="nothing_claimed"),
                facts=tuple(facts),
                unanswered=tuple(unanswered),
                looked_at=now,
            )


def write_lookups(
    lookups: Iterable[LicenceLookup], output: str, *, progress: Callable[[int], None]
) -> dict[Result, int]:
    """How many ads came to which result; the file is there whole or not at all."""
    counts: Counter[Result] = Counter()
    with whole_file(output) as file:
        for lookup in lookups:
            file.write(lookup_line(lookup))
            counts[lookup.result] += 1
            progress(1)
    return {result: counts[result] for result in RESULTS if counts[result]}


def open_index(folder: Path, maps: Path, *, free_mail: Container[str]) -> RegisterIndex | None:
    """An index of the newest version of each register; None where none was imported."""
    registers = RegisterStore(folder).newest()
    return RegisterIndex(registers, read_maps(maps), free_mail=free_mail) if registers else None


def find_lines(words: str, registers: Iterable[Register]) -> list[tuple[RegisterVersion, Listed, float | None]]:
    """The lines with this number, then those of names like this one, the likest first; each with its register's
    version, and how alike the names are: None where the number is the same."""
    found: list[tuple[RegisterVersion, Listed, float | None]] = []
    for book in map(Book, registers):
        formats = book.map.numbers
        numbers = dict.fromkeys(
            number
            for each in formats
            for number in (each.of_cell(words), *(number for number, _ in each.find(plain_view(words))))
            if number
        )
        found += ((book.version, line, None) for number in numbers for line in book.by_number.get(number, ()))
        found += ((book.version, line, score) for line, score in book.named(words))
    return sorted(found, key=lambda each: (each[2] is not None, -(each[2] or 0.0)))
