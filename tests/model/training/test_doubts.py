"""Labels that deserve a second look."""

from dataclasses import replace

import numpy as np
import pytest

from model.assessment import KINDS
from model.datasets.catalogue import read_catalogue, read_dataset
from model.training.label_errors import contradictions, doubtful_labels, suspected_errors


@pytest.fixture(scope="session")
def rows(small_project):
    cards = [card for card in read_catalogue(small_project.catalogue) if card.name in ("contrast", "board", "texts")]
    return [row for card in cards for row in read_dataset(card, small_project.root, seed=1)]


def test_a_label_that_was_turned_round_is_suspected_and_sound_ones_are_not(rows, small_project):
    pytest.importorskip("cleanlab")
    at = next(place for place, row in enumerate(rows) if row.kind == "trafficking_recruitment")
    turned = [replace(row, kind="legitimate") if place == at else row for place, row in enumerate(rows)]
    sound = doubtful_labels(rows, model=None, taxonomy_folder=small_project.taxonomy, seed=1)
    found = doubtful_labels(turned, model=None, taxonomy_folder=small_project.taxonomy, seed=1)
    assert rows[at].ad.ad_id not in {one.ad_id for one in sound}
    assert (found[0].ad_id, found[0].why) == (rows[at].ad.ad_id, "suspected_error")
    assert (found[0].label, found[0].instead) == ("legitimate", "trafficking_recruitment")
    assert found[0].certainty < 0.5


def test_kinds_that_no_label_has_do_not_matter(rows):
    pytest.importorskip("cleanlab")
    some = [row for row in rows if row.kind != "not_an_ad"]
    sure = np.array([[0.7 if KINDS[n] == row.kind else 0.1 for n in range(4)] for row in some])
    assert suspected_errors(some, sure) == ()
    alone = [row for row in some if row.kind == "legitimate"]
    assert suspected_errors(alone, sure[: len(alone)]) == (), "one kind alone contradicts nothing"


def test_near_duplicates_that_disagree_are_named_by_the_smaller_side(rows):
    plain = [replace(row, twins=None, ad=replace(row.ad, ad_id=f"a:{n}", title="", description="One text 1234 times"))
             for n, row in enumerate(row for row in rows if row.kind == "legitimate")][:3]  # fmt: skip
    odd = replace(plain[0], kind="job_fraud", ad=replace(plain[0].ad, ad_id="a:odd", description="One text 99 times"))
    (found,) = contradictions([*plain, odd])
    assert (found.ad_id, found.label, found.instead, found.others) == (
        "a:odd", "job_fraud", "legitimate", ("a:0", "a:1", "a:2"),
    )  # fmt: skip
    assert contradictions(plain) == ()
    twins = [replace(row, twins="t") for row in (*plain, odd)]
    assert contradictions(twins) == (), "twins differ on purpose"
