"""Campaigns: what joins ads and what does not, whatever the order, the night, or the text."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOON, make_ad
from pipeline.linking.campaigns import Campaigns, Joined

LURE = (
    "We hire typists for an office by the sea. The company pays the ticket and the visa, you bring only your passport. "
    "Rooms are shared and meals are free. Write to {contact} on Telegram or call {phone}. Pay is {pay} USD each month."
)
BAKERY = (
    "Our bakery in {town} looks for a baker who begins at four in the morning. We teach you how the sourdough is kept. "
    "Sundays are off, and the contract follows the law from the first day on. Come by with your papers."
)
SCRIPTS = {
    "th": "รับสมัครพนักงานพิมพ์งานในออฟฟิศติดทะเล บริษัทออกค่าตั๋วและวีซ่าให้ ที่พักและอาหารฟรี เงินเดือน {pay} บาท โทร {phone}",
    "zh": "海边办公室招聘打字员，公司承担机票和签证费用，包吃包住，只需要带护照，月薪{pay}美元，有意者请联系电话{phone}，名额有限先到先得",  # noqa: E501 - one sentence
    "km": "ជ្រើសរើសបុគ្គលិកវាយអត្ថបទក្នុងការិយាល័យក្បែរសមុទ្រ ក្រុមហ៊ុនចេញថ្លៃសំបុត្រយន្តហោះនិងទិដ្ឋាការ ប្រាក់ខែ {pay} ដុល្លារ ទូរស័ព្ទ {phone}",
    "my": "ပင်လယ်ကမ်းခြေရုံးအတွက် စာရိုက်ဝန်ထမ်းများ ခေါ်ယူနေသည် ကုမ္ပဏီက လေယာဉ်လက်မှတ်နှင့် ဗီဇာစရိတ်ပေးမည် လစာ {pay} ဖုန်း {phone}",
    "lo": "ຮັບສະໝັກພະນັກງານພິມເອກະສານໃນຫ້ອງການແຄມທະເລ ບໍລິສັດອອກຄ່າປີ້ຍົນແລະວີຊາໃຫ້ ທີ່ພັກແລະອາຫານຟຣີ ເງິນເດືອນ {pay} ໂທ {phone}",
}


def lure(number: int, **fields):
    said = LURE.format(contact=f"@agent{number}x", phone=f"+855 11 {number:03} 777", pay=900 + number)
    return make_ad(ad_id=f"a:{number}", title="Typist abroad", description=said, **fields)


def sets_of(joined: Joined) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one in joined.placed:
        found.setdefault(one.campaign_id, set()).add(one.ad_id)
    return {frozenset(some) for some in found.values()}


def test_copies_under_other_numbers_and_names_are_one_campaign_and_another_offer_is_not():
    other = make_ad(ad_id="b", title="Baker", description=BAKERY.format(town="Lanbay"))
    joined = Campaigns().add([lure(1), other, lure(2), lure(3)])
    assert sets_of(joined) == {frozenset({"a:1", "a:2", "a:3"}), frozenset({"b"})}
    assert [one.ad_id for one in joined.placed] == ["a:1", "b", "a:2", "a:3"]
    assert joined.placed[1].similarity == 0.0
    assert joined.placed[0].similarity > 0.5


def test_a_text_that_differs_in_its_numbers_alone_reads_the_same():
    one, other = (make_ad(ad_id=f"n:{pay}", description=BAKERY.format(town=f"house {pay}")) for pay in (12, 3456))
    assert [each.similarity for each in Campaigns().add([one, other]).placed] == [1.0, 1.0]


def test_a_disguise_parts_nothing():
    plain = lure(1)
    disguised = make_ad(ad_id="d", title="TYPIST ABROAD", description=plain.description.replace("a", "\u0430"))
    assert len(sets_of(Campaigns().add([plain, disguised]))) == 1


def test_scripts_without_spaces_join_too():
    for text in SCRIPTS.values():
        ads = [
            make_ad(ad_id=f"s:{pay}", title="", description=text.format(pay=pay, phone=f"09{pay}55"))
            for pay in (900, 12000)
        ]
        assert len(sets_of(Campaigns().add(ads))) == 1, text
    apart = [make_ad(ad_id=tag, title="", description=text) for tag, text in SCRIPTS.items()]
    assert len(sets_of(Campaigns().add(apart))) == len(SCRIPTS)


def test_short_texts_join_only_where_employer_and_contacts_agree():
    def cook(name, employer):
        return make_ad(ad_id=name, title="Cook wanted", description="", hiring_organization=employer)

    joined = Campaigns().add([cook("1", "Inn A"), cook("2", "Inn B"), cook("3", "Inn A")])
    assert sets_of(joined) == {frozenset({"1", "3"}), frozenset({"2"})}


def test_a_footer_that_many_ads_have_joins_none_of_them():
    footer = " ".join(f"Rule {word} of this board: report every ad that asks for {word} money." for word in WORDS[:5])
    ads = [
        make_ad(ad_id=f"f:{at}", title=f"{word} keeper", description=f"{own(at)}\n{footer}")
        for at, word in enumerate(WORDS)
    ]
    assert len(sets_of(Campaigns().add(ads))) == len(ads)


def test_a_nights_copy_joins_the_kept_campaign_under_its_id():
    campaigns = Campaigns()
    (first,) = campaigns.add([lure(1)]).placed
    later = campaigns.add([lure(2, seen_at=NOON + timedelta(days=1))])
    assert later.placed[0].campaign_id == first.campaign_id
    assert later.merges == ()


def test_a_text_between_two_campaigns_merges_them_and_the_older_id_stays():
    campaigns = Campaigns()
    half, rest = " ".join(own(at) for at in range(3)), " ".join(own(at) for at in range(3, 6))
    newer, older = (
        make_ad(ad_id=name, description=text, seen_at=NOON + timedelta(days=day))
        for name, text, day in (("x", half, 1), ("y", rest, 0))
    )
    before = {one.ad_id: one.campaign_id for one in campaigns.add([newer, older]).placed}
    both = campaigns.add([make_ad(ad_id="z", description=f"{half} {rest}", seen_at=NOON + timedelta(days=2))])
    assert before["x"] != before["y"]
    assert both.placed[0].campaign_id == before["y"]
    assert [(one.campaign_id, one.merged_id) for one in both.merges] == [(before["y"], before["x"])]


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_arrival_changes_neither_sets_nor_ids(order):
    ads = [lure(at) for at in range(4)] + [make_ad(ad_id=f"o:{at}", description=own(at)) for at in range(4)]

    def placed(some):
        return {one.ad_id: one for one in Campaigns().add(some).placed}

    assert placed([ads[at] for at in order]) == placed(ads)


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(8)), st.integers(1, 7))
def test_nights_make_the_sets_that_one_night_makes(order, cut):
    ads = [lure(at) for at in range(4)] + [make_ad(ad_id=f"o:{at}", description=own(at)) for at in range(4)]
    shuffled = [ads[at] for at in order]
    campaigns = Campaigns()
    campaigns.add(shuffled[:cut])
    campaigns.add(shuffled[cut:])
    assert sets_of(campaigns.add(ads)) == sets_of(Campaigns().add(ads))


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8))
def test_twice_is_once(numbers):
    ads = [lure(at) for at in numbers]
    campaigns = Campaigns()
    first = campaigns.add(ads)
    assert campaigns.add(ads) == first


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=200), min_size=1, max_size=4))
def test_any_text_gives_an_answer(texts):
    ads = [make_ad(ad_id=str(at), title="", description=text) for at, text in enumerate(texts)]
    placed = Campaigns().add(ads).placed
    assert [one.ad_id for one in placed] == [ad.ad_id for ad in ads]
    assert all(0.0 <= one.similarity <= 1.0 for one in placed)


WORDS = (
    "amber barley cedar dahlia ember fennel garnet hazel indigo juniper kelp laurel mallow nettle onyx poppy quartz "
    "rowan saffron thistle umber violet willow yarrow zinnia acorn birch clover dogwood elder fern gorse heather"
).split()


def own(at: int) -> str:
    """Some sentences that no other number has."""
    mine = [WORDS[(at * 7 + step * step + step) % len(WORDS)] for step in range(4)]
    named = " ".join(word * 2 for word in mine)
    work = f"{WORDS[at][::-1]} {mine[1][::-1]}"
    return f"The {named} {WORDS[at]}{WORDS[-at]} house seeks hands for {mine[2]}{mine[0]} and {work} work."
