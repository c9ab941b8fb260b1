"""Setup of the review page: settings, clock, taxonomy, open stores."""

import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask, current_app, g

from model.taxonomy.records import Taxonomy
from pipeline.exports.package import Maker
from pipeline.linking.contacts import ContactVault
from pipeline.settings.messages import Translations, localise
from pipeline.settings.records import CareSettings
from pipeline.store.store import Store
from pipeline.web.checker import Checker
from pipeline.web.i18n import page_language

if TYPE_CHECKING:
    from pipeline.accounts.openid import Provider


LOOPBACK: Final = ("127.0.0.1", "localhost")
"""Not ``::1``: Werkzeug compares a name only as far as its first colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSetup:
    """What the review page of an installation is made of."""

    database: Path
    taxonomy: Taxonomy
    secret_key: bytes
    vault: ContactVault | None = None
    """Without it contacts are shown by their hashes alone."""

    hosts: tuple[str, ...] = LOOPBACK
    """The names it answers to: a page elsewhere that points its own name here gets nothing."""

    secure_cookie: bool = False
    """Belongs with HTTPS in front."""

    idle: timedelta = timedelta(minutes=30)
    """After which an unused session ends."""

    session_length: timedelta = timedelta(hours=10)
    """After which every session ends."""

    double_coded: float = 0.0
    """The share of cases on which a second analyst is asked."""

    second_factor: str = "optional"
    """Who must have one, as the setting says."""

    care: CareSettings = field(default_factory=CareSettings)
    exports: Maker | None = None
    """Without it no case can be exported."""

    batches: Path | None = None
    """The folder of the archived pages; without it none is shown."""

    source_kinds: Mapping[str, str] = field(default_factory=dict)
    openid: "Provider | None" = None
    metrics: Path | None = None
    """The file that each night writes."""

    checker: Checker | None = None
    """Without it no ad can be checked."""

    samples: Path | None = None
    """The folder of the practice cases."""

    translations: Translations = field(default_factory=dict)
    """The indicators' words in other languages than English."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class StorePool:
    """Open stores that no request is using, for the next ones.

    Closing the last one writes everything back and waits for the disk, which took longer than most requests.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[Store] = deque()  # which several threads may use at once
        self._files: weakref.WeakKeyDictionary[Store, object] = weakref.WeakKeyDictionary()
        self._write_lock = threading.Lock()

    def take(self) -> Store:
        """A store that no other request uses. Those of a file that was replaced are closed."""
        try:
            found = self._path.stat()
            file: object = found.st_dev, found.st_ino  # another one once a backup was put in its place
        except FileNotFoundError:
            file = object()  # equal to nothing else
        while (store := self._pop()) is not None:
            if self._files[store] == file:
                return store
            store.close()
        store = Store.open(self._path, lock=self._write_lock)
        self._files[store] = file
        return store

    def give_back(self, store: Store) -> None:
        """Return a store for the next request; what was left unfinished is undone."""
        store.db.rollback()
        self._idle.append(store)

    def close(self) -> None:
        """Close all idle stores."""
        while (store := self._pop()) is not None:
            store.close()

    def _pop(self) -> Store | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None


def page_taxonomy() -> Taxonomy:
    """The taxonomy with its words in the page's language, as far as they are translated."""
    by_language = current_app.extensions["lurewatch_taxonomies"]
    taxonomy: Taxonomy = by_language.get(page_language(), page_setup().taxonomy)
    return taxonomy


def page_setup() -> PageSetup:
    """What the page that answers this request is made of."""
    setup: PageSetup = current_app.extensions["lurewatch"]
    return setup


def request_time() -> datetime:
    """The time by the page's clock."""
    return page_setup().clock()


def open_store() -> Store:
    """The store of this request: taken from the pool when first used, given back when the response is sent."""
    if "lurewatch_store" not in g:
        g.lurewatch_store = current_app.extensions["lurewatch_stores"].take()
    store: Store = g.lurewatch_store
    return store


def install_setup(app: Flask, setup: PageSetup) -> None:
    """Let the app answer with this setup, its requests sharing open stores of the database."""
    app.extensions["lurewatch"] = setup
    app.extensions["lurewatch_taxonomies"] = {
        language: localise(setup.taxonomy, words) for language, words in setup.translations.items()
    }
    pool = app.extensions["lurewatch_stores"] = StorePool(setup.database)
    weakref.finalize(app, pool.close)

    @app.teardown_appcontext
    def give_back(_: BaseException | None) -> None:
        store = g.pop("lurewatch_store", None)
        if store is not None:
            pool.give_back(store)
