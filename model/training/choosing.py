"""In which order to read: by risk, by what the model is least sure of, one of each near-duplicate first, at random, or
several of these in stated shares."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["STRATEGIES", "Strategy", "choose_order", "first_of_each", "interleave"]

Strategy = Literal["risk", "uncertain", "diverse", "random", "mix"]
STRATEGIES: Final[tuple[Strategy, ...]] = ("risk", "uncertain", "diverse", "random", "mix")
"""``mix``: risk, uncertain and random in stated shares, as the queue in service has them."""

Doubles = npt.NDArray[np.float64]
_Thing = TypeVar("_Thing", bound=Hashable)
_Name = TypeVar("_Name", bound=Hashable)


def choose_order(
    strategy: Strategy,
    logits: Doubles,
    keys: Sequence[str],
    *,
    limit: float,
    shares: Mapping[Strategy, float],
    generator: np.random.Generator,
    known: frozenset[str] = frozenset(),
) -> list[int]:
    """All places in the order in which the strategy would read them.

    ``keys`` are equal for near-duplicates, ``known`` are those of texts read before; ``limit`` is the threshold in
    log-odds. Equal ones come in the order of the rows.
    """
    if strategy == "mix":
        queues = {
            name: choose_order(name, logits, keys, limit=limit, shares={}, generator=generator, known=known)
            for name in shares
            if shares[name] > 0
        }
        return interleave(queues, shares)
    if strategy == "random":
        return [int(place) for place in generator.permutation(len(logits))]
    worth = -np.abs(logits - limit) if strategy == "uncertain" else logits
    order = [int(place) for place in np.argsort(-worth, kind="stable")]
    return order if strategy == "risk" else first_of_each(order, keys, known=known)


def first_of_each(order: Sequence[int], keys: Sequence[str], *, known: frozenset[str] = frozenset()) -> list[int]:
    """The first of every near-duplicate group that is not known, in their order, then the rest in theirs."""
    seen, first, rest = set(known), list[int](), list[int]()
    for place in order:
        (rest if keys[place] in seen else first).append(place)
        seen.add(keys[place])
    return [*first, *rest]


def interleave(queues: Mapping[_Name, Sequence[_Thing]], shares: Mapping[_Name, float]) -> list[_Thing]:
    """All things of all queues, each once: the queue that lies furthest behind its share gives the next one.

    At every point the shares are kept as well as whole things allow, so that a night that ends early kept them too.
    """
    waiting: dict[_Name, Iterator[_Thing]] = {name: iter(queue) for name, queue in queues.items()}
    given, taken, order = dict.fromkeys(waiting, 0), set[_Thing](), list[_Thing]()
    while waiting:
        name = max(waiting, key=lambda one: shares[one] * (len(order) + 1) - given[one])
        thing = next((one for one in waiting[name] if one not in taken), None)
        if thing is None:
            del waiting[name]
            continue
        given[name] += 1
        taken.add(thing)
        order.append(thing)
    return order
