"""The sample board, served as `lurewatch` meets it: a real server on loopback, read over HTTP."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scrapy.utils.sitemap import Sitemap

BOARD = Path(__file__).resolve().parents[2] / "data/samples/board"


class Site:
    """A running board, every answer kept so that a page is asked for once."""

    def __init__(self, address: str, card: Path):
        self.address, self.card = address, card
        self._answers, self._entries = {}, {}

    def get(self, path: str):
        if path not in self._answers:
            parts = urlsplit(self.address)
            connection = HTTPConnection(parts.hostname, parts.port, timeout=10)
            connection.request("GET", path)
            answer = connection.getresponse()
            self._answers[path] = answer.status, dict(answer.headers), answer.read()
            connection.close()
        return self._answers[path]

    def text(self, path: str) -> str:
        """The page, with the port taken out so that two nights can be compared."""
        status, _, body = self.get(path)
        assert status == 200, path
        return body.decode().replace(self.address, "http://board/")

    def sitemap(self, path: str) -> list[dict]:
        _, _, body = self.get(path)
        return [entry | {"loc": entry["loc"].removeprefix(self.address.rstrip("/"))} for entry in Sitemap(body)]

    def ad_entries(self) -> dict[str, dict]:
        """Sitemap entries of ads, by id."""
        if not self._entries:
            sitemaps = [each["loc"] for each in self.sitemap("/sitemap.xml") if "jobs-" in each["loc"]]
            entries = [entry for path in sitemaps for entry in self.sitemap(path)]
            self._entries = {re.search(r"/job/(\w\w-\d{3})", entry["loc"])[1]: entry for entry in entries}
        return self._entries


@contextmanager
def serve(night: int, folder: Path) -> Iterator[Site]:
    card = folder / "sample-board.toml"
    command = [sys.executable, str(BOARD / "board.py"), "--night", str(night), "--port", "0", "--card", str(card)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = process.stdout.readline()
            assert ready.startswith("serving http://127.0.0.1:"), ready
            yield Site(ready.removeprefix("serving ").strip(), card)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def night_1(tmp_path_factory):
    with serve(1, tmp_path_factory.mktemp("night-1")) as site:
        yield site


@pytest.fixture(scope="session")
def night_2(tmp_path_factory):
    with serve(2, tmp_path_factory.mktemp("night-2")) as site:
        yield site


@pytest.fixture(scope="session")
def night_2_again(tmp_path_factory):
    with serve(2, tmp_path_factory.mktemp("night-2-again")) as site:
        yield site


@pytest.fixture(scope="session")
def board_folder() -> Path:
    return BOARD


@pytest.fixture(scope="session")
def tables() -> dict[str, dict]:
    """What the text sources say, by ad."""
    files = sorted((BOARD / "ads").glob("*.toml"))
    return {table["id"]: table for file in files for table in tomllib.loads(file.read_text(encoding="utf-8"))["ad"]}


@pytest.fixture(scope="session")
def shown(tables) -> dict[str, dict]:
    """What the board itself shows on its first night before anything changes: the text sources but those of its other
    faces, and copies of them."""
    plan = tomllib.loads((BOARD / "board.toml").read_text(encoding="utf-8"))
    copies = {}
    for copy in plan["copy"]:
        body = tables[copy["of"]]["body"]
        for before, after in copy["swap"].items():
            body = body.replace(before, after)
        fields = {key: value for key, value in copy.items() if key not in {"of", "night", "swap"}}
        copies[copy["id"]] = tables[copy["of"]] | fields | {"body": body, "night": copy["night"]}
    own = {name: table for name, table in tables.items() if name[-1] not in plan["faces"].values()}
    return own | {name: table for name, table in copies.items() if table["night"] == 1}
