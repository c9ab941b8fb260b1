"""What may leave the house, what is in it, and what never is. Every text is invented."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, make_ad
from crawler.ad import Contact, fingerprint
from pipeline.accounts.analysts import Analyst
from pipeline.errors import CannotExport
from pipeline.exports.export import FORMATS, write_as
from pipeline.exports.package import REFUSAL_WORDS, Choice, choose_cases, make_package, sort_cases, why_not
from pipeline.exports.referral import NON_PUNISHMENT, Namer, handling_of
from pipeline.nightly.pending import gather_campaigns
from pipeline.review.decisions import take_back
from pipeline.settings.records import ExportSettings
from pipeline.store.queue.case_filter import CaseFilter
from referral_samples import LURE, OTHER, SECRETS, agree, filled_queue, looked_up, maker, package, say
from store_builders import look, open_store


def test_only_what_two_people_agree_on_may_go(undecided):
    store = undecided
    assert why_not(store, 1) == "not_decided"
    say(store, 1, "job_fraud", by="mai")
    assert why_not(store, 1) == "awaited"
    say(store, 1, "trafficking_recruitment", by="putu")
    assert why_not(store, 1) == "disagreed"
    say(store, 1, "trafficking_recruitment", by="sam", settles=True)
    assert why_not(store, 1) is None
    assert [each.role for each in package(store).referrals[0].opinions] == ["first", "second", "settled"]
    take_back(store, 1, by="sam", at=NOON)
    assert why_not(store, 1) == "disagreed"


def test_a_lawful_offer_a_single_opinion_and_a_case_that_is_not_there_stay(undecided):
    say(undecided, 1, "legitimate", by="mai")
    say(undecided, 2, "irregular_recruitment", by="mai")
    refused = sort_cases(undecided, (1, 2, 3, 1)).refused
    assert [(each.case_id, each.why) for each in refused] == [(1, "no_ground"), (2, "not_asked"), (3, "unknown")]
    with pytest.raises(CannotExport, match=f"case 1: {REFUSAL_WORDS['no_ground']}; case 2: .*; case 3: "):
        package(undecided, 1, 2, 3)
    with pytest.raises(CannotExport, match="no case was chosen"):
        make_package(undecided, sort_cases(undecided, ()), maker(), contacts=False, at=NOON)


def test_a_case_whose_text_changed_since_stays(store):
    agree(store, 2)
    assert why_not(store, 2) is None
    look(store, replace(OTHER, description="Sort parcels at our hall.", seen_at=NOON.replace(hour=18)))
    assert why_not(store, 2) == "changed"


def test_a_case_whose_text_is_kept_no_longer_stays(store):
    agree(store, 2)
    store.removal.empty_ads([OTHER.ad_id])
    assert why_not(store, 2) == "removed"


def test_of_a_filter_that_more_cases_meet_than_a_package_takes_none_is_missed(store):
    last, decided = make_ad(ad_id="board:81", description="Fold letters at home."), CaseFilter(state="decided")
    look(store, last)
    store.cases.open(fingerprint(last), reason="audit", priority=0.1, at=NOON)
    agree(store, 2)
    agree(store, 3, verdict="job_fraud")
    assert store.queue.case_ids(decided, limit=9)[-1] == 3
    assert choose_cases(store, Choice(wanted=decided, verdicts=("job_fraud",), most=1)) == (3,)
    with pytest.raises(CannotExport, match="more than 1 cases were chosen"):
        choose_cases(store, Choice(wanted=decided, most=1))


def test_the_record_says_what_was_judged_and_by_how_many_but_not_by_whom(store):
    referral = package(store).referrals[0]
    judged = {each.indicator: each.judged for each in referral.findings}
    assert judged == {"debt.advance": "confirmed", "movement.no_passport": "rejected"}
    assert [each.verdict for each in referral.opinions] == ["trafficking_recruitment"] * 2
    assert referral.copies == 3
    assert referral.campaign.ads == 3
    assert len(referral.earlier) == 1
    assert {change.fact for change in referral.changes} == {"destination"}
    assert referral.licences.result == "contact_differs"
    for name in FORMATS:
        text = write_as(name, package(store, contacts=True), maker().kit).decode()
        assert "putu" not in text, name


def test_whoever_settles_has_the_last_word_on_each_indicator(undecided):
    say(undecided, 1, "job_fraud", by="mai", confirmed={"debt.advance", "movement.no_passport"})
    say(undecided, 1, "trafficking_recruitment", by="putu", rejected={"debt.advance", "movement.no_passport"})
    say(undecided, 1, "job_fraud", by="sam", settles=True, confirmed={"debt.advance"})
    judged = {each.indicator: each.judged for each in package(undecided).referrals[0].findings}
    assert judged == {"debt.advance": "confirmed", "movement.no_passport": "disputed"}


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_holds_a_contact_unless_it_was_asked_for(store, name):
    hidden, shown = (write_as(name, package(store, contacts=asked), maker().kit).decode() for asked in (False, True))
    computed = (store.campaigns.of_ad(LURE.ad_id), fingerprint(LURE))
    for secret in (*SECRETS, "board:7f", "011 000 777", *computed):
        assert secret not in hidden, secret
    assert all(secret in shown for secret in SECRETS)
    assert LURE.description in shown


def test_a_contact_that_another_version_alone_tells_is_hidden_in_each(tmp_path):
    wechat = Contact(kind="wechat", value="lanternquay")
    dropped = make_ad(description="We sort parcels.", contacts=(wechat,), hiring_organization="Crane lanternquay")
    ad = replace(dropped, contacts=(), hiring_organization="Crane", company_profile="Lanternquay hall.")
    with open_store(tmp_path) as store:
        store.accounts.add(Analyst(name="putu", role="analyst", password_hash="none"), at=NOON)
        copy = replace(ad, ad_id="board:9", job_location="Lanternquay")
        look(store, replace(dropped, seen_at=NOON - timedelta(days=3)), ad, copy)
        gather_campaigns(store, at=NOON)
        store.cases.open(fingerprint(ad), reason="audit", priority=0.1, at=NOON)
        agree(store)
        hidden = {name: write_as(name, package(store), maker().kit).decode().casefold() for name in FORMATS}
        assert [name for name, text in hidden.items() if "lanternquay" in text] == []


def test_a_contact_that_an_ads_fields_alone_tell_is_hidden_wherever_it_is_named(tmp_path):
    wechat = Contact(kind="wechat", value="lanternquay")
    ad = make_ad(description="We sort parcels by the quay, in shifts.", contacts=(wechat,), hiring_organization="Crane")
    named = replace(ad, hiring_organization="Crane lanternquay", seen_at=NOON - timedelta(days=3))
    copy = replace(named, ad_id="board:9", seen_at=NOON, job_location="Lanternquay hall")
    claim = replace(looked_up().facts[0].claims[0], said="Crane lanternquay", looked_up="crane lanternquay")
    fact = replace(looked_up().facts[0], claims=(claim,), notes=("The ad names lanternquay.",))
    with open_store(tmp_path) as store:
        store.accounts.add(Analyst(name="putu", role="analyst", password_hash="none"), at=NOON)
        look(store, named, ad, copy)
        gather_campaigns(store, at=NOON)
        store.cases.open(fingerprint(ad), reason="audit", priority=0.1, at=NOON)
        (version,) = store.db.rows("SELECT version_id FROM ads WHERE ad_id = ?", [ad.ad_id])
        lookup = replace(looked_up(), ad_id=ad.ad_id, facts=(fact,), unanswered=("The ad says “lanternquay”.",))
        store.licences.add(version["version_id"], "r1", lookup)
        agree(store)
        for name in FORMATS:
            hidden, shown = (write_as(name, package(store, contacts=each), maker().kit) for each in (False, True))
            assert b"lanternquay" in shown
            assert b"lanternquay" not in hidden.lower(), name


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_carries_the_note_on_non_punishment_the_level_the_licence_and_the_versions(store, name):
    text = write_as(name, package(store, licence="Terms of the example desk."), maker().kit).decode()
    assert NON_PUNISHMENT.split(". ", maxsplit=1)[0] in text
    assert "amber" in text.lower()
    assert "Terms of the example desk." in text
    assert "m1" in text
    assert "t1" in text


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_export_twice_is_the_same_file(store, name):
    first, second = (write_as(name, package(store), maker().kit) for _ in range(2))
    assert first == second


def test_names_stay_for_a_case_and_differ_between_installations(store, tmp_path):
    assert package(store).referrals[0].reference == package(store, contacts=True).referrals[0].reference
    (tmp_path / "elsewhere").mkdir()
    with filled_queue(tmp_path / "elsewhere") as other:
        agree(other)
        assert other.audit.installation() != store.audit.installation()
        assert package(other).referrals[0].reference != package(store).referrals[0].reference
    namer = Namer("a")
    assert namer.package((2, 1)) == namer.package((1, 2)) != namer.package((1,))


def test_with_contacts_a_package_never_goes_further_than_amber():
    for level, with_contacts in (("clear", "amber"), ("green", "amber"), ("amber", "amber"), ("red", "red")):
        settings = ExportSettings(tlp=level)
        assert handling_of(settings, contacts=False).tlp == level
        assert handling_of(settings, contacts=True).tlp == with_contacts


def test_a_case_without_an_assessment_a_page_or_a_country_goes_too(tmp_path):
    with open_store(tmp_path) as store:
        store.accounts.add(Analyst(name="putu", role="analyst", password_hash="none"), at=NOON)
        half = Contact(kind="telegram", value="crane\ud800")
        ad = make_ad(
            title="", description="Half a character \ud800 and no more.", url="https://jobs.crane.example/\ud800",
            contacts=(half,),
        )  # fmt: skip
        look(store, ad)
        store.cases.open(fingerprint(ad), reason="audit", priority=0.1, at=NOON)
        agree(store)
        for name in FORMATS:
            for contacts in (False, True):
                assert write_as(name, package(store, contacts=contacts), maker().kit), name
        record = json.loads(write_as("json", package(store), maker().kit))
        assert record["referrals"][0]["score"] is None
