"""A board on loopback for whole nights."""

import pytest
from night_board import opened_board


@pytest.fixture
def board(tmp_path):
    """A folder that is served; ``publish`` writes ads and the sitemap that names them."""
    with opened_board(tmp_path / "board") as publish:
        yield publish
