"""Which combination of indicators an ad meets, and which exploitation its indicators hint at."""

from collections.abc import Container, Iterable, Mapping
from typing import Final, NamedTuple

from model.assessment import Evidence, RuleMet
from model.taxonomy.loader import Indicator, Rule, Taxonomy

__all__ = ["exploitation_hints", "reads_as_warning", "rule_met"]

_STRONGEST_FIRST: Final = ("strong", "medium", "weak")


class _Weight(NamedTuple):
    """How many indicators of each strength, how many in all, and of how many families."""

    strong: int
    medium: int
    total: int
    families: int


def rule_met(evidence: Iterable[Evidence], taxonomy: Taxonomy) -> RuleMet | None:
    """The first rule, in the order of rules.toml, that the evidence meets.

    Texts that read as a warning or as news meet none. Mitigating indicators can cancel a rule, but never where the
    offer shows minors, confinement or the sale of people.
    """
    evidence = tuple(evidence)
    if reads_as_warning(evidence, taxonomy):
        return None
    shown = _counted({indicator.key: indicator for indicator in _indicators(evidence, taxonomy)})
    risks = _in_other_words([one for one in shown.values() if one.polarity == "risk" and _counts(one, shown)], evidence)
    mitigating = sum(one.polarity == "mitigating" for one in shown.values())
    grave = any(indicator.key in taxonomy.never_outweighed for indicator in risks)
    weight = _weight(risks)
    for rule in taxonomy.rules:
        if rule.outweighed_by is not None and mitigating >= rule.outweighed_by and not grave:
            continue
        if _meets(weight, rule) and _is_in_place(rule, shown) and _touches(rule, shown) >= rule.dimensions:
            source = taxonomy.sources[rule.cite]
            return RuleMet(
                rule=rule.key,
                title=rule.title,
                source=f"{source.title}, {source.url}",
                indicators=tuple(key for key, one in shown.items() if one in risks or _is_named(key, rule)),
            )
    return None


def reads_as_warning(evidence: Iterable[Evidence], taxonomy: Taxonomy) -> bool:
    """Whether the text speaks about lures rather than making one: a warning, news, advice."""
    pieces = {one.quote.casefold() for one in evidence if one.indicator == taxonomy.not_an_ad}
    return len(pieces) >= taxonomy.not_an_ad_from


def exploitation_hints(keys: Iterable[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Kinds of exploitation that risks among some indicators hint at, the most supported first; ``any`` is no hint."""
    risks = (one for one in map(taxonomy.indicators.__getitem__, keys) if one.polarity == "risk")
    hints = [hint for indicator in risks for hint in indicator.exploitation if hint != "any"]
    return tuple(sorted(set(hints), key=lambda hint: (-hints.count(hint), hint)))


def _indicators(evidence: Iterable[Evidence], taxonomy: Taxonomy) -> list[Indicator]:
    return [taxonomy.indicators[key] for key in dict.fromkeys(one.indicator for one in evidence)]


def _counted(shown: Mapping[str, Indicator]) -> dict[str, Indicator]:
    """What counts for anything beside the others: not what is asked of nobody who seeks work."""
    return {key: one for key, one in shown.items() if one.counts_unless.isdisjoint(shown)}


def _counts(indicator: Indicator, shown: Container[str]) -> bool:
    return not indicator.counts_with or any(key in shown for key in indicator.counts_with)


def _in_other_words(risks: list[Indicator], evidence: tuple[Evidence, ...]) -> list[Indicator]:
    """Indicators that words of their own show: the same words, read as two signs, count once, as the stronger."""
    taken: set[tuple[str, int, int]] = set()
    counted = set()
    for indicator in sorted(risks, key=lambda one: _STRONGEST_FIRST.index(one.strength)):
        mine = (one for one in evidence if one.indicator == indicator.key and one.end > one.start)
        spans = {(one.field, one.start, one.end) for one in mine}
        if not spans or not spans <= taken:
            counted.add(indicator.key)
        taken |= spans
    return [one for one in risks if one.key in counted]


def _is_in_place(rule: Rule, shown: Mapping[str, Indicator]) -> bool:
    if not rule.unless.isdisjoint(shown):
        return False
    return not any(group.isdisjoint(shown) for group in rule.needs)


def _touches(rule: Rule, shown: Mapping[str, Indicator]) -> int:
    """Of how many sides of the rule's danger something is shown."""
    return sum(not side.isdisjoint(shown) for side in rule.sides)


def _is_named(key: str, rule: Rule) -> bool:
    return any(key in group for group in (*rule.needs, *rule.sides))


def _weight(risks: list[Indicator]) -> _Weight:
    strengths = [indicator.strength for indicator in risks]
    families = len({indicator.family for indicator in risks})
    return _Weight(strengths.count("strong"), strengths.count("medium"), len(risks), families)


def _meets(weight: _Weight, rule: Rule) -> bool:
    if weight.total < rule.total or weight.families < rule.families or weight.strong < rule.strong:
        return False
    # A strong indicator can stand in for a medium one, never the other way round.
    return weight.medium + weight.strong - rule.strong >= rule.medium
