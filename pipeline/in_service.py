"""The model in service, loaded: a door that opens fast, since ``lurewatch score`` has nothing else to wait for."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["load_assessor"]


def load_assessor(settings: Settings, model: Path | None = None, *, cores: int | None = None) -> "Assessor":
    """The assessor of the model that was named, or of the one in service; on all ``cores`` unless given."""
    from model.assessor import Assessor

    return Assessor.load(model or settings.model_folder(), settings.taxonomy, settings.score.embedding, threads=cores)
