"""What everything else stands on."""

import os
import secrets
import socket
from dataclasses import dataclass
from threading import Event

from sqlalchemy import Engine

from adapters.amazon.addresses import AmazonAddresses
from adapters.crypto.envelope import Envelopes
from adapters.fallback import FallbackBuckets
from adapters.http import Outbound
from adapters.memory.bell import MemoryBell
from adapters.memory.cache import MemoryCache
from adapters.metrics import PrometheusMeter
from adapters.redis.bell import RedisBell
from adapters.redis.buckets import RedisBuckets
from adapters.redis.cache import RedisCache
from adapters.redis.server import RedisServer
from adapters.sql.bell import PostgresBell
from adapters.sql.buckets import SqlBuckets
from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from adapters.system import RandomTokens, StoppablePause, SystemChance, SystemClock, SystemStopwatch
from domain.cache import Cache
from domain.errors import NotConfigured
from domain.events.ports import Bell
from domain.gateway.ports import Buckets
from entrypoints.instance import Instance
from entrypoints.settings import Problem, Settings, SettingsError

#: Requests of people come on top of the runs.
_CONNECTIONS_FOR_PEOPLE = 32


@dataclass(frozen=True)
class Ground:
    """The clock, the database, the caches: one of each for the whole process."""

    settings: Settings
    instance: Instance
    engine: Engine
    cipher: Envelopes
    clock: SystemClock
    chance: SystemChance
    stopwatch: SystemStopwatch
    random_tokens: RandomTokens
    stopping: Event
    owner: str  # names this process: host and process id
    redis: RedisServer | None
    buckets: Buckets
    cache: Cache
    bell: MemoryBell
    meter: PrometheusMeter
    addresses: AmazonAddresses
    outbound: Outbound

    def work(self) -> SqlWork:
        """A transaction for changes."""
        return SqlWork(self.engine, self.cipher, told=self._told)

    def look(self) -> SqlWork:
        """A transaction for reading."""
        return SqlWork(self.engine, self.cipher, reading=True)

    @property
    def bells(self) -> tuple[Bell, ...]:
        """Where to listen for events that were written here or elsewhere."""
        database = (PostgresBell(self.engine),) if self.engine.dialect.name == "postgresql" else ()
        return (self.bell, *database, *((RedisBell(self.redis),) if self.redis else ()))

    def _told(self) -> None:
        """Events were written and committed here. The database tells other processes by itself, where it can."""
        self.bell.ring()
        if self.redis:
            RedisBell(self.redis).ring()

    @property
    def pause(self) -> StoppablePause:
        """Waiting, until the process is asked to stop."""
        return StoppablePause(self.stopping)

    @property
    def redirect_uri(self) -> str:
        """Where Amazon sends browsers back to."""
        return self.settings.redirect_uri("amazon")


def ground_for(settings: Settings, instance: Instance) -> Ground:
    """Opens no connection.

    Raises:
        SettingsError: Redis can't be spoken to with what is installed.
    """
    engine = make_engine(settings.database_url.get_secret_value())
    clock, redis = SystemClock(), _redis(settings)
    return Ground(
        settings=settings,
        instance=instance,
        engine=engine,
        cipher=Envelopes(instance.key_ring),
        clock=clock,
        chance=SystemChance(),
        stopwatch=SystemStopwatch(),
        random_tokens=RandomTokens(),
        stopping=Event(),
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        redis=redis,
        buckets=FallbackBuckets(RedisBuckets(redis), SqlBuckets(engine)) if redis else SqlBuckets(engine),
        cache=RedisCache(redis) if redis else MemoryCache(clock),
        bell=MemoryBell(),
        meter=PrometheusMeter(),
        addresses=AmazonAddresses(settings.lwa_token_url, settings.sp_api_url, settings.seller_central_url),
        outbound=Outbound.with_pool(
            settings.http_timeout_seconds, settings.worker_threads + _CONNECTIONS_FOR_PEOPLE
        ),
    )


def _redis(settings: Settings) -> RedisServer | None:
    if settings.redis_url is None:
        return None
    try:
        return RedisServer.at(settings.redis_url.get_secret_value(), SystemStopwatch())
    except NotConfigured as error:
        raise SettingsError((Problem("REDIS_URL", str(error)),)) from error
