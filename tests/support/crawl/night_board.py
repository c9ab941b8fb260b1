"""A board on loopback that is a folder: its ads can be published anew for each night."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def opened_board(folder: Path) -> Iterator[Callable[..., None]]:
    """Serves the folder; ``publish`` writes ads and the sitemap that names them, ``publish.address`` is where."""
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"

    def publish(**texts: str) -> None:
        for page in folder.glob("*.html"):
            page.unlink()
        for name, text in texts.items():
            posting = {
                "@context": "https://schema.org",
                "@type": "JobPosting",
                "title": name.title(),
                "description": text,
            }
            script = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
            (folder / f"{name}.html").write_text(
                f"<html><head>{script}</head><body><h1>{name}</h1>{text}</body></html>"
            )
        listed = "".join(f"<url><loc>{address}/{name}.html</loc></url>" for name in texts)
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        (folder / "sitemap.xml").write_text(f'<urlset xmlns="{schema}">{listed}</urlset>')

    publish.address = address
    try:
        yield publish
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
