"""The documentation against the code: pages made from it, examples, commands, paths, schemas."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from builders import NOON, make_ad
from crawler.ad import Contact, PageRef, Salary
from crawler.batch.ad_json import ad_to_record
from crawler.sources.loader import source_from_card
from pipeline.cli import INTERRUPTED, cli
from pipeline.settings.loader import SECTIONS, load_settings
from store_builders import write_batch

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
GUIDES = [page for page in PAGES if page.parent.name != "decisions"]
BLOCK = re.compile(
    r"(?P<mark><!-- not run: [^>]+ -->\n)?^ *```(?P<kind>\w+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
COMMAND = re.compile(r"^(?:    +|\$ |)(?:(?<=    )|\.venv/bin/)(lurewatch [^#\n]*)", re.MULTILINE)
PATH = re.compile(r"`((?:crawler|model|pipeline|scripts|tests|notebooks|docs|data)/(?!local)[\w./-]+)`")
CARD_KEYS = {"name", "title", "kind", "start"}


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks(kind):
    for page in GUIDES:
        for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
            if found["kind"] == kind and not found["mark"]:
                yield pytest.param(found["text"], id=f"{page.stem}-{found.start()}")


def commands_of(text):
    """Lines that call the program, with those that go on in the next line as one."""
    joined = re.sub(r"\\\n +", " ", text)
    yield from (found[1].strip() for found in COMMAND.finditer(joined))


def schema(name):
    import jsonschema  # two seconds, that every process of tests would spend

    read = json.loads((ROOT / "docs/reference/schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read, format_checker=jsonschema.FormatChecker())


def test_pages_made_from_the_code_are_up_to_date():
    shown = subprocess.run(
        [sys.executable, ROOT / "scripts/reference", "--check"], capture_output=True, text=True, check=False
    )
    assert (shown.returncode, shown.stderr) == (0, "")


def test_the_exit_code_of_a_stopped_command_is_named():
    assert f"{INTERRUPTED} when it was stopped" in (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_short_enough_to_read(page):
    assert page.read_text(encoding="utf-8").count("\n") <= 200


def test_every_page_is_in_the_order_of_the_site():
    order = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [str(page.relative_to(ROOT / "docs")) for page in GUIDES if page.is_relative_to(ROOT / "docs")]
    assert [page for page in pages if f"{page}\n" not in order] == []


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_a_path_that_a_page_names_exists(page):
    named = PATH.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_page_that_the_changelog_names_exists():
    named = re.findall(r"docs/[\w./-]+\.md", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert [page for page in named if not (ROOT / page).exists()] == []


def test_the_first_page_leads_to_every_other():
    """Pages of commands are led to by the index of commands, decisions by theirs."""
    first = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    pages = [str(page.relative_to(ROOT / "docs")) for page in GUIDES if page.is_relative_to(ROOT / "docs")]
    others = [page for page in pages if page != "index.md" and not page.startswith("reference/commands-")]
    assert [page for page in others if f"({page})" not in first] == []


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_a_command_that_a_page_shows_exists_with_its_options(page):
    for line in commands_of(page.read_text(encoding="utf-8")):
        words = [word for word in shlex.split(line.replace("...", ""))[1:] if word not in {"\\", "||"}]
        command = cli
        while words and isinstance(command, click.Group) and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not isinstance(command, click.Group) or not words or words[0] in {"COMMAND", "--verbose"}, line
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} - {"--help", "--verbose"} <= options, line


@pytest.mark.parametrize("text", list(blocks("python")))
def test_a_python_example_runs(text, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(text, "example", "exec"), {"__name__": "example"})


@pytest.mark.parametrize("text", list(blocks("toml")))
def test_a_toml_example_is_accepted(text, tmp_path):
    values = tomllib.loads(text)
    if values.keys() >= CARD_KEYS:
        assert source_from_card(values, where="example").is_reviewed
    elif values.keys() <= {"contact", *SECTIONS}:
        (tmp_path / "lurewatch.toml").write_text(text, encoding="utf-8")
        load_settings(tmp_path)


def test_there_are_examples_to_try():
    assert len(list(blocks("toml"))) >= 12
    assert len(list(blocks("python"))) >= 2
    assert sum(len(list(commands_of(page.read_text(encoding="utf-8")))) for page in GUIDES) > 50


def test_an_ad_is_as_its_schema_says():
    check = schema("ad")
    full = make_ad(
        url="http://127.0.0.1:1/1", date_posted=date(2026, 11, 1), valid_through=date(2026, 12, 1), country="VN",
        base_salary=Salary(min=9.0, max=12.0, currency="VND", period="month", raw="9 - 12"),
        contacts=(Contact(kind="email", value="jobs@bakery.example"),), language="en",
        page=PageRef(file="pages.warc.gz", offset=0, sha256="0" * 64),
    )  # fmt: skip
    for record in (
        ad_to_record(full),
        ad_to_record(make_ad()),
        {"title": "Baker", "base_salary": "9 triệu", "url": None},
    ):
        check.validate(json.loads(json.dumps(record)))
    for bad in ({}, {"title": " "}, {"title": "Baker", "wage": 9}, {"title": "Baker", "contacts": "call"}):
        assert not check.is_valid(bad)


def test_an_assessment_is_as_its_schema_says(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    texts = (
        "A small bakery looks for a baker.",
        "Passports are kept by the boss until the debt for the flight is paid.",
    )
    ads, scored = tmp_path / "ads.jsonl", tmp_path / "scored.jsonl"
    ads.write_text("".join(json.dumps({"description": text}) + "\n" for text in texts), encoding="utf-8")
    assert CliRunner().invoke(cli, ["score", str(ads), "--output", str(scored)]).exit_code == 0
    check, records = (
        schema("assessment"),
        [json.loads(line) for line in scored.read_text(encoding="utf-8").splitlines()],
    )
    assert records[1]["evidence"]
    assert records[1]["rule"]
    for record in records:
        check.validate(record)
    for wrong in ({"score": 1.5}, {"kinds": {"other": 1.0}}, {"rule": "a rule"}):
        assert not check.is_valid(records[1] | wrong)


def test_a_batch_summary_is_as_its_schema_says(tmp_path):
    write_batch(tmp_path, [make_ad(seen_at=NOON)], night=1)
    [path] = tmp_path.rglob("summary.json")
    schema("batch-summary").validate(json.loads(path.read_text(encoding="utf-8")))
