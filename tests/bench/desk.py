"""The desk at a million cases: what a page of the queue takes, whole, as a browser asks for it, and a decision.

The store is made at the first run (three minutes of the processor and 4 GB in the machine's temporary folder) and kept
there; cases are decided in a copy.
``LUREWATCH_BENCH_CASES`` names another number of cases.
"""

import os
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from flask.testing import FlaskClient

from bench.desk_store import desk_store
from builders import NOON
from model.taxonomy.records import CountryFacts, Taxonomy
from pipeline.accounts.credentials import hash_password
from pipeline.settings.records import ReviewSettings
from pipeline.store.store import Store
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup
from web_acts import PASSWORD, sign_in_as

ROUNDS = 15
DECISIONS = 100
VERDICTS = ("legitimate", "job_fraud", "cannot_tell")
DEEP = 40
"""Pages turned for a deep one."""

PAGES = MappingProxyType({
    "the queue": "/",
    "one queue": "/?lane=job_fraud",
    "newest first": "/?sort=newest",
    "decided": "/?state=decided",
    "all, one source": "/?state=all&source=board-30",
    "three facets": "/?source=board-2&language=vi&country=KH",
    "facets that never meet": "/?lane=resurfaced&reason=score",
    "a rare employer": "/?employer=Employer+49000",
    "a common indicator": "/?indicator=bench.indicator_00",
    "a tag, decided": "/?state=decided&tag=to-report",
    "one day": "/?opened_from=2027-11-02&opened_to=2027-11-02",
    "a year, one language": "/?opened_from=2027-01-01&opened_to=2027-12-31&language=km",
    "a rare word": "/?words=rare77",
    "two common words": "/?words=worker+abroad",
    "a phrase in no order": "/?words=%22abroad+worker+passport+bakery%22",
    "vi without accents": "/?words=viec+luong+%22khach+hang%22",
    "a Thai stretch": "/?words=%E0%B8%9B%E0%B8%AD%E0%B8%A2%E0%B9%80%E0%B8%9B%E0%B8%95",
    "two Chinese words": "/?words=%E6%8B%9B%E8%81%98+%E8%A5%BF%E6%B8%AF",
    "common words, rare facet": "/?words=worker&employer=Employer+40000",
    "a common word that never meets": "/?words=worker&language=th",
})  # fmt: skip


def compare_desk() -> None:
    """Print a line for each kind of page: the middle and the worst of some rounds, in processor time."""
    count = int(os.environ.get("LUREWATCH_BENCH_CASES", "1000000"))
    path = desk_store(count)
    client = _client(path)
    floor = _measure(lambda: client.get("/account"))[0]
    print(f"desk     {count:,} cases; a page without the queue takes {floor:.1f} ms")
    for name, address in PAGES.items():
        _report(name, *_measure(lambda address=address: _open(client, address)), floor)
    deep = _deep(client)
    _report(f"page {DEEP}", *_measure(lambda: _open(client, deep)), floor)
    with tempfile.TemporaryDirectory() as folder:
        _decide(_client(Path(shutil.copy(path, folder))))


def _client(path: Path) -> FlaskClient:
    taxonomy = Taxonomy(
        version="t1", indicators=MappingProxyType({}), rules=(), sources={}, negation={}, never_outweighed=frozenset(),
        not_an_ad="none", not_an_ad_from=1, countries=CountryFacts({}, frozenset(), frozenset(), frozenset()),
    )  # fmt: skip
    app = create_app(
        PageSetup(
            database=path,
            taxonomy=taxonomy,
            secret_key=b"k" * 32,
            clock=lambda: NOON,
            review=ReviewSettings(second_factor="optional"),
        )
    )
    with Store.open(path) as store:
        store.accounts.set_password_hash("mai", hash_password(PASSWORD))
    return sign_in_as(app, "mai")


def _decide(client: FlaskClient) -> None:
    """One case after another, each led to by the one before."""
    reads, times = re.search(r'href="(/case/\d+)"', _open(client, "/"))[1], []
    for number in range(DECISIONS):
        page = _open(client, reads)
        seen = {
            name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
            for name in ("csrf_token", "fingerprint", "decisions")
        }
        start = time.process_time()
        answer = client.post(reads, data=seen | {"verdict": VERDICTS[number % len(VERDICTS)]})
        times.append(1000 * (time.process_time() - start))
        assert answer.status_code == 302, (reads, answer.status_code)
        reads = answer.headers["Location"]
    cuts = statistics.quantiles(times, n=20)
    print(f"desk     a decision {cuts[9]:.1f} ms, 95 % within {cuts[18]:.1f} ms")


def _measure(work: Callable[[], object]) -> tuple[float, float]:
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times), max(times)


def _report(name: str, middle: float, worst: float, floor: float) -> None:
    print(f"desk     {name:32} {middle:7.1f} ms, worst {worst:7.1f} ms, {middle / floor:5.1f} times a plain page")


def _open(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.text


def _deep(client: FlaskClient) -> str:
    address = "/"
    for _ in range(DEEP):
        following = _open(client, address).split('rel="next" href="')[1].split('"')[0]
        address = following.replace("&amp;", "&")
    return address
