"""Retention: what goes whole, what leaves its decision alone, and that the rest stays as it was."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON
from crawler.ad import Contact, fingerprint
from model.assessment import Contribution, Evidence
from pipeline.accounts.analysts import Analyst
from pipeline.errors import BadSettings, UnknownAd, UnknownCase
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.linking import gather_campaigns, link_contacts
from pipeline.nightly.retention import retain
from pipeline.review.ad_facts import facts_of
from pipeline.settings.records import RetainSettings
from pipeline.store.case_filter import CaseFilter
from pipeline.store.removal import REMOVED
from pipeline.store.review_queue import ReviewQueue
from store_builders import NIGHT, assess, decide, look, on_night, open_case_for, open_queue, write_batch

KEPT = RetainSettings(undecided_days=30, lawful_days=60)
LATER = NOON + 100 * NIGHT
SECRET = "Quellbirke"
"""Stands in everything that a removed ad says; must be nowhere afterwards."""

OFFER = (
    "The {word} yard hires {word}wrights who mend {word} keels before the winter. Rooms are over the sail loft, meals "
    "at the long table, and the ferry to {word} town leaves at six. Write to the {word} office or call {phone}."
)


def offer(name, *, night=0, phone="+85511000777", **fields):
    said = OFFER.format(word=name, phone=phone)
    ad = on_night(night, ad_id=f"test:{name}", title=f"{name} wright", description=said, country="KH")
    contacts = (Contact(kind="phone", value=phone),)
    return replace(ad, contacts=contacts, **{"hiring_organization": f"House {name}"} | fields)


def secret(**fields):
    ad = offer(SECRET, phone="+85599888777", url=f"http://127.0.0.1/{SECRET}", **fields)
    return replace(ad, ad_id="test:secret")


def assessed(queue, ad):
    version = queue.present_version(ad.ad_id)
    quote = Evidence(indicator="a.b", field="title", start=0, end=len(ad.title), quote=ad.title)
    words = Contribution(name=f"words: {ad.title}", value=1.0)
    said = assess(ad, 0.9)
    queue.add_assessment(version, replace(said, evidence=(quote,), contributions=(words,)))


def take(queue, *ads, gone=(), night=0):
    look(queue, *ads)
    for ad in ads:
        assessed(queue, ad)
    gather_campaigns(queue, at=NOON + night * NIGHT)
    link_contacts(queue, ContactVault(b"k" * 32))
    queue.end_ads("test", {ad.ad_id: "removed" for ad in gone}, at=NOON + (night + 1) * NIGHT)


def clear(queue, folder, *, kept=KEPT, now=LATER, dry_run=False):
    return retain(queue, kept, folder / "batches", now=now, dry_run=dry_run)


def holds(folder, word=SECRET):
    """Whether the word is anywhere in the database's files, in one case or the other."""
    found = b"".join(file.read_bytes() for file in sorted(folder.glob("lurewatch.db*"))).lower()
    return word.lower().encode() in found


@pytest.fixture
def queue(tmp_path):
    with open_queue(tmp_path) as opened:
        yield opened


def test_an_ad_that_nobody_decided_goes_whole(queue, tmp_path):
    ad = secret()
    take(queue, ad, offer("amber"), gone=[ad])
    case = open_case_for(queue, ad)
    open_case_for(queue, offer("amber"))
    queue.record_resurfacing(case, ad.ad_id, (), at=NOON)
    assert holds(tmp_path)
    cleared = clear(queue, tmp_path)
    assert (cleared.ads_removed, cleared.ads_emptied, cleared.cases_removed) == (1, 0, 1)
    assert not holds(tmp_path)
    assert not holds(tmp_path, "+85599888777")
    with pytest.raises(UnknownAd):
        queue.ad(ad.ad_id)
    with pytest.raises(UnknownCase):
        queue.case(case)
    assert queue.ad("test:amber") == offer("amber")


@pytest.mark.parametrize("verdict", ["legitimate", "not_an_ad"])
def test_of_what_was_decided_as_lawful_the_decision_stays_without_the_text(queue, tmp_path, verdict):
    ad = secret()
    take(queue, ad, gone=[ad])
    case = open_case_for(queue, ad)
    number = decide(queue, case, verdict=verdict, at=NOON + NIGHT)
    cleared = clear(queue, tmp_path)
    assert (cleared.ads_removed, cleared.ads_emptied, cleared.cases_removed) == (0, 1, 0)
    assert not holds(tmp_path)
    assert [each.verdict for each in queue.decisions(case)] == [verdict]
    assert list(queue.unlogged_decisions()) == []
    shown = queue.case(case)
    assert (shown.title, shown.state, shown.score) == (REMOVED, "decided", 0.9)
    assert queue.assessment(case).evidence[0].indicator == "a.b"
    assert list(queue.decided_texts()) == []
    assert queue.desk_page(CaseFilter(state="decided", words=SECRET)).cases == ()
    assert number == 1


@pytest.mark.parametrize("verdict", ["trafficking_recruitment", "job_fraud", "irregular_recruitment", "cannot_tell"])
def test_what_was_decided_otherwise_stays_as_it_is(queue, tmp_path, verdict):
    ad = offer("amber")
    copy = replace(ad, ad_id="test:copy", description=ad.description.replace("long table", "round table"))
    take(queue, ad, copy, gone=[ad, copy])
    decide(queue, open_case_for(queue, ad), verdict=verdict)
    assert clear(queue, tmp_path).ads_removed == 0
    assert (queue.ad(ad.ad_id), queue.ad("test:copy")) == (ad, copy)


@pytest.mark.parametrize(
    ("days", "verdict", "goes"),
    [(29, None, False), (31, None, True), (59, "legitimate", False), (61, "legitimate", True)],
)
def test_an_ad_goes_when_it_has_been_gone_for_so_many_days(queue, tmp_path, days, verdict, goes):
    ad = offer("amber")
    take(queue, ad, offer("beech"), gone=[ad])
    if verdict:
        decide(queue, open_case_for(queue, ad), verdict=verdict)
    cleared = clear(queue, tmp_path, now=NOON + (days + 1) * NIGHT)
    assert cleared.ads_removed + cleared.ads_emptied == goes


def test_a_case_that_waits_stays_while_its_campaign_has_other_ads(queue, tmp_path):
    first = offer("amber")
    copy = replace(first, ad_id="test:copy", description=first.description.replace("long table", "round table"))
    take(queue, first, copy, gone=[first])
    case = open_case_for(queue, first)
    assert clear(queue, tmp_path).ads_removed == 0
    queue.end_ads("test", {"test:copy": "removed"}, at=NOON + 2 * NIGHT)
    open_case_for(queue, take_other(queue))
    assert clear(queue, tmp_path).ads_removed == 2
    with pytest.raises(UnknownCase):
        queue.case(case)


def take_other(queue):
    take(queue, offer("gorse", night=3), night=3)
    return offer("gorse", night=3)


def test_a_case_that_other_ads_carry_stays_with_them(queue, tmp_path):
    ad, twin = offer("amber"), replace(offer("amber"), ad_id="test:twin", contacts=())
    take(queue, ad, twin)
    case = open_case_for(queue, ad)
    decide(queue, case)
    queue.end_ads("test", {ad.ad_id: "removed"}, at=NOON + NIGHT)
    assert clear(queue, tmp_path).ads_emptied == 1
    assert queue.case_ads(case)[0].ad_id == "test:twin"
    assert queue.case(case).title == twin.title


def test_a_number_of_a_case_is_never_given_twice(queue, tmp_path):
    ad = offer("amber")
    take(queue, ad, gone=[ad])
    newest = open_case_for(queue, ad)
    assert clear(queue, tmp_path).cases_removed == 0
    open_case_for(queue, take_other(queue))
    assert clear(queue, tmp_path).cases_removed == 1
    take(queue, offer("dune", night=4), night=4)
    assert open_case_for(queue, offer("dune", night=4)) > newest + 1


def test_an_ad_that_comes_back_is_there_again_with_its_text(queue, tmp_path):
    for name, verdict in (("amber", None), ("beech", "legitimate")):
        ad = offer(name)
        take(queue, ad, gone=[ad])
        if verdict:
            decide(queue, open_case_for(queue, ad), verdict=verdict)
    clear(queue, tmp_path)
    outcomes = [queue.record_look(offer(name, night=120), batch_id=None).outcome for name in ("amber", "beech")]
    assert outcomes == ["new", "changed"]
    assert queue.ad("test:beech").description == offer("beech").description
    assert queue.ad_changes(["test:beech"], facts_only=True) == (), "it is not known what it had said"


def test_a_later_copy_is_covered_by_a_decision_whose_text_was_removed(queue, tmp_path):
    ad = offer("amber")
    take(queue, ad, gone=[ad])
    campaign = queue.campaign_of(ad.ad_id)
    decide(queue, open_case_for(queue, ad))
    clear(queue, tmp_path)
    take(queue, replace(offer("amber", night=120), ad_id="test:copy"), night=120)
    assert queue.campaign_of("test:copy") == campaign
    assert [case.state for case in queue.campaign_cases(campaign)] == ["decided"]
    assert [copy.ad.ad_id for copy in queue.campaign_copies(campaign)] == ["test:copy"]


def test_texts_that_were_removed_are_not_read_again(queue, tmp_path):
    ads = [offer("amber"), offer("beech")]
    take(queue, *ads, offer("cedar"), gone=ads)
    for ad in ads:
        decide(queue, open_case_for(queue, ad))
    assert clear(queue, tmp_path).ads_emptied == 2
    queue.set_campaign_method("another way")
    assert gather_campaigns(queue, at=LATER).versions == 1
    assert link_contacts(queue, ContactVault(b"k" * 32)) == 0


def test_what_another_ad_came_again_after_is_forgotten_and_that_it_did_is_not(queue, tmp_path):
    first, again = secret(), replace(secret(night=3), ad_id="test:again", hiring_organization="House Alder")
    take(queue, first, gone=[first])
    take(queue, again, night=3)
    assert queue.reposts(["test:again"])[0].former_id == first.ad_id
    assert clear(queue, tmp_path).ads_removed == 1
    [repost] = queue.reposts(["test:again"])
    assert (repost.fact, repost.before) == ("reposted_under_another_name", None)


def test_nothing_is_removed_where_nothing_says_for_how_long(queue, tmp_path, run):
    with pytest.raises(BadSettings, match=r"undecided_days"):
        clear(queue, tmp_path, kept=RetainSettings())
    assert run("retain").exit_code == 2


def test_where_another_program_reads_the_file_is_written_anew_the_next_time(queue, tmp_path):
    ad = secret()
    take(queue, ad, offer("amber"), gone=[ad])
    queue._run("PRAGMA busy_timeout = 100")
    with ReviewQueue.open(tmp_path / "lurewatch.db") as reader:
        reader._run("BEGIN")
        assert reader.counts()["ads"] == 2
        assert not clear(queue, tmp_path).is_compact
        assert holds(tmp_path)
    assert clear(queue, tmp_path).is_compact
    assert not holds(tmp_path)


NAMES = ("amber", "beech", "cedar", "dune", "ember", "flint")
FATES = st.tuples(
    st.booleans(),  # gone
    st.sampled_from((None, "open", "legitimate", "job_fraud")),
    st.booleans(),  # has a copy that stands
)


def told(queue, ad_id):
    """All that the store says of an ad."""
    return (
        queue.ad(ad_id), queue.versions(ad_id), queue.campaign_of(ad_id), queue.ad_assessment(ad_id),
        {card.hash for card in queue.contacts_of(ad_id)}, queue.ad_changes([ad_id]), facts_of(queue, ad_id, at=LATER),
    )  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(FATES, min_size=6, max_size=6))
def test_removing_ads_leaves_the_rest_whole_and_twice_is_once(tmp_path_factory, fates):
    folder = tmp_path_factory.mktemp("store")
    ads = {name: offer(name, phone=f"+8551100{at:04}") for at, name in enumerate(NAMES)}
    with open_queue(folder) as queue:
        for (name, ad), (is_gone, fate, has_copy) in zip(ads.items(), fates, strict=True):
            words = ad.description.replace("long table", "round table")
            copies = [replace(ad, ad_id=f"test:{name}2", description=words)] if has_copy else []
            take(queue, ad, *copies, gone=[ad] if is_gone else [])
            if fate:
                case = open_case_for(queue, ad)
                if fate != "open":
                    decide(queue, case, verdict=fate)
        open_case_for(queue, take_other(queue))
        everybody = [row["ad_id"] for row in queue._rows("SELECT ad_id FROM ads")]
        before = {ad_id: told(queue, ad_id) for ad_id in everybody}
        cases = {case.case_id: queue.decisions(case.case_id) for case in queue.cases(state="all", limit=99)}
        tried = clear(queue, folder, dry_run=True)
        assert {ad_id: told(queue, ad_id) for ad_id in everybody} == before
        cleared = clear(queue, folder)
        assert tried == cleared
        left = {row["ad_id"] for row in queue._rows("SELECT DISTINCT ad_id FROM ad_versions WHERE content_hash <> ''")}
        assert len(everybody) - len(left) == cleared.ads_removed + cleared.ads_emptied
        for ad_id in left:
            assert told(queue, ad_id)[:6] == before[ad_id][:6]
        after = {case.case_id: queue.decisions(case.case_id) for case in queue.cases(state="all", limit=99)}
        assert {number: made for number, made in cases.items() if made or number in after} == after
        assert queue._rows("PRAGMA foreign_key_check") == []
        again = clear(queue, folder)
        assert (again.ads_removed, again.ads_emptied, again.cases_removed) == (0, 0, 0)


def gone_night(output, night, name):
    """A batch that shows this ad."""
    return write_batch(output, [offer(name, url=f"http://127.0.0.1:1/{name}")], night=night)


def test_batches_of_which_nothing_is_left_go_whole(run, home):
    batches = home / "data" / "local" / "batches"
    first, second, third = (
        gone_night(batches, at, *names) for at, names in enumerate((["amber"], ["beech"], ["beech"]))
    )
    assert run("intake", batches).exit_code == 0
    with ReviewQueue.open(home / "data" / "local" / "lurewatch.db") as queue:
        queue.end_ads("test", {"test:amber": "removed"}, at=NOON + NIGHT)
        queue.end_ads("test", {"test:beech": "removed"}, at=NOON + 3 * NIGHT)
        decide_as(queue, "test:beech", "job_fraud")
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[retain]\nundecided_days = 1\n")
    tried = run("retain", "--dry-run")
    assert "1 ads would be removed" in tried.output
    assert f"test/{first.name}" in tried.output
    assert first.is_dir()
    cleared = run("retain", "--json")
    assert json.loads(cleared.stdout)["batches_removed"] == [f"test/{first.name}"]
    assert not first.is_dir()
    assert second.is_dir(), "the store still holds a text of it"
    assert third.is_dir(), "the next crawl remembers by it"
    assert [path.name for path in (batches / "test").glob(".*")] == []
    assert run("intake", batches).exit_code == 0
    assert json.loads(run("status", "--json").stdout)["store"]["ads"] == 1
    assert "retained" in run("audit", "show").output
    assert run("audit", "verify").exit_code == 0


def decide_as(queue, ad_id, verdict):
    queue.add_analyst(Analyst(name="mai", role="analyst", password_hash="none"), at=NOON)
    case = queue.open_case(fingerprint(queue.ad(ad_id)), reason="score", priority=0.9, at=NOON)
    decide(queue, case, verdict=verdict)
