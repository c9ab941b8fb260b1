"""Units of systemd and lines of cron for nights, check, backups and review page."""

import re
import shlex
import sys
from pathlib import Path
from typing import Final

from pipeline.errors import BadSettings
from pipeline.settings.records import Settings

__all__ = ["units_of"]

HARDENED: Final = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallFilter=@system-service
UMask=0077
CacheDirectory=lurewatch
Environment=LUREWATCH_CACHE=/var/cache/lurewatch
"""
"""What a service of this program needs no right for."""


def units_of(kind: str, settings: Settings, *, hour: str) -> dict[str, str]:
    """The files by their names. Raises ``BadSettings`` for a time of day that is none."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", hour):
        raise BadSettings(f"--at {hour}: expected a time of day such as 02:00")
    program = Path(sys.executable).with_name("lurewatch")
    return _cron(program, settings, hour) if kind == "cron" else _systemd(program, settings, hour)


def _systemd(program: Path, settings: Settings, hour: str) -> dict[str, str]:
    jobs = {
        "lurewatch-nightly": ("nightly", "A night of lurewatch", hour),
        "lurewatch-check": ("status --check", "The health of lurewatch", "08:00"),
        "lurewatch-backup": ("backup --keep 14 --weekly 8", "A backup of lurewatch", "12:00"),
    }
    units = {}
    for name, (command, what, at) in jobs.items():
        # Exit code 1 is "done, with something to report": the check alone fails by it, for OnFailure to hear of it.
        success = "" if name == "lurewatch-check" else "SuccessExitStatus=1\n"
        unit = _service(program, settings, command, f"Type=oneshot\n{success}")
        units[f"{name}.service"] = f"[Unit]\nDescription={what}\nOnFailure=lurewatch-failed@%n.service\n{unit}"
        units[f"{name}.timer"] = (
            f"[Unit]\nDescription={what}, each day\n\n[Timer]\nOnCalendar=*-*-* {at}:00\nPersistent=true\n"
            f"RandomizedDelaySec=300\n\n[Install]\nWantedBy=timers.target\n"
        )
    page = _service(program, settings, "review", "Type=exec\nRestart=on-failure\n")
    units["lurewatch-review.service"] = (
        f"[Unit]\nDescription=The review page of lurewatch\n{page}\n[Install]\nWantedBy=multi-user.target\n"
    )
    units["lurewatch-failed@.service"] = (
        "[Unit]\nDescription=Says that %i failed\n\n[Service]\nType=oneshot\n"
        'ExecStart=/usr/bin/logger --priority user.err --tag lurewatch "%i failed: journalctl --unit %i"\n'
    )
    return units


def _service(program: Path, settings: Settings, command: str, kind: str) -> str:
    writable = dict.fromkeys((settings.local, settings.database.parent, settings.batches, settings.reports))
    paths = " ".join(_quoted(str(place)) for place in writable)
    return (
        "After=network-online.target\nWants=network-online.target\n\n"
        f"[Service]\n{kind}User=lurewatch\nExecStart={_quoted(str(program))} {command}\n"
        f"WorkingDirectory={str(settings.home).replace('%', '%%')}\n"
        f"Environment={_quoted(f'LUREWATCH_HOME={settings.home}')}\nReadWritePaths={paths}\n{HARDENED}"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if re.search(r"\s", text) else escaped


def _cron(program: Path, settings: Settings, hour: str) -> dict[str, str]:
    hours, minutes = hour.split(":")
    command = shlex.quote(str(program)).replace("%", r"\%")
    lines = [
        "# For `crontab -`. A night that still runs keeps the next one from beginning; what fails is mailed by cron.",
        f"LUREWATCH_HOME={settings.home}",
        f"{int(minutes)} {int(hours)} * * * {command} nightly",
        f"0 8 * * * {command} status --check || exit 1",
        f"0 12 * * * {command} backup --keep 14 --weekly 8",
    ]
    return {"lurewatch.cron": "\n".join(lines) + "\n"}
