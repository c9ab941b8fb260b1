"""The newest of several looks at each address: an archive holds them in any order, the ledger has one outcome each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from crawler.look import Look

__all__ = ["NewestLooks"]


class NewestLooks:
    """Takes looks in any order; gives one for each address, without its ads."""

    def __init__(self) -> None:
        self._newest: dict[str, Look] = {}
        self._looks: Counter[str] = Counter()

    def add(self, look: Look) -> None:
        """Keep a look if it is the newest. That a page was unchanged later says no more than the look before."""
        self._looks[look.address] += 1
        known = self._newest.get(look.address)
        says_something = look.outcome != "unchanged"
        if known is None or known.outcome == "unchanged" or (says_something and look.seen_at >= known.seen_at):
            self._newest[look.address] = replace(look, found=(), ads=())

    def __iter__(self) -> Iterator[Look]:
        for address, look in self._newest.items():
            looks = self._looks[address]
            several = f"the newest of {looks} captures" if looks > 1 else ""
            yield replace(look, detail="; ".join(filter(None, [look.detail, several])))
