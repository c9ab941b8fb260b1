"""The model card: what a model learnt from, what it is for, how well it does and where it fails, for an analyst."""

from collections.abc import Mapping
from typing import Any, Final

from model.evaluation.card_tables import away_row, counterfactuals, facets, figure_row, languages, later, nights

__all__ = ["thresholds", "write_card"]

_FIGURES: Final = (
    ("Found, of what should be found, when 2 in 100 ordinary ads are flagged", (
        ("found_whole_lures_at_0.02", "complete lures quoted from the web"),
        ("found_quoted_lures_at_0.02", "all quoted lures, phrases included"),
        ("found_contrast_lures_at_0.02", "invented lures of the contrast groups"),
        ("found_frauds_outside_emscad_at_0.02", "job frauds, EMSCAD apart"),
        ("found_emscad_frauds_at_0.02", "job frauds of EMSCAD"),
    )),
    ("Flagged though they should not be, at the same threshold", (
        ("alarm_quoted_look_alikes_at_0.02", "lawful look-alikes quoted from the web"),
        ("alarm_invented_look_alikes_at_0.02", "lawful look-alikes, invented"),
        ("alarm_lawful_twins_chat_at_0.02", "lawful twins written as chat messages"),
        ("alarm_lawful_twins_board_at_0.02", "lawful twins written as board ads"),
        ("alarm_emscad_lawful_at_0.02", "lawful ads of EMSCAD"),
        ("alarm_ordinary_ads_at_0.02", "ordinary ads, of boards that do not set the threshold too"),
        ("alarm_warnings_and_news_at_0.02", "warnings, advice and news"),
        ("alarm_ordinary_messages_at_0.02", "ordinary messages"),
    )),
    ("The dangerous twin scores above the lawful one", (
        ("twins_chat", "both chat messages"),
        ("twins_board", "both board ads"),
        ("twins_board_over_chat", "dangerous on a board, lawful in a chat"),
    )),
    ("Ranking and calibration", (
        ("average_precision", "average precision"),
        ("auc", "AUC"),
        ("contrast_auc", "AUC within the contrast groups"),
        ("emscad_average_precision", "average precision, EMSCAD"),
        ("emscad_auc", "AUC, EMSCAD"),
        ("emscad_auc_one_per_template", "AUC, EMSCAD, one ad of each template"),
        ("calibration_error", "expected calibration error"),
        ("brier", "Brier score"),
        ("saved_work_at_0.95", "work saved over reading at random, 95 in 100 found (WSS@95)"),
        ("found_after_0.1", "found once a tenth is read (RRF@10)"),
        ("time_to_discovery", "mean share read until a text to act on is found (ATD)"),
    )),
)  # fmt: skip

_PURPOSE: Final = """# Model card: {version}

**What it does.** It reads a job ad or a message and says how likely a reviewer is to act on it, with the words and the
indicators that made it say so. It orders a queue; people decide. It never says that an ad *is* trafficking.

**What it is not for.** Not for referring, blocking or reporting anybody without a person's decision. Not for judging
people who look for work or who post ads: an indicator describes the offer, never the person.

**How it works.** A logistic regression over hashed n-grams of the words and over the indicators of taxonomy
`{taxonomy}`. The score is an exact sum in log-odds. The model keeps numbers, not the texts that it learnt from.

**Read the score with care.** {acted_on} of the rows it learnt from are acted on. On an ordinary board it is far fewer,
so there a score of 0.5 is not an even chance. What a threshold means is said below in shares of ordinary ads flagged.
"""


def write_card(metrics: Mapping[str, Any], training: Mapping[str, Any], taxonomy_version: str) -> str:
    """The card as Markdown; ``{version}`` stands where the model's version goes."""
    purpose = _PURPOSE.replace("{taxonomy}", taxonomy_version).replace("{acted_on}", _share(metrics["acted_on"]))
    parts = [_how_well, nights, _unseen, later, languages, facets, counterfactuals]
    return "\n".join([purpose, *(line for part in parts for line in part(metrics)), *_learnt_from(training)])


def _how_well(metrics: Mapping[str, Any]) -> list[str]:
    lines = [
        "## How well it does",
        "",
        "Measured on texts whose group (near-duplicates, twins, one page's quotations) was held out, with 95 %",
        "intervals over groups. The invented texts come from few hands: believe the real ones more.",
        "",
    ]
    for title, figures in _FIGURES:
        known = [(metrics["headline"][key], words) for key, words in figures if key in metrics["headline"]]
        if known:
            lines += [f"### {title}", "", "| | figure | interval |", "| --- | --- | --- |"]
            lines += [figure_row(words, one) for one, words in known]
            lines.append("")
    return [*lines, *thresholds(metrics)]


def thresholds(metrics: Mapping[str, Any]) -> list[str]:
    """What each threshold flags of boards that it was set on, and what of a new one."""
    if not metrics["operating_points"]:
        return []
    lines = [
        "### Thresholds",
        "",
        "A board that the model never saw gets more than its share, until ads like its own are learnt from.",
        "",
        "| ordinary ads flagged | score | of a new board, from the least to the most |",
        "| --- | --- | --- |",
    ]
    for one in metrics["operating_points"]:
        new = _of_new_boards(metrics["left_out"], f"flagged_at_{one['ordinary_flagged']:g}")
        told = f"{100 * min(new):.0f} to {100 * max(new):.0f} %" if new else ""
        lines.append(f"| {100 * one['ordinary_flagged']:g} % | {one['threshold']:.4f} | {told} |")
    return [*lines, ""]


def _of_new_boards(left_out: Mapping[str, Any], flagged: str) -> list[float]:
    """The share flagged of each collection of ordinary ads alone that was left out."""
    found = [one.get(flagged, {}) for one in left_out.values()]
    return [shares["alarm_ordinary_ads"] for shares in found if shares.keys() == {"alarm_ordinary_ads"}]


def _unseen(metrics: Mapping[str, Any]) -> list[str]:
    lines = [
        "## On collections it never saw",
        "",
        "Trained again without each collection in turn: this is what a new board or a new kind of text gets.",
        "Shares flagged at the threshold that flags 2 in 100 ordinary ads of the others.",
        "",
        "| left out | texts | AUC | flagged at 2 % |",
        "| --- | --- | --- | --- |",
    ]
    return [*lines, *(away_row(name, found) for name, found in metrics["left_out"].items()), ""]


def _learnt_from(training: Mapping[str, Any]) -> list[str]:
    lines = ["## What it learnt from", ""]
    for one in training["datasets"]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in one["kinds"].items())
        lines += [f"- **{one['title']}** (`{one['name']}`): {kinds}. {one['notes']} Licence: {one['licence']}."]
    if training["absent"]:
        lines += ["", f"Not on the machine that trained it, so left out: {', '.join(training['absent'])}."]
    if known := training.get("with_facts"):
        lines += [
            "",
            f"Of {known} ads something beside their words was known (contacts, changes); it counts too.",
        ]
    return [*lines, "", f"Seed {training['seed']}. Checksums of every file stand in `manifest.json`.", ""]


def _share(value: float) -> str:
    return f"{100 * value:.0f} in 100"
