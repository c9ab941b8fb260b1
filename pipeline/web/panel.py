"""What a panel of the overview is, and how its values and shares are said."""

from dataclasses import dataclass
from typing import Final

from pipeline.messages import mark
from pipeline.overview_trends import MonthShare, Share
from pipeline.store_trends import UNKNOWN
from pipeline.web import words
from pipeline.web.brief_words import SECTOR_WORDS
from pipeline.web.language import LOCALES, page_language
from pipeline.web.language import gettext as _

__all__ = ["FACET_TITLES", "Cell", "Panel", "cell_words", "numbers_of", "share_words", "value_words"]

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture with what it is drawn from."""

    key: str
    title: str
    svg: str | None
    """None where there is nothing to draw."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The table on the page; the first of each row names it."""

    note: str = ""
    is_folded: bool = False
    """Whether the table is shown only when it is asked for."""

    is_wide: bool = False
    """Whether it takes the whole width of the page."""

    file_columns: tuple[str, ...]
    file_rows: tuple[tuple[Cell, ...], ...]
    """The numbers as they are, hidden ones empty."""


FACET_TITLES: Final = {
    "kind": mark("What the ads read like"),
    "exploitation": mark("What their indicators hint at"),
    "country": mark("Where the work is said to be"),
    "language": mark("Language"),
    "sector": mark("Sector"),
    "addressed": mark("Whom the offers address, by their words"),
    "schooling": mark("Schooling asked for"),
    "reached": mark("By what one is to answer"),
}

VALUE_WORDS: Final = {
    "women": mark("women"), "men": mark("men"), "either": mark("either, or not said"),
    "higher": mark("university or college"), "secondary": mark("secondary school"),
    "none_needed": mark("none needed"), "not_said": mark("not said"), "unknown": mark("not said"),
    "messenger": mark("a messenger or network is named"), "other": mark("telephone, mail or a page alone"),
    "forced_criminality": mark("forced criminality"), "debt_bondage": mark("debt bondage"),
    "forced_labour": mark("forced labour"), "forced_labour_fishing": mark("forced labour at sea"),
    "sexual_exploitation": mark("sexual exploitation"), "child_exploitation": mark("exploitation of children"),
    "domestic_servitude": mark("domestic servitude"), "forced_marriage": mark("forced marriage"),
    "organ_removal": mark("organ removal"), "financial_fraud": mark("financial fraud"),
}  # fmt: skip
"""Words for values; sectors have theirs with the brief, and countries and languages by their codes."""


def value_words(facet: str, value: str) -> str:
    """The value in the page's language."""
    locale = LOCALES[page_language()]
    match facet:
        case "country":
            said = locale.territories.get(value)
        case "language":
            said = locale.languages.get(value)
        case "kind":
            said = _(words.KIND_NAMES[value]) if value in words.KIND_NAMES else None
        case _:
            known = {**VALUE_WORDS, **SECTOR_WORDS}
            said = _(known[value]) if value in known else None
    return _("not said") if value == UNKNOWN else str(said or value.replace("_", " "))


def numbers_of(share: Share | None) -> tuple[Cell, ...]:
    """The share as a file holds it; empty cells where it is hidden."""
    return (share.of, share.count, share.share, share.low, share.high) if share else (None,) * 5


def cell_words(cell: MonthShare) -> str:
    """The share of a month as the page's table says it."""
    return _("hidden") if cell.is_hidden else share_words(cell.share)


def share_words(share: Share | None) -> str:
    """The share with its interval, in per cent."""
    if share is None:
        return "–"
    return _(
        "%(share)s %% (%(low)s to %(high)s)",
        share=f"{100 * share.share:.0f}", low=f"{100 * share.low:.0f}", high=f"{100 * share.high:.0f}",
    )  # fmt: skip
