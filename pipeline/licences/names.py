"""Names of agencies in comparable form, their likeness, and an index of them.

Case and punctuation do not count, nor do forms of firms (``CÔNG TY CỔ PHẦN``, ``PT``, ``Co., Ltd.``, ``จำกัด``).
Words of the trade (manpower, nhân lực, จัดหางาน) may be left out, but one in place of another is a difference.

The distinctive words are aligned in their order. A word that has no partner counts in full, so that names which differ
by one distinctive word are far apart however much of the trade they share; words of six letters and more may differ by
a slip of the hand. Accents count where both names are written with them.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from crawler.files import read_word_list

LONG: Final = 8
"""Letters of a word of the trade that is known again though it is misspelt."""

SLIP: Final = 0.8
"""How alike two words must be to be one, spelt twice: one letter in five to nine."""

# Letters that stand alone, as in ``P.T.`` and ``J. S. C.``, are one word.
_SEPARATED: Final = re.compile(r"(?<!\w)(?:\w[.\s]){2,}\w?(?!\w)|(?<!\w)\w\.\w\.?(?!\w)")

_LATIN_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_OWN_LETTERS: Final = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i"})
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

LEAST_ALIKE: Final = 85.0
"""From here on two names are taken for one: chosen on invented names with hard negatives (docs/decisions)."""


@cache
def load_words() -> Mapping[str, tuple[str, ...]]:
    """How names of agencies are written, as the table tells that comes with the program; words of work at sea as
    ``name_words`` writes them."""
    table = {name: tuple(words) for name, words in read_word_list("licence_words").items()}
    return table | {"sea": tuple(" ".join(name_words(word)) for word in table["sea"])}


@dataclass(frozen=True, slots=True)
class AgencyName:
    """A name, taken apart."""

    distinctive: tuple[str, ...]
    """The words that tell it from others, in their order."""

    trade: frozenset[str]
    marks: tuple[str, ...]
    """For each distinctive word its accents, in any order: ``hoà`` and ``hòa`` are spelt alike. Empty where the name as
    written has none at all, which tells nothing."""

    @property
    def joined(self) -> str:
        """The distinctive words without spaces: ``Viet Thang`` and ``Vietthang`` are written alike so."""
        return "".join(self.distinctive)


@lru_cache(maxsize=65_536)
def agency_name(written: str) -> AgencyName:
    """The name taken apart; all parts are empty for what names nobody."""
    marked = _marked_words(written)
    words = _without_forms([_plain(word) for word in marked])
    if not words or tuple(words) in _phrases("nobody"):
        return AgencyName((), frozenset(), ())
    distinctive, trade = _parted(words)
    marks = {_plain(word): "".join(sorted(_LATIN_ACCENTS.findall(word))) for word in marked}
    has_marks = any(marks.values())
    return AgencyName(
        tuple(distinctive), frozenset(trade), tuple(marks.get(word, "") for word in distinctive) if has_marks else ()
    )


def name_words(written: str) -> list[str]:
    """The words of a name in small letters without accents or punctuation."""
    return [_plain(word) for word in _marked_words(written)]


def _marked_words(written: str) -> list[str]:
    """The same with accents, each behind its letter."""
    text = unicodedata.normalize("NFKC", written[:200]).casefold()
    text = _SEPARATED.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", text)
    text = text.replace("'", "").replace("’", "").translate(_OWN_LETTERS)
    text = unicodedata.normalize("NFD", text)
    return "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in text).split()


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", _LATIN_ACCENTS.sub("", word))


def _without_forms(words: list[str]) -> list[str]:
    """Without the forms of firms at both ends; a name of nothing else stays as it is."""
    forms = _phrases("before", "after")
    while words:
        rest = next((words[len(form) :] for form in forms if tuple(words[: len(form)]) == form), [])
        rest = rest or next((words[: -len(form)] for form in forms if tuple(words[-len(form) :]) == form), [])
        # A form may be written onto the name, as in Thai and Chinese.
        for form in () if rest else _unspaced(load_words()["before"] + load_words()["after"]):
            if words[0].startswith(form) and len(words[0]) > len(form):
                rest = [words[0][len(form) :], *words[1:]]
                break
            if words[-1].endswith(form) and len(words[-1]) > len(form):
                rest = [*words[:-1], words[-1][: -len(form)]]
                break
        if not rest:
            break
        words = rest
    return words


def _parted(words: list[str]) -> tuple[list[str], list[str]]:
    """The distinctive words, and the words of the trade."""
    distinctive: list[str] = []
    trade: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        size = next((len(phrase) for phrase in _phrases("trade") if tuple(words[at : at + len(phrase)]) == phrase), 0)
        if size:
            trade.append(" ".join(words[at : at + size]))
        elif slip := _slip_of_trade(word):
            trade.append(slip)
        elif (word,) not in _phrases("joining"):
            for trade_word in _unspaced(load_words()["trade"]) if _UNSPACED.search(word) else ():
                if trade_word in word:
                    trade.append(trade_word)
                    word = word.replace(trade_word, " ")
            distinctive += word.split()
        at += max(size, 1)
    return distinctive, trade


@lru_cache(maxsize=65_536)
def _slip_of_trade(word: str) -> str | None:
    """The long word of the trade that this one is by a slip of the hand, such as ``manpwoer``."""
    if len(word) < LONG or not word.isascii():
        return None
    long = [phrase[0] for phrase in _phrases("trade") if len(phrase) == 1 and len(phrase[0]) >= LONG]
    near = process.extractOne(word, long, scorer=OSA.normalized_similarity, score_cutoff=SLIP)
    return near[0] if near else None


@cache
def _phrases(*kinds: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of these kinds as words, the longest first."""
    phrases = {tuple(name_words(phrase)) for kind in kinds for phrase in load_words()[kind]}
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))


@cache
def _unspaced(phrases: tuple[str, ...]) -> tuple[str, ...]:
    found = {"".join(name_words(phrase)) for phrase in phrases if _UNSPACED.search(phrase)}
    return tuple(sorted(found, key=lambda joined: (-len(joined), joined)))


def likeness(name: AgencyName, other: AgencyName) -> float:
    """100 for names that say the same, 0 for names without a distinctive word in common."""
    if not name.distinctive or not other.distinctive:
        # Names of nothing but words of the trade are one only where they are the same words.
        return 100.0 if name.trade == other.trade and name.trade and name.distinctive == other.distinctive else 0.0
    sizes = len(name.distinctive), len(other.distinctive)
    marks, others = ("".join(sorted("".join(each.marks))) if each.marks else None for each in (name, other))
    differ_in_spaces = name.joined == other.joined and _may_be_alike(marks, others)
    shared = float(max(sizes)) if differ_in_spaces else _shared(name, other)
    if shared == 0.0:
        return 0.0
    alone = max(sizes) - shared + max(0.0, min(sizes) - shared)
    mine, theirs = len(name.trade - other.trade), len(other.trade - name.trade)
    # Among the distinctive words that both share a word of the trade weighs little, and more in place of another one.
    trade = 0.15 * (mine + theirs) / shared + 0.25 * min(mine, theirs)
    return 100.0 * shared / (shared + alone + trade)


def _shared(name: AgencyName, other: AgencyName) -> float:
    """What the distinctive words have in common in their order: the best way to set them against each other. The same
    word counts 1, a slip of the hand something above ``SLIP``, another word nothing."""
    best = [0.0] * (len(other.distinctive) + 1)
    for word, marks in _marked(name):
        row = best[:]
        for at, (against, their_marks) in enumerate(_marked(other)):
            alike = 0.0
            if _may_be_alike(marks, their_marks):
                if word == against:
                    alike = 1.0
                elif _may_slip(word) and _may_slip(against):
                    alike = OSA.normalized_similarity(word, against, score_cutoff=SLIP)
            row[at + 1] = max(row[at], best[at + 1], best[at] + alike)
        best = row
    return best[-1]


def _marked(name: AgencyName) -> Iterator[tuple[str, str | None]]:
    """Each distinctive word with its accents; None where the name is written without any."""
    return zip(name.distinctive, name.marks or (None,) * len(name.distinctive), strict=True)


def _may_be_alike(marks: str | None, others: str | None) -> bool:
    return marks is None or others is None or marks == others


class NameIndex:
    """The names of a register, ready to be looked up by whatever an ad calls an agency."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [agency_name(written) for written in names]
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_joined: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self._names):
            for word in dict.fromkeys(name.distinctive):
                self._by_word[word].add(at)
            self._by_joined[name.joined or _of_trade(name)].append(at)
        self._long_words = [word for word in self._by_word if _may_slip(word)]
        self._slips: dict[str, list[str]] = {}  # of each word that was met those that a slip of the hand makes of it
        self._found: dict[AgencyName, tuple[tuple[int, float], ...]] = {}

    def find(self, written: str) -> tuple[tuple[int, float], ...]:
        """The places of the names that this one may stand for, and how alike they are (0 to 100), the likest first."""
        name = agency_name(written)
        if name not in self._found:
            # Names that share as many of its words as such a likeness takes, or that are it without spaces.
            words, shared = dict.fromkeys(name.distinctive), Counter[int]()
            for word in words:
                if word not in self._slips:
                    long = self._long_words if _may_slip(word) else []
                    near = process.extract(word, long, scorer=OSA.normalized_similarity, score_cutoff=SLIP, limit=None)
                    self._slips[word] = [other for other, *_ in near]
                shared.update(set().union(*(self._by_word.get(each, ()) for each in (word, *self._slips[word]))))
            least = len(words) - int(len(name.distinctive) * (1 - LEAST_ALIKE / 100))
            candidates = {at for at, count in shared.items() if count >= least}
            candidates.update(self._by_joined.get(name.joined or _of_trade(name), ()))
            alike = sorted((-likeness(name, self._names[at]), at) for at in candidates)
            self._found[name] = tuple((at, -score) for score, at in alike if -score >= LEAST_ALIKE)
        return self._found[name]


def _may_slip(word: str) -> bool:
    return len(word) >= 6 and word.isalpha()  # shorter ones are other words where a letter differs: Thang and Thanh


def _of_trade(name: AgencyName) -> str:
    return " ".join(sorted(name.trade))
