import math

import numpy as np

from builders import make_ad
from model.features import LONGEST_TEXT, SignReader, count_grams, fold_ad
from model.indicators import EvidenceReader
from model.taxonomy import load_taxonomy
from small_model import write_taxonomy

LURE = "We keep your passport. Stay until the debt is paid. We keep your passport, we said."


def read_signs(folder, text):
    taxonomy = load_taxonomy(write_taxonomy(folder))
    reader = SignReader(taxonomy)
    ad = make_ad(description=text)
    (evidence,) = EvidenceReader(taxonomy).read([ad])
    row = reader.read(evidence)
    return dict(zip(reader.names, row.tolist(), strict=True)), reader.shown(evidence)


def test_an_indicator_counts_once_however_often_it_is_shown(tmp_path):
    signs, _ = read_signs(tmp_path / "taxonomy", LURE)
    assert signs["indicator:control.papers"] == signs["indicator:control.debt"] == 1
    assert signs["strength:strong"] == np.float32(math.log(2))
    assert signs["rule"] == 1
    assert signs["warning"] == signs["strength:mitigating"] == 0


def test_a_sign_names_the_indicators_it_rests_on(tmp_path):
    _, shown = read_signs(tmp_path / "taxonomy", LURE)
    assert shown["indicator:control.papers"] == shown["strength:strong"] == ("control.papers",)
    assert shown["strength:medium"] == ("control.debt",)


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
    assert shown == {}


def test_letters_in_disguise_are_read_as_what_they_stand_for():
    disguised = fold_ad(make_ad(title="", description="we keep your pаsspоrt"))  # two Cyrillic letters
    plain = fold_ad(make_ad(title="", description="we keep your passport"))
    assert disguised.text == plain.text


def test_a_cell_counts_an_n_gram_of_one_ad():
    folded = [fold_ad(make_ad(title="", description=text)) for text in ("so so so", "so")]
    counts = count_grams(folded)
    assert sorted(counts.count[counts.ad == 1]) == [1] * len(counts.count[counts.ad == 1])
    assert 3 in counts.count[counts.ad == 0]
    assert counts.count.sum() == len(counts.grams.bucket)
    assert np.array_equal(counts.bucket[counts.cell], counts.grams.bucket)


def test_nothing_but_the_text_is_read():
    bare = make_ad(description="Chat all night.")
    dressed = make_ad(
        description="Chat all night.", source="another-board", ad_id="x:1", url="https://board.example/1",
        hiring_organization="A firm", company_profile="Since 1901", language="en", employment_type="FULL_TIME",
    )  # fmt: skip
    assert fold_ad(bare).text == fold_ad(dressed).text


def test_a_text_without_end_is_read_to_a_limit():
    assert len(fold_ad(make_ad(title="", description="ab " * LONGEST_TEXT)).text) <= LONGEST_TEXT + 3
