"""Bells ring when events were committed, elsewhere too; and again when their server was lost and is back."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread

import psycopg
import pytest
import redis

from adapters.memory.bell import MemoryBell
from adapters.redis.bell import RedisBell
from adapters.redis.server import RedisServer
from adapters.sql.bell import PostgresBell
from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from adapters.system import SystemStopwatch
from domain.acting import in_background
from domain.events.model import Event
from domain.events.ports import Bell
from tests import databases, servers
from tests.fakes.cipher import LabelCipher
from tests.fakes.things import NOW, a_user


@contextmanager
def heard(bell: Bell) -> Iterator[list[float]]:
    """When the bell rang; it is listened to in a thread of its own."""
    rings: list[float] = []
    stopping = Flag()
    thread = Thread(target=bell.listen, args=(lambda: rings.append(time.monotonic()), stopping), daemon=True)
    thread.start()
    yield rings
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "the bell does not ring"
        time.sleep(0.01)


def rings_soon(rings: list[float], ring: Callable[[], object]) -> None:
    """Whether it rings for this, well before a look at the table would be due."""
    until(lambda: bool(rings))  # it says once that it listens
    rings.clear()
    began = time.monotonic()
    ring()
    until(lambda: bool(rings))
    assert rings[0] - began < 0.5


def test_the_bell_of_a_process_rings_for_all_who_listen() -> None:
    bell = MemoryBell()
    with heard(bell) as one, heard(bell) as other:
        until(lambda: len(bell._rings) == 2)

        bell.ring()

        assert (len(one), len(other)) == (1, 1)


@pytest.fixture
def database() -> Iterator[str]:
    url = databases.postgres_database()
    yield url
    servers.postgres().drop_database(url)


def write(url: str, *, commit: bool = True) -> None:
    """An event, by a process of its own so to say."""
    engine, user = make_engine(url), a_user()
    with in_background(), SqlWork(engine, LabelCipher()) as work:
        work.users.add(user, "hash")
        work.outbox.append(Event(user.id, "sync.progress", NOW, {}))
        if commit:
            work.commit()
    engine.dispose()


def test_postgresql_rings_when_events_are_committed(database: str) -> None:
    engine = make_engine(database)

    with heard(PostgresBell(engine)) as rings:
        rings_soon(rings, lambda: write(database))


def test_postgresql_does_not_ring_for_what_was_rolled_back(database: str) -> None:
    with heard(PostgresBell(make_engine(database))) as rings:
        until(lambda: bool(rings))
        rings.clear()

        write(database, commit=False)
        time.sleep(0.2)

        assert rings == []


def test_postgresql_rings_again_after_the_connection_was_lost(database: str) -> None:
    plain = database.replace("postgresql+psycopg", "postgresql")
    with heard(PostgresBell(make_engine(database))) as rings:
        until(lambda: bool(rings))
        rings.clear()

        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )

        # It rings by itself when it listens again: something may have been missed.
        rings_soon(rings, lambda: write(database))


def test_redis_rings_in_every_process(valkey_url: str) -> None:
    here, there = (RedisBell(RedisServer.at(valkey_url, SystemStopwatch())) for _ in range(2))

    with heard(here) as rings:
        rings_soon(rings, there.ring)


def test_a_lost_redis_rings_for_nobody_and_nobody_is_held_up_by_it(valkey_url: str) -> None:
    del valkey_url
    server = servers.own_valkey()
    bell = RedisBell(RedisServer.at(server.url, SystemStopwatch()))
    with heard(bell) as rings:
        rings_soon(rings, bell.ring)
        with redis.Redis.from_url(server.url) as client:
            client.shutdown(nosave=True)
        began = time.monotonic()

        bell.ring()
        bell.ring()

        assert time.monotonic() - began < 2.5


def test_redis_rings_again_after_every_connection_was_lost(valkey_url: str) -> None:
    bell = RedisBell(RedisServer.at(valkey_url, SystemStopwatch()))
    with heard(bell) as rings:
        rings_soon(rings, bell.ring)
        with redis.Redis.from_url(valkey_url) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

        def rung_again() -> bool:
            rings.clear()
            bell.ring()
            time.sleep(0.1)
            return bool(rings)

        until(rung_again)
