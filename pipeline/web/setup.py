"""Setup of the review page: settings, clock, taxonomy, open stores."""

import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask, abort, current_app, g

from model.taxonomy.records import Taxonomy
from pipeline.exports.package import Maker
from pipeline.settings.messages import Translations, localise
from pipeline.settings.records import CareSettings, ReviewSettings
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
    hosts: tuple[str, ...] = LOOPBACK
    """The names it answers to: a page elsewhere that points its own name here gets nothing."""

    secure_cookie: bool = False
    """Belongs with HTTPS in front."""

    review: ReviewSettings = field(default_factory=partial(ReviewSettings, double_coded=0.0, second_factor="optional"))
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


def page_taxonomy() -> Taxonomy:
    """The taxonomy with its words in the page's language, as far as they are translated."""
    by_language = current_app.extensions["lurewatch_taxonomies"]
    taxonomy: Taxonomy = by_language.get(page_language(), page_setup().taxonomy)
    return taxonomy


def page_setup() -> PageSetup:
    """What the page that answers this request is made of."""
    setup: PageSetup = current_app.extensions["lurewatch"]
    return setup


def page_checker() -> Checker:
    """The installation's checker; where it has none there is no such page."""
    return page_setup().checker or abort(404)


def request_time() -> datetime:
    return page_setup().clock()


def open_store() -> Store:
    """The store of this request: opened when first used, closed once the response is sent."""
    if "lurewatch_store" not in g:
        g.lurewatch_store = Store.open(page_setup().database, lock=current_app.extensions["lurewatch_write_lock"])
    store: Store = g.lurewatch_store
    return store


def install_setup(app: Flask, setup: PageSetup) -> None:
    app.extensions["lurewatch"] = setup
    app.extensions["lurewatch_taxonomies"] = {
        language: localise(setup.taxonomy, words) for language, words in setup.translations.items()
    }
    app.extensions["lurewatch_write_lock"] = threading.Lock()
    # The last one is left open until the next one is done with: closing it writes everything back and waits for the
    # disk, which takes longer than most requests.
    left_open: deque[Store] = deque()
    weakref.finalize(app, lambda: list(map(Store.close, left_open)))

    @app.teardown_appcontext
    def leave(_: BaseException | None) -> None:
        store = g.pop("lurewatch_store", None)
        if store is not None:
            store.db.rollback()  # what was left unfinished
            left_open.append(store)
            if len(left_open) > 1:
                left_open.popleft().close()
