"""Settings: where things lie and what an installation has set in ``lurewatch.toml``."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.errors import BadSettings

__all__ = [
    "CrawlSettings", "IntakeSettings", "ReviewSettings", "ScoreSettings", "Settings", "TriageSettings", "find_home",
    "load_settings",
]  # fmt: skip

FILE_NAME = "lurewatch.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSettings:
    """How we introduce ourselves."""

    contact: str | None = None
    """An address that every request carries, so that a site can reach us. Needed for every host but this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """When an ad counts as gone."""

    gone_after_looks: int = 3
    """Healthy looks at a source in a row that do not show the ad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """How ads are scored."""

    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageSettings:
    """What reaches the queue."""

    threshold: float | None = None
    """None: the operating point that the model was measured at."""

    audit_share: float = 0.1
    audit_least: int = 2
    rule_bonus: float = 0.1
    copies_bonus: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Where the review page listens."""

    host: str = "127.0.0.1"
    port: int = 8600


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that an installation can set; places are absolute."""

    home: Path
    local: Path
    """Everything written lies here; never tracked."""

    database: Path
    batches: Path
    reports: Path
    sources: Path
    taxonomy: Path
    models: Path
    """The models that came with the program."""

    local_models: Path
    """The models that this installation has trained and promoted."""

    crawl: CrawlSettings = field(default_factory=CrawlSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    triage: TriageSettings = field(default_factory=TriageSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)

    def model_folder(self) -> Path:
        """The folder of the model in service: this installation's own, or the one that came along."""
        for folder in (self.local_models, self.models):
            pointer = folder / "current"
            if not pointer.is_file():
                continue
            name = pointer.read_text(encoding="utf-8").strip()
            for parent in (folder, self.models):
                if name and (parent / name).is_dir():
                    return parent / name
            raise BadSettings(f"{pointer}: names {name!r}; expected a folder beside it")
        raise BadSettings(f"{self.models / 'current'}: missing; expected a file that names the model in service")


SECTIONS = {
    "crawl": CrawlSettings,
    "intake": IntakeSettings,
    "score": ScoreSettings,
    "triage": TriageSettings,
    "review": ReviewSettings,
}
PLACES = {
    "local": "data/local",
    "database": "data/local/lurewatch.db",
    "batches": "data/local/batches",
    "reports": "data/local/reports",
    "sources": "data/sources",
    "taxonomy": "data/taxonomy",
    "models": "data/models",
    "local_models": "data/local/models",
}
BOUNDS = {
    "intake.gone_after_looks": (1, 1000),
    "score.workers": (1, 256),
    "triage.threshold": (0.0, 1.0),
    "triage.audit_share": (0.0, 0.9),
    "triage.audit_least": (0, 10_000),
    "triage.rule_bonus": (0.0, 10.0),
    "triage.copies_bonus": (0.0, 10.0),
    "review.port": (0, 65_535),
}


def find_home(environ: Mapping[str, str], cwd: Path) -> Path:
    """The folder that holds ``data/``: the one that ``LUREWATCH_HOME`` names, else the nearest around the working
    directory, else the one that this program was installed from."""
    named = environ.get("LUREWATCH_HOME")
    if named:
        if not Path(named).is_dir():
            raise BadSettings(f"LUREWATCH_HOME: {named!r} is not a folder")
        return Path(named).resolve()
    for folder in (cwd, *cwd.parents):
        if (folder / "data" / "taxonomy").is_dir():
            return folder.resolve()
    return Path(__file__).resolve().parent.parent


def load_settings(home: Path) -> Settings:
    """The settings of this home; ``lurewatch.toml`` may be absent, and so may every key in it."""
    path = home / FILE_NAME
    given = _read(path) if path.is_file() else {}
    _refuse_unknown(given, (*SECTIONS, "places"), path, "section")
    places = _section(given, "places", path)
    _refuse_unknown(places, tuple(PLACES), path, "places.")
    chosen = {name: home / _place(places.get(name, default), name, path) for name, default in PLACES.items()}
    sections = {name: _build(kind, name, _section(given, name, path), path) for name, kind in SECTIONS.items()}
    return Settings(home=home, **chosen, **sections)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise BadSettings(f"{path}: expected TOML ({err})") from err


def _section(given: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = given.get(name, {})
    if not isinstance(section, dict):
        raise BadSettings(f"{path}: {name}: expected a section, as [{name}]")
    return section


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...], path: Path, where: str) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise BadSettings(f"{path}: {where.rstrip('.')} {key!r}: unknown; {hint}")


def _place(value: object, name: str, path: Path) -> str:
    if not isinstance(value, str) or not value:
        raise BadSettings(f"{path}: places.{name}: expected a path, found {json.dumps(value, default=str)}")
    return value


def _build(kind: type[Any], section: str, given: dict[str, Any], path: Path) -> Any:
    _refuse_unknown(given, tuple(each.name for each in fields(kind)), path, f"{section}.")
    return kind(**{key: _value(kind, f"{section}.{key}", given[key], path) for key in given})


def _value(kind: type[Any], name: str, value: object, path: Path) -> object:
    wanted = str(kind.__annotations__[name.split(".")[1]])
    expected, types = "text", (str,)
    if "float" in wanted:
        expected, types = "a number", (int, float)
    elif "int" in wanted:
        expected, types = "a whole number", (int,)
    if not isinstance(value, types) or isinstance(value, bool):
        raise BadSettings(f"{path}: {name}: expected {expected}, found {json.dumps(value, default=str)}")
    low, high = BOUNDS.get(name, (None, None))
    if low is not None and high is not None and not low <= value <= high:  # type: ignore[operator]
        raise BadSettings(f"{path}: {name}: expected {expected} from {low} to {high}, found {value}")
    return value
