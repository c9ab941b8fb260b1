"""Prevention brief of a month: page, text, and files to print, edit and share."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from textwrap import wrap
from typing import Final

from flask import abort, render_template, request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from werkzeug.wrappers import Response

from crawler.files import read_word_list
from model.taxonomy.records import Indicator
from pipeline.review.brief import MONTH, TOPICS, Brief, Topic, read_brief
from pipeline.review.figures import FEWEST, Share, month_before, months_until
from pipeline.web.access import GuardedBlueprint, download, record
from pipeline.web.charts import as_png
from pipeline.web.i18n import (
    LANGUAGES,
    WORDS,
    _,
    in_language,
    language_name,
    page_language,
    value_words,
    word,
    written_month,
    written_number,
    written_points,
    written_share,
)
from pipeline.web.setup import open_store, page_setup, page_taxonomy, request_time

_SENTENCES: Final = 5
_SIGN_WORDS: Final = read_word_list("brief_words")
_UNSPECIFIC: Final = frozenset({"not_said", "other", "either"})
"""Values that say nothing: last in a table, and in no sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One topic: its heading, and rows of which the first cell names the row."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[Share, ...] = ()
    """Of each row the share that a bar shows; none where the table is of words."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A brief, ready to be set as a page or as a file."""

    language: str
    title: str
    lead: tuple[str, ...]
    sentences: tuple[str, ...] = ()
    """What the month says, in five plain sentences at most."""

    wordings_title: str
    wordings: tuple[tuple[str, str, str], ...] = ()
    """Signs, how common each is, and how an ad may put it; the sentences are invented."""

    changes_title: str
    changes: tuple[str, ...] = ()
    """What has clearly changed, a line each."""

    tables: tuple[Table, ...] = ()
    notes_title: str
    notes: tuple[str, ...] = ()


def write_brief(brief: Brief, language: str, *, indicators: Mapping[str, Indicator]) -> Document:
    with in_language(language):
        bare = Document(
            language=language,
            title=_("What risky job ads promise: %(month)s", month=written_month(brief.month)),
            lead=(_(WORDS["brief"]["too_few"], least=FEWEST),),
            wordings_title=_("How such ads may sound (invented examples)"),
            changes_title=_("Changes since the month before"),
            notes_title=_("How this was counted"),
        )
        if not brief.is_publishable:
            return bare
        tables = (*(_table(brief, topic, indicators) for topic in TOPICS), _phrases(brief, indicators))
        signs: tuple[Topic, ...] = ("promise", "work", "approach", "bind")
        examples: dict[str, str] = _SIGN_WORDS[language]["examples"]
        shown = [(row, row.now) for topic in signs for row in brief.topics[topic] if row.now and row.value in examples]
        counts = {name: written_number(count) for name, count in asdict(brief.counts).items()}
        return replace(
            bare,
            lead=tuple(_(paragraph, **counts) for paragraph in WORDS["brief"]["lead"]),
            sentences=tuple(_sentences(brief, indicators)),
            wordings=tuple(
                (_named("promise", row.value, indicators), _in_ten(share), examples[row.value])
                for row, share in sorted(shown, key=lambda pair: -pair[1].count)[:_SENTENCES]
            ),
            changes=tuple(_changes(brief, indicators)),
            tables=tuple(table for table in tables if table.rows),
            notes=tuple(_(note, least=FEWEST) for note in WORDS["brief"]["notes"]),
        )


def _changes(brief: Brief, indicators: Mapping[str, Indicator]) -> Iterator[str]:
    if brief.counts_before.confirmed < FEWEST:
        yield _("The month before has too few confirmed cases for a comparison.")
        return
    found = [(topic, row) for topic in TOPICS for row in brief.topics[topic] if row.change]
    for topic, row in found:
        what = f"{word(topic, 'topic')}: {_named(topic, row.value, indicators)}"
        yield _(WORDS["change"][row.change], what=what, now=written_share(row.now), before=written_share(row.before))
    if not found:
        yield _("Nothing has changed by more than chance would explain.")


def _sentences(brief: Brief, indicators: Mapping[str, Indicator]) -> Iterator[str]:
    yield _("Analysts confirmed %(confirmed)s job ads of %(month)s as likely lures.",
            confirmed=written_number(brief.counts.confirmed), month=written_month(brief.month))  # fmt: skip
    made = 1
    for topic, words in WORDS["sentence"].items():
        found = [(row.now, row.value) for row in brief.topics[topic] if row.now and row.value not in _UNSPECIFIC]
        if found and made < _SENTENCES:
            share, value = max(found, key=lambda pair: pair[0].count)
            made += 1
            yield _(words, what=_named(topic, value, indicators), share=_in_ten(share))


def _in_ten(share: Share) -> str:
    tenths = round(10 * share.share)
    if tenths >= 10:
        return _("nearly all")
    return _("about %(number)s in 10", number=tenths) if tenths else _("fewer than 1 in 20")


def _table(brief: Brief, topic: Topic, indicators: Mapping[str, Indicator]) -> Table:
    """The rows that may be shown, what is not said last; last month's only where there is something to compare."""
    shown = [(row, row.now) for row in brief.topics[topic] if row.now]
    shown.sort(key=lambda pair: pair[0].value in _UNSPECIFIC)
    if all(row.value in _UNSPECIFIC for row, _now in shown):
        shown = []
    is_compared = brief.counts_before.confirmed >= FEWEST
    before = (written_month(brief.before), _("Change, in points")) if is_compared else ()
    rows = []
    for row, share in shown:
        cells = [_named(topic, row.value, indicators), written_number(share.count), written_share(share)]
        if is_compared:
            cells += [written_share(row.before), written_points(row.points) if row.points else "–"]
        rows.append(tuple(cells))
    return Table(
        key=topic,
        title=word(topic, "topic"),
        columns=("", _("Cases"), written_month(brief.month), *before),
        rows=tuple(rows),
        shares=tuple(share for _row, share in shown),
    )


def _phrases(brief: Brief, indicators: Mapping[str, Indicator]) -> Table:
    return Table(
        key="phrases",
        title=_("Example words"),
        columns=(_("Words"), _("Language"), _("Shows"), _("Cases")),
        rows=tuple(
            (each.words, language_name(each.language), _named("promise", each.indicator, indicators),
             written_number(each.cases))
            for each in brief.phrases
        ),
        note=_(
            "Of each sentence only the words that stand in our list of signs are shown; … stands for all else. "
            "Each was found in %(least)s cases or more.", least=FEWEST,
        ),
    )  # fmt: skip


def _named(topic: Topic, value: str, indicators: Mapping[str, Indicator]) -> str:
    if words := value_words(topic, value):
        return words
    own = indicators[value].title if value in indicators else value.replace("_", " ")
    return str(_SIGN_WORDS[page_language()]["signs"].get(value, own))


_SIGNS: Final = re.compile(r"([\\`*_\[\]<>#|])")

FORMATS: Final = {"html": "text/html", "md": "text/markdown"}
"""By the end of a file's name, what it is served as."""


_FILES: Final = Environment(  # they need no app
    loader=PackageLoader("pipeline.web"), autoescape=select_autoescape(("html", "svg")), undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_FILES.filters["plain"] = lambda text: _SIGNS.sub(r"\\\1", text)  # as it reads, whatever signs stand in it


def as_file(document: Document, ending: str) -> str:
    """The brief as a page with its few lines of style in it, which fetches nothing, or as Markdown with tables."""
    return _FILES.get_template(f"brief_file.{ending}").render(document=document).rstrip() + "\n"


CARD: Final = "png"
"""The ending of the share card."""


blueprint = GuardedBlueprint("brief", __name__)


@blueprint.get("/brief", needs="read")
def show_brief() -> str:
    """The brief of the month that is asked for, else of the last whole one."""
    # A month that is not over may be asked for, too.
    months = sorted({_month(), *months_until(_last_month(), 12)}, reverse=True)
    return render_template(
        "brief.html", document=_document(), month=_month(), endings=(*FORMATS, CARD),
        months=[(month, written_month(month)) for month in months],
    )  # fmt: skip


@blueprint.get("/brief.<ending>", needs="read")
def export_brief(ending: str) -> Response:
    if ending not in {*FORMATS, CARD}:
        abort(404)
    document = _document()
    record("exported", f"brief {_month()}", language=document.language, ending=ending)
    name = f"lurewatch-brief-{_month()}-{document.language}.{ending}"
    if ending == CARD:
        return download(as_png(draw_card(document), zoom=1.0), name=name, mimetype="image/png")
    return download(as_file(document, ending), name=name, mimetype=FORMATS[ending])


def _document() -> Document:
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else page_language()
    with in_language(language):
        indicators = page_taxonomy().indicators
    found = read_brief(open_store().statistics, _month(), indicators=indicators, source_kinds=page_setup().source_kinds)
    return write_brief(found, language, indicators=indicators)


def _month() -> str:
    """The last whole month unless another is asked for."""
    asked = request.args.get("month", "")
    if asked and not MONTH.fullmatch(asked):
        abort(400)
    return asked or _last_month()


def _last_month() -> str:
    return month_before(f"{request_time():%Y-%m}")


def draw_card(document: Document) -> str:
    """The card as SVG: what a phone shows without opening anything. Where nothing may be told it says just that."""
    lines, y = [], 170
    for line in wrap(document.title, 34):
        lines.append((y, line, "heading"))
        y += 72
    y += 30
    for sentence in document.sentences or document.lead:
        for line in wrap(sentence, 48):
            lines.append((y, line, "sentence"))
            y += 54
        y += 28
    return _FILES.get_template("brief_card.svg").render(lines=lines)
