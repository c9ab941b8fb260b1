"""Changes of an offer as facts: requirements, ads that were removed and came again, and what is known of contacts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON
from crawler.ad import Contact
from model.ad_facts import AdFacts
from model.assessor import Assessor
from model.datasets.readers import read_decided
from pipeline.linking.changes import find_requirements
from pipeline.linking.contacts import MOST_CAMPAIGNS, ContactVault
from pipeline.nightly.pending import assess_pending, gather_campaigns, link_contacts
from pipeline.review.decisions import export_labels, facts_of
from store_builders import NIGHT, assessment_of, decide, look, on_night, open_case_for, open_store
from tiny_model import train_tiny_model

SAID = (
    "A harbour office seeks a clerk for the early boats and the late mail.\nRequirements:\n- two years with ledgers\n"
    "- {asked}\n\nRooms are free, the canteen opens at six, and the ferry leaves each hour from the northern pier."
)


def clerk(name="clerk", *, night=0, asked="knows the tides", **fields):
    return replace(on_night(night, ad_id=name, title="Clerk", description=SAID.format(asked=asked)), **fields)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def test_requirements_are_the_lines_under_their_heading_and_those_that_speak_of_them():
    assert find_requirements(SAID.format(asked="knows the tides")) == ("two years with ledgers", "knows the tides")
    assert find_requirements("Yêu cầu:\nTốt nghiệp cấp ba\n\nLương cao") == ("Tốt nghiệp cấp ba",)
    assert find_requirements("Boats leave at six. The canteen is open.") == ()


def test_a_requirement_that_changes_while_the_ad_runs_is_a_fact_with_before_and_after(store):
    look(store, clerk(), clerk(night=1, asked="hands over a passport"))
    [change] = store.changes.of_ads(["clerk"], facts_only=True)
    assert (change.fact, change.before, change.after) == ("requirement", "knows the tides", "hands over a passport")


def test_other_words_are_no_change_of_requirements(store):
    look(store, clerk(), replace(clerk(night=1), description=SAID.format(asked="knows the tides") + " Come by."))
    assert store.changes.of_ads(["clerk"], facts_only=True) == ()


def test_an_ad_that_its_source_shows_again_was_reposted(store):
    look(store, clerk())
    store.ads.mark_gone("test", {"clerk": "removed"}, at=NOON + NIGHT)
    look(store, clerk(night=2))
    [repost] = store.changes.reposts(["clerk"])
    assert (repost.fact, repost.former_id, repost.gone_at) == ("reposted", "clerk", NOON + NIGHT)


@pytest.mark.parametrize(("name", "fact"), [("Blue Crane", "reposted"), ("Red Heron", "reposted_under_another_name")])
def test_a_copy_that_comes_after_the_first_was_removed_stands_in_its_place(store, name, fact):
    look(store, clerk("old", hiring_organization="Blue Crane"))
    gather_campaigns(store, at=NOON)
    store.ads.mark_gone("test", {"old": "removed"}, at=NOON + NIGHT)
    look(store, clerk("new", night=2, hiring_organization=name))
    gather_campaigns(store, at=NOON + 2 * NIGHT)
    [repost] = store.changes.reposts(["new"])
    assert (repost.fact, repost.former_id, repost.before, repost.after) == (fact, "old", "Blue Crane", name)


def test_a_copy_beside_one_that_still_runs_is_no_repost(store):
    look(store, clerk("old"))
    gather_campaigns(store, at=NOON)
    look(store, clerk("new", night=2))
    gather_campaigns(store, at=NOON + 2 * NIGHT)
    assert store.changes.reposts(["new"]) == ()


PHONE = (Contact(kind="phone", value="+85511000777"),)


def gather(store, *ads, night=0):
    look(store, *ads)
    gather_campaigns(store, at=NOON + night * NIGHT)
    link_contacts(store, ContactVault(b"k" * 32))


def name_of(at):
    """Numbers all read the same, so names have none."""
    return f"k{'bcdfghjlmnprstvwxz'[at % 18]}o{'bcdfghjlmnprstvwxz'[at // 18]}"


def offer(name, *, night=0, **fields):
    """An ad that is unlike every other, but for its contact."""
    words = " ".join(f"{name}{letter} {letter * 3}{name}" for letter in "abcdefghijkl")
    ad = on_night(night, ad_id=name, title=f"{name} keeper", description=f"Keepers of {words} are sought.")
    return replace(ad, contacts=PHONE, **fields)


def test_an_ads_facts_are_counted_for_whoever_learns_from_them(store):
    gather(
        store, clerk("old", hiring_organization="Blue Crane", contacts=PHONE),
        clerk("two", hiring_organization="Red Heron", contacts=PHONE, country="KH"),
        clerk("old", night=1, hiring_organization="White Stork", contacts=PHONE, country="TH"),
    )  # fmt: skip
    assert facts_of(store, "old", at=NOON + 3 * NIGHT) == AdFacts(
        employer_changed=1, destination_changed=1, contact_employers=3, contact_countries=2, contact_days=3
    )
    assert facts_of(store, "old", at=NOON) == AdFacts(contact_employers=2, contact_countries=1)
    assert facts_of(store, "unknown", at=NOON) == AdFacts()


def test_a_contact_that_connects_nothing_says_nothing(store):
    ads = [offer(name_of(at), hiring_organization=f"House {at}") for at in range(MOST_CAMPAIGNS + 1)]
    gather(store, *ads[1:])
    assert facts_of(store, ads[1].ad_id, at=NOON + NIGHT).contact_employers == MOST_CAMPAIGNS
    gather(store, *ads[:1])
    assert facts_of(store, ads[1].ad_id, at=NOON + NIGHT) == AdFacts()


def test_a_lawful_agencys_number_beside_another_says_nothing_for_an_ad(store):
    gather(store, offer("agency"), offer("copycat", night=1))
    both = (*PHONE, Contact(kind="phone", value="+85512345678"))
    gather(store, replace(offer("third", night=1), contacts=both), night=1)
    decide(store, open_case_for(store, offer("agency")), verdict="legitimate", at=NOON + NIGHT)
    assert facts_of(store, "copycat", at=NOON + 2 * NIGHT).contact_lawful_cases == 1
    assert facts_of(store, "third", at=NOON + 2 * NIGHT).contact_lawful_cases == 0


def labels(store, folder):
    export_labels(store, folder / "labels.jsonl")
    return {row.ad.ad_id: row for row in read_decided(folder / "labels.jsonl", "own")}


def test_a_label_tells_neither_its_own_decision_nor_later_ones(store, tmp_path):
    ads = [offer(name, night=at) for at, name in enumerate(("first", "second", "third"))]
    gather(store, *ads, night=2)
    for at, ad in enumerate(ads):
        decide(store, open_case_for(store, ad), verdict="job_fraud", at=NOON + (3 + at) * NIGHT)
    known = labels(store, tmp_path)
    assert [known[f"own:{ad.ad_id}"].facts.contact_harmful_cases for ad in ads] == [0, 1, 2]
    decide(store, 1, verdict="job_fraud", at=NOON + 9 * NIGHT)  # the same case once more
    assert labels(store, tmp_path)["own:first"].facts.contact_harmful_cases == 2


def test_a_decision_that_was_taken_back_counts_for_labels_of_the_time_between_alone(store, tmp_path):
    ads = [offer(name) for name in ("first", "second", "third")]
    gather(store, *ads)
    cases = [open_case_for(store, ad) for ad in ads]
    number = decide(store, cases[0], verdict="job_fraud", at=NOON + NIGHT)
    decide(store, cases[1], verdict="job_fraud", at=NOON + 2 * NIGHT)
    back = store.decisions.of_case(cases[0])[-1]
    store.decisions.add(replace(back, withdraws=number, decided_at=NOON + 3 * NIGHT))
    decide(store, cases[2], verdict="job_fraud", at=NOON + 4 * NIGHT)
    known = labels(store, tmp_path)
    assert known["own:second"].facts.contact_harmful_cases == 1
    assert known["own:third"].facts.contact_harmful_cases == 1


def test_whatever_is_decided_later_changes_no_label(store, tmp_path):
    ads = [offer(name_of(at)) for at in range(5)]
    gather(store, *ads)
    cases = [open_case_for(store, ad) for ad in ads]
    decide(store, cases[0], verdict="job_fraud", at=NOON + NIGHT)
    decide(store, cases[1], at=NOON + 2 * NIGHT)
    before = labels(store, tmp_path)
    for at, verdict in enumerate(("job_fraud", "legitimate", "cannot_tell")):
        decide(store, cases[2 + at], verdict=verdict, at=NOON + (3 + at) * NIGHT)
        after = labels(store, tmp_path)
        assert {name: after[name] for name in before} == before


def test_a_model_that_learnt_from_exported_labels_reads_the_facts_of_the_store(store, tmp_path):
    """One contact is in every dangerous offer, words are no help; the next night's ad has it too."""
    ads = [offer(name_of(at), hiring_organization=f"House {at}") for at in range(12)]
    lawful = [replace(offer(name_of(at)), contacts=()) for at in range(12, 24)]
    gather(store, *ads, *lawful)
    for at, ad in enumerate([*ads, *lawful]):
        verdict = "trafficking_recruitment" if ad in ads else "legitimate"
        decide(store, open_case_for(store, ad), verdict=verdict, at=NOON + NIGHT + timedelta(minutes=at))
    rows = labels(store, tmp_path).values()
    assessor = Assessor.load(train_tiny_model(tmp_path, rows), tmp_path / "data" / "taxonomy")
    gather(store, offer("next", night=2), replace(offer("other", night=2), contacts=()), night=2)
    places = (tmp_path / "no model", tmp_path / "no taxonomy")  # few ads are read by the assessor at hand
    assess_pending(store, assessor, places=places, workers=1, now=NOON + 3 * NIGHT, progress=lambda _: None)
    scored = {name: assessment_of(store, name) for name in ("next", "other")}
    said = {one.name for one in scored["next"].contributions}
    assert "its contact is in 12 cases that were decided as likely harmful" in said
    assert "12 employers' names behind one contact" in said
    assert scored["next"].score > scored["other"].score
    assert not [one for one in scored["other"].contributions if "contact" in one.name]
