"""HTML format of a package: one page to read, to print or to save as a PDF.

The page stands alone: no script, nothing fetched, no live link. A browser sets every script with the fonts of the
machine it runs on, which a PDF library of our own could do only with fonts that we would have to ship.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from pipeline.exports.json_package import moment_text
from pipeline.exports.kit import ABOUT
from pipeline.exports.referral import CAVEAT, CLAIM, NON_PUNISHMENT, Judged, Package
from pipeline.licences.results import lookup_lines
from pipeline.linking.changes import pay_text
from pipeline.settings.messages import ENGLISH, VERDICT_WORDS, Translator, mark

__all__ = ["render_page"]

TEMPLATES: Final = Path(__file__).with_name("templates")

JUDGED_WORDS: Final[dict[Judged, str]] = {
    "confirmed": mark("confirmed"),
    "rejected": mark("found wrongly shown"),
    "disputed": mark("disputed"),
    "not_judged": mark("not judged"),
}


def render_page(package: Package, translator: Translator = ENGLISH, language: str = "en") -> str:
    """The page as text, in the reader's language."""
    style = (TEMPLATES / "package.css").read_text(encoding="utf-8")
    # The page's own policy lets this style in, and no other.
    digest = f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
    page = _environment().get_template("package.html")
    return page.render(
        package=package, language=language, style=Markup(style), style_hash=digest, _=translator.say,  # noqa: S704 - ours
        verdicts=VERDICT_WORDS, judged=JUDGED_WORDS, non_punishment=NON_PUNISHMENT, claim=CLAIM, caveat=CAVEAT,
        about_recruitment=ABOUT,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, keep_trailing_newline=True
    )
    made.filters.update(
        pay=pay_text,
        moment=lambda moment: moment_text(moment).replace("T", " ").replace("Z", " UTC"),
        contacts=lambda contacts: "; ".join(f"{each.kind}: {each.value}" for each in contacts),
        counted=lambda counted: "; ".join(f"{value} ({count})" for value, count in counted),
        licence_lines=lambda lookup: lookup_lines(lookup, on=lookup.looked_at.date()),
    )
    return made
