"""The response caches that the contract is run on, each with a way to let time pass."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from adapters.memory.cache import MemoryCache
from adapters.redis.cache import RedisCache
from adapters.redis.server import RedisServer
from adapters.system import SystemStopwatch
from domain.cache import Cache
from tests import servers
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW


@dataclass(frozen=True)
class CacheBench:
    """An empty cache. ``wait`` lets so many seconds pass for it."""

    cache: Cache
    wait: Callable[[float], None]


def memory_cache() -> CacheBench:
    """The cache of a single process, on a held clock."""
    clock = HeldClock(NOW)
    return CacheBench(MemoryCache(clock), lambda seconds: clock.advance(timedelta(seconds=seconds)))


@contextmanager
def redis_cache() -> Iterator[CacheBench]:
    """The cache of many processes; it goes by Redis' own clock."""
    server = RedisServer.at(servers.valkey().fresh_database(), SystemStopwatch())
    yield CacheBench(RedisCache(server), time.sleep)
    server.client.close()
