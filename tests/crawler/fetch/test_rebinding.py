"""A name may lead somewhere else each time it is looked up: what was checked is what is connected to."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from download_child import download

from builders import NOON
from crawler.run.runner import Job, dump_job
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
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


@pytest.mark.parametrize("numbers", [[HERE], [PUBLIC, "169.254.169.254"], ["::ffff:127.0.0.1"]])
def test_a_name_that_leads_to_this_machine_is_never_asked(tmp_path, numbers):
    with Site(few_pages(1)) as site:
        outcomes = crawled(foreign(site.port), tmp_path, numbers)
    ((outcome, detail),) = outcomes.values()
    assert outcome == "out_of_scope"
    assert "board.example leads to a private internet address" in detail
    assert site.connections == 0


def test_every_new_connection_is_checked_anew(tmp_path):
    with Site(few_pages(3) | {"/sitemap.xml": xml(sitemap("/0", "/1", "/2"))}) as site:
        site.hangs_up = True
        card = source(f"http://localhost:{site.port}/sitemap.xml")
        outcomes = crawled(card, tmp_path, [HERE], [HERE], [HERE], ["192.168.0.1"])
    found = {address.rpartition("/")[2]: outcome for address, outcome in outcomes.items()}
    moved = ("out_of_scope", "localhost is not on this machine, as the card says it is")
    assert found == {"sitemap.xml": ("listing", "3 addresses"), "0": ("ad", ""), "1": moved, "2": moved}
    assert site.paths == ["/robots.txt", "/sitemap.xml", "/0"]


HOSTS = ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:0:7f00:1]", "[64:ff9b:1::7f00:1]", "0.0.0.0", "0x7f.1")


def test_a_number_in_an_address_is_checked_before_a_socket_is_opened():
    with Site(few_pages(1)) as site:
        found = download(*(f"http://{host}:{site.port}/0" for host in HOSTS), local=False)
        assert {each.name for each in found} == {"PrivateHost"}
        assert all("leads to a private internet address" in each.detail for each in found)
        assert len(found) == len(HOSTS)
        assert site.connections == 0


def test_a_connection_goes_to_the_number_that_was_checked():
    with Site(few_pages(1)) as site:
        address = f"http://board.example:{site.port}/0"
        (found,) = download(address, lookups=[[HERE]])
        assert b"Cook 0" in found.body
        (found,) = download(address, lookups=[[HERE, PUBLIC]])
        assert found.name == "PrivateHost"
        assert "not on this machine" in found.detail
        assert site.connections == 1
