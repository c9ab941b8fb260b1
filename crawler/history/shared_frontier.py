"""Frontier and host locks in Redis, shared by several machines (decision 0105)."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Final
from uuid import uuid4

from crawler.batch.ad_json import from_plain
from crawler.batch.journal import Address
from crawler.errors import NoFrontier

LEASE: Final = 15.0
"""Seconds after which a worker that is not heard of counts as dead; what it had taken is read by others."""

EXPIRY: Final = 2 * 24 * 3600
"""Seconds that a crawl's addresses are known after its last worker has ended: who comes late reads nothing again."""

_OFFER: Final = """
if redis.call('SADD', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call(ARGV[3], KEYS[3], ARGV[2])
return 1"""
"""Seen, open, and where it goes: all of it or nothing, so that no address is known and lost."""

_TAKE: Final = """
local item = redis.call('LPOP', KEYS[1])
if item then
    redis.call('SADD', KEYS[2], item)
    redis.call('SREM', KEYS[3], ARGV[1])
end
return item"""

_REST: Final = """
redis.call('SADD', KEYS[4], ARGV[1])
for _, worker in ipairs(redis.call('SMEMBERS', KEYS[3])) do
    if redis.call('EXISTS', ARGV[2] .. ':alive:' .. worker) == 0 then
        local taken = ARGV[2] .. ':taken:' .. worker
        for _, item in ipairs(redis.call('SMEMBERS', taken)) do
            redis.call('SADD', KEYS[2], cjson.decode(item)[1])
            redis.call('RPUSH', KEYS[1], item)
        end
        redis.call('DEL', taken)
        redis.call('SREM', KEYS[3], worker)
    end
end
if redis.call('SCARD', KEYS[2]) > 0 then return 0 end
return #redis.call('SDIFF', KEYS[3], KEYS[4]) == 0 and 1 or 0"""
"""Gives back what dead workers had taken, read or not: their batches are never whole. 1 where all is read, and every
worker rests: only then may each of them finish its batch."""


def check_frontier(address: str) -> None:
    """Raise ``NoFrontier`` where there is no Redis at the address, or no redis-py, which is an extra."""
    redis = _library()
    try:
        with redis.Redis.from_url(address) as client:
            client.ping()
    except (redis.RedisError, ValueError) as err:
        raise NoFrontier(f"frontier: no Redis that can be used ({type(err).__name__}: {err})") from err


def _library() -> Any:
    try:
        import redis
    except ImportError as err:
        raise NoFrontier("frontier: needs redis-py, which is not installed; expected the extra `redis`") from err
    return redis


class SharedFrontier:
    """One worker's share in a crawl: addresses that all workers see once, and locks of hosts.

    What a worker takes stays on its name until its batch is whole. One worker at a time locks a host, and releases it
    after the pause that the host is owed.
    """

    def __init__(self, address: str, crawl: str) -> None:
        library = _library()
        self._redis, self._errors = library.Redis.from_url(address, decode_responses=True), library.exceptions
        self._crawl, self._name = f"lurewatch:{crawl}", uuid4().hex
        parts = ("seen", "open", "waiting", "workers", "resting", "pages", f"taken:{self._name}")
        self._keys = [f"{self._crawl}:{part}" for part in parts]
        self._seen, self._open, self._waiting, self._workers, self._resting, self._pages, self._taken = self._keys
        self._locks: dict[str, Any] = {}
        self._ended = threading.Event()
        self._offer, self._take, self._rest = map(self._redis.register_script, (_OFFER, _TAKE, _REST))
        self._beat()
        self._redis.sadd(self._workers, self._name)
        threading.Thread(target=self._live, daemon=True).start()

    def offer(self, address: Address, lastmod: str | None, *, for_all: bool) -> bool:
        """True where no worker has seen the address. It then waits for any of them, or is this one's own."""
        item = json.dumps([address.url, asdict(replace(address, entry_page=None, is_awaited=False)), lastmod])
        place, command = (self._waiting, "RPUSH") if for_all else (self._taken, "SADD")
        return bool(self._offer(keys=[self._seen, self._open, place], args=[address.url, item, command]))

    def take(self, count: int) -> Iterator[tuple[Address, str | None]]:
        """At most so many addresses that wait, each with what the sitemap says of it."""
        for _ in range(count):
            item = self._take(keys=[self._waiting, self._taken, self._resting], args=[self._name])
            if item is None:
                return
            _, address, lastmod = json.loads(item)
            yield from_plain(Address, address), lastmod

    def done(self, url: str) -> None:
        """Note that an address has its outcome."""
        self._redis.srem(self._open, url)

    def pay(self) -> int:
        """Spend a page; how many all workers have spent by now."""
        return int(self._redis.incr(self._pages))

    def is_over(self) -> bool:
        """Whether nothing waits and every other worker rests as well; to be asked with nothing under way."""
        args = [self._name, self._crawl]
        return bool(self._rest(keys=[self._waiting, self._open, self._workers, self._resting], args=args))

    def lock_host(self, host: str) -> float:
        """0 where this worker may ask the host now; else the seconds after which to try again."""
        lock = self._redis.lock(f"lurewatch:host:{host}", timeout=LEASE, thread_local=False)
        if lock.acquire(blocking=False):
            self._locks[host] = lock
            return 0.0
        return min(max(float(self._redis.pttl(lock.name)) / 1000, 0.01), 0.25)

    def release_host(self, host: str, *, pause: float) -> None:
        """Let the host rest, then be asked by whoever comes first."""
        if lock := self._locks.pop(host, None):
            with suppress(self._errors.LockNotOwnedError):  # this worker was taken for dead
                lock.extend(pause, replace_ttl=True)

    def finish(self) -> None:
        """The batch is whole: what was taken needs nobody else any more."""
        self._ended.set()
        with self._redis.pipeline() as steps:
            steps.delete(self._taken, f"{self._crawl}:alive:{self._name}")
            steps.srem(self._workers, self._name)
            steps.srem(self._resting, self._name)
            steps.execute()

    def _live(self) -> None:
        """Beats while the process lives. Where Redis is out of reach, others may take over; this worker's next call
        then fails, and its batch stays unfinished."""
        while not self._ended.wait(LEASE / 3):
            try:
                self._beat()
            except self._errors.RedisError:
                continue

    def _beat(self) -> None:
        with self._redis.pipeline() as steps:
            steps.set(f"{self._crawl}:alive:{self._name}", 1, px=int(LEASE * 1000))
            for key in self._keys:
                steps.expire(key, EXPIRY)
            steps.execute()
        for lock in list(self._locks.values()):
            with suppress(self._errors.LockNotOwnedError):
                lock.reacquire()
