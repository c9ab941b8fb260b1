"""Cards drafted from a board's pages and tried on others, on the sample board's further faces."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from crawler.sources.loader import read_source

ROOT = Path(__file__).parents[3]
WALK = ROOT / "docs" / "operators" / "source-web.md"
AD = "plain/jobs/en-004-warehouse-picker-night-shift"
STEP = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@contextmanager
def served():
    board = ROOT / "data" / "samples" / "board" / "board.py"
    with subprocess.Popen([sys.executable, str(board)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().removeprefix("serving ").strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def board():
    with served() as address:
        yield address


@pytest.fixture
def saved(tmp_path, board):
    """A page of the board, saved as a browser does it: its file."""

    def save(path):
        file = tmp_path / f"{re.sub('[^a-z0-9]+', '-', path)}.html"
        with urlopen(f"{board}{path}", timeout=10) as page:
            file.write_bytes(page.read())
        return file

    return save


def draft(run, board, saved, file, *paths):
    addresses = [word for path in paths for word in ("--address", f"{board}{path}")]
    drafted = run("sources", "new", *map(saved, paths), *addresses, "--output", file)
    assert drafted.exit_code == 0, drafted.output
    return file


@pytest.fixture
def card(home, run, board, saved):
    return draft(run, board, saved, home / "cards" / "lantern-board.toml", "plain/jobs", AD)


def tried(run, card, file, address):
    shown = run("sources", "try", card, "--file", file, "--url", address, "--json")
    assert shown.exit_code in {0, 1}, shown.output
    return json.loads(shown.stdout)


def fields(trial):
    [ad] = trial["ads"]
    return {field["name"]: field for field in ad}


def commands_of_the_walk():
    walk = WALK.read_text(encoding="utf-8").partition("## A board of your own")[2].partition("\n## ")[0]
    for block in STEP.findall(walk):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected.strip()


def test_the_walk_on_the_page_about_web_sources_goes_as_it_says(home, run, board, monkeypatch):
    monkeypatch.chdir(home)
    serve, *commands = commands_of_the_walk()
    assert serve[1] == "serving http://127.0.0.1:8766/"
    assert len(commands) == 4
    for command, expected in commands:
        words = command.replace("http://127.0.0.1:8766/", board)
        if words.startswith(".venv/bin/lurewatch "):
            shown = run(*shlex.split(words)[1:])
            assert shown.exit_code == 0, shown.output
            lines = [re.escape(line).replace(r"\.\.\.", ".*") for line in expected.splitlines()]
            wanted = r"\s*".join(lines).replace(re.escape("http://127.0.0.1:8766/"), re.escape(board))
            assert re.fullmatch(wanted, shown.stdout.strip(), re.DOTALL), shown.stdout
        else:
            subprocess.run(shlex.split(words), check=True)
            with (home / shlex.split(words)[-1]).open("a") as card:  # the crawl's pauses are no part of the walk
                card.write("\n[politeness]\ndelay = 0\n")


def test_a_drafted_card_is_whole_switched_off_and_never_written_over(card, run, board, saved):
    source = read_source(card, reviewed=False)
    assert (source.kind, source.switched_off, source.local) == ("board", True, True)
    assert source.start == (f"{board}plain/jobs",)
    assert set(source.select) >= {"ad_links", "next_page", "title", "description", "job_location", "base_salary"}
    before = card.read_bytes()
    again = run("sources", "new", saved("plain/jobs"), "--address", f"{board}plain/jobs", "--output", card)
    assert (again.exit_code, card.read_bytes()) == (2, before)
    assert run("crawl", card).exit_code == 2


def test_every_field_of_a_tried_page_says_what_found_it_and_how_it_is_read(card, run, board, saved):
    trial = tried(run, card, saved(AD), f"{board}{AD}")
    assert (trial["outcome"], trial["reason"]) == ("ad", "the card's selectors find a title or a text")
    found = fields(trial)
    assert (found["title"]["kind"], found["title"]["where"]) == ("selector", ".vacancy-title")
    assert found["hiring_organization"]["where"] == 'td:contains("Employer") + td'
    assert found["date_posted"]["read_as"] == "2026-10-30"
    assert found["base_salary"]["read_as"] == "1,900 to 2,400 MYR a month"


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("job/vi-022-phu-bep-quan-lau-di-lam-lien", {"title": "JSON-LD", "base_salary": "JSON-LD"}),
        ("script/jobs/vi-049-boc-xep-cho-dau-moi-tien-tuoi-trong", {"title": "data in scripts"}),
        ("plain/jobs/vi-034-duoc-si-ban-thuoc-ca-chieu", {"title": "selector", "job_location": "label row"}),
    ],
)
def test_structured_data_scripts_and_rows_are_told_apart(card, run, board, saved, path, kinds):
    found = fields(tried(run, card, saved(path), f"{board}{path}"))
    assert {name: found[name]["kind"] for name in kinds} == kinds


def test_a_listing_shows_its_links_and_a_page_of_advice_is_neither(card, run, board, saved):
    listing = tried(run, card, saved("plain/jobs"), f"{board}plain/jobs")
    assert (listing["outcome"], len(listing["links"])) == ("listing", 20)
    assert listing["next_pages"] == [f"{board}plain/jobs?page=2"]
    shown = run("sources", "try", card, "--file", saved("safety"), "--url", f"{board}safety")
    assert (shown.exit_code, "neither an ad nor a listing" in shown.output) == (1, True)


def test_what_structured_data_says_gets_no_selector(home, run, board, saved):
    file = draft(run, board, saved, home / "script-board.toml", "script/jobs", "script/jobs/th-019")
    assert tomllib.loads(file.read_text())["select"] == {"next_page": '[rel="next"]'}
    assert "# read from the page's data in scripts: title, " in file.read_text()


def test_a_saved_page_of_a_foreign_board_is_drafted_without_a_review_and_its_address_is_not_fetched_without_one(
    home, run, tmp_path
):
    page = tmp_path / "cook.html"
    page.write_text(
        '<title>Cook</title><div class="facts"><h1 class="job-name">Cook</h1>'
        '<p>Employer: <b class="firm">Reed Inn</b></p><p>Place: <b class="town">Hue</b></p></div>'
        '<div class="job-text"><p>'
        + "The inn by the lagoon looks for a cook who likes fish, works five evenings and cleans the kitchen. " * 4
        + '</p></div><a href="/apply">Apply now</a>'
    )
    nameless = run("sources", "new", page)
    assert (nameless.exit_code, "expected --address" in nameless.output) == (2, True)
    address = "https://board.example/jobs/cook-17"
    drafted = run("sources", "new", page, "--address", address)
    assert drafted.exit_code == 0, drafted.output
    source = read_source(home / "data" / "sources" / "board-example.toml", reviewed=False)
    assert (source.start, source.is_reviewed, source.select["description"]) == ((address,), False, (".job-text",))
    found = fields(tried(run, home / "data" / "sources" / "board-example.toml", page, address))
    assert found["hiring_organization"]["value"] == "Reed Inn"
    refused = run("sources", "new", address, "--name", "other")
    assert (refused.exit_code, "--reviewed-by and --permission" in refused.output) == (2, True)
    uncalled = run("sources", "new", address, "--name", "other", "--reviewed-by", "A", "--permission", "Terms, 4")
    assert (uncalled.exit_code, "contact" in uncalled.output) == (2, True)


@pytest.mark.parametrize(
    ("path", "message"),
    [("employer/jobs/17", "robots.txt forbids it"), ("jobs?page=99", "404")],
)
def test_a_page_that_may_not_or_cannot_be_read_is_an_error(home, run, board, path, message):
    shown = run("sources", "new", f"{board}{path}")
    assert (shown.exit_code, message in shown.output) == (2, True), shown.output
    assert not (home / "data" / "sources").exists()


def test_a_card_is_tried_on_its_own_sites_alone(card, run):
    shown = run("sources", "try", card, "--url", "http://127.0.0.1:9/jobs")
    assert (shown.exit_code, "expected an address of 127.0.0.1" in shown.output) == (2, True)
