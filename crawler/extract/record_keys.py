"""The names that records give to the parts of an ad, from ``records.toml``."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["Dialect", "RecordKeys", "Titled", "load_keys", "plain_key"]

_SEPARATORS = re.compile(r"[\s_.:-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One source's own form: where each field lies."""

    when: str
    paths: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A feed that writes the employer into its titles."""

    channel: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKeys:
    """All names, plain."""

    fields: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    elsewhere: frozenset[str]
    dialects: tuple[Dialect, ...]
    titled: tuple[Titled, ...]


@cache
def load_keys() -> RecordKeys:
    """The names; read once, because they are part of the program."""
    table = tomllib.loads(files("crawler.extract").joinpath("records.toml").read_text("utf-8"))
    return RecordKeys(
        fields={name: tuple(keys) for name, keys in table["keys"].items()},
        values={name: tuple(keys) for name, keys in table["values"].items()},
        elsewhere=frozenset(table["elsewhere"]["keys"]),
        dialects=tuple(
            Dialect(when=one["when"], paths={k: tuple(v) for k, v in one.items() if isinstance(v, list)})
            for one in table["dialect"]
        ),
        titled=tuple(Titled(channel=one["channel"], pattern=re.compile(one["pattern"])) for one in table["titled"]),
    )


@lru_cache(maxsize=4096)
def _plain(key: str) -> str:
    return _SEPARATORS.sub("", key).lower()


def plain_key(key: str) -> str:
    """``job_title``, ``job-title`` and ``jobTitle`` as ``jobtitle``."""
    return _plain(key) if len(key) < 60 else ""
