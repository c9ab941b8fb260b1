"""Notifications after nights and to analysts: mail, webhook, command, ping.

Each is optional, has a time limit, and fails by itself. The line on a failure names the channel and its host, never
an address with its path: that of a webhook is a secret.
"""

import json
import os
import shlex
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

import structlog

from crawler.errors import InUse
from crawler.files import write_json
from pipeline.accounts.analysts import may
from pipeline.errors import BadSettings, message_of
from pipeline.linking.redaction import hide_contacts
from pipeline.nightly.report import (
    NightReport,
    Section,
    as_html,
    report_record,
    report_sections,
    report_text,
    title_of,
)
from pipeline.settings.console import in_one_line
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import NotifySettings, Settings

if TYPE_CHECKING:
    from pipeline.store.store import Store


log = structlog.get_logger()

SECONDS: Final = 30.0
"""For one exchange with a server, and for the command."""

AT_MOST: Final = 120.0
"""For all of a channel: a server that sends a byte now and then would be listened to for days, and no night begin."""

MAIL_PASSWORD, MAIL_SECRET = "LUREWATCH_MAIL_PASSWORD", "mail.secret"
"""The variable, or the file in `data/local`, with the mail account's password; it never stands in the settings."""

LAST = "last-notification.json"
"""In `data/local`: when a notification was last sent, and what went wrong."""

WORDS: Final = {
    "mentions": "mentioned", "assigned": "assigned", "second_opinions": "second opinion", "to_settle": "to settle",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is to be said."""

    subject: str
    text: str
    html: str
    record: Mapping[str, object]
    """The same for a machine."""

    is_good: bool
    """Nothing needs a person: `notify.when = "problems"` sends none of these."""

    pings: bool = False


def send_notification(settings: NotifySettings, notification: Notification, *, local: Path) -> tuple[str, ...]:
    """What went wrong on the way, one line for each channel; empty where all that is set up was reached."""
    failures = []
    for name, send in _channels(settings, notification, local):
        try:
            _in_time(send)
        except HTTPError as err:
            err.close()
            failures.append(f"{name}: answered {err.code}")
        except smtplib.SMTPException as err:
            failures.append(f"{name}: {type(err).__name__}")  # its words may hold an address
        except BadSettings as err:
            failures.append(f"{name}: {err}")
        except subprocess.CalledProcessError as err:
            failures.append(f"{name}: exit code {err.returncode}")
        except subprocess.TimeoutExpired:
            failures.append(f"{name}: did not end within {SECONDS:g} seconds")
        except Exception as err:  # noqa: BLE001 - a notification never costs the night
            cause = getattr(err, "reason", None) or err  # of an address that cannot be reached, why not
            failures.append(f"{name}: {getattr(cause, 'strerror', None) or type(cause).__name__}")
    return tuple(failures)


def _in_time(send: Callable[[], object]) -> None:
    """Send, or raise ``TimeoutError``; what hangs is left to a thread that ends with the program."""
    done = Future[object]()

    def run() -> None:
        try:
            done.set_result(send())
        except BaseException as err:  # noqa: BLE001 - raised again below
            done.set_exception(err)

    Thread(target=run, daemon=True).start()
    done.result(AT_MOST)


def _channels(
    settings: NotifySettings, notification: Notification, local: Path
) -> Iterator[tuple[str, Callable[[], object]]]:
    if settings.when == "always" or not notification.is_good:
        if settings.mail_to:
            yield f"mail by {settings.mail_host}", lambda: _send_mail(settings, notification, local)
        if (webhook := settings.webhook) is not None:
            yield f"webhook at {urlsplit(webhook).hostname}", lambda: _ask(webhook, notification.record)
        if (command := settings.command) is not None:
            words = shlex.split(command)  # the operator's own command, without a shell
            yield f"command {words[0]}", lambda: subprocess.run(  # noqa: S603 - the operator's own command
                words, check=True, timeout=SECONDS, input=_as_json(notification.record), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
    if notification.pings and (ping := settings.ping) is not None:
        yield f"ping to {urlsplit(ping).hostname}", lambda: _ask(ping, None)


def _send_mail(settings: NotifySettings, notification: Notification, local: Path) -> None:
    message = EmailMessage()
    message["Subject"] = notification.subject
    message["From"] = settings.mail_from or settings.mail_to
    message["To"] = settings.mail_to
    message["Date"] = format_datetime(localtime())  # some servers refuse a mail without these two
    message["Message-ID"] = make_msgid(domain=message["From"].rpartition("@")[2])
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
            password = os.environ.get(MAIL_PASSWORD)
            if not password:
                if not (secret := local / MAIL_SECRET).is_file():
                    raise BadSettings(f"expected the password of {settings.mail_user} in ${MAIL_PASSWORD} or {secret}")
                refuse_if_others_may_read(secret, "password")
                password = secret.read_text(encoding="utf-8").strip()
            connection.login(settings.mail_user, password)
        connection.send_message(message)


class _NoRedirect(HTTPRedirectHandler):
    """A webhook that moved is set anew by a person: what it is told goes nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _ask(address: str, record: Mapping[str, object] | None) -> None:
    body = _as_json(record) if record is not None else None
    headers = {"User-Agent": "lurewatch"} | ({"Content-Type": "application/json"} if body else {})
    opener = build_opener(_NoRedirect, HTTPSHandler(context=ssl.create_default_context()), ProxyHandler())
    with opener.open(Request(address, data=body, headers=headers), timeout=SECONDS) as response:  # noqa: S310 - http(s)
        response.read(1 << 16)


def _as_json(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=False, default=datetime.isoformat).encode()


def notification_of(report: NightReport) -> Notification:
    """What is said of a night that ended."""
    title = title_of(report)
    return Notification(
        subject=f"lurewatch: {title}",
        text=report_text(report),
        html=as_html(title, report_sections(report)),
        record={"event": "night ended", "title": title} | report_record(report),
        is_good=not report.problems,
        pings=not (report.problems or report.is_partial),
    )


def notification_of_failure(err: Exception, *, at: datetime) -> Notification:
    """What is said of a night that did not come to its end."""
    reason = message_of(err) or type(err).__name__
    if isinstance(err, InUse):  # the other one may end well
        title, advice = f"No night began at {at:%Y-%m-%d %H:%M} UTC", "This is wrong only if that one hangs."
    else:
        title = f"The night of {at:%Y-%m-%d %H:%M} UTC failed"
        advice = "Mend that, then run `lurewatch nightly`: a night that had begun is resumed."
    return Notification(
        subject=f"lurewatch: {title}",
        text=f"{title}: {reason}\n{advice}\n",
        html=as_html(title, [Section(title=reason, lines=[advice])]),
        record={"event": "night failed", "at": at.isoformat(), "reason": reason},
        is_good=False,
    )


def trial_notification(*, at: datetime) -> Notification:
    """A notification that only tries the channels."""
    text = "This is a trial of lurewatch's notifications. Nothing happened."
    return Notification(
        subject="lurewatch: trial of the notifications",
        text=f"{text}\n",
        html=as_html(text, []),
        record={"event": "trial", "at": at.isoformat()},
        is_good=False,  # or `notify.when = "problems"` would have nothing tried
        pings=True,
    )


def deliver(settings: Settings, notification: Notification, *, at: datetime) -> tuple[str, ...]:
    """What did not arrive, one line for each channel. It is kept for `status --check`, and never raised."""
    failures = send_notification(settings.notify, notification, local=settings.local)
    if not any(_channels(settings.notify, notification, settings.local)):
        return ()  # what did not arrive before has still not
    if not failures and not (settings.local / LAST).exists():
        return ()
    try:
        write_json(settings.local / LAST, {"at": at, "failures": failures})
    except OSError as err:  # a full disk is often what the notification is about
        log.warning("notification not noted", error=err.strerror)
    return failures


def undelivered(local: Path) -> tuple[str, ...]:
    """What did not arrive the last time."""
    try:
        return tuple(str(each) for each in json.loads((local / LAST).read_text(encoding="utf-8"))["failures"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What waits for one analyst."""

    analyst: str
    cases: Mapping[str, Sequence[Mapping[str, Any]]]
    """List -> ``case``, its number, and ``title`` of each, contacts in titles hidden: mail is read elsewhere."""

    @property
    def count(self) -> int:
        """How much waits."""
        return sum(map(len, self.cases.values()))


def find_digests(store: "Store", analyst: str | None = None) -> tuple[Digest, ...]:
    """The digest of everybody who decides, or of one analyst. Raises ``UnknownAnalyst``."""
    found = []
    for each in [store.accounts.known(analyst)] if analyst else store.accounts.all():
        if each.active and may(each.role, "decide"):
            waiting = store.teamwork.waiting_for(each.name, may_settle=may(each.role, "adjudicate"))
            cases = {
                key: [{"case": each.case_id, "title": hide_contacts(each.title)} for each in getattr(waiting, key)]
                for key in WORDS
            }
            found.append(Digest(analyst=each.name, cases=cases))
    return tuple(found)


def digest_lines(digests: Sequence[Digest]) -> list[str]:
    """The digests as lines of text; none for whom nothing waits."""
    return [line for each in digests if each.count for line in (_head(each), *(f"  {line}" for line in _cases(each)))]


def digest_record(digests: Sequence[Digest]) -> list[dict[str, Any]]:
    """The digests for a machine."""
    return [{"analyst": each.analyst, **each.cases} for each in digests]


def notification_of_digests(digests: Sequence[Digest]) -> Notification:
    """What goes out by mail, webhook or command; it asks for people, so it is sent whatever ``notify.when`` says."""
    count = sum(each.count for each in digests)
    title = "1 case waits on the review page" if count == 1 else f"{count} cases wait on the review page"
    return Notification(
        subject=f"lurewatch: {title}",
        text="".join(f"{line}\n" for line in digest_lines(digests)),
        html=as_html(title, [Section(title=_head(each), lines=_cases(each)) for each in digests if each.count]),
        record={"event": "digest", "title": title, "analysts": digest_record(digests)},
        is_good=False,
    )


def _head(digest: Digest) -> str:
    return f"{digest.analyst}: {', '.join(f'{len(cases)} {WORDS[key]}' for key, cases in digest.cases.items())}"


def _cases(digest: Digest) -> list[str]:
    return [
        f"{WORDS[key]}: case {each['case']}, {in_one_line(each['title'])}"
        for key, cases in digest.cases.items()
        for each in cases
    ]
