"""Which language the page speaks, as whoever reads it chooses: kept with the account, or until they sign in."""

from flask import Blueprint, abort, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.web.gate import needs
from pipeline.web.language import LANGUAGES
from pipeline.web.signing_in import own_path
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

blueprint = Blueprint("languages", __name__)


@blueprint.post("/language")
@needs("nothing")
def choose() -> Response:
    """The page that one was on, in another language."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    if current_user.is_authenticated:
        open_queue().set_language(current_user.name, language)
    else:
        session["language"] = language
    return redirect(own_path(request.form.get("next", "")) or url_for("queue.show_queue"))
