"""A name may lead somewhere else each time it is looked up: what was checked is what is connected to."""

import asyncio
import gzip
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from builders import NOON
from crawler.fetch.client import connector
from crawler.run.runner import Job, dump_job
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from crawler.spiders.refusals import PrivateHost
from crawling import CONTACT, REVIEW, few_pages, sitemap, source, xml
from loopback_site import Site

CHILD = Path(__file__).parents[2] / "support" / "crawl" / "rebinding_child.py"
PUBLIC = "100.0.0.1"
"""A number that anybody may ask; no test gets as far as asking it."""

HERE = "127.0.0.1"


def crawled(card: Source, folder: Path, *lookups: list[str]) -> dict[str, tuple[str, str]]:
    """Outcome and detail by address, of a crawl whose look-ups give these numbers in turn."""
    job = Job(source=card, folder=folder / "run", started_at=NOON, contact=CONTACT)
    environment = os.environ | {"LOOKUPS": json.dumps(lookups), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, CHILD], input=dump_job(job), env=environment, text=True, check=True)
    with gzip.open(folder / "run" / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["address"]: (line["outcome"], line["detail"]) for line in lines}


def foreign(port: int) -> Source:
    card = {"name": "board", "title": "Board", "kind": "sitemap", "start": [f"http://board.example:{port}/sitemap.xml"]}
    return source_from_card(card | REVIEW, where="board.toml")


@pytest.mark.parametrize(
    "lookups",
    [
        pytest.param([[HERE]], id="at once"),
        pytest.param([[PUBLIC, HERE]], id="at once, behind a public number"),
        pytest.param([[PUBLIC], [HERE]], id="after it was checked"),
        pytest.param([[PUBLIC], [PUBLIC, "169.254.169.254"]], id="after it was checked, behind a public number"),
        pytest.param([[PUBLIC], ["::ffff:127.0.0.1"]], id="as an embedded number"),
    ],
)
def test_a_name_that_leads_to_this_machine_is_never_asked(tmp_path, lookups):
    with Site(few_pages(1)) as site:
        outcomes = crawled(foreign(site.port), tmp_path, *lookups)
    ((outcome, detail),) = outcomes.values()
    assert outcome == "out_of_scope"
    assert "board.example leads to a private internet address" in detail
    assert site.connections == 0


def test_every_new_connection_is_checked_anew(tmp_path):
    with Site(few_pages(3) | {"/sitemap.xml": xml(sitemap("/0", "/1", "/2"))}) as site:
        site.hangs_up = True
        card = source(f"http://localhost:{site.port}/sitemap.xml")
        outcomes = crawled(card, tmp_path, [HERE], [HERE], [HERE], [HERE], ["192.168.0.1"])
    found = {address.rpartition("/")[2]: outcome for address, outcome in outcomes.items()}
    moved = ("out_of_scope", "localhost is not on this machine, as the card says it is")
    assert found == {"sitemap.xml": ("listing", "3 addresses"), "0": ("ad", ""), "1": moved, "2": moved}
    assert site.paths == ["/robots.txt", "/sitemap.xml", "/0"]


async def ask(address: str, *numbers: str, local: bool = False) -> str:
    """The text at an address whose name leads to these numbers."""

    async def look_up(host: str, port: int) -> Sequence[tuple[int, int, int, str, tuple[str, int]]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    session = aiohttp.ClientSession(connector=connector(local=local, lookup=look_up))
    async with session, session.get(address, allow_redirects=False) as answer:
        return await answer.text()


def test_a_number_in_an_address_is_checked_when_the_socket_is_opened():
    with Site(few_pages(1)) as site:
        for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
            with pytest.raises(PrivateHost, match="leads to a private internet address"):
                asyncio.run(ask(f"http://{host}:{site.port}/0"))
        assert site.connections == 0


def test_a_connection_goes_to_the_number_that_was_checked():
    with Site(few_pages(1)) as site:
        assert "Cook 0" in asyncio.run(ask(f"http://board.example:{site.port}/0", HERE, local=True))
        with pytest.raises(PrivateHost, match="not on this machine"):
            asyncio.run(ask(f"http://board.example:{site.port}/0", HERE, PUBLIC, local=True))
