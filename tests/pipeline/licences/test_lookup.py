"""What looking an ad up comes to, in each language. Agencies, numbers and ads are invented."""

from dataclasses import replace

import pytest

from builders import NOON, make_ad
from crawler.ad import Contact
from licence_samples import desk_with, sample
from pipeline.licences.lookup import RegisterIndex
from pipeline.licences.results import RESULTS

THEIRS = (Contact(kind="zalo", value="+84900000017"),)
STRANGE = (Contact(kind="phone", value="+84900000099"),)

CASES = {
    "Vietnamese, number, name and contact": (
        "licensed",
        {"description": "Giấy phép số 9871/LĐTBXH-GP.", "hiring_organization": "Công ty CP cung ứng nhân lực Hoa Ban",
         "country": "JP", "language": "vi", "contacts": THEIRS},
    ),
    "Vietnamese, typed without accents": (
        "licensed",
        {"description": "cty hoa ban, giay phep 9871/LDTBXH-GP, di Nhat", "country": "JP", "language": "vi"},
    ),
    "a number without a code that was taken for one of the country of the work": (
        "licensed",
        {"description": "Giấy phép số 9871/LĐTBXH-GP.", "country": "JP", "language": "vi",
         "contacts": (Contact(kind="phone", value="+81900000017"),)},
    ),
    "a copied number with another contact": (
        "contact_differs",
        {"description": "Giấy phép số 9871/LĐTBXH-GP.", "country": "JP", "language": "vi", "contacts": STRANGE},
    ),
    "a copied name with another contact": (
        "contact_differs",
        {"hiring_organization": "Hoa Ban JSC", "country": "JP", "language": "vi", "contacts": STRANGE},
    ),
    "a handle is no contact that a register lists": (
        "licensed",
        {"hiring_organization": "Hoa Ban JSC", "country": "JP", "language": "vi",
         "contacts": (Contact(kind="telegram", value="hoaban_jp"),)},
    ),
    "a mail address of the agency's own domain": (
        "licensed",
        {"hiring_organization": "Hoa Ban JSC", "country": "JP", "language": "vi",
         "contacts": (Contact(kind="email", value="hr@hoaban.example"),)},
    ),
    "another country than the licence is for": (
        "other_work_or_country",
        {"description": "Giấy phép số 9871/LĐTBXH-GP.", "country": "AE", "language": "vi", "contacts": THEIRS},
    ),
    "a provincial licence for work abroad": (
        "other_work_or_country",
        {"description": "Có giấy phép 9456/SLĐTBXH-GP.", "country": "TW", "language": "vi"},
    ),
    "a provincial licence for work at home": (
        "nothing_claimed",
        {"description": "Có giấy phép 9456/SLĐTBXH-GP.", "country": "VN", "language": "vi",
         "hiring_organization": "Công ty TNHH Én Nhỏ"},
    ),
    "suspended": ("lapsed", {"description": "GP 9873/LĐTBXH-GP", "country": "KR", "language": "vi"}),
    "cancelled": (
        "lapsed", {"hiring_organization": "CTCP Nhân lực quốc tế Trường Thịnh", "country": "KR", "language": "vi"},
    ),
    "past its day": ("lapsed", {"description": "GP 9875/LĐTBXH-GP", "country": "KR", "language": "vi"}),
    "a number that is not listed": (
        "not_found", {"description": "GP 9999/LĐTBXH-GP", "country": "KR", "language": "vi"},
    ),
    "an employer that is not listed, abroad": (
        "not_found", {"hiring_organization": "Công ty TNHH Én Nhỏ", "country": "KR", "language": "vi"},
    ),
    "an employer that is not listed, at home": (
        "nothing_claimed", {"hiring_organization": "Công ty TNHH Én Nhỏ", "country": "VN", "language": "vi"},
    ),
    "nobody's name": ("nothing_claimed", {"hiring_organization": "Bảo mật", "country": "KR", "language": "vi"}),
    "a language that speaks to other people": (
        "nothing_claimed", {"hiring_organization": "Hoa Ban JSC", "country": "JP", "language": "de"},
    ),
    "a telephone number that speaks to them": (
        "licensed", {"hiring_organization": "Hoa Ban JSC", "country": "JP", "language": "en", "contacts": THEIRS},
    ),
    "the destination in the title": (
        "licensed", {"title": "Điều dưỡng đi Nhật Bản", "hiring_organization": "Hoa Ban JSC", "language": "vi"},
    ),
    "Indonesian": (
        "licensed",
        {"description": "PT Cahaya Purna Tenaga, SIP3MI No. 9903/XII/2025", "country": "TW", "language": "id"},
    ),
    "Indonesian, for other countries": (
        "other_work_or_country", {"description": "SIP3MI 9917/2024. Info WA", "country": "HK", "language": "id"},
    ),
    "Indonesian, revoked": (
        "lapsed", {"hiring_organization": "PT. Bahtera Cahaya Timur", "country": "MY", "language": "id"},
    ),
    "an Indonesian business number alone": (
        "nothing_claimed",
        {"description": "NIB 9120000000099", "country": "ID", "language": "id", "hiring_organization": "PT Elang Biru"},
    ),
    "Filipino, the old form of a number": (
        "licensed", {"description": "POEA-999-LB-010130-R", "title": "ICU Nurse", "country": "SA", "language": "tl"},
    ),
    "Filipino, no job order for the country": (
        "other_work_or_country",
        {"description": "DMW-999-LB-01012030-R", "title": "ICU Nurse", "country": "KW", "language": "tl"},
    ),
    "Filipino, no job order at all": (
        "other_work_or_country", {"description": "DMW-997-SB-030329-R", "country": "SG", "language": "tl"},
    ),
    "Filipino, work at sea with a licence for land": (
        "other_work_or_country",
        {"title": "Able Seaman for a tanker", "description": "DMW-999-LB-010130-R", "country": "SA", "language": "tl"},
    ),
    "Thai": (
        "licensed",
        {"description": "ใบอนุญาต ต.9990/2561", "country": "TW", "language": "th",
         "hiring_organization": "บริษัท จัดหางาน ไทยบูรพาแมนพาวเวอร์ จำกัด"},
    ),
    "Thai, digits of their own, suspended": (
        "lapsed", {"description": "ใบอนุญาตจัดหางานเลขที่ ต.๙๙๙๑/๒๕๖๒", "country": "TW", "language": "th"},
    ),
    "Thai, a licence for work at home": (
        "other_work_or_country", {"description": "ใบอนุญาตเลขที่ น.99/2560", "country": "TW", "language": "th"},
    ),
    "Nepali": ("licensed", {"description": "इजाजतपत्र नं. ९१२३/०६४/०६५", "country": "QA", "language": "ne"}),
    "Nepali, suspended": (
        "lapsed", {"hiring_organization": "Sagar Kiran Manpower Pvt Ltd", "country": "QA", "language": "ne"},
    ),
    "Bengali": ("licensed", {"description": "আরএল নং ৯৯১৭", "country": "SA", "language": "bn"}),
    "Bengali, expired": ("lapsed", {"description": "RL No. 9918", "country": "SA", "language": "bn"}),
    "an ordinary ad": ("nothing_claimed", {}),
    "a driver's licence": ("nothing_claimed", {"description": "Cần giấy phép lái xe hạng B2", "language": "vi"}),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_each_ad_comes_to_one_result(look_up, case):
    result, fields = CASES[case]
    lookup = look_up(**fields)
    assert lookup.result == result
    for fact in lookup.facts:
        assert fact.looked_in, "every fact says where it was looked up"
        assert fact.result in RESULTS


@pytest.mark.parametrize("case", list(CASES))
def test_what_was_said_stands_where_the_claim_says(look_up, case):
    ad = make_ad(**CASES[case][1])
    for fact in look_up(**CASES[case][1]).facts:
        for claim in fact.claims:
            assert getattr(ad, claim.field)[claim.start : claim.end] == claim.said


def test_a_number_and_a_name_of_one_agency_are_one_fact(look_up):
    (fact,) = look_up(**CASES["Vietnamese, number, name and contact"][1]).facts
    assert [claim.kind for claim in fact.claims] == ["number", "name"]
    assert (fact.holder.row, fact.score) == (4, 100)


def test_two_numbers_of_one_agency_are_one_fact(look_up):
    lookup = look_up(description="SIP3MI No. 9903/XII/2025, NIB 9120000000017", country="TW", language="id")
    (fact,) = lookup.facts
    assert [claim.looked_up for claim in fact.claims] == ["SIP3MI 9903XII2025", "NIB 9120000000017"]


def test_a_number_beside_another_name_says_so(look_up):
    lookup = look_up(
        description="Giấy phép số 9871/LĐTBXH-GP.", hiring_organization="Công ty Én Nhỏ", country="JP", language="vi"
    )
    (fact,) = lookup.facts
    assert fact.result == "licensed"
    assert "The ad names “Công ty Én Nhỏ”; the register lists the number for another name." in fact.notes


def test_an_agency_named_beside_a_claim_in_the_text_is_looked_up(look_up):
    text = "Tuyển đi Hàn Quốc. Công ty TNHH Sông Ngân được cấp phép xuất khẩu lao động, liên hệ ngay."
    lookup = look_up(description=text, hiring_organization="Trung tâm việc làm", country="KR", language="vi")
    assert lookup.result == "licensed"
    assert lookup.facts[0].holder.name == "CÔNG TY TNHH HỢP TÁC LAO ĐỘNG SÔNG NGÂN"


def test_a_claim_without_anything_to_look_up_is_told_as_such(look_up):
    lookup = look_up(description="Our agency is DMW licensed.", language="en")
    assert (lookup.result, lookup.facts) == ("nothing_claimed", ())
    assert "names neither a number nor an agency" in lookup.unanswered[0]


def test_a_permit_of_one_recruitment_is_never_called_missing(look_up):
    lookup = look_up(description="SIP2MI No. 9911/2026", country="TW", language="id")
    assert lookup.facts == ()
    assert "is no company's licence" in lookup.unanswered[0]


def test_a_claim_that_no_register_here_speaks_of_is_not_looked_up():
    ad = make_ad(description="POEA-999-LB-010130-R", country="SA", language="tl")
    (lookup,) = desk_with("sample-vn").look_up([ad], now=NOON)
    assert (lookup.result, lookup.facts) == ("nothing_claimed", ())
    assert "no list for “Philippines: licensed recruitment and manning agencies” is kept here" in lookup.unanswered[0]


def test_of_two_lines_that_fit_equally_the_favourable_one_counts():
    register = sample("sample-vn")
    lapsed = replace(register.lines[0], row=99, status="cancelled")
    twice = replace(register, lines=(lapsed, *register.lines))
    ad = make_ad(description="GP 9871/LĐTBXH-GP", country="JP", language="vi")
    (lookup,) = RegisterIndex([twice], {}, free_mail=frozenset()).look_up([ad], now=NOON)
    assert lookup.result == "licensed"


def test_an_old_number_of_an_agency_with_a_newer_licence_says_so():
    register = sample("sample-vn")
    older = replace(register.lines[0], row=99, status="expired", numbers=("8871/LĐTBXH-GP",))
    twice = replace(register, lines=(*register.lines, older))
    ad = make_ad(
        description="GP 8871/LĐTBXH-GP",
        hiring_organization="CTCP cung ứng nhân lực Hoa Ban",
        country="JP",
        language="vi",
    )
    (lookup,) = RegisterIndex([twice], {}, free_mail=frozenset()).look_up([ad], now=NOON)
    assert lookup.result == "lapsed"
    assert "The list has an active licence of the same name, row 4." in lookup.facts[0].notes


def test_a_contact_that_the_register_was_not_read_for_proves_nothing():
    register = sample("sample-vn")
    unread = replace(register, lines=tuple(replace(line, has_unread_contacts=True) for line in register.lines))
    ad = make_ad(description="GP 9871/LĐTBXH-GP", country="JP", language="vi", contacts=STRANGE)
    (lookup,) = RegisterIndex([unread], {}, free_mail=frozenset()).look_up([ad], now=NOON)
    assert lookup.result == "licensed"


def test_many_ads_at_once_come_to_what_each_comes_to(desk):
    ads = [make_ad(ad_id=case, **fields) for case, (_, fields) in CASES.items()]
    results = [lookup.result for lookup in desk.look_up(ads, now=NOON)]
    assert results == [result for result, _ in CASES.values()]
