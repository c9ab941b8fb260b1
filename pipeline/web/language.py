"""The page's words by way of gettext. English is what stands in the code; other languages will be catalogues."""

from gettext import NullTranslations
from typing import Any

from flask import Flask

__all__ = ["gettext", "install_language", "mark"]

_ENGLISH = NullTranslations()


def gettext(message: str, **values: Any) -> str:
    """The message in the language of the page, with the values that its ``%(name)s`` ask for."""
    said = _ENGLISH.gettext(message)
    return said % values if values else said


def mark(message: str) -> str:
    """The message as it is: one for the catalogues that is looked up where it is shown."""
    return message


def install_language(app: Flask) -> None:
    """Give the templates ``_``, ``ngettext`` and ``{% trans %}``."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
