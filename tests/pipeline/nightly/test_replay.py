"""Real nights of an invented board, taken into the store as they come, late, again, and from the beginning."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from builders import NOON
from crawler.batch.batch import reseal
from crawler.run.runner import crawl_sources
from crawler.sources.loader import source_from_card
from loopback_site import Answer, Site
from pipeline.nightly.intake import batch_folders, take_in
from store_builders import open_case_for, open_store


def page(title: str, **fields: object) -> Answer:
    ad = {"@context": "https://schema.org/", "@type": "JobPosting", "title": title, "description": f"{title} wanted."}
    script = json.dumps(ad | {"hiringOrganization": {"@type": "Organization", "name": "Blue Crane"}} | fields)
    body = f'<html><head><script type="application/ld+json">{script}</script></head><body>{title}</body></html>'
    return Answer(body=body)


def place(country: str) -> dict[str, object]:
    return {"jobLocation": {"@type": "Place", "address": {"addressCountry": country}}}


def build(site: Site, night: int) -> None:
    pages = {
        "/stays": page("Stays"),
        "/moves": page("Moves", **place("TH" if night == 0 else "KH")),
        "/ends": page("Ends", validThrough="2026-11-03" if night < 3 else "2026-12-03"),
        "/closed": page("Closed") if night != 1 else Answer(status=410),
    }
    if night == 2:
        pages["/late"] = page("Late")
    rows = "".join(f"<url><loc>{{site}}{path}</loc></url>" for path in pages)
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    site.pages = pages | {"/sitemap.xml": Answer(body=f'<urlset xmlns="{schema}">{rows}</urlset>', type="text/xml")}


@pytest.fixture(scope="module")
def batches(tmp_path_factory) -> Path:
    """Four nights of one source."""
    output = tmp_path_factory.mktemp("batches")
    with Site() as site:
        card = {"name": "quay", "title": "Quay", "kind": "sitemap", "start": [f"{site.url}/sitemap.xml"], "local": True}
        quay = source_from_card(card | {"politeness": {"delay": 0}}, where="quay.toml")
        for night in range(4):
            build(site, night)
            crawl_sources([quay], output, contact=None, now=NOON + timedelta(days=night))
    return output


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def take(store, *places):
    return list(take_in(store, batch_folders(places), gone_after_batches=3, now=NOON))


def titles(store, ad_ids):
    return [store.ads.get(ad_id).title for ad_id in ad_ids]


def contents(store):
    """All that the store holds of ads, without the numbers that it gives itself."""
    return {
        "ads": store.db.rows(
            "SELECT a.ad_id, a.url, a.first_seen_at, a.last_seen_at, a.missed, a.gone_at, a.gone_why, v.content_hash "
            "FROM ads a JOIN ad_versions v USING (version_id) ORDER BY a.ad_id"
        ),
        "versions": store.db.rows("SELECT ad_id, seen_at, record FROM ad_versions ORDER BY ad_id, seen_at"),
        "changes": [
            store.db.rows("SELECT ad_id, field, fact, before, after, changed_at FROM ad_changes ORDER BY ad_id, field")
        ],
        "outcomes": store.db.rows("SELECT run, outcome FROM batches ORDER BY run"),
    }


def test_each_night_brings_what_became_of_every_ad(store, batches):
    first, second, third, fourth = take(store, batches)
    assert (first.new, first.unchanged, first.gone) == (4, 0, ())
    assert (second.new, titles(store, second.changed), second.unchanged) == (0, ["Moves"], 2)
    assert second.changed_fields == {second.changed[0]: "country, job_location (destination changed)"}
    assert titles(store, second.gone) == titles(store, second.not_seen) == ["Closed"]
    # Taken down for one night: it is back as it was, and one ad has run out.
    assert (third.new, third.changed, third.unchanged) == (1, (), 3)
    assert titles(store, third.gone) == ["Ends"]
    assert (fourth.new, titles(store, fourth.changed), fourth.unchanged) == (0, ["Ends"], 3)
    assert titles(store, fourth.gone) == ["Late"]
    gone = store.db.rows("SELECT ad_id, gone_why FROM ads WHERE gone_at IS NOT NULL")
    assert [(store.ads.get(row["ad_id"]).title, row["gone_why"]) for row in gone] == [("Late", "404")]


def test_intake_twice_is_once_and_a_store_can_be_made_again_from_its_batches(store, tmp_path, batches):
    folders = batch_folders([batches])
    for folder in folders:
        take(store, folder)
    before = contents(store)
    assert {batch.outcome for batch in take(store, batches)} == {"known"}
    assert contents(store) == before
    with open_store(tmp_path / "again") as again:
        take(again, batches)
        assert contents(again) == before


def test_a_batch_that_rests_on_another_waits_for_it(store, batches):
    first, second, *_ = batch_folders([batches])
    (early,) = take(store, second)
    assert early.outcome == "held_back"
    assert early.problems == (f"rests on run {first.name}, which was not taken in; take that in first",)
    assert store.statistics.totals()["ads"] == 0
    assert [batch.outcome for batch in take(store, first, second)] == ["taken", "taken"]


def test_a_change_of_destination_is_a_fact_and_moves_the_case(store, batches):
    first, second, *_ = batch_folders([batches])
    take(store, first)
    moving = next(ad for ad in map(store.ads.get, _ids(store)) if ad.title == "Moves")
    case_id = open_case_for(store, moving)
    take(store, second)
    facts = store.changes.of_ads([moving.ad_id], facts_only=True)
    assert [(fact.field, fact.fact, fact.before, fact.after) for fact in facts] == [
        ("country", "destination", "TH", "KH"),
        ("job_location", "destination", "TH", "KH"),
    ]
    assert store.cases.ads(case_id)[0].country == "KH"


def _ids(store):
    return [row["ad_id"] for row in store.db.rows("SELECT ad_id FROM ads")]


def test_a_broken_list_of_gone_ads_is_told_and_nothing_is_taken(store, tmp_path, batches):
    source = batch_folders([batches])[0]
    folder = tmp_path / "quay" / source.name
    folder.mkdir(parents=True)
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "gone.jsonl").write_text("not json\n")
    reseal(folder)
    (held,) = take(store, folder)
    assert (held.outcome, "gone.jsonl: expected" in held.problems[0]) == ("held_back", True)
    assert store.statistics.totals()["batches"] == 0
