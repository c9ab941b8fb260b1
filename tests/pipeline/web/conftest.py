"""A review page over a real store with two cases. Every text is invented."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from argon2 import PasswordHasher

from browsing import Windows, open_browser
from builders import NOON, make_ad, make_assessment
from crawler.ad import fingerprint
from model.assessment import Contribution, Evidence, RuleMet
from model.taxonomy.records import CountryFacts, Source, Taxonomy
from pipeline.accounts import credentials
from pipeline.accounts.analysts import Analyst
from pipeline.store.store import Store
from prepared_desk import prepare_desk
from referral_samples import EXPORT_DESK, make_indicator
from store_builders import copy_store, look, open_store
from web_acts import HOSTILE, PASSWORD, make_app, sign_in


@pytest.fixture(scope="session")
def taxonomy():
    indicators = {
        "debt.advance": make_indicator("debt.advance", title="Money before the work"),
        "protective.contract": make_indicator("protective.contract", title="A contract", polarity="mitigating"),
    }
    return Taxonomy(
        version="t1",
        indicators=MappingProxyType(indicators),
        rules=(),
        sources={"src": Source(key="src", title="A source", url="https://source.example/page")},
        negation={},
        never_outweighed=frozenset(),
        not_an_ad="protective.contract",
        not_an_ad_from=1,
        countries=CountryFacts({}, frozenset(), frozenset(), frozenset()),
    )


def quick_hasher():
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True, scope="module")
def quick_hashes():
    """The same hash with less memory: it is the page that is tested here, and it signs in hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_HASHER", quick_hasher())
        yield


@pytest.fixture(scope="session")
def password_hash():
    return quick_hasher().hash(PASSWORD)


@pytest.fixture(scope="module")  # not longer: its loop would be in the way of other tests' own
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def windows(browser):
    with Windows(browser) as opened:
        yield opened


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, password_hash):
    """The desk with everything on it. Whoever writes there takes a copy: ``own_desk``."""
    return prepare_desk(tmp_path_factory.mktemp("prepared"), password_hash)


@pytest.fixture
def own_desk(prepared, tmp_path):
    return replace(prepared, database=copy_store(prepared.database, tmp_path))


def shown(ad, indicator, quote, field="description"):
    start = getattr(ad, field).index(quote)
    return Evidence(indicator=indicator, field=field, start=start, end=start + len(quote), quote=quote)


@pytest.fixture
def database(tmp_path, password_hash):
    lure = make_ad(
        title="Helper for chat work",
        description="We pay an advance of 500. A contract is signed at our office.",
        hiring_organization="Blue Crane Services",
    )
    attack = make_ad(
        ad_id="test:2", title=HOSTILE, description=HOSTILE, hiring_organization=HOSTILE, job_location=HOSTILE,
        url="javascript:alert(2)", apply_url="data:text/html,<script>alert(3)</script>",
    )  # fmt: skip
    with open_store(tmp_path) as store:
        store.accounts.set_password_hash("mai", password_hash)
        store.accounts.add(Analyst(name="putu", role="analyst", password_hash=password_hash), at=NOON)
        for role in ("supervisor", "researcher", "administrator"):
            store.accounts.add(Analyst(name=f"a-{role}", role=role, password_hash=password_hash), at=NOON)
        look(store, lure, attack)
        for ad, score, evidence in (
            (
                lure,
                0.9,
                (shown(lure, "debt.advance", "an advance of 500"), shown(lure, "protective.contract", "A contract")),
            ),
            (attack, 0.4, (shown(attack, "debt.advance", "<img src=x onerror=alert(1)>"),)),
        ):
            assess(store, ad, score, evidence)
    return tmp_path / "lurewatch.db"


def assess(store, ad, score, evidence):
    rest = 1 - score
    kinds = {"trafficking_recruitment": score, "job_fraud": 0.0, "legitimate": rest, "not_an_ad": 0.0}
    rule = RuleMet(rule="pair", title="One strong and another", source="A source", indicators=("debt.advance",))
    (pending,) = [each for chunk in store.assessments.pending("m1", "t1", chunk=10) for each in chunk if each.ad == ad]
    assessment = make_assessment(
        ad_id=ad.ad_id, fingerprint=fingerprint(ad), score=score, kinds=kinds, evidence=evidence, rule=rule,
        contributions=(Contribution(name="words: advance", value=2.0), Contribution(name="base", value=-1.5)),
    )  # fmt: skip
    store.assessments.add(pending.version_id, assessment)
    store.cases.open(fingerprint(ad), reason="score", priority=score, at=NOON)


@pytest.fixture
def clock():
    """What time it is on the page: a list, whose last moment holds."""
    return [NOON]


@pytest.fixture
def app(database, taxonomy, clock):
    return make_app(database, taxonomy, clock=lambda: clock[-1], exports=EXPORT_DESK)


@pytest.fixture
def store(database):
    with Store.open(database) as opened:
        yield opened


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def signed_in(client):
    sign_in(client)
    return client
