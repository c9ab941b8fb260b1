"""The review page as a WSGI application, behind a waitress server."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import waitress
from flask import Blueprint, Flask, Response, render_template
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter
from werkzeug.utils import find_modules, import_string

from crawler.ad import heading
from model.assessment import RuleMet
from model.taxonomy.loader import load_taxonomy
from pipeline.accounts.credentials import read_secret_key
from pipeline.case import VERDICTS
from pipeline.errors import BadSettings, NotInstalled, UnknownAnalyst, UnknownCase
from pipeline.exports.export import maker_of
from pipeline.linking.redaction import hide_contacts
from pipeline.nightly.report import METRICS
from pipeline.nightly.triage import band_of
from pipeline.review.brief import read_source_kinds
from pipeline.settings.loader import OPENID_FILE, OPENID_VARIABLE, refuse_if_others_may_read
from pipeline.settings.messages import FOLDER, read_translations
from pipeline.settings.records import Settings
from pipeline.store.store import Store
from pipeline.web import api, auth
from pipeline.web.access import LARGEST, GuardedBlueprint, guard, is_allowed, written
from pipeline.web.checker import Checker
from pipeline.web.i18n import WORDS, _, install_language, page_language, standing, word
from pipeline.web.presenters import licence_facts
from pipeline.web.setup import LOOPBACK, PageSetup, install_setup, page_setup, page_taxonomy
from pipeline.web.views import check

if TYPE_CHECKING:
    from pipeline.accounts.openid import Provider


every_page = Blueprint("every_page", __name__)
"""What all pages have in common: headers, errors."""

# Our own script and style sheet, nothing inline, no frame, nothing from outside: an ad's text can ask for nothing.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def create_app(setup: PageSetup) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=setup.secret_key,
        TRUSTED_HOSTS=list(setup.hosts),
        # By its beginning a browser takes this cookie from no other host, and over HTTPS alone.
        SESSION_COOKIE_NAME="__Host-lurewatch" if setup.secure_cookie else "lurewatch",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=setup.secure_cookie,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=setup.review.session_hours),
        MAX_CONTENT_LENGTH=64 * 1024,
        WTF_CSRF_TIME_LIMIT=10 * 3600,  # how long a form may lie open
    )
    install_setup(app, setup)
    app.extensions["lurewatch_checks"] = {}  # moments, by account
    app.url_map.converters["int"] = partial(IntegerConverter, max=LARGEST)  # type: ignore[assignment]  # it is called
    app.before_request(check.allow_long_forms)  # the token of a form is read from its fields
    CSRFProtect(app).exempt(api.blueprint)  # a token in a header comes from no browser
    auth.login_manager.init_app(app)
    app.register_blueprint(every_page)
    for module in (api, auth, *map(import_string, find_modules("pipeline.web.views"))):
        for blueprint in vars(module).values():
            if isinstance(blueprint, GuardedBlueprint):
                app.register_blueprint(blueprint)
    guard(app)
    install_language(app)
    app.jinja_env.globals.update(
        indicator_language=lambda: page_language() if page_language() in setup.translations else "en",
        words=WORDS,
        verdicts=VERDICTS,
        has_exports=setup.exports is not None,
        has_openid=setup.openid is not None,
        has_practice=setup.samples is not None,
        has_checker=setup.checker is not None,
        csrf_field=csrf_field,
    )
    app.jinja_env.filters.update(
        band=band_of, heading=heading, licence_facts=licence_facts, marking=marking, rule_title=rule_title,
        rule_titles=rule_titles, seen=seen, standing=standing, title_of=title_of, word=word,
    )  # fmt: skip
    return app


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def seen(text: str | None) -> str | None:
    """A text as whoever reads may see it."""
    return text if text is None or is_allowed("see_contacts") else hide_contacts(text)


def title_of(key: str) -> str:
    """An indicator's title in the page's language; its key where the taxonomy no longer has it."""
    indicator = page_taxonomy().indicators.get(key)
    return indicator.title if indicator else key


def rule_title(met: RuleMet) -> str:
    """The title of a rule in the page's language; its own for one that the taxonomy no longer has."""
    return next((rule.title for rule in page_taxonomy().rules if rule.key == met.rule), met.title)


def rule_titles(keys: str) -> str:
    """The titles of rules whose keys are parted by semicolons, as a case keeps them."""
    known = {rule.key: rule.title for rule in page_taxonomy().rules}
    return "; ".join(known.get(key, key) for key in keys.split("; "))


def marking(keys: Iterable[str]) -> str:
    """How a stretch is marked: for a lure where any indicator is, else against it, else as context."""
    taxonomy = page_taxonomy()
    polarities = {taxonomy.indicators[key].polarity if key in taxonomy.indicators else "risk" for key in keys}
    return "for" if "risk" in polarities else "against" if "mitigating" in polarities else "context"


@every_page.after_app_request
def harden(response: Response) -> Response:
    """Adds the headers; a page that is stricter with itself stays so."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    if page_setup().secure_cookie:
        response.headers["Strict-Transport-Security"] = f"max-age={365 * 86_400}"
    return response


@every_page.app_errorhandler(CSRFError)
def stale_form(_error: CSRFError) -> tuple[str, int]:
    """A form without the token that this session gave out."""
    text = _("This form was open too long, or came from elsewhere. Nothing was saved. Go back, reload and try again.")
    return render_template("error.html", title=_("Not saved"), text=text, typed=written()), 400


@every_page.app_errorhandler(UnknownAnalyst)
@every_page.app_errorhandler(UnknownCase)
def not_there(error: UnknownAnalyst | UnknownCase) -> tuple[str, int]:
    """A case or an account that is not there is a page that is not there."""
    title, text = WORDS["error"][type(error).__name__]
    return render_template("error.html", title=_(title), text=_(text)), 404


@every_page.app_errorhandler(HTTPException)
def plain_error(error: HTTPException) -> tuple[str, int]:
    """Any other answer that is no page."""
    if isinstance(error, SecurityError):  # a host name that is not ours: no page of ours can be built for it
        return "This server does not answer to that name.", 400
    code = error.code or 500
    title, text = WORDS["error"].get(str(code), (error.name, error.description or ""))
    own = error.description if error.description != type(error).description else None  # in the page's language already
    return render_template("error.html", title=_(title), text=own or _(text)), code


def make_server(settings: Settings, *, names: tuple[str, ...], https: bool, provider: "Provider | None") -> Any:
    """A server that listens, to be run. ``names`` are further host names that it answers to; with ``https`` cookies are
    sent over HTTPS alone."""
    with Store.open(settings.database) as store:
        store.check_key()
    taxonomy, samples = load_taxonomy(settings.taxonomy), settings.home / "data" / "samples"
    app = create_app(
        PageSetup(
            database=settings.database,
            taxonomy=taxonomy,
            secret_key=read_secret_key(settings.local / "review.key"),
            hosts=(*LOOPBACK, *names),
            secure_cookie=https,
            review=settings.review,
            care=settings.care,
            exports=maker_of(settings, taxonomy) if settings.exports.is_dir() else None,
            batches=settings.batches,
            source_kinds=read_source_kinds(settings.sources),
            openid=provider,
            metrics=settings.local / METRICS,
            checker=Checker(settings),
            samples=samples if (samples / "practice").is_dir() else None,
            translations=read_translations(settings.taxonomy / FOLDER, taxonomy),
        )
    )
    host, port = settings.review.host, settings.review.port
    try:
        return waitress.create_server(
            app,
            host=host,
            port=port,
            threads=16,  # those who only read must not stand behind those who wait for a night's write to end
            connection_limit=500,
            channel_timeout=30,  # seconds, so that hundreds of silent connections are not in everybody's way
        )
    except OSError as err:
        raise BadSettings(f"{host}, port {port}: {err.strerror or err}; expected another --port or --host") from err


def addresses_of(server: Any) -> str:
    """Where a waitress server answers: a host name may have several addresses, each with a socket of its own."""
    listens = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    named = [(f"[{host}]" if ":" in host else host, port) for host, port in listens]
    return " and ".join(f"http://{host}:{port}/" for host, port in named)


def provider_of(settings: Settings, environ: Mapping[str, str]) -> "Provider | None":
    """The provider that people may sign in by, or None where none is set."""
    if settings.openid.issuer is None:
        return None
    secret, path = environ.get(OPENID_VARIABLE, "").strip(), settings.local / OPENID_FILE
    if not secret and path.is_file():
        refuse_if_others_may_read(path)
        secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise BadSettings(f"{path}: expected the secret that the provider gave for this desk, or ${OPENID_VARIABLE}")
    try:
        from pipeline.accounts.openid import Provider
    except ImportError as err:
        raise NotInstalled(
            "authlib: not installed; expected the extra that signs in by a provider: pip install 'lurewatch[openid]'"
        ) from err
    return Provider(settings.openid, secret)
