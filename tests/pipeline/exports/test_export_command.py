"""``lurewatch export cases``, as it is used. Every text is invented."""

import json

import pytest

from builders import NOON
from pipeline.exports.export import EXPORT_FORMATS, FORMATS
from pipeline.store.store import Store
from referral_samples import SECRETS, agree, filled_queue, say

DATABASE = "data/local/lurewatch.db"


@pytest.fixture
def database(home):
    """Two people agree on case 1; case 2 waits for the second."""
    path = home / DATABASE
    path.parent.mkdir(parents=True)
    with filled_queue(path.parent) as store:
        agree(store)
        say(store, 2, "job_fraud", by="mai")
    return path


def permit(home):
    path = home / "lurewatch.toml"
    path.write_text(path.read_text() + '[contacts]\nexport = "values"\n')


def exports(database):
    with Store.open(database) as store:
        return [(each.subject, dict(each.details), each.analyst) for each in store.audit.entries(act="exported")]


@pytest.mark.parametrize("name", EXPORT_FORMATS)
def test_a_confirmed_case_goes_and_the_audit_log_says_so(run, database, tmp_path, name):
    path = tmp_path / "out" / "file"
    done = run("export", "cases", 1, "--format", name, "--output", path)
    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o077 == 0
    details = {"format": name, "contacts": False, "number": 1, "cases": [1], "refused": []}
    assert exports(database) == [("case 1", details, None)]
    assert [each.name for each in path.parent.iterdir()] == ["file"], "and nothing half-written"
    if name in FORMATS:
        assert not any(secret in path.read_text() for secret in SECRETS)


def test_what_is_refused_is_named_and_the_rest_goes(run, database, tmp_path):
    done = run("export", "cases", 1, 2, 7, "--output", tmp_path / "p.json", "--json")
    assert done.exit_code == 1
    outcome = json.loads(done.output)
    assert outcome["cases"] == [1]
    assert outcome["refused"] == [{"case": 2, "why": "awaited"}, {"case": 7, "why": "unknown"}]
    told = run("export", "cases", 1, 2, "--output", tmp_path / "p.json")
    assert "refused: case 2: the second opinion is still awaited" in told.output


def test_where_nothing_may_go_nothing_is_written(run, database, tmp_path):
    done = run("export", "cases", 2, "--output", tmp_path / "p.json")
    assert done.exit_code == 2
    assert "case 2: the second opinion is still awaited" in done.output
    assert not (tmp_path / "p.json").exists()
    assert exports(database) == []


def test_contacts_go_only_where_they_are_asked_for_and_permitted(run, home, database, tmp_path):
    path = tmp_path / "p.json"
    refused = run("export", "cases", 1, "--contacts", "--output", path)
    assert (refused.exit_code, path.exists()) == (2, False)
    assert "not permitted here" in refused.output
    permit(home)
    assert run("export", "cases", 1, "--output", path).exit_code == 0
    assert not any(secret in path.read_text() for secret in SECRETS)
    assert run("export", "cases", 1, "--contacts", "--output", path).exit_code == 0
    assert all(secret in path.read_text() for secret in SECRETS)
    assert [details["contacts"] for _, details, _ in exports(database)] == [True, False]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        (("--verdict", "trafficking_recruitment"), [1]),
        (("--verdict", "irregular_recruitment"), None),
        (("--since", "2026-11-02"), [1]),
        (("--since", "2026-11-03"), None),
        (("--filter", "country=KH"), [1]),
        (("--filter", "state=all&country=KH", "--since", "2026-11-03"), None),
        (("--filter", "country=VN"), None),
        (("--campaign", "none"), None),
        (("--verdict", "job_fraud", 1), [1]),
    ],
)
def test_cases_are_chosen_by_all_that_is_asked_for(run, database, tmp_path, options, chosen):
    done = run("export", "cases", *options, "--output", tmp_path / "p.json", "--json")
    if chosen is None:
        assert (done.exit_code, "no case was chosen" in done.output) == (2, True)
    else:
        assert json.loads(done.output)["cases"] == chosen


def test_a_campaign_is_chosen_by_its_id(run, database, tmp_path):
    with Store.open(database) as store:
        campaign = store.campaigns.of_ad("board:7f")
    done = run("export", "cases", "--campaign", campaign, "--output", tmp_path / "p.json", "--json")
    assert json.loads(done.output)["cases"] == [1]


def test_a_campaign_that_was_merged_is_chosen_by_its_old_id(run, database, tmp_path):
    with Store.open(database) as store, store.atomic():
        campaign = store.campaigns.of_ad("board:7f")
        store.db.run("INSERT INTO campaigns (campaign_id, since) SELECT 'c-old', since FROM campaigns LIMIT 1")
        store.campaigns.record_event("merged", campaign, "c-old", at=NOON)
    for chosen in (("--campaign", "c-old"), ("--filter", "campaign=c-old")):
        done = run("export", "cases", *chosen, "--output", tmp_path / "p.json", "--json")
        assert json.loads(done.output)["cases"] == [1]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("contry=KH", "contry"),
        ("country=KH&verdict=job-fraud", "verdict"),
        ("country=KH&opened_from=1.11.2026", "opened_from"),
        ("country=KH&country=VN", "country"),
        ("KH", "'KH'"),
        ("", "nothing"),
        ("sort=newest", "nothing"),
    ],
)
def test_what_is_no_filter_lets_nothing_go(run, database, tmp_path, query, wrong):
    done = run("export", "cases", "--filter", query, "--output", tmp_path / "p.json")
    assert (done.exit_code, (tmp_path / "p.json").exists()) == (2, False)
    assert f"wrong: {wrong}" in done.output.replace("bad query field: ", "")


def test_an_address_of_the_queue_is_a_filter_with_its_order_too(run, database, tmp_path):
    query = "?state=decided&country=KH&sort=newest&after=0.5,3"
    assert run("export", "cases", "--filter", query, "--output", tmp_path / "p.json").exit_code == 0


def test_nothing_asked_for_is_nothing_to_do(run, database, tmp_path):
    done = run("export", "cases", "--output", tmp_path / "p.json")
    assert (done.exit_code, "expected cases by number" in done.output) == (2, True)


def test_standard_output_takes_the_file_too(run, database):
    done = run("export", "cases", 1, "--output", "-")
    assert json.loads(done.stdout)["handling"]["organisation"] == "Example Desk"
