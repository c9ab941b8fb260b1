"""Night report: figures, and forms as text, JSON, Markdown, HTML and metrics."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import escape

from crawler.files import write_json, write_whole
from pipeline.licences.results import RESULT_WORDS, Result
from pipeline.review.model_in_service import EDITED
from pipeline.settings.console import harmless

ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
"""In a label of a metric."""

METRICS = "metrics.prom"
"""The file's name in `data/local`."""

NAMED_AT_MOST = 20
"""Changed ads that the text names for one source."""

AD_COUNTS = ("crawled", "new", "changed", "unchanged", "not_seen", "gone", "scored")

COUNTED: Final = (
    "scored", "opened", "audit", "uncertain", "unflagged", "resurfaced", "covered", "copies", "waiting", "awaiting",
    "closed",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What a night's look-ups came to."""

    ads: int = 0
    registers: int = 0
    results: Mapping[Result, int] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    """Registers that are older than their maps allow, with their day."""

    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came in from a source."""

    ads: int = 0
    """Of a batch its lines; of a night the ads found standing."""

    new: int = 0
    changed: tuple[str, ...] = ()
    """Ads whose text or terms read otherwise than before, by id."""

    changed_fields: Mapping[str, str] = field(default_factory=dict)
    """For each of them, what reads otherwise, in words."""

    unchanged: int = 0
    not_seen: tuple[str, ...] = ()
    """Ads of the source that were not shown, those that are gone by now included."""

    gone: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Why it was held back, or failed; none when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport(Brought):
    """What one source brought this night."""

    source: str
    run: str | None
    """None where its crawl came to nothing."""

    addresses: int = 0
    outcomes: Mapping[str, int]
    taken_down: int = 0
    """Of the addresses that failed, those that answered 404 or 410: what becomes of every ad, and no trouble."""

    @property
    def failed(self) -> int:
        """Addresses that were not answered, or with an error such as 503."""
        return self.outcomes.get("failed", 0) - self.taken_down

    @property
    def outcomes_in_words(self) -> str:
        """How many addresses came to what."""
        outcomes = {**self.outcomes, "failed": self.failed, "taken down": self.taken_down}
        return ", ".join(f"{count} {name}" for name, count in outcomes.items() if count) or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What one triage came to."""

    by_score: int
    by_rule: int
    audit: int
    unflagged: int
    """Texts that nothing flagged, those drawn for audit included: what recall is estimated over."""

    uncertain: int = 0
    """Opened because the model is unsure of them; never counted as audit, which must be random."""

    resurfaced: int = 0
    """Copies of decided campaigns that brought something new: cases of their own, or decided ones that wait again."""

    covered: int = 0
    """Flagged texts without a case of their own: copies of a campaign that has one."""

    @property
    def opened(self) -> int:
        """New cases, and decided ones that wait again because of a copy."""
        return self.by_score + self.by_rule + self.audit + self.uncertain + self.resurfaced


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport(Queued):
    """One night."""

    run: str
    started_at: datetime
    ended_at: datetime
    model_version: str
    taxonomy_version: str
    taxonomy_edited: bool
    """Whether the taxonomy in use is another than the model learnt from."""

    threshold: float
    sources: tuple[SourceReport, ...]
    scored: int
    reopened: int
    """Cases to review that were decided before: they changed, came back or were appealed."""

    waiting: int
    """Cases that are not closed: those to review, and those that await a second opinion."""

    awaiting: int
    closed: int
    copies: int
    """Texts that came this night and found others of their campaign."""

    campaigns_merged: int
    problems: tuple[str, ...]
    """One line each, naming the source."""

    licences: LookedUp
    """What the registers of licensed agencies said of the ads that they were not asked about before."""

    held_back: tuple[str, ...]
    """Batches of earlier nights that wait for a person to release or drop them, one line each."""

    not_due: tuple[str, ...]
    """Sources that their cards give to another night."""

    decided: int
    """Decisions since the night before: what left the queue."""

    stages: Mapping[str, float]
    """Seconds that each stage took."""

    free_mb: int
    """Megabytes that are free on the database's disk."""

    is_partial: bool
    """Whether sources were asked for by name: the whole night is still to come."""

    unusual: tuple[str, ...]
    """Sources that brought nothing for some nights, or far from their usual number of ads."""

    drift: tuple[str, ...]
    """Shares of tonight's texts that moved against the last 28 days."""

    def counts(self) -> dict[str, int]:
        """The night in numbers, as the store keeps them."""
        return {
            "sources": len(self.sources),
            "crawled": sum(source.ads for source in self.sources),
            "new": sum(source.new for source in self.sources),
            "changed": sum(len(source.changed) for source in self.sources),
            "unchanged": sum(source.unchanged for source in self.sources),
            "not_seen": sum(len(source.not_seen) for source in self.sources),
            "gone": sum(len(source.gone) for source in self.sources),
            **{name: getattr(self, name) for name in COUNTED},
            "partial": int(self.is_partial),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with lines below it, or with a table whose first row names the columns."""

    title: str
    lines: Sequence[str] = ()
    table: Sequence[Sequence[str]] = ()


def _plain(text: str) -> str:
    """One line of Markdown, in which signs that mean something there are escaped."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in " ".join(text.split()))


_FORMS: Final = Environment(
    loader=PackageLoader("pipeline.nightly", "forms"), autoescape=select_autoescape(), undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip
_FORMS.filters |= {"plain": _plain, "minute": "{:%Y-%m-%d %H:%M}".format}


def as_written(words: str, ending: str) -> str:
    """How words stand in a report whose file has this ending, such as ``.md``."""
    match ending:
        case ".json":
            return json.dumps(words, ensure_ascii=False)[1:-1]
        case ".md":
            return _plain(words)
        case ".html":
            return str(escape(words))
    return words


def as_html(title: str, sections: Sequence[Section]) -> str:
    """One page that asks for nothing from outside."""
    return _FORMS.get_template("report.html").render(title=title, sections=sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure, with a value for each set of labels."""

    name: str
    help: str
    values: Sequence[tuple[Mapping[str, str], float]]


def write_metrics(metrics: Sequence[Metric], folder: Path) -> None:
    """Write the figures so that a collector never reads half of them."""
    write_whole(folder / METRICS, as_text(metrics))


def as_text(metrics: Sequence[Metric]) -> str:
    """The figures as a collector reads them."""
    lines = []
    for metric in metrics:
        lines += [f"# HELP lurewatch_{metric.name} {metric.help}", f"# TYPE lurewatch_{metric.name} gauge"]
        for labels, value in metric.values:
            named = ",".join(f'{name}="{text.translate(ESCAPED)}"' for name, text in labels.items())
            lines.append(f"lurewatch_{metric.name}" + (f"{{{named}}} {value:g}" if named else f" {value:.15g}"))
    return "".join(f"{line}\n" for line in lines)


def report_text(report: NightReport) -> str:
    """The report as lines of text."""
    minutes = (report.ended_at - report.started_at).total_seconds() / 60
    text = _FORMS.get_template("report.txt").render(
        report=report, counts=report.counts(), minutes=minutes, edited=EDITED, words=RESULT_WORDS,
        named_at_most=NAMED_AT_MOST,
    )  # fmt: skip
    return harmless(text)


def write_report(report: NightReport, folder: Path) -> None:
    """Write the report as text, JSON, Markdown and HTML."""
    title, sections = title_of(report), report_sections(report)
    write_json(folder / f"{report.run}.json", report_record(report))
    forms = {
        "md": _FORMS.get_template("report.md").render(title=title, sections=sections),
        "html": as_html(title, sections),
        "txt": report_text(report),
    }
    for ending, text in forms.items():
        write_whole(folder / f"{report.run}.{ending}", text)


def report_record(report: NightReport) -> dict[str, object]:
    """The report for a machine."""
    return {"run": report.run, "counts": report.counts()} | asdict(report)


def title_of(report: NightReport) -> str:
    """The night and how it went, in a line."""
    found = len(report.problems)
    state = "no problems" if not found else "1 problem" if found == 1 else f"{found} problems"
    return f"Night of {report.started_at:%Y-%m-%d %H:%M} UTC: {state}, {report.opened} new cases"


def report_sections(report: NightReport) -> tuple[Section, ...]:
    """The report for a page: what a person must do first."""
    counts = report.counts()
    columns = ("source", "ads", "new", "changed", "gone", "taken down", "failed", "problems")
    sources = [
        (each.source, *map(str, (each.ads, each.new, len(each.changed), len(each.gone), each.taken_down, each.failed)),
         "; ".join(each.problems))
        for each in report.sources
    ]  # fmt: skip
    sections = (
        Section(title="Problems", lines=report.problems),
        Section(title="Held back", lines=report.held_back),
        Section(title="Not due tonight", lines=report.not_due),
        Section(title="Unusual sources", lines=report.unusual),
        Section(title="Drift against the last 28 days", lines=report.drift),
        Section(
            title="Queue",
            lines=(
                f"{report.opened} new cases: {report.by_score} by score, {report.by_rule} by rule",
                f"{report.resurfaced} resurfaced, {report.audit} for audit, {report.uncertain} uncertain",
                f"{report.decided} decided since the night before; {report.waiting} wait",
            ),
        ),
        Section(title="Ads", table=(("", "ads"), *((name, str(counts[name])) for name in AD_COUNTS))),
        Section(title="Sources", table=(columns, *sources)),
        Section(
            title="Stages",
            lines=(f"{report.free_mb} MB free on the disk",),
            table=(("stage", "seconds"), *((name, f"{seconds:.1f}") for name, seconds in report.stages.items())),
        ),
    )
    return tuple(section for section in sections if section.lines or len(section.table) > 1)


def report_metrics(report: NightReport) -> tuple[Metric, ...]:
    """The report as figures."""
    of_source: dict[str, tuple[str, Callable[[SourceReport], int]]] = {
        "source_ads": ("Ads that a source shows.", lambda each: each.ads),
        "source_new": ("Ads of a source that are new.", lambda each: each.new),
        "source_gone": ("Ads of a source that are gone.", lambda each: len(each.gone)),
        "source_taken_down": ("Addresses of a source that answer 404 or 410.", lambda each: each.taken_down),
        "source_failed": ("Addresses of a source that failed otherwise.", lambda each: each.failed),
        "source_problems": ("Problems of a source.", lambda each: len(each.problems)),
    }
    return (
        *(
            Metric(name=f"night_{name}", help=f"The last night: {name.replace('_', ' ')}.", values=[({}, count)])
            for name, count in report.counts().items()
        ),
        Metric(name="night_problems", help="Problems of the last night.", values=[({}, len(report.problems))]),
        Metric(name="night_ended", help="When it ended, Unix time.", values=[({}, report.ended_at.timestamp())]),
        Metric(name="disk_free_megabytes", help="Free on the database's disk.", values=[({}, report.free_mb)]),
        Metric(
            name="stage_seconds", help="Seconds of each stage.",
            values=[({"stage": name}, seconds) for name, seconds in report.stages.items()],
        ),
        *(
            Metric(name=name, help=words, values=[({"source": each.source}, count(each)) for each in report.sources])
            for name, (words, count) in of_source.items()
        ),
    )  # fmt: skip
