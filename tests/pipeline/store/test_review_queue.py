"""The review queue on real SQLite files."""

import sqlite3
import threading

import pytest

from builders import NOON, make_ad
from pipeline.case import Decision
from pipeline.errors import UnknownAnalyst, UnknownCase
from pipeline.store.review_queue import ReviewQueue
from store_builders import NIGHT, assess, decide, look, on_night, open_case_for, open_queue


@pytest.fixture
def queue(tmp_path):
    with open_queue(tmp_path) as opened:
        yield opened


def test_a_case_holds_every_copy_of_its_text(queue):
    first, second = make_ad(ad_id="a:1"), make_ad(ad_id="b:1", source="other", title="night-shift  BAKER")
    look(queue, first, second, make_ad(ad_id="a:2", title="Tram driver"))
    case = queue.case(open_case_for(queue, first))
    assert (case.copies, case.state, case.title) == (2, "open", "Night-shift baker")
    assert queue.case_ads(case.case_id) == (first, second)


def test_a_new_copy_joins_the_case_of_its_text(queue):
    look(queue, make_ad(ad_id="a:1"))
    case_id = open_case_for(queue, make_ad())
    decide(queue, case_id)
    look(queue, make_ad(ad_id="a:2"))
    assert (queue.case(case_id).copies, queue.case(case_id).state) == (2, "decided")


def test_a_decided_case_reopens_when_the_ad_text_changes(queue):
    look(queue, on_night(1))
    case_id = open_case_for(queue, on_night(1))
    decide(queue, case_id)
    assert queue.case(case_id).state == "decided"
    look(queue, on_night(2, description="The bakery now asks you to pay for the uniform first."))
    case = queue.case(case_id)
    assert (case.state, case.reason, case.copies) == ("reopened", "resurfaced", 1)
    assert [ad.seen_at for ad in queue.versions("test:1")] == [NOON + NIGHT, NOON + 2 * NIGHT]
    assert queue.case_ads(case_id)[0].description.startswith("The bakery now asks")
    decide(queue, case_id)
    assert queue.case(case_id).state == "decided"


def test_a_case_stays_decided_when_the_ad_changes_in_all_but_its_text(queue):
    look(queue, on_night(1))
    case_id = open_case_for(queue, on_night(1))
    decide(queue, case_id)
    look(queue, on_night(2, job_location="Harbour street"))
    assert queue.case(case_id).state == "decided"
    assert queue.case_ads(case_id)[0].job_location == "Harbour street"
    assert len(queue.versions("test:1")) == 2


def test_a_text_that_comes_back_is_decided_again(queue):
    look(queue, on_night(1))
    case_id = open_case_for(queue, on_night(1))
    decide(queue, case_id)
    look(queue, on_night(2, title="Day-shift baker"))
    look(queue, on_night(3))
    assert queue.case(case_id).state == "decided"
    assert len(queue.versions("test:1")) == 3


def test_a_case_is_never_reopened_because_the_model_changed(queue):
    look(queue, make_ad())
    case_id = open_case_for(queue, make_ad())
    for model in ("m1", "m2"):
        (pending,) = next(queue.pending_ads(model, "t1", chunk=9))
        queue.add_assessment(pending.version_id, assess(pending.ad, 0.9, model=model))
        decide(queue, case_id) if model == "m1" else None
    assert queue.assessment(case_id).model_version == "m2"
    assert queue.case(case_id).state == "decided"


def test_one_copy_that_changes_leaves_the_others_their_case(queue):
    look(queue, on_night(1, ad_id="a:1"), on_night(1, ad_id="a:2"))
    case_id = open_case_for(queue, make_ad())
    decide(queue, case_id)
    look(queue, on_night(2, ad_id="a:1", title="Day-shift baker"))
    assert (queue.case(case_id).copies, queue.case(case_id).state) == (1, "decided")
    (new,) = queue.cases()
    assert (new.title, new.reason, new.state) == ("Day-shift baker", "resurfaced", "open")


def test_an_ad_joins_the_case_of_the_text_it_changes_to(queue):
    look(queue, on_night(1, ad_id="a:1"), on_night(1, ad_id="a:2", title="Day-shift baker"))
    old, new = open_case_for(queue, make_ad()), open_case_for(queue, make_ad(title="Day-shift baker"))
    look(queue, on_night(2, ad_id="a:1", title="Day-shift baker"))
    assert (queue.case(old).copies, queue.case(new).copies) == (0, 2)
    assert queue.case_ads(old) == (on_night(1, ad_id="a:1"),), "the text that was judged can still be read"


def test_cases_come_by_priority_and_can_be_narrowed(queue):
    for number, (source, language) in enumerate([("a", "vi"), ("a", "en"), ("b", "vi")], start=1):
        ad = make_ad(ad_id=f"{source}:{number}", source=source, language=language, title=f"Cook {number}")
        look(queue, ad)
        open_case_for(queue, ad, priority=number / 10)
    assert [case.title for case in queue.cases()] == ["Cook 3", "Cook 2", "Cook 1"]
    assert [case.title for case in queue.cases(limit=2)] == ["Cook 3", "Cook 2"]
    assert [case.title for case in queue.cases(source="a", language="vi")] == ["Cook 1"]
    assert queue.count_cases(language="vi") == 2
    assert queue.count_cases(reason="audit") == 0
    assert queue.counts_by_state() == {"open": 3, "decided": 0, "reopened": 0}


def test_a_case_is_narrowed_by_its_likeliest_kind(queue):
    look(queue, make_ad())
    open_case_for(queue, make_ad())
    (pending,) = next(queue.pending_ads("m1", "t1", chunk=9))
    queue.add_assessment(pending.version_id, assess(pending.ad, 0.9))
    assert [case.score for case in queue.cases(kind="trafficking_recruitment")] == [0.9]
    assert queue.cases(kind="job_fraud") == ()


def test_the_next_waiting_case_is_the_one_behind_in_the_queue(queue):
    numbers = []
    for number in range(3):
        ad = make_ad(ad_id=f"a:{number}", title=f"Cook {number}")
        look(queue, ad)
        numbers.append(open_case_for(queue, ad, priority=0.5))
    assert queue.next_waiting() == numbers[0]
    assert queue.next_waiting(after=numbers[0]) == numbers[1]
    decide(queue, numbers[1])
    assert queue.next_waiting(after=numbers[0]) == numbers[2]
    assert queue.next_waiting(after=numbers[2]) == numbers[0]
    decide(queue, numbers[0])
    assert queue.next_waiting(after=numbers[2]) is None


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE decisions SET verdict = 'job_fraud'",
        "DELETE FROM decisions",
        "INSERT OR REPLACE INTO decisions SELECT * FROM decisions",
    ],
)
def test_decisions_cannot_be_altered_even_from_outside(queue, tmp_path, act):
    look(queue, make_ad())
    case_id = open_case_for(queue, make_ad())
    decide(queue, case_id)
    outside = sqlite3.connect(tmp_path / "lurewatch.db")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        outside.execute(act)
    outside.close()
    assert [decision.verdict for decision in queue.decisions(case_id)] == ["legitimate"]


def test_two_analysts_who_decide_at_once_are_both_heard(queue, tmp_path):
    look(queue, make_ad())
    case_id = open_case_for(queue, make_ad())
    ready = threading.Barrier(2)

    def judge(verdict):
        with ReviewQueue.open(tmp_path / "lurewatch.db") as mine:
            ready.wait()
            for _ in range(20):
                with mine.atomic():
                    decide(mine, case_id, verdict=verdict)

    judges = [threading.Thread(target=judge, args=(verdict,)) for verdict in ("legitimate", "job_fraud")]
    for each in judges:
        each.start()
    for each in judges:
        each.join()
    verdicts = [decision.verdict for decision in queue.decisions(case_id)]
    assert (verdicts.count("legitimate"), verdicts.count("job_fraud")) == (20, 20)


def test_a_decision_is_read_back_as_it_was_made(queue):
    look(queue, make_ad())
    case_id = open_case_for(queue, make_ad())
    made = Decision(
        case_id=case_id, analyst="mai", verdict="cannot_tell", confirmed=("a.b",), rejected=("c.d", "e.f"),
        note="chưa rõ", fingerprint="00", model_version=None, score=None, decided_at=NOON,
    )  # fmt: skip
    number = queue.add_decision(made)
    (read,) = queue.decisions(case_id)
    assert read.decision_id == number
    assert (read.confirmed, read.rejected, read.note, read.decided_at) == (("a.b",), ("c.d", "e.f"), "chưa rõ", NOON)
    assert queue.case(case_id).state == "reopened", "it judged another text than the present one"


def test_a_decision_on_nothing_or_by_nobody_is_refused(queue):
    look(queue, make_ad())
    case_id = open_case_for(queue, make_ad())
    decision = Decision(
        case_id=case_id, analyst="nobody", verdict="legitimate", fingerprint="", model_version=None, score=None,
        decided_at=NOON,
    )  # fmt: skip
    with pytest.raises(UnknownAnalyst, match="nobody"):
        queue.add_decision(decision)
    with pytest.raises(UnknownCase, match="99"):
        decide(queue, 99)
    with pytest.raises(UnknownCase, match="99"):
        queue.case_ads(99)


def test_an_act_that_fails_leaves_nothing(queue):
    def fail():
        with queue.atomic():
            look(queue, make_ad())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert queue.counts()["ads"] == 0


def test_a_page_with_half_a_character_is_stored(queue):
    ad = make_ad(title="Cook \ud83d wanted", url="http://127.0.0.1/\udc00")
    look(queue, ad)
    open_case_for(queue, ad)
    assert queue.ad("test:1") == ad
    assert queue.cases()[0].title == "Cook ? wanted"
