"""What figures are parted by."""

import pytest

from builders import make_ad
from model.datasets.labels import LabelledAd
from model.evaluation.facets import exploitation_of, meant_for, part_rows, sector_of


def row(text="Work", *, kind="legitimate", language="en", number=0, **fields):
    ad = make_ad(ad_id=f"a:{number}", title="", description=text, language=language)
    return LabelledAd(
        **{"ad": ad, "kind": kind, "dataset": "d", "sort": "s", "genre": "board", "group": f"g{number}", **fields}
    )


@pytest.mark.parametrize(
    ("text", "language", "sector"),
    [
        ("Deckhands for a fishing vessel", "en", "agriculture_and_fishing"),
        ("Tuyển công nhân nhà máy may, đóng gói", "vi", "factory_and_warehouse"),
        ("Lowongan kurir dan sopir", "id", "security_and_driving"),
        ("รับพนักงานเสิร์ฟร้านอาหาร", "th", "hospitality"),
        ("招客服打字员", "zh", "online_and_sales"),
        ("Нужна сиделка, няня", "ru", "domestic_and_care"),
        ("Hello there", "en", "unknown"),
    ],
)
def test_a_sector_is_read_from_what_an_ad_is_about(text, language, sector):
    assert sector_of(row(text, language=language)) == sector


@pytest.mark.parametrize(
    ("word", "family"),
    [("", "none said"), ("none", "none said"), ("scam compound (forced criminality)", "forced_criminality"),
     ("debt_bondage_farm", "debt_bondage"), ("hostess_debt", "sexual_exploitation"), ("visa_fee", "fee_fraud"),
     ("something else", "other")],
)  # fmt: skip
def test_a_collections_own_word_belongs_to_a_family(word, family):
    assert exploitation_of(row(exploitation=word)) == family


@pytest.mark.parametrize(("tag", "language"), [("en-KE", "en"), ("zh-Hant", "zh"), ("km", "km"), (None, "unknown")])
def test_figures_by_language_are_of_all_its_countries_and_scripts(tag, language):
    parts = part_rows([row(language=tag)])
    assert (parts["language"], parts["variety"]) == ([language], [tag or "unknown"])


def test_a_collections_word_for_whom_an_offer_is_meant_goes_before_the_text():
    assert meant_for(row("Women wanted", target="young men")) == "men"
    assert meant_for(row("Women wanted")) == "women"
    assert {"sector", "meant_for", "exploitation"} <= part_rows([row()]).keys()
