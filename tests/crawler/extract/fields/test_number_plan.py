"""Numbers read by a country's plan are what phonenumbers says of them. Every number is invented."""

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.fields.number_plan import _by_phonenumbers, _by_plan, e164, plan_of

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=16)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str | None]:
    """Digits as somebody may dial them: with a code, a prefix or neither, of a number's form or of any."""
    region = draw(st.sampled_from(REGIONS))
    plan = plan_of(region)
    assert plan is not None
    like = st.from_regex(rf"\A(?:{draw(st.sampled_from(plan.kinds))[1]})\Z", alphabet="0123456789") | DIGITS
    number = draw(like)[: draw(st.integers(6, 20))]
    before = st.sampled_from(["", plan.prefix, "0", "00", plan.code, f"00{plan.code}"]) | st.from_regex(
        rf"\A(?:{plan.before})\Z", alphabet="0123456789"
    )
    if draw(st.booleans()):
        return f"+{plan.code}{draw(st.sampled_from(['', plan.prefix, '0']))}{number}", None
    return draw(before) + number, draw(st.sampled_from([region, region, region, "VN", "ZZ"]))


@settings(deadline=None, max_examples=1500)
@given(numbers())
def test_a_plan_says_what_phonenumbers_says(dialled: tuple[str, str | None]) -> None:
    assert e164(*dialled) == _by_phonenumbers(*dialled)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="+0123456789٣x ", max_size=18), st.none() | st.sampled_from(REGIONS))
def test_whatever_is_no_plain_number_is_left_to_phonenumbers(digits: str, region: str | None) -> None:
    assert e164(digits, region) == _by_phonenumbers(digits, region)


def test_most_numbers_of_the_countries_that_ads_come_from_are_told_by_their_plan() -> None:
    shown = {
        region: phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        for region in ("VN", "ID", "PH", "TH", "CN", "MY", "TW", "KH", "MM", "SG", "HK", "IN", "LA")
    }
    for region, number in shown.items():
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        digits = "".join(filter(str.isdigit, written))
        assert _by_plan(digits, region), region
        assert e164(digits, region) == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
