"""Accounts that sign in by an OpenID provider, in the store and on the command line."""

import json

import pytest
from click.testing import CliRunner

from builders import NOON
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import nobodys_hash, verify_password
from pipeline.cli import cli
from pipeline.errors import BadAnalyst, UnknownAnalyst
from pipeline.store.store import Store
from store_builders import open_store

ISSUER = "https://id.example"


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        opened.accounts.add(Analyst(name="putu", role="analyst", password_hash="x"), at=NOON)
        yield opened


@pytest.fixture
def run(tmp_path):
    database = tmp_path / "of-commands.db"

    def run(*arguments, exit_code=0):
        done = CliRunner().invoke(cli, ["analysts", *arguments, "--database", str(database)])
        assert done.exit_code == exit_code, done.output
        return done.output

    run.database = database
    return run


def test_an_account_is_the_first_person_s_at_each_issuer(store):
    def link(name, subject, issuer=ISSUER):
        return store.accounts.link_person(name, issuer=issuer, subject=subject, at=NOON)

    assert link("mai", "1")
    assert link("mai", "1"), "and stays so"
    assert not link("mai", "2")
    assert not link("putu", "1"), "one person has one account"
    assert link("putu", "2")
    assert link("mai", "2", "https://another.example"), "another provider knows people by other names"
    assert store.accounts.unlink_person("mai")
    assert not store.accounts.unlink_person("mai")
    assert link("mai", "3")


def test_who_somebody_is_at_the_provider_is_kept_as_a_hash(store):
    store.accounts.link_person("mai", issuer=ISSUER, subject="248289761001", at=NOON)
    assert "248289761001" not in str(store.db.rows("SELECT * FROM provider_links"))


def test_nobody_s_account_cannot_be_unlinked(store):
    with pytest.raises(UnknownAnalyst, match="no analyst is named 'nobody'"):
        store.accounts.unlink_person("nobody")


def test_no_password_matches_nobody_s_hash():
    hashed = nobodys_hash()
    assert hashed.startswith("$argon2id$v=19$m=65536")
    assert not verify_password(hashed, "")
    assert not verify_password(hashed, hashed)


def test_a_password_makes_an_account_one_with_a_password(store):
    store.accounts.leave_to_provider("putu", "nobody's")
    assert store.accounts.get("putu").by_provider
    store.accounts.set_role("putu", "researcher")
    with pytest.raises(BadAnalyst, match="an administrator needs a password"):
        store.accounts.set_role("putu", "administrator")
    store.accounts.set_password_hash("putu", "somebody's")
    assert not store.accounts.get("putu").by_provider
    store.accounts.set_role("putu", "administrator")
    with pytest.raises(BadAnalyst, match="an administrator needs a password"):
        store.accounts.leave_to_provider("putu", "nobody's")


def test_accounts_are_made_and_left_to_the_provider_on_the_command_line(run):
    assert run("add", "mai", "--by-provider") == "mai can sign in by the OpenID provider alone\n"
    assert "it is shown this once" in run("add", "putu")
    assert "alone" in run("provider", "putu")
    assert run("list") == (
        "mai: analyst, by the OpenID provider alone\nputu: analyst, by the OpenID provider alone\n"
    )  # fmt: skip
    run("password", "putu")
    assert [each["by_provider"] for each in json.loads(run("list", "--json"))] == [True, False]
    assert run("unlink", "mai") == "mai was nobody's yet\n"
    with Store.open(run.database) as store:
        store.accounts.link_person("mai", issuer=ISSUER, subject="1", at=NOON)
    assert run("unlink", "mai") == "mai is open to the next person of that name\n"
    with Store.open(run.database) as store:
        acts = [(each.act, each.subject) for each in store.audit.chain()]
    assert acts[3:] == [
        ("left_to_provider", "analyst putu"), ("reset_password", "analyst putu"),
        ("unlinked_account", "analyst mai"), ("unlinked_account", "analyst mai"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x", "--by-provider", "--password-stdin"), "such an account has no password"),
        (("add", "x", "--by-provider", "--role", "administrator"), "an administrator needs a password"),
        (("provider", "nobody"), "no analyst is named 'nobody'"),
        (("unlink", "nobody"), "no analyst is named 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run, arguments, said):
    run("add", "mai")
    assert said in run(*arguments, exit_code=2)
