"""What copies have in common and the slots in which they vary."""

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from crawler.ad import Contact
from pipeline.linking.describe import find_template

SAID = "We hire typists in {town} for {name}. Rooms are free and meals are shared. Call {phone}. Pay {pay} USD a month."


def copy(at, *, town="Lanbay", name="Blue Crane", phone="+855 11 000 777", pay=900):
    said = SAID.format(town=town, name=name, phone=phone, pay=pay)
    contacts = (Contact(kind="phone", value=phone.replace(" ", "")),)
    return make_ad(
        ad_id=f"t:{at}",
        title="Typist",
        description=said,
        hiring_organization=name,
        job_location=town,
        contacts=contacts,
    )


COPIES = [
    copy(0), copy(1, town="Kestwick", phone="+855 11 444 222"), copy(2, name="Red Heron", pay=1200),
    copy(3, town="Oromar", phone="+855 11 888 111", pay=700, name="White Stork"),
]  # fmt: skip


def test_slots_are_named_for_what_they_hold():
    slots = {part.slot for part in find_template(COPIES[0], COPIES) if part.slot}
    assert slots == {"contact", "place", "employer", "number"}


def test_an_amount_that_stands_in_a_number_by_chance_is_none():
    ads = [copy(at, phone=f"+855 11 000 {at:03}", pay=1000 + 20 * at) for at in range(9)]
    slots = {part.text: part.slot for part in find_template(ads[0], ads) if part.slot}
    assert slots["1000"] == "number"


def test_a_slot_shows_what_other_copies_have_in_its_place():
    place = next(part for part in find_template(COPIES[0], COPIES) if part.slot == "place")
    assert place.text == "Lanbay"
    assert dict(place.variants) == {"Lanbay": 1, "Kestwick": 1, "Oromar": 1}


def test_what_all_say_is_no_slot():
    common = "".join(part.text for part in find_template(COPIES[0], COPIES) if not part.slot)
    assert "Rooms are free and meals are shared" in common


def test_other_white_space_is_no_variation():
    text = SAID.replace(". ", ".\n\n")
    ads = [make_ad(ad_id="t:0", description=SAID), make_ad(ad_id="t:1", description=text)]
    assert [part.slot for part in find_template(ads[0], ads) if part.slot] == []


def test_an_ad_without_other_copies_is_common_throughout():
    assert [part.slot for part in find_template(COPIES[0], COPIES[:1])] == [None]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_the_parts_joined_are_the_text(texts):
    ads = [make_ad(ad_id=str(at), title="", description=text) for at, text in enumerate(texts)]
    assert "".join(part.text for part in find_template(ads[0], ads)) == f"\n{texts[0]}"
