"""A cluster that all tests of this folder share."""

import pytest

from cluster_acts import started


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Of its scheduler."""
    with started(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster.address
