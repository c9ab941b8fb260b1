"""Tables of the model card: each gives lines of Markdown, or none where nothing was measured."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["away_row", "counterfactuals", "facets", "figure_row", "languages", "later", "nights"]

_LEAST: Final = 20
"""Texts of a part below which it has no row."""

_FACETS: Final = {"exploitation": "what it leads to", "sector": "sector", "meant_for": "whom it is meant for"}


def nights(metrics: Mapping[str, Any]) -> list[str]:
    """What a drawn night brings, with the pictures of the ranking."""
    found = metrics["nights"]
    if found is None:
        return []
    return [
        "### What a night brings",
        "",
        f"Drawn nights of {found['ads']:,} ads, {found['to_act_on']} of them to act on; the middle 95 % of nights.",
        "",
        "| | mean | nights |",
        "| --- | --- | --- |",
        figure_row("of the first 50 read, acted on", found["precision_at_50"]),
        figure_row("of those to act on, among the first 100 read", found["recall_at_100"]),
        "",
        "![Precision and recall](plots/precision_recall.svg) ![Found by reading from the top](plots/recall.svg)",
        "",
        "![Reliability: what a score is worth](plots/reliability.svg)",
        "",
    ]


def later(metrics: Mapping[str, Any]) -> list[str]:
    """How it does on what came later than all it learnt from."""
    if not metrics.get("later"):
        return []
    lines = [
        "## On what came later",
        "",
        "Trained again without the dated texts from a day on, and measured on those.",
        "",
        "| from | texts | AUC | flagged at 2 % |",
        "| --- | --- | --- | --- |",
    ]
    return [*lines, *(away_row(one["since"][:10], one) for one in metrics["later"]), ""]


def languages(metrics: Mapping[str, Any]) -> list[str]:
    """How it does in each language."""
    return [
        "## By language",
        "",
        "![Found, by language](plots/languages_found.svg) ![False alarms, by language](plots/languages_alarms.svg)",
        "",
        *_parted("language", metrics["by"]["language"]),
    ]


def facets(metrics: Mapping[str, Any]) -> list[str]:
    """By what an offer leads to, what work it is and whom it is for."""
    lines = []
    for key, title in _FACETS.items():
        lines += [f"## By {title}", "", *_parted(title, metrics["by"][key])]
    return lines


def counterfactuals(metrics: Mapping[str, Any]) -> list[str]:
    """How far a score moves when the same offer is told otherwise."""
    told = metrics.get("counterfactuals")
    if not told:
        return []
    lines = [
        "## The same offer told otherwise",
        "",
        "How far log-odds move (1 is a factor of 2.7 in the odds) and how many texts change sides of the threshold",
        "when only this is another. A swap of who or where should move nothing.",
        "",
        "| changed | texts | mean move | changed sides | flagged ones that stay flagged |",
        "| --- | --- | --- | --- | --- |",
    ]
    for part in ("swaps", "perturbations"):
        for name, found in told[part].items():
            shares = [found.get(key) for key in ("sides_changed", "still_flagged")]
            cells = " | ".join("" if value is None else f"{value:.2f}" for value in shares)
            lines.append(f"| {name.replace('_', ' ')} | {found['texts']} | {found['mean_change']:.2f} | {cells} |")
    away = sorted(told["languages"]["by"].items(), key=lambda one: float(one[1]["mean_direction"]))
    return [
        *lines,
        "",
        f"The same six offers in {len(away)} languages lie {told['languages']['spread']:.2f} around their means in",
        f"log-odds; lowest in {_direction(*away[0])}, highest in {_direction(*away[-1])}.",
        "",
    ]


def away_row(name: str, found: Mapping[str, Any]) -> str:
    """One row of a table on texts that a model never saw."""
    said = "; ".join(f"{_words(key)} {value:.2f}" for key, value in found.get("flagged_at_0.02", {}).items())
    ranked = "" if found["auc"] is None else f"{found['auc']:.2f}"
    return f"| {name} | {found['rows']} | {ranked} | {said} |"


def figure_row(words: str, one: Mapping[str, float]) -> str:
    """One row of a table of figures with intervals."""
    return f"| {words} | {one['value']:.2f} | {one['low']:.2f} to {one['high']:.2f} |"


def _parted(title: str, parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        f"| {title} | texts | acted on | AUC | found at 2 % | false alarms at 2 % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in parts.items():
        if found["rows"] >= _LEAST:
            figures = [found[key] for key in ("auc", "recall_at_0.02", "alarm_at_0.02")]
            cells = " | ".join("" if value is None else f"{value:.2f}" for value in figures)
            lines.append(f"| {name.replace('_', ' ')} | {found['rows']} | {found['acted_on']} | {cells} |")
    return [*lines, ""]


def _words(key: str) -> str:
    return key.partition("_")[2].replace("_", " ")


def _direction(language: str, found: Mapping[str, float]) -> str:
    return f"{language} ({found['mean_direction']:+.2f})"
