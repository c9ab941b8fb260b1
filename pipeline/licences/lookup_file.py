"""Look-ups as a file of JSON Lines, made without a database."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from crawler.whole_file import whole_file
from model.taxonomy.records import read_country_facts
from model.taxonomy.toml_file import read_file
from pipeline.licences.lookup import RESULTS, LicenceLookup, Result
from pipeline.licences.lookup_record import lookup_line

__all__ = ["free_mail_of", "write_lookups"]

_TOLD_EVERY = 1_000


def write_lookups(
    lookups: Iterable[LicenceLookup], output: str, *, progress: Callable[[int], None]
) -> dict[Result, int]:
    """How many ads came to which result; the file is there whole or not at all."""
    counts: Counter[Result] = Counter()
    with whole_file(output) as file:
        for lookup in lookups:
            file.write(lookup_line(lookup))
            counts[lookup.result] += 1
            if counts.total() % _TOLD_EVERY == 0:
                progress(_TOLD_EVERY)
    return {result: counts[result] for result in RESULTS if counts[result]}


def free_mail_of(taxonomy: Path) -> frozenset[str]:
    """The domains of free mail services that the taxonomy names; none where it has no such file."""
    path = taxonomy / "domains.toml"
    return read_country_facts(None, read_file(path, path.read_bytes()), ()).free_mail if path.is_file() else frozenset()
