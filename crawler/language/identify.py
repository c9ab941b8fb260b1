"""Language identification by script, words and letters, then by py3langid.

Short informal ads mislead statistical identifiers (slang, no accents, English mixed in); their function words do not.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from operator import itemgetter
from typing import Any, Final

import numpy as np

from crawler.files import read_word_list
from crawler.language.cues import (
    LANGUAGES,
    LETTER_WEIGHTS,
    SCRIPTS,
    Codes,
    Cues,
    code_points,
    count_of,
    cues_of,
    family,
    scripts_of,
    statistical_languages,
)
from crawler.language.disk_cache import cached

_BEHIND_AT: Final = "".join(map(chr, range(ord("!"), ord("~") + 1)))
_BEFORE_AT: Final = _BEHIND_AT.replace("@", "")
_NAME, _HOST = 64, 128
"""Most characters of a mail address before its sign and behind it."""

_LINK: Final = re.compile(r"(?:https?://|www\.)[!-~]+")
_TAG: Final = re.compile(r"#\w+")
_DOMAIN_END: Final = re.compile(r"\.(?:com|net|org|vn|id|ph|th|me|gle)\b")
_DOMAIN: Final = re.compile(r"(?:[\w-]{1,63}\.){1,5}(?:com|net|org|vn|id|ph|th|me|gle)\b[!-~]*", re.ASCII)

_DRESSED: Final = "".join(
    chr(code)
    for first, last in ((0x300, 0x36F), (0x2460, 0x24FF), (0xFF21, 0xFF5A), (0xFF66, 0xFF9D), (0x1D400, 0x1D7FF))
    for code in range(first, last + 1)
)

_FEW_LETTERS: Final = 3
_OWN: Final[dict[str, str]] = read_word_list("scripts")["own"]
_KANA_SHARE: Final = 0.15
_JAPANESE: Final = _OWN["japanese"]
_JAPANESE_SHARE: Final = 0.05
"""Chinese is written with none of these characters; a Japanese line without kana has some."""

_VIETNAMESE: Final = _OWN["vietnamese"]
"""The letters that no other language has."""

_VIETNAMESE_MARK: Final = re.compile(f"[{_VIETNAMESE}]")
_VIETNAMESE_SHARE: Final = 0.04
_SYLLABLE: Final = re.compile(
    "(?:ngh?|nh|ph|th|tr|kh|gh|gi|ch|qu|[bcdghklmnprstvx])?"
    "(?:uye|uo|ie|ye|oai?|oay|oe|uya?|ua|ia|ai|ao|au|ay|eo|eu|iu|oi|ui|ieu|yeu|uoi|uou|uu|[aeiouy])(?:ng|nh|ch|[cmnpt])?"
)
_SYLLABLES, _SYLLABLE_SHARE = 5, 0.8
"""A text of so many words, nearly all built like Vietnamese syllables, is Vietnamese without its marks."""

_ALIKE: Final = str.maketrans("aceopxykmhtb", "асеорхукмнтв")
"""Latin letters that hide Cyrillic words, capitals among them."""

_SURE, _AHEAD, _KIN_AHEAD = 0.2, 1.25, 0.05
"""Words decide alone where this share of them speaks for a language, so many times as much as for the next, and so much
more than for its kin."""

_GUESSED, _TITLES = 0.15, 0.05
"""What py3langid's guess counts where it is sure, as a share of the words; and English: job titles are everywhere."""

_GUESS_READ: Final = 400
_FOREIGN_SURE, _FOREIGN_LIKELY, _KIN_LIKELY = 0.95, 0.7, 0.55
"""From which probability on py3langid is believed that a text is in no language that we know words of, that it is in a
foreign one, and in which of two kin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What language a text is in, and how that was seen."""

    language: str | None
    script: str | None
    """A name in ``crawler.language.cues.SCRIPTS``: the script that was read."""

    letters: float
    """Letters of all scripts; a Chinese character says as much as several."""

    is_sure: bool
    """Whether script, letters or words settled it, without a guess."""


def read_language(text: str, *, guesses: bool = True) -> Reading:
    """The text's main language, and how sure that is; none where it has too few letters that we know.

    A language that ads are not read for is named where that is plain (Tamil by its script, German by its words): better
    than the wrong one of ours.

    Unless it ``guesses``, there is none where script, letters and words leave it open: a guess takes most of the time.
    """
    # More characters tell nothing new.
    text = _without_addresses(text[:4_000]).lower()
    codes = code_points(text)
    if count_of(_DRESSED, codes):
        # Plain letters stand for those in bold, in circles, of full width, or with their marks typed apart.
        codes = code_points(unicodedata.normalize("NFKC", text).lower())
    kinds = scripts_of(codes)
    counts = np.bincount(kinds, minlength=len(SCRIPTS)) * LETTER_WEIGHTS
    weights = [(float(counts[kind]), SCRIPTS[kind]) for kind in counts.nonzero()[0].tolist()]
    shares = {name: weight for weight, name in sorted(weights, key=itemgetter(0), reverse=True)}
    total = sum(shares.values())
    if total < _FEW_LETTERS:
        return Reading(language=None, script=None, letters=total, is_sure=False)
    codes = np.where(kinds, codes, np.uint32(ord(" ")))
    text = codes.tobytes().decode("utf-32-le")
    latin = shares.get("latin", 0.0)
    # From this share of Latin letters on a text is read as Latin; names and brands are Latin everywhere.
    if latin >= 0.7 * total:
        script, (language, is_sure) = "latin", _in_latin(text, codes, latin, guesses=guesses)
    else:
        script = next(name for name in shares if name != "latin")
        language, is_sure = _in_script(script, text, shares, guesses=guesses)
    return Reading(language=language, script=script, letters=total, is_sure=is_sure)


def _without_addresses(text: str) -> str:
    """The text with a space for each mail address, link, hashtag and domain."""
    if "@" in text:
        # Found from its sign, since an expression that begins with a name tries one at every letter.
        parts, place = [], 0
        while (at := text.find("@", place)) >= 0:
            name, host = text[max(place, at - _NAME) : at], text[at + 1 : at + 1 + _HOST]
            parts.append(text[place : at - len(name) + len(name.rstrip(_BEFORE_AT))])
            place = at + 1 + len(host) - len(host.lstrip(_BEHIND_AT))
        text = " ".join([*parts, text[place:]])
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    if "#" in text:
        text = _TAG.sub(" ", text)
    return _DOMAIN.sub(" ", text) if _DOMAIN_END.search(text) else text


Identified = tuple[str | None, bool]
"""A language, and whether script, letters and words settle it."""


def _in_script(script: str, text: str, shares: Mapping[str, float], *, guesses: bool) -> Identified:
    """The language of a text in another script than Latin: the first that is written in it where nothing speaks."""
    if script in ("han", "kana"):
        kana, han = shares.get("kana", 0.0), shares.get("han", 0.0)
        characters = han / LETTER_WEIGHTS[SCRIPTS.index("han")]
        is_japanese = kana > _KANA_SHARE * (han + kana) or (
            count_of(_JAPANESE, code_points(text)) >= _JAPANESE_SHARE * characters
        )
        return "ja" if is_japanese else "zh", True
    cues = cues_of(script)
    if not cues.languages:
        return str(read_word_list("scripts")["only"][script]), True
    if script == "cyrillic" and "latin" in shares:
        text = text.translate(_ALIKE)
    words = text.split()
    scores = _summed(cues.by_words(words), cues.by_letters(code_points(text)))
    if not _is_clear(scores, cues):
        scores = _summed(scores, cues.by_affixes(words))
    is_clear = _is_clear(scores, cues)
    if not (is_clear or guesses):
        return None, False
    if not is_clear:
        _add_guess(scores, cues, _ranking(text))
    return cues.languages[_best(scores)], is_clear


def _in_latin(text: str, codes: Codes, letters: float, *, guesses: bool) -> Identified:
    cues = cues_of("latin")
    vietnamese = count_of(_VIETNAMESE, codes)
    if vietnamese >= _VIETNAMESE_SHARE * letters:
        return "vi", True
    words = text.split()
    scores = cues.by_words(words)
    if vietnamese:
        marked = sum(1 for word in words if _VIETNAMESE_MARK.search(word) and word not in cues.words)
        scores[cues.languages.index("vi")] += marked / len(words)
    scores = _summed(scores, cues.by_letters(codes))
    if _is_clear(scores, cues):
        return cues.languages[_best(scores)], True
    if not guesses:
        return None, False

    # Where words leave it open, how they are built and py3langid are asked as well.
    words = text[:_GUESS_READ].split()
    ranking = _ranking(text)
    guess, probability = ranking[0]
    if max(scores) < _SURE and probability >= _FOREIGN_SURE and guess in statistical_languages():
        return guess, False
    scores = _summed(scores, cues.by_affixes(words))
    scores[cues.languages.index("en")] += _TITLES
    _add_guess(scores, cues, ranking)
    syllables = sum(1 for word in words if _SYLLABLE.fullmatch(word))
    if len(words) >= _SYLLABLES and syllables >= _SYLLABLE_SHARE * len(words):
        scores[cues.languages.index("vi")] += syllables / len(words) / 2
    return cues.languages[_best(scores)], False


def _is_clear(scores: list[float], cues: Cues) -> bool:
    """Whether one is well ahead of the next, and of its kin by a few words of its own."""
    best = _best(scores)
    first, kin = scores[best], cues.kin.get(best)
    if first < _SURE or (kin is not None and first - scores[kin] < _KIN_AHEAD):
        return False
    behind = max(score for number, score in enumerate(scores) if number not in (best, kin))
    return first >= _AHEAD * behind


def _best(scores: list[float]) -> int:
    return scores.index(max(scores))


def _summed(*scores: list[float]) -> list[float]:
    return [sum(each) for each in zip(*scores, strict=True)]


def _add_guess(scores: list[float], cues: Cues, ranking: list[tuple[str, float]]) -> None:
    """Count the likeliest of the languages: a foreign one only where it is likely, kin together where it is even."""
    chances = {
        language: chance
        for language, chance in ranking
        if language in cues.languages and (language in LANGUAGES or chance >= _FOREIGN_LIKELY)
    }
    if not chances:
        return
    guess = max(chances, key=lambda language: chances[language])
    kin = [language for language in family(guess) if language in chances]
    is_clear = chances[guess] >= _KIN_LIKELY * sum(chances[language] for language in kin)
    for language in (guess,) if is_clear else kin:
        scores[cues.languages.index(language)] += _GUESSED * chances[guess] / sum(chances.values())


def _ranking(text: str) -> list[tuple[str, float]]:
    """All that py3langid knows, the likeliest first, each with its probability."""
    ranking = _identifier().rank(" ".join(text.split())[:_GUESS_READ])
    return [(str(language), float(chance)) for language, chance in ranking]


@cache
def _identifier() -> Any:
    """py3langid's model; loaded when first needed, and kept unpacked: unpacking takes longer than reading 200 pages.

    It holds 68 MB, of which a text needs little: its arrays are looked at where they lie in the file.
    """
    parts = (version("py3langid").encode(), np.__version__.encode(), b"mapped")
    identifier = cached("py3langid", parts, _unpacked_identifier)
    identifier.tk_nextmove = memoryview(identifier.tk_nextmove)  # whose numbers are Python's own, as an array's are
    return identifier


def _unpacked_identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.tk_nextmove = np.asarray(identifier.tk_nextmove)
    return identifier
