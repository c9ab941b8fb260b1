"""The criteria: every indicator of the taxonomy as whoever decides should read it, with sentences that show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import Blueprint, current_app, render_template

from model.taxonomy.loader import Taxonomy
from model.taxonomy.records import Indicator, Source
from pipeline.web.gate import needs
from pipeline.web.language import page_language

__all__ = ["Criterion", "Family", "blueprint", "present_criteria"]

SHOWN: Final = 4
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Indicators that stand in one file."""

    name: str
    criteria: tuple[Criterion, ...]


@blueprint.get("/criteria")
@needs("read")
def show_criteria() -> str:
    """The codebook. It holds nothing of any ad, so that reading it is not in the record."""
    taxonomy: Taxonomy = current_app.config["TAXONOMY"]
    families = present_criteria(taxonomy, languages=(page_language(), "en"))
    return render_template("criteria.html", families=families, version=taxonomy.version)


def present_criteria(taxonomy: Taxonomy, *, languages: tuple[str, ...]) -> tuple[Family, ...]:
    """All indicators by family, in the taxonomy's order, with examples in these languages where it has any."""
    rows = sorted(taxonomy.indicators.values(), key=lambda each: each.family)
    return tuple(
        Family(name=name, criteria=tuple(_criterion(each, taxonomy, languages) for each in family))
        for name, family in groupby(rows, key=lambda each: each.family)
    )


def _criterion(indicator: Indicator, taxonomy: Taxonomy, languages: tuple[str, ...]) -> Criterion:
    return Criterion(
        indicator=indicator,
        sources=tuple(taxonomy.sources[key] for key in indicator.cite if key in taxonomy.sources),
        examples=tuple(_examples(indicator, languages)),
    )


def _examples(indicator: Indicator, languages: tuple[str, ...]) -> Iterator[Example]:
    for language in dict.fromkeys(languages):
        signs = indicator.languages.get(language)
        if signs and (signs.shows or signs.spares):
            yield Example(language=language, shows=signs.shows[:SHOWN], spares=signs.spares[:SHOWN])
