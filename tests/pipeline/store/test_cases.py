"""Cases and decisions on real SQLite files."""

import sqlite3
import threading

import pytest

from builders import NOON, make_ad
from pipeline.case import Decision
from pipeline.errors import UnknownAnalyst, UnknownCase
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.queue.case_queue import Standings
from pipeline.store.store import Store
from store_builders import NIGHT, assess, decide, look, on_night, open_case_for, open_store


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def test_a_case_holds_every_copy_of_its_text(store):
    first, second = make_ad(ad_id="a:1"), make_ad(ad_id="b:1", source="other", title="night-shift  BAKER")
    look(store, first, second, make_ad(ad_id="a:2", title="Tram driver"))
    case = store.cases.get(open_case_for(store, first))
    assert (case.copies, case.state, case.title) == (2, "open", "Night-shift baker")
    assert store.cases.ads(case.case_id) == (first, second)


def test_a_new_copy_joins_the_case_of_its_text(store):
    look(store, make_ad(ad_id="a:1"))
    case_id = open_case_for(store, make_ad())
    decide(store, case_id)
    look(store, make_ad(ad_id="a:2"))
    assert (store.cases.get(case_id).copies, store.cases.get(case_id).state) == (2, "decided")


def test_a_decided_case_reopens_when_the_ad_text_changes(store):
    look(store, on_night(1))
    case_id = open_case_for(store, on_night(1))
    decide(store, case_id)
    assert store.cases.get(case_id).state == "decided"
    look(store, on_night(2, description="The bakery now asks you to pay for the uniform first."))
    case = store.cases.get(case_id)
    assert (case.state, case.reason, case.copies) == ("reopened", "resurfaced", 1)
    assert [ad.seen_at for ad in store.ads.versions("test:1")] == [NOON + NIGHT, NOON + 2 * NIGHT]
    assert store.cases.ads(case_id)[0].description.startswith("The bakery now asks")
    decide(store, case_id)
    assert store.cases.get(case_id).state == "decided"


def test_a_case_stays_decided_when_the_ad_changes_in_all_but_its_text(store):
    look(store, on_night(1))
    case_id = open_case_for(store, on_night(1))
    decide(store, case_id)
    look(store, on_night(2, job_location="Harbour street"))
    assert store.cases.get(case_id).state == "decided"
    assert store.cases.ads(case_id)[0].job_location == "Harbour street"
    assert len(store.ads.versions("test:1")) == 2


def test_a_text_that_comes_back_is_decided_again(store):
    look(store, on_night(1))
    case_id = open_case_for(store, on_night(1))
    decide(store, case_id)
    look(store, on_night(2, title="Day-shift baker"))
    look(store, on_night(3))
    assert store.cases.get(case_id).state == "decided"
    assert len(store.ads.versions("test:1")) == 3


def test_a_case_is_never_reopened_because_the_model_changed(store):
    look(store, make_ad())
    case_id = open_case_for(store, make_ad())
    for model in ("m1", "m2"):
        (pending,) = next(store.assessments.pending(model, "t1", chunk=9))
        store.assessments.add(pending.version_id, assess(pending.ad, 0.9, model=model))
        decide(store, case_id) if model == "m1" else None
    assert store.assessments.of_case(case_id).model_version == "m2"
    assert store.cases.get(case_id).state == "decided"


def test_one_copy_that_changes_leaves_the_others_their_case(store):
    look(store, on_night(1, ad_id="a:1"), on_night(1, ad_id="a:2"))
    case_id = open_case_for(store, make_ad())
    decide(store, case_id)
    look(store, on_night(2, ad_id="a:1", title="Day-shift baker"))
    assert (store.cases.get(case_id).copies, store.cases.get(case_id).state) == (1, "decided")
    (new,) = store.queue.cases()
    assert (new.title, new.reason, new.state) == ("Day-shift baker", "resurfaced", "open")


def test_an_ad_joins_the_case_of_the_text_it_changes_to(store):
    look(store, on_night(1, ad_id="a:1"), on_night(1, ad_id="a:2", title="Day-shift baker"))
    old, new = open_case_for(store, make_ad()), open_case_for(store, make_ad(title="Day-shift baker"))
    look(store, on_night(2, ad_id="a:1", title="Day-shift baker"))
    assert (store.cases.get(old).copies, store.cases.get(new).copies) == (0, 2)
    assert store.cases.ads(old) == (on_night(1, ad_id="a:1"),), "the text that was judged can still be read"


def test_cases_come_by_priority_and_can_be_narrowed(store):
    for number, (source, language) in enumerate([("a", "vi"), ("a", "en"), ("b", "vi")], start=1):
        ad = make_ad(ad_id=f"{source}:{number}", source=source, language=language, title=f"Cook {number}")
        look(store, ad)
        open_case_for(store, ad, priority=number / 10)
    assert [case.title for case in store.queue.cases()] == ["Cook 3", "Cook 2", "Cook 1"]
    assert [case.title for case in store.queue.cases(limit=2)] == ["Cook 3", "Cook 2"]
    assert [case.title for case in store.queue.cases(source="a", language="vi")] == ["Cook 1"]
    assert store.queue.page(CaseFilter(facets=(("language", "vi"),))).total == 2
    assert store.queue.page(CaseFilter(facets=(("reason", "audit"),))).total == 0
    assert store.queue.standings() == Standings(to_review=3, awaiting=0, closed=0, reopened=0)


def test_a_case_is_narrowed_by_its_likeliest_kind(store):
    look(store, make_ad())
    open_case_for(store, make_ad())
    (pending,) = next(store.assessments.pending("m1", "t1", chunk=9))
    store.assessments.add(pending.version_id, assess(pending.ad, 0.9))
    assert [case.score for case in store.queue.cases(kind="trafficking_recruitment")] == [0.9]
    assert store.queue.cases(kind="job_fraud") == ()


def test_the_next_waiting_case_is_the_one_behind_in_the_queue(store):
    numbers = []
    for number in range(3):
        ad = make_ad(ad_id=f"a:{number}", title=f"Cook {number}")
        look(store, ad)
        numbers.append(open_case_for(store, ad, priority=0.5))
    assert store.queue.next_waiting() == numbers[0]
    assert store.queue.next_waiting(after=numbers[0]) == numbers[1]
    decide(store, numbers[1])
    assert store.queue.next_waiting(after=numbers[0]) == numbers[2]
    assert store.queue.next_waiting(after=numbers[2]) == numbers[0]
    decide(store, numbers[0])
    assert store.queue.next_waiting(after=numbers[2]) is None


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE decisions SET verdict = 'job_fraud'",
        "DELETE FROM decisions",
        "INSERT OR REPLACE INTO decisions SELECT * FROM decisions",
    ],
)
def test_decisions_cannot_be_altered_even_from_outside(store, tmp_path, act):
    look(store, make_ad())
    case_id = open_case_for(store, make_ad())
    decide(store, case_id)
    outside = sqlite3.connect(tmp_path / "lurewatch.db")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        outside.execute(act)
    outside.close()
    assert [decision.verdict for decision in store.decisions.of_case(case_id)] == ["legitimate"]


def test_two_analysts_who_decide_at_once_are_both_heard(store, tmp_path):
    look(store, make_ad())
    case_id = open_case_for(store, make_ad())
    ready = threading.Barrier(2)

    def judge(verdict):
        with Store.open(tmp_path / "lurewatch.db") as mine:
            ready.wait()
            for _ in range(20):
                with mine.atomic():
                    decide(mine, case_id, verdict=verdict)

    judges = [threading.Thread(target=judge, args=(verdict,)) for verdict in ("legitimate", "job_fraud")]
    for each in judges:
        each.start()
    for each in judges:
        each.join()
    verdicts = [decision.verdict for decision in store.decisions.of_case(case_id)]
    assert (verdicts.count("legitimate"), verdicts.count("job_fraud")) == (20, 20)


def test_a_decision_is_read_back_as_it_was_made(store):
    look(store, make_ad())
    case_id = open_case_for(store, make_ad())
    made = Decision(
        case_id=case_id, analyst="mai", verdict="cannot_tell", confirmed=("a.b",), rejected=("c.d", "e.f"),
        note="chưa rõ", fingerprint="00", model_version=None, score=None, decided_at=NOON,
    )  # fmt: skip
    number = store.decisions.add(made)
    (read,) = store.decisions.of_case(case_id)
    assert read.decision_id == number
    assert (read.confirmed, read.rejected, read.note, read.decided_at) == (("a.b",), ("c.d", "e.f"), "chưa rõ", NOON)
    assert store.cases.get(case_id).state == "reopened", "it judged another text than the present one"


def test_a_decision_on_nothing_or_by_nobody_is_refused(store):
    look(store, make_ad())
    case_id = open_case_for(store, make_ad())
    decision = Decision(
        case_id=case_id, analyst="nobody", verdict="legitimate", fingerprint="", model_version=None, score=None,
        decided_at=NOON,
    )  # fmt: skip
    with pytest.raises(UnknownAnalyst, match="nobody"):
        store.decisions.add(decision)
    with pytest.raises(UnknownCase, match="99"):
        decide(store, 99)
    with pytest.raises(UnknownCase, match="99"):
        store.cases.ads(99)


def test_an_act_that_fails_leaves_nothing(store):
    def fail():
        with store.atomic():
            look(store, make_ad())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.statistics.totals()["ads"] == 0


def test_a_page_with_half_a_character_is_stored(store):
    ad = make_ad(title="Cook \ud83d wanted", url="http://127.0.0.1/\udc00")
    look(store, ad)
    open_case_for(store, ad)
    assert store.ads.get("test:1") == ad
    assert store.queue.cases()[0].title == "Cook ? wanted"
