"""The command line, as it is used."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from builders import make_ad
from pipeline.cli import SECTIONS, cli
from pipeline.store.store import Store
from store_builders import open_store, write_batch

ROOT = Path(__file__).parents[3]


def commands(group=cli, before=()):
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name), command


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_every_command_has_help_and_is_in_the_documentation(run, words):
    shown = run(*words, "--help")
    assert shown.exit_code == 0
    assert len(shown.output.split("\n\n")[1].strip()) > 20, "a sentence on what it does"
    assert f"[`{' '.join(words)}`]" in (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


def test_every_option_of_a_command_is_explained():
    for words, command in commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not isinstance(parameter.type, click.Choice):
                assert parameter.help, f"{' '.join(words)} {parameter.opts}"


def test_intake_twice_is_once(run, tmp_path):
    write_batch(tmp_path / "batches", [make_ad(url="http://127.0.0.1:1/1")], night=1)
    first = run("intake", tmp_path / "batches", "--json")
    assert (first.exit_code, json.loads(first.output)[0]["new"]) == (0, 1)
    second = run("intake", tmp_path / "batches")
    assert (second.exit_code, second.output) == (0, "test/20261103T120000Z: taken in before\n")


def test_a_held_back_batch_is_named_and_makes_the_exit_code_1(run, tmp_path):
    write_batch(tmp_path / "batches", [make_ad()], night=1, problems=("expected 100 ads at least, found 1",))
    held = run("intake", tmp_path / "batches")
    assert (held.exit_code, held.output.count("\n")) == (1, 1)
    assert "held back: expected 100 ads" in held.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["intake", "absent"], "absent: no such folder"),
        (["intake", "."], "holds no finished batch"),
        (["crawl", "absent.toml"], "absent.toml: cannot be read"),
        (["nightly", "--sources", "absent"], "expected a folder of source cards"),
        (["sources", "check", "absent"], "expected a folder of source cards"),
        (["taxonomy", "check", "absent"], "no such folder"),
        (["status"], "no such database"),
        (["status", "--database", "lurewatch.toml"], "not a readable SQLite database"),
        (["analysts", "list"], "no such database"),
        (["explain", "absent:1"], "is not a file, and there is no database"),
        (["explain", "lurewatch.toml", "--model", "absent"], "absent"),
        (["score", "absent.jsonl", "--output", "out.jsonl", "--model", "absent"], "absent"),
        (["crawl"], "Missing argument 'CARD...'"),
        (["score", "in.jsonl", "--output", "out.jsonl", "--workers", "0"], "--workers"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_message_and_exit_code_2(run, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    shown = run(*words)
    assert shown.exit_code == 2, shown.output
    assert said in shown.output
    assert "Traceback" not in shown.output
    assert sorted(tmp_path.rglob("*")) == before, "nothing is left behind"


def test_a_wrong_setting_stops_every_command_with_its_place(run, tmp_path):
    (tmp_path / "lurewatch.toml").write_text("[triage]\nthresold = 1\n")
    shown = run("status")
    assert (shown.exit_code, 'did you mean "threshold"' in shown.output) == (2, True)


def test_accounts_are_added_listed_and_disabled(run):
    added = run("analysts", "add", "mai", "--role", "administrator")
    assert (added.exit_code, "shown this once" in added.output) == (0, True)
    given = run("analysts", "add", "an", "--password-stdin", input="một câu đủ dài\n")
    assert (given.exit_code, given.output) == (0, "an can sign in and must change the password on the page\n")
    assert run("analysts", "add", "an", "--password-stdin", input="short\n").exit_code == 2
    assert run("analysts", "add", "mai").exit_code == 2
    assert run("analysts", "disable", "an").exit_code == 0
    assert run("analysts", "disable", "nobody").exit_code == 2
    assert run("analysts", "list").output == "an: analyst, disabled\nmai: administrator\n"
    assert "shown this once" in run("analysts", "password", "an").output
    assert run("analysts", "role", "an", "researcher").output == "an is researcher now\n"
    assert run("analysts", "role", "an", "lead").exit_code == 2
    assert run("analysts", "sign-out", "an").output == "an is signed out everywhere\n"
    assert [each["active"] for each in json.loads(run("analysts", "list", "--json").output)] == [True, True]


def test_a_lost_second_factor_is_removed_and_the_log_says_so(run, tmp_path):
    run("analysts", "add", "mai")
    with Store.open(tmp_path / "data" / "local" / "lurewatch.db") as store:
        store.second_factors.begin("mai", "sealed")
        store.second_factors.confirm("mai", 1, ["hash"], at=datetime.now(UTC))
    assert "with a second factor" in run("analysts", "list").output
    assert run("analysts", "remove-second-factor", "mai").output == "mai signs in by the password alone\n"
    assert run("analysts", "remove-second-factor", "mai").output == "mai had no second factor\n"
    assert run("analysts", "remove-second-factor", "nobody").exit_code == 2
    assert json.loads(run("analysts", "list", "--json").output)[0]["second_factor"] is False
    assert "removed_second_factor  analyst mai" in run("audit", "show").output


def test_sources_that_nobody_reviewed_are_told(run, tmp_path):
    (tmp_path / "cards").mkdir()
    card = 'name = "board-a"\ntitle = "A"\nkind = "sitemap"\nstart = ["https://board-a.example/s.xml"]\n'
    (tmp_path / "cards" / "board-a.toml").write_text(card)
    shown = run("sources", "check", tmp_path / "cards")
    assert (shown.exit_code, shown.output.splitlines()[0]) == (1, "board-a: sitemap, not reviewed")
    (tmp_path / "cards" / "board-a.toml").write_text(card + "speed = 3\n")
    shown = run("sources", "check", tmp_path / "cards")
    assert (shown.exit_code, "speed" in shown.output) == (2, True)


@pytest.mark.parametrize("contact", ["hello", "a@b.example\\r\\nX: y", "ftp://desk.example"])
def test_a_contact_that_no_host_could_write_to_is_found_before_the_crawl(run, home, contact):
    (home / "cards").mkdir()
    settings = (home / "lurewatch.toml").read_text()
    (home / "lurewatch.toml").write_text(f'contact = "{contact}"\n{settings}')
    shown = run("sources", "check", home / "cards")
    assert (shown.exit_code, "contact: expected an e-mail address" in shown.output) == (2, True)
    (home / "lurewatch.toml").write_text(f'contact = "desk@ngo.example"\n{settings}')
    assert run("sources", "check", home / "cards").exit_code == 0


FREE_MAIL = """
[free_mail]
title = "Free mail address"
definition = "The address is one that anybody can open."
why = "A firm has an address of its own."
element = ["act"]
exploitation = ["any"]
strength = "weak"
polarity = "risk"
caveats = "Small firms use such mail, too."
cite = ["{cite}"]
fact = "free_mail"
"""


def test_a_taxonomy_without_the_tables_that_its_facts_are_read_from_is_at_fault(run, home, tiny_home):
    """It loads, since a small one needs no tables; an indicator that could never be found is named."""
    folder = shutil.copytree(tiny_home / "data" / "taxonomy", home / "facts")
    cite = next(iter(tomllib.loads((folder / "sources.toml").read_text())))
    (folder / "structure.toml").write_text(FREE_MAIL.format(cite=cite))
    shown = run("taxonomy", "check", folder)
    assert "domains.toml: missing or empty; structure.free_mail is read from it" in shown.output
    assert shown.exit_code == 1
    (folder / "domains.toml").write_text(
        '[free_mail]\ndomains = ["mail.example"]\n[known]\ndomains = ["board.example"]\n'
    )
    assert "missing or empty" not in run("taxonomy", "check", folder).output


def test_one_card_can_be_checked_and_an_unreviewed_one_is_never_run(run, tmp_path):
    card = tmp_path / "board-a.toml"
    card.write_text('name = "board-a"\ntitle = "A"\nkind = "sitemap"\nstart = ["https://board-a.example/s.xml"]\n')
    shown = run("sources", "check", card)
    assert shown.exit_code == 1
    assert shown.output.splitlines()[-1] == "1 source cards can be read; 1 not reviewed, and so switched off"
    refused = run("crawl", card, "--output", tmp_path / "batches")
    assert (refused.exit_code, "terms have not been reviewed" in refused.output) == (2, True)
    assert not (tmp_path / "batches").exists()
    card.write_text(card.read_text() + 'reviewed_by = "An"\n')
    begun = run("sources", "check", card).output.splitlines()[0]
    assert begun == "board-a: sitemap, review not finished: no reviewed_on, no permission"


@pytest.mark.parametrize(
    "rest",
    [
        'kind = "drop"\nstart = ["."]\n',
        'kind = "archive"\nstart = ["."]\n',
        'kind = "feed"\nstart = ["http://127.0.0.1:1/feed"]\nlocal = true\n',
        'kind = "sitemap"\nstart = ["https://board-a.example/s.xml"]\n',
    ],
    ids=["drop", "archive", "local", "unreviewed"],
)
def test_any_card_can_be_switched_off_and_is_then_never_run(run, tmp_path, rest):
    card = tmp_path / "board-a.toml"
    card.write_text(f'name = "board-a"\ntitle = "A"\nswitched_off = true\n{rest}')
    shown = run("sources", "check", card)
    assert (shown.exit_code, shown.output.splitlines()[0].partition(", ")[2]) == (0, "switched off")
    assert shown.output.splitlines()[-1] == "1 source cards can be read; 1 switched off"
    (told,) = json.loads(run("sources", "check", card, "--json").output)
    assert told["switched_off"]
    refused = run("crawl", card, "--output", tmp_path / "batches")
    assert (refused.exit_code, "board-a.toml: switched off" in refused.output) == (2, True)
    assert not (tmp_path / "batches").exists()
    card.write_text(card.read_text().replace("true", '"yes"', 1))
    assert run("sources", "check", card).exit_code == 2


def test_crawling_a_foreign_host_without_a_contact_is_refused(run, tmp_path):
    (tmp_path / "board-a.toml").write_text(
        'name = "board-a"\ntitle = "A"\nkind = "sitemap"\nstart = ["https://board-a.example/s.xml"]\n'
        'reviewed_on = 2026-11-01\nreviewed_by = "A"\npermission = "theirs"\n'
    )
    shown = run("crawl", tmp_path / "board-a.toml", "--output", tmp_path / "batches")
    assert (shown.exit_code, "contact" in shown.output) == (2, True)
    assert not (tmp_path / "batches").exists()


def test_the_taxonomy_says_what_it_holds(run):
    shown = json.loads(run("taxonomy", "check", "--json").output)
    assert (shown["indicators"], shown["rules"], shown["languages"]) == (3, 1, ["en"])
    assert run("taxonomy", "check").output.startswith(f"taxonomy {shown['version']}: 3 indicators in 1 families")


def test_patterns_of_two_indicators_that_find_the_same_words_are_counted_and_named_when_asked(run, home, tiny_home):
    folder = shutil.copytree(tiny_home / "data" / "taxonomy", home / "overlapping")
    control = folder / "control.toml"
    control.write_text(control.read_text("utf-8").replace("debt is paid", "keep your passport"), encoding="utf-8")
    assert run("taxonomy", "check", folder).output.splitlines()[-1] == "0 faults, 1 overlaps (named by --overlaps)"
    assert "'keep your passport' find the same words" in run("taxonomy", "check", folder, "--overlaps").output


HEAVY = (
    "scrapy", "spacy", "sklearn", "skops", "scipy.sparse", "scipy.special", "flask", "stix2", "weasyprint",
    "matplotlib",
)  # fmt: skip


ONE_OF_EACH_MODULE = {module: name for section in SECTIONS.values() for name, (module, _) in section.items()}


def test_help_loads_no_heavy_library():
    """A command's module is light; a clock on a busy machine could not tell."""
    code = (
        "import contextlib, json, sys\nfrom pipeline.cli import cli\nfound = {}\n"
        f"for words in {[[], *([name] for name in ONE_OF_EACH_MODULE.values())]!r}:\n"
        "    with contextlib.redirect_stdout(sys.stderr):\n"
        "        cli([*words, '--help'], prog_name='lurewatch', standalone_mode=False)\n"
        f"    found[' '.join(words)] = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(json.dumps(found))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {name: [] for name in ("", *ONE_OF_EACH_MODULE.values())}
    assert shown.stderr.count("Usage: lurewatch") == 1 + len(ONE_OF_EACH_MODULE)


def test_the_store_is_read_without_heavy_libraries(tmp_path):
    open_store(tmp_path / "data" / "local").close()
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline.cli", "status"],
        cwd=ROOT, env=os.environ | {"LUREWATCH_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert "pipeline.store.store" in imported
    assert not imported & {*HEAVY, "numpy", "pandas", "sqlite_utils"}


def test_help_names_every_command_in_one_section(run):
    shown = run("--help").output
    assert [line[:-1] for line in shown.splitlines() if line.endswith(":")][-len(SECTIONS) :] == list(SECTIONS)
    names = [name for section in SECTIONS.values() for name in section]
    assert len(names) == len(set(names))
    for name in names:
        assert f"\n  {name} " in shown


def test_a_mistyped_command_is_met_with_the_one_that_was_meant(run):
    shown = run("scroe", "ads.jsonl")
    assert (shown.exit_code, "Did you mean 'score'?" in shown.output) == (2, True)


def complete(*words):
    shell = click.shell_completion.ShellComplete(cli, {}, "lurewatch", "_LUREWATCH_COMPLETE")
    return [each.value for each in shell.get_completions(list(words[:-1]), words[-1])]


def test_a_shell_completes_commands_options_and_choices():
    assert complete("co") == ["contacts", "compare"]
    assert complete("batches", "re") == ["release"]
    assert complete("score", "--wo") == ["--workers"]
    assert complete("export", "cases", "--format", "s") == ["stix"]


def test_it_runs_as_a_program_and_completes_its_commands():
    env = os.environ | {"_LUREWATCH_COMPLETE": "bash_complete", "COMP_WORDS": "lurewatch co", "COMP_CWORD": "1"}
    command = [sys.executable, "-m", "pipeline.cli"]
    shown = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == ["plain,contacts", "plain,compare"]


def test_it_says_its_version(run):
    assert ", version " in run("--version").output


def test_text_in_any_script_is_printed_on_a_terminal_that_knows_none(home):
    with open_store(home / "data" / "local") as store:
        night = store.runs.start(at=make_ad().seen_at)
        store.runs.end(night.run_id, at=make_ad().seen_at, counts={}, problems=["đóng"])
    shown = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "status", "--json"], cwd=ROOT, capture_output=True, check=False,
        env=os.environ | {"LUREWATCH_HOME": str(home), "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert rb"\u0111" + b"\xf3ng" in shown.stdout


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_asked_to_end_leaves_no_half_of_its_output(home, tmp_path, stop):
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-m", "pipeline.cli", "score", "-", "--output", str(tmp_path / "out" / "scored.jsonl")]
    command = ["env", f"--default-signal={stop.name[3:]}", *command]  # below nohup a SIGHUP is ignored
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as scoring:
        while not list((tmp_path / "out").iterdir()):
            assert scoring.poll() is None
            time.sleep(0.01)
        scoring.send_signal(stop)
        _, said = scoring.communicate(timeout=30)
    assert (scoring.returncode, b"Traceback" in said, list((tmp_path / "out").iterdir())) == (-stop, False, [])


@pytest.mark.parametrize(
    "words",
    [
        ("forget", "test:1", "--by", "", "--reason", "asked"),
        ("cases", "hold", "1", "--by", "Mai", "--reason", " "),
        ("cases", "hold", str(10**20), "--by", "Mai", "--reason", "court"),
        ("export", "cases", str(10**20), "--output", "x.json"),
        ("audit", "show", "--limit", str(10**20)),
        ("train", "--seed", "-1"),
    ],
    ids=" ".join,
)
def test_nothing_is_kept_on_record_for_nobody_and_no_number_is_beyond_what_can_be_held(run, words):
    refused = run(*words)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
    assert "expected words, found none" in refused.output or "is not in the range" in refused.output


def test_a_model_in_service_that_is_named_in_another_encoding_is_named_as_it_was_found(run, home):
    (home / "data" / "local" / "models").mkdir(parents=True)
    (home / "data" / "local" / "models" / "current").write_text("model-1", encoding="utf-16")
    shown = run("check", "a text")
    assert (shown.exit_code, "expected a folder beside it" in shown.output) == (2, True)
