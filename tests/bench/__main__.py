"""Speed, as ratios against named references in the same run: machines are shared, seconds alone say nothing. And how
often languages are told right.

make bench, or ``python -m tests.bench NAME...`` for some of them.
"""

import sys
from importlib import import_module
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), *map(str, (TESTS / "support").iterdir())]

COMPARISONS = {
    "night": "compare_night",
    "intake": "compare_intake",
    "reading": "compare_reading",
    "scoring": "compare_scoring",
    "extraction": "compare_extraction",
    "crawl": "compare_crawl",
    "languages": "compare_languages",
    "boards": "compare_boards",
    "campaigns": "compare_campaigns",
    "desk": "compare_desk",
    "deciding": "compare_deciding",
    "desks": "compare_desks",
    "licences": "compare_licences",
    "cluster": "compare_cluster",
}
"""What is measured: the module beside this one, and its function."""

ALONE = {"soak": "run_soak"}
"""Likewise, if it is named: it takes minutes."""


def main(names: list[str]) -> int:
    """Measure, and print a line each."""
    known = COMPARISONS | ALONE
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"expected {', '.join(known)}; found {', '.join(unknown)}")
        return 2
    for name in names or COMPARISONS:
        getattr(import_module(f"bench.{name}"), known[name])()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
