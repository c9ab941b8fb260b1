"""Look-ups in words: what was looked up and where, and nothing that a list cannot say."""

import re
from datetime import date, timedelta

import pytest

from builders import NOON, make_ad
from licence_samples import desk_with
from pipeline.licences.results import fact_words, lookup_from_line, lookup_line, lookup_lines

ON = NOON.date()
ADS = {
    "licensed": {"description": "GP 9871/LĐTBXH-GP", "country": "JP", "language": "vi"},
    "lapsed": {"description": "GP 9873/LĐTBXH-GP", "country": "JP", "language": "vi"},
    "other_work_or_country": {"description": "GP 9871/LĐTBXH-GP", "country": "AE", "language": "vi"},
    "not_found": {"hiring_organization": "Én Nhỏ", "country": "JP", "language": "vi"},
    "nothing_claimed": {},
}


@pytest.mark.parametrize("result", list(ADS))
def test_a_look_up_says_what_was_looked_up_where_and_in_which_list(look_up, result):
    lookup = look_up(**ADS[result])
    assert lookup.result == result
    lines = "\n".join(lookup_lines(lookup, on=ON))
    if result == "nothing_claimed":
        assert lines == "no licence claimed"
        return
    assert "Looked up on 2026-11-02 in “Sample, invented: Vietnam" in lines
    assert "(https://registers.example/sample-vn), list of 2026-11-01" in lines
    for claim in lookup.facts[0].claims:
        assert f"“{claim.said}”" in lines


def test_what_is_not_listed_proves_nothing_and_says_so(look_up):
    lines = "\n".join(lookup_lines(look_up(**ADS["not_found"]), on=ON))
    assert "Not being listed proves nothing" in lines
    assert "The ad itself claims no licence; its work is abroad (JP)." in lines


def test_no_words_say_what_an_ad_or_a_firm_is(look_up):
    said = "\n".join(line for fields in ADS.values() for line in lookup_lines(look_up(**fields), on=ON))
    assert not re.search(r"(?i)traffick|fraud|illegal|fake|criminal|unlicensed|scam", said)


def test_a_list_that_has_grown_old_says_so_when_it_is_read(look_up):
    lookup = look_up(**ADS["licensed"])
    (fresh,) = [fact_words(fact, looked_at=ON, on=ON) for fact in lookup.facts]
    assert fresh.warnings == ()
    (old,) = [fact_words(fact, looked_at=ON, on=ON + timedelta(days=100)) for fact in lookup.facts]
    assert "is 101 days old, older than 90" in old.warnings[0]


def test_a_look_up_that_is_kept_is_the_look_up(look_up):
    for fields in ADS.values():
        lookup = look_up(**fields)
        assert lookup_from_line(lookup_line(lookup)) == lookup


def test_job_orders_are_told_with_their_list():
    ad = make_ad(title="ICU Nurse", description="DMW-999-LB-010130-R", country="SA", language="tl")
    (lookup,) = desk_with("sample-ph", "sample-ph-job-orders").look_up([ad], now=NOON)
    lines = "\n".join(lookup_lines(lookup, on=date(2026, 11, 2)))
    assert (
        "Job orders of this agency for SA in “Sample, invented: Philippines, approved job orders” of 2026-11-01: 2"
        in lines
    )
    assert "“NURSE (ICU)”" in lines
