"""The host that a web or mail address names."""

import re
from urllib.parse import urlsplit

__all__ = ["mail_domain", "web_host"]

_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}")


def web_host(address: str) -> str | None:
    """The host of an address, with or without ``https://``, without ``www.``; None for what is no address."""
    try:
        host = (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return None
    host = host.removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


def mail_domain(address: str) -> str:
    """What stands behind the ``@``."""
    return address.rpartition("@")[2].casefold()
