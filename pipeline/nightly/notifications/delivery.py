"""Delivery of notifications after a night, and a note of undelivered ones."""

import json
from datetime import datetime
from html import escape
from pathlib import Path

import structlog

from crawler.files import whole_file
from pipeline.nightly.notifications.channels import Notification, send_notification
from pipeline.nightly.notifications.pages import as_html
from pipeline.nightly.notifications.report import NightReport, report_lines, report_record, report_sections, title_of
from pipeline.settings.records import Settings

__all__ = ["deliver", "notification_of", "notification_of_failure", "trial_notification", "undelivered"]

log = structlog.get_logger()

LAST = "last-notification.json"
"""In `data/local`: when a notification was last sent, and what went wrong."""


def notification_of(report: NightReport) -> Notification:
    """What is said of a night that ended."""
    title = title_of(report)
    return Notification(
        subject=f"lurewatch: {title}",
        text="".join(f"{line}\n" for line in report_lines(report)),
        html=as_html(title, report_sections(report)),
        record={"event": "night ended", "title": title} | report_record(report),
        is_good=not report.problems,
    )


def notification_of_failure(reason: str, *, at: datetime) -> Notification:
    """What is said of a night that did not come to its end."""
    text = f"The night of {at:%Y-%m-%d %H:%M} UTC failed: {reason}\nRun `lurewatch nightly` again: it is resumed.\n"
    return Notification(
        subject=f"lurewatch: the night of {at:%Y-%m-%d %H:%M} UTC failed",
        text=text,
        html=f'<!doctype html><html lang="en"><body><p>{escape(text)}</p></body></html>\n',
        record={"event": "night failed", "at": at.isoformat(), "reason": reason},
        is_good=False,
    )


def trial_notification(*, at: datetime) -> Notification:
    """A notification that only tries the channels. It counts as good, so that the ping is tried, too."""
    text = "This is a trial of lurewatch's notifications. Nothing happened.\n"
    return Notification(
        subject="lurewatch: trial of the notifications",
        text=text,
        html=f'<!doctype html><html lang="en"><body><p>{text}</p></body></html>\n',
        record={"event": "trial", "at": at.isoformat()},
        is_good=True,
    )


def deliver(settings: Settings, notification: Notification, *, at: datetime) -> tuple[str, ...]:
    """What did not arrive, one line for each channel. It is kept for `status --check`, and never raised."""
    failures = send_notification(settings.notify, notification, local=settings.local)
    for failure in failures:
        log.warning("notification not delivered", channel=failure)
    try:
        with whole_file(settings.local / LAST) as file:
            file.write(json.dumps({"at": at.isoformat(), "failures": failures}, indent=2) + "\n")
    except OSError as err:  # a full disk is often what the notification is about
        log.warning("notification not noted", error=err.strerror)
    return failures


def undelivered(local: Path) -> tuple[str, ...]:
    """What did not arrive the last time."""
    try:
        return tuple(str(each) for each in json.loads((local / LAST).read_text(encoding="utf-8"))["failures"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()
