"""Which indicators a taxonomy can read in which languages, and how surely."""

from collections.abc import Iterator
from typing import Final

from model.taxonomy.loader import Signs, Taxonomy

__all__ = ["ORDER", "coverage_page", "share_of_strong"]

ORDER: Final = (
    "vi", "id", "ms", "en", "tl", "th", "zh", "km", "my", "lo", "ko", "ja", "ru", "uk", "es", "pt", "fr", "ar", "hi",
    "bn", "ne", "sw",
)  # fmt: skip
"""Languages in the order of the table."""

_LETTERS: Final = {"attested": "A", "reported": "R", "native_usage": "n", "uncertain": "u"}


def share_of_strong(taxonomy: Taxonomy, language: str, *, surely: bool) -> float:
    """The share, 0 to 1, of strong risk indicators read from wordings that the language covers, or covers surely."""
    strong = [
        one for one in taxonomy.indicators.values()
        if one.strength == "strong" and one.polarity == "risk" and not one.fact
    ]  # fmt: skip
    covered = [one.languages[language] for one in strong if language in one.languages]
    return sum(signs.is_sure or not surely for signs in covered) / len(strong) if strong else 1.0


def coverage_page(taxonomy: Taxonomy) -> str:
    """A page in Markdown: a row an indicator, a column a language."""
    return "\n".join(_lines(taxonomy)) + "\n"


def _lines(taxonomy: Taxonomy) -> Iterator[str]:
    yield "# What the taxonomy reads in which language"
    yield ""
    yield "Written by `lurewatch taxonomy coverage`; a test compares it with the taxonomy. **A**: at least one of the"
    yield "patterns finds a phrase that stands in a quoted ad. **R**: one that a source reports. **N**: usage of the"
    yield "language that someone other than its writer went through; **n**: not yet. **u**: a lead, unsure. Nobody who"
    yield "grew up with the language has read the patterns of Khmer, Burmese, Lao, Bengali, Nepali, Swahili and Arabic."
    yield ""
    yield "| Strong indicators | " + " | ".join(ORDER) + " |"
    yield "| --- |" + " --- |" * len(ORDER)
    for name, surely in (("covered", False), ("surely: A, R or N", True)):
        shares = (share_of_strong(taxonomy, language, surely=surely) for language in ORDER)
        yield f"| {name} | " + " | ".join(f"{share:.0%}" for share in shares) + " |"
    yield ""
    yield "| Indicator | Strength | " + " | ".join(ORDER) + " |"
    yield "| --- | --- |" + " --- |" * len(ORDER)
    for key, indicator in sorted(taxonomy.indicators.items()):
        if not indicator.fact:
            strength = indicator.strength if indicator.polarity == "risk" else indicator.polarity
            cells = (_cell(indicator.languages.get(language)) for language in ORDER)
            yield f"| `{key}` | {strength} | " + " | ".join(cells) + " |"


def _cell(signs: Signs | None) -> str:
    if signs is None:
        return ""
    return "N" if signs.confidence == "native_usage" and signs.reviewed else _LETTERS[signs.confidence]
