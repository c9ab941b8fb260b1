"""Readers of labelled collections: texts, boards, decisions, tables.

A reader gives a ``LabelledAd`` for each row, in the file's order. A row that is not in the format raises
``BadDataset``, which names the file and the row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from crawler.ad import JobAd
from model.ad_facts import facts_from_record
from model.assessment import KINDS, Kind
from model.datasets.counted import FIELDS, CountedText
from model.datasets.labels import KIND_NAMES, Genre, LabelledAd, near_duplicate_key
from model.datasets.near_copies import PASSAGE_LEVEL, NearCopies
from model.datasets.records import Record, nfc, read_any, read_json_lines, read_table, text_ad
from model.errors import BadDataset


def _ad(row: Record, dataset: str, *, key: str = "id", title: str = "title", text: str = "text") -> JobAd:
    """The row's ad, from the fields of these names; a field that the format does not have is empty."""
    language = row.text("language") or row.text("lang")
    return text_ad(dataset, row.text(key), title=row.text(title), description=row.text(text), language=language)


def _group_of(ad: JobAd) -> str:
    """The name of the group of texts that begin as this one does."""
    return f"{ad.source}:{near_duplicate_key(ad.title + ad.description)}"


_REAL: Final = frozenset(
    {"id", "cluster", "text", "language", "kind", "complete", "source", "note", "confidence", "altered"}
)
KINDS_OF_REAL: Final[dict[str, Kind]] = {
    "scam": "job_fraud", "lure": "trafficking_recruitment", "legit_informal": "legitimate", "message": "not_an_ad",
    "awareness": "not_an_ad",
}  # fmt: skip
"""The collection's own words for what a text is, which are the rows' ``sort``."""


def read_real(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Short texts as people got them; a cluster of the file is a group, the channel a source."""
    for row in read_json_lines(path, _REAL):
        yield LabelledAd(
            ad=_ad(row, dataset), kind=row.one_of("kind", KINDS_OF_REAL), dataset=dataset, sort=row.text("kind"),
            genre="chat", group=f"{dataset}:{row.text('cluster') or row.text('id')}",
            source=row.text("source").partition("@")[0],
        )  # fmt: skip


WHOLE_ADS: Final = frozenset({"verbatim_ad", "person_sale_ad"})

_QUOTED: Final = frozenset({"id", "text", "lang", "url", "label", "kind", "note"})
_GREY_FRAUDS: Final = frozenset({"generic_job_scam", "money_mule", "task_scam_non_trafficking"})
_LABELS: Final[dict[str, Kind | None]] = {"lure": "trafficking_recruitment", "legit": "legitimate", "grey": None}


def read_quoted(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The quoted texts, grouped by the page they were quoted on."""
    for row in read_json_lines(path, _QUOTED):
        kind = row.one_of("label", _LABELS)
        if kind == "legitimate" and row.text("kind") == "awareness_or_news":
            kind = "not_an_ad"
        if kind is None and row.text("kind") in _GREY_FRAUDS:
            kind = "job_fraud"
        if kind is None:
            continue
        yield LabelledAd(
            ad=_ad(row, dataset), kind=kind, dataset=dataset, sort=row.text("kind"), genre="quoted",
            group=f"{dataset}:{row.text('url') or row.text('id')}", source=urlsplit(row.text("url")).hostname or "",
        )  # fmt: skip


COLUMNS: Final = (
    "job_id", "title", "location", "department", "salary_range", "company_profile", "description", "requirements",
    "benefits", "telecommuting", "has_company_logo", "has_questions", "employment_type", "required_experience",
    "required_education", "industry", "function", "fraudulent",
)  # fmt: skip

_EMSCAD_TEXTS: Final = ("title", "company_profile", "description", "requirements", "benefits")

# The set is published with 0 and 1 on one site, with f and t on another.
_FRAUDULENT: Final[dict[str, Kind]] = {"0": "legitimate", "1": "job_fraud", "f": "legitimate", "t": "job_fraud"}


def read_emscad(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The ads of EMSCAD's CSV file; description, requirements and benefits read as one text."""
    rows = [*read_table(path, COLUMNS, ("dup_group",))]
    groups = [row.text("dup_group") for row in rows]
    if not all(groups):  # then by the first ad of its cluster of near-copies, by all that it says
        texts = ("\n".join(row.text(name) for name in _EMSCAD_TEXTS) for row in rows)
        firsts = NearCopies(texts).clusters(PASSAGE_LEVEL)
        groups = [group or f"as {rows[first].text('job_id')}" for group, first in zip(groups, firsts, strict=True)]
    for row, group in zip(rows, groups, strict=True):
        parts = [row.text(name) for name in ("description", "requirements", "benefits")]
        text = "\n".join(part for part in parts if part)
        yield LabelledAd(
            ad=text_ad(dataset, row.text("job_id"), title=row.text("title"), description=text, language="en"),
            kind=row.one_of("fraudulent", _FRAUDULENT), dataset=dataset, sort="board_ad", genre="board",
            group=f"{dataset}:{group}",
        )  # fmt: skip


_COLLECTED: Final = frozenset(
    {"id", "language", "country", "title", "body", "employer", "place", "pay", "label", "kind", "source"}
)
_COLLECTED_KINDS: Final[dict[str, Kind]] = {
    "legit": "legitimate", "job_fraud": "job_fraud", "ordinary_message": "not_an_ad", "other_spam": "not_an_ad",
}  # fmt: skip
"""The collection's own words; other spam is of prizes, loans and banks, and offers no work."""


def read_collected(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Ads of boards and text messages; texts that begin alike are a group."""
    for row in read_json_lines(path, _COLLECTED, {"company_profile"}):
        ad, kind = _ad(row, dataset, text="body"), row.one_of("label", _COLLECTED_KINDS)
        yield LabelledAd(
            ad=ad, kind=kind, dataset=dataset, group=_group_of(ad),
            sort=row.text("label") if kind == "not_an_ad" else row.text("kind"),
            genre="chat" if row.text("kind") == "sms" else "board",
            source=f"{dataset}: {row.text('source')}" if row.text("source") else "",
        )  # fmt: skip


DECIDED_FIELDS: Final = (
    "ad_id", "source", "language", "title", "description", "verdict", "confirmed", "rejected", "reason", "decided_at",
    "fingerprint",
)  # fmt: skip
"""Fields of a line, in the order in which they are written; ``facts`` follow where they are known."""

_VERDICTS: Final[dict[str, Kind | None]] = {
    "trafficking_recruitment": "trafficking_recruitment",
    "job_fraud": "job_fraud",
    # A reviewer acts on it; of the two kinds that are acted on it is the nearer one.
    "irregular_recruitment": "job_fraud",
    "legitimate": "legitimate",
    "not_an_ad": "not_an_ad",
    "cannot_tell": None,
}


def read_decided(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Decided ads; those that nobody could tell are passed over."""
    for row in read_json_lines(path, frozenset(DECIDED_FIELDS), {"facts"}):
        kind = row.one_of("verdict", _VERDICTS)
        if kind is not None:
            ad, facts = _ad(row, dataset, key="ad_id", text="description"), row.fields.get("facts")
            yield LabelledAd(
                ad=ad, kind=kind, dataset=dataset, sort=row.text("verdict"), genre="board", group=_group_of(ad),
                facts=None if facts is None else facts_from_record(facts, row.where),
                source=f"{dataset}: {row.text('source')}" if row.text("source") else "",
            )  # fmt: skip


_CONTRAST: Final = frozenset(
    {"id", "group", "kind", "language", "truth", "genre", "strength", "exploitation", "origin", "destination",
     "target", "title", "text", "why"}
)  # fmt: skip
_TEXTS: Final = frozenset({"id", "language", "genre", "truth", "kind", "text", "why"})
_HELD_OUT: Final = frozenset(
    {"id", "group", "language", "truth", "genre", "strength", "exploitation", "title", "text", "why"}
)
_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in KINDS}
GENRES: Final[dict[str, Genre]] = {"chat": "chat", "board": "board", "social": "social", "news": "news"}


def read_contrast(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Contrast groups: one offer in four texts, a lure or a fraud and its lawful twin, each as a chat message and as a
    board ad, so that neither genre nor trade nor place tells them apart."""
    for row in read_json_lines(path, _CONTRAST):
        group = row.text("group")
        yield LabelledAd(
            ad=_ad(row, dataset), kind=row.one_of("truth", _KINDS), dataset=dataset, sort=row.text("kind"),
            genre=row.one_of("genre", GENRES), group=f"{dataset}:{group or row.text('id')}",
            twins=group if group and row.text("kind") != "none" else None,
        )  # fmt: skip


def read_texts(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Single texts: ordinary messages, warnings, news, frauds, lawful ads with the look of a lure. Two that tell one
    offer, dangerous and lawful, name the same ``group``, be it in two files."""
    for row in read_json_lines(path, _TEXTS, {"title", "exploitation", "group"}):
        ad, group = _ad(row, dataset), row.text("group")
        yield LabelledAd(
            ad=ad, kind=row.one_of("truth", _KINDS), dataset=dataset, sort=row.text("kind"),
            genre=row.one_of("genre", GENRES), group=f"group:{group}" if group else _group_of(ad), twins=group or None,
        )  # fmt: skip


def read_held_out(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Texts for measuring alone: lures, frauds, their lawful twins, warnings and messages. Never trained on."""
    for row in read_json_lines(path, _HELD_OUT):
        kind, genre = row.one_of("truth", _KINDS), row.one_of("genre", GENRES)
        group = f"{dataset}:{row.text('group') or row.text('id')}"
        yield LabelledAd(
            ad=_ad(row, dataset), kind=kind, dataset=dataset, sort="news" if genre == "news" else "held_out",
            genre=genre, group=group, twins=group if kind != "not_an_ad" else None,
        )  # fmt: skip


def read_counted(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Texts of which n-grams and signs are kept in place of their words: what ``lurewatch datasets count`` writes."""
    for row in read_json_lines(path, FIELDS):
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title="", description="", language=row.text("language")),
            kind=row.one_of("kind", _KINDS), dataset=dataset, sort=row.text("sort"), genre=row.one_of("genre", GENRES),
            group=f"{dataset}:{row.text('group')}", source=row.text("source"), counted=CountedText.read(row),
        )  # fmt: skip


MAPPED: Final = ("text", "title", "kind", "language", "id", "group", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """One collection as its entry in the catalogue describes it."""

    name: str
    title: str
    path: str
    """From the project's root; a collection that is not there is left out of training, and the card says so."""

    format: str
    licence: str
    notes: str
    real: bool = False
    """Whether people sent or posted these texts; False for texts invented for lurewatch."""

    rows: int | None = None
    emphasis: float = 1.0
    """How much more a row of it counts in training than its number alone would make it."""

    prevalence: float | None = None
    """The share of ads to act on in nature, where the collection holds more of them."""

    family: str = ""
    """Collections of one family are left out of training together; the name where it stands alone."""

    alone: bool = False
    """Whether it is also left out by itself, while others of its family are learnt from."""

    ordinary: bool = False
    """Whether these are ordinary ads: operating points are shares of them."""

    columns: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    labels: str = ""
    language: str = ""
    """Of a table, this and the three before: what is read from which column, what each value of its kind column or its
    labels stands for, a CSV of ``id`` and ``label`` instead of a kind column, the language where no column says it."""

    genre: Genre = "chat"


def read_mapped(card: DatasetCard, root: Path) -> Iterator[LabelledAd]:
    """The labelled rows of a table. A row without an id is named by its number, a value that stands for no kind is
    named with its row."""
    path = root / card.path
    labels: dict[str, str] = {}
    for row in read_any(root / card.labels, {"id", "label"}) if card.labels else ():
        if row.value("id") in labels:
            raise BadDataset(f"{row.where}: id {row.value('id')!r} stands there twice")
        labels[row.value("id")] = row.value("label")
    kinds = {nfc(value): KIND_NAMES[name] for value, name in card.kinds.items()} or KIND_NAMES
    columns = {name: nfc(column) for name, column in card.columns.items()}
    seen = set[str]()
    for number, row in enumerate(read_any(path, set(columns.values())), 1):

        def cell(name: str, row: Record = row) -> str:
            return row.value(columns[name]) if name in columns else ""

        if not any(map(cell, columns)):  # as below a spreadsheet's last row
            continue
        key = cell("id") or str(number)
        if key in seen:
            raise BadDataset(f"{row.where}: id {key!r} stands there twice")
        seen.add(key)
        value = labels.get(key) if card.labels else cell("kind")
        if value is not None and value not in kinds:
            raise BadDataset(
                f"{row.where}: {value!r} stands for no kind; the entry knows {', '.join(map(repr, sorted(kinds)))}, "
                f"each as one of {', '.join(KIND_NAMES)}"
            )
        kind = None if value is None else kinds[value]
        if kind is None:
            continue
        title, text = cell("title"), cell("text")
        yield LabelledAd(
            ad=text_ad(card.name, key, title=title, description=text, language=cell("language") or card.language),
            kind=kind, dataset=card.name, sort=value or kind, genre=card.genre,
            group=f"{card.name}:{cell('group') or near_duplicate_key(title + text)}",
            source=f"{card.name}: {cell('source')}" if cell("source") else "",
        )  # fmt: skip
    if labels and (unknown := labels.keys() - seen):
        raise BadDataset(f"{card.labels}: {len(unknown)} ids are not in {path.name}, {min(unknown)!r} among them")
