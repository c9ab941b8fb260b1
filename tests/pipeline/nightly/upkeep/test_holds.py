"""What a legal hold keeps from retention and erasure, and how it ends. Every text is invented."""

import gzip
import json
from dataclasses import replace

import pytest
from source_cards import write_card

from builders import NOON, make_ad
from crawler.ad import fingerprint
from crawler.batch.batch import find_batches
from crawler.batch.evidence import find_in_batch, gather_proof
from crawler.batch.redact import redact_all
from pipeline.errors import UnknownCase
from pipeline.nightly.pending import gather_campaigns
from pipeline.nightly.retention import TO_REDACT, retain
from pipeline.settings.records import RetainSettings
from pipeline.store.store import Store
from store_builders import NIGHT, decide, look, open_store
from tiny_model import LAWFUL, LURE

WHO = ("--by", "Mai of the court desk", "--reason", "Court order 7.")
TEXT = (
    "The amber yard hires keelwrights who mend keels before the winter. Rooms are over the sail loft, meals at the "
    "long table, and the ferry leaves at six. Write to the {name} office."
)
HELD, COPY, OTHER = (
    make_ad(ad_id="h:held", title="Keelwright", description=TEXT.format(name="amber")),
    make_ad(ad_id="h:copy", title="Keelwright", description=TEXT.format(name="beech")),
    make_ad(ad_id="h:other", title="Typist", description="An office by the lake, with a written contract."),
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        look(opened, HELD, COPY, OTHER)
        gather_campaigns(opened, at=NOON)
        opened.ads.mark_gone("test", dict.fromkeys((HELD.ad_id, COPY.ad_id, OTHER.ad_id), "removed"), at=NOON)
        for ad in (HELD, OTHER):
            opened.cases.open(fingerprint(ad), reason="score", priority=0.9, at=NOON)
        decide(opened, opened.cases.of_text(fingerprint(OTHER)))
        yield opened


def clear(store, folder, **more):
    settings = RetainSettings(undecided_days=30, lawful_days=30)
    return retain(store, settings, folder / "batches", now=NOON + 100 * NIGHT, **more)


def test_retention_leaves_what_is_held_with_its_copies_and_says_so(store, tmp_path):
    (tmp_path / "batches").mkdir()
    case = store.cases.of_text(fingerprint(HELD))
    assert store.proceedings.hold(case, reason="A court asks.", by="Mai", account="mai", at=NOON)
    assert not store.proceedings.hold(case, reason="Again.", by="Mai", account="mai", at=NOON)
    planned = clear(store, tmp_path, dry_run=True)
    found = clear(store, tmp_path)
    assert (found.ads_held, found.cases_held) == (planned.ads_held, planned.cases_held) == (2, (case,))
    assert (found.ads_removed, found.ads_emptied) == (0, 1)
    assert (store.ads.get(HELD.ad_id), store.ads.get(COPY.ad_id)) == (HELD, COPY)
    assert store.proceedings.end_hold(case, reason="It is over.", by="Mai", account="mai", at=NOON)
    assert not store.proceedings.end_hold(case, reason="Again.", by="Mai", account="mai", at=NOON)
    after = clear(store, tmp_path)
    assert (after.ads_held, after.cases_held, after.ads_removed + after.ads_emptied) == (0, (), 2)
    entries = [(each.act, each.analyst, each.details["reason"]) for each in store.audit.entries() if "hold" in each.act]
    assert entries == [("ended_hold", "mai", "It is over."), ("set_hold", "mai", "A court asks.")]


def test_a_case_that_is_not_there_cannot_be_held(store):
    with pytest.raises(UnknownCase):
        store.proceedings.hold(99, reason="x", by="Mai", account=None, at=NOON)


def holding(home, text):
    found = []
    for path in (home / "data" / "local" / "batches").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
            found += [path.name] if text.encode() in content else []
    return sorted(found)


def test_erasure_leaves_what_is_held_and_says_so(home, run, board):
    board(baker=LAWFUL, campus=f"{LURE} It is held.")
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    assert run("nightly").exit_code == 0
    assert (home / "data" / "local" / "audit.ends").exists()
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        (ad_id,) = store.db.column("SELECT ad_id FROM ad_versions WHERE title = 'Campus'")
        (case,) = [each.case_id for each in store.queue.cases() if each.title == "Campus"]
    assert run("cases", "hold", case, *WHO).exit_code == 0
    assert run("cases", "hold", case, *WHO).exit_code == 1
    held = json.loads(run("cases", "held", "--json").output)
    assert [(each["case_id"], each["set_by"], each["reason"]) for each in held] == [(case, WHO[1], WHO[3])]
    before = holding(home, "It is held.")
    assert "pages.warc.gz" in before
    refused = run("forget", ad_id, *WHO)
    assert refused.exit_code == 1
    assert f"1 ads stay whole: legal hold on case {case}" in refused.output
    assert holding(home, "It is held.") == before
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert "It is held." in store.ads.get(ad_id).description
        assert store.audit.entries(act="forgot")[0].details["held"] == 1
    assert run("cases", "release", case, *WHO).exit_code == 0
    assert run("cases", "release", case, *WHO).exit_code == 1
    done = run("forget", ad_id, *WHO)
    assert done.exit_code == 0, done.output
    assert holding(home, "It is held.") == []


def test_a_page_that_shows_a_held_ad_too_outlives_the_other(home, run, board):
    board(baker=LAWFUL, campus=LURE)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    assert run("nightly").exit_code == 0
    (folder,) = find_batches(home / "data" / "local" / "batches")
    ads = [json.loads(line) for line in (folder / "ads.jsonl").read_text().splitlines()]
    first, second = ads[:2]
    second["page"] = first["page"]  # both on one page
    (folder / "ads.jsonl").write_text("".join(json.dumps(ad) + "\n" for ad in ads))
    redact_all([folder], [second["ad_id"]], held=[first["ad_id"]])
    (seen,) = find_in_batch(first["ad_id"], folder)
    assert gather_proof(seen).response.sha256 == first["page"]["sha256"]


def test_what_a_hold_left_in_batches_goes_with_the_first_retention_after_it(store, tmp_path):
    batches = tmp_path / "batches"
    batches.mkdir()
    case = store.cases.of_text(fingerprint(HELD))
    store.proceedings.hold(case, reason="A court asks.", by="Mai", account="mai", at=NOON)
    clear(store, tmp_path)
    assert json.loads((batches / TO_REDACT).read_text()) == [OTHER.ad_id]
    store.proceedings.end_hold(case, reason="It is over.", by="Mai", account="mai", at=NOON)
    clear(store, tmp_path)
    assert not (batches / TO_REDACT).exists()


def test_a_later_copy_is_held_too(store):
    case = store.cases.of_text(fingerprint(HELD))
    store.proceedings.hold(case, reason="A court asks.", by="Mai", account="mai", at=NOON)
    later = replace(HELD, ad_id="h:later", description=TEXT.format(name="cedar"), seen_at=NOON + NIGHT)
    look(store, later)
    gather_campaigns(store, at=NOON + NIGHT)
    assert later.ad_id in store.proceedings.held_ads()
    assert store.proceedings.held_cases([later.ad_id]) == (case,)
    assert OTHER.ad_id not in store.proceedings.held_ads()


def test_the_log_has_the_reason_without_contacts_and_cut(store):
    case = store.cases.of_text(fingerprint(HELD))
    reason = "Ask +85511000502 of the court. " + "x" * 500
    store.proceedings.hold(case, reason=reason, by="Mai", account="mai", at=NOON)
    (entry,) = store.audit.entries(act="set_hold")
    assert "85511000502" not in str(entry.details)
    assert len(entry.details["reason"]) == 200
    assert store.proceedings.holds(case)[0].reason == reason
