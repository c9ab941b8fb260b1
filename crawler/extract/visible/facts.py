"""Facts of an ad: kinds of short texts, rows of a label or icon and a value."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, takewhile

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.pay import find_offers, read_pay
from crawler.extract.html_document import is_small, short_text, tokens
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.text import fold, one_line, present, weight
from crawler.extract.visible.words import load_names, load_words
from crawler.extract.vocabulary import plain

SHORT_NAME = 80
LONGEST_NAME = 100
_AROUND_HEADINGS = " \t:：?？!*•-–—|.。0123456789【】[]()"
_ORDINAL = re.compile(r"^\W{0,3}(?:[IVX]{1,4}|[a-zA-Z])[.)、]\s*")
"""``II. Benefits``, ``b) Benefits``: which part of a text a heading stands over."""

_IN_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]{0,60}[)）\]]")
_NUMBER = re.compile(r"\d[\d., ]{0,20}\d\d")
_COUNTED = re.compile(r"(?:[^\w]|\d{1,2}(?!\d))+")
_SHARE = re.compile(r"\d{1,2}\s?/\s?\d{1,2}(?![\w.,])")
_WAYS = re.compile("[,/・、&]")
_MONEY = re.compile(r"[$€£¥₱₫₩₹₽元圆円]|\dk·\d\d薪|\d/(?:天|日|月|小时)$", re.IGNORECASE)
NO_NAME = re.compile(r"[:：?!！？]|[.。]$")
_ABBREVIATED = re.compile(r"(?<!\w)(?:\w{1,4}\.){1,5}$")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_US_STATE = re.compile(r"^[A-Z][\w.' -]{1,40}\s?, [A-Z]{2}(?: \d{5})?$")
_INNER_PARTS = re.compile(r"[-–·・/\s]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST_DATE = 60
_LONGEST_SUM = 25


def bare_heading(line: str) -> str:
    """A heading, folded, without the number that it bears and the signs around it."""
    return fold(_ORDINAL.sub("", line[:LONGEST_NAME]).strip(_AROUND_HEADINGS))


def opens_section(line: str) -> bool:
    """Whether a line begins with the heading of a section of an ad: in a table, or before a colon."""
    before, colon, _ = line.replace("：", ":").partition(":")
    first = line.split(maxsplit=1)[:1]
    starts = [before] if colon else [word for word in first if not word.isascii() and len(word) < len(line)]
    return any(bare_heading(start) in load_words().headings for start in starts)


def without_facts(text: str) -> str:
    """A text without the lines of an ad's head: pay, a place, what begins with the label of a field."""
    labels, lines = load_words().labels, list[str]()
    for line in text.splitlines():
        words = fold(line[:60]).split()
        begun = {labels.get(" ".join(words[:count]).rstrip(":："), "other") for count in (1, 2, 3)}
        if begun == {"other"} and not (is_pay(line) or is_place(line)):
            lines.append(line)
    return "\n".join(lines)


def are_facts(texts: Iterable[str]) -> bool:
    """Whether these short texts beside each other are an ad's place, kind and pay, not other ads."""
    found = list(texts)
    is_fact = any(is_employment(text) or is_place(text) or is_pay(text) for text in found)
    return is_fact and all(len(text) <= SHORT_NAME for text in found)


def can_be_place(text: str) -> bool:
    """Whether a text is no postal code alone, no part of a form, no heading, no sentence and no other fact of an ad."""
    words = load_words()
    folded = fold(text).strip(" :：*•·|-–—.()[]")
    if folded in words.no_values or text.rstrip().endswith(("*", ":", "：", "?")) or "▼" in text:
        return False
    if text.rstrip().endswith(".") and not is_cased(text):
        return False
    is_worded = any(_LETTERS.search(word) for word in text.split() if not any(map(str.isdigit, word)))
    return (is_worded or not text.isascii()) and not is_moment(text)


def is_place(line: str) -> bool:
    """Whether a line is the name of a place that is known, or written as only places are."""
    if len(line) > SHORT_NAME or not can_be_place(line):
        return False
    bare = _IN_BRACKETS.sub(" ", line).strip()
    if country_in_place(line) or country_in_place(bare) or _US_STATE.match(bare):
        return True
    # 上海-浦东新区: a town and its quarter.
    parts = _INNER_PARTS.split(bare)
    return not bare.isascii() and len(parts) > 1 and len(bare) <= _LONGEST_SUM and bool(country_in_place(parts[0]))


def is_pay(line: str) -> bool:
    pay = read_pay(RawSalary(raw=line), None) if len(line) <= 60 else None
    has_sign = bool(pay and pay.currency) or (len(line) <= _LONGEST_SUM and bool(_MONEY.search(line)))
    return has_sign and pay is not None and (pay.min or pay.max) is not None


def is_unlabelled(line: str) -> bool:
    """Whether no word for anything but pay stands before a colon in a line: ``Lunch: $ 5`` is not what one earns."""
    label = _bare(line.replace("：", ":").rpartition(":")[0])
    is_pay_label = load_words().labels.get(_known(fold(label))[0]) == "base_salary"
    return not label or is_pay_label or is_employment(label) or any(map(str.isdigit, label))


def says_pay(text: str) -> bool:
    """Whether what is named pay holds an amount of money, or at least a number that is no count."""
    return bool(_NUMBER.search(text)) or bool(find_offers(plain(text), None))


def can_be_pay(text: str) -> bool:
    """False for years of experience or of age, which some boards' columns put where pay should stand: ``3-5年``; for
    one number out of another, and for a word or two, or a sign of money, without any number."""
    folded = fold(text[:200])
    # Less cannot stand for pay without a number: by agreement.
    is_worded = not any(map(str.isnumeric, folded)) and (weight(folded) < 3 or _MONEY.search(folded))
    if is_worded or _SHARE.match(folded):
        return False
    years = load_words().years
    return years.search(folded) is None or _COUNTED.fullmatch(years.sub(" ", folded)) is None


def can_be_name(text: str) -> bool:
    """Whether a text can be an employer's name: no label, no heading, no other fact of an ad."""
    words = load_words()
    folded = fold(text).strip(" :：*•·|-–—")
    if not 1 < len(text) <= 2 * LONGEST_NAME or folded in words.remote:
        return False
    if folded in words.no_values or bare_heading(text) in words.no_values:
        return False
    if folded.startswith(words.apply) and len(folded) < _LONGEST_SUM:
        return False
    if any(map(str.isdigit, text)) and words.years.search(folded) and not words.company_forms.search(folded):
        return False
    return bool(_LETTERS.search(text) or not text.isascii()) and not is_moment(text) and not is_pay(text)


def can_be_employment(text: str) -> bool:
    return len(text) <= _LONGEST_DATE and any(map(str.isalpha, text))


def is_employment(line: str) -> bool:
    """Whether the line can only say how one is employed; it may name several ways."""
    ways = load_words().employment
    line = line.strip("[]() ")
    return fold(line) in ways or (len(line) <= _LONGEST_DATE and all(fold(way) in ways for way in _WAYS.split(line)))


def is_company(line: str) -> bool:
    words = load_words()
    if not 3 < len(line) <= SHORT_NAME or fold(line) in words.labels:
        return False
    if NO_NAME.search(_ABBREVIATED.sub("", line)):
        return False
    is_named = line.split()[0].rstrip(".") in words.company_starts or words.company_forms.search(fold(line))
    return bool(is_named) and is_cased(line)  # else a sentence about the company


def is_cased(line: str) -> bool:
    """Whether half of the words begin with a capital, where the script has them."""
    cased = [word[0] for word in line.split() if word[0].isupper() or word[0].islower()]
    return 2 * sum(map(str.isupper, cased)) >= len(cased)


def is_date(text: str) -> bool:
    return len(text) <= _LONGEST_DATE and (any(map(str.isdigit, text)) or is_moment(text))


def is_day(text: str, language: str | None = None) -> bool:
    """Whether a text names a day with its year."""
    return _YEAR.search(text) is not None and read_date(text, seen_at=_LATEST, language=language) is not None


def is_moment(text: str) -> bool:
    """Whether a short line says since when an ad stands."""
    words = load_words()
    folded = fold(text)
    if len(text) > _LONGEST_DATE or not any(map(str.isdigit, text)):
        return folded in words.posted_today
    is_ended = len(text) <= 30 and folded.endswith(words.posted_ends)
    return is_ended or words.posted_start.match(folded) is not None


_LONGEST_LABEL = 60
_LONGEST_VALUE = 300
_MOST_CHILDREN = 3
_FEW = 12
"""Elements from which on a thing is no pair of a label and a value."""

_NO_LABELS = frozenset({"a", "h1", "option", "script", "style"})
_FILLED_IN = ("input", "select", "textarea", "button")
"""What stands behind the label of a form: nobody has said anything there."""

_EDGES = " \t\n:：*•·-–—|>"
_JOINERS = " \t\ufe0f\u200d"
_UNIT_IN_BRACKETS = re.compile(r"^(.{2,50}?)\s*\(([^()]{1,20})\)$")
_NEXT_LABEL = re.compile(r"\s[^\s\d:：]{1,15}[:：]")
"""Where a short value ends and the next pair on its line begins."""

_BARS = re.compile(r"[ \t][|｜•·][ \t]")
"""What parts pairs that stand on one line."""

_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "base_salary": can_be_pay,
    "hiring_organization": can_be_name,
    "job_location": can_be_place,
}
"""What a value of a field can be, whatever label stands before it."""

_BUTTON = re.compile(r"(?<=\S)\s*\[[^\[\]\d]{1,12}\]$")
"""``[map]``: what one clicks behind a value."""

_SHORT = frozenset({"date_posted", "valid_through", "employment_type"})
_LABEL = r"\W{0,5}([^:：\n]{2,40})\s*[:：]"
_LINE = re.compile(rf"^{_LABEL}[ \t]*(?:\n\s*+(?!{_LABEL}))?(\S.{{0,300}})$", re.MULTILINE)
"""A value may stand on the next line, unless that has a label of its own."""


@dataclass(slots=True)
class _Rows:
    """What labels introduce: the first value of each field."""

    found: dict[str, str] = field(default_factory=dict)
    is_vague: bool = False
    """Whether the place is one that a vague label introduces, which a better one replaces."""

    def add(self, name: str, label: str, value: str, unit: str | None) -> None:
        words, folded = load_words(), fold(_bare(value))
        first = words.labels.get(fold(_bare(value.replace("：", ":").partition(":")[0])), name)
        if first != name or folded in words.labels or folded in words.headings or value.endswith((":", "：")):
            return  # the next label or the next part: this one has no value
        if not _CHECKS.get(name, bool)(value):
            return
        if name == "base_salary" and unit and not any(map(str.isalpha, value)):
            value = f"{value} ({unit})"  # the unit that the label names
        if name in _SHORT:
            value = _NEXT_LABEL.split(value, maxsplit=1)[0]
        if name == "job_location":
            value = _BUTTON.sub("", value)
            is_vague = label in words.vague
            if self.is_vague and not is_vague:
                self.found.pop(name, None)
            if name not in self.found:
                self.is_vague = is_vague
        self.found.setdefault(f"other:{label}" if name == "other" else name, value)


def read_label_rows(root: etree._Element) -> Mapping[str, str]:
    """Field to the first value that a known label introduces; ``other:...`` for labels that name no field of ours."""
    labels = load_words().labels
    rows = _Rows()
    for element in islice(root.iter(), 30_000):
        if not isinstance(element.tag, str) or len(element) > _MOST_CHILDREN or element.tag in _NO_LABELS:
            continue
        if len(element) == 1 and _is_menu_step(element):
            continue
        label, unit = _label(element)
        name = labels.get(label)
        value = None
        for text in _after(element) if name else ():
            # The label may come again, once for the eye and once for a screen reader.
            before, colon, behind = text.partition(":")
            again = colon and fold(_bare(before)) in labels
            if value := present((behind if again else text).strip(_EDGES)):
                # What ends in a colon is the next label, known or not: this one has no value.
                value = None if text.rstrip().endswith((":", "：")) else value
                break
        if value and (len(value) > _LONGEST_VALUE or fold(_bare(value)) in labels):
            value = None
        if name is None:
            label, unit, value = _label_inside(element)
            name = labels.get(label) if value else None
        if name and value:
            rows.add(name, label, value, unit)
    return rows.found


def _label(element: etree._Element) -> tuple[str, str | None]:
    text = short_text(element, _LONGEST_LABEL + 1)
    return _known(fold(_bare(text))) if 0 < len(text) <= _LONGEST_LABEL else ("", None)


def _is_menu_step(element: etree._Element) -> bool:
    """Whether the element holds a link and nothing else: that is no label."""
    for _ in range(_MOST_CHILDREN):
        if len(element) != 1 or (element.text and not element.text.isspace()):
            return False
        element = element[0]
        if element.tag == "a":
            return element.get("href") is not None
    return False


def _label_inside(element: etree._Element) -> tuple[str, str | None, str | None]:
    """A label that is an element's own first text, and what else is in it: ``<td>Place <b>Hue</b></td>``."""
    own = (element.text or "")[: 4 * _LONGEST_LABEL].strip()
    if not own or not len(element) or len(own) > _LONGEST_LABEL or len(list(islice(element.iter(), _FEW))) == _FEW:
        return "", None, None
    labels = load_words().labels
    label, unit = _known(fold(_bare(own)))
    if label not in labels:
        return "", None, None
    text = short_text(element, _LONGEST_LABEL + _LONGEST_VALUE)
    value = present(text.removeprefix(one_line(own)).strip(_EDGES))
    if labels[label] in _SHORT:
        value = present(short_text(element[0], _LONGEST_VALUE))
    is_value = value and len(value) <= _LONGEST_VALUE and fold(value) not in labels
    return label, unit, value if is_value else None


def read_labelled_lines(text: str) -> Mapping[str, str]:
    """The same from lines of a text that read ``label: value``."""
    labels = load_words().labels
    rows = _Rows()
    for match in _LINE.finditer(_BARS.sub("\n", text[:50_000])):
        label, unit = _known(fold(_bare(match[1])))
        name = labels.get(label)
        value = present(match[3])
        if name and value:
            rows.add(name, label, value, unit)
    # Posts in channels have a picture in a label's place.
    for line in text[:50_000].splitlines():
        bare = line.strip(_JOINERS)
        name = load_words().signs.get(bare[:1])
        value = present(bare[1:].strip(_EDGES + _JOINERS)) if name else None
        if name and value and len(value) <= 100 and ":" not in value:
            rows.found.setdefault(name, value)
    return rows.found


def stated_by(rows: Mapping[str, str], *names: str) -> RawAd:
    """What the rows say of these fields of an ad."""
    stated = {name: rows[name] for name in names if name in rows}
    pay = stated.pop("base_salary", None)
    return RawAd(**stated, base_salary=RawSalary(raw=pay) if pay else None, reader="page")


def _known(label: str) -> tuple[str, str | None]:
    """The label without what it adds, and that: ``salary (baht)``, ``salary per month``, a polite ``お``."""
    labels = load_words().labels
    if label in labels:
        return label, None
    if label[:1] in {"お", "ご"} and label[1:] in labels:
        return label[1:], None
    added = _UNIT_IN_BRACKETS.match(label) or load_words().per.match(label)
    return (added[1], added[2]) if added and added[1] in labels else (label, None)


def _bare(text: str) -> str:
    """The text without signs around it. Vowel signs and tone marks are part of a word, though Python says otherwise."""
    start, end = 0, len(text)
    while start < end and not _is_of_a_word(text[start]):
        start += 1
    while start < end and not (_is_of_a_word(text[end - 1]) or text[end - 1] == ")"):
        end -= 1
    return text[start:end]


def _is_of_a_word(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.category(char).startswith("M")


def _after(label: etree._Element) -> Iterator[str]:
    """The texts after the label: behind it, in the next elements, or in those after its wrapper."""
    labels = load_words().labels
    node = label
    for _ in range(3):
        yield node.tail or ""
        following = list(islice(node.itersiblings(), 6))
        if following and following[0].tag in _FILLED_IN:
            return
        yield from (beside.tail or "" for beside in takewhile(lambda beside: beside.tag == "br", following))
        for sibling in [beside for beside in following if beside.tag not in {"br", "svg", "img"}][:2]:
            if sibling.tag in _FILLED_IN or next(sibling.iter(*_FILLED_IN), None) is not None:
                return
            # The next label and its value: what stands before it has none.
            first = next((text for text in islice(sibling.itertext(), _FEW) if text.strip()), "")
            known = labels.get(fold(_bare(first))) if len(first) <= _LONGEST_LABEL and len(sibling) else None
            if known not in (None, labels.get(_label(label)[0])):
                return
            yield short_text(sibling, _LONGEST_VALUE + 1)
        parent = node.getparent()
        if parent is None or fold(short_text(parent)) != fold(short_text(label)):
            return
        node = parent


_LONGEST_BEHIND_ICON = 100


def read_icon_rows(root: etree._Element) -> Mapping[str, str]:
    """Field to the first line that an icon of that meaning introduces."""
    found: dict[str, str] = {}
    words, names = load_words(), load_names()
    for icon in root.iter("i", "span", "img", "em"):
        name = "" if len(icon) or (icon.text or "").strip() else tokens(icon)
        is_named = icon.tag == "i" or names.icon.search(name)
        parts = (names.icon_set.sub("", part) for part in name.split()) if is_named else ()
        field = next((words.icons[part] for part in parts if part in words.icons), None)
        if not field or field in found:
            continue
        # Its tail, the next element, or what else is in its box.
        beside = [item for item in (icon.getnext(), icon.getparent()) if item is not None and is_small(item)]
        texts = (icon.tail or "", *(short_text(item, _LONGEST_BEHIND_ICON + 1) for item in beside))
        line = next((line for text in texts if (line := present(text.strip(" \t\n:：|·•-")))), "")
        if not 0 < len(line) <= _LONGEST_BEHIND_ICON or fold(line) in words.labels:
            continue
        if field == "base_salary":
            fits = any(map(str.isdigit, line))
        elif field == "employment_type":
            fits = is_employment(line)
        else:
            fits = any(map(str.isalpha, line)) and not line[0].isdigit()
        if fits:
            found[field] = line
    return found
