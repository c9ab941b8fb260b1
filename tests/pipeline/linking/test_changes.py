"""What an ad changed while it ran: field by field, and the facts among it. Every ad is invented."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, make_ad
from crawler.ad import Contact, Salary, content_hash
from pipeline.linking.changes import FACTS, FieldChange, changed_fields, find_news, in_words
from store_builders import look, open_store

MAIL = Contact(kind="email", value="work@quay.example")
CHAT = Contact(kind="telegram", value="quay_work")
CALL = Contact(kind="phone", value="+85511000777")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, {}, []),
        ({"country": "TH"}, {"country": "KH"}, [("country", "destination", "TH", "KH")]),
        ({}, {"job_location": "Poipet"}, [("job_location", "destination", None, "Poipet")]),
        ({"job_location": "Hà Nội"}, {"job_location": "hà  nội"}, [("job_location", None, "Hà Nội", "hà  nội")]),
        (
            {"hiring_organization": "Blue Crane"},
            {"hiring_organization": None},
            [("hiring_organization", "employer", "Blue Crane", None)],
        ),
        (
            {"base_salary": Salary(min=9e6, currency="VND", raw="9 triệu")},
            {"base_salary": Salary(min=3e7, currency="VND", raw="30 triệu")},
            [("base_salary", "salary", "9 triệu", "30 triệu")],
        ),
        (
            {"base_salary": Salary(min=9e6, currency="VND", raw="9 triệu")},
            {"base_salary": Salary(min=9e6, currency="VND", raw="9.000.000 đ")},
            [("base_salary", None, "9 triệu", "9.000.000 đ")],
        ),
        ({"base_salary": Salary(raw="by talk")}, {"base_salary": Salary(raw="By  talk")}, [("base_salary", None)]),
        ({"contacts": (MAIL, CHAT)}, {"contacts": (CHAT, MAIL)}, []),
        (
            {"contacts": (MAIL,)},
            {"contacts": (CHAT,)},
            [("contacts", "contact", "email: work@quay.example", "telegram: quay_work")],
        ),
        (
            {"contacts": (CALL,)},
            {"contacts": (CALL, Contact(kind="zalo", value=CALL.value))},
            [("contacts", None)],
        ),
        (
            {"apply_url": "https://quay.example/a?t=1"},
            {"apply_url": "https://quay.example/a?t=2"},
            [("apply_url", None)],
        ),
        (
            {"apply_url": "https://quay.example/a"},
            {"apply_url": "https://chat.example/a"},
            [("apply_url", "contact")],
        ),
        ({"description": "Old words."}, {"description": "New words."}, [("description", None, None, None)]),
        (
            {"title": "Cook", "country": "TH"},
            {"title": "Agent", "country": "KH"},
            [("country", "destination", "TH", "KH"), ("title", None, "Cook", "Agent")],
        ),
    ],
)
def test_a_change_is_named_with_its_field_and_its_meaning(before, after, found):
    changes = changed_fields(make_ad(**before), make_ad(**after))
    assert [(c.field, c.fact, c.before, c.after)[: len(row)] for c, row in zip(changes, found, strict=True)] == found


WORDS = st.sampled_from([None, "", "Poipet", "poipet", "Hà Nội"])
ADS = st.builds(
    make_ad,
    title=st.sampled_from(["Cook", "cook"]),
    job_location=WORDS,
    country=st.sampled_from([None, "TH", "KH"]),
    hiring_organization=WORDS,
    company_profile=WORDS,
    employment_type=WORDS,
    apply_url=st.sampled_from([None, "https://a.example/1", "http://[oops"]),
    contacts=st.lists(st.sampled_from([MAIL, CHAT]), unique=True).map(tuple),
    base_salary=st.sampled_from([None, Salary(raw="by talk"), Salary(min=1.0), Salary(min=1.0, raw="1")]),
    valid_through=st.sampled_from([None, NOON.date()]),
)


@given(ADS, ADS)
def test_two_looks_differ_in_some_field_just_when_their_content_does(before, after):
    changes = changed_fields(before, after)
    assert bool(changes) == (content_hash(before) != content_hash(after))
    assert len({change.field for change in changes}) == len(changes)
    assert {change.fact for change in changes} <= {*FACTS, None}


@given(ADS, ADS)
def test_a_change_back_is_the_same_change_the_other_way(before, after):
    there = {(c.field, c.fact, c.before, c.after) for c in changed_fields(before, after)}
    back = {(c.field, c.fact, c.after, c.before) for c in changed_fields(after, before)}
    assert there == back


def test_changes_read_as_one_line():
    changes = (FieldChange(field="country", fact="destination"), FieldChange(field="title"))
    assert in_words(changes) == "country, title (destination changed)"
    assert in_words((FieldChange(field="title"),)) == "title"


VERSIONS = {0: "TH", 1: "MM", 2: "KH"}


@pytest.mark.parametrize("order", list(permutations(VERSIONS)))
def test_the_changes_are_the_same_in_whatever_order_versions_are_taken(tmp_path, order):
    with open_store(tmp_path) as store:
        for night in order:
            look(store, make_ad(country=VERSIONS[night], seen_at=NOON + timedelta(days=night)))
        found = [(change.before, change.after) for change in store.changes.of_ads(["test:1"])]
        assert found == [("MM", "KH"), ("TH", "MM")]


def test_facts_can_be_asked_for_alone(tmp_path):
    with open_store(tmp_path) as store:
        look(store, make_ad(country="TH"), make_ad(country="KH", title="Agent", seen_at=NOON + timedelta(days=1)))
        assert [change.field for change in store.changes.of_ads(["test:1"])] == ["country", "title"]
        (fact,) = store.changes.of_ads(["test:1"], facts_only=True)
        assert (fact.fact, fact.changed_at) == ("destination", NOON + timedelta(days=1))
        assert store.changes.of_ads(["other:1"]) == ()


def test_what_only_our_reading_changed_is_no_fact(tmp_path):
    with open_store(tmp_path) as store:
        look(store, make_ad(country="TH"))
        store.ads.record(make_ad(country="KH", seen_at=NOON + timedelta(days=1)), batch_id=None, is_reread=True)
        (change,) = store.changes.of_ads(["test:1"])
        assert (change.field, change.fact, change.after) == ("country", None, "KH")


def test_a_number_is_no_news_with_another_service_and_another_number_is():
    known, copy = make_ad(contacts=(CALL,)), make_ad(contacts=(CALL, Contact(kind="zalo", value=CALL.value)))
    assert find_news(copy, [known]) == ()
    other = Contact(kind="zalo", value="+85511000778")
    assert [each.after for each in find_news(make_ad(contacts=(CALL, other)), [known])] == ["zalo: +85511000778"]
