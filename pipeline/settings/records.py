"""Settings: where things lie and what an installation has set in ``lurewatch.toml``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.errors import BadSettings

__all__ = [
    "TLP_LEVELS", "CareSettings", "ContactSettings", "ExportSettings", "IntakeSettings", "OpenIDSettings",
    "RetainSettings", "ReviewSettings", "ScoreSettings", "Settings", "TriageSettings",
]  # fmt: skip

TLP_LEVELS: Final = ("clear", "green", "amber", "amber+strict", "red")
"""The levels of the Traffic Light Protocol 2.0, those that may go furthest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """When an ad counts as gone."""

    gone_after_looks: int = 3
    """Healthy looks at a source in a row that do not show the ad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """How ads are scored."""

    workers: int | None = None
    """Cores that read ads; None: all there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageSettings:
    """What reaches the queue."""

    threshold: float | None = None
    """None: the one at which the model flags the set share of ordinary ads."""

    ordinary_flagged: float = 0.02
    """Which of the model's operating points: how many ordinary ads may be flagged."""

    audit_share: float = 0.1
    audit_least: int = 2
    uncertain_share: float = 0.05
    rule_bonus: float = 0.1
    copies_bonus: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Where the review page listens, and how long one stays signed in."""

    host: str = "127.0.0.1"
    port: int = 8600

    idle_minutes: int = 30
    """A session that was not used for so long is over."""

    session_hours: int = 10
    """So is one of this age, however much it is used."""

    double_coded: float = 0.05
    """The share of all cases on which a second analyst is asked, to measure how often two agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSettings:
    """What the desk allows whoever reads; each person may set less for themselves."""

    daily_most: int = 300
    """Cases that one person may open in 14 hours."""

    break_minutes: int = 50
    """Minutes of reading after which a break is suggested, at the latest."""

    audit_every: int = 10
    """After so many others in a row the next case is one of the random audit, if one waits; 0 for never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettings:
    """What may be done with contacts."""

    export: str = "hashes"
    """``values`` permits exports that hold the contacts themselves, where they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """What stands on referral packages that leave the house."""

    organisation: str = "An installation of lurewatch"
    """Who sends them."""

    tlp: str = "amber"
    """How far they may go; a package with contacts never goes further than ``amber``."""

    licence: str = (
        "Ad texts are their authors' and are passed on as evidence. What the sender adds may be used to act on this "
        "referral; no further publication."
    )
    """Under what terms the data may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIDSettings:
    """The OpenID provider by which people may sign in; without an issuer they have passwords alone."""

    issuer: str | None = None
    """Its own address, to the letter as it says it."""

    client_id: str | None = None
    """What it calls this desk."""

    claim: str = "preferred_username"
    """What of all that it says of a person is the name of their account here."""

    scopes: str | None = None
    """What it is asked to say; unless set, enough for the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainSettings:
    """For how long ads are kept that are gone; None: for good."""

    undecided_days: int | None = None
    """Of which nothing was decided."""

    lawful_days: int | None = None
    """Of which somebody decided that they are lawful, or no ads."""


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

    registers: Path
    """Maps of registers of licensed agencies."""

    kept_registers: Path
    """The registers that were imported here."""

    exports: Path
    """What referral packages are made by: a MISP object template, a mapping to HTCDS, a JSON Schema."""

    contact: str | None = None
    """How a site can reach us; every request carries it. Needed for every host but this machine."""

    care: CareSettings = field(default_factory=CareSettings)
    contacts: ContactSettings = field(default_factory=ContactSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    openid: OpenIDSettings = field(default_factory=OpenIDSettings)
    retain: RetainSettings = field(default_factory=RetainSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    triage: TriageSettings = field(default_factory=TriageSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)

    @property
    def own_catalogue(self) -> Path:
        """Labelled collections that this installation has added."""
        return self.local / "datasets.toml"

    @property
    def catalogues(self) -> tuple[Path, ...]:
        """What `train` learns from: the collections that came along, and this installation's own where it has any."""
        came_along = self.home / "data" / "datasets.toml"
        return (came_along, self.own_catalogue) if self.own_catalogue.is_file() else (came_along,)

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
