"""What lurewatch.toml may say of a provider, and where its secret is."""

import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import BadSettings, NotInstalled
from pipeline.settings.loader import OPENID_FILE, OPENID_VARIABLE, is_safe, load_settings
from pipeline.web.app import provider_of

ISSUER = 'issuer = "https://id.example/realms/staff"\n'
WHOLE = f'[openid]\n{ISSUER}client_id = "desk"\n'


@pytest.fixture
def load(tmp_path):
    def load(text):
        (tmp_path / "lurewatch.toml").write_text(text, encoding="utf-8")
        return load_settings(tmp_path)

    return load


def keep_secret(settings, text="of-the-desk\n", rights=0o600):
    settings.local.mkdir(parents=True)
    path = settings.local / OPENID_FILE
    path.write_text(text)
    path.chmod(rights)


def test_without_a_section_there_is_no_provider_and_no_library_is_asked_for(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "pipeline.accounts.openid", None)
    assert provider_of(load(""), {}) is None


def test_the_name_of_an_account_is_what_people_are_called_there_unless_it_is_set(load):
    openid = load(WHOLE).openid
    assert (openid.claim, openid.scopes) == ("preferred_username", "openid profile")
    assert load(f'{WHOLE}claim = "email"\n').openid.scopes == "openid email"
    assert load(f'{WHOLE}scopes = "openid groups"\n').openid.scopes == "openid groups"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[openid]\n{ISSUER}", "openid.client_id: missing"),
        ('[openid]\nclient_id = "desk"', "openid.issuer: missing"),
        ('[openid]\nclaim = "email"', "openid.issuer: missing"),
        ('[openid]\nissuer = "http://id.example"\nclient_id = "desk"', "expected an https address"),
        ('[openid]\nissuer = "id.example"\nclient_id = "desk"', "expected an https address"),
        ('[openid]\nissuer = "https://id.example/?x=1"\nclient_id = "desk"', "expected an https address"),
        ('[openid]\nissuer = "https://a:b@id.example"\nclient_id = "desk"', "expected an https address"),
        (f'{WHOLE}scopes = "profile"', "openid.scopes: expected openid among them"),
        (f'{WHOLE}claim = "email"\nscopes = "openid profile"', "expected email and openid among them"),
        (f'{WHOLE}client_secret = "x"', "no secret stands in this file; expected it in data/local/openid.secret"),
        (f'{WHOLE}isuer = "x"', 'did you mean "issuer"'),
        ("[openid]\nissuer = 4", '"openid.issuer": expected a text that is not empty, found 4'),
    ],
)
def test_a_wrong_section_is_named_with_its_place(load, text, said):
    with pytest.raises(BadSettings, match=r"lurewatch\.toml") as raised:
        load(text)
    assert said in str(raised.value)


def test_a_provider_without_its_secret_is_an_error_and_not_a_desk_without_it(load):
    with pytest.raises(
        BadSettings, match=f"{OPENID_FILE}: expected the secret that the provider gave.*{OPENID_VARIABLE}"
    ):
        provider_of(load(WHOLE), {})


def test_the_secret_is_in_a_file_that_its_owner_alone_may_read_or_in_the_environment(load):
    settings = load(WHOLE)
    assert provider_of(settings, {OPENID_VARIABLE: "of-the-desk"}).issuer == "https://id.example/realms/staff"
    keep_secret(settings)
    assert provider_of(settings, {})._secret == "of-the-desk"
    (settings.local / OPENID_FILE).chmod(0o640)
    with pytest.raises(BadSettings, match="others may read this key"):
        provider_of(settings, {})


@pytest.mark.parametrize("text", ["", "\n", " \n"])
def test_an_empty_secret_is_none(load, text):
    settings = load(WHOLE)
    keep_secret(settings, text)
    with pytest.raises(BadSettings, match="expected the secret"):
        provider_of(settings, {OPENID_VARIABLE: " "})


def test_without_the_extra_one_line_says_what_to_install(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "pipeline.accounts.openid", None)
    with pytest.raises(NotInstalled, match=r"^authlib: not installed.*pip install 'lurewatch\[openid\]'$"):
        provider_of(load(WHOLE), {OPENID_VARIABLE: "x"})


def test_the_desk_does_not_start_without_what_its_settings_ask_for(tmp_path, monkeypatch):
    monkeypatch.setenv("LUREWATCH_HOME", str(tmp_path))
    monkeypatch.delenv(OPENID_VARIABLE, raising=False)
    (tmp_path / "lurewatch.toml").write_text(WHOLE)
    done = CliRunner().invoke(cli, ["review"])
    assert (done.exit_code, "expected the secret that the provider gave" in done.output) == (2, True)


def test_a_secret_is_no_setting(load):
    settings = load(WHOLE)
    assert not hasattr(replace(settings.openid), "secret")
    assert "of-the-desk" not in repr(provider_of(settings, {OPENID_VARIABLE: "of-the-desk"}))


@pytest.mark.parametrize(
    ("address", "safe", "safe_here"),
    [
        ("https://id.example", True, True),
        ("https://id.example:8443/realms/x", True, True),
        ("http://127.0.0.1:9000", False, True),
        ("http://localhost/x", False, True),
        ("http://[::1]:9000", False, True),
        ("http://id.example", False, False),
        ("http://127.0.0.1.evil.example", False, False),
        ("http://localhost@evil.example", False, False),
        ("https://user@id.example", False, False),
        ("https://id.example#x", False, False),
        ("https://id.example:x", False, False),
        ("https:///x", False, False),
        ("https://id.example/\nx", False, False),
        ("https://id.example/a b", False, False),
        ("ftp://id.example", False, False),
        ("javascript:alert(1)", False, False),
        ("//id.example", False, False),
        ("", False, False),
        (None, False, False),
        (7, False, False),
    ],
)
def test_an_address_is_safe_where_nobody_on_the_way_can_read(address, safe, safe_here):
    assert (is_safe(address), is_safe(address, local=True)) == (safe, safe_here)
