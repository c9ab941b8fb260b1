"""Comparison of saved models on texts that they did not learn from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.special import expit, logit

from crawler.files import file_digest
from model.classifier.artefact import SavedModel, load_model
from model.datasets.catalogue import find_dataset, read_catalogue, read_datasets
from model.datasets.labels import LabelledAd, acts, near_duplicate_key
from model.datasets.readers import DatasetCard
from model.errors import BadDataset
from model.evaluation.counterfactuals import measure_counterfactuals
from model.evaluation.cross_validation import kinds_of, log_odds, read_rows
from model.evaluation.figures import AT, RealFigures, calibration, is_worse, measure_invented, share_of
from model.evaluation.metrics import Doubles, Figure, cluster_draws, spread, weighted_auc
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

CLEARLY: Final = {"auc": 0.01, "found": 0.05, "flagged": 0.05}
"""How much worse, beyond the interval too, a figure on invented checks must be to count where no real text is there."""

ENOUGH: Final = 20
"""Real texts to act on, and others, below which a comparison has no real texts to speak of."""

_DIGEST: Final = 8
_MOVED: Final = 20


class Judge:
    """A model folder, ready to be asked about labelled ads; it reads with the taxonomy that it was trained on."""

    def __init__(self, folder: Path) -> None:
        self.model: SavedModel = load_model(folder)
        self._reader = AdReader.from_taxonomy(load_taxonomy(folder / "taxonomy"))
        learnt = self.model.training.get("learnt", "")
        self._learnt = {learnt[at : at + _DIGEST] for at in range(0, len(learnt), _DIGEST)}
        self.files = {collection["sha256"] for collection in self.model.training.get("datasets", ())}
        """Digests of the files of collections that it learnt from."""

    @property
    def limits(self) -> dict[float, float]:
        """The model's own thresholds in log-odds, by the share of ordinary ads that each flags."""
        points = self.model.metrics["operating_points"]
        return {point["ordinary_flagged"]: float(logit(point["threshold"])) for point in points}

    def kinds(self, rows: Sequence[LabelledAd]) -> Doubles:
        """Probabilities of ``KINDS`` of each row."""
        return kinds_of(self.model.classifier, read_rows(self._reader, rows))

    def scores(self, rows: Sequence[LabelledAd]) -> Doubles:
        """Log-odds that a reviewer would act on each row."""
        return log_odds(self.kinds(rows))

    def has_learnt(self, row: LabelledAd) -> bool:
        """Whether the model learnt from this real text, or from one that begins with the same letters."""
        return _digest(row) in self._learnt


def learnt_digests(rows: Iterable[LabelledAd]) -> str:
    """Short digests of the real texts among the rows, one behind the other: the manifest keeps them, so that a later
    comparison passes over what a model has learnt. A digest gives no word of its text back."""
    return "".join(sorted({_digest(row) for row in rows if row.real}))


def _digest(row: LabelledAd) -> str:
    text = near_duplicate_key(row.ad.title + row.ad.description) or row.ad.title + row.ad.description
    known = row.counted.ngrams.tobytes() if row.counted else text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(known, digest_size=_DIGEST // 2).hexdigest()


@dataclass(frozen=True, slots=True)
class Checks:
    """Labelled ads to measure saved models on."""

    rows: tuple[LabelledAd, ...]
    cards: tuple[DatasetCard, ...]
    digests: Mapping[str, str]

    @property
    def ordinary(self) -> frozenset[str]:
        """Names of the collections of ordinary ads."""
        return frozenset(card.name for card in self.cards if card.ordinary)

    def unknown_to(self, *judges: Judge) -> list[LabelledAd]:
        """The rows from which none of these models learnt: no near-copy of a real text, no invented collection.

        Raises ``BadDataset`` where they do not hold both ads to act on and others.
        """
        files = set[str]().union(*(judge.files for judge in judges))
        learnt = {card.name for card in self.cards if not card.real and self.digests[card.name] in files}
        known = {row.held_with for row in self.rows if any(judge.has_learnt(row) for judge in judges)}
        rows = [row for row in self.rows if row.dataset not in learnt and row.held_with not in known]
        if len(set(acts(rows))) < 2:
            versions = ", ".join(judge.model.version for judge in judges)
            raise BadDataset(
                f"{versions} learnt from {len(self.rows) - len(rows)} of the {len(self.rows)} texts to measure on; "
                "expected both ads to act on and others beside them"
            )
        return rows


def read_checks(invented: Sequence[Path], real: Sequence[Path], root: Path, *, seed: int) -> Checks:
    """All collections of the catalogues of checks, and of catalogues to learn from those that are real, as far as they
    are on this machine. Of the latter a model is measured only on texts that it did not learn from."""
    found = {card.name: card for path in real for card in read_catalogue(path) if card.real}
    found |= {card.name: card for path in invented for card in read_catalogue(path)}
    cards = tuple(card for card in found.values() if find_dataset(card, root))
    rows = tuple(read_datasets(cards, root, seed=seed))
    if len(set(acts(rows))) < 2:
        where = ", ".join(map(str, (*invented, *real)))
        raise BadDataset(f"{where}: expected ads to act on and others, found {len(rows)} rows of one sort")
    return Checks(rows, cards, {card.name: file_digest(root / card.path) for card in cards})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changes if the candidate takes the other's place."""

    before: str
    after: str
    real_texts: int
    """Real texts that neither model has learnt from; 0 where they are too few to decide by."""

    real: Mapping[str, Figure] = field(default_factory=dict)
    """Figure -> the shares or AUCs ``before`` and ``after``, and ``value``, ``low`` and ``high`` of the difference,
    a 95 % interval over clusters; each model at its own threshold."""

    invented: Mapping[str, Figure] = field(default_factory=dict)
    """The same on invented checks: a diagnosis."""

    moved: tuple[Mapping[str, Any], ...] = ()
    """Ads that changed their place in the ranking most: ``ad_id``, ``kind``, both scores and both places."""

    @property
    def worse(self) -> tuple[str, ...]:
        """What speaks against the candidate: figures on real texts that are worse beyond their interval; without real
        texts, figures on invented ones that are clearly worse."""
        if self.real_texts:
            return tuple(name for name, figure in self.real.items() if is_worse(name, figure))
        found = []
        for name, figure in self.invented.items():
            is_sure = figure["low"] > 0 if name == "flagged" else figure["high"] < 0
            if is_sure and abs(figure["value"]) > CLEARLY[name]:
                found.append(f"invented {name}")
        return tuple(found)


def evaluate_saved(folder: Path, checks: Checks, *, seed: int) -> dict[str, Any]:
    """The figures of a model folder at the model's own thresholds, on real texts that it did not learn from first."""
    judge = Judge(folder)
    rows = checks.unknown_to(judge)
    score, families = judge.scores(rows), {card.name: card.family or card.name for card in checks.cards}
    limits = judge.limits
    real = RealFigures(rows, checks.ordinary, seed=seed).measure(score, limits) if _has_real(rows) else None
    return {
        "model_version": judge.model.version,
        "checks": dict(checks.digests),
        "seed": seed,
        "rows": len(rows),
        "learnt_from_and_passed_over": len(checks.rows) - len(rows),
        "real": real,
        "calibration": calibration(rows, score),
        "invented": measure_invented(rows, score, limits.get(AT), families),
        "counterfactuals": measure_counterfactuals(rows, judge.scores, limit=limits.get(AT), seed=seed),
    }


def compare(before: Path, after: Path, checks: Checks, *, seed: int) -> Comparison:
    """What changes if ``after`` takes the place of ``before``, on texts that neither has learnt from."""
    judges = Judge(before), Judge(after)
    rows = checks.unknown_to(*judges)
    scores = judges[0].scores(rows), judges[1].scores(rows)
    limits = judges[0].limits.get(AT), judges[1].limits.get(AT)
    real: dict[str, Figure] = {}
    if has_real := _has_real(rows):
        figures = RealFigures(rows, checks.ordinary, seed=seed)
        apart = figures.compare(scores[1], scores[0], (limits[1], limits[0]))
        at = ({} if limit is None else {AT: limit} for limit in limits)
        sides = [figures.measure(score, limit) for score, limit in zip(scores, at, strict=True)]
        for name, figure in apart.items():
            pairs = [each["auc"].get(name.removeprefix("auc_")) for each in sides]
            shares = [each["slices"].get(name, {}).get(f"{AT:g}") for each in sides]
            both = zip(("before", "after"), pairs if name.startswith("auc_") else shares, strict=True)
            real[name] = {**figure, **{side: measured["value"] for side, measured in both if measured}}
    places = [np.argsort(np.argsort(-expit(score), kind="stable"), kind="stable") for score in scores]
    return Comparison(
        before=judges[0].model.version,
        after=judges[1].model.version,
        real_texts=sum(row.real for row in rows) if has_real else 0,
        real=real,
        invented=_invented_differences(rows, scores, limits, seed=seed),
        moved=tuple(
            {
                "ad_id": rows[at].ad.ad_id,
                "kind": rows[at].kind,
                "score_before": float(expit(scores[0][at])),
                "score_after": float(expit(scores[1][at])),
                "place_before": int(places[0][at]) + 1,
                "place_after": int(places[1][at]) + 1,
            }
            for at in np.argsort(-np.abs(places[0] - places[1]), kind="stable")[:_MOVED].tolist()
        ),
    )


def _has_real(rows: Sequence[LabelledAd]) -> bool:
    truth = acts(row for row in rows if row.real)
    return min(sum(truth), len(truth) - sum(truth)) >= ENOUGH


def _invented_differences(
    rows: Sequence[LabelledAd], scores: tuple[Doubles, Doubles], limits: tuple[float | None, float | None], *, seed: int
) -> dict[str, Figure]:
    where = np.array([not row.real for row in rows], dtype=np.bool_)
    truth = np.array(acts(rows), dtype=np.bool_)
    if not (where & truth).any() or not (where & ~truth).any():
        return {}

    def apart(mask: Any, values: Sequence[Doubles], measure: Any) -> Figure | None:
        draws = cluster_draws([row.held_with for row, is_in in zip(rows, mask, strict=True) if is_in], seed=seed)
        first, second = (partial(measure, column[mask]) for column in values)
        found = spread(lambda weights: second(weights) - first(weights), draws)
        every = np.ones((1, int(mask.sum())))
        return found and {**found, "before": float(first(every)[0]), "after": float(second(every)[0])}

    found = {"auc": apart(where, scores, lambda score, weights: weighted_auc(truth[where], score, weights))}
    before, after = limits
    if before is not None and after is not None:
        flags = [(scores[0] > before).astype(np.float64), (scores[1] > after).astype(np.float64)]
        found |= {
            side: apart(mask, flags, share_of) for side, mask in (("found", where & truth), ("flagged", where & ~truth))
        }
    return {name: figure for name, figure in found.items() if figure is not None}
