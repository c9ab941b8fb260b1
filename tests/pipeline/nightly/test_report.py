"""What people hear of whole nights, good, with problems, and failed; the report's forms, metrics and drift."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from notification_servers import hook_server, mail_server
from source_cards import write_card

from builders import NOON, make_ad
from crawler.processes import hold
from loopback_site import Answer, Site
from pipeline.accounts.analysts import Analyst
from pipeline.nightly.health import find_drift, find_unusual_sources
from pipeline.nightly.report import SourceReport
from pipeline.settings.loader import load_settings
from pipeline.store.store import Store
from store_builders import assess, look, open_case_for, open_store
from tiny_model import LAWFUL, LURE


@pytest.fixture
def reached(home):
    """A home with every channel set up."""
    with mail_server() as mail, hook_server() as hook:
        with (home / "lurewatch.toml").open("a") as file:
            file.write(
                f'[notify]\nmail_to = "ops@example.org"\nmail_host = "127.0.0.1:{mail.server_address[1]}"\n'
                f'webhook = "{hook.url}/hook"\nping = "{hook.url}/ping"\n'
            )
        yield mail, hook


def paths(hook):
    return [path for _, path, _ in hook.asked]


def test_a_good_night_is_told_and_pinged_and_its_report_has_four_forms(home, run, board, reached):
    mail, hook = reached
    board(baker=LAWFUL, campus=LURE)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    night = run("nightly")
    assert night.exit_code == 0, night.output
    assert paths(hook) == ["/hook", "/ping"]
    record = json.loads(hook.asked[0][2])
    assert (record["event"], record["counts"]["new"], record["problems"]) == ("night ended", 2, [])
    assert mail.mails[0]["Subject"].endswith("no problems, 2 new cases")
    assert set(record["stages"]) >= {"crawl", "intake", "score"}
    reports = home / "data" / "local" / "reports"
    assert sorted(path.suffix for path in reports.iterdir()) == [".html", ".json", ".md", ".txt"]
    (page,) = reports.glob("*.html")
    assert "<td>board-a</td><td>2</td><td>2</td>" in page.read_text()
    metrics = (home / "data" / "local" / "metrics.prom").read_text()
    assert 'lurewatch_source_ads{source="board-a"} 2\n' in metrics
    assert "lurewatch_night_new 2\n" in metrics
    assert "# TYPE lurewatch_night_ended gauge\n" in metrics
    assert datetime.fromisoformat(record["started_at"]).isoformat() == record["started_at"]
    (home / "data" / "sources" / "board-a.toml").unlink()
    night = run("nightly")
    assert (night.exit_code, "nothing was read" in night.output) == (1, True)
    assert "board-a: has no card in" in night.output
    assert paths(hook) == ["/hook", "/ping", "/hook"], "cards that went missing are no calm night"


def test_a_night_with_a_problem_is_told_and_not_pinged(home, run, reached):
    mail, hook = reached
    write_card(home, "board-lost", "http://127.0.0.1:9/sitemap.xml")
    assert run("nightly").exit_code == 1
    assert paths(hook) == ["/hook"]
    assert "problem" in mail.mails[0]["Subject"]


def test_no_terminal_obeys_what_a_server_says(home, run):
    with Site({"/jobs": Answer(body=json.dumps({"error": "No\u202e \x9b31mjobs"}), type="application/json")}) as site:
        write_card(home, "board-a", f"{site.url}/jobs")
        card = home / "data" / "sources" / "board-a.toml"
        card.write_text(card.read_text().replace('"sitemap"', '"ats"\nsystem = "greenhouse"'))
        shown = run("nightly").output
    (report,) = (home / "data" / "local" / "reports").glob("*.txt")
    for text in (shown, report.read_text(encoding="utf-8")):
        assert "the API says: No\ufffd \ufffd31mjobs" in text


def test_a_night_of_one_source_is_told_and_not_pinged(home, run, board, reached):
    _, hook = reached
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    night = run("nightly", "--only", "board-a")
    assert (night.exit_code, "partial    sources that were asked for by name" in night.output) == (0, True)
    assert paths(hook) == ["/hook"], "the monitor still waits for the whole night"
    assert "no whole night has ended yet" in run("status", "--check").output
    assert run("nightly").exit_code == 0
    assert paths(hook) == ["/hook", "/hook", "/ping"]
    assert "whole night" not in run("status", "--check").output


def test_a_night_that_fails_is_told(home, run, reached):
    mail, hook = reached
    (home / "data" / "sources").mkdir(parents=True)
    (home / "data" / "local").mkdir(parents=True)
    (home / "data" / "local" / "reports").write_text("a file")
    assert run("nightly").exit_code == 2
    assert paths(hook) == ["/hook"]
    assert json.loads(hook.asked[0][2])["event"] == "night failed"
    told = mail.mails[0].get_body(("plain",)).get_content()
    assert "reports: cannot be written" in told
    assert "Mend that, then run `lurewatch nightly`" in told
    (home / "data" / "sources").rmdir()
    assert run("nightly").exit_code == 2
    assert "expected a folder of source cards" in mail.mails[1].get_body(("plain",)).get_content()


def test_a_night_beside_another_is_not_said_to_have_failed(home, run, reached):
    mail, _ = reached
    (home / "data" / "sources").mkdir(parents=True)
    with hold(home / "data" / "local" / "night.lock", doing="a night", at=NOON):
        assert run("nightly").exit_code == 2
    assert "No night began at" in mail.mails[0]["Subject"]
    assert "another process has been at it since" in mail.mails[0].get_body(("plain",)).get_content()


def test_a_notice_that_does_not_arrive_costs_nothing_and_stands_in_the_health(home, run, reached):
    _, hook = reached
    hook.status = 500
    (home / "data" / "sources").mkdir(parents=True)
    night = run("nightly")
    assert (night.exit_code, "notification not delivered: webhook at 127.0.0.1: answered 500" in night.output) == (
        0,
        True,
    )
    assert "the last notification did not arrive: ping to 127.0.0.1: answered 500" in run("status", "--check").output
    hook.status = 200
    trial = run("notify")
    assert (trial.exit_code, trial.output) == (0, "all arrived\n")
    (home / "lurewatch.toml").unlink()
    assert run("notify").exit_code == 2, "nobody would hear"


def test_where_only_problems_are_told_a_trial_tries_all_and_a_good_night_leaves_what_was_lost(home, run):
    with hook_server() as hook, (home / "lurewatch.toml").open("a") as settings:
        settings.write(f'[notify]\nwhen = "problems"\nwebhook = "{hook.url}/hook"\n')
        settings.flush()
        hook.status = 500
        assert run("notify").exit_code == 1
        lost = "the last notification did not arrive: webhook at 127.0.0.1: answered 500"
        (home / "data" / "sources").mkdir(parents=True)
        assert run("nightly").exit_code == 0
        assert lost in run("status", "--check").output, "nobody was told anything since"
        hook.status = 200
        assert run("notify").output == "all arrived\n"
        assert len(hook.asked) == 2
        assert lost not in run("status", "--check").output


def test_what_waits_for_an_analyst_goes_out_by_mail_and_webhook_or_to_one_address(home, run, reached):
    mail, hook = reached
    (home / "data" / "local").mkdir(parents=True)
    with open_store(home / "data" / "local") as store:
        store.accounts.add(Analyst(name="putu", role="analyst", password_hash="none"), at=NOON)
        ad = make_ad(title="Cook, call +855 11 444 222")
        look(store, ad)
        case_id = open_case_for(store, ad)
        assert run("digest", "--send").output == "nothing waits for anybody\n"
        assert not mail.mails
        store.teamwork.comment(case_id, "a private word", by="mai", mentions=["putu"], at=NOON)
    sent = run("digest", "--send")
    assert (sent.exit_code, sent.output) == (0, "sent\n")
    assert paths(hook) == ["/hook"], "no monitor hears that all is well"
    record = json.loads(hook.asked[0][2])
    (waiting,) = [each for each in record["analysts"] if each["mentions"]]
    assert (record["event"], waiting["analyst"], waiting["mentions"][0]["case"]) == ("digest", "putu", case_id)
    (letter,) = mail.mails
    assert (letter["To"], letter["Subject"]) == ("ops@example.org", "lurewatch: 1 case waits on the review page")
    for part in ("plain", "html"):
        sent_text = letter.get_body((part,)).get_content()
        assert f"mentioned: case {case_id}, Cook, call" in sent_text
        assert not any(each in sent_text for each in ("444", "private word"))
    one = run("digest", "--send", "--analyst", "putu", "--to", "putu@example.org")
    assert one.exit_code == 0, one.output
    assert (mail.mails[1]["To"], mail.mails[1]["From"], len(hook.asked)) == ("putu@example.org", "ops@example.org", 1)
    hook.status = 500
    assert (run("digest", "--send").exit_code, run("digest", "--send", "--to", "a@b").exit_code) == (1, 2)


def test_one_source_alone_and_a_plan_without_a_night(home, run, board):
    board(baker=LAWFUL)
    for name in ("board-a", "board-b"):
        write_card(home, name, f"{board.address}/sitemap.xml")
    plan = run("nightly", "--dry-run")
    assert (plan.exit_code, plan.output.count("would read")) == (0, 2)
    assert not (home / "data" / "local" / "lurewatch.db").exists()
    assert run("nightly", "--only", "board-x").exit_code == 2
    night = run("nightly", "--only", "board-b", "--json")
    assert json.loads(night.stdout)["counts"]["sources"] == 1
    assert "usually 1 ads" in run("nightly", "--dry-run", "--only", "board-b").output


def test_a_source_is_read_in_the_nights_that_its_card_gives_it(home, run, board):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    write_card(home, "board-b", f"{board.address}/sitemap.xml", every="3d")
    assert json.loads(run("nightly", "--json").stdout)["counts"]["sources"] == 2
    plan = run("nightly", "--dry-run")
    assert "not due     board-b: every 3d" in plan.output
    assert plan.output.count("would read") == 1
    night = run("nightly")
    assert (night.exit_code, "not due    board-b\n" in night.output) == (0, True)
    assert "from 1 sources" in night.output
    asked = run("nightly", "--only", "board-b")
    assert "not due" not in asked.output
    assert "from 1 sources" in asked.output


def test_a_source_that_never_shows_an_ad_is_unusual(tmp_path):
    settings = load_settings(tmp_path)
    empty = SourceReport(source="a", run="x", outcomes={"listing": 12}, addresses=12)
    failed = SourceReport(source="b", run="x", outcomes={}, problems=("b: held back",))
    with Store.open(tmp_path / "a.db", create=True) as store:
        found = list(find_unusual_sources(store, settings, (empty, failed), began=NOON))
    assert found == ["a: no ad was found, tonight nor before: does its card fit the site?"]


def test_a_source_that_brings_nothing_for_some_nights_is_unusual_whatever_its_schedule(tmp_path):
    settings, shown = load_settings(tmp_path), SourceReport(source="a", run="x", outcomes={}, ads=3)
    with Store.open(tmp_path / "a.db", create=True) as store:
        found = []
        for week in range(4):
            moment = (NOON + timedelta(days=7 * week)).isoformat()
            store.db.run(
                "INSERT INTO batches (source, run, started_at, ended_at, ads, taken_at, outcome) "
                "VALUES ('a', ?, ?, ?, 1, ?, json_object('new', ?, 'changed', json_array()))",
                [f"r{week}", moment, moment, moment, 1 if week == 0 else 0],
            )
            found.append(list(find_unusual_sources(store, settings, (shown,), began=NOON)))
    assert found == [[], [], [], ["a: brought nothing new or changed in 3 nights that read it"]]


def test_logs_are_one_stream_of_json_that_says_a_problem_once(home, run):
    with Site() as site:
        pages = [f"/ad-{number}" for number in range(7)]
        listed = "".join(f"<url><loc>{site.url}{page}</loc></url>" for page in pages)
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        site.pages["/sitemap.xml"] = Answer(body=f'<urlset xmlns="{schema}">{listed}</urlset>', type="text/xml")
        site.pages |= dict.fromkeys(pages, Answer(status=500, body="Call 012 847 593"))
        write_card(home, "board-a", f"{site.url}/sitemap.xml")
        write_card(home, "board-b", "http://127.0.0.1:9/sitemap.xml")
        night = run("--verbose", "--log-format", "json", "nightly")
    lines = [json.loads(line) for line in night.stderr.splitlines()]
    assert {"stage begun", "source started", "batch finished"} <= {line["event"] for line in lines}
    assert all({"timestamp", "level"} <= line.keys() for line in lines)
    assert [line for line in lines if line["level"] == "error"] == [], "the report and the ledger name what failed"
    assert "7 of 8 addresses failed" in night.stdout
    said = [json.dumps({**line, "timestamp": ""}) for line in lines]
    assert len(said) == len(set(said)), "nothing is said twice"
    assert not re.search(r"847\s*593", night.stderr)


def test_a_share_that_moved_for_sure_is_drift(tmp_path):
    tonight = datetime(2026, 11, 20, 2, tzinfo=UTC)
    with Store.open(tmp_path / "a.db", create=True) as store, store.atomic():
        for number in range(80):
            is_new = number >= 40
            seen = tonight + timedelta(minutes=1) if is_new else tonight - timedelta(days=3)
            ad = make_ad(
                ad_id=f"test:{number}", url=f"http://127.0.0.1:1/{number}", description=f"Text {number}.",
                language="vi" if is_new else "en", seen_at=seen,
            )  # fmt: skip
            store.ads.record(ad, batch_id=None)
            (pending,) = next(iter(store.assessments.pending("m1", "t1", chunk=1)))
            store.assessments.add(pending.version_id, assess(ad, 0.9 if is_new else 0.1))
        drift = tuple(find_drift(store, began=tonight, model_version="m1", until=tonight + timedelta(hours=1)))
    assert drift == (
        "language en: 0% of 40 texts, was 100% of 40",
        "language vi: 100% of 40 texts, was 0% of 40",
        "mean score: 0.90, was 0.10",
    )
