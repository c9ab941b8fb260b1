"""What ads claim, and the names that they claim it by. Every ad is invented."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from licence_samples import ROOT
from pipeline.licences.claims import MOST_NAMES, ClaimReader, destination, find_names
from pipeline.licences.register_map import read_maps

READER = ClaimReader(read_maps(ROOT / "data" / "registers").values())


def claims(**fields):
    return {each.register.name: each for each in READER.read(make_ad(**fields))}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Công ty TNHH Dịch vụ Đông Hòa Phát mở rộng văn phòng", ["Công ty TNHH Dịch vụ Đông Hòa Phát"]),
        ("công ty cổ phần cung ứng nhân lực Hoa Ban tuyển", ["công ty cổ phần cung ứng nhân lực Hoa Ban"]),
        ("Công ty TNHH Thương mại và Dịch vụ Hoa Ban là đơn vị", ["Công ty TNHH Thương mại và Dịch vụ Hoa Ban"]),
        ("CÔNG TY CỔ PHẦN HOA BAN TUYỂN 20 NAM", ["CÔNG TY CỔ PHẦN HOA BAN"]),
        ("PT Bahari Biru Jaya mewakili Hsin Feng Marine", ["PT Bahari Biru Jaya"]),
        ("lewat P.T. Bahari Biru, Tegal", ["P.T. Bahari Biru"]),
        ("Golden Horizon Manpower Services, Inc. is hiring", ["Golden Horizon Manpower Services, Inc."]),
        ("บริษัท จัดหางาน ดอกบัวขาว จำกัด ใบอนุญาต", ["บริษัท จัดหางาน ดอกบัวขาว จำกัด"]),
        ("上海蓝鹤对外劳务合作有限公司招聘", ["上海蓝鹤对外劳务合作有限公司"]),
        ("Ở nhờ công ty. Ký túc xá đóng cửa lúc 22 giờ", []),
        ("công ty chúng tôi cần người", []),
        ("PT kami butuh orang", []),
        ("our company pays", []),
    ],
)
def test_a_name_in_a_text_ends_where_it_ends(text, names):
    assert [text[start:end] for start, end in find_names(text)] == names


@given(st.text(max_size=300), st.sampled_from(["Công ty TNHH Hoa Ban", "PT Biru Laut", "Blue Crane Inc.", ""]))
def test_names_of_a_text_do_not_overlap(text, name):
    whole = f"{text} {name} {text}"
    found = find_names(whole)
    assert all(0 <= start < end <= len(whole) for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("fields", "country"),
    [
        ({"country": "JP"}, "JP"),
        ({"job_location": "Bavet, Campuchia"}, "KH"),
        ({"title": "Đơn hàng điều dưỡng Nhật Bản"}, "JP"),
        ({"title": "Factory worker (Taiwan), 12 posts"}, "TW"),
        ({"title": "Japan or Taiwan"}, None),
        ({"title": "Chị Nga tuyển phụ bếp"}, None),
        ({}, None),
    ],
)
def test_where_the_work_is_is_read_from_field_place_or_title(fields, country):
    assert destination(make_ad(**fields)) == country


@pytest.mark.parametrize(
    "text",
    [
        "Công ty có giấy phép đưa người lao động đi làm việc ở nước ngoài",
        "cty da duoc cap phep xuat khau lao dong",
        "Kami P3MI resmi",
        "We are a DMW-accredited agency",
        "lisensyado ng DMW ang ahensya",
        "มีใบอนุญาตจัดหางานถูกต้อง",
        "विवरण: वैदेशिक रोजगार इजाजतपत्र प्राप्त",
        "বিএমইটি অনুমোদিত এজেন্সি",
        "BMET   approved",
    ],
)
def test_words_claim_a_licence_in_each_language(text):
    (found,) = claims(description=text).values()
    assert [text[one.start : one.end] for one in found.words] == [one.said for one in found.words] != []


@pytest.mark.parametrize(
    "text",
    ["Cần giấy phép lái xe", "Must have a PRC license", "SIM C wajib", "ต้องมีใบอนุญาตขับรถ", "business licence holder"],
)
def test_other_licences_claim_nothing(text):
    assert claims(description=text) == {}


def test_a_firm_far_from_the_claim_is_not_taken_for_the_agency():
    text = "PT Biru Laut sponsor acara. " + "x " * 200 + "SIP3MI No. 9903/XII/2025"
    assert claims(description=text, hiring_organization="PT Merah")["id-p3mi"].names[1:] == ()


def test_a_list_of_names_is_cut():
    text = "SIP3MI No. 9903/XII/2025: " + ", ".join(
        f"PT Biru {word}" for word in "Satu Dua Tiga Empat Lima Enam Tujuh".split()
    )
    assert len(claims(description=text)["id-p3mi"].names) == MOST_NAMES


def test_ordinary_ads_that_come_along_state_no_number_and_claim_no_licence_at_home():
    lines = (ROOT / "data" / "samples" / "ordinary_ads.jsonl").read_text(encoding="utf-8").splitlines()
    ads = [json.loads(line) for line in lines]
    stated = []
    for ad in ads:
        read = claims(title=ad["title"], description=ad["text"], language=ad["language"].partition("-")[0])
        stated += [(ad["id"], one.claim.said) for each in read.values() for one in each.numbers]
    assert len(ads) > 400
    assert stated == []
