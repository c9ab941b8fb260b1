"""Connections to addresses that may be asked, and to no others: a name is looked up once and each answer is checked.

A name can lead somewhere else each time it is looked up (DNS rebinding). So what is checked here is what is connected
to: the answers of the one look-up that a connection is made from, and once more the number that a socket is opened for.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.refusal import PrivateHost
from crawler.scope import why_refused_host

__all__ = ["Lookup", "connector", "look_up"]

Answer = tuple[int, int, int, str, tuple[Any, ...]]
"""As ``getaddrinfo`` has it: family, type, protocol, canonical name, socket address."""

Lookup = Callable[[str, int], Awaitable[Sequence[Answer]]]


async def look_up(host: str, port: int) -> Sequence[Answer]:
    """What the system's resolver says; raises ``OSError`` where it knows no such name."""
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


def connector(*, local: bool, lookup: Lookup = look_up) -> aiohttp.TCPConnector:
    """A pool of connections, at most one a host, for a source on this machine (``local``) or for foreign ones."""

    def checked_socket(answer: Any) -> socket.socket:
        family, kind, protocol, _, (number, *_) = answer
        _refuse(str(number), [str(number)], local=local)
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=_CheckedResolver(lookup, local=local),
        socket_factory=checked_socket,
        use_dns_cache=False,  # each new connection is made from a look-up of its own
        limit=4,
        limit_per_host=1,
        keepalive_timeout=30,
    )


class _CheckedResolver(AbstractResolver):
    def __init__(self, lookup: Lookup, *, local: bool) -> None:
        self._lookup, self._local = lookup, local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every answer, or ``PrivateHost`` where one of them leads where the source may not."""
        found = await self._lookup(host, port)
        _refuse(host, [str(answer[4][0]) for answer in found], local=self._local)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
            if family in {socket.AF_UNSPEC, kind}
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def _refuse(host: str, numbers: list[str], *, local: bool) -> None:
    why = why_refused_host(host, numbers, local=local)
    if why:
        raise PrivateHost(why)
