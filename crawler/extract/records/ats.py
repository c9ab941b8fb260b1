"""Answers of applicant tracking systems: ads, and the rest of the list."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from crawler.errors import Outcome
from crawler.extract.raw import RawAd
from crawler.extract.records.ats_records import System, first_at, read_record, says, values_at
from crawler.extract.records.feed import UnreadableXml, xml_value
from crawler.extract.structured.json_repair import Json, UnreadableJson, loads
from crawler.extract.text import decode, one_line
from crawler.extract.urls import normal_address

__all__ = ["Answer", "Entry", "read_answer", "read_detail"]

_MOST_ENTRIES = 50_000
_ERROR_KEYS = ("error", "errors.message", "errors", "message", "errorMessage", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One ad of a list."""

    key: str
    """The system's own for it; the same one again on a later page says that the list is at its end."""

    raw: RawAd
    detail: str | None = None
    """The address of its text, where the list does not hold it."""

    @property
    def home(self) -> str | None:
        """The ad's own page as the ledger names it; None where it has none that can be read as an address."""
        try:
            return normal_address(self.raw.url) if self.raw.url else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one answer holds. Without entries, ``failure`` says why where that is not as it should be."""

    entries: tuple[Entry, ...] = ()
    total: int | None = None
    """How many ads the system says there are."""

    following: str | None = None
    """The address of the next page of the list."""

    notes: tuple[str, ...] = ()
    """What was left out or repaired, for the ledger."""

    failure: str | None = None

    def detail(self, new: int) -> str:
        """What the ledger says of the list, of whose ads so many were ``new``."""
        count = f"{len(self.entries)} ads" + (f" of {self.total}" if self.total is not None else "")
        return "; ".join([count, *([] if new or not self.entries else ["none of them new"]), *self.notes])


def read_answer(body: bytes, system: System, *, url: str, employer: str) -> Answer:
    """The ads of a list in its order; never raises: what is no list at all is a failure with its reason."""
    value, notes, failure = _value(body, system)
    if failure is not None:
        return Answer(failure=failure)
    found = _list_in(value, system)
    if found is None:
        expected = f"a list of ads under {system.list!r}" if system.list else "a list of ads"
        stated = _stated(value)
        return Answer(failure=f"the API says: {stated}" if stated else f"expected {expected}, found none")
    employer = first_at(value, system.employer) or employer
    parts = urlsplit(url)
    entries: list[Entry] = []
    left_out: dict[str, list[str]] = {}
    for number, record in enumerate(found[:_MOST_ENTRIES], 1):
        reason = _why_left_out(record, system)
        if reason is None and isinstance(record, dict):
            raw = read_record(record, system, url=url, employer=employer)
            key = first_at(record, [system.key])
            path = f"{parts.path.rstrip('/')}/{quote(key or '', safe='')}"
            detail = urlunsplit((parts.scheme, parts.netloc, path, "", "")) if key and system.detail else None
            entries.append(Entry(key=key or f"{raw.identifier} {raw.url}", raw=raw, detail=detail))
        else:
            key = first_at(record, [system.key]) if isinstance(record, dict) else None
            left_out.setdefault(reason or "", []).append(key or f"number {number}")
    if len(found) > _MOST_ENTRIES:
        notes = (*notes, f"{len(found)} entries, at most {_MOST_ENTRIES} are read")
    total = _whole_number(first_at(value, [system.total]) if system.total else None)
    for reason, keys in left_out.items():
        named = ", ".join(keys[:10]) + (", …" if len(keys) > 10 else "")
        notes = (*notes, f"{len(keys)} left out, {reason}: {named}")
    following = _following(url, system, len(found), total)
    return Answer(entries=tuple(entries), total=total, following=following, notes=notes)


def read_detail(body: bytes, system: System, *, url: str, employer: str) -> tuple[RawAd | None, Outcome, str]:
    """The ad behind an address of its own, the address's outcome and what is to be said of it. Never raises."""
    value, notes, failure = _value(body, system)
    if failure is not None:
        return None, "failed", failure
    reason = _why_left_out(value, system)
    if isinstance(value, dict) and reason is None:
        return read_record(value, system, url=url, employer=employer), "ad", "; ".join(notes)
    if isinstance(value, dict) and says(value, system.unpublished):
        return None, "not_an_ad", reason or ""
    return None, "failed", f"the API says: {_stated(value)}" if _stated(value) else reason or ""


def _value(body: bytes, system: System) -> tuple[Json, tuple[str, ...], str | None]:
    """The answer's value and what had to be repaired; or why it is none."""
    try:
        if system.answer == "xml":
            return *xml_value(body), None
        text = decode(body)
        start = text.lstrip("\ufeff \t\r\n")[:1]
        if start not in {"{", "["}:
            found = "markup" if start == "<" else "something else" if start else "nothing"
            return None, (), f"expected JSON, found {found}"
        value, repaired = loads(text)
    except (UnreadableJson, UnreadableXml) as err:
        return None, (), str(err)
    return value, ("the JSON was broken and has been repaired",) if repaired else (), None


def _list_in(value: Json, system: System) -> list[Json] | None:
    """The list where it belongs; an empty one where there is nothing in a thing that has a place for it."""
    if not system.list:
        return value if isinstance(value, list) else None
    if not isinstance(value, dict) or system.list not in value:
        # An XML list without entries has nothing in it.
        return [] if system.answer == "xml" and value == "" else None
    below = value[system.list]
    if below is None:
        return []
    # One entry of an XML list is no list.
    return below if isinstance(below, list) else [below] if system.answer == "xml" and below else None


def _stated(value: Json) -> str | None:
    """What an answer says of itself where it is an error."""
    line = first_at(value, _ERROR_KEYS) if isinstance(value, dict) else None
    return one_line(line)[:200] if line else None


def _why_left_out(record: Json, system: System) -> str | None:
    if not isinstance(record, dict):
        return "not a record"
    if says(record, system.unpublished):
        return "not shown to everybody"
    if first_at(record, system.fields["title"]) is None and not any(
        values_at(record, part.each or part.body[0]) for part in system.texts
    ):
        return "without title and text"
    return None


def _following(url: str, system: System, count: int, total: int | None) -> str | None:
    """The next page, if there can be one; the reader stops anyway at a page that brings nothing new."""
    paging = system.paging
    if paging is None or not count:
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if paging.asked_for and not _whole_number(query.get(paging.limit)):
        return None
    reached = (_whole_number(query.get(paging.offset)) or 0) + count
    if total is not None and reached >= total:
        return None
    query[paging.offset] = str(reached)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
