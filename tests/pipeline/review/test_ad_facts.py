"""Changes of an offer as facts: requirements, ads that were removed and came again, and what is known of contacts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON
from crawler.ad import Contact
from model.ad_facts import AdFacts
from model.assessor import Assessor
from model.datasets.real_texts import read_decided
from pipeline.linking.changes import find_requirements
from pipeline.linking.contacts import MOST_CAMPAIGNS, ContactVault
from pipeline.nightly.linking import gather_campaigns, link_contacts
from pipeline.nightly.scoring import assess_pending
from pipeline.review.ad_facts import facts_of
from pipeline.review.labels import export_labels
from store_builders import NIGHT, decide, look, on_night, open_case_for, open_queue
from tiny_model import train_tiny_model

SAID = (
    "A harbour office seeks a clerk for the early boats and the late mail.\nRequirements:\n- two years with ledgers\n"
    "- {asked}\n\nRooms are free, the canteen opens at six, and the ferry leaves each hour from the northern pier."
)


def clerk(name="clerk", *, night=0, asked="knows the tides", **fields):
    return replace(on_night(night, ad_id=name, title="Clerk", description=SAID.format(asked=asked)), **fields)


@pytest.fixture
def queue(tmp_path):
    with open_queue(tmp_path) as opened:
        yield opened


def test_requirements_are_the_lines_under_their_heading_and_those_that_speak_of_them():
    assert find_requirements(SAID.format(asked="knows the tides")) == ("two years with ledgers", "knows the tides")
    assert find_requirements("Yêu cầu:\nTốt nghiệp cấp ba\n\nLương cao") == ("Tốt nghiệp cấp ba",)
    assert find_requirements("Boats leave at six. The canteen is open.") == ()


def test_a_requirement_that_changes_while_the_ad_runs_is_a_fact_with_before_and_after(queue):
    look(queue, clerk(), clerk(night=1, asked="hands over a passport"))
    [change] = queue.ad_changes(["clerk"], facts_only=True)
    assert (change.fact, change.before, change.after) == ("requirement", "knows the tides", "hands over a passport")


def test_other_words_are_no_change_of_requirements(queue):
    look(queue, clerk(), replace(clerk(night=1), description=SAID.format(asked="knows the tides") + " Come by."))
    assert queue.ad_changes(["clerk"], facts_only=True) == ()


def test_an_ad_that_its_source_shows_again_was_reposted(queue):
    look(queue, clerk())
    queue.end_ads("test", {"clerk": "removed"}, at=NOON + NIGHT)
    look(queue, clerk(night=2))
    [repost] = queue.reposts(["clerk"])
    assert (repost.fact, repost.former_id, repost.gone_at) == ("reposted", "clerk", NOON + NIGHT)


@pytest.mark.parametrize(("name", "fact"), [("Blue Crane", "reposted"), ("Red Heron", "reposted_under_another_name")])
def test_a_copy_that_comes_after_the_first_was_removed_stands_in_its_place(queue, name, fact):
    look(queue, clerk("old", hiring_organization="Blue Crane"))
    gather_campaigns(queue, at=NOON)
    queue.end_ads("test", {"old": "removed"}, at=NOON + NIGHT)
    look(queue, clerk("new", night=2, hiring_organization=name))
    assert gather_campaigns(queue, at=NOON + 2 * NIGHT).reposted == 1
    [repost] = queue.reposts(["new"])
    assert (repost.fact, repost.former_id, repost.before, repost.after) == (fact, "old", "Blue Crane", name)


def test_a_copy_beside_one_that_still_runs_is_no_repost(queue):
    look(queue, clerk("old"))
    gather_campaigns(queue, at=NOON)
    look(queue, clerk("new", night=2))
    assert gather_campaigns(queue, at=NOON + 2 * NIGHT).reposted == 0


PHONE = (Contact(kind="phone", value="+85511000777"),)


def gather(queue, *ads, night=0):
    look(queue, *ads)
    gather_campaigns(queue, at=NOON + night * NIGHT)
    link_contacts(queue, ContactVault(b"k" * 32))


def name_of(at):
    """Numbers all read the same, so names have none."""
    return f"k{'bcdfghjlmnprstvwxz'[at % 18]}o{'bcdfghjlmnprstvwxz'[at // 18]}"


def offer(name, *, night=0, **fields):
    """An ad that is unlike every other, but for its contact."""
    words = " ".join(f"{name}{letter} {letter * 3}{name}" for letter in "abcdefghijkl")
    ad = on_night(night, ad_id=name, title=f"{name} keeper", description=f"Keepers of {words} are sought.")
    return replace(ad, contacts=PHONE, **fields)


def test_an_ads_facts_are_counted_for_whoever_learns_from_them(queue):
    gather(
        queue, clerk("old", hiring_organization="Blue Crane", contacts=PHONE),
        clerk("two", hiring_organization="Red Heron", contacts=PHONE, country="KH"),
        clerk("old", night=1, hiring_organization="White Stork", contacts=PHONE, country="TH"),
    )  # fmt: skip
    assert facts_of(queue, "old", at=NOON + 3 * NIGHT) == AdFacts(
        employer_changed=1, destination_changed=1, contact_employers=3, contact_countries=2, contact_days=3
    )
    assert facts_of(queue, "old", at=NOON) == AdFacts(contact_employers=2, contact_countries=1)
    assert facts_of(queue, "unknown", at=NOON) == AdFacts()


def test_a_contact_that_connects_nothing_says_nothing(queue):
    ads = [offer(name_of(at), hiring_organization=f"House {at}") for at in range(MOST_CAMPAIGNS + 1)]
    gather(queue, *ads[1:])
    assert facts_of(queue, ads[1].ad_id, at=NOON + NIGHT).contact_employers == MOST_CAMPAIGNS
    gather(queue, *ads[:1])
    assert facts_of(queue, ads[1].ad_id, at=NOON + NIGHT) == AdFacts()


def test_a_lawful_agencys_number_beside_another_says_nothing_for_an_ad(queue):
    gather(queue, offer("agency"), offer("copycat", night=1))
    both = (*PHONE, Contact(kind="phone", value="+85512345678"))
    gather(queue, replace(offer("third", night=1), contacts=both), night=1)
    decide(queue, open_case_for(queue, offer("agency")), verdict="legitimate", at=NOON + NIGHT)
    assert facts_of(queue, "copycat", at=NOON + 2 * NIGHT).contact_lawful_cases == 1
    assert facts_of(queue, "third", at=NOON + 2 * NIGHT).contact_lawful_cases == 0


def labels(queue, folder):
    export_labels(queue, folder / "labels.jsonl")
    return {row.ad.ad_id: row for row in read_decided(folder / "labels.jsonl", "own")}


def test_a_label_tells_neither_its_own_decision_nor_later_ones(queue, tmp_path):
    ads = [offer(name, night=at) for at, name in enumerate(("first", "second", "third"))]
    gather(queue, *ads, night=2)
    for at, ad in enumerate(ads):
        decide(queue, open_case_for(queue, ad), verdict="job_fraud", at=NOON + (3 + at) * NIGHT)
    known = labels(queue, tmp_path)
    assert [known[f"own:{ad.ad_id}"].facts.contact_harmful_cases for ad in ads] == [0, 1, 2]
    decide(queue, 1, verdict="job_fraud", at=NOON + 9 * NIGHT)  # the same case once more
    assert labels(queue, tmp_path)["own:first"].facts.contact_harmful_cases == 2


def test_a_decision_that_was_taken_back_counts_for_labels_of_the_time_between_alone(queue, tmp_path):
    ads = [offer(name) for name in ("first", "second", "third")]
    gather(queue, *ads)
    cases = [open_case_for(queue, ad) for ad in ads]
    number = decide(queue, cases[0], verdict="job_fraud", at=NOON + NIGHT)
    decide(queue, cases[1], verdict="job_fraud", at=NOON + 2 * NIGHT)
    back = queue.decisions(cases[0])[-1]
    queue.add_decision(replace(back, withdraws=number, decided_at=NOON + 3 * NIGHT))
    decide(queue, cases[2], verdict="job_fraud", at=NOON + 4 * NIGHT)
    known = labels(queue, tmp_path)
    assert known["own:second"].facts.contact_harmful_cases == 1
    assert known["own:third"].facts.contact_harmful_cases == 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(later=st.lists(st.sampled_from(("job_fraud", "legitimate", "cannot_tell")), min_size=1, max_size=3))
def test_whatever_is_decided_later_changes_no_label(tmp_path_factory, later):
    folder = tmp_path_factory.mktemp("store")
    ads = [offer(name_of(at)) for at in range(5)]
    with open_queue(folder) as queue:
        gather(queue, *ads)
        cases = [open_case_for(queue, ad) for ad in ads]
        decide(queue, cases[0], verdict="job_fraud", at=NOON + NIGHT)
        decide(queue, cases[1], at=NOON + 2 * NIGHT)
        before = labels(queue, folder)
        for at, verdict in enumerate(later):
            decide(queue, cases[2 + at], verdict=verdict, at=NOON + (3 + at) * NIGHT)
        after = labels(queue, folder)
    assert {name: after[name] for name in before} == before


def test_a_model_that_learnt_from_exported_labels_reads_the_facts_of_the_store(queue, tmp_path):
    """One contact is in every dangerous offer, words are no help; the next night's ad has it too."""
    ads = [offer(name_of(at), hiring_organization=f"House {at}") for at in range(12)]
    lawful = [replace(offer(name_of(at)), contacts=()) for at in range(12, 24)]
    gather(queue, *ads, *lawful)
    for at, ad in enumerate([*ads, *lawful]):
        verdict = "trafficking_recruitment" if ad in ads else "legitimate"
        decide(queue, open_case_for(queue, ad), verdict=verdict, at=NOON + NIGHT + timedelta(minutes=at))
    rows = labels(queue, tmp_path).values()
    assessor = Assessor.load(train_tiny_model(tmp_path, rows), tmp_path / "data" / "taxonomy")
    gather(queue, offer("next", night=2), replace(offer("other", night=2), contacts=()), night=2)
    assess_pending(queue, assessor, now=NOON + 3 * NIGHT, progress=lambda _: None)
    scored = {name: queue.ad_assessment(name) for name in ("next", "other")}
    said = {one.name for one in scored["next"].contributions}
    assert "its contact is in 12 cases that were decided as likely harmful" in said
    assert "12 employers' names behind one contact" in said
    assert scored["next"].score > scored["other"].score
    assert not [one for one in scored["other"].contributions if "contact" in one.name]
