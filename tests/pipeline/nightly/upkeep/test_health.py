"""`status --check`: exit code 0 where all is well, else one line for each trouble."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from builders import make_ad
from crawler.ad import Contact
from pipeline.nightly.report import Metric, write_metrics
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from pipeline.web.app import create_app, make_server
from pipeline.web.setup import PageSetup
from store_builders import look, open_case_for, spoil, write_batch


@pytest.fixture
def local(home, run):
    """A home whose last night and last backup were a moment ago."""
    (home / "data" / "sources").mkdir(parents=True)
    assert run("nightly").exit_code == 0
    assert run("backup").exit_code == 0
    return home / "data" / "local"


def trouble(run, *words):
    check = run("status", "--check", *words)
    assert check.exit_code == 1, check.output
    return check.output


def test_nothing_is_wrong_after_a_good_night(local, run):
    check = run("status", "--check", "--max-age", "26h")
    assert (check.exit_code, check.output) == (0, "nothing is wrong\n")


def test_a_home_without_a_database_is_in_trouble(home, run):
    assert "no such database" in trouble(run)


def test_a_night_that_is_too_old_has_problems_or_has_not_ended_is_named(local, run):
    long_ago = datetime.now(UTC) - timedelta(hours=40)
    with Store.open(local / "lurewatch.db") as store:
        run_id = store.runs.latest()[0].run_id
        store.runs.end(run_id, at=long_ago, counts={}, problems=["board-a: lost"])
    told = trouble(run)
    assert "the last whole night ended 40 hours ago, expected 26 at most" in told
    assert "last night: board-a: lost" in told
    assert "hours ago" not in trouble(run, "--max-age", "48h")
    with Store.open(local / "lurewatch.db") as store:
        store.runs.start(at=datetime.now(UTC))
    assert "has not ended" in trouble(run, "--max-age", "48h")


def test_a_night_of_some_sources_is_no_whole_night(local, run):
    long_ago = datetime.now(UTC) - timedelta(hours=40)
    with Store.open(local / "lurewatch.db") as store:
        store.runs.end(store.runs.latest()[0].run_id, at=long_ago, counts={}, problems=["board-a: lost"])
        named = store.runs.start(at=datetime.now(UTC))
        store.runs.end(named.run_id, at=datetime.now(UTC), counts={"partial": 1}, problems=["board-b: away"])
    told = trouble(run)
    assert "the last whole night ended 40 hours ago" in told
    assert "last night: board-a: lost\nlast night: board-b: away" in told
    with Store.open(local / "lurewatch.db") as store:
        store.runs.end(named.run_id, at=datetime.now(UTC), counts={"partial": 0}, problems=[])
    assert "nothing is wrong" in run("status", "--check").output


def test_batches_that_wait_or_are_held_back_are_named(local, run):
    write_batch(local / "batches", [make_ad(url="http://127.0.0.1:1/1")], night=1)
    write_batch(local / "batches", [make_ad(url="http://127.0.0.1:1/2")], night=2, problems=("too few",))
    told = trouble(run)
    assert "batch test/20261103T120000Z waits to be taken in" in told
    assert "batch test/20261104T120000Z is held back: too few" in told


def test_a_damaged_an_emptied_and_a_foreign_database_are_named(local, run):
    database = local / "lurewatch.db"
    spoil(database)
    assert "the database is damaged" in trouble(run)
    database.write_bytes(b"")
    assert "is empty" in trouble(run)
    database.unlink()
    assert "had a database here and it is gone; expected a backup in its place" in trouble(run)
    assert "MISSING  database: " in run("doctor").output
    Store.open(database, create=True).close()
    assert "another installation" in trouble(run)


def test_an_old_backup_and_a_full_disk_are_named(home, local, run):
    with Store.open(local / "lurewatch.db") as store:
        store.audit.record("backed_up", "old", by=None, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "the last backup was made on 2026-01-01, expected one every 8 days" in trouble(run)
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[night]\nbackup_days = 0\nfree_mb = 10000000\n")
    told = trouble(run)
    assert "expected 10000000 at least" in told
    assert "the last backup" not in told


def test_a_model_that_was_changed_is_named(home, local, run, tiny_home):
    (home / "lurewatch.toml").write_text(f'[places]\ntaxonomy = "{tiny_home}/data/taxonomy"\nmodels = "{home}/none"\n')
    assert "expected a file that names the model in service" in trouble(run)


@pytest.mark.parametrize("age", ["", "h", "-3h", "1.5h", "nan", "999999h"])
def test_an_age_that_is_none_is_refused(local, run, age):
    assert run("status", "--check", "--max-age", age).exit_code == 2


def test_healthz_says_whether_the_database_can_be_read(local, run):
    from model.taxonomy.loader import load_taxonomy

    settings = load_settings(local.parents[1])
    app = create_app(
        PageSetup(database=settings.database, taxonomy=load_taxonomy(settings.taxonomy), secret_key=b"x" * 32)
    )
    client = app.test_client()
    well = client.get("/healthz")
    assert (well.status_code, well.text) == (200, "ok\n")
    settings.database.unlink()
    ill = client.get("/healthz")
    assert (ill.status_code, ill.text) == (503, "the database cannot be read\n")


def test_a_key_that_is_missing_or_another_is_named_and_no_night_begins(local, run):
    with_contact = make_ad(ad_id="test:1", url="http://127.0.0.1:1/1", contacts=(Contact(kind="line", value="maid7"),))
    write_batch(local / "batches", [with_contact], night=1)
    assert run("intake", local / "batches").exit_code == 0
    key = (local / "contacts.key").rename(local / "elsewhere.key")
    assert "contacts.key: is missing" in trouble(run)
    assert "contacts.key: is missing" in run("doctor").output
    assert run("nightly").exit_code == 2
    assert run("backup", "--with-keys").exit_code == 2, "a backup with keys that has none is a surprise"
    assert not (local / "contacts.key").exists()
    (local / "contacts.key").write_bytes(b"x" * 32)
    (local / "contacts.key").chmod(0o600)
    assert "cannot be read with this contacts.key" in trouble(run)
    key.replace(local / "contacts.key")
    assert "contacts.key" not in run("status", "--check").output


def test_metrics_are_read_by_prometheus_and_by_a_token_alone(local, run):
    settings = load_settings(local.parents[1])
    write_metrics([Metric(name="source_ads", help="Ads.", values=[({"source": 'a "b"\nc'}, 12)])], settings.local)
    run("analysts", "add", "mai")
    with Store.open(settings.database) as store:
        ad = make_ad()
        look(store, ad)
        open_case_for(store, ad)
    token = run("analysts", "token", "mai", "--title", "prometheus").output.strip()
    server = make_server(
        replace(settings, review=replace(settings.review, port=0)), names=(), https=False, provider=None
    )
    try:
        client = Client(lambda environ, start: server.application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start))
        for header in ({}, {"Authorization": f"Bearer {token}x"}, {"Authorization": token}):
            assert client.get("/metrics", headers=header).status_code == 401
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    finally:
        server.close()
    assert answer.status_code == 200
    figures = {
        sample.name: (sample.labels, sample.value)
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert figures["lurewatch_source_ads"] == ({"source": 'a "b"\nc'}, 12)
    with Store.open(settings.database) as store:
        to_review = store.queue.standings().to_review
        decisions = store.statistics.totals()["decisions"]
    assert to_review > 0
    assert figures["lurewatch_queue_to_review"] == ({}, to_review)
    assert figures["lurewatch_decisions"] == ({}, decisions)
