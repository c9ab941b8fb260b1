"""Taxonomy loader: strict reading of indicators, rules and sources.

Analysts edit ``data/taxonomy``, so every fault names file, line, key and what was expected. The version is a hash of
the content, whatever the order of files, keys or line ends.
"""

import hashlib
import json
import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Final

from crawler.language.disk_cache import cached
from model.errors import BadTaxonomy
from model.taxonomy.patterns import BadPattern, Pattern, read_patterns
from model.taxonomy.records import (
    ENTITY_LABELS,
    FACTS,
    Confidence,
    EntityFormat,
    Indicator,
    Negation,
    Polarity,
    Rule,
    Signs,
    Source,
    Strength,
    Taxonomy,
    read_country_facts,
)  # fmt: skip
from model.taxonomy.toml_file import Table, TaxonomyFile, read_file

_STRENGTHS: Final[tuple[Strength, ...]] = ("strong", "medium", "weak")
_POLARITIES: Final[tuple[Polarity, ...]] = ("risk", "mitigating", "context")
_CONFIDENCES: Final[tuple[Confidence, ...]] = ("attested", "reported", "native_usage", "uncertain")

ILO: Final = frozenset(
    {"abuse_of_vulnerability", "deception", "restriction_of_movement", "isolation", "physical_and_sexual_violence",
     "intimidation_and_threats", "retention_of_identity_documents", "withholding_of_wages", "debt_bondage",
     "abusive_working_and_living_conditions", "excessive_overtime"}
)  # fmt: skip
"""The ILO's eleven indicators of forced labour."""

EXPLOITATION: Final = frozenset(
    {"any", "forced_criminality", "forced_labour", "debt_bondage", "sexual_exploitation", "domestic_servitude",
     "forced_labour_fishing", "forced_marriage", "forced_recruitment", "surrogacy", "organ_removal",
     "child_exploitation", "financial_fraud"}
)  # fmt: skip
ELEMENTS: Final = frozenset({"act", "means", "purpose"})
_APART: Final = frozenset({"sources", "rules", "words", "negation", "countries", "domains", "entities"})
"""Files that hold something other than a family of indicators."""
_OPTIONAL: Final = frozenset({"countries", "domains", "entities"})


_CODE: Final = (Path(__file__).parent, Path(__file__).parents[1] / "text")
"""What the cached content depends on, beside the files."""

WordSets = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Language -> name of the set -> its words."""


def load_taxonomy(folder: Path) -> Taxonomy:
    """The taxonomy of a folder, hidden files left out; any fault raises ``BadTaxonomy``, naming file, line and key."""
    if not folder.is_dir():
        raise BadTaxonomy(f"{folder}: no such folder; expected the taxonomy's TOML files")
    return read_taxonomy({path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*.toml"))}, folder)


def read_taxonomy(contents: Mapping[str, bytes], folder: Path) -> Taxonomy:
    """The same of files by their names; ``folder`` is where they lie, for messages.

    Once a content has been found without fault the taxonomy is cached, and its patterns are not read again before
    somebody asks for them.
    """

    def check() -> Taxonomy:
        files = {name: read_file(folder / name, content) for name, content in contents.items()}
        content = {Path(name).stem: file.content for name, file in files.items()}
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
        version = hashlib.blake2b(canonical.encode(), digest_size=6).hexdigest()
        return _taxonomy(files, folder, version)

    parts = (part for name, content in contents.items() for part in (name.encode(), content))
    return cached("taxonomy", parts, check, code=_CODE)


def _taxonomy(named: Mapping[str, TaxonomyFile], folder: Path, version: str) -> Taxonomy:
    files = {Path(name).stem: file for name, file in named.items()}
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
    for table in (table for name in sorted(files.keys() - _APART) for table in files[name].tables()):
        for key in ("counts_with", "counts_unless"):
            table.names(key, indicators)
    negation = {}
    for table in files["negation"].tables():
        table.expect({"reach"}, {"before", "after", "stops", "attributed"})
        cues = {name: _patterns(table, name, table.key, words) for name in ("before", "after", "stops", "attributed")}
        negation[table.key] = Negation(**cues, reach=table.number("reach", low=0))
    rules, weighing = _read_rules(files["rules"], sources, indicators)
    return Taxonomy(
        version=version,
        indicators=indicators,
        rules=rules,
        sources=sources,
        negation=negation,
        entities=_read_entity_formats(files.get("entities"), sources),
        work=tuple(word.rstrip("*") for sets in words.values() for word in sets.get("work", ())),
        countries=read_country_facts(files.get("countries"), files.get("domains"), sources),
        never_outweighed=frozenset(weighing.strings("never_outweighed")),
        not_an_ad=weighing.string("not_an_ad"),
        not_an_ad_from=weighing.number("not_an_ad_from", low=1),
        files={name: file.text for name, file in named.items()},
    )


def _read_sources(file: TaxonomyFile) -> dict[str, Source]:
    sources = {}
    for table in file.tables():
        table.expect({"title", "url"})
        url = table.string("url")
        if not url.startswith(("https://", "http://")):
            raise table.fault("url", url, "an http or https address")
        sources[table.key] = Source(key=table.key, title=table.string("title"), url=url)
    return sources


def _read_words(file: TaxonomyFile) -> WordSets:
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    for table in file.tables():
        for language in table.content:
            if not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]+)*", language):
                raise table.fault(language, language, "a language's code, such as vi")
            words.setdefault(language, {})[table.key] = table.strings(language)
    return words


def _read_indicator(table: Table, key: str, sources: Mapping[str, Source], words: WordSets) -> Indicator:
    table.expect(
        {"title", "definition", "why", "element", "strength", "polarity", "caveats", "cite"},
        {"languages", "fact", "ilo", "exploitation", "negatable", "reach", "counts_with", "counts_unless"},
    )
    fact = table.choice("fact", FACTS) if "fact" in table.content else None
    spoken = None if fact else table.table("languages")
    languages = {code: _read_signs(spoken.table(code), code, words) for code in spoken.content} if spoken else {}
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
        cite=table.cites(sources),
        languages=languages,
        negatable=table.flag("negatable", default=True),
        reach=table.number("reach", low=0) if "reach" in table.content else None,
        counts_with=frozenset(table.strings("counts_with")) if "counts_with" in table.content else frozenset(),
        counts_unless=frozenset(table.strings("counts_unless")) if "counts_unless" in table.content else frozenset(),
        fact=fact,
    )


def _read_signs(table: Table, language: str, words: WordSets) -> Signs:
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


def _patterns(table: Table, name: str, language: str, words: WordSets) -> tuple[Pattern, ...]:
    if name not in table.content:
        return ()
    written = table.strings(name)
    if len(set(written)) < len(written):
        line = next(line for line in written if written.count(line) > 1)
        raise table.fault(name, line, "each pattern once")
    try:
        known = words.get(language, {})
        return tuple(pattern for line in written for pattern in read_patterns(line, language, known))
    except BadPattern as err:
        raise table.fault(name, str(err), "a pattern as docs/analysts/patterns.md describes") from err


def _read_rules(
    file: TaxonomyFile, sources: Mapping[str, Source], indicators: Mapping[str, Indicator]
) -> tuple[tuple[Rule, ...], Table]:
    rules = []
    for table in file.tables():
        if table.key in ("weighing", "dimensions"):
            continue
        table.expect(
            {"title", "cite"},
            {"strong", "medium", "total", "families", "needs", "unless", "dimensions", "of", "outweighed_by"},
        )
        table.cites(sources)
        sides: tuple[frozenset[str], ...] = ()
        if "dimensions" in table.content:
            dangers = file.table("dimensions")
            danger = dangers.table(table.choice("of", tuple(dangers.content)))
            sides = tuple(frozenset(danger.names(side, indicators)) for side in danger.content)
        least = 0 if "dimensions" in table.content else 1
        rules.append(
            Rule(
                key=table.key,
                title=table.string("title"),
                cite=table.string("cite"),
                strong=table.number("strong", low=0, default=0),
                medium=table.number("medium", low=0, default=0),
                total=table.number("total", low=least, default=1),
                families=table.number("families", low=least, default=1),
                needs=table.groups("needs", indicators),
                unless=frozenset(table.names("unless", indicators)),
                dimensions=table.number("dimensions", low=0, default=0),
                sides=sides,
                outweighed_by=table.number("outweighed_by", low=1) if "outweighed_by" in table.content else None,
            )
        )
    weighing = file.table("weighing")
    weighing.expect({"never_outweighed", "not_an_ad", "not_an_ad_from"})
    for name in ("never_outweighed", "not_an_ad"):
        weighing.names(name, indicators)
    return tuple(rules), weighing


def _read_entity_formats(file: TaxonomyFile | None, sources: Container[str]) -> tuple[EntityFormat, ...]:
    formats = []
    for table in file.tables() if file else ():
        table.expect({"label", "patterns"}, {"detail", "cite"})
        if "cite" in table.content:
            table.cites(sources)
        patterns = []
        for written in table.strings("patterns"):
            try:
                patterns.append(re.compile(written, re.IGNORECASE))
            except re.error as err:
                raise table.fault("patterns", written, f"a regular expression ({err})") from err
        detail = table.string("detail") if "detail" in table.content else ""
        formats.append(
            EntityFormat(label=table.choice("label", ENTITY_LABELS), detail=detail, patterns=tuple(patterns))
        )
    return tuple(formats)
