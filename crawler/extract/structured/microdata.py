"""Microdata and RDFa as the dictionaries that JSON-LD gives."""

from dataclasses import dataclass

from lxml import etree

from crawler.extract.html.text import element_to_text
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import one_line

__all__ = ["read_markup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """The attributes that one way of marking up uses."""

    scope: str
    type: str
    property: str


_DIALECTS = (
    _Dialect(scope="itemscope", type="itemtype", property="itemprop"),
    _Dialect(scope="typeof", type="typeof", property="property"),
)
_ADDRESSES = frozenset({"url", "sameas", "logo", "image", "mainentityofpage", "applyurl"})
"""Properties whose value is where a link leads; of all others it is what a person reads."""

_TEXTS = frozenset(
    {"description", "responsibilities", "qualifications", "jobbenefits", "benefits", "experiencerequirements", "skills"}
    | {"educationrequirements", "incentivecompensation", "incentives"}
)
_MOST_SCOPES = 2_000
_MOST_CHARACTERS = 2_000_000


def read_markup(root: etree._Element) -> tuple[Json, ...]:
    """The outermost things that the page marks up, microdata before RDFa."""
    for dialect in _DIALECTS:
        if next(root.iterfind(f".//*[@{dialect.scope}]"), None) is None and root.get(dialect.scope) is None:
            continue
        reader = _Reader(dialect)
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                reader.open(element)
            else:
                reader.close(element)
        if reader.things:
            return tuple(reader.things)
    return ()


class _Reader:
    """Fills one dictionary a scope, those of scopes within into their owner's; in one pass, without recursion."""

    def __init__(self, dialect: _Dialect) -> None:
        self.things: list[Json] = []
        self._dialect = dialect
        self._open: list[tuple[etree._Element, dict[str, Json]]] = []
        self._seen = 0
        self._characters = 0

    def open(self, element: etree._Element) -> None:
        if self._seen > _MOST_SCOPES or self._characters > _MOST_CHARACTERS:
            return
        inner = self._scope(element)
        if self._open:
            owner = self._open[-1][1]
            for name in element.get(self._dialect.property, "").split():
                _add(owner, _local(name), inner if inner is not None else self._value(element, _local(name)))
            # A posting inside another thing's scope that is no property of it stands for itself.
            if inner is not None and not element.get(self._dialect.property):
                _add(owner, "@included", inner)
        if inner is not None:
            self._open.append((element, inner))

    def close(self, element: etree._Element) -> None:
        if self._open and self._open[-1][0] is element:
            _, node = self._open.pop()
            if len(node) == 1:
                # A thing without properties is still named by its text: <p itemprop="jobLocation" itemscope>Hue</p>.
                node["name"] = self._value(element, "name")
            if not self._open:
                self.things.append(node)

    def _scope(self, element: etree._Element) -> dict[str, Json] | None:
        if element.get(self._dialect.scope) is None:
            return None
        self._seen += 1
        return {"@type": list[Json](element.get(self._dialect.type, "").split())}

    def _value(self, element: etree._Element, name: str) -> Json:
        value = _value(element, name)
        self._characters += 100 + len(value or "")
        return value


def _local(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _add(node: dict[str, Json], name: str, value: Json) -> None:
    if value in (None, ""):
        return
    known = node.get(name)
    if known is None:
        node[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        node[name] = [known, value]


def _value(element: etree._Element, name: str) -> str | None:
    """What the property says: for a person where one reads it, for a machine where only one can."""
    lower = name.lower()
    if lower in _TEXTS:
        return element_to_text(element) or element.get("content")
    for attribute in ("content", "datetime"):
        if element.get(attribute):
            return element.get(attribute)
    if lower in _ADDRESSES:
        return element.get("href") or element.get("src") or one_line(element_to_text(element))
    return one_line(element_to_text(element)) or element.get("value") or element.get("href")
