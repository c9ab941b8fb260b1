"""Notification channels: mail, webhook, command, and a ping after a good night.

Each is optional, has a time limit, and fails by itself. What is said of a failure names the channel and its host, never
an address with its path: that of a webhook is a secret.
"""

import json
import os
import shlex
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import NotifySettings

__all__ = ["MAIL_PASSWORD", "MAIL_SECRET", "Notification", "send_notification"]

SECONDS: Final = 30.0
"""For one exchange with a server, and for the command."""

MAIL_PASSWORD, MAIL_SECRET = "LUREWATCH_MAIL_PASSWORD", "mail.secret"
"""The variable, or the file in `data/local`, with the mail account's password; it never stands in the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is to be said."""

    subject: str
    text: str
    html: str
    record: Mapping[str, object]
    """The same for a machine."""

    is_good: bool
    """Nothing needs a person: `notify.when = "problems"` sends none of these, and only these ping."""


def send_notification(settings: NotifySettings, notification: Notification, *, local: Path) -> tuple[str, ...]:
    """What went wrong on the way, one line for each channel; empty where all that is set up was reached."""
    return tuple(_try_each(_channels(settings, notification, local)))


def _channels(
    settings: NotifySettings, notification: Notification, local: Path
) -> Iterator[tuple[str, Callable[[], None]]]:
    if settings.when == "always" or not notification.is_good:
        if settings.mail_to:
            yield f"mail by {settings.mail_host}", lambda: _send_mail(settings, notification, local)
        if (webhook := settings.webhook) is not None:
            yield f"webhook at {urlsplit(webhook).hostname}", lambda: _ask(webhook, notification.record)
        if (command := settings.command) is not None:
            yield f"command {shlex.split(command)[0]}", lambda: _run(command, notification)
    if notification.is_good and (ping := settings.ping) is not None:
        yield f"ping to {urlsplit(ping).hostname}", lambda: _ask(ping, None)


def _try_each(channels: Iterator[tuple[str, Callable[[], None]]]) -> Iterator[str]:
    for name, send in channels:
        try:
            send()
        except HTTPError as err:
            err.close()
            yield f"{name}: answered {err.code}"
        except smtplib.SMTPException as err:
            yield f"{name}: {type(err).__name__}"  # its words may hold an address
        except subprocess.CalledProcessError as err:
            yield f"{name}: exit code {err.returncode}"
        except subprocess.TimeoutExpired:
            yield f"{name}: did not end within {SECONDS:g} seconds"
        except (OSError, HTTPException, ValueError) as err:
            reason = getattr(err, "reason", None) or getattr(err, "strerror", None) or type(err).__name__
            yield f"{name}: {reason}"
        except Exception as err:  # noqa: BLE001 - a notification never costs the night
            yield f"{name}: {type(err).__name__}"


def _send_mail(settings: NotifySettings, notification: Notification, local: Path) -> None:
    message = EmailMessage()
    message["Subject"] = notification.subject
    message["From"] = settings.mail_from or settings.mail_to
    message["To"] = settings.mail_to
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notification.text)
    message.add_alternative(notification.html, subtype="html")
    host, _, port = settings.mail_host.partition(":")
    context = ssl.create_default_context()
    if settings.mail_security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port or 465), timeout=SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, int(port or 25), timeout=SECONDS)
    with connection:
        if settings.mail_security == "starttls":
            connection.starttls(context=context)
        if settings.mail_user:
            connection.login(settings.mail_user, _password(local))
        connection.send_message(message)


def _password(local: Path) -> str:
    if named := os.environ.get(MAIL_PASSWORD):
        return named
    path = local / MAIL_SECRET
    refuse_if_others_may_read(path, "password")
    return path.read_text(encoding="utf-8").strip()


class _NoRedirect(HTTPRedirectHandler):
    """A webhook that moved is set anew by a person: what it is told goes nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _ask(address: str, record: Mapping[str, object] | None) -> None:
    body = json.dumps(record, ensure_ascii=False, default=str).encode() if record is not None else None
    headers = {"User-Agent": "lurewatch"} | ({"Content-Type": "application/json"} if body else {})
    opener = build_opener(_NoRedirect, HTTPSHandler(context=ssl.create_default_context()), ProxyHandler())
    with opener.open(Request(address, data=body, headers=headers), timeout=SECONDS) as response:  # noqa: S310 - http(s)
        response.read(1 << 16)


def _run(command: str, notification: Notification) -> None:
    subprocess.run(  # noqa: S603 - the operator's own command, without a shell
        shlex.split(command), check=True, timeout=SECONDS,
        input=json.dumps(notification.record, ensure_ascii=False, default=str).encode(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
