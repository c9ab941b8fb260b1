"""Looks ads up in the registers that are kept."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from crawler.ad import JobAd
from pipeline.licences.book import Book
from pipeline.licences.claims import AdClaims, ClaimReader
from pipeline.licences.lookup import RESULTS, LicenceFact, LicenceLookup
from pipeline.licences.matching import Matching
from pipeline.registers.register import Register, RegisterVersion
from pipeline.registers.register_map import RegisterMap

__all__ = ["LicenceDesk"]

AT_ONCE = 1_000
"""Ads that are looked up at a time."""


class LicenceDesk:
    """Answers what the registers say of ads; made once for the registers of a night."""

    def __init__(
        self, registers: Sequence[Register], maps: Mapping[str, RegisterMap], *, free_mail: Container[str]
    ) -> None:
        """``maps`` are further maps, by which claims are told that no register here can speak of."""
        books = [Book(each) for each in registers]
        self._agencies = {book.version.name: book for book in books if book.register.map.kind == "agencies"}
        self._orders = [book for book in books if book.register.map.kind == "job_orders"]
        kept = {book.register.map.country for book in self._agencies.values()}
        others = (each for each in maps.values() if each.country not in kept)
        self._reader = ClaimReader((*(book.register.map for book in self._agencies.values()), *others))
        self._free_mail = free_mail
        self.versions: tuple[RegisterVersion, ...] = tuple(book.version for book in books)

    def look_up(self, ads: Iterable[JobAd], *, now: datetime) -> Iterator[LicenceLookup]:
        """What looking up each ad came to, in their order."""
        waiting = iter(ads)
        while some := list(islice(waiting, AT_ONCE)):
            claims = [self._reader.read(ad) for ad in some]
            self._prepare(one for each in claims for one in each)
            for ad, claimed in zip(some, claims, strict=True):
                yield self._look_up(ad, claimed, now)

    def _prepare(self, claims: Iterable[AdClaims]) -> None:
        """Names are compared many at once, register by register."""
        names: dict[str, list[str]] = {}
        for each in claims:
            names.setdefault(each.register.name, []).extend(name.said for name in each.names)
        for register, said in names.items():
            if register in self._agencies:
                self._agencies[register].prepare(said)

    def _look_up(self, ad: JobAd, claims: Sequence[AdClaims], now: datetime) -> LicenceLookup:
        facts: list[LicenceFact] = []
        unanswered: list[str] = []
        for claimed in claims:
            book = self._agencies.get(claimed.register.name)
            if book is None:
                unanswered += _without_register(claimed)
                continue
            matching = Matching(
                ad=ad, claimed=claimed, book=book, orders=self._orders_of(book), free_mail=self._free_mail
            )  # fmt: skip
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

    def _orders_of(self, book: Book) -> list[Book]:
        return [each for each in self._orders if each.register.map.country == book.register.map.country]


def _without_register(claimed: AdClaims) -> list[str]:
    """What is to be said of claims of a licence that no register here lists; an employer alone claims none."""
    said = [each.claim.said for each in claimed.numbers] or [each.said for each in claimed.words[:1]]
    title = claimed.register.title
    return [f"The ad says “{one}”; no list for “{title}” is kept here, so it was not looked up." for one in said]
