"""Simulation of reading orders: recall by the share that is read."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import numpy as np

from model.chart import Chart, Line, draw_lines
from model.datasets.labels import LabelledAd, acts, near_duplicate_key
from model.evaluation.metrics import Doubles, Flags

Strategy = Literal["risk", "uncertain", "diverse", "random", "mix"]
STRATEGIES: Final[tuple[Strategy, ...]] = ("risk", "uncertain", "diverse", "random", "mix")
"""``mix``: risk, uncertain and random in stated shares, as the queue in service has them."""

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
    priority = -np.abs(logits - limit) if strategy == "uncertain" else logits
    order = [int(place) for place in np.argsort(-priority, kind="stable")]
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
        name = max(waiting, key=lambda queue: shares[queue] * (len(order) + 1) - given[queue])
        thing = next((candidate for candidate in waiting[name] if candidate not in taken), None)
        if thing is None:
            del waiting[name]
            continue
        given[name] += 1
        taken.add(thing)
        order.append(thing)
    return order


_READ_FIRST: Final = 50
_CAPACITY: Final = 100
_ENOUGH: Final = 0.95
"""The nights that count end where so much has been found: after that there is nothing left to rank."""

Learn = Callable[[Sequence[int]], Doubles]
"""Log-odds of every row from a model that has learnt from the rows at these places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is replayed, and how much is read a night."""

    capacity: int = _CAPACITY
    """Ads read a night; the order of what waits is made anew each night."""

    retrain_every: int | None = None
    """Ads read until the model is trained again on all that was decided; None: it stays as it is."""

    limit: float = 0.0
    """The threshold in log-odds: what is nearest to it is what the model is least sure of."""

    shares: Mapping[Strategy, float]
    strategies: tuple[Strategy, ...] = STRATEGIES
    seeds: tuple[int, ...] = (1, 2, 3)


def simulate(rows: Sequence[LabelledAd], plan: Plan, *, first: Doubles | None, learn: Learn | None) -> dict[str, Any]:
    """Figures and curves of each strategy; ``low`` and ``high`` are the least and the most over the seeds.

    ``first`` are log-odds of a model that did not learn from these rows, or None: then reading begins at random until
    both sorts have been seen and ``learn`` can be asked, as ASReview begins.
    """
    truth = np.array(acts(rows))
    keys = [near_duplicate_key(row.ad.title + row.ad.description) for row in rows]
    shares = np.linspace(0, 1, 101)
    found: dict[str, Any] = {}
    for strategy in plan.strategies:
        orders = [replay(truth, keys, strategy, plan, first=first, learn=learn, seed=seed) for seed in plan.seeds]
        figures = [order_figures(truth[order], plan.capacity) for order in orders]
        summed = {
            name: {"value": float(np.mean(some)), "low": min(some), "high": max(some)}
            for name in figures[0]
            for some in ([measured[name] for measured in figures],)
        }
        curves = [np.append(0.0, np.cumsum(truth[order]) / truth.sum()) for order in orders]
        steps = np.arange(len(rows) + 1)
        mean = np.mean([np.interp(shares * len(rows), steps, curve) for curve in curves], axis=0)
        curve = [(round(float(x), 4), round(float(y), 4)) for x, y in zip(shares, mean, strict=True)]
        found[strategy] = {"figures": summed, "curve": curve}
    return {
        "rows": len(rows),
        "acted_on": int(truth.sum()),
        "near_duplicate_groups": len(set(keys)),
        "capacity": plan.capacity,
        "retrain_every": plan.retrain_every,
        "shares": dict(plan.shares),
        "seeds": list(plan.seeds),
        "strategies": found,
    }


def replay(
    truth: Flags,
    keys: Sequence[str],
    strategy: Strategy,
    plan: Plan,
    *,
    first: Doubles | None,
    learn: Learn | None,
    seed: int,
) -> list[int]:
    """The places of all rows in the order in which they would be read.

    Rows are shuffled first: files are often sorted by label, and a tie must not be decided by that.
    """
    generator = np.random.default_rng(seed)
    waiting = generator.permutation(len(truth))
    logits, read, learnt_from = first, list[int](), 0
    while len(waiting):
        due = plan.retrain_every is not None and len(read) - learnt_from >= plan.retrain_every
        if learn and (due or (logits is None and read)) and len(set(truth[read].tolist())) == 2:
            logits, learnt_from = learn(read), len(read)
            # The mean of both: the model in service has seen more, the new one has seen these.
            logits = logits if first is None else (first + logits) / 2
        order = choose_order(
            strategy if logits is not None else "random",
            (logits if logits is not None else np.zeros(len(truth)))[waiting],
            [keys[place] for place in waiting],
            limit=plan.limit,
            shares=plan.shares,
            generator=generator,
            known=frozenset(keys[place] for place in read),
        )
        # To the end of the night, or to the next training.
        most = plan.capacity - len(read) % plan.capacity
        if plan.retrain_every is not None and (to_training := plan.retrain_every - (len(read) - learnt_from)) > 0:
            most = min(most, to_training)
        tonight = order[:most]
        read += [int(waiting[place]) for place in tonight]
        waiting = np.delete(waiting, tonight)
    return read


def order_figures(truth: Flags, capacity: int) -> dict[str, float]:
    """WSS@95, RRF@10 and ATD of rows in the order of reading, and what the nights brought until 95 in 100 were found.

    ``precision_at_50``: of the first 50 read a night. ``recall_at_100``: of those that waited at the night's beginning,
    how many were among the first 100 read. Work saved over sampling: Cohen, Hersh, Peterson and Yen, JAMIA 13 (2006)
    206-219. Average time to discovery: Ferdinands and others, Systematic Reviews 12 (2023) 100; here as a share of all
    rows, which can be held against that of another set.
    """
    nights = [truth[start : start + capacity] for start in range(0, len(truth), capacity)]
    total, done = int(truth.sum()), 0
    precision, recall = [], []
    for night in nights:
        if done >= _ENOUGH * total:
            break
        precision.append(float(night[:_READ_FIRST].mean()))
        recall.append(float(night[:_CAPACITY].sum() / (total - done)))
        done += int(night.sum())
    read = int(np.searchsorted(np.cumsum(truth), np.ceil(0.95 * total - 1e-9))) + 1
    return {
        "saved_work_at_0.95": float(1 - read / len(truth) - (1 - 0.95)),
        "found_after_0.1": float(truth[: round(0.1 * len(truth))].sum() / truth.sum()),
        "time_to_discovery": float((np.flatnonzero(truth) + 1).mean() / len(truth)),
        "precision_at_50": float(np.mean(precision)),
        "recall_at_100": float(np.mean(recall)),
        "precision_at_50_first_night": precision[0],
        "recall_at_100_first_night": recall[0],
        "nights_until_0.95": float(len(precision)),
    }


def draw_recall(found: Mapping[str, Any]) -> Chart:
    """The curves of ``simulate``, beside chance and the best possible."""
    best = found["acted_on"] / found["rows"]
    lines = [Line(name=name, points=strategy["curve"]) for name, strategy in found["strategies"].items()]
    lines += [
        Line(name="chance", points=[(0, 0), (1, 1)], is_reference=True),
        Line(name="best possible", points=[(0, 0), (best, 1), (1, 1)], is_reference=True),
    ]
    return draw_lines("Found by working through the queue", "share read", "recall", lines)
