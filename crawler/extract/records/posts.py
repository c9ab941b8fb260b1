"""Posts that list several vacancies, parted where the text parts them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crawler.extract.fields.amounts import find_offers, load_pay_words
from crawler.extract.identity import digest_of
from crawler.extract.raw import RawAd
from crawler.extract.text import fold, weight
from crawler.extract.visible.words import load_words
from crawler.extract.vocabulary import plain

__all__ = ["part_post"]

_RULE = re.compile(r"([^\w\s])(?:\s?\1\ufe0f?){2,100}")
"""A line of one sign over and over."""

_NUMBERED = re.compile(r"\s{0,8}(?:\(?\d{1,2}\s?[.)、．:：]|\d\ufe0f?\u20e3|[①-⑳]|\d{1,2}\s?[-–]\s)\s{0,4}(?=\S)")
_LABEL = re.compile(r"\W{0,8}([^:：\n]{2,40})[:：]")
_MOST_PARTS = 30
_LONGEST = 20_000
_SHORTEST_NAME = 4
_LONGEST_NAME = 160
_EDGES = " \t-–—:：*•·.,()+/"


@dataclass(frozen=True, slots=True)
class _Parting:
    head: str
    parts: tuple[str, ...]
    tail: str


def part_post(post: RawAd) -> tuple[RawAd, ...]:
    """The post's vacancies, each with what is said of all of them; the post itself where it is one, or in doubt.

    A list of duties or of what is paid looks alike: only where every part names a job and its pay are they parted.
    """
    text = post.description or ""
    lines = text[:_LONGEST].splitlines()
    found = next((parting for parting in _partings(lines) if _are_vacancies(parting.parts)), None)
    if found is None or len(text) > _LONGEST:
        return (post,)
    return tuple(_of_part(post, found, part) for part in found.parts)


def _of_part(post: RawAd, parting: _Parting, part: str) -> RawAd:
    name = digest_of(part)
    return replace(
        post,
        description="\n\n".join(text for text in (parting.head, part, parting.tail) if text),
        url=f"{post.url}#{name}" if post.url else None,
        identifier=f"{post.identifier}#{name}" if post.identifier else None,
    )


def _partings(lines: list[str]) -> Iterator[_Parting]:
    """The ways in which the lines may be parted, the surest first."""
    yield from _by_rules(lines)
    for starts in (_labelled(lines), _numbered(lines), *_signed(lines)):
        if 1 < len(starts) <= _MOST_PARTS:
            yield _from_starts(lines, starts)


def _by_rules(lines: list[str]) -> Iterator[_Parting]:
    """Between lines of signs; what stands first and last may be said of all."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if _RULE.fullmatch(line.strip()):
            blocks.append([])
        else:
            blocks[-1].append(line)
    texts = [text for block in blocks if (text := "\n".join(block).strip())]
    if not 1 < len(texts) <= _MOST_PARTS:
        return
    start = 0 if _is_vacancy(texts[0]) else 1
    end = len(texts) if _is_vacancy(texts[-1]) else len(texts) - 1
    if end - start > 1:
        yield _Parting("\n\n".join(texts[:start]), tuple(texts[start:end]), "\n\n".join(texts[end:]))


def _from_starts(lines: list[str], starts: list[int]) -> _Parting:
    """Parts that begin at these lines; the last one ends at an empty line, unless others have one inside too."""
    ends = [*starts[1:], len(lines)]
    blocks = [lines[start:end] for start, end in zip(starts, ends, strict=True)]
    tail: list[str] = []
    others_are_whole = all(
        "" not in [line.strip() for line in "\n".join(block).strip().splitlines()] for block in blocks[:-1]
    )
    if others_are_whole:
        longest = max(len("\n".join(block).strip().splitlines()) for block in blocks[:-1])
        last = blocks[-1]
        cut = next((number for number, line in enumerate(last) if not line.strip()), None)
        cut = longest if cut is None and longest > 1 else 1 if cut is None else cut
        blocks[-1], tail = last[:cut], last[cut:]
    parts = tuple("\n".join(block).strip() for block in blocks)
    return _Parting("\n".join(lines[: starts[0]]).strip(), parts, "\n".join(tail).strip())


def _labelled(lines: list[str]) -> list[int]:
    """Where a line says whom is looked for: ``Position: baker``."""
    labels = load_words().title_labels
    return [at for at, line in enumerate(lines) if (found := _LABEL.match(line)) and fold(found[1]) in labels]


def _numbered(lines: list[str]) -> list[int]:
    return [at for at, line in enumerate(lines) if _NUMBERED.match(line)]


def _signed(lines: list[str]) -> Iterator[list[int]]:
    """Lines that begin with one and the same sign, for each sign but those that stand for a label."""
    signs = load_words().signs
    by_sign: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        first = line.lstrip()[:1]
        if first and first not in signs and unicodedata.category(first)[0] in "SP" and first not in "@#\"'(（【[":
            by_sign.setdefault(first, []).append(at)
    yield from by_sign.values()


def _are_vacancies(parts: tuple[str, ...]) -> bool:
    names = {fold(part.splitlines()[0]) for part in parts if part}
    return len(parts) > 1 and len(names) == len(parts) and all(map(_is_vacancy, parts))


def _is_vacancy(part: str) -> bool:
    """Whether a part names a job in its first line and says what is paid for it."""
    return bool(find_offers(plain(part), None)) and _names_a_job(_NUMBERED.sub("", part.splitlines()[0], count=1))


def _names_a_job(line: str) -> bool:
    """Whether a line says more than what is paid, when and for how long."""
    words, pay = load_words(), load_pay_words()
    label = _LABEL.match(line)
    is_fact = label is not None and fold(label[1]) in words.labels and fold(label[1]) not in words.title_labels
    left = plain(line)
    paid = pay.stated_before.search(left)
    if is_fact or len(line) > _LONGEST_NAME or (paid and (paid["other"] or not left[: paid.start()].strip(_EDGES))):
        return False
    for offer in find_offers(left, None):
        left = left[: offer.start] + " " * (offer.end - offer.start) + left[offer.end :]
    left = pay.stated_before.sub(
        lambda found: " " * len(found[0]), pay.paid.sub(lambda found: " " * len(found[0]), left)
    )
    rest = "".join(char if left_char.strip() else " " for char, left_char in zip(line, left, strict=False))
    letters = "".join(filter(str.isalpha, words.no_job.sub(" ", fold(rest))))
    return weight(letters) >= _SHORTEST_NAME
