"""Access of a request: rights, filter, reading limits, audit log entries.

Every view names the right that it needs; no app is made that has one without.
"""

from dataclasses import replace
from typing import Any, Final, Literal, cast

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import WINDOW, Analyst, Dose, Right, may, measure_dose
from pipeline.accounts.audit_log import Act
from pipeline.linking.contacts import possible_identities
from pipeline.linking.redaction import hide_contacts
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.queue.case_queue import ORDERS, Order
from pipeline.web.i18n import _
from pipeline.web.setup import open_store, page_setup, request_time

Needed = Right | Literal["nothing", "sign_in", "token"]
"""``nothing``: open to everyone; ``sign_in``: to everyone with an account; ``token``: to programs, and no session opens
it, so that no page elsewhere can have a browser ask."""


LARGEST: Final = 2**63 - 1
"""The largest number that SQLite takes."""

LONGEST_VALUE: Final = 200
"""Characters of one value that is asked for, or kept in the log."""

_MARK: Final = "lurewatch_needs"

_WITH_OLD_PASSWORD: Final = frozenset(
    {"account.show_account", "account.change_password", "signing_in.sign_out", "account.choose_language"}
)
"""All that is open to someone whose password somebody else knows."""

_WITHOUT_SECOND_FACTOR: Final = _WITH_OLD_PASSWORD | {"account.begin_second_factor", "account.confirm_second_factor"}
"""All that is open to someone who must have a second factor and has none."""


class GuardedBlueprint(Blueprint):
    """A blueprint whose routes say what they need, as in ``@blueprint.get("/audit", needs="read_audit")``."""

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None,
        provide_automatic_options: bool | None = None, *, needs: Needed | None = None, **options: Any,
    ) -> None:  # fmt: skip
        """Add a route; one without ``needs`` is refused by ``guard``."""
        setattr(view_func, _MARK, needs)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def guard(app: Flask) -> None:
    """Have the app ask before every view. Comes after all views are registered, and refuses one that names nothing."""
    for endpoint in app.view_functions:
        _needed_by(app, endpoint)
    app.before_request(_check)
    app.jinja_env.globals.update(may=is_allowed, asked_list=lambda: list_query(asked_filter()))


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
    if needed in {"nothing", "token"}:  # a view for programs asks for the token itself, and answers as they expect
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if (current_user.must_change and request.endpoint not in _WITH_OLD_PASSWORD) or (
        current_user.lacks_second_factor and request.endpoint not in _WITHOUT_SECOND_FACTOR
    ):
        return redirect(url_for("account.show_account"))
    if needed != "sign_in" and not is_allowed(cast(Right, needed)):
        abort(403)
    return None


def _ask_to_sign_in() -> Response:
    """The form, which leads back to the page. What was typed into a form that came too late is there to be copied."""
    adapter, path = current_app.create_url_adapter(request), request.path
    while adapter and path and not adapter.test(path, "GET"):  # a form of a case is sent to an address below it
        path = path.rpartition("/")[0]
    wanted = f"{path}?{request.query_string.decode(errors='replace')}".rstrip("?") if path else None
    if request.method != "POST":
        return redirect(url_for("signing_in.sign_in", next=wanted))
    flash(_("You are signed out by now. Nothing was saved."), "error")
    return Response(render_template("sign_in.html", wanted=wanted, typed=written()), 401, mimetype="text/html")


def written() -> list[str]:
    """What somebody wrote into the form that was sent, and would not like to write again."""
    names = ("tags", "note", "text", "title", "description", "reason")
    return [text for name in names if (text := request.form.get(name, "").strip())]


def typed_text(name: str, *, most: int) -> str:
    """What was written into a field of several lines. A form sends each end of a line as two signs, of which the page
    counts one."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()[:most]


def _needed_by(app: Flask, endpoint: str) -> Needed:
    if endpoint == "static":
        return "nothing"
    needed: Needed | None = getattr(app.view_functions[endpoint], _MARK, None)
    if needed is None:
        raise RuntimeError(f"view {endpoint!r} says not what it needs; expected a route with needs=...")
    return needed


def asked_filter() -> CaseFilter:
    """The filter of this request. Who has a contact is for those who may see contacts, and so are campaigns, whose
    copies hold them; a campaign that was merged is what holds its ads by now."""
    wanted = CaseFilter.of({name: value[:LONGEST_VALUE] for name, value in request.args.items()})
    if not is_allowed("see_contacts"):
        # Employers and places are as ads wrote them, whole, with their contacts: a filter would answer a guess.
        facets = tuple(
            (facet, value)
            for facet, value in wanted.facets
            if facet not in {"employer", "place"} and (facet != "tag" or hide_contacts(value) == value)
        )
        return replace(wanted, facets=facets, contact="", campaign="", redacted=True)
    if wanted.campaign:
        return replace(wanted, campaign=open_store().campaigns.current(wanted.campaign) or wanted.campaign)
    return wanted


def asked_order() -> Order:
    """The order of the list that this request asks for; the queue's own where it does not say."""
    asked = request.args.get("sort", "")
    return next((order for order in ORDERS if order == asked), "priority")


def list_query(wanted: CaseFilter) -> dict[str, Any]:
    """The filter and the order of this request's list, as an address holds them."""
    order = asked_order()
    return wanted.query() | ({"sort": order} if order != "priority" else {})


def to_case(case_id: int, **more: Any) -> Response:
    """The way back to a case, in the list that it was opened from."""
    return redirect(url_for("case.show_case", case_id=case_id, **list_query(asked_filter()), **more))


def loggable(wanted: CaseFilter) -> dict[str, Any]:
    """The filter as the log keeps it: of what was typed, contacts by their hashes alone, since no entry is ever
    removed."""
    logged: dict[str, Any] = dict(wanted.query())
    hashes: list[str] = []
    for name in ("words", "employer", "place", "tag"):
        typed = logged.get(name)
        if isinstance(typed, str) and (hidden := hide_contacts(typed)) != typed:
            logged[name] = hidden
            hashes += map(open_store().vault.hash_of, possible_identities(typed, ()))
    return logged | ({"contacts": sorted(set(hashes))} if hashes else {})


def record(act: Act, subject: str = "", *, by: str | None = None, **details: object) -> None:
    """One more entry, by whoever is signed in unless somebody is named. What was typed is cut: no entry is ever
    removed."""
    short = {name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in details.items()}
    open_store().audit.record(act, subject[:LONGEST_VALUE], by=by or current_user.name, at=request_time(), **short)


def download(content: str | bytes, *, name: str, mimetype: str) -> Response:
    """A file to be saved under this name, and by nobody in between."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, headers=headers, mimetype=mimetype)


def small_number(text: str) -> int:
    """The number, if the store can hold it; ``ValueError`` otherwise."""
    number = int(text[:20])
    if len(text) > 20 or not -LARGEST <= number <= LARGEST:
        raise ValueError(f"{text[:20]!r}: expected a number of 63 bits")
    return number


def dose_now() -> Dose:
    """What whoever is signed in has read today."""
    store, now, limits = open_store(), request_time(), page_setup().care
    chosen = store.accounts.chosen_limits(current_user.name)
    care = replace(
        limits,
        daily_most=min(chosen.most or limits.daily_most, limits.daily_most),
        break_minutes=min(chosen.break_minutes or limits.break_minutes, limits.break_minutes),
    )
    return measure_dose(store.audit.reading_acts(current_user.name, since=now - WINDOW), care, now=now)


def dose_before(case_id: int) -> Dose:
    """The same before this case is opened; where it is to wait, the page that says so is the answer."""
    dose = dose_now()
    if dose.is_enough_for(case_id):
        page = render_template("enough.html", dose=dose, hours=int(WINDOW.total_seconds() // 3600))
        abort(Response(page, 429, mimetype="text/html"))
    return dose
