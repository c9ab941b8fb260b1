"""Loader of the model in service.

It imports little: `lurewatch score` waits for nothing else.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.workers import start_no_threads

if TYPE_CHECKING:
    from model.assessor import Assessor
    from pipeline.settings.records import Settings

__all__ = ["EDITED", "load_assessor", "read_assessor"]

EDITED: Final = "edited since the model learnt: new indicators count in rules alone until a model is trained on it"
"""What is said of a taxonomy that is another than the model's."""


def load_assessor(settings: "Settings", model: Path | None = None) -> "Assessor":
    """The assessor of the model that was named, or of the one in service. It is to stay until the process ends."""
    return read_assessor(model or settings.model_folder(), settings.taxonomy)


def read_assessor(model: Path, taxonomy: Path) -> "Assessor":
    """The same by the folders of the model and of the taxonomy."""
    start_no_threads()
    with _without_collection():
        from model.assessor import Assessor

        return Assessor.load(model, taxonomy)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Collects no garbage inside and seldom afterwards: all that a start loads stays, and going through it again and
    again takes a tenth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()
