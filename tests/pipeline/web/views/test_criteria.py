"""The codebook beside the text: all of the taxonomy, with examples in the reader's language."""

from dataclasses import replace

from builders import NOON
from model.taxonomy.records import Signs
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup
from pipeline.web.views.criteria import present_criteria
from store_builders import decide
from web_acts import sign_in_as


def test_the_page_has_every_indicator_with_its_reason_and_source(signed_in, taxonomy):
    page = signed_in.get("/criteria").text
    for indicator in taxonomy.indicators.values():
        assert f'id="{indicator.key}"' in page
        assert indicator.title in page
        assert indicator.why in page
    assert 'href="https://source.example/page"' in page


def test_a_search_leaves_what_holds_all_of_its_words(signed_in):
    page = signed_in.get("/criteria?search=MONEY work").text
    assert "Money before the work" in page
    assert 'id="protective.contract"' not in page
    assert "No indicator matches" in signed_in.get("/criteria?search=nothing of the kind").text


def test_an_indicator_leads_to_its_cases(signed_in):
    assert 'href="/?indicator=debt.advance&amp;state=all"' in signed_in.get("/criteria").text


def test_the_share_of_correct_answers_is_shown_from_five_answers_on(taxonomy):
    few, enough = (
        present_criteria(taxonomy, languages=("en",), answers={"debt.advance": answers})["debt"][0].answers
        for answers in ((3, 1), (4, 1))
    )
    assert few is None
    assert (enough.count, enough.of) == (4, 5)


def test_answers_on_what_awaits_a_second_opinion_do_not_count(store):
    decide(store, 1, verdict="legitimate", confirmed=("debt.advance",), at=NOON)
    assert store.statistics.indicator_answers() == {"debt.advance": (1, 0)}
    store.decisions.ask_second_opinion(1, why="drawn", first="mai", at=NOON)
    assert store.statistics.indicator_answers() == {}


def test_the_words_are_in_the_readers_language(database, store, taxonomy):
    said = {"vi": {"debt.advance": {"title": "Ứng tiền trước khi làm"}}}
    app = create_app(PageSetup(database=database, taxonomy=taxonomy, secret_key=b"k" * 32, translations=said))
    store.accounts.set_language("mai", "vi")
    client = sign_in_as(app, "mai")
    for address in ("/criteria", "/case/1"):
        page = client.get(address).text
        assert "Ứng tiền trước khi làm" in page
        assert "A contract" in client.get("/criteria").text, "English where there is none"


def test_a_reason_of_a_case_leads_to_its_criterion(signed_in):
    assert 'href="/criteria#debt.advance"' in signed_in.get("/case/1").text


def test_examples_are_in_the_readers_language_and_in_english_where_there_are_any(taxonomy):
    one = taxonomy.indicators["debt.advance"]
    spoken = {
        "en": Signs(patterns=(), unless=(), shows=("We advance 500.",), spares=()),
        "vi": Signs(patterns=(), unless=(), shows=("Cho ứng trước.",), spares=("Không thu phí.",)),
        "th": Signs(patterns=(), unless=(), shows=("…",), spares=()),
    }
    changed = replace(taxonomy, indicators={one.key: replace(one, languages=spoken)})
    vietnamese, english = (
        present_criteria(changed, languages=languages, answers={})["debt"][0].examples
        for languages in (("vi", "en"), ("id", "en"))
    )
    assert [*vietnamese.items()] == [
        ("vi", (("Cho ứng trước.",), ("Không thu phí.",))),
        ("en", (("We advance 500.",), ())),
    ]
    assert [*english] == ["en"]
