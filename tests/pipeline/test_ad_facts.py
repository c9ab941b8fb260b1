"""Changes of an offer as facts: requirements, ads that were removed and came again, and what is known of contacts."""

from dataclasses import replace

import pytest

from builders import NOON
from crawler.ad import Contact
from pipeline.ad_facts import facts_of
from pipeline.contact_vault import ContactVault
from pipeline.gathering import gather_campaigns
from pipeline.linking import link_contacts
from pipeline.requirements import find_requirements
from store_builders import NIGHT, look, on_night, open_queue

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


def test_an_ads_facts_are_counted_for_whoever_learns_from_them(queue):
    phone = (Contact(kind="phone", value="+85511000777"),)
    look(queue, clerk("old", hiring_organization="Blue Crane", contacts=phone))
    look(queue, clerk("two", hiring_organization="Red Heron", contacts=phone, country="KH"))
    look(queue, clerk("old", night=1, hiring_organization="White Stork", contacts=phone))
    gather_campaigns(queue, at=NOON)
    link_contacts(queue, ContactVault(b"k" * 32))
    facts = facts_of(queue, "old", at=NOON + 3 * NIGHT)
    assert facts.changes["employer"] == 1
    assert (facts.campaign_ads, facts.contacts, facts.contact_employers, facts.contact_days) == (2, 1, 3, 3)
