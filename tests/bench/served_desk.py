"""The desk as it is served: ``lurewatch review`` in a process of its own, and analysts who talk to it over HTTP."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from web_acts import PASSWORD

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the desk answers, and the process that serves it."""

    port: int
    pid: int

    @property
    def address(self) -> str:
        """As a browser asks for it."""
        return f"http://127.0.0.1:{self.port}"

    def busy(self) -> float:
        """Seconds of processor time that it has used."""
        said = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(said[11]) + int(said[12])) / _TICKS


@contextmanager
def serve_desk(home: Path, database: Path) -> Iterator[Served]:
    """The database on a free port, with the program's own taxonomy."""
    (home / "data" / "local").mkdir(parents=True, exist_ok=True)
    if not (home / "data" / "taxonomy").exists():
        (home / "data" / "taxonomy").symlink_to(ROOT / "data" / "taxonomy")
    command = [sys.executable, "-m", "pipeline.cli", "review", "--port", "0", "--database", str(database)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"LUREWATCH_HOME": str(home)}, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            found = re.search(r":(\d+)/", process.stdout.readline())
            assert found, "the desk says where it is served"
            yield Served(port=int(found[1]), pid=process.pid)
        finally:
            process.terminate()


class Analyst:
    """Somebody who is signed in and reads one case after another, without a pause."""

    def __init__(self, served: Served, name: str, *, at: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        self._cookie = ""
        self.get("/sign-in")
        status, _ = self.post("/sign-in", name=name, password=PASSWORD, csrf_token=self.field("csrf_token"))
        assert status == 302, f"{name} could not sign in: {status}"
        self.get("/")
        self.reads = re.findall(r'href="(/case/\d+)"', self.page)[at]
        """The case that they read: at first the one at this place of the queue."""
        self.get(self.reads)

    def get(self, path: str) -> int:
        """The status of this page, which is kept."""
        return self._ask("GET", path, None)[0]

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """The status, and where it leads."""
        return self._ask("POST", path, urlencode(fields))

    def field(self, name: str) -> str:
        """What the form of the page holds under this name."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert found, f"no field {name}"
        return found[1]

    def decide(self, path: str, verdict: str) -> tuple[int, str]:
        """Send the form of the case that was read."""
        seen = {name: self.field(name) for name in ("csrf_token", "fingerprint", "decisions")}
        return self.post(path, verdict=verdict, **seen)

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        headers = {"Cookie": self._cookie} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        self._line.request(method, path, body=body, headers=headers)
        answer = self._line.getresponse()
        text = answer.read().decode()
        self.page = text if method == "GET" else ""
        for each in answer.headers.get_all("Set-Cookie", []):
            self._cookie = each.partition(";")[0]
        return answer.status, answer.headers.get("Location", "")
