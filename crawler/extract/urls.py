"""Addresses: which a crawl may ask for, and the shape that a site's ads share."""

import ipaddress
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

LONGEST_ADDRESS = 2083
"""Characters. Longer ones are traps in practice; browsers of old drew the line here, and so does Scrapy."""

OWN_PORTS = {"http": 80, "https": 443}

_Number = ipaddress.IPv4Address | ipaddress.IPv6Address
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given to anybody (RFC 4291)."""

_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        "192.0.0.0/24",  # IETF protocol assignments; 192.0.0.192 is a cloud's metadata service
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # a cloud's platform service, behind a public number
        "2001::/23",  # IETF protocol assignments; Teredo carries an IPv4 address
        *("2001:db8::/32", "3fff::/20"),  # documentation
    )
)
"""Special-purpose networks (RFC 6890 and its registries): what ``ipaddress`` knows of them differs by version."""


def normal_address(url: str) -> str:
    """The address as it is asked for and accounted for: percent-encoded, without its fragment.

    Raises ``ValueError`` where nothing can be read as an address.
    """
    # Imported late: it loads what opens connections, and every command asks here which hosts are loopback.
    from w3lib.url import safe_url_string

    address = urldefrag(safe_url_string(url.strip())).url
    if not urlsplit(address).scheme:
        raise ValueError(f"{address!r} has no scheme")
    return address


def readable_address(url: str | None) -> str | None:
    """The same; None where there is none, or nothing that can be read as one."""
    try:
        return normal_address(url) if url else None
    except ValueError:
        return None


def joined(base: str, written: str) -> str | None:
    """The address that is written on a page, made absolute; None where nothing can be read as one."""
    try:
        return urljoin(base, written)
    except ValueError:
        return None


def site_of(address: str) -> str:
    """The host, with its port where that is not the scheme's own: what one robots.txt and one delay hold for."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.port is None or parts.port == OWN_PORTS.get(parts.scheme):
        return host
    return f"[{host}]:{parts.port}" if ":" in host else f"{host}:{parts.port}"


def root_of(address: str) -> str:
    """Scheme and authority as they are written, up to the path; of an address without a path, all of it.

    Only good for comparing: what follows an ``http://host`` without a slash, such as ``?``, is still part of it.
    """
    end = address.find("/", 8)
    return address if end < 0 else address[:end]


def why_foreign(address: str, sites: Collection[str]) -> str | None:
    """Why an address does not belong to a source of these sites, in words; None where it does."""
    if len(address) > LONGEST_ADDRESS:
        return f"longer than {LONGEST_ADDRESS} characters"
    try:
        parts = urlsplit(address)
        site = site_of(address)
    except ValueError:  # a port that is not a number, a broken IPv6 address
        return "not a readable address"
    if parts.scheme not in OWN_PORTS:
        return f"only http and https are read, found {parts.scheme or 'nothing'}"
    if parts.username is not None or parts.password is not None:
        return "holds a log-in"
    if site not in sites:
        return f"{site or 'no host'} is not a site of this source"
    return None


def is_loopback(host: str) -> bool:
    """True for this machine by name or by number: ``localhost``, 127.0.0.0/8 and ::1."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return _embedded(ipaddress.ip_address(name)).is_loopback
    except ValueError:
        return False


def is_public(number: str) -> bool:
    """True for an internet address that anybody can reach: not private, loopback, link-local, reserved or multicast."""
    try:
        address = _embedded(ipaddress.ip_address(number.partition("%")[0]))
    except ValueError:
        return False
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def why_refused_host(host: str, numbers: Iterable[str], *, local: bool) -> str | None:
    """Why a host may not be asked, given what its name resolves to: a foreign one must be public, a local one ours.

    Without this a board could send the crawler to the operator's own router, database or cloud metadata service.
    """
    if local:
        outside = [number for number in numbers if not is_loopback(number.partition("%")[0])]
        return f"{host} is not on this machine, as the card says it is" if outside else None
    if any(not is_public(number) for number in numbers):
        return f"{host} leads to a private internet address"
    return None


def _embedded(address: _Number) -> _Number:
    """The IPv4 address inside an IPv6 one that only carries it (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


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

    @property
    def is_particular(self) -> bool:
        """Whether something in it is the same in all addresses; any page of a site may fit another."""
        return any(self.parts) or bool(self.keys) or bool(self.ending)

    @classmethod
    def of(cls, addresses: Collection[str]) -> "LinkShape | None":
        """The shape of most of them; None for fewer than two, or where they have nothing in common but the host."""
        common = Counter(map(_family, addresses)).most_common(1)
        alike = [item for item in addresses if common and _family(item) == common[0][0]]
        if len(alike) < 2:
            return None
        steps = zip(*map(_steps, alike), strict=True)
        parts = tuple(group[0] if len(set(group)) == 1 else None for group in steps)
        keys = frozenset.intersection(*map(_keys, alike))
        if None not in parts and not keys:
            return None
        has_number = all(_has_number(item, parts) for item in alike)
        site, _, ending = common[0][0]
        return cls(site, parts, ending, has_number, keys)

    def fits(self, address: str) -> bool:
        """True for an address that is built in this way."""
        if _family(address) != (self.site, len(self.parts), self.ending) or not self.keys <= _keys(address):
            return False
        same = all(mine in (None, theirs) for mine, theirs in zip(self.parts, _steps(address), strict=True))
        return same and (not self.has_number or _has_number(address, self.parts))


def _family(address: str) -> tuple[str, int, str]:
    """The site, the number of steps in the path, and the ending of its last."""
    last = urlsplit(address).path.rpartition("/")[2]
    ending = last.rpartition(".")[2] if "." in last else ""
    return urlsplit(address).netloc, len(_steps(address)), ending.lower() if len(ending) <= 5 else ""


def _steps(address: str) -> list[str]:
    return [step for step in urlsplit(address).path.split("/") if step]


def _keys(address: str) -> frozenset[str]:
    return frozenset(name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True))


def _has_number(address: str, parts: tuple[str | None, ...]) -> bool:
    differing = [step for step, part in zip(_steps(address), parts, strict=True) if part is None]
    stated = "".join(differing) or urlsplit(address).query
    return any(char.isdigit() for char in stated)
