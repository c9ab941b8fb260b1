"""Rights, the open store, the asked filter, reading limits and the audit log of a request.

Every view names the right that it needs; no app is made that has one without.
"""

import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from flask import Flask, abort, current_app, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from model.taxonomy.records import Taxonomy
from pipeline.accounts.analysts import Analyst, Right, may
from pipeline.accounts.audit_log import Act
from pipeline.accounts.reading_limits import WINDOW, Care, Dose, measure_dose
from pipeline.exports.export import ExportSetup
from pipeline.linking.contacts import ContactVault, possible_identities
from pipeline.linking.redaction import hide_contacts
from pipeline.settings.indicator_words import Translations, localise
from pipeline.settings.records import CareSettings
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.queue.case_queue import ORDERS, Order
from pipeline.store.store import Store
from pipeline.web.checker import Checker
from pipeline.web.i18n import page_language

if TYPE_CHECKING:
    from pipeline.accounts.openid import Provider

__all__ = [
    "LARGEST",
    "LOOPBACK",
    "Needed",
    "PageSetup",
    "SmallNumber",
    "StorePool",
    "asked_filter",
    "asked_order",
    "dose_now",
    "download",
    "enough_page",
    "guard",
    "install_setup",
    "is_allowed",
    "list_query",
    "loggable",
    "needs",
    "open_store",
    "page_setup",
    "page_taxonomy",
    "record",
    "request_time",
    "small_number",
    "token_owner",
]


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
    exports: ExportSetup | None = None
    """Without it no case can be exported."""

    batches: Path | None = None
    """The folder of the archived pages; without it none is shown."""

    source_kinds: Mapping[str, str] = field(default_factory=dict)
    """Kinds of sources by name."""

    openid: "Provider | None" = None
    """The provider that people may sign in by."""

    metrics: Path | None = None
    """The file that each night writes."""

    checker: Checker | None = None
    """Without it no ad can be checked."""

    samples: Path | None = None
    """The folder of the practice cases."""

    translations: Translations = field(default_factory=dict)
    """The indicators' words in other languages than English."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


Needed = Right | Literal["nothing", "sign_in", "token"]
"""``nothing``: open to everyone; ``sign_in``: to everyone with an account; ``token``: to programs, and no session opens
it, so that no page elsewhere can have a browser ask."""

_WRITTEN: Final = frozenset({"employer", "place"})
"""Facets whose values are as an ad has them."""

LARGEST: Final = 2**63 - 1
"""The largest number that SQLite takes."""

LONGEST_VALUE: Final = 200
"""Characters of one value that is asked for, or kept in the log."""

View = TypeVar("View", bound=Callable[..., Any])

_MARK: Final = "lurewatch_needs"


_WITH_OLD_PASSWORD: Final = frozenset(
    {"account.show_account", "account.change_password", "signing_in.sign_out", "account.choose_language"}
)
"""All that is open to someone whose password somebody else knows."""

_WITHOUT_SECOND_FACTOR: Final = _WITH_OLD_PASSWORD | {"account.begin_second_factor", "account.confirm_second_factor"}
"""All that is open to someone who must have a second factor and has none."""


def needs(what: Needed) -> Callable[[View], View]:
    """Marks a view with what it asks of whoever calls it."""

    def mark(view: View) -> View:
        setattr(view, _MARK, what)
        return view

    return mark


def guard(app: Flask) -> None:
    """Have the app ask before every view. Comes after all views are registered, and refuses one that names nothing."""
    for endpoint in app.view_functions:
        _needed_by(app, endpoint)
    app.before_request(_check)
    app.jinja_env.globals.update(may=is_allowed)


def is_allowed(right: Right) -> bool:
    """Whether whoever asks may do that; templates leave out what would be refused."""
    return bool(current_user.is_authenticated) and may(current_user.role, right)


def token_owner() -> Analyst | None:
    """Whose token this request shows; None where it shows none that is good."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 20 <= len(secret.strip()) <= LONGEST_VALUE:
        return None
    return open_store().tokens.owner(secret.strip(), at=request_time())


def _check() -> Response | None:
    if request.endpoint is None:  # no such page: there is nothing to keep from anyone
        return None
    needed = _needed_by(current_app, request.endpoint)
    if needed == "nothing":
        return None
    if needed == "token":  # such a view asks for the token itself, and answers as a program expects
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signing_in.sign_in", next=wanted))
    if (current_user.must_change and request.endpoint not in _WITH_OLD_PASSWORD) or (
        current_user.lacks_second_factor and request.endpoint not in _WITHOUT_SECOND_FACTOR
    ):
        return redirect(url_for("account.show_account"))
    if needed != "sign_in" and not is_allowed(needed):
        abort(403)
    return None


def _needed_by(app: Flask, endpoint: str) -> Needed:
    if endpoint == "static":
        return "nothing"
    needed: Needed | None = getattr(app.view_functions[endpoint], _MARK, None)
    if needed is None:
        raise RuntimeError(f"view {endpoint!r} says not what it needs; expected it marked with needs(...)")
    return needed


class StorePool:
    """Open stores that no request is using, for the next ones.

    Closing the last one writes everything back and waits for the disk, which took longer than most requests.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[Store] = []
        self._files: weakref.WeakKeyDictionary[Store, object] = weakref.WeakKeyDictionary()
        self._idle_lock = threading.Lock()
        self._write_lock = threading.Lock()

    def take(self) -> Store:
        """A store that no other request uses. Those of a file that was replaced are closed."""
        file = self._file()
        while (store := self._pop()) is not None:
            if self._files[store] == file:
                return store
            store.close()
        store = Store.open(self._path, lock=self._write_lock)
        self._files[store] = file
        return store

    def give_back(self, store: Store) -> None:
        """Return a store for the next request; what was left unfinished is undone."""
        store.rollback()
        with self._idle_lock:
            self._idle.append(store)

    def close(self) -> None:
        """Close all idle stores."""
        while (store := self._pop()) is not None:
            store.close()

    def _pop(self) -> Store | None:
        with self._idle_lock:
            return self._idle.pop() if self._idle else None

    def _file(self) -> object:
        """Identifies the file at the database's path: another one once a backup was put in its place."""
        try:
            file = self._path.stat()
        except FileNotFoundError:
            return object()  # equal to nothing else
        return file.st_dev, file.st_ino


def page_taxonomy(language: str | None = None) -> Taxonomy:
    """The taxonomy with its words in a language, else in the page's, as far as they are translated."""
    asked = language or page_language()
    taxonomy: Taxonomy = current_app.extensions["lurewatch_taxonomies"].get(asked, page_setup().taxonomy)
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


def asked_filter() -> CaseFilter:
    """The filter of this request. Who has a contact is for those who may see contacts, and so are campaigns, whose
    copies hold them; a campaign that was merged is what holds its ads by now."""
    wanted = CaseFilter.of({name: value[:LONGEST_VALUE] for name, value in request.args.items()})
    if not is_allowed("see_contacts"):
        # Employers and places are as ads wrote them, whole, with their contacts: a filter would answer a guess.
        facets = tuple(
            (facet, value)
            for facet, value in wanted.facets
            if facet not in _WRITTEN and (facet != "tag" or hide_contacts(value) == value)
        )
        return replace(wanted, facets=facets, contact="", campaign="", redacted=True)
    if wanted.campaign:
        return replace(wanted, campaign=open_store().campaigns.current(wanted.campaign) or wanted.campaign)
    return wanted


def asked_order() -> Order:
    """The order of the list that this request asks for; the queue's own where it does not say."""
    asked = request.args.get("sort", "")
    return next((order for order in ORDERS if order == asked), "priority")


def list_query(wanted: CaseFilter) -> dict[str, str]:
    """The filter and the order of this request's list, as an address holds them."""
    order = asked_order()
    return wanted.query() | ({"sort": order} if order != "priority" else {})


def loggable(wanted: CaseFilter) -> dict[str, Any]:
    """The filter as the log keeps it: of what was typed, contacts by their hashes alone, since no entry is ever
    removed."""
    logged: dict[str, Any] = dict(wanted.query())
    vault = page_setup().vault
    hashes = []
    for name in ("words", "employer", "place"):
        typed = logged.get(name)
        if isinstance(typed, str) and (hidden := hide_contacts(typed)) != typed:
            logged[name] = hidden
            hashes += [vault.hash_of(each) for each in possible_identities(typed, ())] if vault else []
    return logged | ({"contacts": sorted(set(hashes))} if hashes else {})


def record(act: Act, subject: str = "", *, by: str | None = None, **details: object) -> None:
    """One more entry, by whoever is signed in unless somebody is named. What was typed is cut: no entry is ever
    removed."""
    short = {name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in details.items()}
    open_store().audit.record(act, subject[:LONGEST_VALUE], by=by or current_user.name, at=request_time(), **short)


def download(content: str | bytes, *, name: str, mimetype: str) -> Response:
    """A file to be saved under this name, and by nobody in between."""
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def small_number(text: str) -> int:
    """The number, if the store can hold it; ``ValueError`` otherwise."""
    number = int(text[:20])
    if len(text) > 20 or not -LARGEST <= number <= LARGEST:
        raise ValueError(f"{text[:20]!r}: expected a number of 63 bits")
    return number


class SmallNumber(IntegerConverter):
    """A number in an address, if the store can hold it; otherwise there is no such page."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:  # noqa: A002 - as Werkzeug calls it
        super().__init__(map, *args, **{"max": LARGEST} | options)


def dose_now(store: Store, now: datetime) -> Dose:
    """What whoever is signed in has read today."""
    limits, chosen = page_setup().care, store.accounts.chosen_limits(current_user.name)
    care = Care(
        most=min(chosen.most or limits.daily_most, limits.daily_most),
        break_minutes=min(chosen.break_minutes or limits.break_minutes, limits.break_minutes),
    )
    return measure_dose(store.audit.reading_acts(current_user.name, since=now - WINDOW), care, now=now)


def enough_page(dose: Dose) -> str:
    """What is shown in place of one more case."""
    return render_template("enough.html", dose=dose, hours=int(WINDOW.total_seconds() // 3600))
