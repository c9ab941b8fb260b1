"""Criteria: the codebook of indicators, with reasons, sources and examples."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, groupby
from types import MappingProxyType
from typing import Final

from flask import Blueprint, render_template, request

from crawler.extract.vocabulary import plain
from model.taxonomy.loader import Taxonomy
from model.taxonomy.records import Indicator, Source
from pipeline.case import VERDICTS
from pipeline.review.trends import FEWEST, Share, share_of
from pipeline.web.access import needs
from pipeline.web.i18n import page_language
from pipeline.web.setup import open_store, page_taxonomy

__all__ = ["Criterion", "Family", "blueprint", "present_criteria"]

_LONGEST_SEARCH: Final = 100
EXAMPLES_SHOWN: Final = 4
"""Sentences of each kind and language."""

blueprint = Blueprint("criteria", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Sentences of one language that show an indicator, and near-misses that do not."""

    language: str
    shows: tuple[str, ...]
    spares: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One indicator with what it rests on."""

    indicator: Indicator
    sources: tuple[Source, ...]
    examples: tuple[Example, ...]
    answers: Share | None = None
    """Of analysts' answers the share that found it correct; None where fewer than five answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Indicators that stand in one file."""

    name: str
    criteria: tuple[Criterion, ...]


@blueprint.get("/criteria")
@needs("read")
def show_criteria() -> str:
    """The codebook, or what a search leaves of it. It holds nothing of any ad, so reading it is not in the record."""
    taxonomy, searched = page_taxonomy(), request.args.get("search", "").strip()[:_LONGEST_SEARCH]
    answers = open_store().statistics.indicator_answers()
    families = present_criteria(taxonomy, languages=(page_language(), "en"), answers=answers)
    found = tuple(filter(None, (_matching(family, searched) for family in families)))
    return render_template(
        "criteria.html", families=found, version=taxonomy.version, searched=searched, verdicts=VERDICTS,
        total=sum(len(family.criteria) for family in found),
    )  # fmt: skip


def _matching(family: Family, searched: str) -> Family | None:
    """The family with the criteria whose text holds all words of the search; None without any."""
    words = plain(searched).split()
    found = []
    for each in family.criteria:
        indicator = each.indicator
        sentences = chain.from_iterable((*example.shows, *example.spares) for example in each.examples)
        shown = (indicator.key, indicator.title, indicator.definition, indicator.why, indicator.caveats, *sentences)
        text = plain(" ".join(shown))
        if all(word in text for word in words):
            found.append(each)
    return replace(family, criteria=tuple(found)) if found else None


def present_criteria(
    taxonomy: Taxonomy, *, languages: tuple[str, ...], answers: Mapping[str, tuple[int, int]] = MappingProxyType({})
) -> tuple[Family, ...]:
    """All indicators by family, in the taxonomy's order, with examples in these languages where it has any."""
    rows = sorted(taxonomy.indicators.values(), key=lambda each: each.family)
    return tuple(
        Family(
            name=name,
            criteria=tuple(_criterion(each, taxonomy, languages, answers.get(each.key, (0, 0))) for each in family),
        )
        for name, family in groupby(rows, key=lambda each: each.family)
    )


def _criterion(
    indicator: Indicator, taxonomy: Taxonomy, languages: tuple[str, ...], answers: tuple[int, int]
) -> Criterion:
    correct, incorrect = answers
    examples = (
        Example(language=language, shows=signs.shows[:EXAMPLES_SHOWN], spares=signs.spares[:EXAMPLES_SHOWN])
        for language in dict.fromkeys(languages)
        if (signs := indicator.languages.get(language))
    )
    return Criterion(
        answers=share_of(correct, correct + incorrect) if correct + incorrect >= FEWEST else None,
        indicator=indicator,
        sources=tuple(taxonomy.sources[key] for key in indicator.cite if key in taxonomy.sources),
        examples=tuple(each for each in examples if each.shows or each.spares),
    )
