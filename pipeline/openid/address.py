"""Which addresses a provider may have: HTTPS, or plain HTTP where all of it is on this machine. Pure."""

from urllib.parse import urlsplit

from crawler.scope import is_loopback

__all__ = ["is_local", "is_safe"]


def is_safe(address: object, *, local: bool = False) -> bool:
    """Whether what is sent there can be read by nobody on the way; ``local`` allows this machine without HTTPS."""
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and local and is_loopback(parts.hostname))


def is_local(address: str) -> bool:
    """Whether it is one on this machine without HTTPS, as a test's provider has it."""
    return is_safe(address, local=True) and not is_safe(address)
