"""What counts n-grams once for all folds is the plain recipe, fold by fold."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from training_texts import CONTRAST, offers

from builders import make_ad
from model.datasets.counted import CountedText
from model.datasets.labels import LabelledAd
from model.evaluation.cross_validation import held_out_kinds, kinds_of, log_odds, near_copy_folds
from model.evaluation.plain_recipe import PlainCounts, plain_recipe, plain_weights


def rows_of(count):
    return [
        LabelledAd(
            ad=make_ad(ad_id=f"a:{number}", title=text["title"], description=text["text"], language=text["language"]),
            kind=text["truth"], dataset="contrast", sort=text["kind"], genre=text["genre"], group=text["group"],
        )
        for number, text in enumerate(offers(CONTRAST["contrast.jsonl.gz"])[:count])
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(2, 400_000), (3, 700)])
def test_counting_once_gives_what_the_pipeline_gives_fold_by_fold(size):
    rows = rows_of(80)
    folds = near_copy_folds(rows, frozenset(), seed=1)
    plain = held_out_kinds(plain_recipe(size), rows, rows, folds, weigh=plain_weights)
    # The solver stops a little earlier or later where sums are taken in another order.
    assert np.allclose(PlainCounts(rows).held_out_kinds(rows, folds, size), plain, atol=1e-3)
    assert not np.isnan(plain).any()


def test_where_too_few_texts_are_no_counts_nothing_is_said():
    counted = CountedText(np.array([3, 9], dtype=np.int32), {})
    kinds = ["job_fraud", "legitimate"] * 20
    rows = [replace(row, kind=kind, counted=counted) for row, kind in zip(rows_of(40), kinds, strict=True)]
    half = [replace(row, counted=counted if row.kind == "job_fraud" else None) for row in rows]
    for some in (rows, half, [replace(row, counted=None) for row in half[:2]] + rows[2:]):
        folds = near_copy_folds(some, frozenset(), seed=1)
        assert np.isnan(PlainCounts(some).held_out_kinds(some, folds, (3, 700))).all()


def test_kinds_come_in_their_order_and_log_odds_from_the_first_two():
    fitted = DummyClassifier(strategy="prior").fit(["a"] * 4, ["job_fraud", "job_fraud", "job_fraud", "legitimate"])
    kinds = kinds_of(fitted, ["one"])
    assert kinds.tolist() == [[0, 0.75, 0.25, 0]]
    assert log_odds(kinds)[0] == pytest.approx(np.log(3))
    assert np.isfinite(log_odds(np.array([[0.0, 1.0, 0.0, 0.0]]))).all()
