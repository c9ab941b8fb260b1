"""The queue in the store: order, filters, search words, pages."""

import sqlite3
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON, make_ad, make_assessment
from crawler.ad import fingerprint
from model.assessment import Evidence
from pipeline.case import Decision
from pipeline.store.queue import pagination
from pipeline.store.queue.case_filter import CaseFilter, Position, search_query, searchable
from store_builders import NIGHT, assess, decide, look, on_night, open_case_for, open_store

LANGUAGES, SOURCES, EMPLOYERS = ("vi", "th", None), ("a", "b"), ("Blue Crane", "Đông Hải", None)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def kept_and_true(store):
    columns = (
        "case_id, fingerprint, version_id, state, waiting, priority, reason, lane, title, source, kind, copies, analyst"
    )
    kept = store.db.rows(f"SELECT {columns} FROM queue_rows ORDER BY case_id")
    true = store.db.rows(f"SELECT {columns} FROM queue_rows_now ORDER BY case_id")
    return kept, true


def marks(store):
    kept = store.db.rows(
        "SELECT m.case_id, v.facet, v.value, m.waiting, m.priority FROM facet_cases m "
        "JOIN facet_values v USING (value_id) ORDER BY 1, 2, 3"
    )
    true = store.db.rows(
        "SELECT f.case_id, f.facet, f.value, r.waiting, r.priority FROM queue_facets_now f "
        "JOIN queue_rows r USING (case_id) ORDER BY 1, 2, 3"
    )
    return kept, true


def counts(store):
    kept = store.db.rows("SELECT value_id, waiting, decided FROM facet_values WHERE waiting + decided > 0 ORDER BY 1")
    true = store.db.rows(
        "SELECT value_id, sum(waiting) AS waiting, sum(1 - waiting) AS decided FROM facet_cases GROUP BY 1 ORDER BY 1"
    )
    return kept, true


def withdraw(store, case_id):
    rows = store.db.rows("SELECT * FROM standing_decisions WHERE case_id = ? ORDER BY decision_id DESC", [case_id])
    if rows:
        store.decisions.add(
            Decision(case_id=case_id, analyst="mai", verdict=rows[0]["verdict"], withdraws=rows[0]["decision_id"],
                     fingerprint=rows[0]["fingerprint"], model_version=None, score=None, decided_at=NOON)
        )  # fmt: skip


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["look", "change", "assess", "open", "decide", "withdraw", "move"]), st.integers(0, 3),
        st.integers(1, 9),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_what_is_kept_is_what_is_so_after_any_acts(tmp_path_factory, acts):
    with open_store(tmp_path_factory.mktemp("desk")) as store:
        for night, (act, number, size) in enumerate(acts, start=1):
            ad = on_night(night, ad_id=f"a:{number}", title=f"Cook {number % 2}", language=LANGUAGES[size % 3])
            do(store, act, ad, size)
        for kept, true in (kept_and_true(store), marks(store), counts(store)):
            assert kept == true


def do(store, act, ad, size):
    cases = [row["case_id"] for row in store.db.rows("SELECT case_id FROM cases")]
    if act in {"look", "change"}:
        look(store, ad if act == "look" else make_ad(ad_id=ad.ad_id, seen_at=ad.seen_at, title=f"Driver {size}"))
    elif act == "assess":
        for pending in next(store.assessments.pending(f"m{size}", "t1", chunk=1), ()):
            store.assessments.add(pending.version_id, assess(pending.ad, size / 10, model=f"m{size}"))
    elif act == "open":
        known = store.db.row(
            "SELECT v.fingerprint FROM ads JOIN ad_versions v USING (version_id) WHERE v.fingerprint NOT IN "
            "(SELECT fingerprint FROM cases) LIMIT 1"
        )
        if known:
            store.cases.open(
                known["fingerprint"], reason=("score", "audit")[size % 2], priority=size / 10, at=ad.seen_at
            )
    elif cases:
        case_id = cases[size % len(cases)]
        if act == "decide":
            decide(store, case_id)
        elif act == "withdraw":
            withdraw(store, case_id)
        else:
            store.cases.set_priority(case_id, size / 10)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Sixty cases of all sorts."""
    with open_store(tmp_path_factory.mktemp("shelf")) as store:
        for number in range(60):
            ad = make_ad(
                ad_id=f"x:{number}", source=SOURCES[number % 2], language=LANGUAGES[number % 3],
                hiring_organization=EMPLOYERS[number % 3], country=("KH", "MM")[number // 30],
                title=f"Cook {number}" if number % 4 else f"Đầu bếp {number}", seen_at=NOON + number * NIGHT,
            )  # fmt: skip
            look(store, ad)
            (pending,) = next(store.assessments.pending("m1", "t1", chunk=9))
            shown = ("debt.advance",) if number % 5 else ("debt.advance", "travel.paid")
            evidence = tuple(
                Evidence(indicator=key, field="title", start=0, end=1, quote=ad.title[:1]) for key in shown
            )
            share = (number % 7) / 7
            kinds = {"trafficking_recruitment": share, "job_fraud": 1 - share, "legitimate": 0.0, "not_an_ad": 0.0}
            store.assessments.add(
                pending.version_id,
                make_assessment(ad_id=ad.ad_id, fingerprint=fingerprint(ad), evidence=evidence, kinds=kinds),
            )
            reason = ("score", "indicator_rule", "audit")[number % 3]
            case_id = store.cases.open(fingerprint(ad), reason=reason, priority=(number % 8) / 8, at=ad.seen_at)
            if number % 6 == 0:
                decide(store, case_id)
        yield store


FILTERS = st.builds(
    CaseFilter,
    state=st.sampled_from(["waiting", "decided", "all"]),
    facets=st.lists(
        st.sampled_from(
            [("lane", "resurfaced"), ("lane", "job_fraud"), ("source", "a"), ("language", "vi"), ("language", "xx"),
             ("country", "MM"), ("indicator", "travel.paid"), ("reason", "score"), ("employer", "Đông Hải"),
             ("analyst", "mai"), ("standing", "open")]
        ),
        max_size=3, unique_by=lambda one: one[0],
    ).map(tuple),
    opened_from=st.none() | st.dates(date(2026, 11, 2), date(2026, 12, 31)),
    opened_to=st.none() | st.dates(date(2026, 11, 2), date(2026, 12, 31)),
    words=st.sampled_from(["", "cook", "dau bep", '"dau bep"', "coo*", "nothing"]),
)  # fmt: skip


def plain_look(store, wanted):
    """The same by reading everything."""
    rows = []
    for row in store.db.rows("SELECT * FROM queue_rows_now ORDER BY priority DESC, case_id"):
        said = store.db.rows("SELECT facet, value FROM queue_facets_now WHERE case_id = ?", [row["case_id"]])
        values = {(one["facet"], one["value"]) for one in said}
        day = date.fromisoformat(row["opened_at"][:10])
        title = row["title"].lower().replace("đầu bếp", "dau bep")
        word = wanted.words.strip('"*')
        if (
            row["waiting"] in wanted.flags()
            and values.issuperset(wanted.facets)
            and (wanted.opened_from is None or day >= wanted.opened_from)
            and (wanted.opened_to is None or day <= wanted.opened_to)
            and (not word or word in title)
        ):
            rows.append(row["case_id"])
    return rows


@settings(max_examples=60)
@given(
    FILTERS, st.integers(1, 9), st.sampled_from([3, 5_000]), st.sampled_from([3, 5_000]), st.sampled_from([5, 10**6])
)
def test_all_pages_of_a_filter_are_what_a_plain_look_gives(shelf, wanted, limit, walk, few, many):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pagination, "SCAN_LIMIT", walk)
        patch.setattr(pagination, "_SEARCH_SCAN_LIMIT", walk)
        patch.setattr(pagination, "_COMMON_FROM", many)
        patch.setattr(pagination, "SORT_LIMIT", few)
        expected = plain_look(shelf, wanted)
        found, after = [], None
        for _ in range(200):
            page = shelf.queue.page(wanted, after=after, limit=limit)
            assert len(page.cases) <= limit
            assert page.total in (None, len(expected))
            found += [case.case_id for case in page.cases]
            after = page.following
            if after is None:
                break
            assert Position.of(str(after)) == after
        assert found == expected


@given(FILTERS)
def test_a_filter_is_read_back_from_its_address(wanted):
    assert CaseFilter.of(wanted.query()) == CaseFilter.of(CaseFilter.of(wanted.query()).query())
    known = [(facet, value) for facet, value in CaseFilter.of(wanted.query()).facets]
    assert sorted(known) == sorted(wanted.facets)


@pytest.mark.parametrize("text", ["", "x", "1", "nan", "1,", ",1", "1,x", "1,2,3", "inf,1" * 50])
def test_a_place_that_cannot_be_read_is_none_or_harmless(shelf, text):
    shelf.queue.page(CaseFilter(), after=Position.of(text))


def test_facets_are_counted(shelf):
    values = {each.value: (each.waiting, each.decided) for each in shelf.queue.facet_values("source")}
    assert values == {"b": (30, 0), "a": (20, 10)}
    assert [each.value for each in shelf.queue.facet_values("analyst", decided=True)] == ["mai"]
    assert shelf.queue.facet_values("tag") == ()


def test_the_next_case_stays_within_the_filter(shelf):
    wanted = CaseFilter(facets=(("language", "th"), ("source", "b")))
    ids = [case.case_id for case in shelf.queue.page(wanted).cases]
    seen, after = [], ids[0]
    for _ in ids[1:]:
        after = shelf.queue.next_waiting(after=after, filters=wanted)
        seen.append(after)
    assert seen == ids[1:]
    assert shelf.queue.next_waiting(after=ids[-1], filters=wanted) == ids[0]


def test_a_withdrawn_decision_opens_its_case_again_or_gives_it_back_the_one_before(store):
    look(store, make_ad())
    case_id = open_case_for(store, make_ad())
    decide(store, case_id, verdict="job_fraud")
    decide(store, case_id, verdict="legitimate")
    withdraw(store, case_id)
    assert store.cases.get(case_id).state == "decided"
    ((standing, _, _),) = store.decisions.decided_texts()
    assert standing.verdict == "job_fraud"
    assert list(store.decisions.judged_twice()) == []
    withdraw(store, case_id)
    assert store.cases.get(case_id).state == "open"
    assert list(store.decisions.decided_texts()) == []
    assert len(store.decisions.of_case(case_id)) == 4
    assert list(store.decisions.unlogged()) == []


def test_a_text_that_changes_is_found_by_its_new_words_alone(store):
    look(store, on_night(1, title="Cook in the harbour"))
    open_case_for(store, on_night(1, title="Cook in the harbour"))
    look(store, on_night(2, title="Baker in the mountains"))
    titles = {
        word: [case.title for case in store.queue.page(CaseFilter(words=word)).cases] for word in ("harbour", "baker")
    }
    assert titles == {"harbour": [], "baker": ["Baker in the mountains"]}


def test_filters_are_saved_for_oneself_replaced_and_forgotten(store):
    assert store.queue.save_filter("mai", "Border", "country=KH")
    assert store.queue.save_filter("mai", "Border", "country=MM")
    (kept,) = store.queue.saved_filters("mai")
    assert (kept.title, kept.query) == ("Border", "country=MM")
    assert store.queue.saved_filters("putu") == ()
    store.queue.delete_filter("putu", kept.filter_id)
    assert store.queue.saved_filters("mai") == (kept,)
    store.queue.delete_filter("mai", kept.filter_id)
    assert store.queue.saved_filters("mai") == ()
    assert all(store.queue.save_filter("mai", f"f{number}", "") for number in range(50))
    assert not store.queue.save_filter("mai", "one too many", "")


def test_half_a_character_in_an_employers_name_spoils_nothing(store):
    ad = make_ad(title="Cook \ud83d wanted", hiring_organization="Blue \ud83d Crane", job_location="\udc00")
    look(store, ad)
    open_case_for(store, ad)
    assert store.queue.facet_values("employer") == ()
    assert [case.title for case in store.queue.page(CaseFilter(words="cook")).cases] == ["Cook ? wanted"]


def test_what_waits_for_somebody_is_found_without_reading_all_that_waits(store):
    """Every page counts it, so it must not take the longer the more cases wait."""
    asked: list[str] = []
    connection = store.db.run("SELECT 1").connection
    connection.set_trace_callback(asked.append)
    store.teamwork.waiting_for("mai", may_settle=True)
    connection.set_trace_callback(None)
    of_cases = [sql for sql in asked if "queue_rows" in sql]
    plans = [[row["detail"] for row in store.db.rows(f"EXPLAIN QUERY PLAN {sql}")] for sql in of_cases]
    ways = [step for plan in plans for step in plan if step.split()[1] in {"r", "queue_rows"}]
    assert len(of_cases) == len(ways) == 4
    assert all("PRIMARY KEY" in way or "queue_rows_to_" in way for way in ways), ways


def test_a_list_in_another_order_begins_with_the_first_of_all(store):
    for number in range(6):
        ad = make_ad(ad_id=f"a:{number}", title=f"Cook {number}", source=SOURCES[number % 2])
        look(store, ad)
        decide(store, open_case_for(store, ad, priority=0.9 - number / 10), at=NOON + number * NIGHT)
    for filters, last in ((CaseFilter(state="decided"), [6, 5]), (CaseFilter(state="all", words="cook"), [6, 5]),
                          (CaseFilter(state="decided", facets=(("source", "a"),)), [5, 3])):  # fmt: skip
        assert list(store.queue.sorted_ids(filters, "decided", limit=2)) == last, "what is pressing comes later here"
    assert store.queue.sorted_ids(CaseFilter(), "newest", limit=2) == ()


TEXTS = {
    1: "Việc nhẹ lương cao, được bao ăn ở tại cửa khẩu",
    2: "รับสมัครงานออนไลน์ที่ปอยเปต เงินเดือนสูง",
    3: "ការងារធ្វើតាមអនឡាញ ប្រាក់ខែខ្ពស់ នៅប៉ោយប៉ែត",
    4: "အွန်လိုင်းအလုပ် လစာကောင်း မြဝတီ",
    5: "高薪招聘客服，包机票，西港",
    6: "Recruiting bakers: night-shift, 1,200 a month",
    7: "V.i.ệ.c nhẹ ở xa",
}


@pytest.fixture(scope="module")
def index():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE case_words USING fts5 (words, content='', tokenize='ascii')")
    for number, text in TEXTS.items():
        words = searchable(make_ad(title=f"Ad {number}", description=text))
        db.execute("INSERT INTO case_words (rowid, words) VALUES (?, ?)", [number, words])
    yield db
    db.close()


def found(index, typed):
    query = search_query(typed)
    if query is None:
        return None
    return {row[0] for row in index.execute("SELECT rowid FROM case_words WHERE case_words MATCH ?", [query])}


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("viec nhe", {1, 7}),
        ("VIỆC NHẸ", {1, 7}),
        ('"luong cao"', {1}),
        ('"cao luong"', set()),
        ("cao lương", {1}),
        ("duoc", {1}),
        ("ปอยเปต", {2}),
        ("เงินเดือน", {2}),
        ("เปต", {2}),
        ("ប៉ោយប៉ែត", {3}),
        ("ខ្ពស់", {3}),
        ("မြဝတီ", {4}),
        ("လစာ", {4}),
        ("客服", {5}),
        ("港", {5}),
        ("招", {5}),
        ("聘招", set()),
        ("招聘 西港", {5}),
        ("recruit", set()),
        ("recruit*", {6}),
        ("night-shift", {6}),
        ("1200", set()),
        ("1,200", {6}),
        ("bakers viec", set()),
        ('bakers" OR "viec', set()),
        ("bakers) OR (viec", set()),
        ("words: bakers", set()),
        ("", None),
        ('"', None),
        ("*", None),
        ("- ,", None),
    ],
)
def test_a_text_is_found_by_its_words(index, typed, numbers):
    assert found(index, typed) == numbers


@given(st.text(max_size=60))
def test_nothing_that_is_typed_is_an_error(index, typed):
    found(index, typed)


@given(st.sampled_from(sorted(set(TEXTS) - {7})), st.data())
def test_every_part_between_two_spaces_finds_its_text(index, number, data):
    word = data.draw(st.sampled_from(TEXTS[number].split()))
    assert number in (found(index, word) or {number})


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_where_no_spaces_part_words_any_stretch_finds_its_text(index, number):
    word = max(TEXTS[number].replace("，", " ").split(), key=len)
    for start in range(len(word) - 1):
        for end in range(start + 2, len(word) + 1):
            # A vowel sign alone is no beginning that anyone can type.
            if word[start : start + 1].isalpha():
                assert number in found(index, word[start:end]), word[start:end]
