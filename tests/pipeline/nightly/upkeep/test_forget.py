"""An ad that is forgotten is nowhere any more, and does not come back; what stays adds up."""

import gzip
import json
import shutil

import pytest
from night_board import opened_board
from source_cards import write_card

from builders import NOON
from crawler.batch.batch import find_batches, read_batch
from crawler.batch.evidence import find_in_batch, gather_proof
from crawler.batch.redact import redact_all
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.report import LookedUp, NightReport, Section, SourceReport, as_html, as_written, write_report
from pipeline.nightly.retention import clean_report
from pipeline.store.store import Store
from store_builders import decide
from tiny_model import LAWFUL, LURE

SECRET = "Write to zz-top-secret@lure-agency.example for the place."
WHO = ("--by", "mai", "--reason", "The person asked for it.")


def everything(home):
    """All that lies in the home's own folder, unpacked."""
    found = {}
    for path in (home / "data" / "local").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found[path] = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return found


def holding(home, text):
    return [path.name for path, content in everything(home).items() if text.encode() in content]


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory, made_home, commands):
    """The data of a home that has had two nights of a board, which is still served: one ad with a contact in two
    texts."""
    with pytest.MonkeyPatch.context() as patch, opened_board(tmp_path_factory.mktemp("shown") / "board") as board:
        home = made_home(tmp_path_factory.mktemp("two-nights"), patch)
        run = commands(home)
        for more in ("", " And a bonus."):
            board(baker=LAWFUL, campus=f"{LURE} {SECRET}{more}", waiter="A cafe seeks a waiter. Written contract.")
            write_card(home, "board-a", f"{board.address}/sitemap.xml")
            night = run("nightly")
            assert night.exit_code == 0, night.output
        patch.undo()
        yield home / "data"


@pytest.fixture
def filled(home, two_nights):
    """A home of its own after these nights."""
    return shutil.copytree(two_nights, home / "data") / "local"


def id_of(local, title):
    with Store.open(local / "lurewatch.db") as store:
        ids = store.db.column("SELECT ad_id FROM ad_versions WHERE title = ?", [title])
    return ids[0]


def test_copies_out_of_reach_are_named(run, filled):
    assert run("backup", "--output", filled / "backups" / "first").exit_code == 0
    assert run("restore", filled / "backups" / "first").exit_code == 0
    unfinished = [filled / "batches" / "board-a" / f".20261101T020000Z.partial{end}" for end in ("", ".abandoned")]
    for left in unfinished:
        left.mkdir()
    plan = run("forget", id_of(filled, "Campus"), *WHO, "--dry-run")
    (old,) = filled.glob("lurewatch.db.before-*")
    named = [line.partition(": ")[2] for line in plan.output.splitlines() if "may still hold a copy" in line]
    assert named == [str(filled / "backups" / "first"), str(old), *map(str, unfinished)]


def test_what_was_erased_does_not_come_back_with_an_older_backup(run, filled):
    backup = filled / "backups" / "first"
    assert run("backup", "--output", backup).exit_code == 0
    ad_id = id_of(filled, "Campus")
    assert run("forget", ad_id, *WHO).exit_code == 0
    restored = run("restore", backup)
    assert "1 ads that had been erased since were in the backup, and are erased again" in restored.output
    assert b"zz-top-secret" not in (filled / "lurewatch.db").read_bytes()
    assert run("audit", "verify").exit_code == 0
    forgotten = (filled / "forgotten.txt").rename(filled / "elsewhere")  # as on another machine, at first
    next(filled.glob("lurewatch.db.before-*")).unlink()  # of this very second
    restored = run("restore", backup)
    assert (restored.exit_code, "erased again" in restored.output) == (0, False)
    forgotten.rename(filled / "forgotten.txt")
    (filled.parent / "sources" / "board-a.toml").unlink()
    night = run("nightly")
    assert (night.exit_code, "1 ads that had been erased were in the database again" in night.output) == (1, True)
    with Store.open(filled / "lurewatch.db") as store:
        assert ad_id not in store.removal.with_text()
        assert store.faults() == ()
    assert "erased again" not in run("nightly").output


def test_a_report_as_a_page_keeps_what_was_said_of_others(run, filled):
    ad_id = id_of(filled, "Campus")
    page = filled / "reports" / "20260101T000000Z.html"
    lines = [f"board-a: {ad_id} cannot be read", "board-b: does not answer"]
    page.write_text(as_html("A night", [Section(title="Problems", lines=lines)]))
    assert run("forget", ad_id, *WHO).exit_code == 0
    assert (ad_id in page.read_text(), lines[1] in page.read_text()) == (False, True)


def test_no_form_of_a_report_names_an_ad_whose_id_it_escapes(tmp_path):
    ad_id, lines = "board-a:a_b&c", ["board-a: a_b is another", "board-b: does not answer"]
    source = SourceReport(
        source="board-a", run=None, outcomes={}, gone=(ad_id, "board-a:d"), changed_fields={ad_id: "pay"}
    )
    counts = dict.fromkeys(
        ("by_score", "by_rule", "audit", "unflagged", "threshold", "scored", "reopened", "waiting", "awaiting",
         "closed", "copies", "campaigns_merged", "decided", "free_mb"), 0,
    )  # fmt: skip
    night = NightReport(
        **counts, run="20260101T000000Z", started_at=NOON, ended_at=NOON, model_version="", taxonomy_version="",
        taxonomy_edited=False, is_partial=False, sources=(source,), licences=LookedUp(), stages={}, not_due=(),
        unusual=(), drift=(), held_back=(), problems=(f"board-a: {ad_id} cannot be read", *lines),
    )  # fmt: skip
    write_report(night, tmp_path)
    for path in tmp_path.iterdir():
        clean_report(path, [ad_id])
        assert "cannot be read" not in path.read_text()
        assert as_written(ad_id, path.suffix) not in path.read_text()
        assert all(as_written(line, path.suffix) in path.read_text() for line in lines)
    record = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert (record["sources"][0]["gone"], record["sources"][0]["changed_fields"]) == (["board-a:d"], {})


def test_an_ad_is_erased_everywhere_and_does_not_come_back(home, run, filled):
    ad_id = id_of(filled, "Campus")
    assert {"ads.jsonl", "pages.warc.gz", "raw.jsonl.gz", "lurewatch.db"} <= set(holding(home, "zz-top-secret"))
    plan = run("forget", ad_id, *WHO, "--dry-run")
    assert (plan.exit_code, plan.output.count("batch would be rewritten")) == (0, 2)
    assert "ads.jsonl" in holding(home, "zz-top-secret")
    done = run("forget", ad_id, *WHO)
    assert done.exit_code == 0, done.output
    assert holding(home, "zz-top-secret") == []
    for folder in find_batches(filled / "batches"):
        batch = read_batch(folder)
        assert all(ad.ad_id != ad_id for ad in batch.ads())
        for ad in batch.ads():
            prove(folder, ad.ad_id)
    assert run("batches", "verify").exit_code == 0
    assert run("audit", "verify").exit_code == 0
    with Store.open(filled / "lurewatch.db") as store:
        (entry,) = store.audit.entries(act="forgot")
        assert entry.details["reason"] == "The person asked for it."
        assert store.faults() == ()
    again = run("nightly")
    assert (again.exit_code, holding(home, "zz-top-secret")) == (0, []), again.output
    (filled / "lurewatch.db").unlink()
    assert run("intake", "--new-database", filled / "batches").exit_code == 0
    assert holding(home, "zz-top-secret") == []
    assert run("forget", ad_id, *WHO).exit_code == 2


@pytest.mark.parametrize("by_hash", [False, True])
def test_all_ads_with_a_contact_are_erased(home, run, filled, by_hash):
    contact = "zz-top-secret@lure-agency.example"
    with Store.open(filled / "lurewatch.db") as store:
        digest = next(
            card.hash for card in store.contacts.all() if ContactVault.open(filled).read(card.sealed) == contact
        ) if by_hash else contact  # fmt: skip
    assert run("forget", digest, *WHO).exit_code == 0
    assert holding(home, "zz-top-secret") == []


def test_what_was_decided_stays_without_its_text(home, run, filled):
    with Store.open(filled / "lurewatch.db") as store:
        ad_id = id_of(filled, "Campus")
        case_id = store.db.value("SELECT case_id FROM case_ads WHERE ad_id = ? AND left_at IS NULL", [ad_id])
        run("analysts", "add", "mai", "--role", "analyst")
        decide(store, case_id)
    forgotten = run("forget", ad_id, *WHO, "--json")
    assert json.loads(forgotten.stdout)["ads_emptied"] == [ad_id]
    assert holding(home, "zz-top-secret") == []
    with Store.open(filled / "lurewatch.db") as store:
        assert store.cases.is_text_removed(case_id)


def prove(folder, ad_id):
    """The archived page of an ad, checked by its digest."""
    (seen,) = find_in_batch(ad_id, folder)
    return gather_proof(seen)


def test_redacting_twice_is_as_once_and_leaves_the_other_pages(home, run, filled):
    ad_id = id_of(filled, "Campus")
    first = find_batches(filled / "batches")[0]
    size = (first / "pages.warc.gz").stat().st_size
    assert redact_all([first], [ad_id]) == ()
    once = everything(home)
    assert redact_all([first], [ad_id]) == ()
    assert everything(home) == once
    assert (first / "pages.warc.gz").stat().st_size == size
    others = [ad.ad_id for ad in read_batch(first).ads()]
    assert len(others) == 2
    for other in others:
        prove(first, other)


def test_a_redaction_that_failed_halfway_can_be_done_again(home, run, filled):
    ad_id = id_of(filled, "Campus")
    first = find_batches(filled / "batches")[0]
    pages = (first / "pages.warc.gz").rename(first / "elsewhere")
    assert redact_all([first], [ad_id]) == (f"{first}: cannot be redacted (FileNotFoundError)",)
    assert any(ad.ad_id == ad_id for ad in read_batch(first, damaged=True).ads()), "it says where the pages lie"
    pages.rename(first / "pages.warc.gz")
    assert redact_all([first], [ad_id]) == ()
    assert "zz-top-secret" not in "".join(str(everything(home)[path]) for path in first.iterdir())
