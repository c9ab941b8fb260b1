"""One small model, trained once for all tests of this folder, and the labelled ads that it learnt from."""

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


@pytest.fixture(scope="session")
def small_rows(small_project):
    """The labelled ads of all collections, each with its cluster."""
    from model.datasets.catalogue import find_dataset, read_catalogue, read_datasets

    cards = [card for card in read_catalogue(small_project.catalogue) if find_dataset(card, small_project.root)]
    return read_datasets(cards, small_project.root, seed=1)


@pytest.fixture(scope="session")
def small_reads(small_project, small_rows):
    """These ads as a classifier reads them."""
    from model.evaluation.cross_validation import read_rows
    from model.reading.reader import AdReader
    from model.taxonomy.loader import load_taxonomy

    return read_rows(AdReader.from_taxonomy(load_taxonomy(small_project.taxonomy)), small_rows)
