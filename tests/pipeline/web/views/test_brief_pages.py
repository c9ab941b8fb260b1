"""The prevention brief on the desk and on the command line. Every text is invented."""

import re

import pytest
from click.testing import CliRunner

from browsing import browser_path, let_in
from builders import NOON, make_ad
from pipeline.cli import cli
from store_builders import assess, decide, look, open_case_for
from web_acts import sign_in_as

CONFIRMED = 6


@pytest.fixture
def october(store):
    """Six confirmed lures that were opened in this month, which is asked for as November is over."""
    for number in range(CONFIRMED):
        ad = make_ad(ad_id=f"brief:{number}", title=f"Chat work {number}", country="KH", language="en")
        look(store, ad)
        (pending,) = [
            each for chunk in store.assessments.pending("m1", "t1", chunk=50) for each in chunk if each.ad == ad
        ]
        store.assessments.add(pending.version_id, assess(ad, 0.9))
        decide(store, open_case_for(store, ad), verdict="trafficking_recruitment")


def test_the_last_whole_month_is_shown_unless_another_is_asked_for(app, october, clock):
    client = sign_in_as(app, "a-researcher")
    assert "October 2026" in client.get("/brief").text, "it is the second of November"
    shown = client.get("/brief?month=2026-11").text
    assert "Cambodia" in shown
    assert "100 % (61 to 100)" in shown


def test_a_brief_speaks_another_language_than_the_page_where_it_is_asked_to(app, october):
    page = sign_in_as(app, "mai").get("/brief?month=2026-11&language=vi").text
    assert '<html lang="en">' in page
    assert '<article class="card brief-page" lang="vi">' in page
    assert "Campuchia" in page


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "2026-1", "x", "2026-11-01"])
def test_what_is_no_month_is_not_answered(app, month):
    assert sign_in_as(app, "mai").get(f"/brief?month={month}").status_code == 400


def test_each_file_is_logged(app, store, october):
    client = sign_in_as(app, "a-researcher")
    for ending, mimetype in (("html", "text/html"), ("md", "text/markdown")):
        answer = client.get(f"/brief.{ending}?month=2026-11&language=id")
        assert answer.mimetype == mimetype
        assert "Kamboja" in answer.text
        assert f"lurewatch-brief-2026-11-id.{ending}" in answer.headers["Content-Disposition"]
        entry = store.audit.entries(limit=1)[0]
        assert (entry.act, entry.subject, entry.analyst) == ("exported", "brief 2026-11", "a-researcher")
    assert client.get("/brief.exe").status_code == 404
    cards = [client.get(f"/brief.png?month=2026-11&language={language}").data for language in ("en", "vi", "id")]
    assert len(set(cards)) == 3, "a card in each language"
    assert all(card.startswith(b"\x89PNG") for card in cards)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.delenv("LUREWATCH_HOME", raising=False)
    return lambda *words: CliRunner().invoke(
        cli, ["brief", "--database", str(tmp_path / "lurewatch.db"), *map(str, words)]
    )


def test_the_command_writes_a_file_in_the_language(run, october, store, tmp_path):
    made = run("--month", f"{NOON:%Y-%m}", "--language", "vi", "--output", tmp_path / "brief.html")
    assert made.exit_code == 0, made.output
    assert "6 confirmed cases" in made.output
    assert "Campuchia" in (tmp_path / "brief.html").read_text()
    assert store.audit.entries(limit=1)[0].analyst is None


def test_the_command_says_when_there_is_too_little_to_tell(run, database, tmp_path):
    made = run("--month", "2026-10", "--output", tmp_path / "brief.md")
    assert made.exit_code == 1
    assert "Fewer than 5 cases" in (tmp_path / "brief.md").read_text()


@pytest.mark.parametrize("words", [("--month", "10-2026", "--output", "x.md"), ("--output", "brief.pdf"), ()])
def test_the_command_refuses_what_it_cannot_write(run, database, words):
    assert run(*words).exit_code == 2


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one")
@pytest.mark.parametrize("language", ["en", "vi", "id"])
def test_the_page_prints_on_one_sheet(app, october, windows, language):
    with windows.open(app) as page:
        let_in(page, "mai")
        page.goto(f"/brief?month=2026-11&language={language}")
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
