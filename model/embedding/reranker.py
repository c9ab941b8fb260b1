"""The second look: sentence embeddings of the few ads that could matter, weighed together with what the first said.

Its logit is linear in the first look's and in the mean of an ad's pieces, so each piece has an exact share of the score
(docs/decisions/0013).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.assessment import Contribution
from model.classifier.heads import Doubles, HeadName
from model.embedding.encoder import Embedder, Vectors
from model.embedding.pieces import cut_pieces

__all__ = ["Looked", "SecondHead", "SecondLook", "ad_pieces", "look_again", "mean_vectors"]

PIECES: Final = 2
"""Pieces of an ad that are looked at: seven hundred characters, in which an offer has said what it is."""

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondHead:
    """What the second look makes of one head's calibrated logit; calibrated itself."""

    trust: float
    """What the first look's logit is multiplied by."""

    meaning: npt.NDArray[np.float32]
    """A weight for each number of the mean vector."""

    offset: float

    def logit(self, first: Doubles, vectors: Vectors) -> Doubles:
        """The second look's logits of ads, by the first look's and their mean vectors."""
        return np.asarray(self.trust * first + vectors.astype(np.float64) @ self.meaning + self.offset)

    def calibrated(self, slope: float, offset: float) -> "SecondHead":
        """The same on a line, ``slope * logit + offset``."""
        meaning = (self.meaning * slope).astype(np.float32)
        return replace(self, trust=self.trust * slope, meaning=meaning, offset=self.offset * slope + offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """What a trained model knows of the second look."""

    embedder: str
    """Name and version of what made the vectors that it learnt on."""

    looks_from: float
    """The first look's calibrated logit from which on an ad is looked at again."""

    heads: Mapping[HeadName, SecondHead]


class Looked(NamedTuple):
    """What came of looking at an ad."""

    logits: dict[HeadName, float]
    contributions: tuple[Contribution, ...]


def look_again(
    second: SecondLook,
    embedder: Embedder,
    ads: Sequence[JobAd],
    firsts: Sequence[tuple[Mapping[HeadName, float], Sequence[Contribution]]],
) -> list[Looked]:
    """What the second look says of each ad; ``firsts`` are the first look's logits, and the reasons for the score's."""
    looked = []
    for (logits, reasons), (pieces, vectors) in zip(firsts, _read(embedder, ads), strict=True):
        mean = _mean(vectors, embedder.size)[None]
        found = {name: float(head.logit(np.array([logits[name]]), mean)[0]) for name, head in second.heads.items()}
        looked.append(Looked(found, tuple(_reasons(second.heads["act"], reasons, pieces, vectors))))
    return looked


def mean_vectors(embedder: Embedder, ads: Sequence[JobAd]) -> Vectors:
    """The mean vector of each ad's pieces; zeros where it has none."""
    means = [_mean(vectors, embedder.size) for _, vectors in _read(embedder, ads)]
    return np.stack(means) if means else np.zeros((0, embedder.size), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an ad: the text that is embedded, and the stretch of one field that it stands for."""

    text: str
    field: str
    start: int
    end: int


def ad_pieces(ad: JobAd) -> list[Piece]:
    """The first pieces of an ad, title and description read as one; one that holds both stands for its description."""
    whole, begins = f"{ad.title}\n{ad.description}", len(ad.title) + 1
    return [
        Piece(whole[start:end], "description", max(0, start - begins), end - begins)
        if end > begins
        else Piece(whole[start:end], "title", start, end)
        for start, end in cut_pieces(whole, most=PIECES)
    ]


def _read(embedder: Embedder, ads: Sequence[JobAd]) -> Iterator[tuple[list[Piece], Vectors]]:
    """Each ad's pieces with their vectors; those of all ads are made together."""
    cut = [ad_pieces(ad) for ad in ads]
    vectors = embedder.embed([piece.text for pieces in cut for piece in pieces])
    at = 0
    for pieces in cut:
        yield pieces, vectors[at : at + len(pieces)]
        at += len(pieces)


def _mean(vectors: Vectors, size: int) -> Vectors:
    return vectors.mean(axis=0) if len(vectors) else np.zeros(size, dtype=np.float32)


def _reasons(
    head: SecondHead, first: Iterable[Contribution], pieces: Sequence[Piece], vectors: Vectors
) -> Iterable[Contribution]:
    """The first look's reasons, each at what they are trusted with, and what the sense of each piece adds."""
    for one in first:
        added = head.offset if one.name == "base" else 0.0
        yield replace(one, value=head.trust * one.value + added)
    worth = vectors.astype(np.float64) @ head.meaning / max(1, len(vectors))
    for piece, value in zip(pieces, worth.tolist(), strict=True):
        said = " ".join(piece.text.split())
        shown = said if len(said) <= _LONGEST_NAME else said[: _LONGEST_NAME - 1] + "…"
        yield Contribution(name=f"sense: {shown}", value=value, field=piece.field, start=piece.start, end=piece.end)
