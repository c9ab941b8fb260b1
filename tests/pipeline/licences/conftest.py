"""Registers of invented agencies, and ads that name them."""

import pytest

from builders import NOON, make_ad
from licence_samples import SAMPLES, desk_with


@pytest.fixture(scope="session")
def desk():
    return desk_with(*(path.stem for path in sorted(SAMPLES.glob("*.toml"))))


@pytest.fixture(scope="session")
def look_up(desk):
    """The look-up of one ad."""

    def look(**fields):
        (found,) = desk.look_up([make_ad(**fields)], now=NOON)
        return found

    return look
