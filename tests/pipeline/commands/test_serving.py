"""What is said of where the review page answers."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from waitress import create_server
from werkzeug.test import Client

from model.taxonomy.loader import load_taxonomy
from pipeline.cli import cli
from pipeline.settings.console import open_logs
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from pipeline.web.app import addresses_of, create_app, make_server
from pipeline.web.setup import PageSetup
from web_acts import sign_in

ROOT = Path(__file__).parents[3]


def nothing(environ, start_response):
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize(("listen", "sockets"), [("127.0.0.1:0", 1), ("127.0.0.1:0 127.0.0.1:0", 2)])
def test_every_address_that_a_server_answers_at_is_named(listen, sockets):
    waiting = {}
    server = create_server(nothing, listen=listen, map=waiting)
    try:
        named = addresses_of(server).split(" and ")
        assert len(named) == sockets
        assert all(one.startswith("http://127.0.0.1:") and one.endswith("/") for one in named)
    finally:
        for one in list(waiting.values()):
            one.close()


def test_an_address_of_ip_version_6_stands_in_brackets():
    class Server:
        effective_host, effective_port = "::1", 8600

    assert addresses_of(Server()) == "http://[::1]:8600/"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "review.example"])
def test_other_machines_are_served_over_https_alone(tmp_path, host):
    given = ["review", "--host", host, "--database", str(tmp_path / "missing.db")]
    refused = CliRunner().invoke(cli, given)
    assert refused.exit_code == 2
    assert "--without-https" in refused.output
    for allowed in ("--https", "--without-https"):
        assert "no such database" in CliRunner().invoke(cli, [*given, allowed]).output


@pytest.mark.parametrize(("setting", "leads_to"), [("", "/account"), ('[review]\nsecond_factor = "optional"\n', None)])
def test_an_administrator_is_served_with_a_second_factor_unless_it_is_switched_off(run, home, setting, leads_to):
    with (home / "lurewatch.toml").open("a") as settings:
        settings.write(setting)
    run("analysts", "add", "ro", "--role", "administrator", "--password-stdin", input="river-stone-lamp-42\n")
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert store.accounts.get("ro").must_change, "whoever typed it knows it"
        store.accounts.set_password_hash("ro", store.accounts.get("ro").password_hash)
    server = make_server(replace_port(load_settings(home)), names=(), https=False, provider=None)
    try:
        client = Client(lambda environ, start: server.application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start))
        assert sign_in(client, "ro", "river-stone-lamp-42").status_code == 302
        assert client.get("/analysts").headers.get("Location") == leads_to
        if not setting:  # in a process of its own: waitress leaves a pipe open when it cannot listen
            taken = subprocess.run(
                [sys.executable, "-m", "pipeline.cli", "review", "--port", str(server.effective_port)],
                env=os.environ | {"LUREWATCH_HOME": str(home)}, cwd=ROOT, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert f"port {server.effective_port}: Address already in use; expected another --port" in taken.stderr
    finally:
        server.close()


def replace_port(settings):
    return replace(settings, review=replace(settings.review, port=0))


def test_what_a_library_logs_is_a_json_line_without_the_message(capsys):
    """Flask logs what no view has caught, with the text of the error, which may be an ad's."""
    open_logs(verbose=False, form="json")
    app = create_app(
        PageSetup(database=Path("missing.db"), taxonomy=load_taxonomy(ROOT / "data" / "taxonomy"), secret_key=b"k" * 32)
    )

    def fail():
        raise RuntimeError("call 012 847 593")

    app.before_request_funcs[None].insert(0, fail)
    assert app.test_client().get("/healthz").status_code == 500
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert line["event"] == "library error"
    assert (line["error"], line["logger"]) == ("RuntimeError", "pipeline.web.app")
    assert re.fullmatch(r"test_serving\.py:\d+ fail", line["where"])
    assert "847 593" not in str(line)
