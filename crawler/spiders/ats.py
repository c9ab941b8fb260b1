"""Reads an employer's public list in an applicant tracking system, page by page, and each ad's text where it must."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.extract.ats.answer import Answer, read_answer, read_detail
from crawler.extract.ats.systems import load_systems
from crawler.extract.raw import RawAd
from crawler.frontier import Address, Role
from crawler.ledger import Outcome
from crawler.look import Look
from crawler.openings import Openings
from crawler.scope import normal_address
from crawler.spiders.source_spider import SourceSpider

__all__ = ["AtsSpider"]


class AtsSpider(SourceSpider):
    """Every ad of the list; one that is repeated for each of its places is one ad."""

    start_role: ClassVar[Role] = "list"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._system = load_systems()[self.source.system or ""]
        self._openings = Openings(self.batch.ledger.is_open)
        self._met: set[str] = set()

    def read(self, response: Response) -> Iterator[Look]:
        """The looks at all that was read, once there is nothing left to read."""
        yield from self._openings.hold(super().read(response))

    def read_list(self, response: Response, address: Address) -> Iterator[Look]:
        """A look at the list and one at each ad that is whole in it; the others are asked for."""
        answer = read_answer(response.body, self._system, url=response.url, employer=self.source.title)
        if answer.failure is not None:
            yield self.look(address, "failed", answer.failure, response)
            return
        new = {entry.key for entry in answer.entries} - self._met
        self._met |= new
        if new and answer.following:
            self._ask(answer.following, "list")
        without_page: list[RawAd] = []
        for entry in answer.entries:
            url = _normal(entry.raw.url)
            if entry.detail:
                self._ask(entry.detail, "detail")
            elif url and self.batch.ledger.see(url):
                look = self.look(address, "ad", "whole in the list", response, found=(entry.raw,))
                yield replace(look, address=url, url=url)
            else:
                without_page.append(entry.raw)
        told = _told(answer, len(new))
        yield self.look(address, "ad" if without_page else "listing", told, response, found=tuple(without_page))

    def read_detail(self, response: Response, address: Address) -> Iterator[Look]:
        """A look at one ad's whole text. Without it there is no ad: a title alone would pass for a changed one."""
        ad, outcome, detail = read_detail(response.body, self._system, url=response.url, employer=self.source.title)
        yield self.look(address, outcome, detail, response, found=(ad,) if ad else ())

    def look(self, address: Address, outcome: Outcome, *told: Any, **more: Any) -> Look:
        """A look for the stages. A list that lacks a page is a reason to hold the batch back."""
        if address.role == "list" and address.depth and outcome not in {"ad", "listing", "unchanged"}:
            self.note_problem(f"the list is not whole: a page of it was not read: {address.url}: {outcome}")
        return super().look(address, outcome, *told, **more)

    def _ask(self, url: str, role: Role) -> None:
        self.frontier.see(Address(url=url, role=role, depth=1, is_awaited=True))
        self._openings.wait_for(normal_address(url))

    def _not_read(self, failure: Failure) -> Iterator[Look]:
        yield from self._openings.hold(super()._not_read(failure))


def _normal(url: str | None) -> str | None:
    try:
        return normal_address(url) if url else None
    except ValueError:
        return None


def _told(answer: Answer, new: int) -> str:
    count = f"{len(answer.entries)} ads" + (f" of {answer.total}" if answer.total is not None else "")
    return "; ".join([count, *([] if new or not answer.entries else ["none of them new"]), *answer.notes])
