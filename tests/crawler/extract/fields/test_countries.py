"""Countries of places, and kinds of employment in schema.org's words."""

import pytest

from crawler.extract.fields.countries import country_in_place, read_employment


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("FULL_TIME", "FULL_TIME"), ("https://schema.org/PART_TIME", "PART_TIME"), ("Full-time", "FULL_TIME"),
        ("Toàn thời gian", "FULL_TIME"), ("toan thoi gian", "FULL_TIME"), ("Penuh Waktu", "FULL_TIME"),
        ("Sepenuh masa", "FULL_TIME"), ("งานประจำ", "FULL_TIME"), ("全职", "FULL_TIME"), ("全職", "FULL_TIME"),
        ("ពេញម៉ោង", "FULL_TIME"), ("အချိန်ပြည့်", "FULL_TIME"), ("ເຕັມເວລາ", "FULL_TIME"), ("정규직", "FULL_TIME"),
        ("正社員", "FULL_TIME"), ("Полная занятость", "FULL_TIME"), ("Повна зайнятість", "FULL_TIME"),
        ("Tiempo completo", "FULL_TIME"), ("Tempo integral", "FULL_TIME"), ("Temps plein", "FULL_TIME"),
        ("دوام كامل", "FULL_TIME"), ("पूर्णकालिक", "FULL_TIME"), ("পূর্ণকালীন", "FULL_TIME"),
        ("Full-time, Part-time", "FULL_TIME, PART_TIME"), ("Part-time / Internship", "PART_TIME, INTERN"),
        ("Thời vụ", "TEMPORARY"), ("Magang", "INTERN"), ("日结", "PER_DIEM"), ("Contract", "CONTRACTOR"),
        # What is not known whole stays as it is.
        ("Full-time (night shift)", "Full-time (night shift)"), ("Full-time, on call", "Full-time, on call"),
        ("Ca đêm", "Ca đêm"), ("n/a", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_employment_is_named_in_schema_org_s_words_where_it_is_certain(label: str | None, expected: str | None) -> None:
    assert read_employment(label) == expected


@pytest.mark.parametrize(
    ("place", "country"),
    [
        ("Rabat, Maroc", "MA"), ("Tarma, Junín, Perú", "PE"), ("Toshkent, Oʻzbekiston", "UZ"),
        ("الرياض، السعودية", "SA"), ("台北市 松山區 南京東路", "TW"),
        ("Ош, Кыргызстан", "KG"), ("Douala, Cameroun", "CM"), ("Hanoi; Hue, Vietnam", "VN"),
        # An ad for two countries is of neither alone.
        ("Hue, Vietnam; Phnom Penh, Cambodia", None), ("Angola; Benin; Chad", None),
    ],
)  # fmt: skip
def test_a_place_names_one_country_or_none(place: str, country: str | None) -> None:
    assert country_in_place(place) == country
