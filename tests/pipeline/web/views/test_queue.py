"""The queue's page: lanes, filters, search, saved filters, as a browser's requests meet it."""

import csv
import html
import re
from datetime import timedelta
from itertools import product
from urllib.parse import quote

import pytest

from builders import NOON, make_ad
from crawler.ad import Contact, fingerprint
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.pending import gather_campaigns, link_contacts
from store_builders import decide, look, open_case_for
from web_acts import HOSTILE, make_app, post, sign_in_as
from web_acts import decide as decide_on_page


def titles(page):
    return re.findall(r'<a class="title"[^>]*>([^<]*)</a>', page.text)


@pytest.fixture
def full(store):
    """Twelve more cases."""
    for number in range(12):
        ad = make_ad(
            ad_id=f"t:{number}", source=("board-a", "board-b")[number % 2], title=f"Đầu bếp {number}", language="vi",
            description="Làm ở bếp 招聘客服", country="KH", job_location="Harbour town",
            hiring_organization="Blue Crane",
        )  # fmt: skip
        look(store, ad)
        open_case_for(store, ad, priority=number / 100)
    return store


def test_facets_words_and_lanes_narrow_the_queue(signed_in, full):
    assert len(titles(signed_in.get("/"))) == 14
    assert len(titles(signed_in.get("/?source=board-a"))) == 6
    assert len(titles(signed_in.get("/?country=KH&employer=Blue+Crane&place=Harbour+town"))) == 12
    assert len(titles(signed_in.get("/?words=dau+bep"))) == 12
    assert titles(signed_in.get(f"/?words={quote('客服')}&source=board-b"))[0] == "Đầu bếp 11"
    assert len(titles(signed_in.get("/?indicator=debt.advance"))) == 2
    assert titles(signed_in.get("/?lane=disagreement")) == []
    assert len(titles(signed_in.get("/?opened_from=2026-11-02&opened_to=2026-11-02"))) == 14
    assert titles(signed_in.get("/?opened_to=2026-11-01")) == []
    assert "<title>Closed cases · lurewatch</title>" in signed_in.get("/?state=decided").text


def test_a_case_is_found_by_its_number_and_words_among_all_cases(signed_in, full):
    assert post(signed_in, "/search", typed="#2").headers["Location"] == "/case/2"
    assert titles(signed_in.get("/?words=chat")) == ["Helper for chat work"]
    decide_on_page(signed_in, 1)
    page = signed_in.get("/?words=chat").text
    assert "No cases match." in page
    everywhere = html.unescape(re.search(r'href="([^"]*)">Search all cases', page)[1])
    assert titles(signed_in.get(everywhere)) == ["Helper for chat work"]


def test_more_cases_than_are_decided_at_once_are_not_offered_to_be(signed_in, full, monkeypatch):
    assert "Decide all 12 results" in signed_in.get("/?language=vi").text
    monkeypatch.setattr("pipeline.web.views.case_list.MOST_AT_ONCE", 11)
    assert "Decide all 12 results" not in signed_in.get("/?language=vi").text


def test_filters_offer_what_is_there_with_its_number(signed_in, full):
    page = signed_in.get("/").text
    assert '<option value="board-a">board-a (6)</option>' in page
    assert '<option value="debt.advance">Money before the work (2)</option>' in page
    assert re.search(r"Trafficking recruitment <span class=\"tag\">14</span>", page)


def test_pages_follow_one_another_without_a_gap(signed_in, full, monkeypatch):
    from pipeline.web.views import case_list as queue_pages

    monkeypatch.setattr(queue_pages, "PAGE", 5)
    seen, address = [], "/?state=all"
    for _ in range(3):
        page = signed_in.get(address)
        seen += titles(page)
        link = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = link[1].replace("&amp;", "&") if link else None
    assert address is None
    assert len(seen) == len(set(seen)) == 14
    assert "First page" in page.text


def test_the_next_case_comes_from_the_filter_one_works_in(signed_in, full):
    page = signed_in.get("/?source=board-a")
    first, second = re.findall(r'href="(/case/\d+\?source=board-a)"', page.text)[:2]
    form = signed_in.get(first).text
    fields = {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', form)[1],
        "fingerprint": re.search(r'name="fingerprint" value="(\w+)"', form)[1],
        "decisions": "0",
        "verdict": "legitimate",
    }
    answer = signed_in.post(first, data=fields)
    assert answer.headers["Location"].split("&")[0] == second


def test_a_filter_is_saved_opened_and_forgotten(app, signed_in, full, store):
    post(signed_in, "/filters?source=board-a&words=dau+bep", title="Kitchens <b>")
    page = signed_in.get("/").text
    link = re.search(r'<a href="(/\?[^"]+)">Kitchens &lt;b&gt;</a>', page)[1].replace("&amp;", "&")
    assert len(titles(signed_in.get(link))) == 6
    (kept,) = store.queue.saved_filters("mai")
    other = sign_in_as(app, "putu")
    assert "Kitchens" not in other.get("/").text
    post(other, f"/filters/{kept.filter_id}/forget")
    assert store.queue.saved_filters("mai") == (kept,)
    post(signed_in, f"/filters/{kept.filter_id}/forget")
    assert store.queue.saved_filters("mai") == ()


def test_what_was_asked_for_is_recorded(signed_in, store):
    signed_in.get("/?words=cook&source=board-a")
    (entry,) = store.audit.entries(act="listed")
    assert (entry.analyst, entry.details["words"], entry.details["source"]) == ("mai", "cook", "board-a")
    signed_in.get("/?state=decided&tag=0900000123")
    assert "0900000123" not in str(store.audit.entries(act="listed", limit=1)), "no entry is ever removed"


def test_a_researcher_cannot_find_out_a_contact_by_searching(app, store):
    ad = make_ad(ad_id="t:1", title="Cook", description="Call 0900 000 123 or mail desk@crane.example")
    look(store, ad)
    open_case_for(store, ad)
    researcher = sign_in_as(app, "a-researcher")
    for typed in ("0900 000 123", "desk@crane.example"):
        assert titles(researcher.get(f"/?words={quote(typed)}")) == []
        assert len(titles(sign_in_as(app, "mai").get(f"/?words={quote(typed)}"))) == 1
    assert titles(researcher.get("/?words=cook")) == ["Cook"]


FIELDS = ("words", "source", "employer", "place", "indicator", "tag", "after", "opened_from", "lane")


@pytest.mark.parametrize(
    "value", [HOSTILE, "' OR 1=1 --", '" * NEAR(', "\x00", "a" * 5000, "9" * 5000, "-7"], ids=range(7)
)
def test_nothing_that_is_asked_for_does_harm(signed_in, value):
    for name, order in product(FIELDS, ("priority", "newest")):
        answer = signed_in.get("/", query_string={name: value, "state": "all", "sort": order})
        assert answer.status_code == 200, name
        assert answer.text.count("<script") == 1, "our own"
        assert "<img" not in answer.text


def test_a_decided_case_is_found_by_who_decided(signed_in, store):
    decide(store, 1, at=NOON)
    assert titles(signed_in.get("/?state=decided&analyst=mai")) == ["Helper for chat work"]
    assert titles(signed_in.get("/?state=decided&analyst=putu")) == []


def test_one_box_finds_a_number_as_the_ad_prints_it_and_words(database, taxonomy, store):
    vault = ContactVault(b"k" * 32)
    ad = make_ad(ad_id="t:1", title="Cook", description="Call 080-000-0073", country="TH",
                 contacts=(Contact(kind="phone", value="+66800000073"),))  # fmt: skip
    look(store, ad)
    gather_campaigns(store, at=NOON)
    link_contacts(store, vault)
    open_case_for(store, ad)
    app = make_app(database, taxonomy)
    client = sign_in_as(app, "mai")
    for typed in ("080-000-0073", "+66 80 000 0073", "cook"):
        answer = post(client, "/search", typed=typed)
        assert titles(client.get(answer.headers["Location"])) == ["Cook"]
        assert ("contact=" in answer.headers["Location"]) == (typed != "cook"), "no number stands in an address"
    decide(store, 3, at=NOON)
    assert titles(client.get(post(client, "/search", typed="080-000-0073").headers["Location"])) == ["Cook"], (
        "closed too"
    )


def test_the_list_is_sorted_and_its_file_has_the_same_order(signed_in, full):
    assert titles(signed_in.get("/?source=board-a&sort=newest"))[0].startswith("Đầu bếp")
    assert titles(signed_in.get("/?sort=score"))[0] == "Helper for chat work"
    rows = list(csv.reader(signed_in.get("/queue.csv?sort=score").text.splitlines()))
    assert rows[0][:3] == ["case", "title", "employer"]
    assert rows[1][:3] == ["1", "Helper for chat work", "Blue Crane Services"]
    assert len(rows) == 1 + 14
    assert not any(row[1][:1] in "=+-@" for row in rows[1:])


def test_ones_languages_are_remembered(signed_in, full):
    answer = post(signed_in, "/languages-read", reads="VI, nonsense!, km")
    assert answer.headers["Location"] == "/?languages=vi,km"
    page = signed_in.get("/?languages=vi,km&sort=newest")
    assert len(titles(page)) == 12
    assert re.search(r'href="/\?sort=newest" aria-current="true">Vietnamese, Khmer', page.text), (
        "what is on, and the way out"
    )
    assert "My languages" in signed_in.get("/").text


def test_what_came_since_the_last_visit_is_new(app, clock, store):
    first = sign_in_as(app, "mai")
    assert "New since" not in first.get("/").text
    clock.append(NOON + timedelta(days=1))
    ad = make_ad(ad_id="t:1", title="Cook")
    look(store, ad)
    store.cases.open(fingerprint(ad), reason="score", priority=0.9, at=NOON + timedelta(hours=2))
    page = sign_in_as(app, "mai").get("/").text
    assert "New since" in page
    assert page.count('<span class="tag">new</span>') == 1


def test_ones_own_decision_that_awaits_another_is_in_a_list_of_its_own(signed_in):
    decide_on_page(signed_in, 1, verdict="job_fraud")
    assert [html.unescape(each) for each in titles(signed_in.get("/"))] == [HOSTILE]
    assert titles(signed_in.get("/?state=mine")) == ["Helper for chat work"]


def test_chips_count_within_the_filter(signed_in, full):
    page = signed_in.get("/?source=board-a&country=KH").text
    assert re.search(r'Vietnamese <span class="quiet">6</span>', page)
    assert re.search(r'aria-current="true">Cambodia <span class="quiet">6</span>', page)


def test_a_message_without_a_title_is_listed_by_how_it_begins(app, signed_in, store):
    text = "Typists for a night office by the lake, call\n+855 11 000 123 or write. Rooms are free and meals too."
    message = make_ad(ad_id="t:chat", title="", description=text, country="KH")
    look(store, message)
    case_id = open_case_for(store, message)
    begun = "Typists for a night office by the lake, call +855 11 000 123 or write. Rooms ar…"
    assert begun in titles(signed_in.get("/"))
    hidden = next(title for title in titles(sign_in_as(app, "a-researcher").get("/")) if "Typists" in title)
    assert "•" in hidden
    assert "000" not in hidden
    post(signed_in, f"/case/{case_id}/assign", page=f"/case/{case_id}", analyst="mai")
    assert begun in signed_in.get("/mine").text
    assert not list(store.ads.altered())
