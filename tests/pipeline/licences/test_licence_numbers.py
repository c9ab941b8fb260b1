"""Numbers of licences as people write them. Every number is invented."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.licences.register_map import plain_view, read_maps

MAPS = read_maps(Path(__file__).parents[3] / "data" / "registers")
SCRIPTS = "0०০๐０"
GAPS = st.sampled_from(["", " ", "  "])
DASHES = st.sampled_from(["-", "–", "—", " - ", "‑"])


def numbers(register, text):
    """Format and plain form of each number found."""
    plain = plain_view(text)
    return [(one.key, number) for one in MAPS[register].numbers for number, _ in one.find(plain)]


@pytest.mark.parametrize(
    ("register", "text", "found"),
    [
        ("vn-dolab", "Giấy phép số 9123/LĐTBXH-GP do Bộ cấp", [("abroad", "9123/LĐTBXH-GP")]),
        ("vn-dolab", "giay phep 0912 / LDTBXH - GP", [("abroad", "912/LĐTBXH-GP")]),
        ("vn-dolab", "GP: 912/LĐTB&XH–GP, cấp 2019", [("abroad", "912/LĐTBXH-GP")]),
        ("vn-dolab", "912/LÐTBXH-GP viết bằng chữ Ð khác", [("abroad", "912/LĐTBXH-GP")]),
        ("vn-dolab", "số 9456/SLĐTBXH-GP của Sở", [("provincial", "9456/SLĐTBXH-GP")]),
        ("vn-dolab", "12345/SLDTBXH-GP", [("provincial", "12345/SLĐTBXH-GP")]),
        ("vn-dolab", "Giấy phép số 9123/2019/LĐTBXH-GP", [("abroad", "9123/LĐTBXH-GP")]),
        ("vn-dolab", "GP 9123/LĐ-TBXH_GP", [("abroad", "9123/LĐTBXH-GP")]),
        ("vn-dolab", "Quyết định 9123/QĐ-LĐTBXH", []),
        ("vn-dolab", "12/9123/LĐTBXH-GP", []),
        ("vn-dolab", "99123/LĐTBXH-GP", []),
        ("id-p3mi", "SIP3MI No. 9903/XII/2025, bisa dicek", [("sip3mi", "SIP3MI 9903XII2025")]),
        ("id-p3mi", "Izin usaha SIP3MI 9917/2024. Info resmi", [("sip3mi", "SIP3MI 99172024")]),
        ("id-p3mi", "sip3mi nomor: 81299990000000017", [("sip3mi", "SIP3MI 81299990000000017")]),
        ("id-p3mi", "SIP3MI: KEP.991/PPTK/2019", [("sip3mi", "SIP3MI KEP991PPTK2019")]),
        ("id-p3mi", "SIP3MI No: KEP 991 TAHUN 2020", [("sip3mi", "SIP3MI KEP991TAHUN2020")]),
        ("id-p3mi", "SIP3MI (9903/2025)", [("sip3mi", "SIP3MI 99032025")]),
        ("id-p3mi", "SIP3MI, WA 0800-0000-0022", []),
        ("id-p3mi", "punya SIP3MI resmi dan lengkap", []),
        ("id-p3mi", "SIP2MI No. 9911/2026 untuk Taiwan", [("sip2mi", "SIP2MI 99112026")]),
        ("id-p3mi", "NIB 9120000000017", [("nib", "NIB 9120000000017")]),
        ("id-p3mi", "NIB 912000000001", []),
        ("ph-dmw", "POEA-999-LB-010118-R", [("licence", "999-LB-010118")]),
        ("ph-dmw", "DMW License No. DMW-999-LB-01012018-R", [("licence", "999-LB-010118")]),
        ("ph-dmw", "License 099-LB010118-R", [("licence", "99-LB-010118")]),
        ("ph-dmw", "poea lic 999 sb 031529 UL.", [("licence", "999-SB-031529")]),
        ("ph-dmw", "DMW-998-SB-05202020-R", [("licence", "998-SB-052020")]),
        ("ph-dmw", "DMW-000-LB-00000-R", []),
        ("ph-dmw", "carry 120 LB 200 pieces", []),
        ("th-doe", "ใบอนุญาตจัดหางานเลขที่ ต.9990/2561", [("abroad", "ต.9990/2561")]),
        ("th-doe", "ใบอนุญาต ต ๙๙๙๐/๒๕๖๑", [("abroad", "ต.9990/2561")]),
        ("th-doe", "ใบอนุญาตเลขที่ น. 99/2560", [("home", "น.99/2560")]),
        ("th-doe", "ใบอนุญาตจัดหางานต่างประเทศเลขที่ต.9990/61", [("abroad", "ต.9990/2561")]),
        ("th-doe", "ต.บางรัก 9990/2561", []),
        ("np-dofe", "Govt. Lic. No. 9123/064/065", [("licence", "9123/064/065")]),
        ("np-dofe", "इजाजतपत्र नं. ९१२३/०६४/०६५", [("licence", "9123/064/065")]),
        ("np-dofe", "License No: 912/2074/75", [("licence", "912/074/075")]),
        ("np-dofe", "LT No. 999017", [("lot", "LT 999017")]),
        ("np-dofe", "ल.ट. नं. ९९९०१७", [("lot", "LT 999017")]),
        ("np-dofe", "इ.प.नं. ९१२/०६४/६५", [("licence", "912/064/065")]),
        ("np-dofe", "पूर्व स्वीकृति नं. ९९९०१७", [("lot", "LT 999017")]),
        ("np-dofe", "on 12/06/2024 at ten", []),
        ("bd-bmet", "RL No. 9917", [("licence", "RL 9917")]),
        ("bd-bmet", "R.L-0991, Dhaka", [("licence", "RL 991")]),
        ("bd-bmet", "আরএল নং ৯৯১৭", [("licence", "RL 9917")]),
        ("bd-bmet", "রিক্রুটিং লাইসেন্স নং: ৯৯১", [("licence", "RL 991")]),
        ("bd-bmet", "RL no:-991", [("licence", "RL 991")]),
        ("bd-bmet", "URL 9917 and world 99", []),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(register, text, found):
    assert list(dict.fromkeys(numbers(register, text))) == found


@given(st.integers(1, 9999), GAPS, GAPS, DASHES, st.sampled_from("ĐDđdÐ"), st.sampled_from(SCRIPTS))
def test_a_vietnamese_number_is_one_number_however_it_is_typed(number, before, after, dash, letter, zero):
    digits = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
    text = f"số {digits}{before}/{after}L{letter}TBXH{dash}GP"
    assert numbers("vn-dolab", text) == [("abroad", f"{number}/LĐTBXH-GP")]


@given(
    st.integers(1, 999), st.sampled_from(["LB", "SB"]), st.integers(1, 12), st.integers(1, 28), st.integers(0, 99),
    st.sampled_from(["POEA-", "DMW-", "DMW ", ""]), st.booleans(), st.sampled_from(["-R", "", "-PL", " R"]),
)  # fmt: skip
def test_old_and_new_philippine_numbers_are_one(serial, kind, month, day, year, before, is_new, letter):
    written_year = f"20{year:02}" if is_new else f"{year:02}"
    text = f"({before}{serial:03}-{kind}-{month:02}{day:02}{written_year}{letter})"
    assert numbers("ph-dmw", text) == [("licence", f"{serial}-{kind}-{month:02}{day:02}{year:02}")]


@given(st.text(max_size=300))
def test_any_text_can_be_searched_and_a_number_stands_where_it_is_said_to(text):
    plain = plain_view(text)
    assert len(plain) == len(text)
    for register in MAPS.values():
        for one in register.numbers:
            for number, found in one.find(plain):
                assert 0 <= found.start() < found.end() <= len(text)
                assert [again for again, _ in one.find(found[0])][:1] in ([number], [])


@given(st.integers(0, 10**4), st.text("/-. LBPOEADMWsip3minr०9ต", max_size=60))
def test_a_long_row_of_marks_costs_no_more_than_its_length(size, marks):
    for register in MAPS:
        numbers(register, marks * min(size, 200))
