"""A store in which two people agree on case 1."""

import pytest

from referral_samples import agree, filled_queue


@pytest.fixture
def undecided(tmp_path):
    with filled_queue(tmp_path) as queue:
        yield queue


@pytest.fixture
def queue(undecided):
    agree(undecided)
    return undecided
