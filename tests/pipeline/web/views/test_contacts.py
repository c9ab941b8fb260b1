"""Contacts reach those who need them, and nobody else. Every number and name is invented."""

from dataclasses import replace
from datetime import timedelta

from builders import NOON, make_ad
from crawler.ad import Contact
from store_builders import decide, look
from web_acts import sign_in_as

SECRETS = (
    "900000123",
    "900 000 123",
    "blue_crane_jobs",
    "desk@crane.example",
    "crane.example/apply",
    "crane.example/ad",
)


def test_a_researcher_reads_a_case_without_its_contacts(app, store):
    (lure,) = store.cases.ads(1)
    full = replace(
        lure, title="Helper, call 0900 000 123", country="VN", seen_at=NOON + timedelta(days=1),
        description="We pay an advance of 500. Telegram @blue_crane_jobs or desk@crane.example.",
        contacts=(Contact(kind="phone", value="+84900000123"), Contact(kind="telegram", value="blue_crane_jobs")),
        url="http://crane.example/ad/1", apply_url="http://crane.example/apply",
    )  # fmt: skip
    look(store, full)
    moved = replace(full, contacts=(Contact(kind="phone", value="+84900000777"),), seen_at=NOON + timedelta(days=2))
    look(store, moved)
    decide(store, 1, verdict="job_fraud")
    researcher, analyst = sign_in_as(app, "a-researcher"), sign_in_as(app, "mai")
    pages = [researcher.get(path).text for path in ("/", "/?state=decided", "/case/1")]
    for secret in (*SECRETS, "900000777"):
        assert all(secret not in page for page in pages), secret
    assert "an advance of 500" in pages[2]
    seen = analyst.get("/case/1").text
    assert all(secret in seen for secret in SECRETS[1:])


def test_a_note_with_a_contact_is_hidden_too(app, store):
    look(store, make_ad())
    from pipeline.case import Decision

    store.decisions.add(
        Decision(case_id=1, analyst="mai", verdict="job_fraud", note="ask desk@crane.example", fingerprint="0",
                 model_version=None, score=None, decided_at=NOON)
    )  # fmt: skip
    assert "desk@crane.example" not in sign_in_as(app, "a-researcher").get("/case/1").text
    assert "desk@crane.example" in sign_in_as(app, "mai").get("/case/1").text
