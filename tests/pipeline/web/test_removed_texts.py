"""A case whose text was removed still shows what was decided of it, and nothing else of the ad."""

from datetime import timedelta

from builders import NOON
from pipeline.nightly.retention import retain
from pipeline.settings.records import RetainSettings
from store_builders import decide


def test_the_page_shows_the_decision_and_not_the_text(store, signed_in, tmp_path):
    [case] = [case for case in store.queue.cases() if case.title == "Helper for chat work"]
    decide(store, case.case_id)
    store.ads.mark_gone("test", {"test:1": "removed"}, at=NOON)
    kept = RetainSettings(lawful_days=1)
    assert retain(store, kept, tmp_path / "batches", now=NOON + timedelta(days=2)).ads_emptied == 1
    page = signed_in.get(f"/case/{case.case_id}")
    assert page.status_code == 200
    assert "(text removed)" in page.text
    assert "Lawful offer" in page.text
    assert "Money before the work" in page.text
    for said in ("Helper for chat work", "an advance of 500", "Blue Crane Services"):
        assert said not in page.text
    assert "Helper for chat work" not in signed_in.get("/?state=decided").text
