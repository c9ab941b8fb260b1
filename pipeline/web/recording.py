"""Writes into the audit log what whoever is signed in does on the page."""

from flask import current_app
from flask_login import current_user

from pipeline.audit import Act
from pipeline.web.store import open_queue

__all__ = ["record"]


def record(act: Act, subject: str = "", *, by: str | None = None, **details: object) -> None:
    """One more entry, by whoever is signed in unless somebody is named."""
    open_queue().record(act, subject, by=by or current_user.name, at=current_app.config["CLOCK"](), **details)
