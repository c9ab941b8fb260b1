"""Servers on loopback that take notifications: SMTP (RFC 5321, as much as a client needs) and HTTP."""

import base64
import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 loopback ESMTP")
        while line := self.rfile.readline():
            verb = line.split(None, 1)[0].upper().decode() if line.strip() else ""
            if verb == "EHLO":
                self._say("250-loopback\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                given = base64.b64decode(line.split()[-1]).split(b"\0")[1:]
                self._say("235 2.7.0 welcome" if given == [b"night", b"s3cret"] else "535 5.7.8 no")
            elif verb == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine" if verb in {"MAIL", "RSET"} else self.server.answer_to_rcpt)

    def _say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class _MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    answer_to_rcpt = "250 fine"


@contextmanager
def mail_server():
    """A server; ``mails`` are the messages that it took."""
    with _MailServer(("127.0.0.1", 0), _Mail) as server:
        server.mails = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Hook(BaseHTTPRequestHandler):
    def do_GET(self):
        self._take()

    def do_POST(self):
        self._take()

    def _take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def hook_server():
    """A server; ``asked`` are method, path and body of each request, ``status`` is what it answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        server.asked, server.status = [], 200
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
