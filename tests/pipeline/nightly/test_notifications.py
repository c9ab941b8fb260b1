"""Mail, webhook, command and ping against real servers on loopback; a failure costs nothing but a line."""

import json
import shlex
import sys

import pytest
from notification_servers import hook_server, mail_server
from raw_server import RawServer

from pipeline.errors import BadSettings
from pipeline.nightly import notifications
from pipeline.nightly.notifications import Notification, send_notification
from pipeline.settings.loader import load_settings
from pipeline.settings.records import NotifySettings


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def hook():
    with hook_server() as server:
        yield server


def notification(*, is_good):
    return Notification(
        subject="A night", text="Căn phòng: 3 new\n", html="<p>3 new</p>", record={"new": 3}, is_good=is_good,
        pings=is_good,
    )  # fmt: skip


def to(server):
    return f"127.0.0.1:{server.server_address[1]}"


def test_a_mail_has_text_and_page_and_a_password_that_stands_in_no_setting(mail, tmp_path, monkeypatch):
    monkeypatch.setenv("LUREWATCH_MAIL_PASSWORD", "s3cret")
    settings = NotifySettings(mail_to="ops@example.org", mail_host=to(mail), mail_user="night")
    assert send_notification(settings, notification(is_good=True), local=tmp_path) == ()
    (taken,) = mail.mails
    assert (taken["To"], taken["Subject"], taken["Auto-Submitted"]) == ("ops@example.org", "A night", "auto-generated")
    assert taken["Date"]
    assert taken["Message-ID"].endswith("@example.org>")
    assert taken.get_body(("plain",)).get_content().strip() == "Căn phòng: 3 new"
    assert "<p>3 new</p>" in taken.get_body(("html",)).get_content()


def test_a_password_in_a_file_must_be_its_owners_alone(mail, tmp_path, monkeypatch):
    monkeypatch.delenv("LUREWATCH_MAIL_PASSWORD", raising=False)
    settings = NotifySettings(mail_to="ops@example.org", mail_host=to(mail), mail_user="night")
    secret = tmp_path / "mail.secret"
    (lost,) = send_notification(settings, notification(is_good=True), local=tmp_path)
    assert lost.endswith(f"expected the password of night in $LUREWATCH_MAIL_PASSWORD or {secret}")
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    assert send_notification(settings, notification(is_good=True), local=tmp_path) == (
        f"mail by {to(mail)}: {secret}: others may read this password (rights 644); expected 600: chmod 600 {secret}",
    )
    secret.chmod(0o600)
    assert send_notification(settings, notification(is_good=True), local=tmp_path) == ()
    secret.write_text("wrong")
    assert send_notification(settings, notification(is_good=True), local=tmp_path) == (
        f"mail by {to(mail)}: SMTPAuthenticationError",
    )


def test_the_ping_is_for_good_nights_alone(hook, tmp_path):
    settings = NotifySettings(webhook=f"{hook.url}/hook/secret", ping=f"{hook.url}/ping/secret")
    assert send_notification(settings, notification(is_good=False), local=tmp_path) == ()
    assert [(method, path) for method, path, _ in hook.asked] == [("POST", "/hook/secret")]
    assert json.loads(hook.asked[0][2]) == {"new": 3}
    assert send_notification(settings, notification(is_good=True), local=tmp_path) == ()
    assert [path for _, path, _ in hook.asked[1:]] == ["/hook/secret", "/ping/secret"]


def test_good_nights_are_not_told_where_only_problems_are(hook, tmp_path):
    settings = NotifySettings(when="problems", webhook=f"{hook.url}/hook", ping=f"{hook.url}/ping")
    send_notification(settings, notification(is_good=True), local=tmp_path)
    send_notification(settings, notification(is_good=False), local=tmp_path)
    assert [path for _, path, _ in hook.asked] == ["/ping", "/hook"]


def test_a_command_gets_the_record_and_no_shell_reads_its_line(tmp_path):
    script = f"import sys; open({str(tmp_path / 'out')!r}, 'w').write(sys.argv[1] + sys.stdin.read())"
    command = shlex.join([sys.executable, "-c", script, "$HOME;"])
    assert send_notification(NotifySettings(command=command), notification(is_good=False), local=tmp_path) == ()
    assert (tmp_path / "out").read_text() == '$HOME;{"new": 3}'


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_none_is_a_failure_without_the_path(hook, tmp_path, status):
    hook.status = status
    settings = NotifySettings(webhook=f"{hook.url}/hook/secret")
    assert send_notification(settings, notification(is_good=False), local=tmp_path) == (
        f"webhook at 127.0.0.1: answered {status}",
    )
    assert len(hook.asked) == 1, "no redirect is followed"


def test_every_channel_is_tried_whatever_becomes_of_the_others(mail, tmp_path, monkeypatch):
    monkeypatch.setattr(notifications, "SECONDS", 0.5)
    mail.answer_to_rcpt = "550 nobody"
    settings = NotifySettings(
        mail_to="ops@example.org", mail_host=to(mail), webhook="http://127.0.0.1:9/secret",
        command=shlex.join([sys.executable, "-c", "import time; time.sleep(30)"]), ping="http://127.0.0.1:9/secret",
    )  # fmt: skip
    failures = send_notification(settings, notification(is_good=True), local=tmp_path)
    assert [failure.partition(":")[0].split()[0] for failure in failures] == ["mail", "webhook", "command", "ping"]
    assert "secret" not in " ".join(failures)
    assert failures[-1] == "ping to 127.0.0.1: Connection refused"
    missing = send_notification(NotifySettings(command="/no/such/program"), notification(is_good=False), local=tmp_path)
    assert missing == ("command /no/such/program: No such file or directory",)


def test_a_server_that_never_comes_to_an_end_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(notifications, "AT_MOST", 0.2)
    drip = [b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n", *[b"x"] * 50]
    with RawServer({"/hook": drip}, pause=0.05) as server:
        settings = NotifySettings(webhook=f"{server.url}/hook")
        (failure,) = send_notification(settings, notification(is_good=True), local=tmp_path)
    assert failure == "webhook at 127.0.0.1: TimeoutError"


@pytest.mark.parametrize(
    "line",
    [
        'when = "never"', 'mail_security = "ssl"', 'webhook = "file:///etc/passwd"', 'ping = "https://u:p@host/"',
        'mail_to = "a@b.example, c@d.example"', 'mail_to = "a@b.example\\r\\nBcc: c@d.example"', 'mail_host = "a b"',
        'password = "x"', "command = '\"unclosed'", 'command = " "',
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(tmp_path, line):
    (tmp_path / "lurewatch.toml").write_text(f"[notify]\n{line}\n")
    with pytest.raises(BadSettings, match="notify"):
        load_settings(tmp_path)
