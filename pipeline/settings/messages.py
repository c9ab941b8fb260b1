"""Messages and indicators in the languages of the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from model.errors import BadTaxonomy
from model.taxonomy.records import Taxonomy
from model.taxonomy.toml_file import read_file


def mark(message: str) -> str:
    """The message as it is: one for the catalogues that is looked up where it is shown."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """How a message with its values, and a day, are said to whoever reads."""

    say: Callable[..., str]
    day: Callable[[date], str]
    language: str = "en"


ENGLISH: Final = Translator(say=lambda message, **values: message % values if values else message, day=date.isoformat)
"""As on the command line and in reports."""


FOLDER: Final = "translations"
"""Beside the taxonomy's own files: a change of words for readers is no change of the taxonomy."""

_FIELDS: Final = ("title", "why", "caveats")
_RULE: Final = "rules."
"""What the key of a rule begins with here: it has a title alone."""

Translations = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Language -> key of an indicator, or of a rule behind ``rules.`` -> field -> text."""


def read_translations(folder: Path, taxonomy: Taxonomy) -> Translations:
    """The translations in a folder, a file a language; none where there is no folder.

    A key that is no indicator's or rule's, or a field that is none of a reader's, raises ``BadTaxonomy``: it would be
    shown nowhere, and nobody would notice.
    """
    rules = {f"{_RULE}{rule.key}" for rule in taxonomy.rules}
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    for path in sorted(folder.glob("[!.]*.toml")):
        found[path.stem] = {}
        for table in read_file(path, path.read_bytes()).tables():
            if table.key not in taxonomy.indicators and table.key not in rules:
                raise BadTaxonomy(f"{path}: [{table.key}]: expected the key of an indicator, or rules.KEY")
            table.expect((), _FIELDS if table.key not in rules else ("title",))
            for field, value in table.content.items():
                if not isinstance(value, str) or not value.strip():
                    raise table.fault(field, value, "a text")
            found[path.stem][table.key] = {field: str(value) for field, value in table.content.items()}
    return found


def localise(taxonomy: Taxonomy, texts: Mapping[str, Mapping[str, str]]) -> Taxonomy:
    """The same taxonomy with the words of its indicators and rules in a language, English where a text is missing."""
    if not texts:
        return taxonomy
    words: dict[str, dict[str, Any]] = {
        key: {**table} | ({"definition": ""} if "why" in table else {}) for key, table in texts.items()
    }
    indicators = {key: replace(each, **words.get(key, {})) for key, each in taxonomy.indicators.items()}
    rules = tuple(replace(rule, **words.get(f"{_RULE}{rule.key}", {})) for rule in taxonomy.rules)
    return replace(taxonomy, indicators=indicators, rules=rules)
