"""Campaigns in the store: ids that stay, one decision for all copies, and copies that come back with something new."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON
from crawler.ad import Contact, JobAd, Salary, fingerprint
from pipeline.nightly.pending import gather_campaigns
from pipeline.nightly.queueing import fill_queue
from pipeline.nightly.report import Queued
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.store import Store
from store_builders import NIGHT, POLICY, assess, decide, look, on_night, open_store

LURE = (
    "We hire typists for an office by the sea. The company pays the ticket and the visa, you bring only your passport. "
    "Rooms are shared and meals are free. Write to {contact} on Telegram or call {phone}. Pay is {pay} USD each month."
)


def lure(number: int, *, night: int = 0, phone: str = "+85511000777", **fields) -> JobAd:
    said = LURE.format(contact=f"@agent{number}", phone=phone, pay=900 + number)
    contacts = (Contact(kind="phone", value=phone),)
    ad = on_night(night, ad_id=f"a:{number}", title=f"Typist abroad {number}", description=said, contacts=contacts)
    return replace(ad, **{"country": "KH", **fields})


def other(number: int, *, night: int = 0) -> JobAd:
    word = "ryeloaf wheatbun oatcake speltroll milletpie barleytart".split()[number % 6]
    text = f"{word[::-1]} keepers of {word} seek {word}makers who know {word[1:4]}dough; {word[2:]} hands begin early."
    return on_night(night, ad_id=f"o:{number}", title="Baker", description=text)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def run_night(store, *ads: JobAd, night: int = 0, score: float = 0.9, rule: str | None = None) -> Queued:
    look(store, *ads)
    at = NOON + night * NIGHT + timedelta(hours=1)
    gather_campaigns(store, at=at)
    for chunk in store.assessments.pending("m1", "t1", chunk=100):
        for pending in chunk:
            store.assessments.add(pending.version_id, assess(pending.ad, score, rule=rule))
    return fill_queue(store, POLICY, night=str(night), now=at + timedelta(minutes=1))


def decide_all(store, *, night: int, verdict: str = "trafficking_recruitment") -> None:
    for case in store.queue.cases():
        decide(store, case.case_id, verdict=verdict, at=NOON + night * NIGHT + timedelta(hours=9))


def campaigns_of(store, *ads: JobAd) -> list[str | None]:
    return [store.campaigns.of_ad(ad.ad_id) for ad in ads]


def test_a_campaign_of_twelve_copies_is_one_case_and_decided_once(store):
    copies = [lure(at, phone=f"+8551100077{at % 4}") for at in range(12)]
    queued = run_night(store, *copies)
    assert (queued.by_score, queued.covered) == (1, 11)
    assert len(set(campaigns_of(store, *copies))) == 1
    decide_all(store, night=0)
    assert store.queue.count() == 0


def test_a_later_copy_with_nothing_new_is_covered_by_the_decision(store):
    run_night(store, lure(1), lure(2))
    decide_all(store, night=0)
    queued = run_night(store, lure(3, night=1), night=1)
    assert (queued.opened, queued.covered) == (0, 1)
    assert campaigns_of(store, lure(3)) == campaigns_of(store, lure(1))


@pytest.mark.parametrize(
    ("fields", "fact"),
    [
        ({"phone": "+85511999888"}, "contact"),
        ({"country": "MM"}, "destination"),
        ({"base_salary": Salary(min=2000, currency="USD", period="month")}, "salary"),
    ],
)
def test_a_later_copy_with_something_new_resurfaces(store, fields, fact):
    run_night(store, lure(1), lure(2))
    decide_all(store, night=0)
    queued = run_night(store, lure(3, night=1, **fields), night=1)
    assert queued.resurfaced == 1
    [case] = store.queue.cases()
    assert case.reason == "resurfaced"
    [news] = store.cases.resurfacings(case.case_id)
    assert (news.fact, news.ad_id) == (fact, "a:3")


def test_a_later_copy_that_meets_a_rule_for_the_first_time_resurfaces(store):
    run_night(store, lure(1))
    decide_all(store, night=0, verdict="legitimate")
    assert run_night(store, lure(2, night=1), night=1, rule="passport_kept").resurfaced == 1


def test_an_unflagged_copy_of_what_was_decided_lawful_stays_quiet(store):
    run_night(store, lure(1))
    decide_all(store, night=0, verdict="legitimate")
    assert run_night(store, lure(2, night=1, country="MM"), night=1, score=0.1).opened == 0


def test_an_ad_with_the_very_text_but_another_contact_makes_the_case_wait_again(store):
    run_night(store, lure(1))
    decide_all(store, night=0)
    twin = replace(lure(1, night=1), ad_id="b:1", contacts=(Contact(kind="phone", value="+85512345678"),))
    assert run_night(store, twin, night=1).resurfaced == 1
    [case] = store.queue.cases()
    assert (case.state, case.reason) == ("reopened", "resurfaced")
    decide_all(store, night=1)
    assert store.queue.count() == 0


def test_a_campaign_keeps_its_id_from_night_to_night(store):
    run_night(store, lure(1), other(1))
    before = campaigns_of(store, lure(1), other(1))
    run_night(store, lure(2, night=1), other(2, night=1), night=1)
    assert campaigns_of(store, lure(1), other(1)) == before
    assert campaigns_of(store, lure(2)) == before[:1]


def test_a_text_between_two_campaigns_merges_them_and_says_so(store):
    half, rest = ("; ".join(f"{word} work of house {word * 2} begins" for word in words.split()) for words in HALVES)
    old = on_night(0, ad_id="x", description=half)
    young = on_night(1, ad_id="y", description=rest)
    run_night(store, old)
    run_night(store, young, night=1)
    stays, lost = campaigns_of(store, old, young)
    assert stays != lost
    run_night(store, on_night(2, ad_id="z", description=f"{half}\n{rest}"), night=2)
    assert set(campaigns_of(store, old, young)) == {stays}
    [event] = store.campaigns.events(stays)
    assert (event.act, event.campaign_id, event.other_id) == ("merged", stays, lost)
    assert store.campaigns.current(lost) == stays


def test_an_ad_that_was_removed_and_comes_back_is_found_by_the_id_of_its_campaign(store):
    half, rest = ("; ".join(f"{word} work of house {word * 2} begins" for word in words.split()) for words in HALVES)
    old, young = on_night(0, ad_id="x", description=half), on_night(1, ad_id="y", description=rest)
    both = on_night(2, ad_id="z", description=f"{half}\n{rest}")
    for night, ad in enumerate((old, young, both)):
        run_night(store, ad, night=night)
    with store.atomic():
        store.removal.remove_ads(["x", "y", "z"])
    run_night(store, replace(young, seen_at=NOON + 9 * NIGHT), night=9)
    (again,) = campaigns_of(store, young)
    assert store.campaigns.current(again) == again, "it was merged before"


HALVES = ("amber barley cedar dahlia ember fennel garnet hazel", "kelp laurel mallow nettle onyx poppy quartz rowan")


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), cuts=st.sets(st.integers(1, 5), max_size=2))
def test_neither_order_nor_nights_change_the_campaigns_and_twice_is_once(tmp_path_factory, order, cuts):
    ads = [lure(at) for at in range(3)] + [other(at) for at in range(3)]
    with open_store(tmp_path_factory.mktemp("store")) as store:
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 6], strict=True):
            look(store, *(ads[at] for at in order[start:stop]))
            gather_campaigns(store, at=NOON)
        found = campaigns_of(store, *ads)
        look(store, *ads)
        assert gather_campaigns(store, at=NOON).versions == 0
        assert campaigns_of(store, *ads) == found
    assert len(set(found[:3])) == 1
    assert len(set(found)) == 4


class SlowCampaigns(StoredCampaigns):
    """Campaigns beside which something happens while a night reads the stored texts."""

    meanwhile: Callable[[], object] | None = None

    def signed_texts(self):
        if (happens := self.meanwhile) is not None:
            self.meanwhile = None
            happens()
        return super().signed_texts()


def open_slow(folder):
    store = Store.open(folder / "lurewatch.db")
    store.campaigns = SlowCampaigns(store.db)
    return store


def test_nobody_waits_while_a_night_meets_its_ads_with_all_that_is_kept(store, tmp_path):
    run_night(store, lure(0))
    with open_slow(tmp_path) as night:
        look(night, lure(1), other(0))
        night.campaigns.meanwhile = lambda: decide(store, 1)
        assert gather_campaigns(night, at=NOON + NIGHT).joined == 1
    assert [each.verdict for each in store.decisions.of_case(1)] == ["legitimate"]


@pytest.mark.parametrize("kept", [(1, 2), (5,), ()])
def test_what_another_night_places_meanwhile_is_met_too_and_placed_once(store, tmp_path, kept):
    run_night(store, lure(0))
    with open_slow(tmp_path) as night:
        look(night, lure(1), lure(2), other(0))

        def another_night():
            look(store, *map(lure, kept))
            gather_campaigns(store, at=NOON)

        night.campaigns.meanwhile = another_night
        assert gather_campaigns(night, at=NOON).versions == 0
        night.campaigns.meanwhile = lambda: look(store, lure(6))
        look(night, lure(7))
        gather_campaigns(night, at=NOON)
        gather_campaigns(night, at=NOON)
    ads = [lure(at) for at in {0, 1, 2, *kept, 6, 7}]
    assert len(set(campaigns_of(store, *ads))) == 1
    assert store.campaigns.size(store.campaigns.of_ad("a:0")) == len(ads)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(0, 4), max_size=4))
def test_ads_that_leave_leave_the_rest_whole(tmp_path_factory, gone):
    ads = [lure(at) for at in range(5)]
    with open_store(tmp_path_factory.mktemp("store")) as store:
        look(store, *ads)
        gather_campaigns(store, at=NOON)
        [campaign] = set(campaigns_of(store, *ads))
        store.campaigns.remove_ads(f"a:{at}" for at in gone)
        rest = [ad for at, ad in enumerate(ads) if at not in gone]
        assert campaigns_of(store, *rest) == [campaign] * len(rest)
        assert store.campaigns.size(campaign) == len(rest)


def test_texts_signed_in_another_way_are_read_again_under_their_ids(store):
    ads = [lure(1), lure(2), other(1), other(2)]
    run_night(store, *ads)
    before = campaigns_of(store, *ads)
    store.campaigns.set_method("another way")
    gathered = gather_campaigns(store, at=NOON + NIGHT)
    assert (gathered.versions, gathered.merges) == (4, 0)
    assert campaigns_of(store, *ads) == before


def test_what_is_found_apart_when_read_again_is_recorded_as_a_split(store):
    ads = [lure(1), other(1)]
    run_night(store, *ads)
    kept, _ = campaigns_of(store, *ads)
    with store.atomic():  # as another way of telling might have had it
        store.campaigns.record_event("merged", kept, campaigns_of(store, ads[1])[0], at=NOON)
    store.campaigns.set_method("another way")
    gather_campaigns(store, at=NOON + NIGHT)
    assert len(set(campaigns_of(store, *ads))) == 2
    assert "split" in {event.act for event in store.campaigns.events(kept)}


def test_the_queue_knows_how_large_a_campaign_is_and_a_case_rises_with_it(store):
    run_night(store, lure(1), lure(2), other(1), score=0.6)
    first, single = sorted(store.queue.cases(), key=lambda case: case.title, reverse=True)
    assert (first.copies, first.campaign_ads, single.campaign_ads) == (1, 2, 1)
    run_night(store, lure(3, night=1), lure(4, night=1), night=1, score=0.6)
    grown = store.cases.get(first.case_id)
    assert (grown.copies, grown.campaign_ads) == (1, 4)
    assert grown.priority == pytest.approx(0.6 + 2 * POLICY.copies_bonus)
    assert store.cases.get(single.case_id).priority == single.priority


def test_an_ad_that_says_something_else_by_now_no_longer_counts(store):
    run_night(store, lure(1), lure(2), lure(3))
    [case] = store.queue.cases()
    other_id = next(f"a:{at}" for at in (1, 2) if case.title != lure(at).title)
    run_night(store, replace(other(3, night=1), ad_id=other_id), night=1)
    assert store.cases.get(case.case_id).campaign_ads == 2


def test_a_place_that_was_drawn_stays_where_it_is_however_large_the_campaign_grows(store):
    look(store, lure(1))
    gather_campaigns(store, at=NOON)
    case = store.cases.open(fingerprint(lure(1)), reason="audit", priority=0.33, at=NOON)
    run_night(store, lure(2, night=1), lure(3, night=1), night=1, score=0.1)
    assert (store.cases.get(case).campaign_ads, store.cases.get(case).priority) == (3, 0.33)


def leaves(store, *, night):
    """The ad that stands for the one case says something else from that night on."""
    [case] = store.queue.cases(limit=1)
    [ad] = store.cases.ads(case.case_id)
    return case, replace(other(4, night=night), ad_id=ad.ad_id)


def test_when_the_ad_that_stood_for_a_campaign_says_something_else_another_copy_gets_the_case(store):
    run_night(store, lure(1), lure(2), lure(3))
    case, changed = leaves(store, night=1)
    queued = run_night(store, changed, night=1, score=0.1)
    assert (queued.by_score, queued.covered) == (1, 1)
    [new] = [one for one in store.queue.cases() if one.case_id != case.case_id]
    assert (new.title.startswith("Typist"), new.campaign_ads) == (True, 2)
    assert run_night(store, other(5, night=2), night=2, score=0.1).opened == 0


def test_what_was_decided_stands_for_the_copies_that_are_left(store):
    run_night(store, lure(1), lure(2), lure(3))
    _, changed = leaves(store, night=1)
    decide_all(store, night=0)
    assert run_night(store, changed, night=1, score=0.1).opened == 0
