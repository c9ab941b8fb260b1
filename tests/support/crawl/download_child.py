"""Downloads by Scrapy's own handler under a crawl's settings, in a process of its own: a reactor cannot be had twice.

Takes ``{"local", "limits", "requests", "lookups"}`` as JSON on standard input and answers with what each request came
to. ``lookups`` stands in for the network's answers about names, as in ``rebinding_child``.
"""

import base64
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__)


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    name: str
    """The status, or the name of the error."""

    detail: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    protocol: str | None = None
    ip_address: str | None = None
    latency: float = 0.0


def download(
    *wanted: str | dict[str, Any],
    local: bool = True,
    lookups: list[list[str]] | None = None,
    environment: dict[str, str] | None = None,
    **limits: float,
) -> list[Downloaded]:
    """What each request comes to: an address, or ``{"url", "meta"}``; ``limits`` are settings of Scrapy."""
    requests = [{"url": each} if isinstance(each, str) else each for each in wanted]
    job = {"local": local, "limits": limits, "requests": requests, "lookups": lookups}
    done = subprocess.run(
        [sys.executable, HERE], input=json.dumps(job), text=True, stdout=subprocess.PIPE, check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path), **(environment or {})},
    )  # fmt: skip
    return [
        Downloaded(**record | {"body": base64.b64decode(record.get("body", "")), "headers": _pairs(record)})
        for record in json.loads(done.stdout)
    ]


def _pairs(record: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in record.get("headers", ()))


def _serve(job: dict[str, Any]) -> list[dict[str, Any]]:
    if job["lookups"]:
        _replace_lookups(job["lookups"])
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.fetch.settings import scrapy_settings
    from crawler.sources.loader import source_from_card
    from crawling import CONTACT, REVIEW, source

    card = {"name": "far", "title": "Far", "kind": "sitemap", "start": ["http://board.example/"]}
    wanted = source("https://127.0.0.1:1/") if job["local"] else source_from_card(card | REVIEW, where="far.toml")
    found: list[dict[str, Any]] = []

    class Downloads(Spider):
        name = "downloads"

        async def start(self) -> Any:
            for each in job["requests"]:
                request = Request(each["url"], meta={"verbatim_url": True, **each.get("meta", {})})
                try:
                    found.append(_plain(await self.crawler.engine.download_async(request), request))
                except Exception as err:  # noqa: BLE001 - it is what is tested
                    found.append({"name": type(err).__name__, "detail": str(err)})
            if self is None:
                yield

    timeout = "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware"
    alone = {"DOWNLOADER_MIDDLEWARES": {timeout: 350}, "EXTENSIONS": {}, "ITEM_PIPELINES": {}}
    process = AsyncCrawlerProcess(scrapy_settings(wanted, CONTACT) | alone | job["limits"])
    process.crawl(Downloads)
    process.start()
    return found


def _plain(response: Any, request: Any) -> dict[str, Any]:
    return {
        "name": str(response.status),
        "body": base64.b64encode(response.body).decode(),
        "headers": [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ],
        "protocol": response.protocol,
        "ip_address": str(response.ip_address) if response.ip_address else None,
        "latency": request.meta["download_latency"],
    }


def _replace_lookups(answers: list[list[str]]) -> None:
    def getaddrinfo(host: object, port: object, *_: object, **__: object) -> list[tuple[object, ...]]:
        numbers = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, int(str(port or 0)))) for number in numbers]

    socket.getaddrinfo = getaddrinfo


if __name__ == "__main__":
    json.dump(_serve(json.load(sys.stdin)), sys.stdout)
