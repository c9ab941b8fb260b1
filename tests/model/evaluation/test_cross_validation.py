"""Nothing that a fold measures, nor a near-copy of it, is learnt from."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from model.datasets.labels import LabelledAd
from model.evaluation.cross_validation import near_copy_folds, source_folds

ORDINARY = {"board", "other-board"}


def row(dataset="real", source="north/chats", kind="job_fraud", cluster="", *, real=True, genre="chat"):
    ad = make_ad(ad_id=f"{dataset}:{source}:{kind}:{cluster}")
    return LabelledAd(
        ad=ad, kind=kind, dataset=dataset, sort="s", genre=genre, group=f"{dataset}:{source}:{kind}:{cluster}",
        cluster=cluster, source=source, real=real,
    )  # fmt: skip


def rows_of_many():
    rows = [
        row("invented", "invented", kind, f"i{n}", real=False)
        for n in range(20)
        for kind in ("job_fraud", "legitimate")
    ]
    rows += [row("twins", "twins", kind, f"t{n}", real=False) for n in range(6) for kind in ("job_fraud", "legitimate")]
    for source in ("north", "south", "east"):
        rows += [row("real", source, "job_fraud", f"{source}{n}") for n in range(40)]
    rows += [row("real", f"tiny{n}", "job_fraud", f"tiny{n}") for n in range(5)]
    rows += [row("real", "lawful", "legitimate", f"lawful{n}") for n in range(20)]
    for board in sorted(ORDINARY):
        rows += [row(board, board, "legitimate", f"{board}{n}", genre="board") for n in range(30)]
    rows += [row("pages", f"{n}.example", "trafficking_recruitment", f"p{n}", genre="quoted") for n in range(60)]
    return rows


@given(st.lists(st.tuples(st.sampled_from(["real", "board", "own"]), st.sampled_from("abc"), st.booleans(),
                          st.integers(0, 9)), max_size=60))  # fmt: skip
def test_no_near_copy_of_a_held_out_row_is_learnt_from(drawn):
    rows = [
        row(dataset, source, "job_fraud" if act else "legitimate", f"c{cluster}")
        for dataset, source, act, cluster in drawn
    ]
    for fold in (*near_copy_folds(rows, ORDINARY, seed=1), *source_folds(rows, ORDINARY)):
        held = {rows[place].held_with for place in fold.held_out.tolist()}
        assert not held & {rows[place].held_with for place in fold.training.tolist()}


def test_every_row_is_held_out_once_with_its_near_copies_and_a_board_as_a_whole():
    rows = rows_of_many()
    folds = near_copy_folds(rows, ORDINARY, seed=1)
    assert sorted(place for fold in folds for place in fold.held_out.tolist()) == list(range(len(rows)))
    for board in ORDINARY:
        assert sum(any(rows[place].dataset == board for place in fold.held_out.tolist()) for fold in folds) == 1


def test_whole_sources_are_left_out_and_invented_texts_are_not_unless_named():
    rows = rows_of_many()
    folds = source_folds(rows, ORDINARY, alone={"twins"})
    held = [rows[place] for fold in folds for place in fold.held_out.tolist()]
    assert {one.dataset for one in held} == {"real", "board", "other-board", "pages", "twins"}
    assert max(Counter(one.held_with for one in held).values()) <= 2, "each once; twins have one cluster"
    for fold in folds:
        mine = {(rows[place].dataset, rows[place].source) for place in fold.held_out.tolist()}
        learnt = {(rows[place].dataset, rows[place].source) for place in fold.training.tolist()}
        assert not mine & learnt
        assert len(mine & {("real", name) for name in ("north", "south", "east")}) <= 1, "one large source of scams"
        assert len({dataset for dataset, _ in mine} & ORDINARY) <= 1
        parts = {name for name in fold.sources if name.startswith("pages")}
        assert len(parts) <= 1
    assert any("real: small sources" in fold.sources for fold in folds), "tiny ones are left out together"


def test_folds_do_not_change_with_the_order_of_the_rows():
    rows = rows_of_many()
    names = [fold.sources for fold in source_folds(rows, ORDINARY)]
    assert names == [fold.sources for fold in source_folds(rows[::-1], ORDINARY)]


def test_what_cannot_be_learnt_without_is_not_held_out():
    assert source_folds([row(cluster=f"c{n}") for n in range(20)], ORDINARY) == []
