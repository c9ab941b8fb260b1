"""Attacks on every compiled pattern of the program, with texts made of the pattern's own parts.

Run as a program: prints a JSON object of how many patterns there are and which take more than linear time. In a process
of its own, so that a pattern that never ends can be ended.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from re import _constants as codes
from re import _parser as parser
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[3]
WINGS = ("crawler", "model", "pipeline")
LENGTH = 20_000
NOTABLE = 0.08
GROWTH = 8
"""A text four times as long takes a linear search four times as long, a quadratic one sixteen times."""
SECONDS = 2.0
MANY = 8
"""So many repetitions, or more, are worth an attack."""

UNITS = (
    *("a-", "a.", ".a.aa", "a", "A", "é", "一", "1", "1 ", "1.", "1,", "1-", "+1", "A1", " ", "\n", "@", "a@", "a.b@"),
    *("/", "a/", "://", "(", "[", "{", '"', "'", "\\", "=", 'a="', "- ", ": ", "a:", "a1-. @/", "o1", "k"),
    *("<", "<a", "<a ", '<a b="', "<!--", "<script ", "&", "&#", "/* ", "zalo ", "line: ", "t.me/", "www."),
)
CACHED = type(cache(int))


def modules() -> Iterator[ModuleType]:
    for wing in WINGS:
        package = importlib.import_module(wing)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{wing}."):
            if not found.name.endswith("__main__"):
                with suppress(ImportError):  # of an extra that is not installed
                    yield importlib.import_module(found.name)


def collect() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """Every pattern by where it stands, with the methods that are called on it; none is any."""
    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    known: set[int] = set()
    loaded = list(modules())
    trees = {module: ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8")) for module in loaded}
    fields = _called(trees.values())
    for module, tree in trees.items():
        named = _called([tree])
        for name, value in [*vars(module).items(), *_loaded(module)]:
            for where, pattern in _patterns_in(value, f"{module.__name__}.{name}", depth=4, seen=set()):
                if id(pattern) not in known:
                    known.add(id(pattern))
                    field = where.rpartition(".")[2]
                    found[where] = pattern, (named if field == name else fields).get(field, frozenset())
        for at, how, pattern in _written(tree):
            found[f"{module.__name__}:{at}"] = pattern, frozenset({how})
    return found


def _loaded(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What functions give that are called once and hold patterns."""
    for name, value in vars(module).items():
        if type(value) is not CACHED or value.__module__ != module.__name__:
            continue
        made = str(
            value.__wrapped__ if inspect.isclass(value.__wrapped__) else inspect.signature(value).return_annotation
        )
        holds_patterns = "Pattern" in made or any(f"{wing}." in made for wing in WINGS)
        if holds_patterns and not inspect.signature(value).parameters:
            yield name, value()


def _patterns_in(value: Any, where: str, *, depth: int, seen: set[int]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if id(value) in seen or depth < 0:
        return
    seen.add(id(value))
    made = type(value)  # and not what it says it is: a proxy of a request has nothing to say outside of one
    if made is re.Pattern or made.__module__.startswith(("regex", "_regex")):
        if hasattr(made, "finditer"):
            yield where, value
    elif made.__name__ == "_LatePattern":
        yield where, value.search.__self__
    else:
        for name, part in _parts(value):
            yield from _patterns_in(part, f"{where}{name}", depth=depth - 1, seen=seen)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    made = type(value)
    if issubclass(made, Mapping):
        yield from ((f"[{str(key)[:20]}]", each) for key, each in list(value.items()))
    elif issubclass(made, (tuple, list, set, frozenset)):
        yield from ((f"[{number}]", each) for number, each in enumerate(list(value)[:3000]))
    elif made.__module__.partition(".")[0] in WINGS and not issubclass(made, (type, ModuleType)):
        for name in (*getattr(value, "__dict__", {}), *getattr(made, "__slots__", ())):
            yield f".{name}", getattr(value, name, None)


METHODS = {"search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "scanner"}


def _called(trees: Iterable[ast.Module]) -> dict[str, frozenset[str]]:
    """The methods called on each name or field; one that is used otherwise too has any."""
    calls: dict[str, set[str]] = {}
    uses: Counter[str] = Counter()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS and (name := _name(node.value)):
                calls.setdefault(name, set()).add(node.attr)
                uses[name] -= 1
            if isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Load):
                uses[_name(node)] += 1
            if isinstance(node, ast.Call):  # of a method of that name
                uses[_name(node.func)] -= 1
    return {name: frozenset(how) for name, how in calls.items() if uses[name] <= 0}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _written(tree: ast.Module) -> Iterator[tuple[int, str, re.Pattern[Any]]]:
    """Patterns that are written where they are used: re.search(r"...", text)."""
    for node in ast.walk(tree):
        is_re = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
        if is_re and isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.args:
            given = node.args[0]
            if isinstance(given, ast.Constant) and isinstance(given.value, (str, bytes)):
                yield node.lineno, node.func.attr, re.compile(given.value)


def texts(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Long texts of the pattern's own parts: each repetition alone, behind what stands before it, and both again and
    again, with an end that nothing expects."""
    written = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    units = dict.fromkeys((("", unit) for unit in UNITS), True)
    with suppress(re.error, RecursionError, OverflowError):
        tree = parser.parse(written, pattern.flags & ~re.LOCALE if isinstance(pattern.pattern, str) else 0)
        for before, body in _repeated(tree, ""):
            for again in {body, f"{body} ", f"{before}{body}"}:
                if again:
                    units[before[:200], again[:200]] = True
                    units["", again[:200]] = True
    for before, unit in list(units)[:100]:
        yield before + unit * (LENGTH // len(unit)) + "\x01"


def _repeated(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """For each thing that may be repeated often: a text that leads to it, and one of it."""
    for code, value in tree:
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            _, most, body = value
            if most is codes.MAXREPEAT or most >= MANY:
                for sample in _samples(body):
                    yield before, sample
            yield from _repeated(body, before)
        elif code is codes.BRANCH:
            for branch in value[1][:12]:
                yield from _repeated(branch, before)
        elif code is codes.SUBPATTERN:
            yield from _repeated(value[3], before)
        elif code is codes.ATOMIC_GROUP:
            yield from _repeated(value, before)
        elif code in {codes.ASSERT, codes.ASSERT_NOT} and value[0] > 0:
            yield from _repeated(value[1], before)
        before += _sample([(code, value)])


def _samples(tree: Any) -> list[str]:
    """Some texts that the tree matches: by its first choices, and by its last."""
    return list(dict.fromkeys(filter(None, (_sample(tree), _sample(tree, last=True)))))


_OF_CATEGORY = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a", codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_SPACE: "a", codes.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def _sample(tree: Any, *, last: bool = False) -> str:
    parts = []
    for code, value in tree:
        if code is codes.LITERAL:
            parts.append(chr(value))
        elif code is codes.ANY:
            parts.append("a")
        elif code is codes.NOT_LITERAL:
            parts.append("b" if value == ord("a") else "a")
        elif code is codes.IN:
            parts.append(_of_set(value, last=last))
        elif code is codes.BRANCH:
            parts.append(_sample(value[1][-1 if last else 0], last=last))
        elif code is codes.SUBPATTERN:
            parts.append(_sample(value[3], last=last))
        elif code is codes.ATOMIC_GROUP:
            parts.append(_sample(value, last=last))
        elif code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            least, most, body = value
            times = min(max(least, 1), 40) if most else 0
            parts.append(_sample(body, last=last) * times)
    return "".join(parts)


def _of_set(items: Any, *, last: bool) -> str:
    if items and items[0][0] is codes.NEGATE:
        taken = set()
        for code, value in items[1:]:
            if code is codes.LITERAL:
                taken.add(chr(value))
            elif code is codes.CATEGORY:
                taken.add(_OF_CATEGORY.get(value, ""))
        return next((sign for sign in "a1 -.x/" if sign not in taken), "\u4e00")
    code, value = items[-1 if last else 0]
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.RANGE:
        return chr(value[0])
    return _OF_CATEGORY.get(value, "a")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises where it takes longer; the regular expression engine lets itself be interrupted."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _way(pattern: re.Pattern[Any], how: frozenset[str]) -> Callable[[Any], object]:
    """The use of a pattern that reads most of a text, among those that are made of it."""
    if how and how <= {"match", "fullmatch"}:
        return pattern.match if "match" in how else pattern.fullmatch
    return lambda text: sum(1 for _ in pattern.finditer(text))


def attack(pattern: re.Pattern[Any], how: frozenset[str] = frozenset(), *, length: int = LENGTH) -> str | None:
    """The text that takes more than linear time, in short, or None."""
    use = _way(pattern, how)

    def seconds(text: str) -> float:
        subject = text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text
        started = time.process_time()
        with at_most(SECONDS):
            use(subject)
        return time.process_time() - started

    for text in texts(pattern):
        evil, short = f"{text[: length - 1]}\x01", f"{text[: length // 5]}\x01"
        try:
            # What is over at once on a fifth of the text is not notable on all of it, if it is linear or quadratic.
            if seconds(short) > NOTABLE / 50 and (first := seconds(evil)) > NOTABLE:
                tries = 1 if first > 5 * NOTABLE else 5  # what is so slow is no mistake of the clock's
                quarter = evil[: len(evil) // 4] + "\x01"
                # Each beside its quarter, since a machine may change its speed: what is linear shows it once.
                pairs = ((seconds(evil), min(seconds(quarter) for _ in range(3))) for _ in range(tries))
                if all(taken > NOTABLE and taken > GROWTH * less for taken, less in pairs):
                    return f"{first:.2f} s over {text[:40]!r}"
        except TimeoutError:
            return f"more than {SECONDS} s over {text[:40]!r}"
    return None


def main() -> None:
    patterns = collect()
    slow = {}
    for where, (pattern, how) in patterns.items():
        if found := attack(pattern, how):
            slow[where] = f"{found}: {str(pattern.pattern)[:150]}"
    json.dump({"patterns": sorted(patterns), "slow": slow}, sys.stdout)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
