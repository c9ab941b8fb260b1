"""Rules: combinations of indicators that an ad meets, and hints of exploitation."""

from collections.abc import Iterable, Mapping
from typing import Final

from model.assessment import Evidence, RuleMet
from model.taxonomy.records import Indicator, Rule, Taxonomy

_STRONGEST_FIRST: Final = ("strong", "medium", "weak")


def rule_met(evidence: Iterable[Evidence], taxonomy: Taxonomy) -> RuleMet | None:
    """The first rule, in the order of rules.toml, that the evidence meets.

    Texts that read as a warning or as news meet none. Mitigating indicators can cancel a rule, but never where the
    offer shows minors, confinement or the sale of people.
    """
    evidence = tuple(evidence)
    if reads_as_warning(evidence, taxonomy):
        return None
    found = {piece.indicator: taxonomy.indicators[piece.indicator] for piece in evidence}
    # What counts for anything beside the others: not what is asked of nobody who seeks work.
    shown = {key: indicator for key, indicator in found.items() if indicator.counts_unless.isdisjoint(found)}
    risks = [indicator for indicator in shown.values() if indicator.polarity == "risk"]
    risks = [risk for risk in risks if not risk.counts_with or not risk.counts_with.isdisjoint(shown)]
    risks = _in_other_words(risks, evidence)
    mitigating = sum(indicator.polarity == "mitigating" for indicator in shown.values())
    grave = any(indicator.key in taxonomy.never_outweighed for indicator in risks)
    for rule in taxonomy.rules:
        if rule.outweighed_by is not None and mitigating >= rule.outweighed_by and not grave:
            continue
        if _has_enough(risks, rule) and _is_in_place(rule, shown):
            source, named = taxonomy.sources[rule.cite], frozenset().union(*rule.needs, *rule.sides)
            return RuleMet(
                rule=rule.key,
                title=rule.title,
                source=f"{source.title}, {source.url}",
                indicators=tuple(key for key, indicator in shown.items() if indicator in risks or key in named),
            )
    return None


def reads_as_warning(evidence: Iterable[Evidence], taxonomy: Taxonomy) -> bool:
    """Whether the text speaks about lures rather than making one: a warning, news, advice."""
    pieces = {piece.quote.casefold() for piece in evidence if piece.indicator == taxonomy.not_an_ad}
    return len(pieces) >= taxonomy.not_an_ad_from


def exploitation_hints(keys: Iterable[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Kinds of exploitation that risks among some indicators hint at, the most supported first; ``any`` is no hint."""
    risks = (indicator for indicator in map(taxonomy.indicators.__getitem__, keys) if indicator.polarity == "risk")
    hints = [hint for indicator in risks for hint in indicator.exploitation if hint != "any"]
    return tuple(sorted(set(hints), key=lambda hint: (-hints.count(hint), hint)))


def _in_other_words(risks: list[Indicator], evidence: tuple[Evidence, ...]) -> list[Indicator]:
    """Indicators that words of their own show: the same words, read as two signs, count once, as the stronger."""
    taken: set[tuple[str, int, int]] = set()
    counted = set()
    for indicator in sorted(risks, key=lambda risk: _STRONGEST_FIRST.index(risk.strength)):
        mine = (piece for piece in evidence if piece.indicator == indicator.key and piece.end > piece.start)
        spans = {(piece.field, piece.start, piece.end) for piece in mine}
        if not spans or not spans <= taken:
            counted.add(indicator.key)
        taken |= spans
    return [risk for risk in risks if risk.key in counted]


def _has_enough(risks: list[Indicator], rule: Rule) -> bool:
    strengths = [indicator.strength for indicator in risks]
    families = {indicator.family for indicator in risks}
    if len(risks) < rule.total or len(families) < rule.families:
        return False
    # A strong indicator can stand in for a medium one, never the other way round.
    spare = strengths.count("strong") - rule.strong
    return spare >= 0 and strengths.count("medium") + spare >= rule.medium


def _is_in_place(rule: Rule, shown: Mapping[str, Indicator]) -> bool:
    if not rule.unless.isdisjoint(shown) or any(group.isdisjoint(shown) for group in rule.needs):
        return False
    return sum(not side.isdisjoint(shown) for side in rule.sides) >= rule.dimensions
