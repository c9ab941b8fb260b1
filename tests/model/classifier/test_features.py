import math

import numpy as np
import pytest

from builders import make_ad
from model.classifier.features import LONGEST_TEXT, GramCounter, SignReader, fold_ad
from model.reading.components import EvidenceReader
from model.taxonomy.loader import load_taxonomy
from small_model import write_taxonomy

LURE = "We keep your passport. Stay until the debt is paid. We keep your passport, we said."


def read_signs(folder, text):
    taxonomy = load_taxonomy(write_taxonomy(folder))
    reader = SignReader(taxonomy)
    ad = make_ad(description=text)
    (evidence,) = EvidenceReader(taxonomy).read([ad])
    signs = reader.look(evidence)
    return dict(zip(reader.names, signs.numbers.tolist(), strict=True)), signs


def test_an_indicator_counts_once_however_often_it_is_shown(tmp_path):
    signs, _ = read_signs(tmp_path / "taxonomy", LURE)
    assert signs["indicator:control.papers"] == signs["indicator:control.debt"] == 1
    assert signs["strength:strong"] == np.float32(math.log(2))
    assert signs["rule"] == 1
    assert signs["warning"] == signs["strength:mitigating"] == 0


def test_a_sign_names_the_indicators_it_rests_on(tmp_path):
    _, shown = read_signs(tmp_path / "taxonomy", LURE)
    rest_on = shown.rest_on
    assert rest_on["indicator:control.papers"] == rest_on["strength:strong"] == ("control.papers",)
    assert rest_on["strength:medium"] == ("control.debt",)


@pytest.mark.parametrize("text", [LURE, "We keep your passport.", "A baker is wanted."])
def test_amounts_are_the_numbers_that_are_not_nothing_by_name(tmp_path, text):
    signs, shown = read_signs(tmp_path / "taxonomy", text)
    assert shown.amounts == {name: amount for name, amount in signs.items() if amount}


def test_risk_may_only_raise_a_score_and_what_mitigates_only_lower_it(tmp_path):
    reader = SignReader(load_taxonomy(write_taxonomy(tmp_path / "taxonomy")))
    directions = dict(zip(reader.names, reader.directions.tolist(), strict=True))
    assert directions["indicator:control.papers"] == directions["strength:strong"] == directions["rule"] == 1
    assert (
        directions["indicator:protective.warning"] == directions["strength:mitigating"] == directions["warning"] == -1
    )


def test_an_ad_that_shows_nothing_is_a_row_of_zeros(tmp_path):
    signs, shown = read_signs(tmp_path / "taxonomy", "A baker is wanted.")
    assert not any(signs.values())
    assert shown.rest_on == {}


def test_letters_in_disguise_are_read_as_what_they_stand_for():
    disguised = fold_ad(make_ad(title="", description="we keep your pаsspоrt"))  # two Cyrillic letters
    plain = fold_ad(make_ad(title="", description="we keep your passport"))
    assert disguised.text == plain.text


def test_each_occurrence_knows_how_often_its_n_gram_occurs():
    counter = GramCounter()
    assert counter.count(np.array([7, 9, 7, 7])).tolist() == [3, 1, 3, 3]
    assert counter.count(np.array([7])).tolist() == [1], "nothing is left over from the ad before"
    assert counter.count(np.array([], dtype=np.int64)).tolist() == []


def test_nothing_but_the_text_is_read():
    bare = make_ad(description="Chat all night.")
    dressed = make_ad(
        description="Chat all night.", source="another-board", ad_id="x:1", url="https://board.example/1",
        hiring_organization="A firm", company_profile="Since 1901", language="en", employment_type="FULL_TIME",
    )  # fmt: skip
    assert fold_ad(bare).text == fold_ad(dressed).text


def test_a_text_without_end_is_read_to_a_limit():
    assert len(fold_ad(make_ad(title="", description="ab " * LONGEST_TEXT)).text) <= LONGEST_TEXT + 3
