"""ATS spider: an employer's public list in an applicant tracking system.

Results wait until the whole list has been read: only then is it known which vacancies are one ad.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import Outcome
from crawler.extract.raw import RawAd, group_openings, join_openings
from crawler.extract.records.ats import load_systems, read_answer, read_detail
from crawler.extract.urls import normal_address
from crawler.history.frontier import Address, Role
from crawler.spiders.base import FetchResult, SourceSpider

__all__ = ["AtsSpider", "PendingResults"]


class PendingResults:
    """Holds results back while addresses are waited for.

    An address stays open in the ledger as long as its result is held, so that a killed run asks for it again.
    """

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        """``is_open`` says whether an address has no outcome yet: one that got it elsewhere is not waited for."""
        self._is_open = is_open
        self._awaited: set[str] = set()
        self._held: list[FetchResult] = []

    def wait_for(self, address: str) -> None:
        """Hold everything until the result of this address is there."""
        if self._is_open(address):
            self._awaited.add(address)

    def hold(self, results: Iterable[FetchResult]) -> Iterator[FetchResult]:
        """Nothing while addresses are waited for; then every held result, with repeated vacancies merged."""
        for result in results:
            self._awaited.discard(result.address)
            self._held.append(result)
        self._awaited = set(filter(self._is_open, self._awaited))
        if not self._awaited:
            held, self._held = self._held, []
            yield from _joined(held)


def _joined(results: list[FetchResult]) -> Iterator[FetchResult]:
    places = [(number, raw) for number, result in enumerate(results) for raw in result.found]
    found: dict[int, list[RawAd]] = {}
    notes: dict[int, str] = {}
    for group in group_openings([raw for _, raw in places]):
        first, ad = join_openings([places[position][1] for position in group])
        home = places[group[first]][0]
        found.setdefault(home, []).append(ad)
        for other in {places[position][0] for position in group} - {home}:
            notes[other] = f"one ad with {results[home].address}"
    for number, result in enumerate(results):
        detail = "; ".join(filter(None, [result.detail, notes.get(number)]))
        yield replace(result, found=tuple(found.get(number, ())), detail=detail)


class AtsSpider(SourceSpider):
    """Every ad of the list; one that is repeated for each of its places is one ad."""

    start_role: ClassVar[Role] = "list"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._system = load_systems()[self.source.system or ""]
        self._pending = PendingResults(self.batch.ledger.is_open)
        self._met: set[str] = set(self.batch.gathered.get("met", ()))

    def read(self, response: Response) -> Iterator[FetchResult]:
        """The results of all that was read, once there is nothing left to read."""
        yield from self._pending.hold(super().read(response))

    def read_list(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """A result for the list and for each ad that is whole in it; the others are requested."""
        answer = read_answer(response.body, self._system, url=response.url, employer=self.source.title)
        if answer.failure is not None:
            yield self.result(address, "failed", answer.failure, response)
            return
        new = {entry.key for entry in answer.entries} - self._met
        self._met |= new
        self.batch.gather(met=[*new])
        if new and answer.following:
            self._ask(answer.following, "list", address.url)
        without_page: list[RawAd] = []
        for entry in answer.entries:
            if entry.detail:
                self._ask(entry.detail, "detail", address.url)
            elif entry.home and self.batch.ledger.see(entry.home):
                yield self.whole(entry.home, (entry.raw,), response, "whole in the list")
            else:
                without_page.append(entry.raw)
        outcome: Outcome = "ad" if without_page else "listing"
        yield self.result(address, outcome, answer.detail(len(new)), response, found=tuple(without_page))

    def read_detail(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """The result for one ad's whole text. Without it there is no ad: a title alone would pass for a changed one."""
        ad, outcome, detail = read_detail(response.body, self._system, url=response.url, employer=self.source.title)
        yield self.result(address, outcome, detail, response, found=(ad,) if ad else ())

    def result(self, address: Address, outcome: Outcome, *args: Any, **more: Any) -> FetchResult:
        """A result for the pipelines. A list that lacks a page is a reason to hold the batch back."""
        if address.role == "list" and address.depth and outcome not in {"ad", "listing", "unchanged"}:
            self.batch.note_problem(f"the list is not whole: a page of it was not read: {address.url}: {outcome}")
        return super().result(address, outcome, *args, **more)

    def _ask(self, url: str, role: Role, via: str) -> None:
        self.frontier.see(Address(url=url, role=role, depth=1, is_awaited=True, via=via))
        self._pending.wait_for(normal_address(url))

    def _not_read(self, failure: Failure) -> Iterator[FetchResult]:
        # As one that was read: what is held back with it is not committed in parts.
        self.frontier.hold(failure.request.meta["address"].url)  # type: ignore[attr-defined]
        yield from self._pending.hold(super()._not_read(failure))
