"""The model in service, loaded: a door that opens fast, since ``lurewatch score`` has nothing else to wait for."""

from pathlib import Path
from typing import TYPE_CHECKING

from crawler.collecting import collect_seldom
from pipeline.settings import Settings

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["load_assessor"]


def load_assessor(settings: Settings, model: Path | None = None, *, cores: int | None = None) -> "Assessor":
    """The assessor of the model that was named, or of the one in service; on all ``cores`` unless given. It is to stay
    until the process ends."""
    from model.assessor import Assessor

    assessor = Assessor.load(
        model or settings.model_folder(), settings.taxonomy, settings.score.embedding, threads=cores
    )
    collect_seldom()
    return assessor
