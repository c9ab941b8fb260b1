"""Who may see or do what: every view names the right that it needs, and no app is made that has one without.

One open store a request, kept open for the next one.

The filter that an address asks for, as far as whoever asks may filter by it.

Writes into the audit log what whoever is signed in does on the page.
"""

import threading
import unicodedata
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from crawler.extract.vocabulary import plain
from pipeline.accounts.analysts import Right, may
from pipeline.accounts.audit_log import Act
from pipeline.linking.contacts import ContactVault, possible_identities
from pipeline.linking.redaction import hide_contacts
from pipeline.store.case_filter import CaseFilter
from pipeline.store.review_queue import ReviewQueue

__all__ = [
    "LARGEST",
    "KeptQueues",
    "Needed",
    "SmallNumber",
    "asked_filter",
    "guard",
    "is_allowed",
    "keep_queues",
    "loggable",
    "needs",
    "open_queue",
    "record",
    "refused_words",
    "small_number",
]

Needed = Right | Literal["nothing", "sign_in"]
"""``nothing``: open to everyone; ``sign_in``: to everyone with an account."""

_WRITTEN: Final = frozenset({"employer", "place", "tag"})
"""Facets whose values are as somebody wrote them."""

LARGEST: Final = 2**63 - 1
"""The largest number that SQLite takes."""

LONGEST_VALUE: Final = 200
"""Characters of one value that is asked for, or kept in the log."""

View = TypeVar("View", bound=Callable[..., Any])

_MARK: Final = "lurewatch_needs"
_STATIC: Final = "static"
_WITH_OLD_PASSWORD: Final = frozenset(
    {"account.show_account", "account.change_password", "signing_in.sign_out", "languages.choose"}
)
"""All that is open to someone whose password somebody else knows."""


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


def _check() -> Response | None:
    if request.endpoint is None:  # no such page: there is nothing to keep from anyone
        return None
    needed = _needed_by(current_app, request.endpoint)
    if needed == "nothing":
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signing_in.sign_in", next=wanted))
    if current_user.must_change and request.endpoint not in _WITH_OLD_PASSWORD:
        return redirect(url_for("account.show_account"))
    if needed != "sign_in" and not is_allowed(needed):
        abort(403)
    return None


def _needed_by(app: Flask, endpoint: str) -> Needed:
    if endpoint == _STATIC:
        return "nothing"
    needed: Needed | None = getattr(app.view_functions[endpoint], _MARK, None)
    if needed is None:
        raise RuntimeError(f"view {endpoint!r} says not what it needs; expected it marked with needs(...)")
    return needed


_KEPT: Final = "lurewatch_queues"


class KeptQueues:
    """Open stores that no request is using, for the next ones.

    Opening one asks which steps it has had; closing the last one writes everything back and waits for the disk. Both
    took longer than most of what a request does in between.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[ReviewQueue, object]] = []
        self._lock = threading.Lock()
        self._turns = threading.Lock()

    def take(self) -> ReviewQueue:
        """A store that nobody else uses. One of another file, or of other tables than there are now, is let go."""
        while (kept := self._pop()) is not None:
            queue, was = kept
            if was == self._what_it_is(queue):
                return queue
            queue.close()
        return ReviewQueue.open(self._path, turns=self._turns)

    def give_back(self, queue: ReviewQueue) -> None:
        """Keep it for the next request; what was left unfinished is undone."""
        queue.leave()
        now = self._what_it_is(queue)
        with self._lock:
            self._idle.append((queue, now))

    def close(self) -> None:
        """Let go of all that nobody uses."""
        while (kept := self._pop()) is not None:
            kept[0].close()

    def _pop(self) -> tuple[ReviewQueue, object] | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _what_it_is(self, queue: ReviewQueue) -> object:
        """Another one once a file was put in the place of the database, or a newer program has changed its tables."""
        try:
            file = self._path.stat()
        except FileNotFoundError:
            return object()  # like nothing else: it is not used again
        return file.st_dev, file.st_ino, queue.schema_version()


def open_queue() -> ReviewQueue:
    """The review queue of this request; taken when first asked for, given back when the answer is sent."""
    if "lurewatch_queue" not in g:
        g.lurewatch_queue = _kept(current_app).take()
    queue: ReviewQueue = g.lurewatch_queue
    return queue


def keep_queues(app: Flask, database: Path) -> None:
    """Have the app keep stores of this database open from one request to another, as long as it is there itself."""
    kept = app.extensions[_KEPT] = KeptQueues(database)
    weakref.finalize(app, kept.close)

    @app.teardown_appcontext
    def give_back(_: BaseException | None) -> None:
        queue = g.pop("lurewatch_queue", None)
        if queue is not None:
            kept.give_back(queue)


def _kept(app: Flask) -> KeptQueues:
    kept: KeptQueues = app.extensions[_KEPT]
    return kept


def asked_filter() -> CaseFilter:
    """The filter of this request. Who has a contact is for those who may see contacts, and so are campaigns, whose
    copies hold them; a campaign that was merged is what holds its ads by now."""
    wanted = CaseFilter.of({name: value[:LONGEST_VALUE] for name, value in request.args.items()})
    if not is_allowed("see_contacts"):
        facets = (each for each in wanted.facets if each[0] not in _WRITTEN or hide_contacts(each[1]) == each[1])
        return replace(wanted, facets=tuple(facets), contact="", campaign="")
    if wanted.campaign:
        return replace(wanted, campaign=open_queue().living_campaign(wanted.campaign) or wanted.campaign)
    return wanted


def refused_words(wanted: CaseFilter) -> bool:
    """Whether whoever asks may not search for these words: without a right to contacts, nothing by which one could be
    found out piece by piece. The index holds the whole text."""
    if is_allowed("see_contacts"):
        return False
    return "*" in wanted.words or any(map(str.isnumeric, plain(wanted.words))) or any(
        char.isnumeric() or unicodedata.normalize("NFKC", char).isnumeric() for char in wanted.words
    ) or hide_contacts(wanted.words) != wanted.words  # fmt: skip


def loggable(wanted: CaseFilter) -> dict[str, Any]:
    """The filter as the log keeps it: of what was typed, contacts by their hashes alone, since no entry is ever
    removed."""
    said: dict[str, Any] = dict(wanted.query())
    vault: ContactVault | None = current_app.config["VAULT"]
    hashes = []
    for name in ("words", "employer", "place"):
        typed = said.get(name)
        if isinstance(typed, str) and (hidden := hide_contacts(typed)) != typed:
            said[name] = hidden
            hashes += [vault.hash_of(each) for each in possible_identities(typed, ())] if vault else []
    return said | ({"contacts": sorted(set(hashes))} if hashes else {})


def record(act: Act, subject: str = "", *, by: str | None = None, **details: object) -> None:
    """One more entry, by whoever is signed in unless somebody is named. What was typed is cut: no entry is ever
    removed."""
    short = {name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in details.items()}
    open_queue().record(
        act, subject[:LONGEST_VALUE], by=by or current_user.name, at=current_app.config["CLOCK"](), **short
    )


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
