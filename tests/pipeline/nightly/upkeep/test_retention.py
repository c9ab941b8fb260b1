"""Retention: what goes whole, what leaves its decision alone, and that the rest stays as it was."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON
from crawler.ad import Contact, fingerprint
from crawler.batch.batch import read_batch
from crawler.processes import hold
from model.assessment import Contribution, Evidence
from pipeline.accounts.analysts import Analyst
from pipeline.errors import BadSettings, UnknownAd, UnknownCase
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.pending import gather_campaigns, link_contacts
from pipeline.nightly.retention import TO_REDACT, retain
from pipeline.review.decisions import facts_of
from pipeline.settings.records import RetainSettings
from pipeline.store.ads.removal import REMOVED
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store
from store_builders import NIGHT, assess, assessment_of, decide, look, on_night, open_case_for, open_store, write_batch

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


def assessed(store, ad):
    version = store.ads.current_version(ad.ad_id)
    quote = Evidence(indicator="a.b", field="title", start=0, end=len(ad.title), quote=ad.title)
    words = Contribution(name=f"words: {ad.title}", value=1.0)
    said = assess(ad, 0.9)
    store.assessments.add(version, replace(said, evidence=(quote,), contributions=(words,)))


def take(store, *ads, gone=(), night=0):
    look(store, *ads)
    for ad in ads:
        assessed(store, ad)
    gather_campaigns(store, at=NOON + night * NIGHT)
    link_contacts(store, ContactVault(b"k" * 32))
    store.ads.mark_gone("test", {ad.ad_id: "removed" for ad in gone}, at=NOON + (night + 1) * NIGHT)


def clear(store, folder, *, kept=KEPT, now=LATER, dry_run=False):
    return retain(store, kept, folder / "batches", now=now, dry_run=dry_run)


def holds(folder, word=SECRET):
    """Whether the word is anywhere in the database's files, in one case or the other."""
    found = b"".join(file.read_bytes() for file in sorted(folder.glob("lurewatch.db*"))).lower()
    return word.lower().encode() in found


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def test_an_ad_that_nobody_decided_goes_whole(store, tmp_path):
    ad = secret()
    take(store, ad, offer("amber"), gone=[ad])
    case = open_case_for(store, ad)
    open_case_for(store, offer("amber"))
    store.cases.record_resurfacing(case, ad.ad_id, (), at=NOON)
    assert holds(tmp_path)
    cleared = clear(store, tmp_path)
    assert (cleared.ads_removed, cleared.ads_emptied, cleared.cases_removed) == (1, 0, 1)
    assert not holds(tmp_path)
    assert not holds(tmp_path, "+85599888777")
    with pytest.raises(UnknownAd):
        store.ads.get(ad.ad_id)
    with pytest.raises(UnknownCase):
        store.cases.get(case)
    assert store.ads.get("test:amber") == offer("amber")


@pytest.mark.parametrize("verdict", ["legitimate", "not_an_ad"])
def test_of_what_was_decided_as_lawful_the_decision_stays_without_the_text(store, tmp_path, verdict):
    ad = secret()
    take(store, ad, gone=[ad])
    case = open_case_for(store, ad)
    number = decide(store, case, verdict=verdict, at=NOON + NIGHT)
    cleared = clear(store, tmp_path)
    assert (cleared.ads_removed, cleared.ads_emptied, cleared.cases_removed) == (0, 1, 0)
    assert not holds(tmp_path)
    assert [each.verdict for each in store.decisions.of_case(case)] == [verdict]
    assert list(store.decisions.unlogged()) == []
    shown = store.cases.get(case)
    assert (shown.title, shown.state, shown.score) == (REMOVED, "decided", 0.9)
    assert store.assessments.of_case(case).evidence[0].indicator == "a.b"
    assert list(store.decisions.decided_texts()) == []
    assert store.queue.page(CaseFilter(state="decided", words=SECRET)).cases == ()
    assert number == 1


@pytest.mark.parametrize("verdict", ["trafficking_recruitment", "job_fraud", "irregular_recruitment", "cannot_tell"])
def test_what_was_decided_otherwise_stays_as_it_is(store, tmp_path, verdict):
    ad = offer("amber")
    copy = replace(ad, ad_id="test:copy", description=ad.description.replace("long table", "round table"))
    take(store, ad, copy, gone=[ad, copy])
    decide(store, open_case_for(store, ad), verdict=verdict)
    assert clear(store, tmp_path).ads_removed == 0
    assert (store.ads.get(ad.ad_id), store.ads.get("test:copy")) == (ad, copy)


@pytest.mark.parametrize(
    ("days", "verdict", "goes"),
    [(29, None, False), (31, None, True), (59, "legitimate", False), (61, "legitimate", True)],
)
def test_an_ad_goes_when_it_has_been_gone_for_so_many_days(store, tmp_path, days, verdict, goes):
    ad = offer("amber")
    take(store, ad, offer("beech"), gone=[ad])
    if verdict:
        decide(store, open_case_for(store, ad), verdict=verdict)
    cleared = clear(store, tmp_path, now=NOON + (days + 1) * NIGHT)
    assert cleared.ads_removed + cleared.ads_emptied == goes


def test_a_case_that_waits_stays_while_its_campaign_has_other_ads(store, tmp_path):
    first = offer("amber")
    copy = replace(first, ad_id="test:copy", description=first.description.replace("long table", "round table"))
    take(store, first, copy, gone=[first])
    case = open_case_for(store, first)
    assert clear(store, tmp_path).ads_removed == 0
    store.ads.mark_gone("test", {"test:copy": "removed"}, at=NOON + 2 * NIGHT)
    open_case_for(store, take_other(store))
    assert clear(store, tmp_path).ads_removed == 2
    with pytest.raises(UnknownCase):
        store.cases.get(case)


def take_other(store):
    take(store, offer("gorse", night=3), night=3)
    return offer("gorse", night=3)


def test_a_case_that_other_ads_carry_stays_with_them(store, tmp_path):
    ad, twin = offer("amber"), replace(offer("amber"), ad_id="test:twin", contacts=())
    take(store, ad, twin)
    case = open_case_for(store, ad)
    decide(store, case)
    store.ads.mark_gone("test", {ad.ad_id: "removed"}, at=NOON + NIGHT)
    assert clear(store, tmp_path).ads_emptied == 1
    assert store.cases.ads(case)[0].ad_id == "test:twin"
    assert store.cases.get(case).title == twin.title


def test_a_number_of_a_case_is_never_given_twice(store, tmp_path):
    ad = offer("amber")
    take(store, ad, gone=[ad])
    newest = open_case_for(store, ad)
    assert clear(store, tmp_path).cases_removed == 0
    open_case_for(store, take_other(store))
    assert clear(store, tmp_path).cases_removed == 1
    take(store, offer("dune", night=4), night=4)
    assert open_case_for(store, offer("dune", night=4)) > newest + 1


def test_an_ad_that_comes_back_is_there_again_with_its_text(store, tmp_path):
    for name, verdict in (("amber", None), ("beech", "legitimate")):
        ad = offer(name)
        take(store, ad, gone=[ad])
        if verdict:
            decide(store, open_case_for(store, ad), verdict=verdict)
    clear(store, tmp_path)
    outcomes = [store.ads.record(offer(name, night=120), batch_id=None) for name in ("amber", "beech")]
    assert outcomes == ["new", "changed"]
    assert store.ads.get("test:beech").description == offer("beech").description
    assert store.changes.of_ads(["test:beech"], facts_only=True) == (), "it is not known what it had said"


def test_a_later_copy_is_covered_by_a_decision_whose_text_was_removed(store, tmp_path):
    ad = offer("amber")
    take(store, ad, gone=[ad])
    campaign = store.campaigns.of_ad(ad.ad_id)
    decide(store, open_case_for(store, ad))
    clear(store, tmp_path)
    take(store, replace(offer("amber", night=120), ad_id="test:copy"), night=120)
    assert store.campaigns.of_ad("test:copy") == campaign
    assert [case.state for case in store.campaigns.cases(campaign)] == ["decided"]
    assert [copy.ad.ad_id for copy in store.campaigns.copies(campaign)] == ["test:copy"]


def test_texts_that_were_removed_are_not_read_again(store, tmp_path):
    ads = [offer("amber"), offer("beech")]
    take(store, *ads, offer("cedar"), gone=ads)
    for ad in ads:
        decide(store, open_case_for(store, ad))
    assert clear(store, tmp_path).ads_emptied == 2
    store.campaigns.set_method("another way")
    assert gather_campaigns(store, at=LATER).versions == 1
    assert store.contacts.unlinked_versions() == ()


def test_what_another_ad_came_again_after_is_forgotten_and_that_it_did_is_not(store, tmp_path):
    first, again = secret(), replace(secret(night=3), ad_id="test:again", hiring_organization="House Alder")
    take(store, first, gone=[first])
    take(store, again, night=3)
    assert store.changes.reposts(["test:again"])[0].former_id == first.ad_id
    assert clear(store, tmp_path).ads_removed == 1
    [repost] = store.changes.reposts(["test:again"])
    assert (repost.fact, repost.before) == ("reposted_under_another_name", None)


def test_nothing_is_removed_where_nothing_says_for_how_long(store, tmp_path, run):
    with pytest.raises(BadSettings, match=r"undecided_days"):
        clear(store, tmp_path, kept=RetainSettings())
    assert run("retain").exit_code == 2


def test_where_another_program_reads_the_file_is_written_anew_the_next_time(store, tmp_path):
    ad = secret()
    take(store, ad, offer("amber"), gone=[ad])
    store.db.run("PRAGMA busy_timeout = 100")
    with Store.open(tmp_path / "lurewatch.db") as reader:
        reader.db.run("BEGIN")
        assert reader.statistics.totals()["ads"] == 2
        assert not clear(store, tmp_path).is_compact
        assert holds(tmp_path)
    assert clear(store, tmp_path).is_compact
    assert not holds(tmp_path)


NAMES = ("amber", "beech", "cedar", "dune", "ember", "flint")
FATES = st.tuples(
    st.booleans(),  # gone
    st.sampled_from((None, "open", "legitimate", "job_fraud")),
    st.booleans(),  # has a copy that stands
)


def told(store, ad_id):
    """All that the store says of an ad."""
    return (
        store.ads.get(ad_id), store.ads.versions(ad_id), store.campaigns.of_ad(ad_id), assessment_of(store, ad_id),
        {card.hash for card in store.contacts.of_ad(ad_id)}, store.changes.of_ads([ad_id]),
        facts_of(store, ad_id, at=LATER),
    )  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(FATES, min_size=6, max_size=6))
def test_removing_ads_leaves_the_rest_whole_and_twice_is_once(tmp_path_factory, fates):
    folder = tmp_path_factory.mktemp("store")
    ads = {name: offer(name, phone=f"+8551100{at:04}") for at, name in enumerate(NAMES)}
    with open_store(folder) as store:
        for (name, ad), (is_gone, fate, has_copy) in zip(ads.items(), fates, strict=True):
            words = ad.description.replace("long table", "round table")
            copies = [replace(ad, ad_id=f"test:{name}2", description=words)] if has_copy else []
            take(store, ad, *copies, gone=[ad] if is_gone else [])
            if fate:
                case = open_case_for(store, ad)
                if fate != "open":
                    decide(store, case, verdict=fate)
        open_case_for(store, take_other(store))
        everybody = [row["ad_id"] for row in store.db.rows("SELECT ad_id FROM ads")]
        before = {ad_id: told(store, ad_id) for ad_id in everybody}
        cases = {
            case.case_id: store.decisions.of_case(case.case_id) for case in store.queue.cases(state="all", limit=99)
        }
        tried = clear(store, folder, dry_run=True)
        assert {ad_id: told(store, ad_id) for ad_id in everybody} == before
        cleared = clear(store, folder)
        assert tried == cleared
        left = {
            row["ad_id"] for row in store.db.rows("SELECT DISTINCT ad_id FROM ad_versions WHERE content_hash <> ''")
        }
        assert len(everybody) - len(left) == cleared.ads_removed + cleared.ads_emptied
        for ad_id in left:
            assert told(store, ad_id)[:6] == before[ad_id][:6]
        after = {
            case.case_id: store.decisions.of_case(case.case_id) for case in store.queue.cases(state="all", limit=99)
        }
        assert {number: made for number, made in cases.items() if made or number in after} == after
        assert store.db.rows("PRAGMA foreign_key_check") == []
        again = clear(store, folder)
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
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        store.ads.mark_gone("test", {"test:amber": "removed"}, at=NOON + NIGHT)
        store.ads.mark_gone("test", {"test:beech": "removed"}, at=NOON + 3 * NIGHT)
        decide_as(store, "test:beech", "job_fraud")
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[retain]\nundecided_days = 1\n")
    tried = run("retain", "--dry-run")
    assert "1 ads would be removed" in tried.output
    assert f"test/{first.name}" in tried.output
    with hold(home / "data" / "local" / "night.lock", doing="a night", at=NOON):
        assert run("retain", "--dry-run").output == tried.output
        refused = run("retain")
        assert (refused.exit_code, "a night" in refused.output) == (2, True)
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


def test_a_batch_that_brought_nothing_and_was_overtaken_goes_too(run, home):
    batches = home / "data" / "local" / "batches"
    away = [write_batch(batches, [], night=night, problems=("the board was away",)) for night in (0, 3)]
    held = write_batch(batches, [offer("amber", url="http://127.0.0.1:1/amber")], night=1, problems=("1 ads",))
    gone_night(batches, 2, "beech")
    assert run("intake", batches).exit_code == 1
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[retain]\nundecided_days = 1\n")
    assert json.loads(run("retain", "--json").stdout)["batches_removed"] == [f"test/{away[0].name}"]
    assert (held.is_dir(), away[1].is_dir()) == (True, True), "both wait for a person"


def test_what_could_not_be_rewritten_is_rewritten_by_the_next_run(store, tmp_path):
    batches = tmp_path / "batches"
    decided = replace(secret(), ad_id="test:decided", url="http://127.0.0.1/decided", description=f"{SECRET} again.")
    secrets = [secret(), decided]
    stays = [offer("amber", url="http://127.0.0.1/amber"), offer("beech", url="http://127.0.0.1/beech")]
    folders = [write_batch(batches, [*secrets, *stays], night=night) for night in range(3)]
    take(store, *secrets, *stays, gone=secrets)
    decide(store, open_case_for(store, decided))
    open_case_for(store, offer("amber"))
    pages = (folders[1] / "pages.warc.gz").rename(tmp_path / "pages")
    cleared = clear(store, tmp_path)
    assert (cleared.ads_removed, cleared.ads_emptied, len(cleared.batches_rewritten)) == (1, 1, 3)
    assert [str(folders[1]) in problem for problem in cleared.problems] == [True]
    assert [SECRET in (folder / "ads.jsonl").read_text() for folder in folders] == [False, True, False]
    pages.rename(folders[1] / "pages.warc.gz")
    (batches / TO_REDACT).write_text(json.dumps([*json.loads((batches / TO_REDACT).read_text()), "test:amber"]))
    again = clear(store, tmp_path)
    assert (again.ads_removed, again.ads_emptied, again.problems) == (0, 0, ())
    assert not any(SECRET in (folder / "ads.jsonl").read_text() for folder in folders)
    assert all("amber" in (folder / "ads.jsonl").read_text() for folder in folders), "the store still has its text"
    assert not (batches / TO_REDACT).exists()
    assert clear(store, tmp_path).batches_rewritten == ()


def test_a_run_that_is_killed_after_the_store_was_written_is_ended_by_the_next(store, tmp_path):
    batches = tmp_path / "batches"
    ad, stays = secret(), offer("amber", url="http://127.0.0.1/amber")
    folder = write_batch(batches, [ad, stays], night=0)
    take(store, ad, stays, gone=[ad])
    open_case_for(store, stays)
    hidden = folder.rename(tmp_path / "hidden")
    clear(store, tmp_path)
    (batches / TO_REDACT).write_text(json.dumps([ad.ad_id]))  # as it stands from before the commit on
    hidden.rename(folder)
    tried = clear(store, tmp_path, dry_run=True)
    assert SECRET in (folder / "ads.jsonl").read_text()
    ended = clear(store, tmp_path)
    assert (ended, len(ended.batches_rewritten)) == (tried, 1)
    assert SECRET not in (folder / "ads.jsonl").read_text()
    assert read_batch(folder).summary.ads == 1


def decide_as(store, ad_id, verdict):
    store.accounts.add(Analyst(name="mai", role="analyst", password_hash="none"), at=NOON)
    case = store.cases.open(fingerprint(store.ads.get(ad_id)), reason="score", priority=0.9, at=NOON)
    decide(store, case, verdict=verdict)
