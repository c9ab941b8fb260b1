"""Combinations of indicators put an ad before an analyst; one sign alone never does."""

from collections.abc import Mapping

import pytest

from model.assessment import Evidence
from model.reading.rules import exploitation_hints, reads_as_warning, rule_met
from model.taxonomy.records import CountryFacts, Indicator, Polarity, Rule, Source, Strength, Taxonomy


def _indicator(
    key: str,
    strength: Strength = "medium",
    polarity: Polarity = "risk",
    exploitation: tuple[str, ...] = ("any",),
    counts_with: tuple[str, ...] = (),
) -> Indicator:
    return Indicator(
        key=key,
        title=key,
        definition="",
        why="",
        element=(),
        ilo=(),
        exploitation=exploitation,
        strength=strength,
        polarity=polarity,
        caveats="",
        cite=(),
        languages={},
        counts_with=frozenset(counts_with),
    )


def _rule(key: str, **fields: object) -> Rule:
    values: dict[str, object] = {"strong": 0, "medium": 0, "total": 1, "families": 1, "outweighed_by": None} | fields
    return Rule(key=key, title=key.title(), cite="who", **values)


INDICATORS: Mapping[str, Indicator] = {
    one.key: one
    for one in (
        _indicator("control.papers", "strong", exploitation=("forced_labour", "debt_bondage")),
        _indicator("control.phones", "strong", exploitation=("forced_labour",)),
        _indicator("debt.advance", "medium", exploitation=("debt_bondage", "any")),
        _indicator("debt.costs", "medium"),
        _indicator("offer.pay", "medium"),
        _indicator("offer.urgent", "weak"),
        _indicator("offer.travel", "weak", counts_with=("offer.urgent",)),
        _indicator("place.abroad", "weak", "context"),
        _indicator("role.scam", "strong"),
        _indicator("hint.papers", "weak", "context"),
        _indicator("hint.leaving", "weak", "context"),
        _indicator("hint.entry", "weak", "context"),
        _indicator("protective.licence", "weak", "mitigating"),
        _indicator("protective.contract", "weak", "mitigating"),
        _indicator("protective.news", "medium", "mitigating"),
    )
}
TAXONOMY = Taxonomy(
    version="0",
    indicators=INDICATORS,
    rules=(
        _rule("two_strong", strong=2, total=2),
        _rule("strong_and_other", strong=1, total=2, families=2, outweighed_by=2),
        _rule("three_medium", medium=3, total=3, families=2, outweighed_by=1),
        _rule(
            "role_abroad",
            needs=(frozenset({"role.scam"}), frozenset({"place.abroad"})),
            unless=frozenset({"protective.licence"}),
        ),
        _rule(
            "two_sides",
            total=0,
            families=0,
            dimensions=2,
            sides=(
                frozenset({"control.papers", "hint.papers"}),
                frozenset({"hint.leaving"}),
                frozenset({"hint.entry"}),
            ),
            outweighed_by=1,
        ),
    ),
    sources={"who": Source(key="who", title="A report", url="https://example.org")},
    negation={},
    countries=CountryFacts({}, frozenset(), frozenset(), frozenset()),
    never_outweighed=frozenset({"control.phones"}),
    not_an_ad="protective.news",
    not_an_ad_from=2,
)


def _shown(*keys: str) -> list[Evidence]:
    return [Evidence(indicator=k, field="description", start=n, end=n + 1, quote=f"q{n}") for n, k in enumerate(keys)]


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ((), None),
        (("control.papers",), None),
        (("control.papers", "control.papers"), None),
        (("control.papers", "control.phones"), "two_strong"),
        (("control.papers", "offer.urgent"), "strong_and_other"),
        (("debt.advance", "debt.costs"), None),
        (("debt.advance", "debt.costs", "offer.urgent"), None),
        (("debt.advance", "debt.costs", "offer.pay"), "three_medium"),
        (("control.papers", "protective.contract", "protective.licence"), None),
        (("control.papers", "offer.pay", "protective.contract"), "strong_and_other"),
        (("control.papers", "offer.pay", "protective.contract", "protective.licence"), None),
        (("control.phones", "offer.pay", "protective.contract", "protective.licence"), "strong_and_other"),
        (("control.papers", "control.phones", "protective.contract", "protective.licence"), "two_strong"),
        (("debt.advance", "debt.costs", "offer.pay", "protective.licence"), None),
    ],
)
def test_rules_are_met_by_combinations(keys: tuple[str, ...], rule: str | None) -> None:
    met = rule_met(_shown(*keys), TAXONOMY)
    assert (met and met.rule) == rule


def test_a_rule_says_which_indicators_met_it_and_where_it_comes_from() -> None:
    met = rule_met(_shown("offer.urgent", "control.papers", "protective.licence"), TAXONOMY)
    assert met is not None
    assert met.indicators == ("offer.urgent", "control.papers")
    assert met.source == "A report, https://example.org"


def test_two_different_pieces_of_news_make_a_warning_that_meets_no_rule() -> None:
    evidence = _shown("control.papers", "control.phones", "protective.news", "protective.news")
    assert reads_as_warning(evidence, TAXONOMY)
    assert rule_met(evidence, TAXONOMY) is None


def test_one_piece_of_news_said_twice_makes_no_warning() -> None:
    piece = Evidence(indicator="protective.news", field="description", start=0, end=1, quote="Beware")
    again = Evidence(indicator="protective.news", field="description", start=9, end=10, quote="beware")
    assert not reads_as_warning([piece, again], TAXONOMY)


def test_hints_are_ordered_by_how_many_indicators_support_them() -> None:
    hints = exploitation_hints(("control.papers", "control.phones", "debt.advance", "offer.pay"), TAXONOMY)
    assert hints == ("debt_bondage", "forced_labour")


def test_mitigating_indicators_hint_at_nothing() -> None:
    assert exploitation_hints(("protective.licence",), TAXONOMY) == ()


def test_context_counts_only_where_a_rule_names_it() -> None:
    assert rule_met(_shown("role.scam"), TAXONOMY) is None
    assert rule_met(_shown("place.abroad"), TAXONOMY) is None
    assert rule_met(_shown("control.papers", "place.abroad"), TAXONOMY) is None
    met = rule_met(_shown("role.scam", "place.abroad"), TAXONOMY)
    assert met is not None
    assert (met.rule, met.indicators) == ("role_abroad", ("role.scam", "place.abroad"))


def test_what_a_rule_excludes_keeps_it_from_being_met() -> None:
    assert rule_met(_shown("role.scam", "place.abroad", "protective.licence"), TAXONOMY) is None


def test_hints_on_two_sides_of_a_danger_meet_a_rule_that_counts_sides() -> None:
    met = rule_met(_shown("hint.papers", "hint.entry"), TAXONOMY)
    assert met is not None
    assert (met.rule, met.indicators) == ("two_sides", ("hint.papers", "hint.entry"))
    assert rule_met(_shown("hint.papers"), TAXONOMY) is None
    assert rule_met(_shown("hint.papers", "hint.entry", "protective.licence"), TAXONOMY) is None


def test_a_side_counts_once_whatever_touches_it() -> None:
    assert rule_met(_shown("control.papers", "hint.papers"), TAXONOMY) is None
    met = rule_met(_shown("control.papers", "hint.papers", "hint.leaving"), TAXONOMY)
    assert met is not None
    assert met.indicators == ("control.papers", "hint.papers", "hint.leaving")


def test_a_conditional_indicator_counts_only_beside_what_it_counts_with() -> None:
    assert rule_met(_shown("control.papers", "offer.travel"), TAXONOMY) is None
    met = rule_met(_shown("control.papers", "offer.travel", "offer.urgent"), TAXONOMY)
    assert met is not None
    assert "offer.travel" in met.indicators


def test_the_same_words_read_as_two_signs_count_once_as_the_stronger() -> None:
    words = {"field": "description", "start": 3, "end": 9, "quote": "secret"}
    same = [Evidence(indicator=key, **words) for key in ("offer.urgent", "control.papers", "offer.pay")]
    assert rule_met(same, TAXONOMY) is None
    met = rule_met([*same, *_shown("offer.urgent")], TAXONOMY)
    assert met is not None
    assert met.indicators == ("offer.urgent", "control.papers")
