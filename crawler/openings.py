"""Looks that wait until a whole list has been read: only then is it known which of its ads are one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from crawler.extract.ats.openings import group_openings, join_openings
from crawler.extract.raw import RawAd
from crawler.look import Look

__all__ = ["Openings"]


class Openings:
    """Holds looks back while addresses are waited for.

    An address stays open in the ledger as long as its look is held, so that a run that is killed asks for it again.
    """

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        """``is_open`` says whether an address has no outcome yet: one that got it elsewhere is not waited for."""
        self._is_open = is_open
        self._awaited: set[str] = set()
        self._held: list[Look] = []

    def wait_for(self, address: str) -> None:
        """Hold everything until a look at this address has come."""
        if self._is_open(address):
            self._awaited.add(address)

    def hold(self, looks: Iterable[Look]) -> Iterator[Look]:
        """Nothing while addresses are waited for; then every look that was held, with what is one ad as one."""
        for look in looks:
            self._awaited.discard(look.address)
            self._held.append(look)
        self._awaited = set(filter(self._is_open, self._awaited))
        if not self._awaited:
            held, self._held = self._held, []
            yield from _joined(held)


def _joined(looks: list[Look]) -> Iterator[Look]:
    places = [(number, raw) for number, look in enumerate(looks) for raw in look.found]
    found: dict[int, list[RawAd]] = {}
    notes: dict[int, str] = {}
    for group in group_openings([raw for _, raw in places]):
        first, ad = join_openings([places[position][1] for position in group])
        home = places[group[first]][0]
        found.setdefault(home, []).append(ad)
        for other in {places[position][0] for position in group} - {home}:
            notes[other] = f"one ad with {looks[home].address}"
    for number, look in enumerate(looks):
        detail = "; ".join(filter(None, [look.detail, notes.get(number)]))
        yield replace(look, found=tuple(found.get(number, ())), detail=detail)
