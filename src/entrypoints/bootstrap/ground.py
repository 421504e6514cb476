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
from adapters.metered import MeteredBuckets
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
from adapters.tracing import tracing_to
from domain.cache import Cache
from domain.errors import NotConfigured
from domain.events.ports import Bell
from domain.gateway.ports import Buckets
from domain.operations.tracing import Tracing
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
    tracing: Tracing

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
        SettingsError: what is set can't be spoken to with what is installed.
    """
    tracing = _tracing(settings)
    engine = make_engine(settings.database_url.get_secret_value(), tracing)
    clock, redis, meter = SystemClock(), _redis(settings), PrometheusMeter.of_this_server()
    buckets = FallbackBuckets(RedisBuckets(redis), SqlBuckets(engine)) if redis else SqlBuckets(engine)
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
        buckets=MeteredBuckets(buckets, meter),
        cache=RedisCache(redis) if redis else MemoryCache(clock),
        bell=MemoryBell(),
        meter=meter,
        addresses=AmazonAddresses(settings.lwa_token_url, settings.sp_api_url, settings.seller_central_url),
        outbound=Outbound.with_pool(
            settings.http_timeout_seconds, settings.worker_threads + _CONNECTIONS_FOR_PEOPLE, tracing
        ),
        tracing=tracing,
    )


def _redis(settings: Settings) -> RedisServer | None:
    if settings.redis_url is None:
        return None
    try:
        return RedisServer.at(settings.redis_url.get_secret_value(), SystemStopwatch())
    except NotConfigured as error:
        raise SettingsError((Problem("REDIS_URL", str(error)),)) from error


def _tracing(settings: Settings) -> Tracing:
    try:
        return tracing_to(settings.otel_exporter_otlp_endpoint)
    except NotConfigured as error:
        raise SettingsError((Problem("OTEL_EXPORTER_OTLP_ENDPOINT", str(error)),)) from error
