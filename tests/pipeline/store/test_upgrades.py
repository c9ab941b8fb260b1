"""A database of the first version becomes one of the present, with all that it held."""

from sqlite_utils import Database

from builders import NOON, make_ad
from crawler.ad import content_hash, fingerprint
from crawler.ad_json import ad_to_record
from crawler.files import dumps_line
from pipeline.store.case_filter import CaseFilter
from pipeline.store.connection import from_moment
from pipeline.store.review_queue import ReviewQueue
from pipeline.store.schema.migrations import _steps

FIRST = ("s0001_ads_cases_decisions", "s0002_changes_and_why_gone", "s0003_cases_that_the_model_is_unsure_of")


def old_database(path):
    db = Database(path)
    db.execute("PRAGMA application_id = 0x4C555245")
    known = {step.name: step for step in _steps.pending(db)}
    _steps.apply(db, stop_before=next(name for name in known if name not in FIRST))
    ad, at = make_ad(title="Đầu bếp", hiring_organization="Blue Crane"), from_moment(NOON)
    rows = (
        ("analysts (name, role, password_hash, active, session_version, added_at)", ["an", "lead", "x", 1, 1, at]),
        ("ads (ad_id, source, first_seen_at, last_seen_at)", [ad.ad_id, ad.source, at, at]),
        (
            "ad_versions (version_id, ad_id, seen_at, content_hash, fingerprint, title, record)",
            [1, ad.ad_id, at, content_hash(ad), fingerprint(ad), ad.title, dumps_line(ad_to_record(ad))],
        ),
        (
            "cases (case_id, fingerprint, reason, priority, opened_at, version_id)",
            [1, fingerprint(ad), "score", 0.5, at, 1],
        ),
        ("case_ads (case_id, ad_id, joined_at)", [1, ad.ad_id, at]),
        (
            "decisions (case_id, analyst, verdict, confirmed, rejected, note, fingerprint, decided_at)",
            [1, "an", "legitimate", "[]", "[]", "", fingerprint(ad), at],
        ),
    )
    for table, values in rows:
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    db.execute("UPDATE ads SET version_id = 1")
    db.conn.commit()
    db.close()


def test_accounts_cases_and_decisions_come_along(tmp_path):
    old_database(tmp_path / "old.db")
    with ReviewQueue.open(tmp_path / "old.db") as queue:
        assert queue.analyst("an").role == "supervisor"
        (case,) = queue.desk_page(
            CaseFilter(state="decided", facets=(("employer", "Blue Crane"),), words="dau bep")
        ).cases
        assert (case.title, case.state, case.copies) == ("Đầu bếp", "decided", 1)
        assert queue.count_cases(state="decided") == 1
        assert queue.opinion_state(1) is None
        assert [entry.details for entry in queue.audit_chain()] == [{"decisions": 1}]
        assert list(queue.unlogged_decisions()) == []
