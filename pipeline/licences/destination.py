"""Where the work is, as far as an ad says."""

from functools import lru_cache

from crawler.ad import JobAd
from crawler.extract.countries import country_in_place

__all__ = ["destination"]

_MOST_WORDS = 40
_LONGEST_NAME = 3


def destination(ad: JobAd) -> str | None:
    """The country of the work: the ad's own field, else the place it names, else the one country that its title names
    besides others of the place's country; None where none or several are named."""
    return ad.country or country_in_place(ad.job_location) or _in_title(ad.title)


@lru_cache(maxsize=65_536)
def _in_title(title: str) -> str | None:
    words = title.replace("/", " ").replace("(", " ").replace(")", " ").split()[:_MOST_WORDS]
    found = set()
    for size in range(_LONGEST_NAME, 0, -1):
        for at in range(len(words) - size + 1):
            name = " ".join(words[at : at + size]).strip(" ,.;:!-–")
            if len(name) > 3 and (code := country_in_place(name)):
                found.add(code)
    return found.pop() if len(found) == 1 else None
