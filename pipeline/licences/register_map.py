"""Maps of registers, checked key by key, and the formats of licence numbers.

A map is a TOML file in ``data/registers/``; docs/operators/registers.md names every key.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Final, Literal, cast, get_args

from crawler.errors import BadSourceCard
from crawler.files import load_toml
from crawler.sources.card import Card, Key, keys_of
from pipeline.errors import BadRegisterMap

NumberRole = Literal["licence", "identity", "domestic", "permit"]
ROLES: Final[tuple[NumberRole, ...]] = get_args(NumberRole)

_SAME_SIGNS: Final = {
    "／": "/", "⁄": "/", "∕": "/", "－": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "．": ".", "：": ":", "＃": "#", "\u00a0": " ", "\u202f": " ", "\u3000": " ", "Ð": "Đ", "Ɖ": "Đ", "ð": "đ",
}  # fmt: skip
# Most texts hold none of them; a search that finds nothing is ten times as fast as str.translate.
_WRITTEN_OTHERWISE: Final = re.compile(rf"[{''.join(_SAME_SIGNS)}]|(?![0-9])\d")

COLUMNS: Final = (
    "name", "other_name", "number", "other_number", "status", "valid_until", "countries", "work", "position", "phone",
    "email", "web",
)  # fmt: skip
WORK: Final = ("land", "sea")
TEMPLATE: Final = "template"
"""The map that is there to be copied: it is nobody's register."""

NAME: Final = r"[a-z0-9][a-z0-9-]{0,62}"
_TEXTS: Final = Key("texts")
_NEEDED_TEXT: Final = Key("text", needed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """One way in which a country writes numbers of licences."""

    key: str
    role: Annotated[NumberRole, Key("text", needed=True, pattern="|".join(ROLES), like=f"one of {', '.join(ROLES)}")]
    """``licence``: the register lists these. ``identity``: the register may list these, and having one is no licence.
    ``domestic``: allows no placement abroad. ``permit``: stands for one recruitment or lot, and no register of agencies
    lists it."""

    says: Annotated[str, _NEEDED_TEXT]
    """What such a number is, in words that follow "a"."""

    like: Annotated[str, _NEEDED_TEXT]
    """One such number, for error messages."""

    form: Annotated[str, _NEEDED_TEXT]
    """The plain form, with the patterns' groups in braces."""

    column: Annotated[str | None, Key("text", pattern="number|other_number", like='"number" or "other_number"')] = None
    """The column of the register that holds it; None where none does."""

    languages: Annotated[tuple[str, ...], _TEXTS] = ()
    """Languages of ads in which it is looked for; empty: all."""

    in_ads: Annotated[tuple[re.Pattern[str], ...], _TEXTS]
    in_cells: Annotated[tuple[re.Pattern[str], ...], _TEXTS]

    def find(self, text: str) -> Iterator[tuple[str, re.Match[str]]]:
        """The numbers of an ad's text, given its ``plain_view``, each in its plain form with where it stands."""
        for pattern in self.in_ads:
            for found in pattern.finditer(text):
                yield self._plain(found), found

    def of_cell(self, cell: str) -> str | None:
        """The plain form of a number as a register writes it; None where the cell holds none."""
        text = plain_view(cell).strip()
        for pattern in self.in_cells or self.in_ads:
            if found := pattern.fullmatch(text):
                return self._plain(found)
        return None

    def _plain(self, found: re.Match[str]) -> str:
        # Group n is a number, whose leading zeros say nothing; of all others letters and digits count.
        groups = {name: (value or "").upper() for name, value in found.groupdict().items()}
        plain = {
            name: value.lstrip("0") or "0" if name == "n" else "".join(filter(str.isalnum, value))
            for name, value in groups.items()
        }
        return self.form.format(**plain)


def plain_view(text: str) -> str:
    """The text, character for character, with the digits of every script, dashes and strokes written one way."""
    return _WRITTEN_OTHERWISE.sub(lambda found: _SAME_SIGNS.get(found[0]) or str(int(found[0])), text)


Status = Literal["active", "expired", "suspended", "cancelled"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

_STATUS: Final[dict[str, Key]] = {
    **dict.fromkeys(STATUSES, _TEXTS),
    "unsaid": Key("text", pattern="|".join(STATUSES), like=f"one of {', '.join(STATUSES)}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMap:
    """One register's map, checked."""

    name: Annotated[str, Key("text", needed=True, pattern=NAME, like="lower-case letters, digits and hyphens")]
    title: Annotated[str, _NEEDED_TEXT]
    kind: Annotated[
        Literal["agencies", "job_orders"],
        Key("text", pattern="agencies|job_orders", like='"agencies" or "job_orders"'),
    ] = "agencies"
    country: Annotated[
        str, Key("text", needed=True, pattern="[A-Z]{2}", like='two capital letters of ISO 3166-1 such as "VN"')
    ]
    publisher: Annotated[str, _NEEDED_TEXT]
    address: Annotated[str, Key("text", needed=True, pattern=r"https?://\S+", like="a web address")]
    good_for_days: Annotated[int, Key("whole number", needed=True, least=1, most=3650)]
    calling: Annotated[str | None, Key("text", pattern=r"\+\d{1,4}", like='a calling code such as "+84"')] = None
    languages: Annotated[tuple[str, ...], _TEXTS] = ()
    """Languages of ads that speak to workers of this country."""

    claims: Annotated[tuple[str, ...], _TEXTS] = ()
    """Words by which an ad claims a licence of this register."""

    sheet: Annotated[str | None, Key("text")] = None
    dates: Annotated[tuple[str, ...], _TEXTS] = ("%Y-%m-%d",)
    is_buddhist: bool
    """Whether years are 543 ahead."""

    needed: Annotated[tuple[str, ...], Key("texts", needed=True)]
    columns: Mapping[str, tuple[str, ...]]
    """For each column the names that it may have in the file."""

    statuses: Mapping[str, Status]
    status_unsaid: Status | None
    """What an empty cell, or a file without the column, means; None where that is an error."""

    work: Mapping[str, str]
    numbers: tuple[NumberFormat, ...]
    values: Mapping[str, Any]
    """The file's content, as it is kept beside each version."""


_TOP: Final = keys_of(RegisterMap) | {
    "years": Key("text", pattern="common|buddhist", like='"common" or "buddhist"'),
    "columns": Key("table", needed=True),
    **dict.fromkeys(("status", "work", "numbers"), Key("table")),
}
_NUMBER: Final = keys_of(NumberFormat)


def read_maps(folder: Path) -> dict[str, RegisterMap]:
    """Every map of a folder by its name, but for the template; none where there is no such folder."""
    found = (read_map(path) for path in sorted(folder.glob("[!.]*.toml")) if path.stem != TEMPLATE)
    return {each.name: each for each in found}


def read_map(path: Path) -> RegisterMap:
    """The map in a file, which has the map's name. What it does not say, the map says that it is based on."""
    values = _read(path)
    if isinstance(base := values.pop("based_on", None), str):
        values = {**_read(path.parent / base), **values}
    found = map_from_values(values, where=str(path))
    if found.name != path.stem:
        raise BadRegisterMap(f'{path}: key "name": expected the file\'s name, "{path.stem}", found "{found.name}"')
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return load_toml(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise BadRegisterMap(f"{path}: cannot be read ({err.strerror or err})") from err
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise BadRegisterMap(f"{path}: expected TOML ({err})") from err


def map_from_values(values: Mapping[str, Any], *, where: str) -> RegisterMap:
    """The map that a file's content describes."""
    try:
        top = Card(where, values, _TOP)
        columns = top.table("columns", dict.fromkeys(COLUMNS, _TEXTS))
        for name in top["needed"]:
            if name not in columns:
                raise top.bad("needed", f"names of [columns]: {', '.join(columns)}", name)
        if "name" not in top["needed"]:
            raise top.bad("needed", '"name" among them', list(top["needed"]))
        status = top.table("status", _STATUS)
        work = top.table("work", dict.fromkeys(WORK, _TEXTS))
        read_below = {"years", "columns", "status", "work", "numbers"}
        return RegisterMap(
            **{key: value for key, value in top.items() if key not in read_below},
            is_buddhist=top.get("years") == "buddhist",
            columns=dict(columns),
            statuses={word: name for name in STATUSES for word in status.get(name, ())},
            status_unsaid=cast("Status | None", status.get("unsaid")),
            work={word: name for name, words in work.items() for word in words},
            numbers=tuple(_number_format(top, where, key, columns) for key in top.get("numbers", {})),
            values=values,
        )
    except BadSourceCard as err:
        raise BadRegisterMap(str(err)) from err


def _number_format(top: Card, where: str, key: str, columns: Card) -> NumberFormat:
    if not isinstance(top["numbers"][key], dict):
        raise top.bad("numbers", f"a table, as [numbers.{key}]", top["numbers"][key])
    table = Card(where, top["numbers"][key], _NUMBER, table=f"numbers.{key}.")
    column = table.get("column")
    if column is not None and column not in columns:
        raise table.bad("column", f"a column of [columns]: {', '.join(columns)}", column)
    patterns: dict[str, Any] = {}
    for name in ("in_ads", "in_cells"):
        try:
            patterns[name] = tuple(re.compile(written, re.IGNORECASE) for written in table.get(name, ()))
        except re.error as err:
            raise table.bad(name, f"regular expressions ({err})", err.pattern) from err
    wanted = {name for _, name, *_ in Formatter().parse(table["form"]) if name is not None}
    for pattern in chain.from_iterable(patterns.values()):
        if not wanted or not wanted <= set(pattern.groupindex):
            raise table.bad(
                "form", f"groups of every pattern, such as {{n}}; {pattern.pattern!r} has not", table["form"]
            )
    found = NumberFormat(key=key, **(table | patterns))
    # An example that its own patterns do not read would mislead a reader of an error.
    reads: Callable[[str], Any] = found.of_cell if found.column else lambda text: next(found.find(text), None)
    if not reads(found.like):
        raise table.bad("like", "a number that the patterns read", found.like)
    return found
