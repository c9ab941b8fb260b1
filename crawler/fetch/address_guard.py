"""Address guard: checks of DNS results, and of each IP address before a connection.

A name can lead somewhere else each time it is looked up (DNS rebinding), so that a check before the request is not
enough. Twisted connects to the very numbers that its resolver gives; both ends of that step are guarded here, for all
that the process asks for: pages, redirects, robots.txt and what the scripts of a rendered page want.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.resolver import HostResolution
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from crawler.extract.urls import why_refused_host
from crawler.spiders.base import PrivateHost

__all__ = ["GuardedResolver", "why_refused_name"]


async def why_refused_name(host: str, *, local: bool) -> str | None:
    """Why a host may not be asked, by a look-up of our own; None where it may, or where nobody knows the name."""
    try:
        loop = asyncio.get_running_loop()
        answers = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None  # the request itself will fail, and say how
    return why_refused_host(host, [str(answer[4][0]) for answer in answers], local=local)


@implementer(IHostnameResolver)
class GuardedResolver:
    """For ``TWISTED_DNS_RESOLVER``. It caches nothing: each connection is made from a look-up of its own."""

    def __init__(self, reactor: Any, *, local: bool) -> None:
        self._reactor, self._local = reactor, local
        self._look_up = reactor.nameResolver.resolveHostName
        self._connect = reactor.connectTCP
        self._refused: dict[str, str] = {}
        """Why a number may not be connected to, as the look-up of its name said."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, local=crawler.settings.getbool("SOURCE_IS_LOCAL"))

    def install_on_reactor(self) -> None:
        """Called by Scrapy before the crawl."""
        self._reactor.installNameResolver(self)
        self._reactor.connectTCP = self._connect_if_allowed

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[Any]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Look a name up; the receiver gets all answers or, where one is refused, the refused ones alone."""
        receiver = _CheckedReceiver(resolutionReceiver, self, hostName)
        try:
            hostName.encode("idna")
        except UnicodeError:  # such as "a..b", over which Twisted's own resolver would never answer
            receiver.resolutionBegan(HostResolution(hostName))
            receiver.resolutionComplete()
            return receiver
        return self._look_up(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def checked(self, host: str, addresses: list[Any]) -> list[Any]:
        """The addresses to connect to. A refused one is given on, since a resolver cannot say why it has none: the
        attempt to connect to it fails before a socket is opened, and says it."""
        refused = []
        for address in addresses:
            if why := why_refused_host(host, [address.host], local=self._local):
                self._refused[address.host] = why
                refused.append(address)
        return refused or addresses

    def _connect_if_allowed(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        why = why_refused_host(host, [host], local=self._local)
        if why:
            raise PrivateHost(self._refused.get(host, why))
        return self._connect(host, port, *args, **kwargs)


@implementer(IResolutionReceiver)
class _CheckedReceiver:
    """Collects the answers of one look-up and gives them on when all are there."""

    def __init__(self, receiver: Any, guard: GuardedResolver, host: str) -> None:
        self._receiver, self._guard, self._host = receiver, guard, host
        self._addresses: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self._addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        for address in self._guard.checked(self._host, self._addresses):
            self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()
