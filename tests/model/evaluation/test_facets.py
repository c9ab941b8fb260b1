"""What figures are parted by."""

import pytest

from builders import make_ad
from model.datasets.labels import LabelledAd
from model.evaluation.facets import language_of, sector_of_text


def row(text="Work", *, kind="legitimate", language="en", number=0, **fields):
    ad = make_ad(ad_id=f"a:{number}", title="", description=text, language=language)
    return LabelledAd(
        **{"ad": ad, "kind": kind, "dataset": "d", "sort": "s", "genre": "board", "group": f"g{number}", **fields}
    )


@pytest.mark.parametrize(
    ("text", "sector"),
    [
        ("Deckhands for a fishing vessel", "agriculture_and_fishing"),
        ("Tuyển công nhân nhà máy may, đóng gói", "factory_and_warehouse"),
        ("Lowongan kurir dan sopir", "security_and_driving"),
        ("รับพนักงานเสิร์ฟร้านอาหาร", "hospitality"),
        ("招客服打字员", "online_and_sales"),
        ("Нужна сиделка, няня", "domestic_and_care"),
        ("Hello there", "unknown"),
    ],
)
def test_a_sector_is_read_from_what_an_ad_is_about(text, sector):
    assert sector_of_text(text) == sector


@pytest.mark.parametrize(("tag", "language"), [("en-KE", "en"), ("zh-Hant", "zh"), ("km", "km"), (None, "unknown")])
def test_figures_by_language_are_of_all_its_countries_and_scripts(tag, language):
    assert language_of(row(language=tag)) == language
