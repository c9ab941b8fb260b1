"""Training: from the catalogue of labelled collections to a measured model folder.

Beside the model the plain recipe is fitted on the same folds and measured on the same held-out rows.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import structlog
from joblib import cpu_count
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from crawler.files import file_digest
from model.assessment import KINDS
from model.classifier.artefact import CARD, save_model
from model.classifier.kinds import KindClassifier, answers_in, fit_lines
from model.classifier.pipeline import build_classifier, with_ngrams
from model.classifier.skops_file import check_savable
from model.datasets.catalogue import find_dataset, read_catalogue, read_datasets
from model.datasets.labels import LabelledAd, acts, row_weights
from model.datasets.readers import DatasetCard
from model.errors import BadDataset, BadTaxonomy
from model.evaluation.card import draw_plots, write_card
from model.evaluation.compare import ENOUGH, learnt_digests
from model.evaluation.counterfactuals import measure_counterfactuals
from model.evaluation.cross_validation import (
    MANY,
    MOST_JOBS,
    Fold,
    Learnt,
    fit_classifier,
    held_out_kinds,
    kinds_of,
    log_odds,
    near_copy_folds,
    read_rows,
    source_folds,
)  # fmt: skip
from model.evaluation.figures import AT, RealFigures, calibration, is_worse, measure_invented, operating_points
from model.evaluation.metrics import Doubles
from model.evaluation.plain_recipe import NEAR_COPIES, SOURCES, PlainCounts
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

_DIGITS: Final = 4
_FEW: Final = 9
_HIDDEN: Final = shutil.ignore_patterns(".*")  # an editor's locks and copies

_SECONDS: Final = {"reading": 1.5, "counting": 1.4, "model": 1.0, "plain_recipe": 0.9}
"""For a thousand rows on one core, of each step and fold, only the bar and the first line hang on them."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a training run is."""

    doing: str
    rows: int
    seconds: float
    """What the whole run is expected to take on this machine, by its number of rows and cores."""

    share: float


OnProgress = Callable[[Progress], None]

HeldOut = Mapping[str, Mapping[str, Doubles]]
"""Probabilities of ``KINDS``, by way of holding out and model; not a number where a row was not held out."""

Scores = Mapping[str, Mapping[str, Doubles]]
"""Log-odds that a reviewer would act, likewise."""

_SIZES: Final = {"sources_left_out": SOURCES, "near_copies_held_out": NEAR_COPIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collections:
    """The collections of one training run, by what is asked of them."""

    cards: tuple[DatasetCard, ...]
    absent: tuple[str, ...]
    """Names of those in the catalogues that are not on this machine."""

    @classmethod
    def read(cls, catalogues: Sequence[Path], root: Path, *, seed: int) -> tuple[Self, list[LabelledAd]]:
        """The collections of these catalogues and their rows. Raises where nothing could be learnt from them."""
        cards = read_catalogue(*catalogues)
        present = tuple(card for card in cards if find_dataset(card, root))
        rows = read_datasets(present, root, seed=seed)
        if len(set(acts(rows))) < 2:
            raise BadDataset(
                f"{catalogues[0]}: the collections on this machine hold {len(rows)} rows of one sort; expected "
                "both ads to act on and others"
            )
        log.info("collections read", collections=len(present), absent=len(cards) - len(present), rows=len(rows))
        return cls(cards=present, absent=tuple(card.name for card in cards if card not in present)), rows

    @property
    def ordinary(self) -> frozenset[str]:
        """Names of collections of ordinary ads, which set the thresholds."""
        return frozenset(card.name for card in self.cards if card.ordinary)

    @property
    def alone(self) -> frozenset[str]:
        """Names of invented collections that are also left out by themselves."""
        return frozenset(card.name for card in self.cards if card.alone and not card.real)

    @property
    def families(self) -> dict[str, str]:
        """Name of each collection -> its family."""
        return {card.name: card.family or card.name for card in self.cards}

    def weigh(self, rows: Sequence[LabelledAd]) -> list[float]:
        """What each row counts for in training, with each collection's emphasis; the mean is 1."""
        emphasis = {card.name: card.emphasis for card in self.cards}
        return row_weights(rows, emphasis, {card.name: card.prevalence for card in self.cards})


def train(
    datasets_file: Path,
    taxonomy_folder: Path,
    output: Path,
    *,
    seed: int,
    root: Path,
    further: Sequence[Path] = (),
    estimator: BaseEstimator | None = None,
    on_progress: OnProgress = lambda _progress: None,
) -> Path:
    """The new model folder in ``output``: two runs on the same data and seed write the same bytes.

    ``further`` are catalogues beside the first, such as an installation's own; their paths start at ``root``.
    Collections that are not there are left out and named in the card. ``estimator`` is a scikit-learn classifier that
    takes the place of ours in ``build_classifier``, or a whole pipeline over read ads.
    """
    collections, rows = Collections.read((datasets_file, *further), root, seed=seed)
    if not taxonomy_folder.is_dir():
        raise BadTaxonomy(f"{taxonomy_folder}: no such folder; expected a taxonomy")
    # The digests of what was read, before somebody edits it.
    training = _training(collections, rows, root=root, seed=seed)
    folds = folds_of(rows, collections, seed=seed)
    work = _Work(rows=len(rows), folds=sum(map(len, folds.values())), on_progress=on_progress)
    with tempfile.TemporaryDirectory() as scratch:
        # Copied before it is read: an edit while the model learns changes neither what it learns nor its folder.
        taxonomy_copy = Path(shutil.copytree(taxonomy_folder, Path(scratch) / "taxonomy", ignore=_HIDDEN))
        taxonomy = load_taxonomy(taxonomy_copy)
        reader = AdReader.from_taxonomy(taxonomy)
        ads = work.read(reader, rows)
        pipeline = estimator if isinstance(estimator, Pipeline) else build_classifier(taxonomy, estimator)
        if pipeline is not estimator:
            ads = with_ngrams(pipeline, ads)
        _check_savable(pipeline, ads, rows)
        held_out = held_out_scores(pipeline, ads, rows, collections, folds=folds, on_fold=work.fold_done)
        work.say("fitting the model on all rows")
        fitted = fit_classifier(pipeline, ads, Learnt.of(rows, collections.weigh))
        scores = calibrate(fitted, held_out, rows)
        metrics = measure(rows, scores, collections, folds=folds, seed=seed)

        def score(some: Sequence[LabelledAd]) -> Doubles:
            return log_odds(kinds_of(fitted, read_rows(reader, some)))

        work.say("counterfactuals")
        threshold = RealFigures(rows, collections.ordinary, seed=seed).threshold
        limit = threshold.at(scores["near_copies_held_out"]["model"], AT)
        # Read with the whole model: what counts here is how far scores move, not whether they are right.
        metrics["counterfactuals"] = measure_counterfactuals(rows, score, limit=limit, seed=seed)
        training |= {"estimator": " ".join(repr(pipeline.steps[-1][1]).split())}
        metrics = _rounded(metrics)
        folder = save_model(
            output,
            fitted,
            taxonomy_folder=taxonomy_copy,
            taxonomy_version=taxonomy.version,
            training=training,
            metrics=metrics,
            card={CARD: write_card(metrics, training, taxonomy.version), **draw_plots(rows, scores, metrics["real"])},
        )
    work.say("written", share=1.0)
    log.info("model written", folder=folder.name)
    return folder


def _check_savable(pipeline: Pipeline, ads: Sequence[Any], rows: Sequence[LabelledAd]) -> None:
    """Raises ``UnreadableModel`` at the start for what could not be saved at the end, such as trees."""
    kinds = [row.kind for row in rows]
    few = [place for kind in set(kinds) for place in [at for at, other in enumerate(kinds) if other == kind][:_FEW]]
    some = [kinds[place] for place in few]
    check_savable(fit_classifier(pipeline, [ads[place] for place in few], Learnt(some, np.ones(len(few)))))


class _Work:
    """The steps of a run, so that somebody who waits sees how far it is."""

    def __init__(self, *, rows: int, folds: int, on_progress: OnProgress) -> None:
        cores = min(MOST_JOBS, cpu_count()) if rows > MANY else 1
        # Folds are trained side by side, the rest is done by one process.
        self._costs = {
            name: rows / 1000 * each / (cores if name in {"model", "plain_recipe"} else 1)
            for name, each in _SECONDS.items()
        }
        self._rows, self._on_progress, self._done = rows, on_progress, 0.0
        self._all = (
            self._costs["reading"] + self._costs["counting"] + cores * self._costs["model"]
            + folds * (self._costs["model"] + self._costs["plain_recipe"])
        )  # fmt: skip

    def read(self, reader: AdReader, rows: Sequence[LabelledAd]) -> list[Any]:
        self.say("reading ads")
        ads = read_rows(reader, rows)
        self._done += self._costs["reading"]
        self.say("counting n-grams of the plain recipe")
        self._done += self._costs["counting"]
        return ads

    def fold_done(self, model: str) -> None:
        self._done += self._costs[model]
        self.say("folds of this model" if model == "model" else "folds of the plain recipe")

    def say(self, doing: str, *, share: float | None = None) -> None:
        done = min(0.99, self._done / self._all) if share is None else share
        self._on_progress(Progress(doing=doing, rows=self._rows, seconds=self._all, share=done))


def _training(collections: Collections, rows: Sequence[LabelledAd], *, root: Path, seed: int) -> dict[str, Any]:
    kinds = Counter((row.dataset, row.kind) for row in rows)
    return {
        "seed": seed,
        "datasets": [
            {
                **{name: getattr(card, name) for name in ("name", "title", "licence", "notes", "real")},
                "sha256": file_digest(root / card.path),
                "kinds": {kind: count for (name, kind), count in sorted(kinds.items()) if name == card.name},
            }
            for card in collections.cards
        ],
        "absent": list(collections.absent),
        "learnt": learnt_digests(rows),
    }


def _rounded(content: Any) -> Any:
    if isinstance(content, float):
        return float(f"{content:.{_DIGITS}g}")
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, list | tuple) else content


def folds_of(rows: Sequence[LabelledAd], collections: Collections, *, seed: int) -> dict[str, list[Fold]]:
    """The folds of each way of holding out, by its name."""
    return {
        "sources_left_out": source_folds(rows, collections.ordinary, alone=collections.alone),
        "near_copies_held_out": near_copy_folds(rows, collections.ordinary, seed=seed),
    }


def held_out_scores(
    pipeline: Pipeline,
    ads: Sequence[Any],
    rows: Sequence[LabelledAd],
    collections: Collections,
    *,
    folds: Mapping[str, Sequence[Fold]],
    on_fold: Callable[[str], None] = lambda _model: None,
) -> HeldOut:
    """What the pipeline and the plain recipe say of held-out rows; ``ads`` are the rows as the pipeline reads them.

    ``on_fold`` is called with ``model`` or ``plain_recipe`` as each fold ends.
    """
    counts = PlainCounts(rows)
    found: dict[str, dict[str, Doubles]] = {}
    for way, some in folds.items():
        ours = held_out_kinds(pipeline, ads, rows, some, weigh=collections.weigh, on_fold=lambda: on_fold("model"))
        plain = counts.held_out_kinds(rows, some, _SIZES[way], on_fold=lambda: on_fold("plain_recipe"))
        found[way] = {"model": ours, "plain_recipe": plain}
    return found


def calibrate(fitted: Pipeline, held_out: HeldOut, rows: Sequence[LabelledAd]) -> Scores:
    """Calibrates the pipeline on what such models said of near-copies held out; the held-out scores, calibrated too.

    Real texts alone calibrate it, where there are enough of each kind. A pipeline without our last step stays as it is.
    """
    scores = {way: {name: log_odds(kinds) for name, kinds in models.items()} for way, models in held_out.items()}
    classifier = fitted.steps[-1][1]
    if not isinstance(classifier, KindClassifier):
        return scores
    near = held_out["near_copies_held_out"]["model"]
    measured = ~np.isnan(near[:, 0])
    kinds = np.array([row.kind for row in rows])
    real = measured & np.array([row.real for row in rows], dtype=np.bool_)
    chosen = real if min(int((kinds[real] == kind).sum()) for kind in KINDS) >= ENOUGH else measured
    lines = fit_lines(answers_in(near[chosen]), kinds[chosen])
    classifier.set_params(lines=lines)
    slope, offset = lines.get("act", (1.0, 0.0))
    for models in scores.values():
        models["model"] = slope * models["model"] + offset
    return scores


def measure(
    rows: Sequence[LabelledAd],
    scores: Scores,
    collections: Collections,
    *,
    folds: Mapping[str, Sequence[Fold]],
    seed: int,
) -> dict[str, Any]:
    """What ``metrics.json`` says, real texts first; the caller, who has the trained model, adds counterfactuals."""
    figures = RealFigures(rows, collections.ordinary, seed=seed)
    real: dict[str, Any] = {}
    worse: list[dict[str, Any]] = []
    for way, models in scores.items():
        apart = figures.compare(models["model"], models["plain_recipe"])
        real[way] = {
            **{name: figures.measure(score) for name, score in models.items()},
            "difference": apart,
            "folds": [list(fold.sources) for fold in folds[way] if fold.sources] or len(folds[way]),
        }
        worse += [{"way": way, "figure": name, **figure} for name, figure in apart.items() if is_worse(name, figure)]
    near = scores["near_copies_held_out"]
    return {
        "rows": len(rows),
        "acted_on": float(np.mean(acts(rows))),
        "real": real | {"worse_than_plain": worse},
        "invented": {
            way: {
                name: measure_invented(rows, score, figures.limits(score).get(AT), collections.families)
                for name, score in models.items()
            }
            for way, models in scores.items()
        },
        # Of the folds that hold out near-copies: their models learnt from most of what the final one learns from, and
        # from no board whose ads set the threshold.
        "operating_points": operating_points(figures.threshold, near["model"]),
        "threshold_over": figures.threshold.of,
        "calibration": {way: calibration(rows, models["model"]) for way, models in scores.items()},
    }
