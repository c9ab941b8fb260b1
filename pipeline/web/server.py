"""The review page of an installation, behind a waitress server."""

from typing import TYPE_CHECKING, Any

import waitress

from model.taxonomy.loader import load_taxonomy
from pipeline.accounts.analysts import read_secret_key
from pipeline.exports.export import export_setup
from pipeline.nightly.notifications.metrics import METRICS
from pipeline.review.brief import read_source_kinds
from pipeline.settings.indicator_words import FOLDER, read_translations
from pipeline.settings.records import Settings
from pipeline.store.store import Store
from pipeline.web.app import LOOPBACK, create_app
from pipeline.web.check.checker import checker_of

if TYPE_CHECKING:
    from pipeline.accounts.openid import Provider

__all__ = ["addresses_of", "make_server"]

THREADS = 16
"""So many answers at a time: those who only read must not stand behind those who wait for a night's write to end."""

CONNECTIONS = 500
IDLE_SECONDS = 30
"""After which a connection that says nothing is closed, so that some hundred of them are not in everybody's way."""


def make_server(settings: Settings, *, names: tuple[str, ...], https: bool, provider: "Provider | None") -> Any:
    """A server that listens, to be run. ``names`` are further host names that it answers to; with ``https`` cookies are
    sent over HTTPS alone."""
    with Store.open(settings.database) as store:
        store.check_key()
        vault = store.vault
    taxonomy, samples = load_taxonomy(settings.taxonomy), settings.home / "data" / "samples"
    app = create_app(
        database=settings.database,
        taxonomy=taxonomy,
        secret_key=read_secret_key(settings.local / "review.key"),
        vault=vault,
        hosts=(*LOOPBACK, *names),
        secure_cookie=https,
        idle_minutes=settings.review.idle_minutes,
        session_hours=settings.review.session_hours,
        double_coded=settings.review.double_coded,
        exports=export_setup(settings, taxonomy) if settings.exports.is_dir() else None,
        batches=settings.batches,
        care=settings.care,
        source_kinds=read_source_kinds(settings.sources),
        openid=provider,
        second_factor=settings.review.second_factor,
        metrics=settings.local / METRICS,
        checker=checker_of(settings),
        samples=samples if (samples / "practice").is_dir() else None,
        translations=read_translations(settings.taxonomy / FOLDER, taxonomy),
    )
    return waitress.create_server(
        app, host=settings.review.host, port=settings.review.port, threads=THREADS, connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
    )  # fmt: skip


def addresses_of(server: Any) -> str:
    """Where a waitress server answers: a host name may have several addresses, each with a socket of its own."""
    listens = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    named = [(f"[{host}]" if ":" in host else host, port) for host, port in listens]
    return " and ".join(f"http://{host}:{port}/" for host, port in named)
