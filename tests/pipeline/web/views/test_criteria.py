"""The codebook beside the text: all of the taxonomy, with examples in the reader's language."""

from dataclasses import replace

from model.taxonomy.records import Signs
from pipeline.web.views.reference import present_criteria


def test_the_page_has_every_indicator_with_its_reason_and_source(signed_in, taxonomy):
    page = signed_in.get("/criteria").text
    for indicator in taxonomy.indicators.values():
        assert f'id="{indicator.key}"' in page
        assert indicator.title in page
        assert indicator.why in page
    assert 'href="https://source.example/page"' in page


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
    ((family,), (english,)) = (
        present_criteria(changed, languages=languages) for languages in (("vi", "en"), ("id", "en"))
    )
    (criterion,) = family.criteria
    assert [(each.language, each.shows, each.spares) for each in criterion.examples] == [
        ("vi", ("Cho ứng trước.",), ("Không thu phí.",)),
        ("en", ("We advance 500.",), ()),
    ]
    assert [each.language for each in english.criteria[0].examples] == ["en"]
