"""A board on loopback for whole nights."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def board(tmp_path):
    """A folder that is served; ``publish`` writes ads and the sitemap that names them."""
    folder = tmp_path / "board"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"

    def publish(**texts):
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
    yield publish
    server.shutdown()
    server.server_close()
    thread.join()
