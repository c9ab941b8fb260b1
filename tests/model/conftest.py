"""One small model, trained once for all tests of this folder."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from small_model import write_collections, write_real_texts, write_taxonomy


@dataclass(frozen=True)
class SmallProject:
    root: Path
    catalogue: Path
    taxonomy: Path
    models: Path
    model: Path


@pytest.fixture(scope="session")
def small_project(tmp_path_factory):
    from model.training.train import train

    root = tmp_path_factory.mktemp("project")
    catalogue, taxonomy = write_collections(root), write_taxonomy(root / "taxonomy")
    write_real_texts(root, catalogue)
    models = root / "models"
    return SmallProject(root, catalogue, taxonomy, models, train(catalogue, taxonomy, models, seed=1, root=root))
