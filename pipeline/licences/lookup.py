"""Look-ups of ads, names and numbers in imported registers."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.ad import JobAd
from crawler.files import whole_file
from model.batches import in_batches
from model.taxonomy.records import read_country_facts
from model.taxonomy.toml_file import read_file
from pipeline.licences.claims import AdClaims, ClaimReader
from pipeline.licences.licence_numbers import plain_view
from pipeline.licences.matching import Matching
from pipeline.licences.name_index import Book
from pipeline.licences.records import RESULTS, LicenceFact, LicenceLookup, Result, lookup_line
from pipeline.licences.register import Listed, Register, RegisterMap, RegisterVersion, read_maps
from pipeline.licences.register_store import RegisterStore

__all__ = ["FoundLine", "RegisterIndex", "find_lines", "free_mail_of", "open_index", "write_lookups"]

AT_ONCE = 1_000
"""Ads that are looked up at a time."""


class RegisterIndex:
    """Looks ads up in registers; made once for the registers of a night."""

    def __init__(
        self, registers: Sequence[Register], maps: Mapping[str, RegisterMap], *, free_mail: Container[str]
    ) -> None:
        """``maps`` are further maps, by which claims are recognised that no register here covers."""
        books = [Book(each) for each in registers]
        self._agencies = {book.version.name: book for book in books if book.register.map.kind == "agencies"}
        self._orders = [book for book in books if book.register.map.kind == "job_orders"]
        imported = {book.register.map.country for book in self._agencies.values()}
        others = (each for each in maps.values() if each.country not in imported)
        self._reader = ClaimReader((*(book.register.map for book in self._agencies.values()), *others))
        self._free_mail = free_mail
        self.versions: tuple[RegisterVersion, ...] = tuple(book.version for book in books)

    def look_up(self, ads: Iterable[JobAd], *, now: datetime) -> Iterator[LicenceLookup]:
        """What looking up each ad came to, in their order."""
        for some in in_batches(ads, AT_ONCE):
            claims = [self._reader.read(ad) for ad in some]
            self._prepare(claim for each in claims for claim in each)
            for ad, claimed in zip(some, claims, strict=True):
                yield self._look_up(ad, claimed, now)

    def _prepare(self, claims: Iterable[AdClaims]) -> None:
        """Names are compared many at once, register by register."""
        names: dict[str, list[str]] = {}
        for each in claims:
            names.setdefault(each.register.name, []).extend(name.said for name in each.names)
        for register, written in names.items():
            if register in self._agencies:
                self._agencies[register].prepare(written)

    def _look_up(self, ad: JobAd, claims: Sequence[AdClaims], now: datetime) -> LicenceLookup:
        facts: list[LicenceFact] = []
        unanswered: list[str] = []
        for claimed in claims:
            book = self._agencies.get(claimed.register.name)
            if book is None:
                unanswered += _without_register(claimed)
                continue
            country = book.register.map.country
            orders = [each for each in self._orders if each.register.map.country == country]
            matching = Matching(ad=ad, claimed=claimed, book=book, orders=orders, free_mail=self._free_mail)
            matching.run()
            facts += matching.facts
            unanswered += matching.unanswered
        return LicenceLookup(
            ad_id=ad.ad_id,
            result=min((fact.result for fact in facts), key=RESULTS.index, default="nothing_claimed"),
            facts=tuple(facts),
            unanswered=tuple(unanswered),
            looked_at=now,
        )


def _without_register(claimed: AdClaims) -> list[str]:
    """What is to be said of claims of a licence that no register here lists; an employer alone claims none."""
    quotes = [each.claim.said for each in claimed.numbers] or [each.said for each in claimed.words[:1]]
    title = claimed.register.title
    return [f"The ad says “{quote}”; no list for “{title}” is kept here, so it was not looked up." for quote in quotes]


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


def free_mail_of(taxonomy: Path) -> frozenset[str]:
    """The domains of free mail services that the taxonomy names; none where it has no such file."""
    path = taxonomy / "domains.toml"
    return read_country_facts(None, read_file(path, path.read_bytes()), ()).free_mail if path.is_file() else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line, and the register's version that it stands in."""

    version: RegisterVersion
    line: Listed
    score: float | None
    """How alike the names are; None where the number is the same."""


def find_lines(words: str, registers: Iterable[Register]) -> list[FoundLine]:
    """The lines with this number, then those of names like this one, the likest first."""
    found: list[FoundLine] = []
    for book in map(Book, registers):
        lines = (line for number in _numbers(words, book.register) for line in book.with_number(number))
        found += (FoundLine(version=book.version, line=line, score=None) for line in lines)
        found += (FoundLine(version=book.version, line=each.line, score=each.score) for each in book.named(words))
    return sorted(found, key=lambda line: (line.score is not None, -(line.score or 0.0)))


def _numbers(words: str, register: Register) -> dict[str, None]:
    """The plain forms that the words may be, as an ad or as the register writes them."""
    found: dict[str, None] = {}
    for number_format in register.map.numbers:
        if number := number_format.of_cell(words):
            found[number] = None
        found.update((each.number, None) for each in number_format.find(plain_view(words)))
    return found
