"""The taxonomy: indicators, rules and their sources, read strictly from ``data/taxonomy``.

Analysts edit it, so every fault is told with file, line, key and what was expected. Its version is a hash of the
content, whatever the order of files, keys or line ends.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crawler.kept import kept
from model.taxonomy.country_facts import read_country_facts
from model.reading.entities import read_entity_formats
from model.errors import BadTaxonomy
from model.taxonomy.patterns import BadPattern, Pattern, read_patterns
from model.reading.offer_facts import FACTS
from model.taxonomy.toml_file import Table, TaxonomyFile, read_file
from model.taxonomy.records import (
    Confidence,
    Indicator,
    Negation,
    Polarity,
    Rule,
    Signs,
    Source,
    Strength,
    Taxonomy,
)  # fmt: skip

__all__ = [
    "EXPLOITATION", "ILO", "Confidence", "Indicator", "Negation", "Polarity", "Rule", "Signs", "Source", "Strength",
    "Taxonomy", "load_taxonomy",
]  # fmt: skip

_STRENGTHS: Final[tuple[Strength, ...]] = ("strong", "medium", "weak")
_POLARITIES: Final[tuple[Polarity, ...]] = ("risk", "mitigating", "context")
_CONFIDENCES: Final[tuple[Confidence, ...]] = ("attested", "reported", "native_usage", "uncertain")

ILO: Final = frozenset(
    {
        "abuse_of_vulnerability",
        "deception",
        "restriction_of_movement",
        "isolation",
        "physical_and_sexual_violence",
        "intimidation_and_threats",
        "retention_of_identity_documents",
        "withholding_of_wages",
        "debt_bondage",
        "abusive_working_and_living_conditions",
        "excessive_overtime",
    }
)
"""The ILO's eleven indicators of forced labour."""

EXPLOITATION: Final = frozenset(
    {
        "any",
        "forced_criminality",
        "forced_labour",
        "debt_bondage",
        "sexual_exploitation",
        "domestic_servitude",
        "forced_labour_fishing",
        "forced_marriage",
        "forced_recruitment",
        "surrogacy",
        "organ_removal",
        "child_exploitation",
        "financial_fraud",
    }
)
ELEMENTS: Final = frozenset({"act", "means", "purpose"})
_APART: Final = frozenset({"sources", "rules", "words", "negation", "countries", "domains", "entities"})
"""Files that hold something other than a family of indicators."""
_OPTIONAL: Final = frozenset({"countries", "domains", "entities"})


def load_taxonomy(folder: Path) -> Taxonomy:
    """The taxonomy in a folder; any fault raises ``BadTaxonomy``, naming file, line, key and what was expected.

    Once a content has been found without fault it is kept, ready made, and not gone through again.
    """
    if not folder.is_dir():
        raise BadTaxonomy(f"{folder}: no such folder; expected the taxonomy's TOML files")
    contents = {path: path.read_bytes() for path in sorted(folder.glob("*.toml"))}
    parts = (part for path, content in contents.items() for part in (path.name.encode(), content))
    return kept("taxonomy", parts, lambda: _taxonomy(folder, contents), code=Path(__file__).parent)


def _taxonomy(folder: Path, contents: Mapping[Path, bytes]) -> Taxonomy:
    files = {path.stem: read_file(path, content) for path, content in contents.items()}
    for name in sorted(_APART - _OPTIONAL - files.keys()):
        raise BadTaxonomy(f"{folder}: {name}.toml is missing")
    sources = _read_sources(files["sources"])
    words = _read_words(files["words"])
    indicators: dict[str, Indicator] = {}
    for name in sorted(files.keys() - _APART):
        for table in files[name].tables():
            indicator = _read_indicator(table, f"{name}.{table.key}", sources, words)
            indicators[indicator.key] = indicator
    if not indicators:
        raise BadTaxonomy(f"{folder}: no indicators; expected one TOML file a family")
    _check_names(files, indicators)
    rules, weighing = _read_rules(files["rules"], sources, indicators)
    return Taxonomy(
        version=_version(files),
        indicators=indicators,
        rules=rules,
        sources=sources,
        negation=_read_negation(files["negation"], words),
        entities=read_entity_formats(files.get("entities"), sources),
        work=tuple(word.rstrip("*") for sets in words.values() for word in sets.get("work", ())),
        countries=read_country_facts(files.get("countries"), files.get("domains"), sources),
        never_outweighed=frozenset(weighing.strings("never_outweighed")),
        not_an_ad=weighing.string("not_an_ad"),
        not_an_ad_from=weighing.number("not_an_ad_from", low=1),
    )


def _version(files: Mapping[str, TaxonomyFile]) -> str:
    content = {name: file.content for name, file in files.items()}
    said = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()


def _read_sources(file: TaxonomyFile) -> dict[str, Source]:
    sources = {}
    for table in file.tables():
        table.expect({"title", "url"})
        url = table.string("url")
        if not url.startswith(("https://", "http://")):
            raise table.fault("url", url, "an http or https address")
        sources[table.key] = Source(key=table.key, title=table.string("title"), url=url)
    return sources


Words = dict[str, dict[str, tuple[str, ...]]]


def _read_words(file: TaxonomyFile) -> Words:
    """Language -> name of the set -> its words."""
    words: Words = {}
    for table in file.tables():
        for language in table.content:
            words.setdefault(language, {})[table.key] = table.strings(language)
    return words


def _read_indicator(table: Table, key: str, sources: Mapping[str, Source], words: Words) -> Indicator:
    table.expect(
        {"title", "definition", "why", "element", "strength", "polarity", "caveats", "cite"},
        {"languages", "fact", "ilo", "exploitation", "negatable", "counts_with", "counts_unless"},
    )
    cite = table.strings("cite")
    for source in cite:
        if source not in sources:
            raise table.fault("cite", source, "a source named in sources.toml")
    fact = table.choice("fact", tuple(FACTS)) if "fact" in table.content else None
    languages = {} if fact else _read_languages(table.table("languages"), words)
    strength, polarity = table.choice("strength", _STRENGTHS), table.choice("polarity", _POLARITIES)
    return Indicator(
        key=key,
        title=table.string("title"),
        definition=table.string("definition"),
        why=table.string("why"),
        element=table.choices("element", ELEMENTS, may_be_empty=polarity != "risk"),
        ilo=table.choices("ilo", ILO),
        exploitation=table.choices("exploitation", EXPLOITATION),
        strength=strength,
        polarity=polarity,
        caveats=table.string("caveats"),
        cite=cite,
        languages=languages,
        negatable=table.flag("negatable", default=True),
        counts_with=frozenset(table.strings("counts_with")) if "counts_with" in table.content else frozenset(),
        counts_unless=frozenset(table.strings("counts_unless")) if "counts_unless" in table.content else frozenset(),
        fact=fact,
    )


def _check_names(files: Mapping[str, TaxonomyFile], indicators: Mapping[str, Indicator]) -> None:
    """What indicators say of each other: only when all are known can it be checked."""
    for name in sorted(files.keys() - _APART):
        for table in files[name].tables():
            for key in ("counts_with", "counts_unless"):
                table.names(key, indicators)


def _read_languages(table: Table, words: Words) -> dict[str, Signs]:
    return {code: _read_signs(table.table(code), code, words) for code in table.content}


def _read_signs(table: Table, language: str, words: Words) -> Signs:
    table.expect({"shows", "spares"}, {"phrases", "patterns", "unless", "confidence", "reviewed"})
    patterns = _patterns(table, "phrases", language, words) + _patterns(table, "patterns", language, words)
    if not patterns:
        raise table.fault("patterns", "nothing", "at least one phrase or pattern")
    return Signs(
        patterns=patterns,
        unless=_patterns(table, "unless", language, words),
        shows=table.strings("shows"),
        spares=table.strings("spares"),
        confidence=table.choice("confidence", _CONFIDENCES) if "confidence" in table.content else "native_usage",
        reviewed=table.string("reviewed") if "reviewed" in table.content else None,
    )


def _patterns(table: Table, name: str, language: str, words: Words) -> tuple[Pattern, ...]:
    if name not in table.content:
        return ()
    written = table.strings(name)
    for line in written:
        if written.count(line) > 1:
            raise table.fault(name, line, "each pattern once")
    try:
        return tuple(one for line in written for one in read_patterns(line, language, words.get(language, {})))
    except BadPattern as err:
        raise table.fault(name, str(err), "a pattern as docs/taxonomy.md describes") from err


def _read_negation(file: TaxonomyFile, words: Words) -> dict[str, Negation]:
    negation = {}
    for table in file.tables():
        table.expect({"reach"}, {"before", "after", "stops", "attributed"})
        negation[table.key] = Negation(
            before=_patterns(table, "before", table.key, words),
            after=_patterns(table, "after", table.key, words),
            stops=_patterns(table, "stops", table.key, words),
            attributed=_patterns(table, "attributed", table.key, words),
            reach=table.number("reach", low=0),
        )
    return negation


def _read_sides(file: TaxonomyFile, indicators: Mapping[str, Indicator]) -> dict[str, tuple[frozenset[str], ...]]:
    """Of each danger its sides, and the indicators that touch each."""
    if "dimensions" not in file.content:
        return {}
    dangers = file.table("dimensions")
    return {
        danger: tuple(frozenset(sides.names(side, indicators)) for side in sides.content)
        for danger in dangers.content
        for sides in (dangers.table(danger),)
    }


def _read_rules(
    file: TaxonomyFile, sources: Mapping[str, Source], indicators: Mapping[str, Indicator]
) -> tuple[tuple[Rule, ...], Table]:
    rules = []
    sides = _read_sides(file, indicators)
    for table in file.tables():
        if table.key in ("weighing", "dimensions"):
            continue
        table.expect(
            {"title", "cite"},
            {"strong", "medium", "total", "families", "needs", "unless", "dimensions", "of", "outweighed_by"},
        )
        cite = table.string("cite")
        if cite not in sources:
            raise table.fault("cite", cite, "a source named in sources.toml")
        least = 0 if "dimensions" in table.content else 1
        rules.append(
            Rule(
                key=table.key,
                title=table.string("title"),
                cite=cite,
                strong=table.number("strong", low=0, default=0),
                medium=table.number("medium", low=0, default=0),
                total=table.number("total", low=least, default=1),
                families=table.number("families", low=least, default=1),
                needs=table.groups("needs", indicators),
                unless=frozenset(table.names("unless", indicators)),
                dimensions=table.number("dimensions", low=0, default=0),
                sides=sides[table.choice("of", tuple(sides))] if "dimensions" in table.content else (),
                outweighed_by=table.number("outweighed_by", low=1) if "outweighed_by" in table.content else None,
            )
        )
    weighing = file.table("weighing")
    weighing.expect({"never_outweighed", "not_an_ad", "not_an_ad_from"})
    for name in ("never_outweighed", "not_an_ad"):
        weighing.names(name, indicators)
    return tuple(rules), weighing
