"""Metrics of the last night in Prometheus's text format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.files import whole_file

__all__ = ["METRICS", "Metric", "as_text", "write_metrics"]

METRICS = "metrics.prom"
"""The file's name in `data/local`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure, with a value for each set of labels."""

    name: str
    help: str
    values: Sequence[tuple[Mapping[str, str], float]]


def write_metrics(metrics: Sequence[Metric], folder: Path) -> Path:
    """The file's place; a collector never reads half of it."""
    with whole_file(folder / METRICS) as file:
        file.write(as_text(metrics))
    return folder / METRICS


def as_text(metrics: Sequence[Metric]) -> str:
    """The figures as a collector reads them."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP lurewatch_{metric.name} {metric.help}"
    yield f"# TYPE lurewatch_{metric.name} gauge"
    for labels, value in metric.values:
        named = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"lurewatch_{metric.name}{{{named}}} {value:g}" if named else f"lurewatch_{metric.name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
