"""A desk, and a provider on loopback that vouches for people there."""

import pytest

from openid_acts import vouched_by
from openid_provider import private_key, serve_provider
from web_acts import make_app


@pytest.fixture
def database(own_desk):
    """A copy of the one that is made once: most of these tests write little or nothing."""
    return own_desk.database


@pytest.fixture
def provider():
    private_key(1)  # of the tests that need another one: made before anybody waits for it
    with serve_provider() as served:
        yield served


@pytest.fixture
def make_desk(database, taxonomy, clock):
    def make(provider, **options):
        return make_app(database, taxonomy, clock=lambda: clock[-1], openid=vouched_by(provider, **options))

    return make


@pytest.fixture
def desk(make_desk, provider):
    return make_desk(provider)
