"""Settings of an installation: places, and sections of ``lurewatch.toml``.

A setting that is no plain text says beside its type what it may hold.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from crawler.sources.card import Key
from pipeline.errors import BadSettings

TLP_LEVELS: Final = ("clear", "green", "amber", "amber+strict", "red")
"""The levels of the Traffic Light Protocol 2.0, those that may go furthest first."""

SECOND_FACTOR_POLICIES: Final = ("administrators", "everyone", "optional")
"""Who must have a second factor; anybody may."""


def _whole(least: int, most: int) -> Key:
    return Key("whole number", least=least, most=most)


def _number(most: float) -> Key:
    return Key("number", least=0, most=most)


def _one_of(*words: str) -> Key:
    return Key("text", pattern="|".join(map(re.escape, words)), like=f"one of {', '.join(words)}")


_WEB_ADDRESS: Final = Key(
    "text", pattern=r"(?a)https?://[^\s/@]+(/\S*)?", like="an http or https address without a user name",
    is_secret=True,
)  # fmt: skip
_MAIL_ADDRESS: Final = Key("text", pattern=r"[^\s@,<>]+@[^\s@,<>]+", like="one e-mail address")
_HOST: Final = Key("text", pattern=r"(?a)[\w.-]+(:\d{1,5})?", like="a host, or host:port")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """When an ad counts as gone."""

    gone_after_batches: Annotated[int, _whole(1, 1000)] = 3
    """Healthy batches in a row that do not show the ad, where the batch itself does not say that it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightSettings:
    """When a night may begin, and after how long `status --check` warns."""

    free_mb: Annotated[int, _whole(0, 10_000_000)] = 200
    """Megabytes that must be free on the disk before a night begins."""

    backup_days: Annotated[int, _whole(0, 3650)] = 8
    """Days after which `status --check` calls the newest backup too old; 0 for never."""

    quiet_nights: Annotated[int, _whole(1, 365)] = 3
    """Nights in a row that read a source and found nothing new, after which the report names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Whom backups are encrypted for."""

    recipient: str | None = None
    """The public key, `age1...`, that `lurewatch backup --new-identity FILE` prints; unless set, nothing is
    encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Who hears of a night, and how. Each channel is optional; `lurewatch notify` tries those that are set up."""

    when: Annotated[str, _one_of("always", "problems")] = "always"
    """`always`, or `problems`, which sends mail, webhook and command only where a person is needed."""

    mail_to: Annotated[str | None, _MAIL_ADDRESS] = None
    """The address that gets the report by mail."""

    mail_from: Annotated[str | None, _MAIL_ADDRESS] = None
    """The sender's address; unless set, that of `mail_to`."""

    mail_host: Annotated[str, _HOST] = "localhost"
    """The mail server, with its port if that is unusual, such as `mail.example.org:587`."""

    mail_security: Annotated[str, _one_of("none", "starttls", "tls")] = "none"
    """`tls`, `starttls`, or `none` for a server on this machine."""

    mail_user: str | None = None
    """The account on the mail server; its password is in `$LUREWATCH_MAIL_PASSWORD` or `data/local/mail.secret`."""

    webhook: Annotated[str | None, _WEB_ADDRESS] = None
    """An address that gets the report as JSON."""

    command: str | None = None
    """A program that gets the report as JSON on its standard input. No shell reads this line."""

    ping: Annotated[str | None, _WEB_ADDRESS] = None
    """An address that is asked for after a good night alone, so that a monitor notices when none comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """How ads are scored."""

    workers: Annotated[int | None, _whole(1, 256)] = None
    """Cores that `score`, the scoring of a night, and the reading of partners' files use; all of them unless set. A few
    hundred ads are read on one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageSettings:
    """What reaches the queue."""

    threshold: Annotated[float | None, _number(1)] = None
    """The score from which a case is opened; unless set, the model's own threshold for `ordinary_flagged`."""

    ordinary_flagged: Annotated[float, _number(1)] = 0.02
    """The share of ordinary ads that may be flagged; one of the operating points in the model's `metrics.json`."""

    audit_share: Annotated[float, _number(0.9)] = 0.1
    """The share of a night's new cases that is drawn at random from unflagged ads; 0 draws none."""

    audit_least: Annotated[int, _whole(0, 10_000)] = 2
    """The least number of such cases a night."""

    uncertain_share: Annotated[float, _number(0.9)] = 0.05
    """The share of a night's new cases that are unflagged texts nearest to the threshold; with `audit_share` at most
    0.9."""

    blind_share: Annotated[float, _number(1)] = 0.1
    """The share of the other new cases that are shown without score and marks until they are decided, as those drawn at
    random are."""

    rule_bonus: Annotated[float, _number(10)] = 0.1
    """What a rule that was met adds to a case's priority."""

    copies_bonus: Annotated[float, _number(10)] = 0.05
    """What each doubling of a campaign's copies adds to a case's priority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Where the review page listens, and how long one stays signed in."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: Annotated[int, _whole(0, 65_535)] = 8600
    """The port to listen on; 0 for any that is free."""

    idle_minutes: Annotated[int, _whole(1, 1440)] = 30
    """Minutes without use after which a session ends."""

    session_hours: Annotated[int, _whole(1, 72)] = 10
    """Hours after which a session ends, used or not."""

    double_coded: Annotated[float, _number(1)] = 0.5
    """The share of cases on which a second analyst is asked whatever the first one said. Agreement is measured there.
    Being asked makes a likely lure at most 1 / share times as likely; 1 makes it say nothing."""

    second_factor: Annotated[str, _one_of(*SECOND_FACTOR_POLICIES)] = "administrators"
    """Who must show a code from their telephone besides the password: `administrators`, `everyone`, or `optional`,
    which asks nobody who has not set it up. Where the OpenID provider signs people in, it asks instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSettings:
    """Limits for people who read cases; each person may set lower ones for themselves."""

    daily_most: Annotated[int, _whole(1, 100_000)] = 300
    """Cases that one person may open in 14 hours."""

    break_minutes: Annotated[int, _whole(5, 1440)] = 50
    """Minutes of reading after which the page suggests a break."""

    audit_every: Annotated[int, _whole(0, 1000)] = 10
    """After so many other cases in a row the next one is from the random audit, if one waits; 0 for never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettings:
    """What may be done with contacts."""

    export: Annotated[str, _one_of("hashes", "values")] = "hashes"
    """`hashes`, or `values`, which permits exports with the contacts themselves where they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """What referral packages say of their sender and terms."""

    organisation: str = "An installation of lurewatch"
    """The sender's name."""

    tlp: Annotated[str, _one_of(*TLP_LEVELS)] = "amber"
    """The level of the Traffic Light Protocol: `clear`, `green`, `amber`, `amber+strict` or `red`. A package with
    contacts is `amber` or stricter."""

    licence: str = (
        "Ad texts are their authors' and are passed on as evidence. What the sender adds may be used to act on this "
        "referral; no further publication."
    )
    """The terms under which the data may be used, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIDSettings:
    """The OpenID provider for signing in; without an issuer there are passwords alone."""

    issuer: str | None = None
    """The provider's address, exactly as its own metadata gives it."""

    client_id: str | None = None
    """The name under which the provider knows this installation."""

    claim: str = "preferred_username"
    """The claim that is the name of a person's account. `email` counts only where the provider has verified it."""

    scopes: str | None = None
    """The scopes to ask for, `openid` among them; unless set `openid profile`, or `openid email` for `email`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainSettings:
    """After how many days `lurewatch retain` removes ads that are gone; unless set, never."""

    undecided_days: Annotated[int | None, _whole(1, 36_500)] = None
    """Days for ads that nobody decided."""

    lawful_days: Annotated[int | None, _whole(1, 36_500)] = None
    """Days for ads that were decided as a lawful offer or as no ad; the decision stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that an installation can set; places are absolute."""

    home: Path
    local: Path
    """The folder of everything that is written; git does not track it."""

    database: Path
    """The database."""

    batches: Path
    """Batches, one folder a source."""

    reports: Path
    """Reports of the nights."""

    sources: Path
    """Source cards."""

    taxonomy: Path
    """The taxonomy."""

    models: Path
    """The models that came with the program."""

    local_models: Path
    """The models that this installation has trained and promoted."""

    registers: Path
    """Maps of registers of licensed agencies."""

    imported_registers: Path
    """The registers that were imported here."""

    exports: Path
    """What referral packages are made by: a MISP object template, a mapping to HTCDS, a JSON Schema."""

    contact: str | None = None
    """An e-mail or web address by which a site can reach you. Every request carries it; without it no foreign host is
    crawled."""

    frontier: str | None = None
    """The address of a Redis, such as `redis://10.0.0.5:6379/0`, where several machines share the crawl of each source;
    unless set, one machine reads a source alone."""

    backup: BackupSettings = field(default_factory=BackupSettings)
    care: CareSettings = field(default_factory=CareSettings)
    contacts: ContactSettings = field(default_factory=ContactSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    night: NightSettings = field(default_factory=NightSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    openid: OpenIDSettings = field(default_factory=OpenIDSettings)
    retain: RetainSettings = field(default_factory=RetainSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    triage: TriageSettings = field(default_factory=TriageSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)

    @property
    def keys(self) -> tuple[Path, Path]:
        """The keys that a backup can take along: of the database's contacts, beside it, and of sessions."""
        return self.database.parent / "contacts.key", self.local / "review.key"

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
            name = pointer.read_text(encoding="utf-8", errors="replace").strip()
            for parent in (folder, self.models):
                if name and (parent / name).is_dir():
                    return parent / name
            raise BadSettings(f"{pointer}: names {name!r}; expected a folder beside it")
        raise BadSettings(f"{self.models / 'current'}: missing; expected a file that names the model in service")
