"""What figures are parted by."""

import pytest

from builders import make_ad
from model.datasets.labels import LabelledAd
from model.evaluation.facets import language_of, sector_of


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


@pytest.mark.parametrize(("tag", "language"), [("en-KE", "en"), ("zh-Hant", "zh"), ("km", "km"), (None, "unknown")])
def test_figures_by_language_are_of_all_its_countries_and_scripts(tag, language):
    assert language_of(row(language=tag)) == language
