"""Links of a page as addresses, and the shape that addresses of one kind have in common."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from lxml import etree

__all__ = ["LinkShape", "base_of", "join"]

_NO_PAGES = ("#", "tel:", "mailto:", "javascript:", "data:", "sms:")


def base_of(root: etree._Element, url: str) -> str:
    """What the page's links are relative to: its own address, unless it says otherwise."""
    given = next((base.get("href") for base in root.iter("base") if base.get("href")), None)
    return join(url, given) or url


def join(base: str, written: str | None) -> str | None:
    """The address of the page that a link leads to, without a fragment; None where it leads to none."""
    text = (written or "").strip()
    if not text or text.lower().startswith(_NO_PAGES):
        return None
    try:
        address = urldefrag(urljoin(base, text)).url
        return address if urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class LinkShape:
    """How the addresses of a site's ads are built: ``/jobs/<differs>.html`` or ``/view?id=<differs>``."""

    site: str
    parts: tuple[str | None, ...]
    """The steps of the path; None where they differ from ad to ad."""

    ending: str
    has_number: bool
    """Whether each address has a digit where they differ."""

    keys: frozenset[str]
    """Names in the query that all of them have."""

    @classmethod
    def of(cls, addresses: Collection[str]) -> "LinkShape | None":
        """The shape of most of them; None for fewer than two, or where they have nothing in common but the host."""
        common = Counter((urlsplit(one).netloc, len(_steps(one)), _ending(one)) for one in addresses).most_common(1)
        alike = [one for one in addresses if common and _family(one) == common[0][0]]
        if len(alike) < 2:
            return None
        steps = zip(*map(_steps, alike), strict=True)
        parts = tuple(group[0] if len(set(group)) == 1 else None for group in steps)
        keys = frozenset.intersection(*map(_keys, alike))
        if None not in parts and not keys:
            return None
        has_number = all(_has_number(one, parts) for one in alike)
        site, _, ending = common[0][0]
        return cls(site, parts, ending, has_number, keys)

    def fits(self, address: str) -> bool:
        """True for an address that is built in this way."""
        if _family(address) != (self.site, len(self.parts), self.ending) or not self.keys <= _keys(address):
            return False
        same = all(mine in (None, theirs) for mine, theirs in zip(self.parts, _steps(address), strict=True))
        return same and (not self.has_number or _has_number(address, self.parts))


def _family(address: str) -> tuple[str, int, str]:
    return urlsplit(address).netloc, len(_steps(address)), _ending(address)


def _steps(address: str) -> list[str]:
    return [step for step in urlsplit(address).path.split("/") if step]


def _ending(address: str) -> str:
    last = urlsplit(address).path.rpartition("/")[2]
    ending = last.rpartition(".")[2] if "." in last else ""
    return ending.lower() if len(ending) <= 5 else ""


def _keys(address: str) -> frozenset[str]:
    return frozenset(name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True))


def _has_number(address: str, parts: tuple[str | None, ...]) -> bool:
    differing = [step for step, part in zip(_steps(address), parts, strict=True) if part is None]
    said = "".join(differing) or urlsplit(address).query
    return any(char.isdigit() for char in said)
